"""Unbranched cables in O(log n) steps: parallel cyclic reduction."""

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Int

from dendrax.engine.solvers.base import OfNodes, Plan, Solver
from dendrax.engine.solvers.forest import read_forest
from dendrax.errors import BranchedCableError


class DoublingPlan(Plan):
    """The cables one after the other, each from its root to its end.

    Attributes:
        order: The node at each place, or None if the nodes are in that order already.
        place: The place of each node, or None likewise.
        n_rounds: Doublings until the longest cable is spanned.
    """

    order: Int[Array | np.ndarray, " node"] | None
    place: Int[Array | np.ndarray, " node"] | None
    n_rounds: Int[Array | np.ndarray, ""]


class Doubling(Solver):
    """Recursive doubling for cables, where no node has two children; O(n log n) work in O(log n) steps.

    Along a cable, let a_i and c_i couple x_i to its neighbours at distance s before and behind:

        a_i x_{i-s} + d_i x_i + c_i x_{i+s} = b_i

    Adding alpha = -a_i / d_{i-s} times row i-s and gamma = -c_i / d_{i+s} times row i+s removes both neighbours and
    brings in theirs, at distance 2 s:

        a_i <- alpha a_{i-s}     d_i <- d_i + alpha c_{i-s} + gamma a_{i+s}     c_i <- gamma c_{i+s}
        b_i <- b_i + alpha b_{i-s} + gamma b_{i+s}

    All rows do so at once. When s exceeds the longest cable nothing is coupled and x_i = b_i / d_i. Where a cable
    ends a and c are zero, so cables of a network can stand in one array and never meet.

    References:
        Hockney, R. and Jesshope, C. (1981). Parallel Computers. Section 5.4.
    """

    def plan(self, parents: np.ndarray, n_points: int = 0) -> DoublingPlan:  # noqa: ARG002
        """Lays the cables out.

        Raises:
            BranchedCableError: A node has two children; names it.
            MorphologyError: No forest.
        """
        forest = read_forest(parents)
        n = forest.parent.size
        n_children = np.bincount(forest.parent[forest.parent >= 0], minlength=n)
        forks = np.flatnonzero(n_children > 1)
        if forks.size:
            i = forks[0]
            raise BranchedCableError(
                f"Node {i} has {n_children[i]} children, but recursive doubling ('jaxley.stone') solves unbranched "
                f"cables only ({forks.size} nodes branch). Use the sequential or the level-parallel solver "
                "('jaxley.dhs') for branched cells."
            )
        order = np.lexsort((forest.depth, forest.root)).astype(np.int32)
        place = np.argsort(order).astype(np.int32)
        longest = int(forest.depth.max(initial=0)) + 1
        n_rounds = np.asarray((longest - 1).bit_length(), np.int32)
        in_order = np.array_equal(order, np.arange(n))
        return DoublingPlan(forest.parent, None if in_order else order, None if in_order else place, n_rounds)

    def solve(self, plan: DoublingPlan, diagonal: OfNodes, lower: OfNodes, upper: OfNodes, rhs: OfNodes) -> OfNodes:
        """Doubles the stride until every row stands alone."""
        is_root = jnp.asarray(plan.parent) < 0
        before, behind = jnp.where(is_root, 0, lower), jnp.where(is_root, 0, upper)
        if plan.order is not None:
            before, diagonal, behind, rhs = (array[plan.order] for array in (before, diagonal, behind, rhs))
        behind = jnp.roll(behind, -1)  # upper[i + 1] is in row i; the first place is a root's, hence zero
        beyond = (0.0, 1.0, 0.0, 0.0)  # past the ends stand rows 1 x = 0, coupled to nothing

        def double(k: Array, rows: tuple[Array, ...]) -> tuple[Array, ...]:
            a, d, c, b = rows
            stride = jnp.left_shift(1, k)
            a_less, d_less, c_less, b_less = (_shift(*row, -stride) for row in zip(rows, beyond, strict=True))
            a_more, d_more, c_more, b_more = (_shift(*row, stride) for row in zip(rows, beyond, strict=True))
            alpha, gamma = -a / d_less, -c / d_more
            return (
                alpha * a_less,
                d + alpha * c_less + gamma * a_more,
                gamma * c_more,
                b + alpha * b_less + gamma * b_more,
            )

        _, diagonal, _, rhs = lax.fori_loop(0, plan.n_rounds, double, (before, diagonal, behind, rhs))
        x = rhs / diagonal
        return x if plan.place is None else x[plan.place]


def _shift(array: OfNodes, fill: float, by: Int[Array, ""]) -> OfNodes:
    """array[i + by] at i, `fill` beyond the ends; a slice at a moving start, which is cheaper than a gather."""
    n = array.shape[0]
    return lax.dynamic_slice_in_dim(jnp.pad(array, n, constant_values=fill), n + by, n)
