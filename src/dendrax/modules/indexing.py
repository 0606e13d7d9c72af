"""Steps of selection: an index expression turns a Selection into a smaller one, by integer work on numpy columns.

A view is the compartments (rows) that it holds. An index counts entities of a level (cell, branch, comp): in global
scope by their number in the model, in local scope by their rank among those in view with the same parent.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from dendrax import arguments
from dendrax.errors import ModelTypeError, SelectionError
from dendrax.modules.selection import LEVELS, PLURAL, Selection
from dendrax.modules.structure import Structure

NOTHING = "Nothing in view. Check your indices."


def in_scope(selection: Selection, scope: str) -> Selection:
    """The same selection, with indices counted in another scope. See `Module.scope`."""
    if not isinstance(scope, str) or scope not in ("local", "global"):
        raise SelectionError(f'scope({scope!r}): a scope is "local" or "global".')
    same = replace(selection, scope=scope)
    vars(same).update(structure=selection.structure, frames=selection.frames)
    return same


def at_level(selection: Selection, level: str, index: Any) -> Selection:
    """The cells, branches or compartments of some indices. See `Module.cell`."""
    _check_level(selection, level)
    structure, scope = selection.tables.structure, selection.scope
    rows = None if selection.comps is None else selection.rows
    if isinstance(index, str) and index == "all":
        return selection.view(rows, level)
    if rows is None:
        selected, n = _rows_of_model(structure, level, index, scope)
    else:
        ids = (global_ids if scope == "global" else local_ids)(structure, level, rows)
        n = int(ids.max()) + 1
        wanted = integers(index, n, level)
        selected = rows[ids == wanted[0]] if len(wanted) == 1 else rows[np.isin(ids, wanted)]
    if len(selected) == 0:
        raise SelectionError(f"{NOTHING} {level}({index!r}) selects none of the {scope} indices; the last is {n - 1}.")
    return selection.view(selected, level)


def at_loc(selection: Selection, at: Any) -> Selection:
    """The compartments at places along branches. See `Module.loc`."""
    if selection.tables.kind == "compartment":
        raise ModelTypeError("A compartment has no locations to select: loc is for branches, cells and networks.")
    rows, structure = selection.rows, selection.tables.structure
    if isinstance(at, str) and at == "all":
        return selection.view(rows, "loc", at=at)
    try:
        places = np.atleast_1d(np.asarray(at, dtype=float))
    except (TypeError, ValueError):
        raise ModelTypeError(f'loc({at!r}): a location is a number from 0 to 1, a list of them, or "all".') from None
    if places.size == 0 or places.ndim > 1 or not ((places >= 0) & (places <= 1)).all():
        raise SelectionError(f"{NOTHING} loc({at!r}): locations are fractions of the branch, from 0 to 1.")
    ncomp = structure.ncomp_of_branch[structure.branch_of_comp[rows]]
    position = structure.position_in_branch[rows]
    hit = np.zeros(len(rows), bool)
    for place in places:
        hit |= position == np.minimum((place / (1.0 + 1e-10) * ncomp).astype(int), ncomp - 1)
    if not hit.any():
        raise SelectionError(f"{NOTHING} No compartment at loc({at!r}) of its branch is in view.")
    return selection.view(rows[hit], "loc", at=at)


def at_edge(selection: Selection, index: Any) -> Selection:
    """The synapses of some indices, and their compartments. See `Module.edge`."""
    rows = selection.edge_rows
    ids = rows if selection.scope == "global" else np.arange(len(rows))
    wanted = integers(index, int(ids.max()) + 1 if len(ids) else 0, "edge")
    return _of_edges(selection, rows[np.isin(ids, wanted)], f"edge({index!r})", level="edge")


def at_labels(selection: Selection, nodes: Any, edges: Any, *, in_order: bool) -> Selection:
    """The compartments and synapses of some labels. See `Module.select`."""
    order = np.sort if in_order else np.asarray
    if selection.points_chosen is not None and nodes is not None and edges is None:
        return _points_of_labels(selection, nodes, order)
    edge_rows = None if edges is None else order(labels(edges, selection.edge_rows, "edges"))
    if nodes is not None:
        return selection.view(order(labels(nodes, selection.rows, "nodes")), "select", edges=edge_rows)
    if edge_rows is None:
        return selection.view(selection.rows, "select")
    return _of_edges(selection, edge_rows, "select(edges=...)", level="select")


def of_cells(selection: Selection, index: Any) -> Selection:
    """The point processes of cells of the model, in the order of the index. See `Module.of_cell`."""
    if selection.points_chosen is None:
        raise ModelTypeError(
            "of_cell is for views of point processes, such as `net.E` for those named 'E'. Cells are selected by "
            "`.cell(...)`."
        )
    structure, rows = selection.tables.structure, selection.points_chosen
    wanted = integers(index, structure.n_cell, "of_cell")
    cells = structure.cell_of_comp[selection.tables.points.comps_of(rows)]
    order = np.argsort(cells, kind="stable")
    begin, end = (np.searchsorted(cells[order], wanted, side) for side in ("left", "right"))
    if (lacking := begin == end).any():
        raise SelectionError(
            f"{NOTHING} of_cell({index!r:.80}): none of the {len(rows)} point processes in view is in cell "
            f"{wanted[lacking][0]}."
        )
    return _of_points(selection, rows[order[ranges(begin, end)]], "cell")


def named(selection: Selection, name: str) -> Selection | None:
    """The compartments of a group, channel or pump, or the synapses or point processes of a type; None for others."""
    tables = selection.tables
    if (synapse := tables.wiring.named(name)) is not None:
        return _of_edges(selection, tables.wiring.of_type(synapse, selection.edge_rows), name, level="group")
    if (point := tables.points.named(name)) is not None:
        if len(points := tables.points.of_type(point, selection.point_rows)) == 0:
            raise SelectionError(f"{NOTHING} The view has no point process {name!r}.")
        return _of_points(selection, points, "group")
    if name not in tables.groups and tables.mechanism_named(name) is None:
        return None
    rows = selection.rows
    rows = rows[tables.members(name)[rows]]
    if len(rows) == 0:
        raise SelectionError(f"{NOTHING} No compartment in view is in {name!r}.")
    return selection.view(rows, "group")


def along(selection: Selection, index: Any) -> Selection:
    """The part at an index for each of the levels that are left. See `Module.__getitem__`."""
    if selection.level not in (*LEVELS, "module", "group"):
        raise ModelTypeError(
            f"A view made by {selection.level!r} cannot be indexed by [...]; use cell, branch or comp."
        )
    indices, levels = index if isinstance(index, tuple) else (index,), levels_left(selection)
    if len(indices) > len(levels):
        raise SelectionError(f"Too many indices. {len(indices)} were given, {len(levels)} levels are left: {levels}.")
    for level, one in zip(levels, indices, strict=False):
        selection = at_level(selection, level, one)
    return selection


def levels_left(selection: Selection) -> tuple[str, ...]:
    """The levels below that of the last step of selection."""
    levels = selection.levels
    return levels[levels.index(selection.level) + 1 :] if selection.level in LEVELS else levels


def each(selection: Selection, level: str) -> Iterator[Selection]:
    """One part of a level after the other, by their indices in the present scope."""
    _check_level(selection, level)
    rows, structure = selection.rows, selection.tables.structure
    ids = (global_ids if selection.scope == "global" else local_ids)(structure, level, rows)
    order = np.argsort(ids, kind="stable")
    cuts = np.flatnonzero(np.diff(ids[order])) + 1
    for index, part in zip(np.unique(ids), np.split(rows[order], cuts), strict=True):
        unchanged = selection.tables.structure is structure  # else the loop calls set_ncomp
        yield selection.view(part, level) if unchanged else at_level(selection, level, int(index))


def _check_level(selection: Selection, level: str) -> None:
    """Refuse a level of parts that the model does not have."""
    if level not in selection.levels:
        has = " and ".join(PLURAL[one] for one in selection.levels) or "no parts"
        raise ModelTypeError(f"A {selection.tables.kind} has no {PLURAL[level]} to select; it has {has}.")


def _of_edges(selection: Selection, edges: np.ndarray, what: str, level: str) -> Selection:
    """Some synapses in view, and their compartments."""
    if len(edges) == 0:
        raise SelectionError(f"{NOTHING} {what} selects none of the {len(selection.edge_rows)} synapses.")
    ends = [selection.tables.edges[end][edges].astype(int) for end in ("pre_index", "post_index")]
    return selection.view(np.unique(np.concatenate(ends)), level, edges=edges)


def _of_points(selection: Selection, points: np.ndarray, level: str) -> Selection:
    """Some point processes in view, and their compartments."""
    return selection.view(np.unique(selection.tables.points.comps_of(points)), level, points=points)


def _points_of_labels(selection: Selection, wanted: Any, order: Callable[[np.ndarray], np.ndarray]) -> Selection:
    """The point processes in view with these numbers within their type, or those of a mask over the view."""
    rows = selection.point_rows
    numbers = selection.tables.points.table["index_within_type"][rows]
    chosen = order(labels(wanted, numbers, "nodes"))
    by_number = np.argsort(numbers, kind="stable")
    return _of_points(selection, rows[by_number[np.searchsorted(numbers, chosen, sorter=by_number)]], "select")


def global_ids(structure: Structure, level: str, rows: np.ndarray) -> np.ndarray:
    """Number in the model of the entity that each row belongs to. (row,)."""
    if level == "comp":
        return rows
    return (structure.cell_of_comp if level == "cell" else structure.branch_of_comp)[rows]


def local_ids(structure: Structure, level: str, rows: np.ndarray) -> np.ndarray:
    """Rank of each row's entity among those in view with the same parent. (row,)."""
    ids = global_ids(structure, level, rows)
    if len(rows) == 0:
        return ids
    if level == "cell":
        parents = np.zeros(len(rows), int)
    else:
        parents = global_ids(structure, LEVELS[LEVELS.index(level) - 1], rows)
    if (ids[1:] >= ids[:-1]).all():  # entities begin where the id changes
        begins = np.concatenate([[True], ids[1:] != ids[:-1]])
        entity_of_row = np.cumsum(begins) - 1
        parents = parents[begins]
    else:
        _, first, entity_of_row = np.unique(ids, return_index=True, return_inverse=True)
        parents = parents[first]
    families = np.concatenate([[True], parents[1:] != parents[:-1]])
    first_of_family = np.flatnonzero(families)[np.cumsum(families) - 1]
    return (np.arange(len(parents)) - first_of_family)[entity_of_row]


