"""The cable equation on a tree: C dv/dt = axial currents - membrane current + injected current.

Between compartment i and its parent p flows g_i (v_p - v_i), with

    g_i = 1 / (Ra_i load_in_i + Ra_p load_out_p)        # [uS]

through half of each of them; where a branch begins at the centre of a compartment, through its own half alone, and
where it begins at the start of a root, through the half load_in_p of that. A branch point has no capacitance, no
membrane and no resistance: the axial currents that meet in it sum to zero. Written in uS the matrix is symmetric.

The same equation, with other letters, is that of an ion that diffuses: see `ions`. Gap junctions belong to it too,
though they are not on the tree: see `coupling`.
"""

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool

from dendrax.engine.coupling import Gaps, solve_coupled
from dendrax.engine.current import Held
from dendrax.engine.part import Params
from dendrax.engine.solvers.base import OfComps, OfNodes, flowing_in, matrix_of
from dendrax.engine.solvers.change import solve_change
from dendrax.engine.system import Cable, System
from dendrax.engine.units import MICROSIEMENS_PER_RESISTIVITY_LOAD

AT_END, AT_CENTER, AT_START = range(3)
"""Where an edge meets the parent, see `system.Cable`."""

RIGID = 2.0**8
"""How far below rounding the other currents are beside the current that holds a voltage clamp."""


class Axial(eqx.Module):
    """The cable without its membrane channels.

    Attributes:
        capacitance: Of each compartment [nF].
        conductance: Between each node and its parent, 0 at roots [uS].
        total: Sum of the conductances of the tree that meet in a node [uS].
        gaps: Gap junctions, None where the model has none.
    """

    capacitance: OfComps
    conductance: OfNodes
    total: OfNodes
    gaps: Gaps | None = None


def axial(cable: Cable, params: Params, capacitance: OfComps, gaps: Gaps | None = None) -> Axial:
    """Axial conductances of all edges, from resistivity [ohm cm] and resistive loads [1/um]."""
    resistivity = params["axial_resistivity"]
    toward_parent, away = resistivity * params["resistive_load_in"], resistivity * params["resistive_load_out"]
    return _of_halves(cable, capacitance, toward_parent, away, MICROSIEMENS_PER_RESISTIVITY_LOAD, gaps)


def axial_diffusion(cable: Cable, params: Params, diffusivity: OfComps) -> Axial:
    """The same for an ion of `diffusivity` [um^2/ms]: volumes [um^3] and what stands for conductances [um^3/ms]."""
    toward_parent, away = params["resistive_load_in"] / diffusivity, params["resistive_load_out"] / diffusivity
    return _of_halves(cable, params["volume"], toward_parent, away, 1.0, None)


def _of_halves(
    cable: Cable, capacitance: OfComps, toward_parent: OfComps, away: OfComps, unit: float, gaps: Gaps | None
) -> Axial:
    """Conductances from the resistances of both halves of each compartment."""
    parent = jnp.asarray(cable.parent)
    up = jnp.maximum(parent, 0)  # roots have no edge; what they would gather is masked below
    own, beyond = over_nodes(cable, toward_parent), over_nodes(cable, away)[up]
    if cable.meets is not None:
        meets = jnp.asarray(cable.meets)
        beyond = jnp.where(meets == AT_END, beyond, jnp.where(meets == AT_START, own[up], 0.0))
    resistance = jnp.where(parent >= 0, own + beyond, 1.0)
    conductance = jnp.where(parent >= 0, unit / resistance, 0.0)
    return Axial(jnp.asarray(capacitance), conductance, conductance.at[up].add(conductance), gaps)


def over_nodes(cable: Cable, values: OfComps) -> OfNodes:
    """`values` of the compartments, and zero for branch points."""
    return jnp.pad(jnp.asarray(values), (0, cable.n_node - cable.n_comp))


def implicit_change(
    system: System,
    terms: Axial,
    excess: OfComps,
    v: OfComps,
    now: OfComps,
    held: Held | None = None,
    still: Bool[Array, " comp"] | None = None,
) -> OfComps:
    """Change of voltage [mV] in a backward Euler step.

    (C/dt + slope + sum g) dv_i - sum g dv_j = sum g (v_j - v_i) - I(v_i)          # [nA]

    Solving for the change instead of the voltage, no large and nearly equal terms are left to cancel: neither
    in the charge, nor in the derivative by a conductance, which is a product of differences of voltage. A branch
    point may start anywhere, its row being linear without a capacitance; here it starts at its parent's voltage.
    Gap junctions come on both sides like axial conductances.

    Args:
        system: The lowered model.
        terms: Its cable.
        excess: C / dt + slope of the membrane current [uS].
        v: The voltage at the beginning of the step [mV].
        now: The membrane current at that voltage, outward [nA].
        held: Where the voltage after the step is known.
        still: Where it does not change.
    """
    current = -now
    if still is not None:
        excess, current = jnp.where(still, _rigid(terms, excess), excess), jnp.where(still, 0.0, current)
    if held is not None:
        excess, current = _hold(terms, excess, current, v, held)
    if terms.gaps is None:
        return solve_change(system.solver, system.plan, excess, terms.conductance, terms.total, current, v)
    diagonal, coupling = matrix_of(excess, terms.conductance, terms.total)
    rhs = flowing_in(system.plan, terms.conductance, current, v)
    rhs = rhs - over_nodes(system.cable, terms.gaps.outflow(v))
    return solve_coupled(system.solver, system.plan, diagonal, coupling, terms.gaps, rhs)[: system.cable.n_comp]


def _hold(terms: Axial, excess: OfComps, current: OfComps, v: OfComps, held: Held) -> tuple[OfComps, OfComps]:
    """`excess` [uS] and `current` [nA] such that the compartments that are held change by the known amount x.

    The row of such a compartment becomes E x_i + sum g (x_i - x_j) = E x + sum g (v_j - v_i) with an E that is so
    large that the sums are below rounding: a voltage clamp without resistance. Neighbours see the full x, and all
    that solves and differentiates the cable remains as it is. Its membrane current drops out.
    """
    stiff = _rigid(terms, excess)[held.rows]
    moved = stiff * (held.values - v[held.rows])
    return excess.at[held.rows].set(stiff), current.at[held.rows].set(moved)


def _rigid(terms: Axial, excess: OfComps) -> OfComps:
    """For each compartment a conductance beside which all others that meet in it are below rounding [uS]."""
    scale = excess + terms.total[: excess.shape[0]]
    if terms.gaps is not None:
        scale = scale + terms.gaps.total(excess.shape[0])
    return lax.stop_gradient(jnp.abs(scale)) * (RIGID / jnp.finfo(excess.dtype).eps)


def axial_current(cable: Cable, terms: Axial, v: OfComps) -> OfComps:
    """Current that flows into each compartment along the cable and through gap junctions [nA].

    The voltage of a branch point is the mean of its neighbours, weighted by conductance.
    """
    up = jnp.maximum(jnp.asarray(cable.parent), 0)
    g = terms.conductance
    of_comps = over_nodes(cable, v)
    pulled = (g * of_comps[up]).at[up].add(g * of_comps)  # sum of g v over neighbours that are compartments
    everywhere = jnp.concatenate([v, pulled[cable.n_comp :] / terms.total[cable.n_comp :]])
    into_child = g * (everywhere[up] - everywhere)
    along_cable = into_child.at[up].add(-into_child)[: cable.n_comp]
    return along_cable if terms.gaps is None else along_cable - terms.gaps.outflow(v)
