"""The derivative rule of an implicit step of the cable equation.

In matrix form, with e over compartments (and 0 at branch points), the Laplacian L of the conductances g, and branch
points starting at the voltage of a neighbour, u' = E u,

    A x = c - L E u,    A = diag(e) + L

A back end need not form the right-hand side. For JAX it is the linear system

    M (x, u) = (c, u),    M = (A  L E)        M^T (z, s) = (y, r):    z = A^-1 y,    s = r - E^T L z,    L z = y - e z
                              (0   1 )

so that `custom_linear_solve` is its derivative rule, in any mode and to any order: with a change of e, g, c and u comes
one more step, and with a cotangent a solve with A.

That rule reads x and u in one array. Around it is a second one that reads them apart, since u is kept for the gradient
anyway, as the carry of the scan: `SOLUTION` is the name of what a reverse pass has to keep. Where JAX drops the second
rule, the first remains.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.ad_checkpoint import checkpoint_name
from jax.custom_derivatives import SymbolicZero

from dendrax.engine.solvers.base import Joined, OfComps, OfNodes, Plan, Solver

SOLUTION = "change of voltage"
"""What a reverse pass keeps of a step, by the name that `jax.checkpoint` knows it by."""


def solve_change(
    solver: Solver,
    plan: Plan,
    excess: OfComps,
    conductance: OfNodes,
    total: OfNodes,
    current: OfComps,
    voltage: OfComps,
) -> OfComps:
    """Change of voltage [mV] in one implicit step, differentiable in excess, conductance, current and voltage.

    In every node, where branch points have no excess conductance,

        e_i x_i + sum over neighbours of g_ij (x_i - x_j) = c_i + sum over neighbours of g_ij (u_j - u_i)

    Args:
        solver: The back end.
        plan: Its plan of the forest; branch points come last and have compartments for neighbours.
        excess: What leads out of each compartment besides the axial conductances: C / dt + slope [uS].
        conductance: Between each node and its parent, 0 at roots [uS].
        total: Sum of the conductances that meet in each node [uS]; derivatives go through `conductance` alone.
        current: Into each compartment [nA].
        voltage: Of each compartment at the beginning of the step [mV].
    """
    if not plan.has_edges:
        return current / excess
    return _change(solver, plan, lax.stop_gradient(total), excess, conductance, current, voltage)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _change(solver: Solver, *given: Any) -> OfComps:
    return _solve(solver, *given)


def _change_jvp(solver: Solver, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[OfComps, OfComps]:
    """M (dx, du) = (dc, du) - dM (x, u), without the terms that are zero."""
    plan, total, excess, conductance, current, voltage = primals
    x = checkpoint_name(_change(solver, *primals), SOLUTION)
    d_excess, d_conductance, d_current, d_voltage = (None if isinstance(t, SymbolicZero) else t for t in tangents[2:])
    moved = jnp.zeros_like(current) if d_current is None else d_current
    if d_excess is not None:
        moved = moved - d_excess * x
    if d_conductance is not None:
        at = x + voltage
        moved = moved - jax.jvp(lambda g: _leaving(plan, g, at), (conductance,), (d_conductance,))[1]
    start = jnp.zeros_like(voltage) if d_voltage is None else d_voltage
    return x, _solve(solver, plan, total, excess, conductance, moved, start)


_change.defjvp(_change_jvp, symbolic_zeros=True)


def _solve(
    solver: Solver,
    plan: Plan,
    total: OfNodes,
    excess: OfComps,
    conductance: OfNodes,
    current: OfComps,
    voltage: OfComps,
) -> OfComps:
    """The linear system, with its rule."""
    n = current.shape[0]

    def multiply(unknown: Joined) -> Joined:
        x, u = unknown[:n], unknown[n:]
        return jnp.concatenate((excess * x + _leaving(plan, conductance, x + u), u))

    def solve(_: object, given: Joined) -> Joined:
        return solver.change(plan, excess, conductance, total, given)

    def solve_transposed(_: object, given: Joined) -> Joined:
        y, r = given[:n], given[n:]
        z = solver.at_rest(plan, excess, conductance, total, y)
        return jnp.concatenate((z, r + (excess * z - y)))

    # JAX transposes in all right-hand sides or in none: hence one array.
    return lax.custom_linear_solve(multiply, jnp.concatenate((current, voltage)), solve, solve_transposed)[:n]


def _leaving(plan: Plan, conductance: OfNodes, voltage: OfComps) -> OfComps:
    """L E u: the axial current that leaves each compartment; branch points are at the mean of their neighbours.

    The mean is weighted by conductance; it is where they end, so that nothing gathers in them.
    """
    parent, n = jnp.asarray(plan.parent), voltage.shape[0]
    g, up = jnp.where(parent >= 0, conductance, 0), jnp.maximum(parent, 0)
    if n < parent.shape[0]:
        of_comps = jnp.pad(voltage, (0, parent.shape[0] - n))
        pulled = (g * of_comps[up]).at[up].add(g * of_comps)[n:]
        voltage = jnp.concatenate((voltage, pulled / g.at[up].add(g)[n:]))
    to_parent = g * (voltage - voltage[up])
    return to_parent.at[up].add(-to_parent)[:n]
