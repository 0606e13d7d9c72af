"""What makes seven columns of numbers not a neuron: numbers out of range, and parents that are not a tree."""

from collections.abc import Callable

import numpy as np

from dendrax.trees.ancestry import on_cycles
from dendrax.trees.swc_table import Defect, SwcTable

ID, TYPE, XYZ, RADIUS, PARENT = 0, 1, slice(2, 5), 5, 6
LARGEST_ID = 2**53  # beyond, not every integer is a float64
LARGEST_TYPE = 2**31
LARGEST_COORDINATE = 1e9  # [um], a kilometre
LARGEST_RADIUS = 1e6  # [um], a metre
SMALLEST_RADIUS = 1e-4  # [um], an atom


def find_defects(table: SwcTable) -> list[Defect]:
    """List every defect of a table; parents are looked at only where ids and parents are numbers."""
    values, line = table.values, table.line
    defects = [*_bad_numbers(values, line), *_bad_geometry(values, line)]
    if not (is_whole(values[:, ID]) & is_whole(values[:, PARENT])).all():
        return defects
    parent = parent_rows(values)
    defects += _duplicates(values, line)
    unread = np.isin(values[:, PARENT], list(table.unread))
    defects += _bad_parents(values, line, parent, unread)
    defects += _cycles(values, line, parent)
    defects += _roots(values, line, parent)
    if not defects:
        defects += _somata(values, line, parent)
    return defects


def is_whole(numbers: np.ndarray) -> np.ndarray:
    """Whether numbers can be ids: finite integers of moderate size (`3.0` is one)."""
    with np.errstate(invalid="ignore"):
        moderate = np.less(np.abs(numbers), LARGEST_ID)  # NaN and inf are not
        return np.logical_and(moderate, np.equal(numbers, np.floor(numbers)))


def good_radius(radius: np.ndarray) -> np.ndarray:
    """Whether numbers can be radii of neurites in um."""
    with np.errstate(invalid="ignore"):
        return (radius >= SMALLEST_RADIUS) & (radius <= LARGEST_RADIUS)


def good_place(xyz: np.ndarray) -> np.ndarray:
    """Whether coordinates can be places in um. (row, 3) -> (row,)."""
    with np.errstate(invalid="ignore"):
        return np.all(np.abs(xyz) <= LARGEST_COORDINATE, axis=1)


def parent_rows(values: np.ndarray) -> np.ndarray:
    """Row of the parent of every row: -1 for a root, -2 where no row has that id; the first row of a repeated id."""
    ids, parents = values[:, ID], values[:, PARENT]
    order = np.argsort(ids, kind="stable")
    at = np.minimum(np.searchsorted(ids[order], parents), len(ids) - 1)
    found = order[at]
    rows = np.where(ids[found] == parents, found, -2)
    rows[parents == -1] = -1
    return rows


def _in_rows(rows: np.ndarray, line: np.ndarray, what: Callable[[int], str], remedy: str) -> list[Defect]:
    """The same defect in several rows, given as a mask or by their numbers."""
    return [Defect(int(line[i]), what(i), remedy) for i in np.arange(len(line))[rows].tolist()]


def _bad_numbers(values: np.ndarray, line: np.ndarray) -> list[Defect]:
    ids, kind, parent = values[:, ID], values[:, TYPE], values[:, PARENT]
    no_id = ~is_whole(ids) | (ids < 0)
    whole = is_whole(kind) & (np.abs(kind) < LARGEST_TYPE)
    of_kind, of_parent = (
        "write 1 soma, 2 axon, 3 basal, 4 apical, 0 other",
        "write the id of the parent, -1 for the root",
    )
    negative = "write 0 (undefined), or read with repair=True to do so"
    return [
        *_in_rows(
            no_id, line, lambda i: f"id {ids[i]:g} is not a whole number from 0", "number the points 1, 2, 3, ..."
        ),
        *_in_rows(~is_whole(parent), line, lambda i: f"parent {parent[i]:g} is not a whole number", of_parent),
        *_in_rows(~whole, line, lambda i: f"type {kind[i]:g} is not a whole number", of_kind),
        *_in_rows(whole & (kind < 0), line, lambda i: f"type {kind[i]:g} is negative", negative),
    ]


