"""How compartments are joined, as a table with branch points: Jaxley's, for programs that look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dendrax.modules import frames
from dendrax.modules.structure import Meets

if TYPE_CHECKING:
    import pandas as pd

    from dendrax.modules.selection import Selection
    from dendrax.modules.structure import Structure

COLUMNS = ("source", "sink", "ordered", "type")
WITHIN, POINT_TO_PARENT, POINT_TO_CHILD, PARENT_TO_POINT, CHILD_TO_POINT = range(5)
"""Types of joints: between two compartments of a branch, or of one with a branch point."""


def comp_edges(selection: Selection) -> pd.DataFrame:
    """The joints whose compartments are all in view; labels count all joints of the model."""
    structure = selection.tables.structure
    table = _joints(structure)
    in_view = np.ones(max(structure.n_comp, int(table[:, :2].max(initial=-1)) + 1), bool)  # a branch point always is
    in_view[: structure.n_comp] = selection.mask
    kept = np.flatnonzero(in_view[table[:, :2]].all(axis=1))
    return frames.frame_of({name: table[kept, i] for i, name in enumerate(COLUMNS)}, kept)


def _joints(structure: Structure) -> np.ndarray:
    """Both directions of every joint: cell by cell, type by type, branch by branch. (joint, column).

    There is a branch point, numbered after the compartments, at every end of a branch where children begin. Those that
    begin at the centre of a compartment are joined to it as its neighbours within the branch are.
    """
    first = structure.first_comp_of_branch[:-1]
    host, at = structure.hosts()
    children = np.flatnonzero(structure.parent_of_branch >= 0)
    hanging = children[at[children] == Meets.CENTER]
    children = children[at[children] != Meets.CENTER]
    ends, point_of_child = np.unique(2 * host[children] + (at[children] == Meets.END), return_inverse=True)
    ends = ends // 2
    points = structure.n_comp + np.arange(len(ends))
    points_of_children = points[point_of_child]
    blocks = [
        _within_branches(structure),
        _block(host[hanging], first[hanging], 1, WITHIN),
        _block(first[hanging], host[hanging], 0, WITHIN),
        _block(points, ends, 0, POINT_TO_PARENT),
        _block(points_of_children, first[children], 1, POINT_TO_CHILD),
        _block(ends, points, 1, PARENT_TO_POINT),
        _block(first[children], points_of_children, 0, CHILD_TO_POINT),
    ]
    table = np.concatenate(blocks)
    comp = np.where(table[:, 0] < structure.n_comp, table[:, 0], table[:, 1])
    return table[np.lexsort((table[:, 3], structure.cell_of_comp[comp]))]


def _within_branches(structure: Structure) -> np.ndarray:
    """Neighbours within branches: all of a branch from its start to its end, then back."""
    nearer = np.flatnonzero(np.diff(structure.branch_of_comp) == 0)
    both = np.concatenate([_block(nearer, nearer + 1, 1, WITHIN), _block(nearer + 1, nearer, 0, WITHIN)])
    return both[np.lexsort((-both[:, 2], structure.branch_of_comp[both[:, 0]]))]


def _block(source: np.ndarray, sink: np.ndarray, ordered: int, kind: int) -> np.ndarray:
    return np.stack([source, sink, np.full(len(source), ordered), np.full(len(source), kind)], axis=1)
