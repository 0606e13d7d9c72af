"""Means and quotients where there may be nothing to take them of: finite, with finite gradients."""

from collections.abc import Callable
from functools import reduce
from operator import and_

import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float

from dendrax.errors import ValueShapeError
from dendrax.features.door import array, checked_mask, checked_numbers

One = tuple[Array, Array]
"""A value, and whether it is defined for the trace."""


def of_all(function: Callable[..., Array], *parts: One, needs: ArrayLike = True) -> One:
    """A function of values that must all be defined, where `needs` holds too."""
    defined = reduce(and_, (one for _, one in parts), jnp.asarray(needs))
    return jnp.where(defined, function(*(value for value, _ in parts)), 0.0), defined


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

    Raises:
        ModelTypeError: The values are no numbers, or the mask no booleans.
        ValueShapeError: Values and mask do not go together.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import masked_mean
        >>> float(masked_mean(jnp.array([1.0, 3.0, 9.0]), jnp.array([True, True, False])))
        2.0
    """
    values, mask = array("masked_mean: the values", values), checked_mask("masked_mean", mask)
    (empty,) = checked_numbers("masked_mean", empty=empty)
    if not (values.ndim and mask.ndim and values.shape[-1] == mask.shape[-1] and mask.ndim <= values.ndim):
        raise ValueShapeError(f"masked_mean: values of shape {values.shape} do not go with a mask of {mask.shape}.")
    return quotient(jnp.where(mask, values, 0.0).sum(-1), mask.sum(-1), empty)
