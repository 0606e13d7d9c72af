"""An optimiser for each kind of parameter: conductances and radii do not want the same learning rate."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from dendrax import arguments
from dendrax.errors import ModelTypeError, UnknownNameError

Params = Sequence[Mapping[str, Any]]


class TypeOptimizer:
    """One optimiser for each entry of a list of parameters, its setting chosen by the parameter's name.

    Args:
        optimizer: Makes an optax optimiser from a setting, for example `optax.adam` from a learning rate.
        optimizer_args: The setting for each name.
        opt_params: Parameters as `get_parameters()` or `ParamTransform.inverse` return them.

    Raises:
        ModelTypeError: An entry of `opt_params` is not a dict of one name.
        UnknownNameError: A name has no setting.

    Example:
        >>> import jax.numpy as jnp, optax
        >>> params = [{"HH_gNa": jnp.array([0.1])}, {"radius": jnp.array([1.0])}]
        >>> optimizer = TypeOptimizer(optax.sgd, {"HH_gNa": 0.01, "radius": 1.0}, params)
        >>> state = optimizer.init(params)
        >>> updates, state = optimizer.update(params, state)
        >>> [round(float(value[0]), 6) for one in updates for value in one.values()]
        [-0.001, -1.0]
    """

    def __init__(self, optimizer: Callable[[Any], Any], optimizer_args: Mapping[str, Any], opt_params: Params) -> None:
        right = (callable(optimizer), isinstance(optimizer_args, Mapping), isinstance(opt_params, (list, tuple)))
        if not all(right):
            raise ModelTypeError(
                "TypeOptimizer: pass what makes an optimiser (`optax.adam`), a dict from names to its argument, and "
                "the list of parameters."
            )
        names = [_only_name(one) for one in opt_params]
        missing = sorted(set(names) - set(optimizer_args))
        if missing:
            raise UnknownNameError(f"TypeOptimizer: optimizer_args hold no setting for {missing}.")
        self.optimizers = [optimizer(optimizer_args[name]) for name in names]
        if any(not hasattr(one, "init") or not hasattr(one, "update") for one in self.optimizers):
            raise ModelTypeError("TypeOptimizer: `optimizer` must make optax optimisers, which have init and update.")

    def init(self, opt_params: Params) -> list[Any]:
        """The state of every optimiser."""
        return [one.init(params) for one, params in zip(self.optimizers, opt_params, strict=True)]

    def update(self, gradient: Params, opt_state: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Updates for `optax.apply_updates`, and the states after them."""
        pairs = [
            one.update(slope, state) for one, slope, state in zip(self.optimizers, gradient, opt_state, strict=True)
        ]
        return [updates for updates, _ in pairs], [state for _, state in pairs]


def l2_norm(x: Any) -> Float[Array, ""]:
    """Euclidean norm of all numbers in a pytree, such as a gradient.

    Example:
        >>> float(l2_norm([{"a": 3.0}, {"b": 4.0}]))
        5.0
    """
    leaves = jax.tree.leaves(x)
    numbers = (leaf if isinstance(leaf, jax.Array) else arguments.reals("l2_norm: x", leaf) for leaf in leaves)
    squares = (jnp.sum(jnp.square(one)).astype(jnp.result_type(float)) for one in numbers)
    return jnp.sqrt(sum(squares, jnp.zeros(())))


def _only_name(one: Any) -> str:
    if not isinstance(one, Mapping) or len(one) != 1:
        raise ModelTypeError(f"TypeOptimizer: every entry of the parameters must be a dict of one name, not {one!r}.")
    return next(iter(one))
