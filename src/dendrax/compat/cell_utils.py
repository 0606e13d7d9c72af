"""Indices, places and parameters of cells, from numbers alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Float, Int

from dendrax.compat.misc_utils import cumsum_leading_zero
from dendrax.engine.solvers.forest import read_forest
from dendrax.errors import ModelTypeError, SelectionError, UnknownNameError, ValueShapeError
from dendrax.mechanisms.value import Value
from dendrax.plot.paths import arc_lengths

__all__ = [
    "compute_children_and_parents",
    "compute_children_in_level",
    "compute_children_indices",
    "compute_levels",
    "convert_point_process_to_distributed",
    "cumsum_leading_zero",
    "equal_segments",
    "get_num_neighbours",
    "interpolate_xyzr",
    "linear_segments",
    "loc_of_index",
    "local_index_of_loc",
    "merge_cells",
    "params_to_pstate",
    "query_channel_states_and_params",
    "remap_to_consecutive",
]

Integers = np.ndarray | Array | Sequence[int]
UNIT_OF_DENSITY = 1e5
"""uA/cm^2 per nA/um^2."""


def params_to_pstate(
    params: Sequence[Mapping[str, Any]], indices_set_by_trainables: Sequence[np.ndarray | Array]
) -> list[dict[str, Any]]:
    """Parameters with the compartments or synapses that they are of, in the form of what `data_set` returns.

    Args:
        params: What `get_parameters` returns: one dict of one key for each trainable.
        indices_set_by_trainables: `module.indices_set_by_trainables`. trainable x (group, row)

    Returns:
        A dict of key, val (group,) and indices (group, row) for each trainable.

    Raises:
        ValueShapeError: Not one entry of indices for each of params.
        ModelTypeError: A dict of `params` has not exactly one key.

    Example:
        >>> import dendrax as jx
        >>> cell = jx.Cell(jx.Branch(ncomp=2), parents=[-1, 0])
        >>> cell.branch("all").make_trainable("radius", verbose=False)
        >>> params_to_pstate(cell.get_parameters(), cell.indices_set_by_trainables)[0]["indices"].tolist()
        [[0, 1], [2, 3]]
    """
    if len(params) != len(indices_set_by_trainables):
        raise ValueShapeError(
            f"params_to_pstate: {len(params)} parameters, but indices of {len(indices_set_by_trainables)}. Pass "
            f"`module.indices_set_by_trainables` of the module that the parameters are of."
        )
    if wrong := [set(one) for one in params if len(one) != 1]:
        raise ModelTypeError(f"params_to_pstate: each dict holds one key, but there is {sorted(wrong[0])}. Split it.")
    return [
        {"key": key, "val": val, "indices": indices}
        for one, indices in zip(params, indices_set_by_trainables, strict=True)
        for key, val in one.items()
    ]


def convert_point_process_to_distributed(current: Value, area: Value) -> Value:
    """The density of a current into compartments; the arguments may be traced.

    Args:
        current: Current [nA], any shape.
        area: Membrane area [um^2], same shape.

    Returns:
        current / area [uA/cm^2].

    Example:
        >>> convert_point_process_to_distributed(1.0, 10.0)
        10000.0
    """
    return current / area * UNIT_OF_DENSITY


def loc_of_index(
    global_comp_index: int | Integers, global_branch_index: int | Integers, ncomp_per_branch: Integers
) -> np.ndarray | np.floating:
    """Where the centres of compartments lie on their branches.

    Args:
        global_comp_index: Compartments. (row,)
        global_branch_index: Their branches. (row,)
        ncomp_per_branch: Number of compartments of all branches. (branch,)

    Returns:
        From 0 to 1. (row,)

    Example:
        >>> float(loc_of_index(5, 1, [4, 2]))
        0.75
    """
    branch, ncomp = np.asarray(global_branch_index), np.asarray(ncomp_per_branch)
    return (np.asarray(global_comp_index) - cumsum_leading_zero(ncomp)[branch] + 0.5) / ncomp[branch]


def local_index_of_loc(loc: float, global_branch_ind: int, ncomp_per_branch: Integers) -> np.integer:
    """The compartment of a branch that holds a place. On a border it is the one before.

    Args:
        loc: The place, from 0 to 1.
        global_branch_ind: The branch.
        ncomp_per_branch: Number of compartments of all branches. (branch,)

    Returns:
        Its index within the branch.

    Raises:
        SelectionError: A place outside of the branch.

    Example:
        >>> int(local_index_of_loc(0.6, 1, [4, 2]))
        1
    """
    if not 0.0 <= loc <= 1.0:
        raise SelectionError(f"local_index_of_loc: loc = {loc} is not on the branch. It runs from 0 to 1.")
    ncomp = int(np.asarray(ncomp_per_branch)[global_branch_ind])
    return np.digitize(loc, np.linspace(0.0, 1.0 + 1e-10, ncomp + 1)) - 1  # as `Module.loc`


def interpolate_xyzr(loc: float, coords: np.ndarray) -> Float[Array, " column"]:
    """The place and radius at a share of the arc length of a branch.

    Args:
        loc: The share, from 0 to 1.
        coords: Traced points, with or without radii [um]. (point, 3 or 4)

    Returns:
        Interpolated columns [um]. (3 or 4,)

    Example:
        >>> print(interpolate_xyzr(0.25, np.array([[0.0, 0.0, 0.0, 1.0], [8.0, 0.0, 0.0, 2.0]])))
        [2.   0.   0.   1.25]
    """
    arc = arc_lengths(np.asarray(coords))
    return jnp.stack([jnp.interp(loc * arc[-1], arc, column) for column in np.asarray(coords, dtype=float).T])


def equal_segments(branch_property: Sequence[float], ncomp_per_branch: int) -> Float[Array, "branch comp"]:
    """A value per branch, for each of its compartments.

    Args:
        branch_property: The values. (branch,)
        ncomp_per_branch: Number of compartments of every branch.

    Returns:
        (branch, comp)

    Example:
        >>> equal_segments([1.0, 2.0], 2).tolist()
        [[1.0, 1.0], [2.0, 2.0]]
    """
    return jnp.tile(jnp.asarray(branch_property, dtype=float)[:, None], (1, ncomp_per_branch))


def linear_segments(
    initial_val: float, endpoint_vals: Sequence[float], parents: Integers, ncomp_per_branch: int
) -> Float[Array, "branch comp"]:
    """Values that go along each branch from its end to that of its parent in equal steps.

    Args:
        initial_val: The value where the root begins.
        endpoint_vals: The values at the ends of the branches. (branch,)
        parents: Parent of each branch, -1 for the root. (branch,)
        ncomp_per_branch: Number of compartments of every branch.

    Returns:
        The first column holds the ends of the branches, the last the ends of their parents. (branch, comp)

    Example:
        >>> linear_segments(1.0, [2.0, 4.0], [-1, 0], 3).tolist()
        [[2.0, 1.5, 1.0], [4.0, 3.0, 2.0]]
    """
    end, parent = jnp.asarray(endpoint_vals, dtype=float), np.asarray(parents)
    begin = jnp.where(parent < 0, initial_val, end[parent])
    return jnp.linspace(end, begin, ncomp_per_branch, axis=1)


def get_num_neighbours(num_children: Integers, ncomp_per_branch: int, num_branches: int) -> Float[Array, " comp"]:
    """Neighbours of each compartment, counted from the first compartment of each branch, which has the children.

    Args:
        num_children: Number of children of each branch. (branch,)
        ncomp_per_branch: Number of compartments of every branch.
        num_branches: Number of branches; branch 0 is the root.

    Returns:
        (branch * comp,)

    Example:
        >>> get_num_neighbours([1, 0], 3, 2).tolist()
        [2.0, 2.0, 1.0, 1.0, 2.0, 2.0]
    """
    neighbours = np.full((num_branches, ncomp_per_branch), 2.0)
    neighbours[0, -1] = 1.0
    neighbours[:, 0] = np.asarray(num_children) + 1.0
    return jnp.asarray(neighbours.ravel())


def compute_levels(parents: Integers) -> np.ndarray:
    """How many branches lie between each branch and the root.

    Args:
        parents: Parent of each branch, -1 for roots. (branch,)

    Returns:
        0 for roots. (branch,)

    Raises:
        MorphologyError: The parents are no forest.

    Example:
        >>> compute_levels([-1, 0, 0, 1])
        array([0, 1, 1, 2])
    """
    return read_forest(np.asarray(parents)).depth


def compute_children_indices(parents: Integers) -> list[np.ndarray]:
    """The children of every branch.

    Args:
        parents: Parent of each branch, -1 for roots. (branch,)

    Returns:
        branch x (child,)

    Example:
        >>> [children.tolist() for children in compute_children_indices([-1, 0, 0])]
        [[1, 2], [], []]
    """
    return [np.flatnonzero(np.asarray(parents) == branch) for branch in range(len(parents))]


def compute_children_in_level(levels: Integers, children_row_and_col: np.ndarray | Array) -> list[np.ndarray]:
    """Rows about branches that have a parent, by the level of the branch.

    Args:
        levels: Levels as `compute_levels` returns them; branch 0 is the root. (branch,)
        children_row_and_col: A row for each branch but the root. (branch - 1, ...)

    Returns:
        The rows of level 1, of level 2, ...

    Example:
        >>> [rows.tolist() for rows in compute_children_in_level([0, 1, 2], np.array([[1, 0], [2, 1]]))]
        [[[1, 0]], [[2, 1]]]
    """
    levels, rows = np.asarray(levels), np.asarray(children_row_and_col)
    return [rows[np.flatnonzero(levels == level) - 1] for level in range(1, levels.max() + 1)]


def compute_children_and_parents(branch_edges: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, Int[Array, " edge"]]:
    """Who meets in which branch point.

    Args:
        branch_edges: `module.branch_edges`: columns parent_branch_index and child_branch_index.

    Returns:
        The branches that have children, one for each branch point; the children; the branch point of each child.

    Example:
        >>> import dendrax as jx
        >>> compute_children_and_parents(jx.Cell(jx.Branch(ncomp=1), parents=[-1, 0, 0]).branch_edges)[1]
        array([1, 2])
    """
    parents, branch_point = np.unique(branch_edges["parent_branch_index"].to_numpy(int), return_inverse=True)
    return parents, branch_edges["child_branch_index"].to_numpy(int), jnp.asarray(branch_point)


def merge_cells(
    cumsum_num_branches: Sequence[int],
    cumsum_num_branchpoints: Sequence[int],
    arrs: Sequence[Sequence[np.ndarray]],
    exclude_first: bool = True,
) -> list[np.ndarray]:
    """The levels of several cells as those of one network.

    Args:
        cumsum_num_branches: Number of branches before each cell. (cell + 1,)
        cumsum_num_branchpoints: Number of branch points before each cell. (cell + 1,)
        arrs: For each cell, for each of its levels, rows of a branch and a branch point. cell x level x (row, 2)
        exclude_first: Leave the first level of each cell as it is, where it says that there is no parent.

    Returns:
        For each level the rows of all cells that have it, numbered throughout the network. level x (row, 2)

    Example:
        >>> merge_cells([0, 3, 6], [0, 1, 2], [[np.array([[1, 0]])], [np.array([[2, 0]])]], exclude_first=False)
        [array([[1, 0],
               [5, 1]])]
    """
    merged: list[list[np.ndarray]] = [[] for _ in range(max(map(len, arrs)))]
    for cell, levels in enumerate(arrs):
        before = np.array([cumsum_num_branches[cell], cumsum_num_branchpoints[cell]])
        for level, rows in enumerate(levels):
            merged[level].append(np.asarray(rows) + (0 if exclude_first and level == 0 else before))
    return [np.concatenate(rows) for rows in merged]


def query_channel_states_and_params(
    d: Mapping[str, Any], keys: Sequence[str], idcs: np.ndarray | Array
) -> dict[str, Any]:
    """Some entries of a dict of arrays, at some rows.

    Args:
        d: name -> (comp,)
        keys: The names.
        idcs: The rows. (row,)

    Returns:
        name -> (row,)

    Raises:
        UnknownNameError: A name that the dict does not have.

    Example:
        >>> query_channel_states_and_params({"v": np.arange(4), "m": np.ones(4)}, ["v"], np.array([1, 3]))
        {'v': array([1, 3])}
    """
    if missing := [key for key in keys if key not in d]:
        raise UnknownNameError(f"query_channel_states_and_params: there is no {missing[0]!r} among {', '.join(d)}.")
    return {key: d[key][idcs] for key in keys}


def remap_to_consecutive(arr: Integers) -> Int[Array, " row"]:
    """Integers by their rank among those that occur.

    Args:
        arr: Any integers. (row,)

    Example:
        >>> remap_to_consecutive(np.array([0, 0, 4, 6, 6])).tolist()
        [0, 0, 1, 2, 2]
    """
    return jnp.asarray(np.unique(np.asarray(arr), return_inverse=True)[1])
