"""Elimination of many nodes at a time, in O(log n) rounds: for GPUs."""

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Int

from dendrax.engine.solvers.base import OfNodes, Plan, Solver
from dendrax.engine.solvers.contraction import contract
from dendrax.engine.solvers.forest import read_forest


class LevelsPlan(Plan):
    """Which nodes are eliminated in which round, padded to a table; see `contraction`.

    Attributes:
        node: The nodes of each round; beyond the end where a round has fewer.
        neighbour: The parent of each at that moment.
        target: What takes up its share of the parent's row: the parent, or n + a sibling that keeps it for the parent.
        child: Its one child at that moment, beyond the end if it has none.
        roots: Nodes without parent.
    """

    node: Int[Array | np.ndarray, "round width"]
    neighbour: Int[Array | np.ndarray, "round width"]
    target: Int[Array | np.ndarray, "round width"]
    child: Int[Array | np.ndarray, "round width"]
    roots: Int[Array | np.ndarray, " root"]


class Levels(Solver):
    """Level-parallel elimination: in each round all nodes go that can go at once, at least a constant share.

    Going up depth by depth needs as many rounds as the tree is deep, however narrow it is. Instead a round takes away
    leaves (rake) and every second or third node of unbranched stretches (compress), wherever they are, and a cable
    is gone after O(log n) rounds as well. Taking node i with parent j and one child c left,

        row i:   lower_i x_j + diagonal_i x_i + upper_c x_c = rhs_i

    out of the two rows that contain it makes c a child of j:

        diagonal_j -= upper_i lower_i / diagonal_i     rhs_j   -= upper_i rhs_i / diagonal_i
        diagonal_c -= lower_c upper_c / diagonal_i     rhs_c   -= lower_c rhs_i / diagonal_i
        lower_c <- -lower_c lower_i / diagonal_i       upper_c <- -upper_i upper_c / diagonal_i

    and a leaf is the case lower_c = upper_c = 0. This is Gaussian elimination in a different order, so it keeps
    diagonal dominance; for cables it is cyclic reduction.

    Siblings that go in one round would add to the same row j. One of them does; each other one hands its share to
    a sibling that stays, in a second half of the arrays, and that sibling passes it on with its own. No two threads
    ever write to one place: results are the same to the last bit in every run, without atomics.

    References:
        Miller, G. and Reif, J. (1985). Parallel tree contraction and its application. FOCS 26, 478-489.
        Zhang, Y. et al. (2023). A GPU-based computational framework that bridges neuron simulation and artificial
        intelligence. Nature Communications 14, 5798 (level by level: dendritic hierarchical scheduling).
    """

    def plan(self, parents: np.ndarray, n_points: int = 0) -> LevelsPlan:  # noqa: ARG002
        """Contracts the forest and writes down how."""
        forest = read_forest(parents)
        roots = np.flatnonzero(forest.parent < 0).astype(np.int32)
        return LevelsPlan(forest.parent, *contract(forest.parent), roots)

    def solve(self, plan: LevelsPlan, diagonal: OfNodes, lower: OfNodes, upper: OfNodes, rhs: OfNodes) -> OfNodes:
        """One scan over the rounds down to the roots, and the same scan backwards."""
        n = diagonal.shape[0]
        table = tuple(jnp.asarray(a) for a in (plan.node, plan.neighbour, plan.target, plan.child))
        share = jnp.zeros_like(diagonal)

        def eliminate(rows: tuple[Array, ...], at: tuple[Array, ...]) -> tuple[tuple[Array, ...], None]:
            d, b, low, up, far = rows
            i, _, target, c = at
            low_c, up_c = _read(low, c), _read(up, c)
            # What siblings of c left for their common parent, which is i.
            inverse = 1 / (d.at[i].get(mode="fill", fill_value=1, unique_indices=True) + _read(d, n + c))
            rhs_i = (_read(b, i) + _read(b, n + c)) * inverse
            low_i, up_i, far_i = _read(low, i) * inverse, _read(up, i), up_c * inverse
            d, b = _put(d, n + c, 0), _put(b, n + c, 0)
            d = _add(d, target, _read(d, n + i) - up_i * low_i)
            b = _add(b, target, _read(b, n + i) - up_i * rhs_i)
            d, b = _add(d, c, -low_c * far_i), _put(_add(b, c, -low_c * rhs_i), i, rhs_i)
            low = _put(_put(low, c, -low_c * low_i), i, low_i)
            return (d, b, low, _put(up, c, -up_i * far_i), _put(far, i, far_i)), None

        rows = (jnp.concatenate((diagonal, share)), jnp.concatenate((rhs, share)), lower, upper, share)
        (d, b, low, _, far), _ = lax.scan(eliminate, rows, table)
        x = b[:n].at[plan.roots].divide(d[plan.roots], mode="promise_in_bounds", unique_indices=True)

        def substitute(x: Array, at: tuple[Array, ...]) -> tuple[Array, None]:
            i, j, _, c = at
            return _put(x, i, _read(x, i) - _read(low, i) * _read(x, j) - _read(far, i) * _read(x, c)), None

        return lax.scan(substitute, x, table, reverse=True)[0]


def _read(array: Array, at: Array) -> Array:
    """Entries, zero beyond the end."""
    return array.at[at].get(mode="fill", fill_value=0, unique_indices=True)


def _put(array: Array, at: Array, values: Array | int) -> Array:
    """Sets entries, each once, except those beyond the end."""
    return array.at[at].set(values, mode="drop", unique_indices=True)


def _add(array: Array, at: Array, values: Array) -> Array:
    """Adds to entries, each once, except those beyond the end."""
    return array.at[at].add(values, mode="drop", unique_indices=True)
