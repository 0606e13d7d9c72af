"""Gaussian elimination along the tree, one node after the other: Hines' algorithm."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.custom_batching import custom_vmap
from jaxtyping import Array, Int

from dendrax.engine.solvers.base import OfNodes, Plan, Solver
from dendrax.engine.solvers.forest import LARGE_TREE, edges, read_forest


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

    def plan(self, parents: np.ndarray, n_points: int = 0) -> SequentialPlan:  # noqa: ARG002
        """Orders the edges by tree and depth."""
        forest = read_forest(parents)
        index = np.arange(forest.parent.size)
        key = -forest.depth
        if (forest.parent < index).all():
            # A tree that the cache does not hold is better walked along its memory.
            key = np.where(np.bincount(forest.root)[forest.root] > LARGE_TREE, -index, key) if index.size else key
        # Order within a depth is that of the table; lexsort is stable and its last key is the first.
        order = np.lexsort((key, forest.root))
        child, parent_of_child = edges(forest.parent, order)
        return SequentialPlan(forest.parent, child, parent_of_child)

    def solve(self, plan: SequentialPlan, diagonal: OfNodes, lower: OfNodes, upper: OfNodes, rhs: OfNodes) -> OfNodes:
        """Two loops over the edges; on CPUs in batches that fit XLA's machine code."""
        operands = (plan.child, plan.parent_of_child, plan.parent, diagonal, lower, upper, rhs)
        return lax.platform_dependent(*operands, cpu=_in_small_batches((False,) * len(operands)), default=_eliminate)


class Unplanned(Solver):
    """The same elimination in an order that the program itself finds, from the parents alone.

    It is used in a program that is lowered for a kind of device that this process does not have, so that no plan is
    made for absent devices. It is correct on any of them, but eliminates one node after the other.
    """

    def plan(self, parents: np.ndarray, n_points: int = 0) -> Plan:  # noqa: ARG002
        """Only the parents."""
        return Plan(read_forest(parents).parent)

    def solve(self, plan: Plan, diagonal: OfNodes, lower: OfNodes, upper: OfNodes, rhs: OfNodes) -> OfNodes:
        """Measures depths as `read_forest` does; roots hang on a further node, to which nothing couples them."""
        parent = jnp.asarray(plan.parent)
        n = parent.shape[0]
        up = jnp.where(parent < 0, n, parent)

        def double(_: Array, pointers: tuple[Array, Array]) -> tuple[Array, Array]:
            ancestor, depth = pointers
            return ancestor[ancestor], depth + depth[ancestor]

        start = jnp.append(up, n), jnp.append(jnp.ones_like(up), 0)
        depth = lax.fori_loop(0, n.bit_length(), double, start)[1]
        order = jnp.argsort(-depth[:n])
        lower, upper = jnp.where(parent < 0, 0, lower), jnp.where(parent < 0, 0, upper)
        lower, upper, diagonal, rhs = (jnp.pad(a, (0, 1)) for a in (lower, upper, diagonal, rhs))
        diagonal, rhs = _upwards(order, up[order], lower, upper, diagonal, rhs)
        return _downwards(order, up[order], lower, diagonal, rhs)[:n]


# XLA's CPU compiler makes one machine function of a whole loop, at 5 ns per turn, if no turn of it touches more than
# a few numbers. Otherwise each operation of each turn is a kernel call of its own: 500 ns per turn. The border lies
# (jaxlib 0.10) between 32 and 64 bytes per row, so a batch is taken in pieces of 32 bytes, one AVX register; a piece
# stays in the cache, too. (The attribute `xla_cpu_small_call` forces the same for any size; but it aborts the process
# where a function holds a scatter or anything large enough for XLA to spread it over threads.)
_ROW_BYTES = 32
_N_INDEX = 3  # leading arguments of `_eliminate` that belong to the plan


