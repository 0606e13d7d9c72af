"""Forests as arrays of parents, in numpy: checked once, measured by pointer doubling, never walked in Python."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from dendrax.errors import MorphologyError

LARGE_TREE = 20_000
"""Nodes of a tree that the cache of a CPU does not hold."""


class Forest(NamedTuple):
    """A checked forest.

    Attributes:
        parent: Parent of each node, -1 for roots.
        depth: Number of edges between each node and its root.
        root: The root of each node.
    """

    parent: Int[np.ndarray, " node"]
    depth: Int[np.ndarray, " node"]
    root: Int[np.ndarray, " node"]


def read_forest(parents: np.ndarray) -> Forest:
    """Checks parents and measures depths.

    Every node keeps an ancestor and how far it is. In one round each takes over its ancestor's ancestor, which
    doubles the distance, so that all have met their root after log2(depth) rounds. Whoever has not after
    log2(n) rounds walks in a circle.

    Args:
        parents: Parent of each node, -1 for roots, in any order. (node,)

    Raises:
        MorphologyError: Not integers in one dimension, a parent that is no node, or a cycle.
    """
    parent = np.asarray(parents)
    if parent.ndim != 1 or not (np.issubdtype(parent.dtype, np.integer) or parent.size == 0):
        raise MorphologyError(
            f"parents must be integers in one dimension, but they are {parent.dtype} of shape {parent.shape}. "
            "Pass the index of each node's parent, and -1 for a root."
        )
    parent = parent.astype(np.int64)
    n = parent.size
    wrong = np.flatnonzero((parent < -1) | (parent >= n))
    if wrong.size:
        i = wrong[0]
        raise MorphologyError(
            f"Node {i} has parent {parent[i]}, but nodes are numbered 0 to {n - 1} and -1 marks a root "
            f"({wrong.size} such nodes). Number the nodes from 0 without gaps."
        )
    ancestor, depth = np.where(parent < 0, np.arange(n), parent), (parent >= 0).astype(np.int64)
    for _ in range(n.bit_length()):
        if np.array_equal(further := ancestor[ancestor], ancestor):
            break
        depth, ancestor = depth + depth[ancestor], further
    circling = np.flatnonzero(parent[ancestor] >= 0)
    if circling.size:
        raise MorphologyError(
            f"Node {circling[0]} never reaches a root: its parents run in a circle "
            f"({circling.size} nodes do). Cut the circle by giving one of its nodes the parent -1."
        )
    return Forest(parent.astype(np.int32), depth, ancestor)


def edges(parent: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nodes of `order` that have a parent, in that order, and their parents. (edge,), (edge,)"""
    child = order[parent[order] >= 0]
    return child.astype(np.int32), parent[child]
