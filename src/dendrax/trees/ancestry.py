"""Ways from branches to the root, for all branches at once."""

import numpy as np


def sums_to_root(parents: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sum of `values` over each branch and all its ancestors.

    By pointer doubling: after k rounds a branch has summed over itself and its nearest 2^k - 1 ancestors, so that the
    number of rounds grows with the logarithm of the depth, whatever the order of the branches.

    Args:
        parents: Parent of each branch, -1 for roots. (branch,)
        values: One value or vector for each branch. (branch, ...)

    Returns:
        The sums, of the shape of `values`.

    Example:
        >>> sums_to_root(np.array([-1, 0, 1, 0]), np.array([1, 10, 100, 1000]))
        array([   1,   11,  111, 1001])
    """
    sums, ancestor = values.copy(), parents
    while (below := np.flatnonzero(ancestor >= 0)).size:
        above = ancestor[below]
        sums[below] = sums[below] + sums[above]  # the right side is complete before anything is written
        following = ancestor.copy()
        following[below] = ancestor[above]
        ancestor = following
    return sums


def depths(parents: np.ndarray) -> np.ndarray:
    """Number of ancestors of each branch. (branch,)"""
    return sums_to_root(parents, (parents >= 0).astype(int))


def on_cycles(parents: np.ndarray) -> np.ndarray:
    """Branches whose chain of parents comes back to themselves, in order; also those that are their own parent."""
    n = len(parents)
    jump = np.append(np.where(parents >= 0, parents, n), n)  # entry n is where every healthy chain ends
    for _ in range(n.bit_length()):  # by pointer doubling, after which only cycles are reached
        jump = jump[jump]
    return np.unique(jump[jump < n])


def nearest_marked(parents: np.ndarray, marked: np.ndarray) -> np.ndarray:
    """The branch itself or its nearest ancestor that is marked; -1 where there is none.

    Args:
        parents: Parent of each branch, -1 for roots. (branch,)
        marked: Which branches are marked. (branch,) bool

    Example:
        >>> nearest_marked(np.array([-1, 0, 1, 2]), np.array([True, True, False, False]))
        array([0, 1, 1, 1])
    """
    found = np.where(marked, np.arange(len(parents)), parents)
    while True:
        following = np.where(found >= 0, found[found], -1)
        if (following == found).all():
            return found
        found = following
