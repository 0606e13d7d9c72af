"""Transforms onto intervals and half lines: what keeps a parameter within its bounds."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array

from dendrax import arguments
from dendrax.errors import ModelValueError
from dendrax.optimize.transforms.base import Transform, Values, concrete, floating

# The logistic distribution with the variance of the standard normal has scale sqrt(3) / pi.
LOGISTIC_SCALE = float(np.pi / np.sqrt(3.0))


class SigmoidTransform(Transform):
    """The real line onto (lower, upper): lower + (upper - lower) / (1 + exp(-x)).

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.optimize.transforms import SigmoidTransform
        >>> float(SigmoidTransform(0.0, 10.0).forward(jnp.array(0.0)))
        5.0

    Args:
        lower: Lower bound, in the parameter's unit.
        upper: Upper bound, in the parameter's unit.

    Raises:
        ModelValueError: A lower bound is not below its upper bound.
    """

    lower: Values
    width: Values

    def __init__(self, lower: ArrayLike, upper: ArrayLike) -> None:
        _check_bounds(type(self).__name__, lower, upper)
        self.lower = floating(lower)
        self.width = floating(upper) - self.lower

    def forward(self, x: ArrayLike) -> Array:
        """lower + (upper - lower) sigmoid(x)."""
        return self.lower + self.width * jax.nn.sigmoid(x)

    def inverse(self, y: ArrayLike) -> Array:
        """The logit of (y - lower) / (upper - lower); infinite at the bounds, NaN outside."""
        share = (y - self.lower) / self.width
        return jnp.log(share) - jnp.log1p(-share)


class LogisticTransform(SigmoidTransform):
    """The sigmoid transform with its input scaled by pi / sqrt(3).

    Its slope is then that of the distribution function of a logistic variable of unit variance, so that standard
    normal inputs spread over the whole interval.
    """

    def forward(self, x: ArrayLike) -> Array:
        """lower + (upper - lower) sigmoid(x pi / sqrt(3))."""
        return super().forward(LOGISTIC_SCALE * jnp.asarray(x))

    def inverse(self, y: ArrayLike) -> Array:
        """The sigmoid transform's inverse over pi / sqrt(3)."""
        return super().inverse(y) / LOGISTIC_SCALE


class SoftplusTransform(Transform):
    """The real line onto (lower, inf): lower + log(1 + exp(x)).

    Args:
        lower: Lower bound, in the parameter's unit.
        threshold: Kept for programs written for Jaxley, where larger inputs pass unchanged. The formula used here is
            exact and finite everywhere, so there is nothing to switch.
    """

    lower: Values
    threshold: float = eqx.field(static=True)

    def __init__(self, lower: ArrayLike, threshold: float = 20.0) -> None:
        self.lower = floating(lower)
        self.threshold = threshold

    def forward(self, x: ArrayLike) -> Array:
        """lower + log(1 + exp(x))."""
        return self.lower + jax.nn.softplus(x)

    def inverse(self, y: ArrayLike) -> Array:
        """log(exp(y - lower) - 1), written so that it neither overflows nor cancels."""
        above = jnp.asarray(y - self.lower)
        return above + jnp.log(-jnp.expm1(-above))


class NegSoftplusTransform(Transform):
    """The real line onto (-inf, upper): upper - log(1 + exp(-x)), rising with x.

    Args:
        upper: Upper bound, in the parameter's unit.
    """

    upper: Values

    def __init__(self, upper: ArrayLike) -> None:
        self.upper = floating(upper)

    def forward(self, x: ArrayLike) -> Array:
        """upper - log(1 + exp(-x))."""
        return self.upper - jax.nn.softplus(-jnp.asarray(x))

    def inverse(self, y: ArrayLike) -> Array:
        """-log(exp(upper - y) - 1)."""
        below = jnp.asarray(self.upper - y)
        return -(below + jnp.log(-jnp.expm1(-below)))


def _check_bounds(name: str, lower: ArrayLike, upper: ArrayLike) -> None:
    """Refuse bounds that enclose nothing."""
    if not (concrete(lower) and concrete(upper)):
        return
    low, high = (arguments.reals(f"{name}: a bound", one) for one in (lower, upper))
    try:
        inside = low < high
    except ValueError:
        raise ModelValueError(
            f"{name}: lower has shape {low.shape} and upper {high.shape}. Give one number, or one for each parameter."
        ) from None
    if not np.all(inside):
        raise ModelValueError(f"{name}: lower = {lower} is not below upper = {upper}. Give bounds with lower < upper.")
