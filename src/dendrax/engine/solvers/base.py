"""What a solver back end is: two verbs on a forest; it knows no neurons."""

import abc
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float, Int


class Plan(eqx.Module):
    """What `solve` needs to know of a forest; every back end derives its own.

    Array leaves are numpy arrays when freshly planned (planning touches no device) and may be traced later,
    so that two forests of equal shape share one compilation.

    Attributes:
        parent: The parents as given, -1 for roots; the derivative rule multiplies by the matrix with them.
    """

    parent: Int[Array | np.ndarray, " node"]


class Solver(eqx.Module):
    """Solves A x = rhs where A has the pattern of a forest.

    Row i holds `diagonal[i]`, `lower[i]` in column parent[i] and `upper[i]` in row parent[i], column i.
    Entries of `lower` and `upper` at roots are ignored. Nothing is pivoted: the matrices that the engine
    makes are diagonally dominant, which keeps elimination stable in any order. Back ends have no array
    fields: they are static in a System and compare by value.
    """

    @abc.abstractmethod
    def plan(self, parents: np.ndarray, n_points: int = 0) -> Plan:
        """What `solve` needs to know of the forest, from parents (node,), -1 for roots, in any order.

        The last `n_points` nodes are branch points, which a back end may keep apart in memory.

        Raises:
            MorphologyError: The parents are no forest, or one that this back end cannot solve.
        """

    @abc.abstractmethod
    def solve(
        self,
        plan: Any,  # its own kind of Plan
        diagonal: Float[Array, " node"],
        lower: Float[Array, " node"],
        upper: Float[Array, " node"],
        rhs: Float[Array, " node"],
    ) -> Float[Array, " node"]:
        """The solution x of at least one node; need not be differentiable, see `solve_forest`."""
