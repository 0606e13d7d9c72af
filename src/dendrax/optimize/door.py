"""What is checked before the first step of a fit, and the parameters in the form that it works on."""

from __future__ import annotations

import inspect
import reprlib
from collections.abc import Callable, Collection
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from dendrax.errors import (
    MissingExtraError,
    ModelStateError,
    ModelTypeError,
    ModelValueError,
    UnknownNameError,
    ValueShapeError,
)
from dendrax.optimize import leaves
from dendrax.optimize.transforms import ParamTransform, Transform
from dendrax.settings import check_not_forked


class PreparedFit(NamedTuple):
    """Parameters that an optimiser can move."""

    unbounded: Any  # their arrays on the unbounded side
    forward: Callable[[Any], Any]  # from there to the parameters that the loss takes
    transform: Any = None  # normalised; None if there are no bounds


def prepared(params: Any, transform: Any, many: bool = False) -> PreparedFit:
    """Check the parameters and go over to the unbounded side."""
    check_not_forked()
    root = "starts" if many else "params"
    trained, fixed = _split(params, root)
    if transform is None:
        return PreparedFit(trained, lambda unbounded: eqx.combine(unbounded, fixed))
    transform = _normal_form(transform, trained)
    one = jax.tree.map(lambda leaf: leaf[0], trained) if many else trained
    _check_shapes(transform, one)
    inverse = jax.vmap(transform.inverse) if many else transform.inverse
    unbounded = leaves.strong(inverse(trained))
    _check_bounds(transform, trained, unbounded, many)
    unbounded = jax.tree.map(lambda x, given: x.astype(given.dtype), unbounded, trained)
    return PreparedFit(unbounded, lambda unbounded: eqx.combine(transform.forward(unbounded), fixed), transform)


def _split(params: Any, root: str) -> tuple[Any, Any]:
    """The arrays that are fitted, and the rest."""
    numbers, fixed = eqx.partition(params, is_number)
    if not jax.tree.leaves(numbers):
        raise ModelStateError(
            "fit: there is nothing to fit: `params` hold no numbers. Call `module.make_trainable(...)` and pass "
            "`module.get_parameters()`."
        )
    for name, leaf in zip(leaves.names_of(numbers, root), jax.tree.leaves(numbers), strict=True):
        if not jnp.issubdtype(jnp.result_type(leaf), jnp.floating):
            raise ModelTypeError(
                f"fit: {name} is of type {jnp.result_type(leaf)}, which has no gradient. Pass floats (1.0, not 1); "
                f"close over what is not to be fitted."
            )
        if np.size(leaf) == 0:
            raise ValueShapeError(f"fit: {name} is an empty array, of shape {np.shape(leaf)}.")
    trained = leaves.strong(numbers)
    if found := leaves.find(trained, lambda leaf: ~np.isfinite(leaf)):
        where, value = _entry(trained, root, *found)
        raise ModelValueError(f"fit: {where} is {value:.6g}. Begin with finite parameters.")
    return trained, fixed


def is_number(leaf: Any) -> bool:
    """Whether a leaf of the parameters is a number or an array, and no function or the like."""
    return isinstance(leaf, (jax.Array, np.ndarray, np.generic, float, int, complex)) and not isinstance(leaf, bool)


def _entry(tree: Any, root: str, number: int, flat: int) -> tuple[str, Any]:
    """Name and value of one entry of one leaf."""
    leaf = jax.tree.leaves(tree)[number]
    return leaves.entry_name(leaves.names_of(tree, root)[number], leaf, flat), np.ravel(np.asarray(leaf))[flat]


def _normal_form(transform: Any, trained: Any) -> Any:
    """Something with `forward` and `inverse` of all parameters."""
    if isinstance(transform, Transform):
        return ParamTransform(jax.tree.map(lambda _: transform, trained))
    if isinstance(transform, (list, tuple, dict)):
        return ParamTransform(transform)
    if not (callable(getattr(transform, "forward", None)) and callable(getattr(transform, "inverse", None))):
        raise ModelTypeError(
            f"fit: `transform` must be a ParamTransform, or something else with `forward` and `inverse`, not a "
            f"{type(transform).__name__}."
        )
    return transform


