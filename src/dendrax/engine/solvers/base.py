"""What a solver back end is: two verbs on a forest; it knows no neurons."""

import abc
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float


class Solver(eqx.Module):
    """Solves A x = rhs where A has the pattern of a forest.

    Row i holds `diagonal[i]`, `lower[i]` in column parent[i] and `upper[i]` in row parent[i], column i.
    Entries of `lower` and `upper` at roots are ignored. Back ends have no array fields: they are static in a
    System and compare by value.
    """

    @abc.abstractmethod
    def plan(self, parents: np.ndarray) -> Any:
        """What `solve` needs to know of the forest, from parents (node,), -1 for roots, in any order.

        Returns a pytree whose array leaves are numpy arrays and whose sizes are static.
        """

    @abc.abstractmethod
    def solve(
        self,
        plan: Any,
        diagonal: Float[Array, " node"],
        lower: Float[Array, " node"],
        upper: Float[Array, " node"],
        rhs: Float[Array, " node"],
    ) -> Float[Array, " node"]:
        """The solution x; need not be differentiable, see `solve_forest`."""
