"""Synapses: their states advance by one step, their currents add to the line of the postsynaptic compartment.

Nothing here is per synapse: a type of synapse is one call of its mechanism on arrays over all its synapses, a gather
of both voltages and a scatter of the line. Currents are in nA and conductances in uS, the units of the engine.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from dendrax.engine.calling import call
from dendrax.engine.current import MembraneCurrent
from dendrax.engine.placed import State, as_rows, check_returned
from dendrax.engine.prepare import Connected, Prepared
from dendrax.engine.system import PlacedSynapse, System
from dendrax.mechanisms.value import Values


def advance(
    system: System, prepared: Prepared, state: State, current: MembraneCurrent, dt: float | Float[Array, ""]
) -> tuple[State, MembraneCurrent]:
    """States and currents of all synapses one step later, and `current` with theirs.

    Synapses see the voltages of the beginning of the step, after resets. The slope is that in the postsynaptic
    voltage alone; what depends on the presynaptic voltage is explicit. Gap junctions add no line, since they are a
    part of the cable.
    """
    v = state["v"]
    for placed, connected in zip(system.synapses, prepared.synapses, strict=True):
        pre_v, post_v = _at(v, connected.pre), _at(v, connected.post)
        if placed.mechanism.couples:
            flowing = _current(placed, connected, _seen(placed, connected, state), pre_v, post_v)
            state = state | {placed.current_name: flowing}
            continue
        state = _advance_states(placed, connected, state, pre_v, post_v, dt)
        seen = _seen(placed, connected, state)
        flowing, slope = jax.jvp(
            lambda u, placed=placed, connected=connected, seen=seen, pre_v=pre_v: _current(
                placed, connected, seen, pre_v, u
            ),
            (post_v,),
            (jnp.ones_like(post_v),),
        )
        state = state | {placed.current_name: flowing}
        current = current.through(connected.post, slope, flowing)
    return state, current


def currents_of(system: System, prepared: Prepared, state: State) -> State:
    """The current of every synapse in `state` [nA], one entry per type."""
    v = state["v"]
    return {
        placed.current_name: _current(
            placed, connected, _seen(placed, connected, state), _at(v, connected.pre), _at(v, connected.post)
        )
        for placed, connected in zip(system.synapses, prepared.synapses, strict=True)
    }


def _advance_states(
    placed: PlacedSynapse,
    connected: Connected,
    state: State,
    pre_v: Float[Array, " synapse"],
    post_v: Float[Array, " synapse"],
    dt: float | Float[Array, ""],
) -> State:
    synapse, own = placed.mechanism, placed.mechanism.synapse_states
    seen = _seen(placed, connected, state)
    returned = call(synapse, "update_states", dict(seen), dt, pre_v, post_v, dict(connected.params))
    check_returned(synapse, returned, seen)
    return state | {
        name: as_rows(synapse, name, value, pre_v.shape[0], pre_v.dtype)
        for name, value in returned.items()
        if name in own
    }


def _seen(placed: PlacedSynapse, connected: Connected, state: State) -> Values:
    """The own states of synapses, and what they read of the compartments on both sides."""
    seen: Values = {f"pre_{name}": _at(state[name], where) for name, where in connected.pre_states.items()}
    seen |= {f"post_{name}": _at(state[name], where) for name, where in connected.post_states.items()}
    return seen | {name: state[name] for name in placed.mechanism.synapse_states}


def _at(values: Float[Array, " comp"], where: Array) -> Float[Array, " synapse"]:
    return values.at[where].get(mode="promise_in_bounds")


def _current(
    placed: PlacedSynapse,
    connected: Connected,
    seen: Values,
    pre_v: Float[Array, " synapse"],
    post_v: Float[Array, " synapse"],
) -> Float[Array, " synapse"]:
    """Current of each synapse out of its postsynaptic compartment [nA]."""
    current = call(placed.mechanism, "compute_current", dict(seen), pre_v, post_v, dict(connected.params))
    return as_rows(placed.mechanism, placed.current_name, current, post_v.shape[0], post_v.dtype)
