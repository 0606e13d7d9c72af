"""What a transform is, what its bounds, scales and shifts have to be, and a tree of them for all parameters."""

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
        """Refuse parameters that are not arranged as the transforms are.

        Raises:
            ModelValueError: The parameters do not have the structure of the transforms.
        """
        theirs = jax.tree.structure(params)
        ours = jax.tree.structure(self.tf_dict, is_leaf=is_transform)
        if ours != theirs:
            message = (
                f"ParamTransform: the transforms are arranged as {ours}, the parameters as {theirs}. Give one "
                "transform for each entry of module.get_parameters(), in the same order and under the same names."
            )
            raise ModelValueError(message)

    def _map(self, verb: str, params: Any) -> Any:
        """Apply one verb of every transform to its parameter."""
        self.check_structure(params)
        return jax.tree.map(
            lambda transform, x: getattr(transform, verb)(x), self.tf_dict, params, is_leaf=is_transform
        )
