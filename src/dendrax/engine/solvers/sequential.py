"""Gaussian elimination along the tree, one node after the other: Hines' algorithm."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.experimental.xla_metadata import set_xla_metadata
from jaxtyping import Array, Float, Int

from dendrax.engine.solvers.base import Plan, Solver
from dendrax.engine.solvers.forest import edges, read_forest


class SequentialPlan(Plan):
    """The edges of the forest, such that all edges below a node come before the edge above it.

    Attributes:
        child: Lower end of each edge.
        parent_of_child: Upper end of each edge.
    """

    child: Int[Array | np.ndarray, " edge"]
    parent_of_child: Int[Array | np.ndarray, " edge"]


class Sequential(Solver):
    """Elimination from the leaves to the roots and substitution back, O(n): the default on CPUs.

    A node i whose children are gone has one unknown neighbour left, its parent j:

        row i:   diagonal_i x_i + lower_i x_j = rhs_i
        row j:   upper_i x_i + diagonal_j x_j + ... = rhs_j

    Subtracting upper_i / diagonal_i times row i from row j removes x_i from row j:

        diagonal_j -= upper_i lower_i / diagonal_i        rhs_j -= upper_i rhs_i / diagonal_i

    and nothing else of row j changes: a tree has no fill-in. At a root only the diagonal is left; from there
    the unknowns follow downwards as x_i = (rhs_i - lower_i x_j) / diagonal_i.

    Nodes stay where they are in memory; the plan says in which order the edges are taken. Tree by tree, and in
    a tree by depth, so that neighbours in the order are rarely neighbours in the tree: an elimination does
    not wait for the division of the one before (on a 486-compartment cell a fifth faster than along branches).

    References:
        Hines, M. (1984). Efficient computation of branched nerve equations. Int. J. Bio-Medical Computing
        15(1), 69-76.
    """

    def plan(self, parents: np.ndarray) -> SequentialPlan:
        """Orders the edges by tree and depth."""
        forest = read_forest(parents)
        # Order within a depth is that of the table, for locality; lexsort is stable and its last key is the first.
        order = np.lexsort((-forest.depth, forest.root))
        child, parent_of_child = edges(forest.parent, order)
        return SequentialPlan(forest.parent, child, parent_of_child)

    def solve(
        self,
        plan: SequentialPlan,
        diagonal: Float[Array, " node"],
        lower: Float[Array, " node"],
        upper: Float[Array, " node"],
        rhs: Float[Array, " node"],
    ) -> Float[Array, " node"]:
        """Two loops over the edges, compiled into one function on CPUs."""
        if plan.child.shape[0] == 0:  # Nothing but roots; XLA aborts on empty operands of a small call.
            return rhs / diagonal
        operands = (plan.child, plan.parent_of_child, plan.parent, diagonal, lower, upper, rhs)
        return lax.platform_dependent(*operands, cpu=_one_function(_eliminate), default=_eliminate)


def _one_function(f: Callable[..., Any]) -> Callable[..., Any]:
    """Asks XLA's CPU compiler to make one machine function of f, loops included.

    By default every operation in a loop's body is a kernel of its own, and starting them costs 0.5 us per node;
    with these two attributes the whole loop is one kernel of 5 ns per node. XLA does so by itself for loops that
    it judges to be small; batched ones and large bodies it does not. A compiler that does not know the
    attributes ignores them.
    """

    def called(*args: Array) -> Array:
        with set_xla_metadata(xla_cpu_small_call="true", inlineable="false"):
            return jax.jit(f)(*args)

    return called


def _eliminate(
    child: Int[Array, " edge"],
    parent: Int[Array, " edge"],
    parent_of_node: Int[Array, " node"],
    diagonal: Float[Array, " node"],
    lower: Float[Array, " node"],
    upper: Float[Array, " node"],
    rhs: Float[Array, " node"],
) -> Float[Array, " node"]:
    """Hines' two passes."""
    n_edge = child.shape[0]

    def upwards(k: Array, rows: tuple[Array, Array]) -> tuple[Array, Array]:
        diagonal, rhs = rows
        i, j = _read(child, k), _read(parent, k)
        factor = -_read(upper, i) / _read(diagonal, i)
        return _add(diagonal, factor * _read(lower, i), j), _add(rhs, factor * _read(rhs, i), j)

    def downwards(k: Array, x: Array) -> Array:
        i, j = _read(child, n_edge - 1 - k), _read(parent, n_edge - 1 - k)
        # x_j is the last to be known: everything else, the division above all, is done before it is read.
        inverse = 1 / _read(diagonal, i)
        return x.at[i].set(_read(x, i) * inverse - (_read(lower, i) * inverse) * _read(x, j), mode="promise_in_bounds")

    diagonal, rhs = lax.fori_loop(0, n_edge, upwards, (diagonal, rhs))
    # Not a scatter at the roots: XLA cannot emit one of several rows within one function.
    x = jnp.where(parent_of_node < 0, rhs / diagonal, rhs)
    return lax.fori_loop(0, n_edge, downwards, x)


def _read(array: Array, i: Array) -> Array:
    """One entry, without the wrap-around of negative indices that numpy semantics would add to each access."""
    return lax.dynamic_index_in_dim(array, i, keepdims=False, allow_negative_indices=False)


def _add(array: Array, value: Array, i: Array) -> Array:
    """Adds to one entry; `.at[].add` stays an in-place update of one column under vmap."""
    return array.at[i].add(value, mode="promise_in_bounds")