def _rows_of_model(structure: Structure, level: str, index: Any, scope: str) -> tuple[np.ndarray, int]:
    """The rows that an index selects in a whole model, without a look at the others; how many indices there are."""
    first_branch, first_comp = structure.first_branch_of_cell, structure.first_comp_of_branch
    total = {"cell": structure.n_cell, "branch": structure.n_branch, "comp": structure.n_comp}[level]
    if scope == "global" or level == "cell":
        parents = np.array([0, total])
    else:
        parents = first_branch if level == "branch" else first_comp
    sizes = np.diff(parents)  # indices count the entities of each parent
    n = int(sizes.max())
    wanted = np.unique(integers(index, n, level))
    begin = (parents[:-1, None] + wanted)[wanted < sizes[:, None]]
    end = begin + 1
    if level == "cell":
        begin, end = first_branch[begin], first_branch[end]
    if level in ("cell", "branch"):
        begin, end = first_comp[begin], first_comp[end]
    return ranges(begin, end), n


def ranges(begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Concatenation of the ranges from `begin` to `end`."""
    if len(begin) == 1:
        return np.arange(begin[0], end[0])
    lengths = end - begin
    return np.repeat(begin - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())


def integers(index: Any, n: int, what: str) -> np.ndarray:
    """An index expression over n entities as an array of integers."""
    if isinstance(index, (int, np.integer)) and not isinstance(index, (bool, np.bool_)):
        wanted = np.array([max(min(int(index), arguments.MOST), -1)])  # beyond either, there is nothing
    elif isinstance(index, slice):
        wanted = _from_slice(index, n, what)
    elif isinstance(index, str):
        if index != "all":
            raise SelectionError(f'{what}({index!r}): the only string that is an index is "all".')
        wanted = np.arange(n)
    elif index is None:
        wanted = np.array([], int)
    else:
        wanted = _from_array(index, n, what)
    if len(wanted) == 0:
        raise SelectionError(f"{NOTHING} {what}({index!r}) is empty.")
    if wanted.min() < 0:
        raise SelectionError(f"{NOTHING} {what}({index!r}): indices count from 0; the last one is {n - 1}.")
    return wanted


def _from_slice(index: slice, n: int, what: str) -> np.ndarray:
    try:
        return np.arange(n)[index]
    except (TypeError, ValueError):  # ends that are no integers, a step of 0
        raise _no_index(what, index) from None


def _from_array(index: Any, n: int, what: str) -> np.ndarray:
    wanted = np.atleast_1d(arguments.array(what, index))
    if wanted.ndim > 1:
        raise _no_index(what, index)
    if wanted.dtype == bool:
        if len(wanted) != n:
            raise SelectionError(f"{what}: a mask of {len(wanted)} booleans for {n} entries. Their numbers must agree.")
        return np.flatnonzero(wanted)
    if wanted.dtype.kind == "f" and ((np.abs(wanted) <= arguments.MOST) & (wanted == np.floor(wanted))).all():
        return wanted.astype(int)  # numpy arithmetic leaves floats
    if wanted.size and wanted.dtype.kind not in "iu":
        raise _no_index(what, index)
    return wanted


def _no_index(what: str, index: Any) -> ModelTypeError:
    return ModelTypeError(
        f'{what}({index!r}): an index is an integer, a list, range, slice, array of integers or booleans, or "all".'
    )


def labels(wanted: Any, rows: np.ndarray, what: str) -> np.ndarray:
    """Labels or a mask as labels, all of them among `rows`."""
    array = np.atleast_1d(arguments.array(f"select({what}=...)", wanted))
    if array.dtype == bool:
        return rows[integers(array, len(rows), f"select({what}=...)")]
    found = integers(wanted, int(rows.max()) + 1 if len(rows) else 0, f"select({what}=...)")
    missing = found[~np.isin(found, rows)]
    if len(missing):
        raise SelectionError(f"{NOTHING} select({what}=...): no index {missing[:5].tolist()} is in view.")
    return found
