"""The native kernel: elimination along the trees in C++, several trees of equal shape side by side in a vector.

`native/cable.cc` has the arithmetic. Here is what it is told of a forest, and how it is called.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from dendrax.engine.solvers.base import Joined, OfComps, OfNodes, Plan, Solver
from dendrax.engine.solvers.forest import LARGE_TREE, Forest, read_forest


class NativePlan(Plan):
    """The forest as the kernel reads it.

    Attributes:
        packed: See `native/forest.h`.
    """

    packed: Int[Array | np.ndarray, " _"]


class Native(Solver):
    """Hines' elimination by the native kernel, on CPUs.

    A step of the cable equation is one call, which never forms the matrix. The parent of a branch point is a
    compartment.

    References:
        Hines, M. (1984). Efficient computation of branched nerve equations. Int. J. Bio-Medical Computing
        15(1), 69-76.
    """

    def plan(self, parents: np.ndarray, n_points: int = 0) -> NativePlan:
        """Finds the trees of equal shape and an order of elimination for each shape."""
        forest = read_forest(parents)
        n_comp = forest.parent.size - n_points
        has_edges = bool((forest.parent >= 0).any())
        return NativePlan(forest.parent, _packed(forest, n_comp), has_edges=has_edges)

    def solve(self, plan: NativePlan, diagonal: OfNodes, lower: OfNodes, upper: OfNodes, rhs: OfNodes) -> OfNodes:
        """One call of the kernel; a batch is one call too."""
        if not plan.has_edges:
            return rhs / diagonal
        is_root = jnp.asarray(plan.parent) < 0
        lower, upper = jnp.where(is_root, 0, lower), jnp.where(is_root, 0, upper)
        return _call("general", plan, diagonal, lower, rhs, upper)

    def change(
        self, plan: NativePlan, excess: OfComps, conductance: OfNodes, total: OfNodes, current_and_voltage: Joined
    ) -> Joined:
        """One call of the kernel."""
        del total
        return _call("change", plan, excess, conductance, current_and_voltage)

    def at_rest(
        self, plan: NativePlan, excess: OfComps, conductance: OfNodes, total: OfNodes, current: OfComps
    ) -> OfComps:
        """One call of the kernel."""
        del total
        return _call("at_rest", plan, excess, conductance, current)


def _call(task: str, plan: NativePlan, diagonal: Array, lower: Array, rhs: Array, *more: Array) -> Array:
    bits = 64 if rhs.dtype == jnp.float64 else 32
    kernel = jax.ffi.ffi_call(
        f"dendrax_{task}_f{bits}",
        jax.ShapeDtypeStruct(rhs.shape, rhs.dtype),
        vmap_method="expand_dims",  # what a batch shares is not copied
    )
    return kernel(jnp.asarray(plan.packed), diagonal, lower, rhs, *more)


class _Trees(NamedTuple):
    """The trees of a forest, in the order of their roots; compartments and branch points of each are contiguous."""

    n_comp: Int[np.ndarray, " tree"]
    n_point: Int[np.ndarray, " tree"]
    first_comp: Int[np.ndarray, " tree"]
    first_point: Int[np.ndarray, " tree"]


def _packed(forest: Forest, n_comp: int) -> np.ndarray:
    n_node = forest.parent.size
    trees = _contiguous_trees(forest, n_comp)
    if trees is None:  # all in one: the kernel does not mind several roots
        trees = _Trees(*(np.array([value]) for value in (n_comp, n_node - n_comp, 0, n_comp)))
    groups = _groups_of_equal_shape(forest, n_comp, trees)
    largest = int(np.max(trees.n_comp + trees.n_point, initial=0))
    parts = [np.array([len(groups), largest, n_comp])]
    for members, parent in groups:
        one = members[0]
        n_point, comp, point = trees.n_point[one], trees.first_comp[one], trees.first_point[one]
        parts += [np.array([len(members), trees.n_comp[one], n_point]), _order(parent)]
        parts += [forest.parent[point : point + n_point] - comp]
        parts += [np.column_stack((trees.first_comp[members], trees.first_point[members])).ravel()]
    return np.concatenate(parts).astype(np.int32)


def _contiguous_trees(forest: Forest, n_comp: int) -> _Trees | None:
    """The trees, if no tree has a compartment or branch point among those of another one."""
    _, tree = np.unique(forest.root, return_inverse=True)
    n_tree = int(tree.max(initial=-1)) + 1
    counts, firsts = [], []
    for part, start in ((tree[:n_comp], 0), (tree[n_comp:], n_comp)):
        changes = np.flatnonzero(np.diff(part, prepend=-1))
        count, first = np.bincount(part, minlength=n_tree), np.full(n_tree, start)
        if len(changes) > (count > 0).sum():
            return None
        first[part[changes]] = start + changes
        counts.append(count)
        firsts.append(first)
    return _Trees(*counts, *firsts)


def _groups_of_equal_shape(forest: Forest, n_comp: int, trees: _Trees) -> list[tuple[np.ndarray, np.ndarray]]:
    """Which trees have the same shape, and that shape: parents within the tree, the number of its nodes for roots."""
    groups = []
    for members in _alike(np.column_stack((trees.n_comp, trees.n_point))):
        n_own, n_points = int(trees.n_comp[members[0]]), int(trees.n_point[members[0]])
        comp, point = trees.first_comp[members, None], trees.first_point[members, None]
        parent = forest.parent[np.concatenate((comp + np.arange(n_own), point + np.arange(n_points)), axis=1)]
        local = np.where(parent < n_comp, parent - comp, parent - point + n_own)
        local[parent < 0] = n_own + n_points
        groups += [(members[alike], local[alike[0]]) for alike in _alike(local)]
    return groups


def _alike(rows: np.ndarray) -> list[np.ndarray]:
    """The numbers of equal rows, group by group."""
    if (rows == rows[:1]).all():  # a network of one cell many times, which numpy would sort all the same
        return [np.arange(len(rows))] if len(rows) else []
    _, group = np.unique(rows, axis=0, return_inverse=True)
    return [np.flatnonzero(group.ravel() == number) for number in range(group.max() + 1)]


def _order(parent: np.ndarray) -> np.ndarray:
    """Pairs of a node and its parent, deepest first, so that neighbours in the order are rarely neighbours in the tree.

    An elimination then does not wait for the division of the one before. A tree that the cache does not hold is
    better walked along its memory.
    """
    n = parent.size
    depth = read_forest(np.where(parent == n, -1, parent)).depth
    along_memory = n > LARGE_TREE and bool((parent[parent < n] < np.flatnonzero(parent < n)).all())
    order = np.arange(n)[::-1] if along_memory else np.argsort(-depth, kind="stable")
    return np.column_stack((order, parent[order])).ravel()
