"""Mending of an SWC table where a defect has one sensible meaning; every change is noted."""

from dataclasses import replace

import numpy as np

from dendrax.trees.ancestry import depths, nearest_marked, on_cycles
from dendrax.trees.swc_defects import (
    ID,
    PARENT,
    RADIUS,
    TYPE,
    XYZ,
    good_place,
    good_radius,
    is_whole,
    parent_rows,
)
from dendrax.trees.swc_table import SwcTable, name_lines

MOST_DISTANCES = 10**8  # a file in so many pieces is not one neuron


def mend(table: SwcTable) -> SwcTable:
    """Return the table with all defects mended that can be, and notes of what was done.

    What has no single meaning (a cycle, an id given to two different points, a piece that touches nothing) stays.
    """
    if not (is_whole(table.values[:, ID]) & is_whole(table.values[:, PARENT])).all():
        return table
    for step in (_equal_lines, _root_parents, _negative_types, _lost_places, _radii, _loose_pieces):
        table = step(table)
    return table


def _changed(
    table: SwcTable, values: np.ndarray, rows: np.ndarray, note: str, keep: np.ndarray | None = None
) -> SwcTable:
    """The table with new values, and a note that names the lines of `rows`; rows outside `keep` are dropped."""
    if len(rows) == 0:
        return table
    notes = [*table.notes, f"{name_lines(table.line[rows].tolist())}: {note}"]
    keep = np.ones(len(values), dtype=bool) if keep is None else keep
    return replace(table, values=values[keep], line=table.line[keep], notes=notes)


def _equal_lines(table: SwcTable) -> SwcTable:
    _, first = np.unique(table.values, axis=0, return_index=True)
    keep = np.zeros(len(table.values), dtype=bool)
    keep[first] = True
    return _changed(table, table.values, np.flatnonzero(~keep), "repeats an earlier line, left out", keep)


def _root_parents(table: SwcTable) -> SwcTable:
    values = table.values.copy()
    parent = parent_rows(values)
    named_root = np.flatnonzero((parent == -2) & (values[:, PARENT] <= 0))
    values[named_root, PARENT] = -1
    table = _changed(table, values, named_root, "parent 0 or below is no point, taken for the root's -1")

    parent = parent_rows(values)
    own = np.flatnonzero(parent == np.arange(len(parent)))
    if (parent == -1).any() or len(own) != 1:
        return table
    values = values.copy()
    values[own, PARENT] = -1
    return _changed(table, values, own, "its own parent and there is no other root, taken for the root")


def _negative_types(table: SwcTable) -> SwcTable:
    values = table.values.copy()
    rows = np.flatnonzero(is_whole(values[:, TYPE]) & (values[:, TYPE] < 0))
    values[rows, TYPE] = 0
    return _changed(table, values, rows, "negative type, set to 0 (undefined)")


def _lost_places(table: SwcTable) -> SwcTable:
    """Leave out points without a place; their children go to the nearest ancestor that has one."""
    values = table.values.copy()
    parent = parent_rows(values)
    lost = ~good_place(values[:, XYZ])
    if (
        not lost.any()
        or (parent[lost] < 0).any()
        or len(on_cycles(parent))
        or len(np.unique(values[:, ID])) < len(values)
    ):
        return table
    for row in np.flatnonzero(~lost & (parent >= 0) & lost[parent]):
        ancestor = int(parent[row])
        while ancestor >= 0 and lost[ancestor]:
            ancestor = int(parent[ancestor])
        if ancestor < 0:
            return table
        values[row, PARENT] = values[ancestor, ID]
    return _changed(table, values, np.flatnonzero(lost), "no finite place, left out and its neighbours joined", ~lost)


def _radii(table: SwcTable) -> SwcTable:
    """Give points without a radius that of the nearest ancestor that has one, or else of the nearest descendant."""
    values = table.values.copy()
    bad = np.flatnonzero(~good_radius(values[:, RADIUS]))
    parent = parent_rows(values)
    if len(bad) == 0 or len(on_cycles(parent)):
        return table
    good = good_radius(values[:, RADIUS])

    def take(target: int, source: int) -> None:
        if good[source] and not good[target]:
            values[target, RADIUS] = values[source, RADIUS]
            good[target] = True

    outwards = [(int(row), int(parent[row])) for row in np.argsort(depths(parent), kind="stable") if parent[row] >= 0]
    for row, above in outwards:
        take(row, above)
    for row, above in outwards[::-1]:
        take(above, row)
    for row, above in outwards:  # a radius that came up from one child can go down to the others
        take(row, above)
    mended = bad[good[bad]]
    return _changed(table, values, mended, "no positive radius, took that of the nearest neighbour along the neurite")


def raise_radii(table: SwcTable, min_radius: float) -> SwcTable:
    """Give points whose radius is zero or negative the smallest radius that the user asked for."""
    values = table.values.copy()
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(values[:, RADIUS] <= 0)
    values[rows, RADIUS] = min_radius
    return _changed(table, values, rows, f"no positive radius, took min_radius {min_radius:g} um")


def _loose_pieces(table: SwcTable) -> SwcTable:
    """Join every piece but the first to the nearest point of another piece, if the two touch.

    If the parent of one point is missing and there is no root, that point is the root.
    """
    values = table.values.copy()
    parent = parent_rows(values)
    if len(on_cycles(parent)) or not (good_place(values[:, XYZ]) & good_radius(values[:, RADIUS])).all():
        return table
    roots = np.flatnonzero(parent < 0)
    roots = roots[np.argsort(parent[roots] == -2, kind="stable")]
    if len(roots) == 1 and parent[roots[0]] == -2:
        values[roots, PARENT] = -1
        return _changed(table, values, roots, "its parent is missing and there is no root, taken for the root")
    if len(roots) < 2 or len(roots) * len(parent) > MOST_DISTANCES or len(np.unique(values[:, ID])) < len(values):
        return table
    piece = nearest_marked(parent, parent < 0)
    joined = []
    for root in roots[1:]:
        others = np.flatnonzero(piece != piece[root])
        gap = np.sqrt(((values[others, XYZ] - values[root, XYZ]) ** 2).sum(axis=1))
        gap -= values[others, RADIUS] + values[root, RADIUS]
        nearest = others[int(gap.argmin())]
        if gap.min() > 0:
            continue
        values[root, PARENT] = values[nearest, ID]
        piece[piece == piece[root]] = piece[nearest]
        joined.append(root)
    return _changed(
        table, values, np.array(joined, dtype=int), "begins a loose piece, joined to the point that it touches"
    )
