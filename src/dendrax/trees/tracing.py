"""What the branches of a traced neuron are made of: the exceptions at the soma, and what is said about them."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dendrax.trees.branches import SOMA, Topology, find_branches, first_point, is_sphere
from dendrax.trees.geometry import segment_lengths
from dendrax.trees.points import SwcWarning, TracedPoints
from dendrax.trees.swc_table import name_lines

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


@dataclass(frozen=True)
class _Piece:
    """One branch; `is_point` if it was traced with a single point and has been given a length."""

    xyzr: np.ndarray
    length: float
    type: int
    is_point: bool = False


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
    inside = inside_soma(points)
    pieces = [_branch_points(points, walk.up, rows, inside) for rows in walk.rows]
    _warn_about_lengths(points, walk, pieces, inside)
    parent = walk.parent_of_branch
    if is_sphere(points)[root]:
        pieces.insert(0, _ball(points, root))
        parent = np.append(-1, parent + 1)
    elif len(points) == 1:
        pieces.append(_ball(points, root))
        parent = np.array([-1])
    return TracedBranches(
        parent=parent,
        type=np.array([piece.type for piece in pieces]),
        length=np.array([piece.length for piece in pieces]),
        xyzr=tuple(piece.xyzr for piece in pieces),
    )


def inside_soma(points: TracedPoints) -> np.ndarray:
    """Points between others of the soma, or its only one: neurites do not begin at their centre. (point,) bool."""
    is_soma = points.type == SOMA
    child = np.flatnonzero(points.parent >= 0)
    both = child[is_soma[child] & is_soma[points.parent[child]]]
    neighbours = np.bincount(np.concatenate([both, points.parent[both]]), minlength=len(points))
    return is_sphere(points) | (is_soma & (neighbours > 1))


def _ball(points: TracedPoints, row: int) -> _Piece:
    """A branch of one point: a sphere, as long as it is thick."""
    return _Piece(points.xyzr[row : row + 1], 2.0 * float(points.xyzr[row, 3]), int(points.type[row]))


def _branch_points(points: TracedPoints, up: np.ndarray, rows: np.ndarray, inside: np.ndarray) -> _Piece:
    """What one branch is made of.

    The point that a branch begins at belongs to its parent. It is the branch's first point as well, with the radius of
    its second point where the types differ; but not where it lies inside the soma, for there is no neurite in there.
    """
    begin = up[rows[0]]
    chain = points.xyzr[np.append(begin, rows)]
    # A segment is traced as a part of its later point, which is `begin` where we walk against the file.
    from_ball = up[begin] < 0 and inside[begin]
    kind = int(points.type[begin if points.parent[begin] == rows[0] and not from_ball else rows[0]])
    if kind != points.type[begin]:
        chain[0, 3] = chain[1, 3]
    if kind != SOMA and inside[rows[-1]]:
        chain = chain[:-1]
    outside = 0.0
    soma_above = up[begin] >= 0 and points.type[up[begin]] == SOMA
    if inside[begin] and (kind != SOMA or (soma_above and len(rows) > 1)):
        # A branch of the soma keeps the arc length of the segment that it leaves out, as the reference's does.
        outside = arc_length(chain[:2]) if kind == SOMA else 0.0
        chain = chain[1:]
    elif len(chain) > 2 and np.array_equal(chain[0, :3], chain[1, :3]):
        outside = SHORTEST_SEGMENT  # the point that it begins at was traced twice
        chain = chain[1:]
    is_point = bool(segment_lengths(chain).sum() < SHORTEST_BRANCH)
    if is_point:
        chain = _lengthened(chain[-1], points.xyzr[begin])
    return _Piece(chain, arc_length(chain) + outside, kind, is_point)


def _warn_about_lengths(points: TracedPoints, walk: Topology, pieces: list[_Piece], inside: np.ndarray) -> None:
    """Say where the length of the cell is not that of the tracing: neurites of one point, or that begin far away."""
    lone = [int(points.line[rows[-1]]) for rows, piece in zip(walk.rows, pieces, strict=True) if piece.is_point]
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
    leaves = (inside[above] & (points.type[child] != SOMA)) | (inside[child] & (points.type[above] != SOMA))
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
