"""Smooth, invertible maps between the variables of an optimiser (any real numbers) and the parameters of a model.

`forward` goes from the unbounded side to the model, `inverse` back. Transforms are pytrees: their bounds are leaves,
so that changing one compiles nothing.
"""

import abc
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError

__all__ = [
    "AffineTransform",
    "ChainTransform",
    "CustomTransform",
    "IdentityTransform",
    "LogisticTransform",
    "MaskedTransform",
    "NegSoftplusTransform",
    "ParamTransform",
    "SigmoidTransform",
    "SoftplusTransform",
    "Transform",
]

Values = Float[Array, "..."]
# The logistic distribution with the variance of the standard normal has scale sqrt(3) / pi.
LOGISTIC_SCALE = float(np.pi / np.sqrt(3.0))


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
    """Whether a node is a transform, and so a leaf of a tree of transforms."""
    return isinstance(node, Transform)


def check_transform(where: str, thing: Any) -> None:
    """Refuse anything but a transform."""
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
    """Several transforms, applied in order.

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
        transform: The transform to apply.
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


class ParamTransform(eqx.Module):
    """A tree of transforms, one for each trainable parameter.

    Example:
        >>> import jax.numpy as jnp
        >>> import dendrax as jx
        >>> from dendrax.optimize.transforms import SigmoidTransform
        >>> transform = jx.ParamTransform([{"HH_gNa": SigmoidTransform(0.0, 1.0)}])
        >>> opt_params = transform.inverse([{"HH_gNa": jnp.array([0.5])}])
        >>> float(opt_params[0]["HH_gNa"][0])
        0.0

    Attributes:
        tf_dict: Transforms in the structure of the parameters, as `module.get_parameters()` returns them: a list of
            dicts from a parameter's name to its transform.
    """

    tf_dict: Any

    def __check_init__(self) -> None:
        for one in jax.tree.leaves(self.tf_dict, is_leaf=is_transform):
            check_transform("ParamTransform", one)

    def forward(self, params: Any) -> Any:
        """From unbounded parameters to those of the model.

        Raises:
            ModelValueError: The parameters do not have the structure of the transforms.
        """
        return self._map("forward", params)

    def inverse(self, params: Any) -> Any:
        """From the parameters of the model to unbounded ones.

        Raises:
            ModelValueError: The parameters do not have the structure of the transforms.
        """
        return self._map("inverse", params)

    def check_structure(self, params: Any) -> None:
        """Refuse parameters that are not arranged as the transforms are."""
        theirs = jax.tree.structure(params)
        ours = jax.tree.structure(self.tf_dict, is_leaf=is_transform)
        if ours != theirs:
            message = (
                f"The transforms, or bounds, are arranged as {ours}, the parameters as {theirs}. Give one "
                "transform for each entry of module.get_parameters(), in the same order and under the same names."
            )
            raise ModelValueError(message)

    def _map(self, verb: str, params: Any) -> Any:
        """Apply one verb of every transform to its parameter."""
        self.check_structure(params)
        return jax.tree.map(
            lambda transform, x: getattr(transform, verb)(x), self.tf_dict, params, is_leaf=is_transform
        )


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
