"""From traced points to compartments: what each branch is made of, then cutting it."""

import itertools
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dendrax.errors import MorphologyError
from dendrax.trees.branches import SOMA, Topology, find_branches, first_point, is_sphere
from dendrax.trees.compartments import CompartmentTree
from dendrax.trees.geometry import cut_branches, segment_lengths
from dendrax.trees.points import SwcWarning, TracedPoints
from dendrax.trees.swc_table import name_lines

GROUP_OF_TYPE = {0: "undefined", 1: "soma", 2: "axon", 3: "basal", 4: "apical"}
SHORTEST_SEGMENT = 1e-5  # [um]; counted for two points at the same place
SHORTEST_BRANCH = 1e-8  # [um]; what is shorter was traced with a single point
LENGTH_OF_A_POINT = 0.1  # [um]; a neurite that was traced with one point only is made this long
FAR_FROM_SOMA = 3.0  # in units of the soma's own extent


@dataclass(frozen=True)
class TracedBranches:
    """Branches of one type each, before they are cut.

    Attributes:
        parent: Index of the parent branch, -1 for the root; parents come before children. (branch,)
        type: SWC type. (branch,)
        length: Arc length [um]; longer than that of `xyzr` where a branch of the soma begins inside the soma. (branch,)
        xyzr: Points and radii from the parent outwards [um]; a spherical soma is one point. branch x (point, 4)
    """

    parent: np.ndarray
    type: np.ndarray
    length: np.ndarray
    xyzr: tuple[np.ndarray, ...]


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
    _check(ncomp, max_branch_len, min_radius)
    branches = trace_branches(
        points,
        ignore_tracing_interruptions=ignore_tracing_interruptions,
        relevant_type_ids=relevant_type_ids,
        root=root,
    )
    if max_branch_len is not None:
        branches = split_long_branches(branches, max_branch_len)
    return cut(branches, ncomp, min_radius)


def _check(ncomp: object, max_branch_len: float | None, min_radius: float | None) -> None:
    """Refuse settings that no cell can be cut with."""
    if not isinstance(ncomp, (int, np.integer)) or isinstance(ncomp, bool) or ncomp < 1:
        raise MorphologyError(f"ncomp is {ncomp!r}; pass the number of compartments per branch, an integer from 1.")
    for name, value in (("max_branch_len", max_branch_len), ("min_radius", min_radius)):
        if value is not None and not (np.isfinite(value) and value > 0):
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
        length=np.repeat(branches.length / ncomp, ncomp),
        radius=comps.radius,
        area=comps.area,
        volume=comps.volume,
        resistive_load_in=comps.resistive_load_in,
        resistive_load_out=comps.resistive_load_out,
        xyz=comps.xyz,
        xyzr=branches.xyzr,
        groups={name: type_of_comp == kind for name, kind in _named(branches.type)},
    )


def _named(types: np.ndarray) -> list[tuple[str, int]]:
    """Group names and types, sorted by name."""
    return sorted((group_name(kind), kind) for kind in set(types.tolist()))


def trace_branches(
    points: TracedPoints,
    *,
    ignore_tracing_interruptions: bool = True,
    relevant_type_ids: Sequence[int] | None = None,
    root: int | None = None,
) -> TracedBranches:
    """Find the branches of a tree of points and what each is made of; arguments as for `find_branches`."""
    root = first_point(points, root)
    walk = find_branches(
        points,
        ignore_tracing_interruptions=ignore_tracing_interruptions,
        relevant_type_ids=relevant_type_ids,
        root=root,
    )
    sphere = is_sphere(points)
    inside_soma = sphere | _inside_soma(points)
    pieces = [_branch_points(points, walk.up, rows, inside_soma) for rows in walk.rows]
    _warn_about_lengths(points, walk, pieces, inside_soma)
    parent = walk.parent_of_branch
    if sphere[root]:
        ball = points.xyzr[root]
        pieces.insert(0, (ball[None], 2.0 * float(ball[3]), SOMA))
        parent = np.append(-1, parent + 1)
    elif len(points) == 1:
        pieces.append((points.xyzr, 2.0 * float(points.xyzr[0, 3]), int(points.type[0])))
        parent = np.array([-1])
    xyzr, length, kind = zip(*pieces, strict=True)
    return TracedBranches(parent, np.array(kind), np.array(length), xyzr)


def _inside_soma(points: TracedPoints) -> np.ndarray:
    """Points of the soma that lie between others of the soma: neurites do not begin at their centre line."""
    is_soma = points.type == SOMA
    child = np.flatnonzero(points.parent >= 0)
    both = child[is_soma[child] & is_soma[points.parent[child]]]
    neighbours = np.bincount(np.concatenate([both, points.parent[both]]), minlength=len(points))
    return is_soma & (neighbours > 1)


