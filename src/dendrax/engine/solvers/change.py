"""The derivative rule of the native kernel for the cable equation.

In matrix form, with e over compartments (and 0 at branch points), the Laplacian L of the conductances g, and branch
points starting at the voltage of a neighbour, u' = E u,

    A x = c - L E u,    A = diag(e) + L                                                                       (1)

The kernel never forms c - L E u. Its derivative need not either: as L E u = A E u - e u,

    dx = A^-1 (dc - de x - dL (E u + x) + e du) - du                                                          (2)

so that all it takes is one solve with the symmetric matrix A, which `custom_linear_solve` transposes and
differentiates further.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero
from jaxtyping import Array, Float

from dendrax.engine.checkpoint import kept
from dendrax.engine.solvers.native import Native, NativePlan

Values = Float[Array, " _"]


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def solve_change(
    solver: Native,
    plan: NativePlan,
    excess: Float[Array, " comp"],
    conductance: Float[Array, " node"],
    current: Values,
    voltage: Float[Array, " comp"],
) -> Values:
    """Change of voltage [mV] in one implicit step.

    In every node, where branch points have no excess conductance,

        e_i x_i + sum over neighbours of g_ij (x_i - x_j) = c_i + sum over neighbours of g_ij (u_j - u_i)

    Args:
        solver: The native back end.
        plan: Its plan of the forest; branch points come last and have compartments for neighbours.
        excess: What leads out of each compartment besides the axial conductances: C / dt + slope [uS].
        conductance: Between each node and its parent, 0 at roots [uS].
        current: Into each compartment, or into each node [nA].
        voltage: Of each compartment at the beginning of the step [mV].

    Returns:
        The change of each compartment, or of each node if `current` is over nodes.
    """
    return solver.change(plan, excess, conductance, current, voltage) if plan.has_edges else current / excess


def solve_at_rest(
    solver: Native,
    plan: NativePlan,
    excess: Float[Array, " comp"],
    conductance: Float[Array, " node"],
    current: Values,
) -> Values:
    """The same with all voltages zero."""
    if not plan.has_edges:
        return current / excess
    return lax.custom_linear_solve(
        lambda x: _multiply(plan, excess, conductance, x),
        current,
        solve=lambda _, b: solver.at_rest(plan, excess, conductance, b),
        symmetric=True,
    )


@partial(solve_change.defjvp, symbolic_zeros=True)
def _change_jvp(solver: Native, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Values, Values]:
    """Formula (2); the voltages of branch points matter only where conductances change."""
    plan, excess, conductance, current, voltage = primals
    _, d_excess, d_conductance, d_current, d_voltage = (None if _is_zero(one) else one for one in tangents)
    n, n_comp = current.shape[0], excess.shape[0]
    over = _over_nodes if d_conductance is not None else lambda _, values: values
    x = kept(solve_change(solver, plan, excess, conductance, over(plan, current), voltage))
    driving = jnp.zeros_like(x) if d_current is None else over(plan, d_current)
    if d_excess is not None:
        driving = _add(driving, -d_excess * x[:n_comp])
    if d_voltage is not None:
        driving = _add(driving, excess * d_voltage)
    if d_conductance is not None:
        start = jnp.concatenate((voltage, voltage[jnp.asarray(plan.parent)[n_comp:]]))
        driving = driving - _leaving(plan, d_conductance, x + start)
    dx = solve_at_rest(solver, plan, excess, conductance, driving)
    if d_voltage is not None:
        dx = _add(dx, -d_voltage)
        if n > n_comp:
            dx = dx.at[n_comp:n].add(-d_voltage[jnp.asarray(plan.parent)[n_comp:]])
    return x[:n], dx[:n]


def _multiply(plan: NativePlan, excess: Values, conductance: Values, x: Values) -> Values:
    """A x; where branch points are left out, they are at the mean of their neighbours, weighted by conductance."""
    n, n_comp, n_node = x.shape[0], excess.shape[0], conductance.shape[0]
    if n < n_node:
        up = jnp.maximum(jnp.asarray(plan.parent), 0)
        pulled, total = _gathered(plan, conductance, _over_nodes(plan, x)), _gathered(plan, conductance, 1.0)
        from_parent = conductance[n_comp:] * x[up[n_comp:]]
        mean = (pulled[n_comp:] + from_parent) / (total[n_comp:] + conductance[n_comp:])
        x = jnp.concatenate((x, mean))
    return _add(_leaving(plan, conductance, x), excess * x[:n_comp])[:n]


def _gathered(plan: NativePlan, conductance: Values, x: Values | float) -> Values:
    """Sum of g x over the children of each node."""
    up = jnp.maximum(jnp.asarray(plan.parent), 0)
    return jnp.zeros_like(conductance).at[up].add(jnp.where(jnp.asarray(plan.parent) >= 0, conductance * x, 0))


def _leaving(plan: NativePlan, conductance: Values, voltage: Values) -> Values:
    """L u: the axial current that leaves each node."""
    up = jnp.maximum(jnp.asarray(plan.parent), 0)
    to_parent = jnp.where(jnp.asarray(plan.parent) >= 0, conductance * (voltage - voltage[up]), 0)
    return to_parent.at[up].add(-to_parent)


def _over_nodes(plan: NativePlan, values: Values) -> Values:
    """`values` over all nodes, zero at branch points that it lacks."""
    return jnp.pad(values, (0, plan.parent.shape[0] - values.shape[0]))


def _add(values: Values, of_comps: Values) -> Values:
    """`values` with something added at the compartments."""
    return values + of_comps if values.shape == of_comps.shape else values.at[: of_comps.shape[0]].add(of_comps)


def _is_zero(tangent: Any) -> bool:
    return isinstance(tangent, SymbolicZero)