def _in_small_batches(batched: tuple[bool, ...]) -> Callable[..., Array]:
    """`_eliminate` of arguments that have a batch axis in front where `batched` says so; pieces under any vmap.

    Batches of batches are one large batch.
    """

    @custom_vmap
    def eliminate(*args: Array) -> Array:
        if not any(batched):
            return _eliminate(*args)
        n_batch = next(a.shape[0] for a, b in zip(args, batched, strict=True) if b)
        piece = min(_ROW_BYTES // args[-1].dtype.itemsize, n_batch)
        of_piece = jax.vmap(_eliminate, in_axes=tuple(0 if b else None for b in batched))
        if any(batched[:_N_INDEX]) or n_batch <= piece:  # different trees in one batch: no way to be fast
            return of_piece(*args)
        n_pieces = -(-n_batch // piece)
        n_missing = n_pieces * piece - n_batch

        def in_pieces(a: Array) -> Array:
            # The last piece is filled up with copies of the last member.
            filled = jnp.concatenate((a, jnp.repeat(a[-1:], n_missing, 0))) if n_missing else a
            return filled.reshape(n_pieces, piece, *a.shape[1:])

        def solve_piece(members: tuple[Array, ...]) -> Array:
            left = iter(members)
            return of_piece(*(next(left) if b else a for a, b in zip(args, batched, strict=True)))

        pieces = tuple(in_pieces(a) for a, b in zip(args, batched, strict=True) if b)
        return lax.map(solve_piece, pieces).reshape(n_pieces * piece, -1)[:n_batch]

    @eliminate.def_vmap
    def batch(n: int, more: list[bool], *args: Array) -> tuple[Array, bool]:
        if not any(batched):
            return _in_small_batches(tuple(more))(*args), True
        n_before = next(a.shape[m] for a, b, m in zip(args, batched, more, strict=True) if b)
        either = tuple(b or m for b, m in zip(batched, more, strict=True))

        def merged(a: Array, b: bool, m: bool) -> Array:
            own = a.shape[b + m :]
            a = a.reshape(n if m else 1, n_before if b else 1, *own)
            return jnp.broadcast_to(a, (n, n_before, *own)).reshape(n * n_before, *own)

        flat = (merged(a, b, m) if b or m else a for a, b, m in zip(args, batched, more, strict=True))
        return _in_small_batches(either)(*flat).reshape(n, n_before, -1), True

    return eliminate


def _eliminate(
    child: Int[Array, " edge"],
    parent: Int[Array, " edge"],
    parent_of_node: Int[Array, " node"],
    diagonal: OfNodes,
    lower: OfNodes,
    upper: OfNodes,
    rhs: OfNodes,
) -> OfNodes:
    """Hines' two passes."""
    if child.shape[0] == 0:  # Nothing but roots.
        return rhs / diagonal
    diagonal, rhs = _upwards(child, parent, lower, upper, diagonal, rhs)
    x = jnp.where(parent_of_node < 0, rhs / diagonal, rhs)
    return _downwards(child, parent, lower, diagonal, x)


def _upwards(
    child: Int[Array, " edge"],
    parent: Int[Array, " edge"],
    lower: OfNodes,
    upper: OfNodes,
    diagonal: OfNodes,
    rhs: OfNodes,
) -> tuple[OfNodes, OfNodes]:
    """Eliminates towards the roots; returns diagonal and rhs as they are then."""

    def eliminate(k: Array, rows: tuple[Array, Array]) -> tuple[Array, Array]:
        diagonal, rhs = rows
        i, j = _read(child, k), _read(parent, k)
        factor = -_read(upper, i) / _read(diagonal, i)
        return _add(diagonal, factor * _read(lower, i), j), _add(rhs, factor * _read(rhs, i), j)

    return lax.fori_loop(0, child.shape[0], eliminate, (diagonal, rhs))


def _downwards(
    child: Int[Array, " edge"], parent: Int[Array, " edge"], lower: OfNodes, diagonal: OfNodes, x: OfNodes
) -> OfNodes:
    """Substitutes from the roots, where x is known, down to the leaves, where it is still the right-hand side."""
    n_edge = child.shape[0]

    def substitute(k: Array, x: Array) -> Array:
        i, j = _read(child, n_edge - 1 - k), _read(parent, n_edge - 1 - k)
        # x_j is the last to be known: everything else, the division above all, is done before it is read.
        inverse = 1 / _read(diagonal, i)
        return x.at[i].set(_read(x, i) * inverse - (_read(lower, i) * inverse) * _read(x, j), mode="promise_in_bounds")

    return lax.fori_loop(0, n_edge, substitute, x)


def _read(array: Array, i: Array) -> Array:
    """One entry, without the wrap-around of negative indices that numpy semantics would add to each access."""
    return lax.dynamic_index_in_dim(array, i, keepdims=False, allow_negative_indices=False)


def _add(array: Array, value: Array, i: Array) -> Array:
    """Adds to one entry; `.at[].add` stays an in-place update of one column under vmap."""
    return array.at[i].add(value, mode="promise_in_bounds")
