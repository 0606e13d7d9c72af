"""What is done to a gradient before the optimiser sees it. Needs optax; `fit` imports it when it is called."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import optax

from dendrax import arguments
from dendrax.errors import ModelValueError, UnknownNameError
from dendrax.optimize.by_type import TypeOptimizer, l2_norm
from dendrax.optimize.door import check_name

NORMS = ("global", "parameter")
BY_NAME = ("adam", "adamw", "adabelief", "nadam", "rmsprop", "sgd", "lion", "adagrad", "lbfgs", "full_matrix_adam")


def scale_by_norm(by: str = "global", power: float = 1.0) -> optax.GradientTransformation:
    """Divide a gradient by its length to some power: g / |g|^power.

    Gradients of simulated voltages change by orders of magnitude from one spike to the next. With a power near 1 the
    steps have about the same length all the same; 0.8 to 0.9 is what fits of biophysical models use.

    Args:
        by: "global" for the length over all parameters, "parameter" for that of each array of them.
        power: 0 changes nothing, with 1 all gradients have length 1.

    Returns:
        An optax transformation, for `optax.chain`.

    Raises:
        UnknownNameError: No such norm.
        ModelValueError: A power that is negative.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.optimize.gradients import scale_by_norm
        >>> gradient = [{"radius": jnp.array([3.0])}, {"HH_gNa": jnp.array([4.0])}]
        >>> scaled, _ = scale_by_norm("global").update(gradient, scale_by_norm("global").init(gradient))
        >>> [round(float(value[0]), 6) for one in scaled for value in one.values()]
        [0.6, 0.8]

    References:
        Deistler et al. (2025), Jaxley (normalised gradients for biophysical models);
        Hazan, Levy, Shalev-Shwartz (2015), NeurIPS (convergence with power 1).
    """
    check_name("normalize", by, NORMS)
    if arguments.real("normalize: power", power) < 0:
        raise ModelValueError(f"normalize: the power is {power}; pass one from 0 to 1.")

    def init(params: optax.Params) -> optax.EmptyState:
        del params
        return optax.EmptyState()

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        del params
        whole = l2_norm(updates)

        def scale(leaf: Any) -> Any:
            norm = whole if by == "global" else jnp.linalg.norm(jnp.ravel(leaf))
            return leaf / jnp.maximum(norm, jnp.finfo(leaf.dtype).tiny) ** power

        return jax.tree.map(scale, updates), state

    return optax.GradientTransformation(init, update)


def chosen_optimizer(
    optimizer: Any, learning_rate: Any, normalize: Any, clip: float | None
) -> optax.GradientTransformationExtraArgs:
    """Normalising, clipping and an optimiser as one."""
    parts: list[Any] = []
    if normalize is not None:
        by: Any = (normalize,) if isinstance(normalize, str) else normalize
        if not isinstance(by, tuple) or not 1 <= len(by) <= 2:
            raise UnknownNameError(
                f"normalize={normalize!r}: pass 'global', 'parameter', or one of them with a power: ('global', 0.8)."
            )
        parts.append(scale_by_norm(*by))
    if clip is not None:
        parts.append(optax.clip_by_global_norm(arguments.positive("fit: clip", clip)))
    chosen = _optimizer(optimizer, learning_rate)
    return optax.with_extra_args_support(optax.chain(*parts, chosen) if parts else chosen)


def _optimizer(optimizer: Any, learning_rate: Any) -> Any:
    if optimizer is None or isinstance(optimizer, str):
        return _by_name(optimizer or "adam", learning_rate)
    if learning_rate is not None:
        raise ModelValueError(
            "fit: learning_rate goes with the name of an optimiser. Give it to the optimiser itself: optax.adam(0.01)."
        )
    if isinstance(optimizer, TypeOptimizer):
        by_type: Any = optimizer
        two: Any = lambda updates, state, _=None: by_type.update(updates, state)  # noqa: E731
        return optax.GradientTransformation(by_type.init, two)
    if not (callable(getattr(optimizer, "init", None)) and callable(getattr(optimizer, "update", None))):
        raise ModelValueError(
            f"fit: optimizer={optimizer!r} is not an optimiser. Pass one of optax, such as `optax.adam(0.01)`, a "
            f"`TypeOptimizer`, or a name: {', '.join(BY_NAME)}."
        )
    return optimizer


def _by_name(name: str, learning_rate: Any) -> Any:
    check_name("fit: optimizer", name, BY_NAME)
    if learning_rate is None:
        learning_rate = None if name == "lbfgs" else 0.01  # that one searches along its direction
    elif callable(learning_rate):  # a schedule
        arguments.real("fit: what the schedule learning_rate gives at step 0", learning_rate(0))
    else:
        learning_rate = arguments.positive("fit: learning_rate", learning_rate)
    if name == "full_matrix_adam":
        from dendrax.optimize.full_matrix import full_matrix_adam  # noqa: PLC0415 - few need it

        return full_matrix_adam(arguments.positive("fit: learning_rate of full_matrix_adam", learning_rate))
    return getattr(optax, name)(learning_rate)
