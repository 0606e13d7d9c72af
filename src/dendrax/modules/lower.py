"""Tables -> System: a few passes, in order, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from dendrax.engine.rows import Rows
from dendrax.engine.system import Cable, Placed, System
from dendrax.errors import ModelTypeError
from dendrax.mechanisms.channel import Channel
from dendrax.modules.editing import POSITIVE, check_values, params_of
from dendrax.modules.inputs import currents_of
from dendrax.modules.tables import Tables

if TYPE_CHECKING:
    from dendrax.engine.solvers.base import Solver
    from dendrax.modules.module import Module
    from dendrax.modules.structure import Structure


def lower(module: Module, solver: Solver) -> System:
    """The frozen form of a whole module, ready to run. Arrays are numpy: no device is touched.

    Args:
        module: A module, not a view.
        solver: The back end of the linear solves.

    Raises:
        ModelTypeError: It is a view.
        ModelValueError: The user wrote a value to `.nodes` that no compartment can have; names the compartment.
    """
    if module.is_view:
        raise ModelTypeError("A view cannot be lowered alone; pass the whole module, `view.base`.")
    tables = module.tables
    n_comp = tables.structure.n_comp
    rows_of_channel = [np.flatnonzero(tables.has(channel)) for channel in tables.channels]
    rows_of_state = _rows_of_state(tables.channels, rows_of_channel, n_comp)
    parent = node_parents(tables.structure)
    return System(
        params=_checked_params(tables, rows_of_channel),
        state={name: tables.nodes.numbers(name) for name in rows_of_state},
        storage={
            **{name: Rows.of(rows, n_comp) for name, rows in rows_of_state.items()},
            **{name: Rows.all(n_comp) for name in currents_of(tables)},
        },
        channels=tuple(map(_placed(rows_of_state, n_comp), tables.channels, rows_of_channel)),
        cable=Cable(parent, n_comp),
        plan=solver.plan(parent),
        current_names=tuple(currents_of(tables)),
        solver=solver,
    )


def _checked_params(tables: Tables, rows_of_channel: list[np.ndarray]) -> dict[str, Any]:
    """Every parameter, of all compartments; those that are in use can be."""
    params: dict[str, Any] = {name: tables.nodes.numbers(name) for name in params_of(tables)}
    everywhere = np.arange(tables.structure.n_comp)
    for name in POSITIVE:
        check_values(tables, name, params[name], everywhere)
    for channel, rows in zip(tables.channels, rows_of_channel, strict=True):
        for name in channel.channel_params:
            check_values(tables, name, params[name][rows], rows)
    return params


def node_parents(structure: Structure) -> np.ndarray:
    """Parent of every node: compartments in table order, then a branch point for each parent of several branches.

    A single child is joined to the last compartment of its parent branch directly; -1 for roots.
    """
    first, ncomp = structure.first_comp_of_branch[:-1], structure.ncomp_of_branch
    last = first + ncomp - 1
    parent_of_branch = structure.parent_of_branch
    children = np.flatnonzero(parent_of_branch >= 0)
    n_children = np.bincount(parent_of_branch[children], minlength=structure.n_branch)
    forks = np.flatnonzero(n_children > 1)
    node_at_end = last.copy()
    node_at_end[forks] = structure.n_comp + np.arange(len(forks))
    parent = np.arange(-1, structure.n_comp - 1)
    parent[first] = -1
    parent[first[children]] = node_at_end[parent_of_branch[children]]
    return np.concatenate([parent, last[forks]]).astype(np.int32)


def _rows_of_state(channels: list[Channel], rows: list[np.ndarray], n_comp: int) -> dict[str, np.ndarray]:
    """The compartments that keep each state: the union of the channels that declare it; all for v and currents."""
    everywhere = np.arange(n_comp)
    users: dict[str, list[np.ndarray]] = {"v": [everywhere]}
    for name in sorted(
        {key for one in channels for key in one.channel_states} & {one.current_name for one in channels}
    ):
        users[name] = [everywhere]  # a state that is the current of another channel
    for channel, places in zip(channels, rows, strict=True):
        for name in channel.channel_states:
            users.setdefault(name, []).append(places)
    return {
        name: places[0] if len(places) == 1 else np.unique(np.concatenate(places)) for name, places in users.items()
    }


def _placed(rows_of_state: dict[str, np.ndarray], n_comp: int) -> Callable[[Channel, np.ndarray], Placed]:
    """How a channel finds its rows and states."""

    def place(channel: Channel, rows: np.ndarray) -> Placed:
        positions = {name: np.searchsorted(rows_of_state[name], rows) for name in channel.channel_states}
        states = {name: Rows.of(where, len(rows_of_state[name])) for name, where in positions.items()}
        return Placed(channel, Rows.of(rows, n_comp), states)

    return place
