"""The membrane of each compartment: states advance by one step, currents become a line in the voltage."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from dendrax.engine import ions
from dendrax.engine.calling import call
from dendrax.engine.current import MembraneCurrent
from dendrax.engine.placed import State, accumulate, as_rows, check_returned, own_states
from dendrax.engine.prepare import Parameters, Prepared
from dendrax.engine.system import Placed, System
from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.value import Values


def advance(
    system: System, prepared: Prepared, state: State, dt: float | Float[Array, ""]
) -> tuple[State, MembraneCurrent, ions.Fluxes]:
    """States of channels and pumps one step later, and the currents that follow from them.

    Every one sees the voltage of the beginning of the step, channels first and then pumps. What one returns is
    written at once, so that the next one sees it; where one returns "v" (a reset), the currents are those at the
    new voltage. Membrane currents that channels and pumps see are those of the step before.

    Returns:
        The State with the new states and currents; the current as a line in the voltage; and what pumps do to
        each ion as a line in its concentration.
    """
    v = state["v"]
    for placed, params in zip(
        (*system.channels, *system.pumps), (*prepared.channel_params, *prepared.pump_params), strict=True
    ):
        state = _advance_states(system, placed, params, state, v, dt)
    sums, current = through_channels(system, prepared, state)
    fluxes = ions.fluxes(system, prepared, state, sums)
    return state | sums, current, fluxes


def currents_of(system: System, prepared: Prepared, state: State) -> State:
    """The currents that flow in `state`, of channels [mA/cm^2] and pumps [mM/ms], one entry per current name."""
    densities: State = {}
    for placed, params in zip(system.channels, prepared.channel_params, strict=True):
        density = _current(system, placed, params, state, placed.rows.take(state["v"]))
        accumulate(densities, placed.mechanism.current_name, placed.rows, density)
    ions.add_currents(system, prepared, state, densities)
    return densities


def _advance_states(
    system: System, placed: Placed, params: Parameters, state: State, v: Array, dt: float | Float[Array, ""]
) -> State:
    mechanism, rows = placed.mechanism, placed.rows
    currents: Values = {name: rows.take(state[name]) for name in system.current_names}
    present = params.present(system, rows, state)
    returned = call(mechanism, "update_states", currents | own_states(placed, state), dt, rows.take(v), present)
    check_returned(mechanism, returned, system.states_of_compartments)
    written = dict(state)
    for name, value in returned.items():
        values = as_rows(mechanism, name, value, rows.size, state["v"].dtype)
        if name in placed.states:
            written[name] = placed.states[name].put(state[name], values)
        else:
            storage = system.storage[name]
            written[name] = storage.take(rows.put(storage.spread(state[name], jnp.nan), values))
    return written


def through_channels(system: System, prepared: Prepared, state: State) -> tuple[State, MembraneCurrent]:
    """The currents of channels in `state` and, by one jvp per channel, their exact slopes."""
    sums: State = {}
    lines: State = {}
    v = state["v"]
    for placed, params in zip(system.channels, prepared.channel_params, strict=True):
        v_here = placed.rows.take(v)
        density, slope = jax.jvp(
            lambda u, placed=placed, params=params: _current(system, placed, params, state, u),
            (v_here,),
            (jnp.ones_like(v_here),),
        )
        accumulate(sums, placed.mechanism.current_name, placed.rows, density)
        accumulate(lines, "slope", placed.rows, slope)
        accumulate(lines, "now", placed.rows, density)
    nothing = jnp.zeros_like(v)
    line = MembraneCurrent(
        prepared.nanoamperes * lines.get("slope", nothing), prepared.nanoamperes * lines.get("now", nothing)
    )
    return sums, line


def _current(
    system: System, placed: Placed[Channel], params: Parameters, state: State, v: Float[Array, " row"]
) -> Float[Array, " row"]:
    """Current density of one channel at its rows [mA/cm^2]."""
    present = params.present(system, placed.rows, state)
    density = call(placed.mechanism, "compute_current", own_states(placed, state), v, present)
    return as_rows(placed.mechanism, placed.mechanism.current_name, density, placed.rows.size, v.dtype)
