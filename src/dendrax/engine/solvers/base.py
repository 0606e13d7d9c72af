"""The contract of a solver back end: a few verbs on a forest, without knowledge of neurons."""

import abc
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

OfComps = Float[Array, " comp"]
OfNodes = Float[Array, " node"]
Joined = Float[Array, " twice"]
"""Two arrays of compartments, one behind the other."""


class Plan(eqx.Module):
    """The plan of a back end for a forest; every back end derives its own.

    Array leaves are numpy arrays when freshly planned (planning touches no device) and may be traced later,
    so that two forests of equal shape share one compilation.

    Attributes:
        parent: The parents as given, -1 for roots; the derivative rules multiply by the matrix with them.
        has_edges: False where it is known that no node has a parent.
    """

    parent: Int[Array | np.ndarray, " node"]
    has_edges: bool = eqx.field(static=True, default=True, kw_only=True)


class Solver(eqx.Module):
    """Solves A x = rhs where A has the pattern of a forest.

    Row i holds `diagonal[i]`, `lower[i]` in column parent[i] and `upper[i]` in row parent[i], column i.
    Entries of `lower` and `upper` at roots are ignored. Nothing is pivoted: the matrices that the engine
    makes are diagonally dominant, which keeps elimination stable in any order. Back ends have no array
    fields: they are static in a System and compare by value.

    The verbs need not be differentiable: `solve_forest` and `solve_change` are the derivative rules around them.
    """

    @abc.abstractmethod
    def plan(self, parents: np.ndarray, n_points: int = 0) -> Plan:
        """The plan that the other verbs need, from parents (node,), -1 for roots, in any order.

        The last `n_points` nodes are branch points, which a back end may keep apart in memory.

        Raises:
            MorphologyError: The parents are no forest, or one that this back end cannot solve.
        """

    @abc.abstractmethod
    def solve(self, plan: Any, diagonal: OfNodes, lower: OfNodes, upper: OfNodes, rhs: OfNodes) -> OfNodes:
        """The solution x of at least one node."""

    def change(
        self, plan: Any, excess: OfComps, conductance: OfNodes, total: OfNodes, current_and_voltage: Joined
    ) -> Joined:
        """The change of voltage in an implicit step and the voltage itself, one behind the other.

        See `solve_change` for the equation and the arguments. This default writes the matrix down.
        """
        n = excess.shape[0]
        current, voltage = current_and_voltage[:n], current_and_voltage[n:]
        diagonal, coupling = matrix_of(excess, conductance, total)
        rhs = flowing_in(plan, conductance, current, voltage)
        return jnp.concatenate((self.solve(plan, diagonal, coupling, coupling, rhs)[:n], voltage))

    def at_rest(self, plan: Any, excess: OfComps, conductance: OfNodes, total: OfNodes, current: OfComps) -> OfComps:
        """The change of voltage alone, where all voltages are the same."""
        diagonal, coupling = matrix_of(excess, conductance, total)
        return self.solve(plan, diagonal, coupling, coupling, _over(current, total))[: current.shape[0]]


def matrix_of(excess: OfComps, conductance: OfNodes, total: OfNodes) -> tuple[OfNodes, OfNodes]:
    """Diagonal and off-diagonal entries of an implicit step: diag(excess) and the Laplacian of the conductances."""
    return _over(excess, total) + total, -conductance


def flowing_in(plan: Plan, conductance: OfNodes, current: OfComps, voltage: OfComps) -> OfNodes:
    """Current into each node at the beginning of a step, where branch points are at the voltage of their parents."""
    n = current.shape[0]
    up = jnp.maximum(jnp.asarray(plan.parent), 0)
    start = jnp.concatenate([voltage, voltage[up[n:]]])
    inflow = conductance * (start[up] - start)
    return inflow.at[up].add(-inflow) + _over(current, conductance)


def _over(values: OfComps, nodes: OfNodes) -> OfNodes:
    """`values` of the compartments, and zero for branch points."""
    return jnp.pad(values, (0, nodes.shape[0] - values.shape[0]))
