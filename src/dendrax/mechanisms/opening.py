"""The exact step of a gate with opening and closing rate, with derivatives that are right for any rates.

With T = alpha + beta, y = dt T, E = exp(-y) and phi(y) = (1 - E) / y it is

    x' = x + (alpha / T - x) (1 - E) = x E + dt alpha phi(y),

of which the first form keeps the digits and the second has all derivatives where both rates vanish. Its slopes are

    dx'/dx = E                            dx'/ddt = (alpha - x T) E
    dx'/dalpha = (q - x) E dt + (1 - q) W    dx'/dbeta = (q - x) E dt - q W

with q = alpha / T and W = dt phi(y) = (1 - E) / T. In this form nothing is squared, so that rates may be as large as
floats are. For derivatives of the slopes, rates are divided by T / (1000 / dt) where that is above 1: E is 0 there to
any digit, x' depends on the ratio of the rates alone, and its derivatives are those at constant factor.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

from dendrax.mechanisms.exponentials import exp, expm1
from dendrax.mechanisms.rates import x_over_expm1

_LONGEST = 1000.0
"""Steps in units of 1 / T, from which on exp(-y) is 0 in any type."""


@jax.custom_jvp
def after_opening(x: jax.Array, dt: jax.Array, alpha: jax.Array, beta: jax.Array) -> jax.Array:
    """Open fraction [1] after `dt` [ms], of x at rates `alpha` and `beta` [1/ms], of one floating point type."""
    total = alpha + beta
    return x + (alpha / (total + _least(total)) - x) * -expm1(-dt * total)  # a quotient does not exceed 1


def _after_opening_jvp(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[jax.Array, jax.Array]:
    moves = [not isinstance(tangent, SymbolicZero) for tangent in tangents]
    slopes = _slopes(moves[1], *primals)
    moved = [slope * tangent for slope, tangent, does in zip(slopes, tangents, moves, strict=True) if does]
    return after_opening(*primals), sum(moved[1:], moved[0])


after_opening.defjvp(_after_opening_jvp, symbolic_zeros=True)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _slopes(in_dt: bool, x: jax.Array, dt: jax.Array, alpha: jax.Array, beta: jax.Array) -> tuple[jax.Array, ...]:
    """Slopes in x, dt (0 unless `in_dt`), alpha and beta, from the exponential and the quotient of the value."""
    total = alpha + beta
    inverse, moved = 1.0 / (total + _least(total)), -expm1(-dt * total)
    q, stayed, per_rate = alpha * inverse, 1.0 - moved, (moved + dt * _least(total)) * inverse
    late = (q - x) * stayed * dt
    per_dt = stayed * (alpha - x * total) if in_dt else jnp.zeros_like(x)
    closing = late - q * per_rate
    return stayed, per_dt, closing + per_rate, closing


@_slopes.defjvp
def _slopes_jvp(in_dt: bool, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    return _slopes(in_dt, *primals), jax.jvp(partial(_smooth_slopes, in_dt), primals, tangents)[1]


def _smooth_slopes(
    in_dt: bool, x: jax.Array, dt: jax.Array, alpha: jax.Array, beta: jax.Array
) -> tuple[jax.Array, ...]:
    """The slopes by functions that have derivatives of all orders everywhere."""
    h = jnp.where(dt * (alpha + beta) < _LONGEST, dt, jax.lax.stop_gradient(_LONGEST / (alpha + beta)))
    a, y = h * alpha, h * alpha + h * beta
    phi, dphi = jax.jvp(lambda y: 1.0 / x_over_expm1(-y), (y,), (jnp.ones_like(y),))
    stayed = jnp.where(y < 0.5 * _LONGEST, exp(-y), 0.0)  # exp alone never vanishes
    closing = a * dphi - x * stayed
    per_dt = stayed * (alpha - x * (alpha + beta)) if in_dt else jnp.zeros_like(x)
    return stayed, per_dt, h * (phi + closing), h * closing


def _least(total: jax.Array) -> float:
    """A rate at which nothing moves [1/ms], which makes 1 / T finite; times a time step it is a normal number."""
    return float(jnp.finfo(total.dtype).tiny) * 1e12
