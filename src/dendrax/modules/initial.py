"""Initial states: every channel, pump and, where asked for, synapse at its steady state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dendrax.errors import MechanismError, ModelStateError
from dendrax.modules.editing import states_of
from dendrax.modules.homes import Home, of_synapse
from dendrax.modules.tables import Tables, broadcast

if TYPE_CHECKING:
    from dendrax.mechanisms.channel import Channel
    from dendrax.mechanisms.pump import Pump
    from dendrax.mechanisms.synapse import Synapse
    from dendrax.modules.module import Module

Update = tuple[Home, str, np.ndarray, np.ndarray]
"""Where a state is, its name, rows and new values."""
SURROUNDINGS = ("radius", "length", "axial_resistivity", "capacitance", "temperature")
"""What mechanisms read besides their own parameters."""


def init_states(module: Module, delta_t: float, synapses: bool) -> None:
    """Write the steady states of all mechanisms; all of them read the tables as they were before.

    Raises:
        ModelStateError: Called on a view.
        MechanismError: A mechanism returns a state that the model does not have, or one that is not finite.
    """
    if module.is_view:
        raise ModelStateError("init_states works on a whole module: call it on `view.base`.")
    tables = module.tables
    updates = [update for one in tables.mechanisms for update in _steady_states(tables, one, delta_t)]
    if synapses:
        updates += [update for one in tables.synapses for update in _steady_synapses(tables, one)]
    for home, key, rows, values in updates:
        home.write(key, rows, values)


def _steady_states(tables: Tables, mechanism: Channel | Pump, delta_t: float) -> list[Update]:
    """What a channel or pump initialises."""
    home, rows = Home(tables), np.flatnonzero(tables.has(mechanism))
    v = tables.nodes.numbers("v")[rows]
    states: dict[str, Any] = {key: home.numbers(key)[rows] for key in mechanism.channel_states}
    params: dict[str, Any] = {key: home.numbers(key)[rows] for key in (*mechanism.channel_params, *SURROUNDINGS)}
    made = mechanism.init_state(states, v, params, delta_t)
    return _checked(home, f"init_state of {mechanism.name!r}", states_of(tables), made, rows, v)


def _steady_synapses(tables: Tables, synapse: Synapse) -> list[Update]:
    """What a type of synapse initialises."""
    home, rows = of_synapse(tables, synapse), tables.wiring.of_type(synapse)
    pre, post = (tables.edges[end][rows].astype(int) for end in ("pre_index", "post_index"))
    v = tables.nodes.numbers("v")
    states: dict[str, Any] = {key: home.numbers(key)[rows] for key in synapse.synapse_states}
    for side, comps in (("pre", pre), ("post", post)):
        for key in getattr(synapse, f"{side}_states"):
            states[f"{side}_{key}"] = tables.nodes.numbers(key)[comps]
    params: dict[str, Any] = {key: home.numbers(key)[rows] for key in synapse.synapse_params}
    made = synapse.equilibrium(states, v[pre], v[post], params)
    return _checked(home, f"equilibrium of {synapse.name!r}", list(synapse.synapse_states), made, rows, v[post])


def _checked(
    home: Home, what: str, known: list[str], made: dict[str, Any], rows: np.ndarray, v: np.ndarray
) -> list[Update]:
    """What a mechanism returned, as finite arrays.

    Raises:
        MechanismError: It is something else, or a state that is not known.
    """
    updates = []
    for key, values in made.items():
        if key not in known:
            raise MechanismError(f"{what} returns {key!r}, which is no state of the model.")
        array = broadcast(values, len(rows), what)
        if not np.isfinite(array).all():
            first = int(np.flatnonzero(~np.isfinite(array))[0])
            place = home.place_of(rows[first])
            raise MechanismError(f"{what} gives {array[first]} for {key!r} at v = {v[first]} mV in {place}.")
        updates.append((home, key, rows, array))
    return updates
