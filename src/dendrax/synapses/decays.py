"""The closed form of two exponential decays in a row, which rise and fall of a synapse are made of."""

import jax
import jax.numpy as jnp

from dendrax.mechanisms.exponentials import exp
from dendrax.mechanisms.gates import x_over_expm1
from dendrax.mechanisms.value import Value


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
