"""Roots of small systems of equations, one system for each place, all of them at once, by Newton's method.

Equations that are linear are solved in one step. The derivative of a root follows from the implicit function theorem:
a last step of Newton's method is differentiated, and none of those before.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from dendrax.mechanisms.rates import quotient

MOST_STEPS = 60
Residual = Callable[[Any, list[Any]], list[Any]]
Entries = dict[tuple[int, int], Any]


def root(residual: Residual, context: Any, start: list[Any], order: list[int] | None) -> list[Any]:
    """Where the residual is 0.

    Args:
        residual: The equations: of `context`, which holds what they depend on beside the unknowns, and the unknowns.
        context: Has `fork()` and `values`.
        start: Where to begin: an array (n,) for each unknown.
        order: In which order unknowns are eliminated without a search for pivots; None to search.
    """
    size = len(start)
    pattern = _depends(lambda x: residual(context, x), start)
    jacobian = _jacobian(residual, pattern)
    keys = [(i, j) for i in range(size) for j in range(size) if j in pattern[i]]

    def step(context: Any, x: list[Any]) -> list[Any]:
        entries, now = dict(zip(keys, jacobian(context, x), strict=True)), residual(context, x)
        change = _eliminated(entries, now, order) if order is not None else _pivoted(entries, now)
        return [value - by for value, by in zip(x, change, strict=True)]

    if not any(_depends(lambda x: jacobian(context, x), start)):
        return step(context, start)
    still = context.fork()
    still.values = jax.tree.map(_cut, still.values)
    still.frames = jax.tree.map(_cut, still.frames)
    still.dt = _cut(still.dt)
    found = _iterated(lambda x: step(still, x), [_cut(one) for one in start])
    return step(context, [_cut(one) for one in found])


def _cut(value: Any) -> Any:
    return lax.stop_gradient(value) if isinstance(value, jax.Array) else value


def _iterated(step: Callable[[list[Any]], list[Any]], start: list[Any]) -> list[Any]:
    tolerance = 4 * float(jnp.finfo(start[0].dtype).eps)

    def goes_on(carry: tuple[Any, Any, Any]) -> Any:
        count, _, moves = carry
        return (count < MOST_STEPS) & moves

    def once(carry: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        count, x, _ = carry
        after = step(x)
        moved = [jnp.any(jnp.abs(a - b) > tolerance * jnp.abs(a)) for a, b in zip(after, x, strict=True)]
        return count + 1, after, jnp.any(jnp.stack(moved))

    return lax.while_loop(goes_on, once, (0, start, True))[1]


def _jacobian(residual: Residual, pattern: list[set[int]]) -> Callable[[Any, list[Any]], list[Any]]:
    """The entries of the Jacobian that are not always 0, row by row."""

    def entries(context: Any, x: list[Any]) -> list[Any]:
        columns = []
        for number in range(len(x)):
            along = [jnp.ones_like(one) if i == number else jnp.zeros_like(one) for i, one in enumerate(x)]
            columns.append(jax.jvp(lambda x: residual(context, x), (x,), (along,))[1])
        return [columns[j][i] for i in range(len(pattern)) for j in range(len(x)) if j in pattern[i]]

    return entries


def _depends(function: Callable[[list[Any]], list[Any]], x: list[Any]) -> list[set[int]]:
    """For each result the numbers of the arguments that it may depend on."""
    jaxpr = jax.make_jaxpr(function)(x).jaxpr
    known: dict[Any, set[int]] = {variable: {number} for number, variable in enumerate(jaxpr.invars)}
    for equation in jaxpr.eqns:
        found = set().union(*(known.get(one, set()) for one in equation.invars if not hasattr(one, "val")))
        known |= dict.fromkeys(equation.outvars, found)
    return [set() if hasattr(one, "val") else known.get(one, set()) for one in jaxpr.outvars]


def _eliminated(entries: Entries, right: list[Any], order: list[int]) -> list[Any]:
    """The solution by elimination, of entries that are there alone."""
    rows, right = dict(entries), list(right)
    for place, pivot in enumerate(order):
        for row in order[place + 1 :]:
            if (row, pivot) not in rows:
                continue
            factor = quotient(rows.pop((row, pivot)), rows[pivot, pivot])
            for column in order[place + 1 :]:
                if (pivot, column) in rows:
                    rows[row, column] = rows.get((row, column), 0.0) - factor * rows[pivot, column]
            right[row] = right[row] - factor * right[pivot]
    found: dict[int, Any] = {}
    for place, pivot in reversed(list(enumerate(order))):
        total = right[pivot]
        for column in order[place + 1 :]:
            if (pivot, column) in rows:
                total = total - rows[pivot, column] * found[column]
        found[pivot] = quotient(total, rows[pivot, pivot])
    return [found[number] for number in range(len(order))]


def _pivoted(entries: Entries, right: list[Any]) -> list[Any]:
    """The solution with a search for pivots, after every row has been scaled by its largest entry."""
    size, zero = len(right), jnp.zeros_like(right[0])
    matrix = jnp.stack([jnp.stack([entries.get((i, j), zero) for j in range(size)], -1) for i in range(size)], -2)
    largest = _cut(jnp.max(jnp.abs(matrix), -1, keepdims=True))
    scale = 1.0 / jnp.where(largest == 0.0, 1.0, largest)
    found = jnp.linalg.solve(scale * matrix, scale * jnp.stack(right, -1)[..., None])[..., 0]
    return [found[..., number] for number in range(size)]
