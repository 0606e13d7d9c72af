"""diffuse and delete_diffusion: which ions spread along the cable."""

from __future__ import annotations

import numpy as np

from dendrax.errors import UnknownNameError
from dendrax.modules.editing import DIFFUSION, nearest, states_of
from dendrax.modules.inserting import forget_what_is_gone
from dendrax.modules.selection import Selection

DEFAULT = 1.0
"""Diffusion constant of an ion that has just begun to diffuse."""


def diffuse(selection: Selection, state: str) -> None:
    """Add the diffusion constant of an ion, and the ion where it is not yet. See `Module.diffuse`."""
    selection.check_whole("diffuse")
    tables = selection.tables
    known = [name for name in states_of(tables) if name != "v"]
    if not isinstance(state, str) or state not in known:
        ions = list(
            dict.fromkeys(pump.ion_name for pump in tables.pumps)
        )  # "Ca" is as near to "eCa" as to "CaCon_i", but a potential does not diffuse
        hint = f" The pumps here change {', '.join(ions)}." if ions else nearest(state, known)
        raise UnknownNameError(
            f"diffuse: no concentration {state!r}.{hint}"
            if known
            else f"diffuse: no concentration {state!r}. Insert a pump or channel that has it first."
        )
    if state in tables.diffused:
        return
    tables.diffused = [*tables.diffused, state]
    concentration = tables.nodes.numbers(state)
    tables.nodes.write(state, np.flatnonzero(np.isnan(concentration)), 0.0)
    tables.nodes.add(DIFFUSION + state, np.full(tables.nodes.length, DEFAULT))


def delete_diffusion(selection: Selection, state: str) -> None:
    """Remove the diffusion constant of an ion, and the ion where nothing has it. See `Module.delete_diffusion`."""
    tables = selection.tables
    selection.check_whole("delete_diffusion")
    if not isinstance(state, str) or state not in tables.diffused:
        raise UnknownNameError(f"delete_diffusion: {state!r} does not diffuse; what does is {tables.diffused}.")
    tables.diffused = [ion for ion in tables.diffused if ion != state]
    tables.nodes.drop([DIFFUSION + state])
    users = [tables.has(one) for one in tables.mechanisms if state in one.state_defaults]
    if users:
        tables.nodes.write(state, np.flatnonzero(~np.any(users, axis=0)), np.nan)
    else:
        tables.nodes.drop([state])
    forget_what_is_gone(tables, "delete_diffusion")
