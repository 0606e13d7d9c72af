"""Channels: their states advance by one step, their currents become a line in the voltage."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from dendrax.engine.current import MembraneCurrent
from dendrax.engine.prepare import Prepared
from dendrax.engine.rows import Rows
from dendrax.engine.system import Placed, System
from dendrax.errors import MechanismError
from dendrax.mechanisms.value import Values

State = dict[str, Float[Array, " _"]]
Params = dict[str, Float[Array, " row"]]


def advance(
    system: System, prepared: Prepared, state: State, dt: float | Float[Array, ""]
) -> tuple[State, MembraneCurrent]:
    """Channel states one step later, and the currents that follow from them at the present voltage.

    Every channel sees the voltage of the beginning of the step. What a channel returns is written at once,
    so that the next one sees it; where one returns "v" (a reset), the currents are those at the new voltage.
    """
    v = state["v"]
    for placed, params in zip(system.channels, prepared.channel_params, strict=True):
        state = _advance_states(system, placed, params, state, v, dt)
    return _with_line(system, prepared, state)


def currents_of(system: System, prepared: Prepared, state: State) -> State:
    """The membrane currents [mA/cm^2] that flow in `state`, one entry per current name."""
    densities: State = {}
    for placed, params in zip(system.channels, prepared.channel_params, strict=True):
        density = _current(placed, params, state, placed.rows.take(state["v"]))
        _accumulate(densities, placed.mechanism.current_name, placed.rows, density)
    return densities


def _advance_states(system: System, placed: Placed, params: Params, state: State, v: Array, dt: float | Array) -> State:
    channel, rows = placed.mechanism, placed.rows
    currents: Values = {name: rows.take(state[name]) for name in system.current_names}
    returned = channel.update_states(currents | _own_states(placed, state), dt, rows.take(v), dict(params))
    _check_returned(system, channel, returned)
    written = dict(state)
    for name, value in returned.items():
        values = _as_rows(channel, name, value, rows, state["v"].dtype)
        if name in placed.states:
            written[name] = placed.states[name].put(state[name], values)
        else:
            storage = system.storage[name]
            written[name] = storage.take(rows.put(storage.spread(state[name], jnp.nan), values))
    return written


def _with_line(system: System, prepared: Prepared, state: State) -> tuple[State, MembraneCurrent]:
    """The currents in `state` and, by one jvp per channel, their exact slopes."""
    sums: State = {}
    lines: State = {}
    v = state["v"]
    for placed, params in zip(system.channels, prepared.channel_params, strict=True):
        v_here = placed.rows.take(v)
        density, slope = jax.jvp(
            lambda u, placed=placed, params=params: _current(placed, params, state, u),
            (v_here,),
            (jnp.ones_like(v_here),),
        )
        _accumulate(sums, placed.mechanism.current_name, placed.rows, density)
        _accumulate(lines, "slope", placed.rows, slope)
        _accumulate(lines, "offset", placed.rows, density - slope * v_here)
    nothing = jnp.zeros_like(v)
    line = MembraneCurrent(
        prepared.nanoamperes * lines.get("slope", nothing), prepared.nanoamperes * lines.get("offset", nothing)
    )
    return state | sums, line


def _current(placed: Placed, params: Params, state: State, v: Float[Array, " row"]) -> Float[Array, " row"]:
    """Current density of one channel at its rows [mA/cm^2]."""
    density = placed.mechanism.compute_current(_own_states(placed, state), v, dict(params))
    return _as_rows(placed.mechanism, placed.mechanism.current_name, density, placed.rows, v.dtype)


def _own_states(placed: Placed, state: State) -> Values:
    return {name: rows.take(state[name]) for name, rows in placed.states.items()}


def _accumulate(sums: State, name: str, rows: Rows, values: Float[Array, " row"]) -> None:
    """Add `values` at `rows` to the entry `name`, zero so far where there is none."""
    sums[name] = rows.add(sums[name], values) if name in sums else rows.spread(values, 0.0)


def _check_returned(system: System, channel: Any, returned: Any) -> None:
    if not isinstance(returned, dict):
        raise MechanismError(f"{channel.name}.update_states must return a dict of states, not {returned!r}.")
    unknown = sorted(set(returned) - set(system.storage))
    if unknown:
        raise MechanismError(
            f"{channel.name}.update_states returns {unknown[0]!r}, but no channel of this model declares such a state. "
            f"Add it to `channel_states` of {channel.name}, or insert the channel that has it. "
            f"The model's states are {sorted(system.storage)}."
        )


def _as_rows(channel: Any, name: str, value: Any, rows: Rows, dtype: Any) -> Float[Array, " row"]:
    """What a channel returned as one number per row; spikes may be booleans, currents may be a single 0."""
    array = jnp.asarray(value, dtype)
    if array.ndim > 1 or array.shape not in ((), (1,), (rows.size,)):
        raise MechanismError(
            f"{channel.name} returned {name!r} with shape {array.shape}; expected {(rows.size,)}, one value for each "
            f"compartment that has the channel."
        )
    return jnp.broadcast_to(array, (rows.size,))
