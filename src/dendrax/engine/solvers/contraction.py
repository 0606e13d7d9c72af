"""Planning of level-parallel elimination: which nodes of a forest can go at the same time (numpy only)."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int

_SWEEPS = 3  # of the choice of every second node in a stretch; more find few more nodes
_STEP_COST = 4096  # entries of a row of the table that cost as much as starting a further row


class Eliminations(NamedTuple):
    """The nodes to eliminate and their neighbours: those of a round, or a table with a row per round.

    See `LevelsPlan`. A leaf has -1 for a child; a table is filled up with indices beyond all arrays.
    """

    node: Int[np.ndarray, "*eliminated"]
    neighbour: Int[np.ndarray, "*eliminated"]
    target: Int[np.ndarray, "*eliminated"]
    child: Int[np.ndarray, "*eliminated"]


def contract(parents: Int[np.ndarray, " node"]) -> Eliminations:
    """Takes nodes away in rounds until only roots are left.

    Who goes in one round: no node and its parent together; only nodes with at most one child left; of k
    children of a node at most (k + 1) // 2, such that all but one of those find a sibling that stays. At least
    all leaves but these go, and most of every second node of a stretch, so a constant share of the forest.

    Args:
        parents: Parent of each node, -1 for roots; a forest. (node,)
    """
    n = parents.size
    parent = np.where(parents < 0, n, parents).astype(np.int64)  # node n is above all roots
    count = np.bincount(parent, minlength=n + 1)
    # The sum of the children's numbers: where one child is left, it is that child's number.
    child_sum = np.zeros(n + 1, np.int64)
    np.add.at(child_sum, parent, np.arange(n))
    priority = np.full(n + 1, -1, np.int64)
    # Fibonacci hashing: any fixed permutation without long runs would do.
    rank = (np.arange(n, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(1)).astype(np.int64)

    left = np.flatnonzero(parents >= 0)
    rounds: list[Eliminations] = []
    while left.size:
        leaves = left[count[left] == 0]
        stretch = left[count[left] == 1]
        stretch = stretch[count[child_sum[stretch]] > 0]
        chosen = np.concatenate((leaves, _independent(stretch, parent, child_sum, priority, rank)))
        eliminated, target, left = _deliver(chosen, left, parent, count)
        above = parent[eliminated]
        below = np.where(count[eliminated] == 1, child_sum[eliminated], -1)
        rounds.append(Eliminations(eliminated, above, np.where(target < 0, above, n + target), below))
        has_child = below >= 0
        np.subtract.at(count, above[~has_child], 1)
        np.add.at(child_sum, above, np.where(has_child, below, 0) - eliminated)
        parent[below[has_child]] = above[has_child]
    return _pad(rounds, n)


def _independent(
    stretch: np.ndarray, parent: np.ndarray, child: np.ndarray, priority: np.ndarray, rank: np.ndarray
) -> np.ndarray:
    """Some nodes of unbranched stretches, no two adjacent, hardly any more to be found.

    A node goes if its rank is higher than its neighbours'; then among those without a chosen neighbour again.
    `priority` is scratch space, -1 everywhere before and after.
    """
    priority[stretch] = rank[stretch]
    chosen: list[np.ndarray] = []
    for _ in range(_SWEEPS):
        mine = priority[stretch]
        top = stretch[(mine > priority[parent[stretch]]) & (mine > priority[child[stretch]])]
        chosen.append(top)
        for done in (top, parent[top], child[top]):
            priority[done] = -1
        stretch = stretch[priority[stretch] >= 0]
        if not stretch.size:
            break
    priority[stretch] = -1
    return np.concatenate(chosen) if chosen else stretch


def _deliver(
    chosen: np.ndarray, left: np.ndarray, parent: np.ndarray, count: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who of the chosen goes, the sibling that each hands its share to (-1: straight to the parent), and who stays."""
    chosen = chosen[np.argsort(parent[chosen], kind="stable")]
    above = parent[chosen]
    turn = np.arange(chosen.size) - np.searchsorted(above, above)
    goes = turn < (count[above] + 1) // 2
    eliminated, turn = chosen[goes], turn[goes]
    is_left = np.zeros(parent.size, bool)
    is_left[left] = True
    is_left[eliminated] = False
    left = left[is_left[left]]
    target = np.full(eliminated.size, -1, np.int64)
    if (shared := np.flatnonzero(turn > 0)).size:
        above = parent[eliminated[shared]]
        is_shared = np.zeros(parent.size, bool)
        is_shared[above] = True
        siblings = left[is_shared[parent[left]]]
        siblings = siblings[np.argsort(parent[siblings], kind="stable")]
        target[shared] = siblings[np.searchsorted(parent[siblings], above) + turn[shared] - 1]
    return eliminated, target, left


def _pad(rounds: list[Eliminations], n: int) -> Eliminations:
    """Rounds as rows of equal width; wide rounds are cut where that saves more padding than it costs steps."""
    sizes = np.array([r.node.size for r in rounds], np.int64)
    widths = 2 ** np.arange(int(sizes.max(initial=1)).bit_length() + 1)
    n_rows = -(-sizes // widths[:, None])
    width = int(min(widths[np.argmin(n_rows.sum(1) * (widths + _STEP_COST))], sizes.max(initial=1)))
    row = np.repeat(np.cumsum(-(-sizes // width)) - (-(-sizes // width)), sizes)
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    height = int((-(-sizes // width)).sum())

    # Beyond the end of arrays of length 2 n, each index once in a row: scatters drop it and still know it is unique.
    nowhere = np.broadcast_to(2 * n + np.arange(width), (height, width))

    def column(name: str) -> np.ndarray:
        table = nowhere.copy()
        if rounds:
            values = np.concatenate([getattr(r, name) for r in rounds])
            at = (row + within // width, within % width)
            table[at] = np.where(values < 0, nowhere[at], values)
        return table.astype(np.int32)

    return Eliminations(column("node"), column("neighbour"), column("target"), column("child"))