def _bad_geometry(values: np.ndarray, line: np.ndarray) -> list[Defect]:
    def of_place(i: int) -> str:
        named = " ".join(f"{number:g}" for number in values[i, XYZ])
        return f"{named} is far off" if np.isfinite(values[i, XYZ]).all() else f"coordinates {named} are not finite"

    def of_radius(i: int) -> str:
        radius = values[i, RADIUS]
        kind = "zero" if radius == 0 else "negative" if radius < 0 else "not finite" if not np.isfinite(radius) else ""
        return f"radius {radius:g} is {kind or 'out of range'}"

    leave_out = "correct them, or read with repair=True to leave the point out"
    positive = "give a positive radius in um, or read with repair=True (that of a neighbour) or a min_radius"
    return [
        *_in_rows(~good_place(values[:, XYZ]), line, of_place, leave_out),
        *_in_rows(~good_radius(values[:, RADIUS]), line, of_radius, positive),
    ]


def _duplicates(values: np.ndarray, line: np.ndarray) -> list[Defect]:
    _, first, inverse = np.unique(values[:, ID], return_index=True, return_inverse=True)
    return _in_rows(
        first[inverse] != np.arange(len(values)),
        line,
        lambda i: f"id {values[i, ID]:g} was given in line {line[first[inverse[i]]]} already",
        "give every point its own id; if the two lines are equal, repair=True drops the second",
    )


def _bad_parents(values: np.ndarray, line: np.ndarray, parent: np.ndarray, unread: np.ndarray) -> list[Defect]:
    missing = (parent == -2) & ~unread
    meant_root = values[:, PARENT] <= 0
    no_point = lambda i: f"parent {values[i, PARENT]:g} is not a point of this file"  # noqa: E731
    root = "write -1 for the root, or read with repair=True to do so"
    piece = "add the missing point; repair=True joins the piece to the point that it touches"
    own = "write the id of its parent, or -1 if it is the root (repair=True does so where there is no other root)"
    return [
        *_in_rows(missing & meant_root, line, no_point, root),
        *_in_rows(missing & ~meant_root, line, no_point, piece),
        *_in_rows(parent == np.arange(len(parent)), line, lambda i: f"point {values[i, ID]:g} is its own parent", own),
    ]


def _cycles(values: np.ndarray, line: np.ndarray, parent: np.ndarray) -> list[Defect]:
    defects, seen = [], set()
    for start in on_cycles(parent).tolist():
        ring, row = [], start
        while row not in seen:
            seen.add(row)
            ring.append(row)
            row = int(parent[row])
        if len(ring) > 1:
            ids = " -> ".join(f"{values[i, ID]:g}" for i in ring[:6]) + (" ..." if len(ring) > 6 else "")
            what = f"{len(ring)} points are each other's parents in a cycle ({ids} -> {values[start, ID]:g})"
            defects.append(Defect(int(line[start]), what, "correct one of these parents; this cannot be repaired"))
    return defects


def _roots(values: np.ndarray, line: np.ndarray, parent: np.ndarray) -> list[Defect]:
    roots = np.flatnonzero(parent == -1)
    if len(roots) == 0 and (parent >= 0).all() and (parent != np.arange(len(parent))).all():
        return [Defect(0, "no point is the root", "write -1 as the parent of the first point")]
    return _in_rows(
        roots[1:],
        line,
        lambda i: f"point {values[i, ID]:g} is a second root (the first is in line {line[roots[0]]})",
        "give its parent, or put every neuron into its own file; repair=True joins it to the point that it touches",
    )


def _somata(values: np.ndarray, line: np.ndarray, parent: np.ndarray) -> list[Defect]:
    """A soma begins at every point of type 1 whose parent is not of type 1; there may be one."""
    soma = values[:, TYPE] == 1
    begins = np.flatnonzero(soma & ((parent < 0) | ~soma[parent]))
    return _in_rows(
        begins[1:],
        line,
        lambda _: f"a second soma begins here (the first in line {line[begins[0]]})",
        "a neuron has one soma: correct the type of these points, or read with repair=True to keep both",
    )
