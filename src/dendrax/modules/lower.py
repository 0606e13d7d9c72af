"""Tables -> System: a few passes, in order, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dendrax.engine.rows import Rows
from dendrax.engine.system import Cable, Placed, System
from dendrax.mechanisms.channel import Channel

if TYPE_CHECKING:
    from dendrax.engine.solvers.base import Solver
    from dendrax.modules.module import Module
    from dendrax.modules.tables import Structure

GEOMETRY = ("length", "radius", "area", "volume", "resistive_load_in", "resistive_load_out")
MEMBRANE = ("axial_resistivity", "capacitance")


def lower(module: Module, solver: Solver) -> System:
    """The frozen form of a whole module, ready to run. Arrays are numpy: no device is touched.

    Args:
        module: A module, not a view.
        solver: The back end of the linear solves.
    """
    tables = module.base.tables
    n_comp = tables.structure.n_comp
    rows_of_channel = [np.flatnonzero(tables.has(channel)) for channel in tables.channels]
    rows_of_state = _rows_of_state(tables.channels, rows_of_channel, n_comp)
    parent = node_parents(tables.structure)
    param_names = dict.fromkeys((*GEOMETRY, *MEMBRANE, *(key for one in tables.channels for key in one.channel_params)))
    current_names = tuple(dict.fromkeys(channel.current_name for channel in tables.channels))
    return System(
        params={name: tables.nodes[name].astype(float) for name in param_names},
        state={name: tables.nodes[name].astype(float) for name in rows_of_state},
        storage={
            **{name: Rows.of(rows, n_comp) for name, rows in rows_of_state.items()},
            **{name: Rows.all(n_comp) for name in current_names},
        },
        channels=tuple(map(_placed(rows_of_state, n_comp), tables.channels, rows_of_channel)),
        cable=Cable(parent, n_comp),
        plan=solver.plan(parent),
        current_names=current_names,
        solver=solver,
    )


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
    """The compartments that keep each state: all for v, else the union of the channels that declare it."""
    users: dict[str, list[np.ndarray]] = {"v": [np.arange(n_comp)]}
    for channel, places in zip(channels, rows, strict=True):
        for name in channel.channel_states:
            users.setdefault(name, []).append(places)
    return {
        name: places[0] if len(places) == 1 else np.unique(np.concatenate(places)) for name, places in users.items()
    }


def _placed(rows_of_state: dict[str, np.ndarray], n_comp: int):
    def place(channel: Channel, rows: np.ndarray) -> Placed:
        positions = {name: np.searchsorted(rows_of_state[name], rows) for name in channel.channel_states}
        states = {name: Rows.of(where, len(rows_of_state[name])) for name, where in positions.items()}
        return Placed(channel, Rows.of(rows, n_comp), states)

    return place
