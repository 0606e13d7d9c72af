"""From traced points to compartments: trace the branches, divide long ones, cut."""

import itertools
import numbers
from collections.abc import Iterable, Sequence

import numpy as np

from dendrax import arguments
from dendrax.errors import MorphologyError
from dendrax.trees.compartments import CompartmentTree
from dendrax.trees.geometry import arc_lengths, cut_branches
from dendrax.trees.points import TracedPoints
from dendrax.trees.tracing import TracedBranches, arc_length, trace_branches

GROUP_OF_TYPE = {0: "undefined", 1: "soma", 2: "axon", 3: "basal", 4: "apical"}


def group_name(type_id: int) -> str:
    """Name of the group of an SWC type: soma, axon, basal, apical, undefined, or custom<id>."""
    return GROUP_OF_TYPE.get(int(type_id), f"custom{int(type_id)}")


def discretize(
    points: TracedPoints,
    ncomp: int | np.integer,
    *,
    max_branch_len: float | None = None,
    min_radius: float | None = None,
    ignore_tracing_interruptions: bool = True,
    relevant_type_ids: Sequence[int] | None = None,
    root: int | None = None,
) -> CompartmentTree:
    """Cut a traced neuron into compartments of equal arc length, `ncomp` per branch.

    Area, volume and resistive loads of a compartment are the exact sums over the frusta between the traced points;
    its radius is the mean along the arc.

    Args:
        points: The traced points.
        ncomp: Number of compartments per branch.
        max_branch_len: Branches longer than this are divided [um].
        min_radius: Smallest radius of a compartment [um]; area, volume and loads keep the traced radii.
        ignore_tracing_interruptions: If False, a branch also ends where the ids of neighbours are not consecutive.
        relevant_type_ids: Types that end a branch; default (1, 2, 3, 4).
        root: Row of the tip to count branches from, see `first_point`.

    Returns:
        The compartments, with a group for each type in the file.

    Raises:
        MorphologyError: `ncomp`, `max_branch_len` or `min_radius` is out of range.
    """
    check_settings(ncomp, max_branch_len, min_radius)
    if relevant_type_ids is not None:
        relevant_type_ids = _checked_types(relevant_type_ids)
    branches = trace_branches(
        points,
        ignore_tracing_interruptions=ignore_tracing_interruptions,
        relevant_type_ids=relevant_type_ids,
        root=root,
    )
    if max_branch_len is not None:
        branches = split_long_branches(branches, max_branch_len)
    return cut(branches, ncomp, min_radius)


def _checked_types(type_ids: object) -> list[int]:
    """Types of points as integers."""
    if not isinstance(type_ids, Iterable) or not all(isinstance(one, (int, np.integer)) for one in type_ids):
        raise MorphologyError(f"relevant_type_ids is {type_ids!r}; pass a list of types, such as [1, 2, 3], or None.")
    return [int(one) for one in type_ids]


def check_settings(ncomp: object, max_branch_len: float | None, min_radius: float | None) -> None:
    """Refuse settings that no cell can be cut with.

    Raises:
        MorphologyError: `ncomp`, `max_branch_len` or `min_radius` is out of range.
    """
    if not isinstance(ncomp, (int, np.integer)) or isinstance(ncomp, bool) or not 1 <= ncomp <= arguments.MOST:
        raise MorphologyError(f"ncomp is {ncomp!r}; pass the number of compartments per branch, an integer from 1.")
    for name, value in (("max_branch_len", max_branch_len), ("min_radius", min_radius)):
        if value is not None and not (isinstance(value, numbers.Real) and 0 < float(value) < np.inf):
            raise MorphologyError(f"{name} is {value!r}; pass a positive length in um, or None.")


def cut(branches: TracedBranches, ncomp: int | np.integer, min_radius: float | None = None) -> CompartmentTree:
    """Cut every branch into `ncomp` compartments and name the groups."""
    nbranches = len(branches.parent)
    ncomp_of_branch = np.full(nbranches, ncomp)
    comps = cut_branches(branches.xyzr, ncomp_of_branch, min_radius)
    type_of_comp = np.repeat(branches.type, ncomp)
    return CompartmentTree(
        parent_of_branch=branches.parent,
        ncomp_of_branch=ncomp_of_branch,
        xyzr=branches.xyzr,
        groups={group_name(kind): type_of_comp == kind for kind in sorted(set(branches.type.tolist()), key=group_name)},
        **vars(comps) | {"length": np.repeat(branches.length / ncomp, ncomp)},
    )


def split_long_branches(branches: TracedBranches, max_branch_len: float) -> TracedBranches:
    """Divide branches at the last traced point before each multiple of `max_branch_len`, as the reference does.

    No point is added, so that a piece can be longer than `max_branch_len` where the tracing is coarse.
    """
    last_piece, parent, kind, length, xyzr = [], [], [], [], []
    for branch, chain in enumerate(branches.xyzr):
        begin = len(xyzr)
        pieces = _pieces(chain, max_branch_len)
        traced = [arc_length(piece) for piece in pieces] if len(pieces) > 1 else [branches.length[branch]]
        traced[0] += branches.length[branch] - sum(traced)  # what lies inside the soma stays with the first piece
        last_piece.append(begin + len(pieces) - 1)
        above = int(branches.parent[branch])
        parent += [last_piece[above] if above >= 0 else -1, *range(begin, begin + len(pieces) - 1)]
        kind += [branches.type[branch]] * len(pieces)
        length += traced
        xyzr += pieces
    return TracedBranches(np.array(parent), np.array(kind), np.array(length), tuple(xyzr))


def _pieces(chain: np.ndarray, max_branch_len: float) -> list[np.ndarray]:
    """Divide one chain of points; neighbouring pieces share a point."""
    position = arc_lengths(chain)
    cuts = np.flatnonzero(np.diff(np.floor(position / max_branch_len)) > 0)
    cuts = cuts[(position[cuts] > 0) & (position[cuts] < position[-1])]
    bounds = [0, *cuts.tolist(), len(chain) - 1]
    return [chain[begin : end + 1] for begin, end in itertools.pairwise(bounds)]
