"""Moving and turning what is in view, and distances in space. No simulation reads places: they are for pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, SupportsFloat

import numpy as np

from dendrax import arguments
from dendrax.errors import ModelStateError, ModelTypeError, ModelValueError, SelectionError, ValueShapeError
from dendrax.modules.editing import PLACE
from dendrax.modules.layout import check_placed, place
from dendrax.modules.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

PLANES = {"xy": (0, 1), "xz": (0, 2), "yz": (1, 2)}


def move(selection: Selection, x: ArrayLike, y: ArrayLike, z: ArrayLike) -> None:
    """Add to the coordinates of what is in view. See `Module.move`."""
    place(selection)
    check_placed(selection, "move")
    _transform(selection, np.eye(3), _of_cells(selection, (x, y, z), "move"))


def move_to(selection: Selection, x: ArrayLike, y: ArrayLike, z: ArrayLike) -> None:
    """Bring the beginning of what is in view to a place. See `Module.move_to`."""
    place(selection)
    check_placed(selection, "move_to")
    target = _of_cells(selection, (x, y, z), "move_to")
    branches = selection.branches
    _, first = np.unique(selection.tables.structure.cell_of_branch[branches], return_index=True)
    begins = np.stack([selection.tables.xyzr[branch][0, :3] for branch in branches[first]])
    together = max(np.ndim(x), np.ndim(y), np.ndim(z)) == 0
    _transform(selection, np.eye(3), target - (begins[:1] if together else begins))


def rotate(selection: Selection, degrees: SupportsFloat, rotation_axis: str) -> None:
    """Turn what is in view clockwise around the origin. See `Module.rotate`."""
    if not isinstance(rotation_axis, str) or rotation_axis not in PLANES:
        raise ModelValueError(
            f'rotate: rotation_axis = {rotation_axis!r} is no plane to turn in; choose "xy", "xz" or "yz".'
        )
    angle = arguments.real("rotate: degrees", degrees)
    place(selection)
    check_placed(selection, "rotate")
    first, second = PLANES[rotation_axis]
    cos, sin = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    matrix = np.eye(3)
    matrix[[first, first, second, second], [first, second, first, second]] = cos, sin, -sin, cos
    _transform(selection, matrix, np.zeros((len(_cells(selection)), 3)))


def arrange_in_layers(
    selection: Selection,
    layers: Sequence[int] | np.ndarray,
    offsets: tuple[SupportsFloat, SupportsFloat],
    *,
    vertical_layers: bool,
) -> None:
    """Put the cells of a network in rows, `offsets` within and between layers. See `Network.arrange_in_layers`."""
    within_layer, between_layer = (
        arguments.real(f"arrange_in_layers: {name}_layer_offset", value)
        for name, value in zip(("within", "between"), offsets, strict=True)
    )
    sizes = arguments.array("arrange_in_layers: layers", layers)
    n_cell = selection.tables.structure.n_cell
    if sizes.ndim != 1 or sizes.dtype.kind not in "iu" or (sizes < 0).any():
        raise ModelTypeError(f"arrange_in_layers: layers must be a list of numbers of cells, but is {layers!r}.")
    if sizes.sum() != n_cell:
        raise ValueShapeError(
            f"arrange_in_layers: the layers hold {sizes.sum()} cells, but the network has {n_cell}. The numbers must "
            f"agree."
        )
    layer = np.repeat(np.arange(len(sizes)), sizes)
    rank = np.arange(n_cell) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    within = (rank - (sizes[layer] - 1) / 2) * within_layer
    between = layer * between_layer
    if vertical_layers:  # the first layer is on top
        move_to(selection, within, (len(sizes) - 1) * between_layer - between, 0.0)
    else:
        move_to(selection, between, within, 0.0)


def one_row(selection: Selection, what: str) -> int:
    """The only compartment in view."""
    if len(selection.rows) != 1:
        raise SelectionError(
            f"{what} holds {len(selection.rows)} compartments, but must be one; select it, such as "
            f"`cell.branch(0).loc(0.0)`."
        )
    return int(selection.rows[0])


def distance_direct(start: Selection, ends: Selection) -> np.ndarray:
    """Straight distances between the centre of one compartment and others [um]. (comp,)."""
    one_row(start, "The start of a distance")
    centers = []
    for one in (start, ends):
        place(one)
        xyz = np.stack([one.tables.nodes.numbers(axis)[one.rows] for axis in PLACE], axis=1)
        if (bad := np.isnan(xyz).any(axis=1)).any():
            where = one.tables.structure.place_of(one.rows[bad.argmax()])
            raise ModelStateError(f"{where} has no coordinates: call compute_xyz() or set x, y and z first.")
        centers.append(xyz)
    return np.linalg.norm(centers[1] - centers[0], axis=1)


def distance(start: Selection, end: Selection) -> float:
    """Straight distance between two compartments [um]. See `Module.distance`."""
    if len(end.rows) != 1:
        raise SelectionError(
            f"distance: the endpoint holds {len(end.rows)} compartments, but must be one. For many of them there is "
            f"`dendrax.morphology.distance_direct`."
        )
    return float(distance_direct(start, end)[0])


def _transform(selection: Selection, matrix: np.ndarray, shift_of_cell: np.ndarray) -> None:
    """Turn and then shift the branches in view: their points and their compartments."""
    tables = selection.tables
    structure, branches = tables.structure, selection.branches
    shift = shift_of_cell[np.searchsorted(_cells(selection), structure.cell_of_branch[branches])]
    for branch, by in zip(branches, shift, strict=True):
        points = tables.xyzr[branch]
        tables.xyzr[branch] = np.column_stack([points[:, :3] @ matrix.T + by, points[:, 3]])
    rows = np.flatnonzero(np.isin(structure.branch_of_comp, branches))
    centers = np.stack([tables.nodes.numbers(axis)[rows] for axis in PLACE], axis=1)
    moved = centers @ matrix.T + shift[np.searchsorted(branches, structure.branch_of_comp[rows])]
    for axis, name in enumerate(PLACE):
        tables.nodes.write(name, rows, moved[:, axis])


def _of_cells(selection: Selection, values: tuple[ArrayLike, ArrayLike, ArrayLike], what: str) -> np.ndarray:
    """x, y and z for every cell in view. (cell, 3)."""
    n, columns = len(_cells(selection)), []
    for name, value in zip(PLACE, values, strict=True):
        column = arguments.reals(f"{what}: {name}", value)
        if column.ndim > 1 or (column.ndim == 1 and len(column) != n):
            raise ValueShapeError(
                f"{what}: {name} has shape {column.shape}, but {n} cells are in view. Pass one number or {n}."
            )
        if not np.isfinite(column).all():
            raise ModelValueError(f"{what}: {name} must be finite, but is {value!r}.")
        columns.append(np.broadcast_to(column, (n,)))
    return np.stack(columns, axis=1)


def _cells(selection: Selection) -> np.ndarray:
    """The cells in view. (cell,)."""
    return np.unique(selection.tables.structure.cell_of_branch[selection.branches])
