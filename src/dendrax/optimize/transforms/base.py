"""What a transform is, and what its bounds, scales and shifts have to be."""

import abc
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError

Values = Float[Array, "..."]


class Transform(eqx.Module):
    """An invertible map. Calling it is `forward`."""

    @abc.abstractmethod
    def forward(self, x: ArrayLike) -> Array:
        """From the unbounded side to the model."""

    @abc.abstractmethod
    def inverse(self, y: ArrayLike) -> Array:
        """From the model to the unbounded side."""

    def __call__(self, x: ArrayLike) -> Array:
        """The same as `forward`."""
        return self.forward(x)


def is_transform(node: Any) -> bool:
    """Whether it is one; where a tree of transforms ends."""
    return isinstance(node, Transform)


def check_transform(where: str, thing: Any) -> None:
    """Refuse what is no transform."""
    if not isinstance(thing, Transform):
        raise ModelTypeError(
            f"{where}: expected a transform, such as `SigmoidTransform(0.0, 1.0)`, got {type(thing).__name__}."
        )


def floating(value: ArrayLike) -> Array:
    """An array of the default floating type, unless it is of a floating type already."""
    if not isinstance(value, jax.Array):
        value = arguments.reals("A bound, scale or shift of a transform", value)
    if concrete(value) and not np.isfinite(np.asarray(value)).all():
        raise ModelValueError(f"A bound, scale or shift of a transform must be finite, but is {value}.")
    array = jnp.asarray(value)
    return array if jnp.issubdtype(array.dtype, jnp.floating) else array.astype(float)


def concrete(value: ArrayLike) -> bool:
    """Whether a value is known now, outside of any tracing."""
    return not isinstance(value, Tracer)
