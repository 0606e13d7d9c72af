"""Layout: where the branches of a cell that was built by hand are drawn, and where compartments lie on their branches.

A cell that was built by hand has no places until someone asks: building a thousand cells computes no layout.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

import numpy as np

from dendrax.errors import ModelStateError, ModelTypeError
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.modules.editing import PLACE, is_traced
from dendrax.modules.selection import Selection
from dendrax.modules.structure import Structure
from dendrax.modules.table import FIRST_LOOK
from dendrax.modules.tables import Tables
from dendrax.trees.ancestry import depths, sums_to_root

WIDEST, NARROWEST = 2.5, 0.25
"""Slope of the outermost child: what a child of the root would have in an endless tree, and that of the last level."""


def place(selection: Selection) -> None:
    """Lay out cells that have no points at all, and find the centres that are not known yet.

    Only what is in view is looked at, but if it lacks something the whole model is done, so that a loop over
    the cells of a network does not do it once for each.
    """
    if not (_lacks_points(selection) or _lacks_centers(selection)):
        return
    with FIRST_LOOK:
        tables = selection.tables
        structure, xyzr = tables.structure, tables.xyzr
        if _lacks_points(selection):
            nowhere = np.array([is_nowhere(points) for points in xyzr])
            count = np.bincount(structure.cell_of_branch, nowhere)
            _lay_out(tables, np.flatnonzero(count == np.diff(structure.first_branch_of_cell)))
        if _lacks_centers(selection):
            known = np.flatnonzero([not is_nowhere(points) for points in xyzr])
            write_centers(tables, known, only_missing=True)


def place_for(mechanisms: Iterable[Mechanism], tables: Tables) -> tuple[str, ...]:
    """The axes along which mechanisms want to know where they are, once the whole model has a place."""
    axes = tuple(axis for axis in PLACE if any(axis in one.shared for one in mechanisms))
    if axes:
        place(Selection(tables))
    return axes


def points(selection: Selection) -> list[np.ndarray]:
    """Points and radii of every branch in view [um]. branch x (point, 4)."""
    place(selection)
    return _Points(selection.tables.xyzr[branch] for branch in selection.branches)


class _Points(list):
    """A list that is made when someone asks for it: putting something else into it would change nothing."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise ModelTypeError(
            "`xyzr` is a list of its own, and changing it does not change the model. Write into the points of a "
            "branch, `xyzr[0][:] = points`, and call compute_compartment_centers(); to change the number of points, "
            "pass them to the constructor, `Cell(branches, parents, xyzr)`."
        )

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = extend = insert = remove = pop = clear = reverse = _refuse
    sort: Any = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles are plain lists."""
        return list, (list(self),)


def _lacks_points(selection: Selection) -> bool:
    return any(is_nowhere(selection.tables.xyzr[branch]) for branch in selection.branches)


def _lacks_centers(selection: Selection) -> bool:
    return any(np.isnan(selection.tables.nodes[axis][selection.rows]).any() for axis in PLACE)


def compute_xyz(selection: Selection) -> None:
    """Lay out the cells in view by the lengths of their branches. See `Module.compute_xyz`."""
    tables = selection.tables
    structure, branches = tables.structure, selection.branches
    cells, counts = np.unique(structure.cell_of_branch[branches], return_counts=True)
    if (counts != np.diff(structure.first_branch_of_cell)[cells]).any():
        raise ModelStateError(
            "compute_xyz: whole cells are laid out, but this view holds parts of one. Call it on the cell or network."
        )
    traced = [any(is_traced(tables.xyzr[branch]) for branch in _branches_of(structure, cell)) for cell in cells]
    chosen = cells[~np.array(traced, bool)]
    _lay_out(tables, chosen)
    write_centers(tables, branches[np.isin(structure.cell_of_branch[branches], chosen)])


def _lay_out(tables: Tables, cells: np.ndarray) -> None:
    """Draw each cell as a tree that grows along x from the origin, its children fanned out in y.

    The children of a branch go in directions (1, s) with slopes s spread evenly from -w to w. The width w falls
    linearly with the level of the branch, from the root to the last level of its cell, so that the subtrees of
    early branches, which need most room, are farthest apart.
    """
    structure = tables.structure
    branches = np.flatnonzero(np.isin(structure.cell_of_branch, cells))
    if len(branches) == 0:
        return
    new = np.full(structure.n_branch + 1, -1)
    new[branches] = np.arange(len(branches))
    parents = new[structure.parent_of_branch[branches]]
    _, cell = np.unique(structure.cell_of_branch[branches], return_inverse=True)
    level = depths(parents)
    deepest = np.zeros(len(cells), int)
    np.maximum.at(deepest, cell, level)
    width = WIDEST - (WIDEST - NARROWEST) * level / np.maximum(deepest[cell], 1)
    slope = width * _share_among_siblings(parents)
    length = np.bincount(structure.branch_of_comp, tables.nodes["length"], minlength=structure.n_branch)[branches]
    step = np.stack([np.ones_like(slope), slope], axis=1) * (length / np.hypot(1.0, slope))[:, None]
    points = np.zeros((len(branches), 2, 4))
    points[:, :, 3] = np.nan  # no radius was traced: the shape stays that of cylinders
    places = structure.places(tables.nodes.numbers("length"))[branches]
    back = (places - 1)[:, None] * step[parents]  # from the end of its parent to its start
    points[:, 1, :2] = sums_to_root(parents, step + np.where(parents[:, None] < 0, 0.0, back))
    points[parents >= 0, 0, :2] = (points[parents, 1, :2] + back)[parents >= 0]
    for branch, two in zip(branches, points, strict=True):
        tables.xyzr[branch] = two


def _share_among_siblings(parents: np.ndarray) -> np.ndarray:
    """From -1 for the first child of a branch to 1 for its last; 0 for an only child and for roots. (branch,)."""
    order = np.argsort(parents, kind="stable")
    of_parent = parents[order]
    count = np.bincount(parents + 1, minlength=len(parents) + 1)
    rank = np.arange(len(parents)) - (np.cumsum(count) - count)[of_parent + 1]
    siblings = np.where(of_parent >= 0, count[of_parent + 1], 1)
    share = np.empty(len(parents))
    share[order] = np.where(siblings > 1, 2 * rank / np.maximum(siblings - 1, 1) - 1, 0.0)
    return share


def compute_compartment_centers(selection: Selection) -> None:
    """Put x, y and z of the compartments in view half way along them. See `Module.compute_compartment_centers`."""
    place(selection)
    check_placed(selection, "compute_compartment_centers")
    write_centers(selection.tables, selection.branches)


def write_centers(tables: Tables, branches: np.ndarray, *, only_missing: bool = False) -> None:
    """Put the compartments of branches that have points at the middle of their share of the line.

    Branches are laid behind each other on one axis, each a unit long and a unit apart, for a single interpolation.
    """
    if len(branches) == 0:
        return
    structure = tables.structure
    length = tables.nodes.numbers("length")
    whole = np.bincount(structure.branch_of_comp, length, minlength=structure.n_branch)
    before = np.cumsum(length) - length
    before -= before[structure.first_comp_of_branch[:-1]][structure.branch_of_comp]
    middle = (before + length / 2) / whole[structure.branch_of_comp] + 2 * structure.branch_of_comp
    points = np.concatenate([tables.xyzr[branch] for branch in branches])
    size = np.array([len(tables.xyzr[branch]) for branch in branches])
    of_point = np.repeat(np.arange(len(branches)), size)
    last = np.cumsum(size) - 1
    first = last - size + 1
    step = np.append(0.0, np.linalg.norm(np.diff(points[:, :3], axis=0), axis=1))
    step[first] = 0.0
    arc = np.cumsum(step)
    arc -= arc[first][of_point]
    total = np.where(arc[last] > 0, arc[last], 1.0)  # a sphere is a single point
    rows = np.flatnonzero(np.isin(structure.branch_of_comp, branches))
    for axis, name in enumerate(PLACE):
        position = arc / total[of_point] + 2 * branches[of_point]
        into = rows[np.isnan(tables.nodes.numbers(name)[rows])] if only_missing else rows
        tables.nodes.write(name, into, np.interp(middle[into], position, points[:, axis]))


def check_placed(selection: Selection, what: str) -> None:
    """Refuse branches without coordinates in cells where others have some."""
    for branch in selection.branches:
        if is_nowhere(selection.tables.xyzr[branch]):
            raise ModelStateError(
                f"{what}: branch {branch} has no coordinates, while others of its cell have. Give all of them points, "
                f"or call compute_xyz() to lay out the cell anew."
            )


def _branches_of(structure: Structure, cell: int | np.integer) -> range:
    """The branches of a cell."""
    return range(int(structure.first_branch_of_cell[cell]), int(structure.first_branch_of_cell[cell + 1]))


def is_nowhere(points: np.ndarray) -> bool:
    """Whether a branch has no coordinates; looking at its first is a hundred times cheaper than at all."""
    return len(points) == 0 or bool(np.isnan(points[0, 0]))
