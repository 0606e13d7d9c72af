"""diffuse and delete_diffusion: which ions spread along the cable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dendrax.errors import ModelStateError, UnknownNameError
from dendrax.modules.editing import DIFFUSION, nearest, states_of
from dendrax.modules.inserting import forget_what_is_gone

if TYPE_CHECKING:
    from dendrax.modules.module import Module

DEFAULT = 1.0
"""Diffusion constant of an ion that has just begun to diffuse."""


def diffuse(module: Module, state: str) -> None:
    """Add the diffusion constant of an ion, and the ion where it is not yet. See `Module.diffuse`."""
    tables = module.tables
    _check_whole(module, "diffuse")
    known = [name for name in states_of(tables) if name != "v"]
    if not isinstance(state, str) or state not in known:
        ions = module.pumped_ions  # "Ca" is as near to "eCa" as to "CaCon_i", but a potential does not diffuse
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


def delete_diffusion(module: Module, state: str) -> None:
    """Remove the diffusion constant of an ion, and the ion where nothing has it. See `Module.delete_diffusion`."""
    tables = module.tables
    _check_whole(module, "delete_diffusion")
    if not isinstance(state, str) or state not in tables.diffused:
        raise UnknownNameError(f"delete_diffusion: {state!r} does not diffuse; what does is {tables.diffused}.")
    tables.diffused = [ion for ion in tables.diffused if ion != state]
    tables.nodes.drop([DIFFUSION + state])
    users = [tables.has(one) for one in tables.mechanisms if state in one.channel_states]
    if users:
        tables.nodes.write(state, np.flatnonzero(~np.any(users, axis=0)), np.nan)
    else:
        tables.nodes.drop([state])
    forget_what_is_gone(tables, "delete_diffusion")


def _check_whole(module: Module, verb: str) -> None:
    if module.is_view:
        raise ModelStateError(f"{verb}: an ion diffuses in a whole module; call it on `view.base`.")
