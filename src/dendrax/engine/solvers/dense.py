"""The oracle: writes the matrix down and leaves it to LAPACK."""

import jax.numpy as jnp
import numpy as np

from dendrax.engine.solvers.base import OfNodes, Plan, Solver
from dendrax.engine.solvers.forest import read_forest


class Dense(Solver):
    """LU decomposition of the full matrix, O(n^3) time and O(n^2) memory.

    Nothing here knows that the matrix is sparse, and rows are pivoted: what the other back ends may get wrong,
    this one does not. It is what they are tested against, and good for a few hundred nodes.
    """

    def plan(self, parents: np.ndarray, n_points: int = 0) -> Plan:  # noqa: ARG002
        """Only the parents."""
        return Plan(read_forest(parents).parent)

    def solve(self, plan: Plan, diagonal: OfNodes, lower: OfNodes, upper: OfNodes, rhs: OfNodes) -> OfNodes:
        """A, entry by entry, then `jnp.linalg.solve`."""
        node = jnp.arange(diagonal.shape[0])
        # A root has no column; past the end, it is dropped.
        parent = jnp.where(plan.parent < 0, node.size, plan.parent)
        matrix = jnp.diag(diagonal).at[node, parent].set(lower, mode="drop").at[parent, node].set(upper, mode="drop")
        return jnp.linalg.solve(matrix, rhs)
