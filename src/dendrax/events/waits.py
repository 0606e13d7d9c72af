"""Random waiting times that are the same on every machine, and the number that a run needs."""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import ArrayLike

_UNLIKELY = 1e-15
"""Allowed probability that a train has more spikes than places; such a run ends with an error."""

_BITS = 32


@partial(jax.jit, static_argnames=("n", "places", "dtype"))
def unit_waits(key: Any, n: int, places: int, dtype: Any) -> Float[Array, "n places"]:
    """Exponentially distributed numbers with a mean of 1.

    Each depends only on the key, its row and its column. Numbers in float32 and float64 come from the same 32 bits, so
    that runs in both precisions have the same trains.

    Args:
        key: A key of `jax.random`.
        n: Number of rows.
        places: Number of columns.
        dtype: Their floating point type.
    """

    def bits(row: Array, column: Array) -> Array:
        return jax.random.bits(jax.random.fold_in(jax.random.fold_in(key, row), column), dtype=jnp.uint32)

    drawn = jax.vmap(lambda row: jax.vmap(lambda column: bits(row, column))(jnp.arange(places)))(jnp.arange(n))
    uniform = (drawn.astype(dtype) + 0.5) * 2.0**-_BITS  # never 0; 1 where float32 rounds it up, a wait of 0
    return -jnp.log(uniform)


def needs_key(name: str) -> str:
    """The error text for a run of the random source `name` without a key."""
    return f"The source {name!r} is random, but the run has no key. Pass one: integrate(..., key=jax.random.key(0))."


def most_of(mean: ArrayLike) -> int:
    """A number of places that the trains of Poisson processes almost never fill.

    Bennett's and Bernstein's inequality for a count N with mean m: P(N >= m + d) <= exp(-d^2 / (2 (m + d / 3))).

    Args:
        mean: Expected number of spikes of each train. (n,)

    References:
        Boucheron S, Lugosi G, Massart P (2013). Concentration Inequalities. Oxford University Press, section 2.7.
    """
    means = np.atleast_1d(np.asarray(mean, float))
    m, log = float(means.max(initial=0.0)), math.log(max(means.size, 1) / _UNLIKELY)
    return math.ceil(m + log / 3.0 + math.sqrt(log**2 / 9.0 + 2.0 * log * m)) + 1
