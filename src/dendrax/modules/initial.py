"""Initial states: every channel at its steady state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dendrax.errors import MechanismError, ModelStateError
from dendrax.modules.editing import states_of
from dendrax.modules.tables import Tables, broadcast

if TYPE_CHECKING:
    from dendrax.mechanisms.channel import Channel
    from dendrax.modules.module import Module


def init_states(module: Module, delta_t: float) -> None:
    """Write the steady states of all channels; all of them read the tables as they were before.

    Raises:
        ModelStateError: Called on a view.
        MechanismError: A channel returns a state that the model does not have, or one that is not finite.
    """
    if module.is_view:
        raise ModelStateError("init_states works on a whole module: call it on `view.base`.")
    tables = module.tables
    updates = [update for channel in tables.channels for update in _steady_states(tables, channel, delta_t)]
    for key, rows, values in updates:
        tables.nodes.write(key, rows, values)


def _steady_states(tables: Tables, channel: Channel, delta_t: float) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Key, rows and values of every state that a channel initialises."""
    rows = np.flatnonzero(tables.has(channel))
    v = tables.nodes.numbers("v")[rows]
    states: dict[str, Any] = {key: tables.nodes.numbers(key)[rows] for key in channel.channel_states}
    params: dict[str, Any] = {key: tables.nodes.numbers(key)[rows] for key in channel.channel_params}
    what = f"init_state of {channel.name!r}"
    updates = []
    for key, values in channel.init_state(states, v, params, delta_t).items():
        if key not in states_of(tables):
            raise MechanismError(f"{what} returns {key!r}, which is no state of the model.")
        array = broadcast(values, len(rows), what)
        if not np.isfinite(array).all():
            first = int(np.flatnonzero(~np.isfinite(array))[0])
            place = tables.structure.place_of(rows[first])
            raise MechanismError(f"{what} gives {array[first]} for {key!r} at v = {v[first]} mV in {place}.")
        updates.append((key, rows, array))
    return updates
