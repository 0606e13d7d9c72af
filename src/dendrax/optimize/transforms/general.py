"""Transforms without bounds of their own: lines, and what is made of other transforms or of functions."""

from collections.abc import Callable, Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError
from dendrax.optimize.transforms.base import Transform, Values, check_transform, concrete, floating


class IdentityTransform(Transform):
    """Leaves its argument as it is."""

    def forward(self, x: ArrayLike) -> Array:
        """x."""
        return jnp.asarray(x)

    def inverse(self, y: ArrayLike) -> Array:
        """y."""
        return jnp.asarray(y)


class AffineTransform(Transform):
    """scale * x + shift.

    Args:
        scale: Slope; not zero.
        shift: Value at 0, in the parameter's unit.

    Raises:
        ModelValueError: A scale is zero.
    """

    scale: Values
    shift: Values

    def __init__(self, scale: ArrayLike, shift: ArrayLike) -> None:
        scale = floating(scale)
        if concrete(scale) and np.any(np.asarray(scale) == 0):
            message = "AffineTransform: scale is 0, so the transform cannot be inverted. Give a scale other than 0."
            raise ModelValueError(message)
        self.scale = scale
        self.shift = floating(shift)

    def forward(self, x: ArrayLike) -> Array:
        """Scale * x + shift."""
        return self.scale * jnp.asarray(x) + self.shift

    def inverse(self, y: ArrayLike) -> Array:
        """(y - shift) / scale."""
        return (jnp.asarray(y) - self.shift) / self.scale


class ChainTransform(Transform):
    """Several transforms, the first one first.

    Args:
        transforms: At least one transform.
    """

    transforms: tuple[Transform, ...]

    def __init__(self, transforms: Sequence[Transform]) -> None:
        if not isinstance(transforms, (list, tuple)) or not transforms:
            raise ModelTypeError(f"ChainTransform: pass a list of at least one transform, not {transforms!r}.")
        for one in transforms:
            check_transform("ChainTransform", one)
        self.transforms = tuple(transforms)

    def forward(self, x: ArrayLike) -> Array:
        """All of them, from first to last."""
        result = jnp.asarray(x)
        for transform in self.transforms:
            result = transform.forward(result)
        return result

    def inverse(self, y: ArrayLike) -> Array:
        """Their inverses, from last to first."""
        result = jnp.asarray(y)
        for transform in reversed(self.transforms):
            result = transform.inverse(result)
        return result


class MaskedTransform(Transform):
    """A transform of the entries where `mask` is true; the others stay as they are.

    Args:
        mask: Boolean, of the shape of the parameter.
        transform: What to apply.
    """

    mask: Bool[Array, "..."]
    transform: Transform

    def __init__(self, mask: ArrayLike, transform: Transform) -> None:
        check_transform("MaskedTransform", transform)
        booleans = np.asarray(arguments.reals("MaskedTransform: mask", mask))
        if not np.isin(booleans, (0, 1)).all():
            raise ModelTypeError(f"MaskedTransform: the mask must hold booleans, but is {mask!r}.")
        self.mask = jnp.asarray(booleans, dtype=bool)
        self.transform = transform

    # The other entries take a harmless detour: `where` alone would let a NaN slope through (0 * NaN).
    def forward(self, x: ArrayLike) -> Array:
        """transform.forward(x) where the mask is true."""
        safe = jnp.where(self.mask, x, 0.0)
        return jnp.where(self.mask, self.transform.forward(safe), x)

    def inverse(self, y: ArrayLike) -> Array:
        """transform.inverse(y) where the mask is true."""
        safe = jnp.where(self.mask, y, self.transform.forward(jnp.zeros(jnp.shape(y))))
        return jnp.where(self.mask, self.transform.inverse(safe), y)


class CustomTransform(Transform):
    """A transform from two functions.

    Args:
        forward_fn: From the unbounded side to the model.
        inverse_fn: Its inverse.
    """

    forward_fn: Callable[[ArrayLike], Array] = eqx.field(static=True)
    inverse_fn: Callable[[ArrayLike], Array] = eqx.field(static=True)

    def __init__(self, forward_fn: Callable[[ArrayLike], Array], inverse_fn: Callable[[ArrayLike], Array]) -> None:
        for one in (forward_fn, inverse_fn):
            if not callable(one):
                raise ModelTypeError(f"CustomTransform: expected two functions, got {type(one).__name__}.")
        self.forward_fn, self.inverse_fn = forward_fn, inverse_fn

    def forward(self, x: ArrayLike) -> Array:
        """forward_fn(x)."""
        return jnp.asarray(self.forward_fn(jnp.asarray(x)))

    def inverse(self, y: ArrayLike) -> Array:
        """inverse_fn(y)."""
        return jnp.asarray(self.inverse_fn(jnp.asarray(y)))
