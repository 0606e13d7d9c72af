"""Means and quotients where there may be nothing to take them of: finite, with finite gradients."""

import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float


def quotient(numerator: ArrayLike, denominator: ArrayLike, empty: ArrayLike = 0.0) -> Array:
    """numerator / denominator; `empty`, and no gradient, where the denominator is 0."""
    # `where` alone would let the NaN of 0 * inf through, so the division itself is kept from ever being one by 0.
    fine = jnp.asarray(denominator) != 0
    return jnp.where(fine, jnp.asarray(numerator) / jnp.where(fine, denominator, 1.0), empty)


def root(square: ArrayLike) -> Array:
    """Square root whose slope at 0 is 0 instead of infinite."""
    positive = jnp.asarray(square) > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, square, 1.0)), 0.0)


def masked_mean(
    values: Float[Array | np.ndarray, "*batch n"], mask: Bool[Array | np.ndarray, "... n"], empty: ArrayLike = 0.0
) -> Float[Array, "*batch"]:
    """Mean of the values where the mask is true.

    Args:
        values: Any quantity, for example of each spike. (..., n)
        mask: Which of them there are. (..., n)
        empty: What the mean of none is.

    Returns:
        The mean, in the unit of the values. (...)

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import masked_mean
        >>> float(masked_mean(jnp.array([1.0, 3.0, 9.0]), jnp.array([True, True, False])))
        2.0
    """
    return quotient(jnp.where(mask, values, 0.0).sum(-1), jnp.asarray(mask).sum(-1), empty)
