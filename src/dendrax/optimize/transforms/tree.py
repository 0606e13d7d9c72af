"""A transform for each parameter of a model, in the structure of these."""

from typing import Any

import equinox as eqx
import jax

from dendrax.errors import ModelValueError
from dendrax.optimize.transforms.base import check_transform, is_transform


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
