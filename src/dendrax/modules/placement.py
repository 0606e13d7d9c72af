"""Where things are: laying out cells that were built by hand, moving and turning them, distances in space.

Places are for pictures and distances alone; no simulation reads them. A cell that was built by hand has none until
someone asks: building a thousand cells computes no layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, SupportsFloat

import numpy as np

from dendrax.errors import ModelStateError, ModelTypeError, ModelValueError, SelectionError, ValueShapeError
from dendrax.modules.editing import PLACE, is_traced
from dendrax.modules.structure import Structure
from dendrax.modules.tables import Tables
from dendrax.trees.ancestry import sums_to_root

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from dendrax.modules.module import Module

WIDEST, NARROWEST = 2.5, 0.25
"""Slope of the outermost child: what a child of the root would have in an endless tree, and that of the last level."""

PLANES = {"xy": (0, 1), "xz": (0, 2), "yz": (1, 2)}


def place(module: Module) -> None:
    """Lay out cells that have no points at all, and find the centres that are not known yet.

    Only what is in view is looked at, but if it lacks something the whole model is done, so that a loop over
    the cells of a network does not do it once for each.
    """
    tables, rows = module.tables, module.rows
    structure, xyzr = tables.structure, tables.xyzr
    if any(is_nowhere(xyzr[branch]) for branch in module._branches):
        nowhere = np.array([is_nowhere(points) for points in xyzr])
        count = np.bincount(structure.cell_of_branch, nowhere)
        _lay_out(tables, np.flatnonzero(count == np.diff(structure.first_branch_of_cell)))
    if any(np.isnan(tables.nodes[axis][rows]).any() for axis in PLACE):
        known = np.flatnonzero([not is_nowhere(points) for points in xyzr])
        write_centers(tables, known, only_missing=True)


def compute_xyz(module: Module) -> None:
    """Lay out the cells in view by the lengths of their branches. See `Module.compute_xyz`."""
    tables = module.tables
    structure, branches = tables.structure, module._branches
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
    level = sums_to_root(parents, (parents >= 0).astype(int))
    deepest = np.zeros(len(cells), int)
    np.maximum.at(deepest, cell, level)
    width = WIDEST - (WIDEST - NARROWEST) * level / np.maximum(deepest[cell], 1)
    slope = width * _share_among_siblings(parents)
    length = np.bincount(structure.branch_of_comp, tables.nodes["length"], minlength=structure.n_branch)[branches]
    step = np.stack([np.ones_like(slope), slope], axis=1) * (length / np.hypot(1.0, slope))[:, None]
    points = np.zeros((len(branches), 2, 4))
    points[:, :, 3] = np.nan  # no radius was traced: the shape stays that of cylinders
    points[:, 1, :2] = sums_to_root(parents, step)
    points[parents >= 0, 0, :2] = points[parents[parents >= 0], 1, :2]
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


def compute_compartment_centers(module: Module) -> None:
    """Put x, y and z of the compartments in view half way along them. See `Module.compute_compartment_centers`."""
    place(module)
    _check_placed(module, "compute_compartment_centers")
    write_centers(module.tables, module._branches)


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


def move(module: Module, x: ArrayLike, y: ArrayLike, z: ArrayLike) -> None:
    """Add to the coordinates of what is in view. See `Module.move`."""
    place(module)
    _check_placed(module, "move")
    _transform(module, np.eye(3), _of_cells(module, (x, y, z), "move"))


def move_to(module: Module, x: ArrayLike, y: ArrayLike, z: ArrayLike) -> None:
    """Bring the beginning of what is in view to a place. See `Module.move_to`."""
    place(module)
    _check_placed(module, "move_to")
    target = _of_cells(module, (x, y, z), "move_to")
    branches = module._branches
    _, first = np.unique(module.tables.structure.cell_of_branch[branches], return_index=True)
    begins = np.stack([module.tables.xyzr[branch][0, :3] for branch in branches[first]])
    together = max(np.ndim(x), np.ndim(y), np.ndim(z)) == 0
    _transform(module, np.eye(3), target - (begins[:1] if together else begins))


def rotate(module: Module, degrees: SupportsFloat, rotation_axis: str) -> None:
    """Turn what is in view clockwise around the origin. See `Module.rotate`."""
    if rotation_axis not in PLANES:
        raise ModelValueError(
            f'rotate: rotation_axis = {rotation_axis!r} is no plane to turn in; choose "xy", "xz" or "yz".'
        )
    angle = float(degrees)
    if not np.isfinite(angle):
        raise ModelValueError(f"rotate: degrees must be a finite number, but is {degrees!r}.")
    place(module)
    _check_placed(module, "rotate")
    first, second = PLANES[rotation_axis]
    cos, sin = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    matrix = np.eye(3)
    matrix[[first, first, second, second], [first, second, first, second]] = cos, sin, -sin, cos
    _transform(module, matrix, np.zeros((len(_cells(module)), 3)))


def arrange_in_layers(
    module: Module,
    layers: Sequence[int] | np.ndarray,
    within_layer_offset: float,
    between_layer_offset: float,
    *,
    vertical_layers: bool,
) -> None:
    """Put the cells of a network in rows. See `Network.arrange_in_layers`."""
    sizes = np.asarray(layers)
    n_cell = module.tables.structure.n_cell
    if sizes.ndim != 1 or sizes.dtype.kind not in "iu" or (sizes < 0).any():
        raise ModelTypeError(f"arrange_in_layers: layers must be a list of numbers of cells, but is {layers!r}.")
    if sizes.sum() != n_cell:
        raise ValueShapeError(
            f"arrange_in_layers: the layers hold {sizes.sum()} cells, but the network has {n_cell}. The numbers must "
            f"agree."
        )
    layer = np.repeat(np.arange(len(sizes)), sizes)
    rank = np.arange(n_cell) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    within = (rank - (sizes[layer] - 1) / 2) * within_layer_offset
    between = layer * between_layer_offset
    if vertical_layers:  # the first layer is on top
        move_to(module, within, (len(sizes) - 1) * between_layer_offset - between, 0.0)
    else:
        move_to(module, between, within, 0.0)


def distance_direct(start: Module, ends: Module) -> np.ndarray:
    """Straight distances between the centre of one compartment and others [um]. (comp,).

    Raises:
        SelectionError: `start` is not one compartment.
        ModelStateError: A compartment has no coordinates.
    """
    if len(start.rows) != 1:
        raise SelectionError(
            f"The distance is measured from one compartment, but {len(start.rows)} are in view; select one, such as "
            f"`cell.branch(0).loc(0.0)`."
        )
    centers = []
    for module in (start, ends):
        place(module)
        xyz = np.stack([module.tables.nodes.numbers(axis)[module.rows] for axis in PLACE], axis=1)
        if (bad := np.isnan(xyz).any(axis=1)).any():
            where = module.tables.structure.place_of(module.rows[bad.argmax()])
            raise ModelStateError(f"{where} has no coordinates: call compute_xyz() or set x, y and z first.")
        centers.append(xyz)
    return np.linalg.norm(centers[1] - centers[0], axis=1)


def distance(start: Module, end: Module) -> float:
    """Straight distance between two compartments [um]. See `Module.distance`."""
    if len(end.rows) != 1:
        raise SelectionError(
            f"distance: the endpoint holds {len(end.rows)} compartments, but must be one. For many of them there is "
            f"`dendrax.morphology.distance_direct`."
        )
    return float(distance_direct(start, end)[0])


def _transform(module: Module, matrix: np.ndarray, shift_of_cell: np.ndarray) -> None:
    """Turn and then shift the branches in view: their points and their compartments."""
    tables = module.tables
    structure, branches = tables.structure, module._branches
    shift = shift_of_cell[np.searchsorted(_cells(module), structure.cell_of_branch[branches])]
    for branch, by in zip(branches, shift, strict=True):
        points = tables.xyzr[branch]
        tables.xyzr[branch] = np.column_stack([points[:, :3] @ matrix.T + by, points[:, 3]])
    rows = np.flatnonzero(np.isin(structure.branch_of_comp, branches))
    centers = np.stack([tables.nodes.numbers(axis)[rows] for axis in PLACE], axis=1)
    moved = centers @ matrix.T + shift[np.searchsorted(branches, structure.branch_of_comp[rows])]
    for axis, name in enumerate(PLACE):
        tables.nodes.write(name, rows, moved[:, axis])


def _of_cells(module: Module, values: tuple[ArrayLike, ArrayLike, ArrayLike], what: str) -> np.ndarray:
    """x, y and z for every cell in view. (cell, 3)."""
    n, columns = len(_cells(module)), []
    for name, value in zip(PLACE, values, strict=True):
        column = np.asarray(value, dtype=float)
        if column.ndim > 1 or (column.ndim == 1 and len(column) != n):
            raise ValueShapeError(
                f"{what}: {name} has shape {column.shape}, but {n} cells are in view. Pass one number or {n}."
            )
        if not np.isfinite(column).all():
            raise ModelValueError(f"{what}: {name} must be finite, but is {value!r}.")
        columns.append(np.broadcast_to(column, (n,)))
    return np.stack(columns, axis=1)


def _cells(module: Module) -> np.ndarray:
    """The cells in view. (cell,)."""
    return np.unique(module.tables.structure.cell_of_branch[module._branches])


def _branches_of(structure: Structure, cell: int | np.integer) -> range:
    """The branches of a cell."""
    return range(int(structure.first_branch_of_cell[cell]), int(structure.first_branch_of_cell[cell + 1]))


def is_nowhere(points: np.ndarray) -> bool:
    """Whether a branch has no coordinates; looking at its first is a hundred times cheaper than at all."""
    return len(points) == 0 or bool(np.isnan(points[0, 0]))


def _check_placed(module: Module, what: str) -> None:
    """Refuse branches without coordinates in cells where others have some."""
    for branch in module._branches:
        if is_nowhere(module.tables.xyzr[branch]):
            raise ModelStateError(
                f"{what}: branch {branch} has no coordinates, while others of its cell have. Give all of them points, "
                f"or call compute_xyz() to lay out the cell anew."
            )
