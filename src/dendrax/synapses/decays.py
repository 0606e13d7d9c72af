"""Closed forms of exponential decays in a row, which rise and fall of a synapse are made of."""

import math

import jax
import jax.numpy as jnp

from dendrax.mechanisms.exponentials import exp, expm1, floats
from dendrax.mechanisms.gates import elapsed, x_over_expm1
from dendrax.mechanisms.value import Value

_SERIES_RADIUS, _SERIES_TERMS = 0.5, 15
"""Where the power series stands for the quotient, and its terms: the next one is 5e-17 of the sum."""


def difference_of_decays(a: Value, b: Value) -> jax.Array:
    """(exp(-a) - exp(-b)) / (b - a), with its limit exp(-a) at a = b and exact derivatives everywhere.

    For dx/dt = -p x and ds/dt = x - q s it carries x into s: s(t) = s(0) exp(-q t) + x(0) t f(p t, q t).

    Args:
        a: One exponent, not negative [1].
        b: The other; the function is symmetric [1].

    Returns:
        The divided difference of exp(-x), between 0 and 1 [1].
    """
    # With x = a - b it is exp(-a) (exp(x) - 1) / x. By symmetry x may be chosen <= 0, where nothing overflows; by a
    # `where` and not `minimum`: at a = b either side has the right derivatives of all orders, and minimum mixes them.
    swapped = jnp.asarray(a > b)
    low, high = jnp.where(swapped, b, a), jnp.where(swapped, a, b)
    return exp(-low) / x_over_expm1(low - high)


def second_difference_of_decays(a: Value, b: Value) -> jax.Array:
    """(f(0, b) - f(a, b)) / a with f the difference of decays; 1/2 at a = b = 0, and exact derivatives everywhere.

    For dx/dt = c - p x and ds/dt = x - q s it carries c into s: s(t) = ... + c t^2 g(p t, q t).

    Args:
        a: One exponent, not negative [1].
        b: The other; the function is symmetric [1].

    Returns:
        The second divided difference of exp(-x) at 0, a and b, between 0 and 1/2 [1].
    """
    a, b = floats(a, b)
    near = jnp.maximum(a, b) < _SERIES_RADIUS
    swapped = a < b  # by the larger exponent, the quotient loses no digits
    low, high = jnp.where(swapped, a, b), jnp.where(near, 1.0, jnp.where(swapped, b, a))
    return jnp.where(near, _series(a, b), (difference_of_decays(0.0, low) - difference_of_decays(high, low)) / high)


def double_exponential(t: Value, tau_rise: Value, tau_decay: Value) -> jax.Array:
    """Open fraction [1] at a time `t` [ms] after a spike, with a peak of 1: a symmetric function of both constants.

    With the shorter one a fraction m of the longer one, t = a in units of the longer and b in units of the shorter one,
    and u = ln(1 / m), it is

        exp(u / (exp(u) - 1)) (exp(-a) - exp(-b)) / (1 - m),

    in which (exp(-a) - exp(-b)) / (1 - m) = exp(-a) b (1 - exp(-(b - a))) / (b - a) has the limit for m = 1. There the
    `where` takes either order: both have the same derivatives.
    """
    slow_rise = jnp.asarray(tau_rise > tau_decay)
    longer, shorter = jnp.where(slow_rise, tau_rise, tau_decay), jnp.where(slow_rise, tau_decay, tau_rise)
    a, b = elapsed(t, longer), elapsed(t, shorter)
    m = shorter * (a / t)
    least = float(jnp.finfo(m.dtype).tiny) ** (1 / 3)  # m ln m is 0 there, which has no slope at m = 0
    u = -jnp.log(jnp.where(m > least, m, least))
    apart = m < 0.5
    far = -expm1(a - b) / (1.0 - jnp.where(apart, m, 0.0))
    near = b / x_over_expm1(a - b)
    return exp(x_over_expm1(u) - a) * jnp.where(apart, far, near)


def _series(a: jax.Array, b: jax.Array) -> jax.Array:
    """sum (-1)^n h_n / (n + 2)!, h_n being the sum of all products a^i b^(n - i)."""
    power = products = jnp.ones_like(a * b)
    total = 0.5 * products
    for n in range(1, _SERIES_TERMS):
        power = power * -b
        products = products * -a + power
        total = total + products / float(math.factorial(n + 2))  # as an integer it is too large for 32 bits
    return total
