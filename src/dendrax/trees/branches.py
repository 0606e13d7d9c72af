"""From traced points to branches: where they begin and end, in which order, and which points belong to each.

The tree is walked from the first leaf (lowest id), not from the soma; a soma of a single point is the exception and
comes first. A branch ends at a leaf, at a fork, and where the type of the points changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dendrax.trees.ancestry import depths, nearest_marked
from dendrax.trees.points import TracedPoints

SOMA = 1
RELEVANT_TYPES = (1, 2, 3, 4)


@dataclass(frozen=True)
class Topology:
    """Which branch every point belongs to.

    Attributes:
        up: Row of the neighbour of each point that is nearer to the first leaf, -1 for that leaf itself. (point,)
        head: First point of each branch behind the point it begins at, `up[head]`. (branch,)
        parent_of_branch: -1 for branches that begin at the first leaf; parents come before children. (branch,)
        rows: The points of each branch, from `head` outwards. branch x (point,)
    """

    up: np.ndarray
    head: np.ndarray
    parent_of_branch: np.ndarray
    rows: tuple[np.ndarray, ...]


def find_branches(
    points: TracedPoints,
    *,
    ignore_tracing_interruptions: bool = True,
    relevant_type_ids: Sequence[int] | None = None,
    root: int | None = None,
) -> Topology:
    """Divide a tree of points into unbranched pieces of one type.

    Args:
        points: The traced points.
        ignore_tracing_interruptions: If False, a branch also ends where the ids of neighbours are not consecutive.
        relevant_type_ids: Types that end a branch; points of all other types count as one type.
            Default is soma, axon, basal and apical.
        root: Row of the leaf to walk from, or of a point next to it; see `first_point`.

    Returns:
        The branches, in the order of a depth-first walk that takes neighbours by increasing id.
    """
    root = first_point(points, root)
    up, against_file = _walk_from(root, points.parent)
    has_up = up >= 0
    near = np.where(has_up, up, root)

    relevant = RELEVANT_TYPES if relevant_type_ids is None else relevant_type_ids
    kind = np.where(np.isin(points.type, relevant), points.type, -1)
    changes = has_up & (kind != kind[near])
    fork = np.bincount(up[has_up], minlength=len(points)) >= 2
    # The segment between two types is traced as a part of the later point, whichever way we walk over it: walking with
    # the file the new branch begins with this segment, against the file it begins after it. The segment out of a soma
    # of one point is nobody's, its neurites begin at their own first point.
    ends_old = changes & against_file & ~((near == root) & is_sphere(points)[root])
    begins = has_up & ((near == root) | fork[near] | (changes & ~against_file) | ends_old[near])
    if not ignore_tracing_interruptions:
        begins |= has_up & (np.abs(points.id - points.id[near]) != 1)
    return _collect(up, near, begins, root)


def first_point(points: TracedPoints, root: int | None = None) -> int:
    """Row of the point where branches are counted from: every branch has one parent, so it must be a tip.

    Args:
        points: The traced points.
        root: A tip to begin at; from a point inside the tree, the tip that the lowest ids lead to.

    Returns:
        The soma if it is a single point, or else `root`, or else the tip of lowest id.
    """
    sphere = is_sphere(points)
    if sphere.any():
        return int(sphere.argmax())
    has_parent = points.parent >= 0
    degree = np.bincount(points.parent[has_parent], minlength=len(points)) + has_parent
    if root is None:
        return int(np.flatnonzero(degree <= 1)[0])
    before = -1
    while degree[root] > 1:
        around = np.append(np.flatnonzero(points.parent == root), points.parent[root])
        before, root = root, int(np.min(around[(around >= 0) & (around != before)]))
    return root


def is_sphere(points: TracedPoints) -> np.ndarray:
    """Whether each point is a soma traced with one point only. (point,) bool."""
    soma = points.type == SOMA
    return soma & (soma.sum() == 1)


def _walk_from(root: int, parent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn the parents around between `root` and the file's own root; also say which segments were turned."""
    up = parent.copy()
    turned = np.zeros(len(parent), dtype=bool)
    previous, point = -1, root
    while point >= 0:
        up[point] = previous
        turned[point] = previous >= 0
        previous, point = point, int(parent[point])
    return up, turned


def _collect(up: np.ndarray, near: np.ndarray, begins: np.ndarray, root: int) -> Topology:
    """Number the branches depth-first and list their points outwards."""
    head_of_point = nearest_marked(near, begins | (np.arange(len(up)) == root))
    heads = np.flatnonzero(begins)

    children: dict[int, list[int]] = {}
    for head in heads[::-1].tolist():  # reversed: the stack below takes the lowest id first
        children.setdefault(int(head_of_point[near[head]]), []).append(head)
    order, stack = [], children.get(root, []).copy()
    while stack:
        head = stack.pop()
        order.append(head)
        stack.extend(children.get(head, ()))

    head = np.array(order, dtype=int)
    rank = np.full(len(up), -1)
    rank[head] = np.arange(len(head))
    parent_of_branch = rank[head_of_point[near[head]]]

    inside = np.flatnonzero(up >= 0)
    branch = rank[head_of_point[inside]]
    inside = inside[np.lexsort((depths(up)[inside], branch))]
    ends = np.cumsum(np.bincount(branch, minlength=len(head)))
    return Topology(up, head, parent_of_branch, tuple(np.split(inside, ends[:-1])) if len(head) else ())
