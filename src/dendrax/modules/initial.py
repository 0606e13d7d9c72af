"""Initial states: every channel at its steady state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dendrax.errors import MechanismError, ModelStateError
from dendrax.modules.tables import broadcast

if TYPE_CHECKING:
    from dendrax.modules.module import Module


def init_states(module: Module, delta_t: float) -> None:
    """Write the steady states of all channels; all of them read the tables as they were before.

    Raises:
        ModelStateError: Called on a view.
        MechanismError: A channel returns a state that it does not have.
    """
    if module.is_view:
        raise ModelStateError("init_states works on a whole module: call it on `view.base`.")
    nodes = module.tables.nodes
    updates = []
    for channel in module.tables.channels:
        rows = np.flatnonzero(module.tables.has(channel))
        states = {key: nodes[key][rows] for key in channel.channel_states}
        params = {key: nodes[key][rows] for key in channel.channel_params}
        found = channel.init_state(states, nodes["v"][rows], params, delta_t)
        if unknown := [key for key in found if key not in nodes]:
            raise MechanismError(f"init_state of {channel.name!r} returns {unknown}, which the model does not have.")
        what = f"init_state of {channel.name!r}"
        updates += [(key, rows, broadcast(values, len(rows), what)) for key, values in found.items()]
    for key, rows, values in updates:
        nodes.write(key, rows, values)
