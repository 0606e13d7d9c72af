"""Sparse LU on the host: SuperLU through a callback."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from dendrax.engine.solvers.base import OfNodes, Plan, Solver
from dendrax.engine.solvers.forest import edges, read_forest


class SparsePlan(Plan):
    """Compressed columns of the matrix, its rows and columns in an order that creates no fill-in.

    Attributes:
        order: The node at each place: children before their parents.
        child: Lower end of each edge.
        entry: Where each stored entry comes from: the concatenation of diagonal, lower[child], upper[child].
        row: Row of each stored entry.
        start: First entry of each column.
    """

    order: Int[Array | np.ndarray, " node"]
    child: Int[Array | np.ndarray, " edge"]
    entry: Int[Array | np.ndarray, " entry"]
    row: Int[Array | np.ndarray, " entry"]
    start: Int[Array | np.ndarray, " column"]


class Sparse(Solver):
    """SuperLU, an independent second opinion on large models and the meaning of "jax.sparse".

    `jax.experimental.sparse.linalg.spsolve` cannot be batched and looks for an order anew at each call. Here the order
    is the plan's (leaves first, hence no fill-in), `vmap` makes one call per batch, and the derivative is everyone's.
    A call leaves XLA, which costs some 100 us, and computes in float64: for checks, not for speed.

    References:
        Demmel, J. et al. (1999). A supernodal approach to sparse partial pivoting. SIAM J. Matrix Anal. Appl. 20(3).
    """

    def plan(self, parents: np.ndarray, n_points: int = 0) -> SparsePlan:  # noqa: ARG002
        """Builds the pattern."""
        forest = read_forest(parents)
        n = forest.parent.size
        order = np.lexsort((-forest.depth, forest.root)).astype(np.int32)
        place = np.argsort(order)
        child, parent_of_child = edges(forest.parent, order)
        i, j = place[child], place[parent_of_child]
        row, column = np.concatenate((np.arange(n), i, j)), np.concatenate((np.arange(n), j, i))
        entry = np.lexsort((row, column))
        start = np.searchsorted(column[entry], np.arange(n + 1))
        return SparsePlan(
            forest.parent, order, child, *(array.astype(np.int32) for array in (entry, row[entry], start))
        )

    def solve(self, plan: SparsePlan, diagonal: OfNodes, lower: OfNodes, upper: OfNodes, rhs: OfNodes) -> OfNodes:
        """Gathers the entries and calls SuperLU once for the whole batch."""
        entries = jnp.concatenate((diagonal[plan.order], lower[plan.child], upper[plan.child]))[plan.entry]
        x = jax.pure_callback(
            _factor_and_solve,
            jax.ShapeDtypeStruct(rhs.shape, rhs.dtype),
            plan.row,
            plan.start,
            entries,
            rhs[plan.order],
            vmap_method="broadcast_all",
        )
        return jnp.zeros_like(rhs).at[plan.order].set(x, unique_indices=True)


def _factor_and_solve(*arrays: Array | np.ndarray) -> np.ndarray:
    """Solves each matrix of a batch, from row, start, entries, rhs; leading axes of all four are the batch's."""
    from scipy.sparse import csc_array  # noqa: PLC0415 - it takes longer to import than most of us
    from scipy.sparse.linalg import splu  # noqa: PLC0415

    row, start, entries, rhs = (np.asarray(array) for array in arrays)
    x = np.empty_like(rhs)
    for k in np.ndindex(rhs.shape[:-1]):
        matrix = csc_array((entries[k].astype(np.float64), row[k], start[k]), shape=(rhs.shape[-1],) * 2)
        # Diagonally dominant: the diagonal is the pivot, in the plan's order.
        factors = splu(matrix, permc_spec="NATURAL", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
        x[k] = factors.solve(rhs[k].astype(np.float64))
    return x
