"""The one derivative rule around every back end."""

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from dendrax.engine.solvers.base import OfNodes, Plan, Solver
from dendrax.errors import ValueShapeError

# Any shape, so that a wrong one is refused by `_check`, with a text for its author, and not by the type checker.
AnyFloat = Float[Array | np.ndarray, "..."]

# The rule. Let A be the matrix of (diagonal, lower, upper) and A x = rhs. A change of the inputs gives
#
#     dA x + A dx = drhs            =>    dx = A^-1 (drhs - dA x)                              (forward)
#
# so a derivative is one more solve with the same A, and needs of the back end nothing but its solution. For the
# cotangent c of x, let z solve
#
#     A^T z = c                     =>    <c, dx> = <z, drhs> - <z, dA x>                      (reverse)
#
# A^T holds upper[i] in row i, column parent[i], and lower[i] in row parent[i], column i: the same plan with lower
# and upper swapped. Reading <z, dA x> entry by entry, with p = parent[i],
#
#     rhs: z_i        diagonal: -z_i x_i        lower: -z_i x_p        upper: -z_p x_i
#
# `custom_linear_solve` is this rule, once we tell it what A times x is; it differentiates that product in place of
# dA x, applies itself to its own tangents (hence any order), and batches (hence vmap over any of the arguments: with
# only rhs batched, the diagonal is eliminated once). Without derivatives it lowers to the back end's program alone.


def solve_forest(
    solver: Solver, plan: Plan, diagonal: AnyFloat, lower: AnyFloat, upper: AnyFloat, rhs: AnyFloat
) -> OfNodes:
    """The solution x of A x = rhs, differentiable in all four arrays.

    Row i of A holds diagonal[i], lower[i] in column parent[i], and row parent[i] holds upper[i] in column i.
    Forward and reverse mode of any order, vmap over any of the arrays and jit work for every back end.

    Args:
        solver: The back end.
        plan: Its `plan(parents)`.
        diagonal: Diagonal of A. (node,)
        lower: Entries towards the parents; those of roots are ignored. (node,)
        upper: Entries from the parents; those of roots are ignored. (node,)
        rhs: Right-hand side. (node,)

    Returns:
        x, in the type that the four arrays promote to. (node,)

    Raises:
        ValueShapeError: An array has not one entry per node of the plan.

    Example:
        >>> import numpy as np
        >>> from dendrax.engine.solvers import Sequential, solve_forest
        >>> solver = Sequential()
        >>> plan = solver.plan(np.array([-1, 0]))
        >>> x = solve_forest(solver, plan, np.array([2.0, 1.0]), np.zeros(2), np.zeros(2), np.array([4.0, 3.0]))
        >>> print(x)
        [2. 3.]
    """
    _check(plan, diagonal=diagonal, lower=lower, upper=upper, rhs=rhs)
    dtype = jnp.result_type(diagonal, lower, upper, rhs)
    diagonal, lower, upper, rhs = (jnp.asarray(a, dtype) for a in (diagonal, lower, upper, rhs))
    if rhs.shape[0] == 0:
        return rhs

    return lax.custom_linear_solve(
        lambda x: multiply_forest(plan, diagonal, lower, upper, x),
        rhs,
        solve=lambda _, b: solver.solve(plan, diagonal, lower, upper, b),
        transpose_solve=lambda _, b: solver.solve(plan, diagonal, upper, lower, b),
    )


def multiply_forest(plan: Plan, diagonal: Array, lower: Array, upper: Array, x: Array) -> OfNodes:
    """A x, of the matrix that `solve_forest` solves with."""
    child = jnp.arange(x.shape[0], dtype=plan.parent.dtype)
    is_root = plan.parent < 0
    parent = jnp.where(is_root, child, plan.parent)
    towards, outwards = jnp.where(is_root, 0, lower), jnp.where(is_root, 0, upper)
    return (diagonal * x + towards * x[parent]).at[parent].add(outwards * x)


def _check(plan: Plan, **arrays: AnyFloat) -> None:
    """Refuses arrays that do not fit the plan, while tracing."""
    n_node = plan.parent.shape[0]
    for name, array in arrays.items():
        if jnp.shape(array) != (n_node,):
            raise ValueShapeError(
                f"`{name}` has shape {jnp.shape(array)}, but the plan was made for {n_node} nodes, so it must be "
                f"({n_node},). Plan again with the parents of this forest; for a batch of right-hand sides or "
                "matrices use jax.vmap."
            )