def _check_shapes(transform: Any, trained: Any) -> None:
    """Refuse transforms that do not fit, or give something of another shape."""
    if isinstance(transform, ParamTransform):
        transform.check_structure(trained)
        ours = jax.tree.leaves(transform.tf_dict, is_leaf=lambda node: isinstance(node, Transform))
        pairs = zip(leaves.names_of(trained), jax.tree.leaves(trained), ours, strict=True)
    else:
        pairs = [("params", trained, transform)]
    for name, value, one in pairs:
        shapes = jax.tree.map(np.shape, value)
        try:
            after = [
                jax.tree.map(lambda leaf: leaf.shape, jax.eval_shape(verb, value))
                for verb in (one.forward, one.inverse)
            ]
        except (TypeError, ValueError) as error:
            raise ValueShapeError(
                f"fit: the transform of {name}, which has shape {shapes}, cannot be applied to it: {error}"
            ) from error
        wrong = [shape for shape in after if shape != shapes]
        if wrong:
            raise ValueShapeError(
                f"fit: {name} has shape {shapes}, but its transform makes {wrong[0]} of it. Give one bound for all of "
                f"its entries, or one for each."
            )


def _check_bounds(transform: Any, trained: Any, unbounded: Any, many: bool) -> None:
    """Refuse parameters that are not inside of their bounds."""
    found = leaves.find(unbounded, lambda leaf: ~np.isfinite(leaf))
    if not found:
        return
    root = "starts" if many else "params"
    where, value = _entry(trained, root, *found)
    # All our transforms rise, so that their limits are where the ends of the real line go.
    ends = [jax.tree.map(lambda leaf, end=end: jnp.full_like(leaf, end), trained) for end in (-np.inf, np.inf)]
    forward = jax.vmap(transform.forward) if many else transform.forward
    bounds = sorted(float(_entry(leaves.strong(forward(end)), root, *found)[1]) for end in ends)
    known = f" ({bounds[0]:.6g}, {bounds[1]:.6g})" if not np.isnan(bounds).any() else ""
    raise ModelValueError(
        f"fit: {where} is {value:.6g}, which is not inside of its bounds{known}. Begin inside of them, or widen them "
        f"in the transform; on a bound the gradient is zero, and the fit would stay there."
    )


def checked_loss(loss: Any, prepared: PreparedFit, batch: tuple[Any, ...], many: bool) -> tuple[bool, Any]:
    """Whether the loss returns more than its value, and the type of its value."""
    if not callable(loss):
        raise ModelTypeError(f"fit: pass a function first, the loss, not a {type(loss).__name__}.")
    _check_takes(loss, 1 + len(batch))
    one = jax.tree.map(lambda leaf: leaf[0], prepared.unbounded) if many else prepared.unbounded
    value: Any = jax.eval_shape(lambda unbounded, *batch: loss(prepared.forward(unbounded), *batch), one, *batch)
    has_aux = isinstance(value, tuple) and len(value) == 2
    value = value[0] if has_aux else value
    if not hasattr(value, "shape"):
        raise ModelTypeError(
            f"fit: the loss returns a {type(value).__name__}; it must return a number, or a pair of a number and "
            f"anything else."
        )
    if value.shape != ():
        raise ValueShapeError(
            f"fit: the loss must return one number, but returns an array of shape {value.shape}. Take its mean or sum."
        )
    if not jnp.issubdtype(value.dtype, jnp.floating):
        raise ModelTypeError(
            f"fit: the loss returns a value of type {value.dtype}, which has no gradient. Counts of spikes and the "
            f"like must be smooth; see `dendrax.features`."
        )
    return has_aux, value.dtype


def _check_takes(loss: Callable[..., Any], n: int) -> None:
    """Refuse a loss that does not take the parameters, or the parameters and a batch."""
    try:
        inspect.signature(loss).bind(*range(n))
    except TypeError:
        takes = "the parameters" if n == 1 else "the parameters and a batch, since there are `data`"
        raise ModelTypeError(f"fit: the loss must take {takes}; it is called with {n} argument(s).") from None
    except ValueError:  # a function that does not tell
        return


def check_flags(where: str, **flags: Any) -> None:
    """Refuse what is neither true nor false."""
    for name, value in flags.items():
        if not isinstance(value, (bool, np.bool_)):
            raise ModelTypeError(f"{where}: {name} must be True or False, but is {reprlib.repr(value)}.")


def check_name(where: str, value: Any, names: Collection[str]) -> None:
    """Refuse what is none of some names."""
    if not isinstance(value, str) or value not in names:
        raise UnknownNameError(f"{where}={reprlib.repr(value)}: there are {', '.join(map(repr, names))}.")


def optional_package(package: str, needed_for: str) -> ModuleType:
    """A package that may not be installed, imported when it is used."""
    try:
        return import_module(package)
    except ModuleNotFoundError as missing:
        if missing.name != package.partition(".")[0]:
            raise
        raise MissingExtraError(
            f"{needed_for} needs the package {missing.name!r}, which is not installed. Install it with "
            f"`pip install 'dendrax[train]'` or `pip install {missing.name}`."
        ) from None
