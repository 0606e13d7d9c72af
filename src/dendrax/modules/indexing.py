"""Index expressions -> rows. Integer work on numpy columns; nothing here knows pandas tables or JAX.

A view is the compartments (rows) that it holds. An index counts entities of a level (cell, branch, comp): in global
scope by their number in the model, in local scope by their rank among those in view with the same parent.
"""

from typing import Any

import numpy as np

from dendrax import arguments
from dendrax.errors import ModelTypeError, SelectionError
from dendrax.modules.structure import Structure

LEVELS = ("cell", "branch", "comp")
NOTHING = "Nothing in view. Check your indices."


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
    if _rising(ids):  # entities begin where the id changes
        begins = np.concatenate([[True], ids[1:] != ids[:-1]])
        entity_of_row = np.cumsum(begins) - 1
        parents = parents[begins]
    else:
        _, first, entity_of_row = np.unique(ids, return_index=True, return_inverse=True)
        parents = parents[first]
    families = np.concatenate([[True], parents[1:] != parents[:-1]])
    first_of_family = np.flatnonzero(families)[np.cumsum(families) - 1]
    return (np.arange(len(parents)) - first_of_family)[entity_of_row]


def rows_at(structure: Structure, level: str, index: Any, rows: np.ndarray | None, scope: str) -> np.ndarray | None:
    """The rows in view, all if None, whose cell, branch or comp is selected by `index`, in the order of the view."""
    if isinstance(index, str) and index == "all":
        return rows
    if rows is None:
        selected, n = _rows_of_model(structure, level, index, scope)
    else:
        ids = (global_ids if scope == "global" else local_ids)(structure, level, rows)
        n = int(ids.max()) + 1
        wanted = integers(index, n, level)
        selected = rows[ids == wanted[0]] if len(wanted) == 1 else rows[np.isin(ids, wanted)]
    if len(selected) == 0:
        raise SelectionError(f"{NOTHING} {level}({index!r}) selects none of the {scope} indices; the last is {n - 1}.")
    return selected


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


def rows_at_loc(structure: Structure, at: Any, rows: np.ndarray) -> np.ndarray:
    """The rows in view that lie at fractions `at` of their branches, or all of them for "all"."""
    if isinstance(at, str) and at == "all":
        return rows
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
    return rows[hit]


def _rising(ids: np.ndarray) -> bool:
    return bool((ids[1:] >= ids[:-1]).all())


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
