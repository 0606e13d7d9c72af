"""Closed forms of exponential decays in a row, which rise and fall of a synapse are made of."""

import math

import jax
import jax.numpy as jnp

from dendrax.mechanisms.exponentials import exp, floats
from dendrax.mechanisms.gates import x_over_expm1
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


def _series(a: jax.Array, b: jax.Array) -> jax.Array:
    """sum (-1)^n h_n / (n + 2)!, h_n being the sum of all products a^i b^(n - i)."""
    power = products = jnp.ones_like(a * b)
    total = 0.5 * products
    for n in range(1, _SERIES_TERMS):
        power = power * -b
        products = products * -a + power
        total = total + products / float(math.factorial(n + 2))  # as an integer it is too large for 32 bits
    return total
