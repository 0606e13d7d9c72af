"""Gap junctions: a part of the cable equation that is not a tree.

With B v the voltages across the junctions (postsynaptic minus presynaptic) and G the diagonal matrix of their
conductances, what they take out of the compartments is L v, L = B^T G B. An implicit step solves

    (A + L) x = b                                                                                        (1)

with the matrix A of the tree, by conjugate gradients with A as the preconditioner, from A x = b: one solve on the tree
per iteration. A^-1 (A + L) has one eigenvalue other than 1 for each junction at most, and none above 1 + g times the
resistance that a junction sees within one time step, which is near 1 in practice: a handful of iterations reach
rounding, whatever the number of junctions.

Every residual is a current that leaves one compartment and enters another, so that x keeps the charge of b to rounding
however few iterations are made. Conductances of zero do no harm, nor do junctions of a compartment with itself.

References:
    Hestenes, Stiefel (1952), Methods of conjugate gradients for solving linear systems, J. Res. Natl. Bur. Stand.
    49, 409-436.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from dendrax.engine.solvers.base import OfNodes, Solver
from dendrax.engine.solvers.rule import multiply_forest, solve_forest

TOLERANCE = 100
"""Of what the junctions do, in the norm of energy and relative to the first iteration [machine epsilon]."""

MOST_ITERATIONS = 1000


class Gaps(eqx.Module):
    """All gap junctions of a model.

    Attributes:
        pre: One side of each.
        post: The other side.
        conductance: [uS]
    """

    pre: Int[Array, " junction"]
    post: Int[Array, " junction"]
    conductance: Float[Array, " junction"]

    def across(self, v: OfNodes) -> Float[Array, " junction"]:
        """B v: the voltage across each junction [mV]."""
        return v[self.post] - v[self.pre]

    def gathered(self, current: Float[Array, " junction"], n_node: int) -> OfNodes:
        """B^T J: what the currents [nA] of all junctions take out of each node [nA]."""
        return jnp.zeros(n_node, current.dtype).at[self.post].add(current).at[self.pre].add(-current)

    def total(self, n_node: int) -> OfNodes:
        """Sum of the conductances that meet in each node [uS]."""
        g = self.conductance
        return jnp.zeros(n_node, g.dtype).at[self.post].add(g).at[self.pre].add(g)

    def outflow(self, v: OfNodes) -> OfNodes:
        """Current that flows out of each node at voltage `v` [nA]."""
        return self.gathered(self.conductance * self.across(v), v.shape[0])


def solve_coupled(solver: Solver, plan: Any, diagonal: OfNodes, coupling: OfNodes, gaps: Gaps, rhs: OfNodes) -> OfNodes:
    """The solution of (1) for a symmetric matrix A of the tree, differentiable in everything to any order."""

    def on_tree(b: OfNodes) -> OfNodes:
        return solve_forest(solver, plan, diagonal, coupling, coupling, b)

    return lax.custom_linear_solve(
        lambda x: multiply_forest(plan, diagonal, coupling, coupling, x) + gaps.outflow(x),
        rhs,
        solve=lambda _, b: _iterate(on_tree, gaps, b),
        symmetric=True,
    )


def _iterate(on_tree: Callable[[OfNodes], OfNodes], gaps: Gaps, b: OfNodes) -> OfNodes:
    """Conjugate gradients for (1). A times the direction follows from the residuals and is carried along."""
    x = on_tree(b)
    residual = -gaps.outflow(x)
    direction = on_tree(residual)
    energy = residual @ direction
    enough = (TOLERANCE * jnp.finfo(b.dtype).eps) ** 2 * energy
    most = min(gaps.pre.shape[0] + 10, MOST_ITERATIONS)

    def goes_on(carry: tuple[Array, ...]) -> Array:
        *_, energy, iteration = carry
        return (energy > enough) & (iteration < most)

    def improve(carry: tuple[Array, ...]) -> tuple[Array, ...]:
        x, residual, direction, on_direction, energy, iteration = carry
        image = on_direction + gaps.outflow(direction)
        curvature = direction @ image
        step = energy / jnp.where(curvature > 0, curvature, jnp.inf)  # none where the matrix is not positive
        residual = residual - step * image
        answer = on_tree(residual)
        new_energy = jnp.where(curvature > 0, residual @ answer, 0)
        again = new_energy / energy
        direction, on_direction = answer + again * direction, residual + again * on_direction
        return x + step * carry[2], residual, direction, on_direction, new_energy, iteration + 1

    return lax.while_loop(goes_on, improve, (x, residual, direction, residual, energy, jnp.array(0)))[0]
