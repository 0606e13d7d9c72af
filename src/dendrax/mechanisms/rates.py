"""Quotients that stay finite with all their derivatives: the linoid rate x / (exp(x) - 1), and a / b for a large b.

As it stands, the linoid rate is 0/0 at x = 0. One `where` around it mends the value but leaves NaN gradients; two
mend the gradient but give the wrong second derivative. Here the derivatives of every order are one function, evaluated
by a power series near 0 and in closed form elsewhere.
"""

import functools
import math
from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp

from dendrax.mechanisms.exponentials import exp, floats, largest_base
from dendrax.mechanisms.value import Value

_SERIES_RADIUS = 0.5
"""Below, power series; above, closed form. The latter loses n! / x^n ulp to cancellation in the n-th derivative."""

_SERIES_TERMS = {32: 8, 64: 16}
"""Powers of x kept beyond twice the order, by the bits of the type: the series converges for |x| < 2 pi, and
(0.5 / 2 pi)^8 = 1.6e-9, its square 2.6e-18."""


def x_over_expm1(x: Value, exp_x: Value | None = None) -> jax.Array:
    """x / (exp(x) - 1), with value 1 at x = 0 and exact derivatives of all orders everywhere.

    It is the rate of Hodgkin and Huxley's m and n gates:
    (v - a) / (1 - exp(-(v - a) / b)) = b x_over_expm1(-(v - a) / b).

    Args:
        x: Exponent, of any shape [1].
        exp_x: exp(x), from a caller that has it at hand; an exponential is most of the cost [1]. Derivatives
            are taken through `x` alone.

    Returns:
        The rate, of the shape of `x` [1]; 0 where exp(x) overflows and -x where it underflows.

    Example:
        ```python
        jax.grad(jax.grad(x_over_expm1))(0.0)  # 1/6
        ```

    References:
        Hodgkin AL, Huxley AF (1952). A quantitative description of membrane current and its application to
        conduction and excitation in nerve. Journal of Physiology 117:500-544, eq. 12 and 20.
    """
    (x,) = floats(x)
    if exp_x is None:
        held: jax.Array = exp(x)
        exp_x = jnp.where(held < largest_base(x, 1), held, jnp.inf)  # where exp is held, nothing is left of the rate
    return _derivative(0, x, jnp.asarray(exp_x))


def quotient(a: Value, b: Value) -> jax.Array:
    """a / b, whose derivatives never square the denominator.

    d(a / b) = (da - (a / b) db) / b. As JAX has it there is b^2 in it, and b^3 in the second derivative, which leave
    the range of floats where b is an exponential of the voltage: inf times 0 is NaN.

    Args:
        a: Numerator [any].
        b: Denominator [any].

    Returns:
        The quotient, of the common shape.

    Example:
        ```python
        beta_h = quotient(4.0, 1.0 + exp(-(v + 20.0) / 5.0))
        ```
    """
    return _quotient(*floats(a, b))


@jax.custom_jvp
def _quotient(a: jax.Array, b: jax.Array) -> jax.Array:
    return a / b


@_quotient.defjvp
def _quotient_jvp(primals: tuple[Any, Any], tangents: tuple[Any, Any]) -> tuple[jax.Array, jax.Array]:
    q, inverse = _quotient(*primals), _quotient(jnp.ones_like(primals[1]), primals[1])
    return q, (tangents[0] - q * tangents[1]) * inverse


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _derivative(order: int, x: jax.Array, exp_x: jax.Array) -> jax.Array:
    """The n-th derivative.

    Near 0: x / (exp(x) - 1) = sum B_k x^k / k!, B_k the Bernoulli numbers.
    Elsewhere: with u = 1 / (exp(x) - 1) it is x u, so its n-th derivative is x u^(n) + n u^(n-1); and as
    u' = -u (1 + u), every u^(n) is a polynomial in u with integer coefficients.

    JAX drops rules such as the one below where it evaluates a scan partially, and differentiates what is here once
    more: that is right too, as long as `exp_x` is not cut off from `x`.
    """
    near = jnp.abs(x) < _SERIES_RADIUS
    u = 1.0 / jnp.where(near, 1.0, exp_x - 1.0)
    if order == 0:
        return jnp.where(near, _series(0, x), x * u)
    far = x * _horner(_powers_of_u(order), u) + order * _horner(_powers_of_u(order - 1), u)
    return jnp.where(near, _series(order, x), far)


@_derivative.defjvp
def _derivative_jvp(order: int, primals: tuple[Any, Any], tangents: tuple[Any, Any]) -> tuple[jax.Array, jax.Array]:
    return _derivative(order, *primals), _derivative(order + 1, *primals) * tangents[0]


def _series(order: int, x: jax.Array) -> jax.Array:
    """The n-th derivative of sum B_k x^k / k!, in which k = 1 is the only odd power."""
    powers = range(order + order % 2, _SERIES_TERMS[64 if x.dtype == jnp.float64 else 32] + 2 * order, 2)
    even = _horner([float(_bernoulli(k) / math.factorial(k - order)) for k in powers], x * x)
    if order == 0:
        return even - 0.5 * x
    if order == 1:
        return even * x - 0.5
    return even * x if order % 2 else even


def _horner(coefficients: list[float], x: jax.Array) -> jax.Array:
    """The polynomial with these coefficients, lowest power first."""
    total = jnp.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = total * x + coefficient
    return total


@functools.cache
def _powers_of_u(order: int) -> list[float]:
    """Coefficients of the n-th derivative of u = 1 / (exp(x) - 1) in powers of u: P' = -u (1 + u) dP/du."""
    if order == 0:
        return [0.0, 1.0]
    previous = _powers_of_u(order - 1)
    coefficients = [0.0] * (len(previous) + 1)
    for power, value in enumerate(previous):
        coefficients[power] -= power * value
        coefficients[power + 1] -= power * value
    return coefficients


@functools.cache
def _bernoulli(k: int) -> Fraction:
    """The Bernoulli number B_k with B_1 = -1/2, from sum_j binomial(k + 1, j) B_j = 0."""
    if k == 0:
        return Fraction(1)
    if k > 1 and k % 2:
        return Fraction(0)
    return -sum((math.comb(k + 1, j) * _bernoulli(j) for j in range(k)), Fraction(0)) / (k + 1)