def _branch_points(
    points: TracedPoints, up: np.ndarray, rows: np.ndarray, inside_soma: np.ndarray
) -> tuple[np.ndarray, float, int]:
    """Points, arc length and type of one branch.

    The point that a branch begins at belongs to its parent. It is the branch's first point as well, with the radius of
    its second point where the types differ; but not where it lies inside the soma, for there is no neurite in there.
    """
    begin, kind = up[rows[0]], int(points.type[rows[0]])
    chain = points.xyzr[np.append(begin, rows)]
    if kind != points.type[begin]:
        chain[0, 3] = chain[1, 3]
    if kind != SOMA and inside_soma[rows[-1]]:
        chain = chain[:-1]
    outside = 0.0
    soma_above = up[begin] >= 0 and points.type[up[begin]] == SOMA
    if inside_soma[begin] and (kind != SOMA or (soma_above and len(rows) > 1)):
        # A branch of the soma keeps the arc length of the segment that it leaves out, as the reference's does.
        outside = arc_length(chain[:2]) if kind == SOMA else 0.0
        chain = chain[1:]
    elif len(chain) > 2 and np.array_equal(chain[0, :3], chain[1, :3]):
        outside = SHORTEST_SEGMENT  # the point that it begins at was traced twice
        chain = chain[1:]
    if segment_lengths(chain).sum() < SHORTEST_BRANCH:
        chain = _lengthened(chain[-1], points.xyzr[begin])
    return chain, arc_length(chain) + outside, kind


def _warn_about_lengths(
    points: TracedPoints, walk: Topology, pieces: list[tuple[np.ndarray, float, int]], inside_soma: np.ndarray
) -> None:
    """Say where the length of the cell is not that of the tracing: neurites of one point, or that begin far away."""
    lone = [
        int(points.line[rows[-1]])
        for rows, (chain, _, _) in zip(walk.rows, pieces, strict=True)
        if np.array_equal(chain[0, :3], points.xyzr[rows[-1], :3])
    ]
    if lone:
        warnings.warn(
            f"{points.source}: neurites of a single point were made {LENGTH_OF_A_POINT} um long "
            f"({name_lines(lone)}); trace them further or delete these points.",
            SwcWarning,
            stacklevel=5,
        )
    soma = points.xyzr[points.type == SOMA]
    child = np.flatnonzero(points.parent >= 0)
    above = points.parent[child]
    leaves = (inside_soma[above] & (points.type[child] != SOMA)) | (inside_soma[child] & (points.type[above] != SOMA))
    if not leaves.any():
        return
    reach = np.sqrt(((soma[:, :3] - soma[:, :3].mean(axis=0)) ** 2).sum(axis=1)).max() + soma[:, 3].max()
    gap = np.sqrt(((points.xyzr[child, :3] - points.xyzr[above, :3]) ** 2).sum(axis=1))
    far = child[leaves & (gap > FAR_FROM_SOMA * reach)]
    if len(far):
        warnings.warn(
            f"{points.source}: neurites begin far outside the soma ({name_lines(points.line[far].tolist())}); the way "
            "from the soma to their first point is not part of the cell. Trace it, or correct the parent.",
            SwcWarning,
            stacklevel=5,
        )


def arc_length(chain: np.ndarray) -> float:
    """Length of a chain of points [um]; two points at the same place count as `SHORTEST_SEGMENT`."""
    return float(np.maximum(segment_lengths(chain), SHORTEST_SEGMENT).sum())


def _lengthened(point: np.ndarray, begin: np.ndarray) -> np.ndarray:
    """Make a neurite of a single point: `LENGTH_OF_A_POINT` long, straight away from where it begins."""
    away = point[:3] - begin[:3]
    distance = np.sqrt((away**2).sum())
    away = away / distance if distance > 0 else np.array([1.0, 0.0, 0.0])
    tip = point.copy()
    tip[:3] += LENGTH_OF_A_POINT * away
    return np.stack([point, tip])


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
    position = np.append(0.0, np.cumsum(segment_lengths(chain)))
    cuts = np.flatnonzero(np.diff(np.floor(position / max_branch_len)) > 0)
    cuts = cuts[(position[cuts] > 0) & (position[cuts] < position[-1])]
    bounds = [0, *cuts.tolist(), len(chain) - 1]
    return [chain[begin : end + 1] for begin, end in itertools.pairwise(bounds)]
