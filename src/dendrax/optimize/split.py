"""A loss whose batches are split over devices: each evaluates it on its part of the rows, and the mean is the loss.

The parts do not speak to each other while they are simulated. What is differentiated is the mean of their losses, so
that JAX adds up the gradients of the parameters, which all devices have.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from dendrax.errors import ModelTypeError, ModelValueError, ValueShapeError
from dendrax.optimize.leaves import names_of, rows_of
from dendrax.running.devices import DeviceGroup

Loss = Callable[..., Any]


def split_over(
    devices: int | Sequence[Any], loss: Loss, has_aux: bool, params: Any, batch: tuple[Any, ...], most: int | None
) -> Loss:
    """A loss that is a mean over rows, as the mean of what it is of the parts of a batch, one on each device.

    A batch that does not come out even, such as the last one of a loader, every device evaluates whole.

    Nothing is said about how many simulations go side by side (`memory.side_by_side`): rows need not be simulations.
    """
    group = DeviceGroup(devices)
    n = len(group.devices)
    _check_even(n, batch, most)
    by_row = _by_row(n, loss, params, batch[0]) if has_aux else None

    def of_part(params: Any, part: Any) -> tuple[Float[Array, " 1"], Any]:
        value = loss(params, part)
        value, aux = value if has_aux else (value, None)
        parts = jax.tree.map(lambda per_row, leaf: leaf if per_row else jnp.asarray(leaf)[None], by_row, aux)
        return jnp.asarray(value)[None], parts

    def joined(per_row: bool, leaf: Array) -> Array:
        return leaf if per_row else leaf[0] if n == 1 else leaf.mean(0)

    @functools.wraps(loss)
    def split(params: Any, batch: Any) -> Any:
        if (rows_of(batch) or 1) % n:
            return loss(params, batch)
        values, parts = group.split(of_part)(params, batch)
        value = values.mean()
        return (value, jax.tree.map(joined, by_row, parts)) if has_aux else value

    return split


def _check_even(n: int, batch: tuple[Any, ...], most: int | None) -> None:
    """Refuse what so many devices cannot share."""
    if not batch:
        raise ModelValueError(
            "fit: `devices` share the rows of batches, but there are no `data`. Leave `devices` out; to have several "
            "fits side by side on all devices, see `fit_many`."
        )
    rows = rows_of(batch[0])
    if rows is None:
        raise ValueShapeError(
            f"fit: `devices` share the rows of a batch, but not all of its arrays have the same number of them; their "
            f"shapes are {[np.shape(leaf) for leaf in jax.tree.leaves(batch)]}."
        )
    if rows % n:
        below = rows // n * n
        could = [size for size in (below, below + n) if size and (most is None or size <= most)]
        if most is not None and not could:
            hint = f"There are {most} rows: use fewer devices."
        else:
            sizes = " or ".join(map(str, could))
            hint = f"Make batches of {sizes} rows." if most is None else f"Pass batch_size={sizes}."
        raise ModelValueError(f"fit: {n} devices cannot share a batch of {rows} rows evenly. {hint}")


def _by_row(n: int, loss: Loss, params: Any, batch: Any) -> Any:
    """For each array that the loss returns beside its value: whether it has an entry for each row of a batch."""
    size = (rows_of(batch) or n) // n
    part = jax.tree.map(lambda leaf: leaf[:size], batch)
    of_whole, of_part = (eqx.filter_eval_shape(loss, params, some)[1] for some in (batch, part))

    def has_rows(name: str, whole: Any, part: Any) -> bool:
        if n == 1 or (whole.shape == part.shape and jnp.issubdtype(whole.dtype, jnp.inexact)):
            return False
        if whole.ndim and part.ndim and whole.shape == (n * part.shape[0], *part.shape[1:]):
            return True
        raise ModelTypeError(
            f"fit: {name}, which the loss returns beside its value, cannot be put together from what {n} devices find "
            f"(type {whole.dtype}, shape {whole.shape} for a batch, {part.shape} for the part of a device). Return a "
            f"mean over rows, as a float, or an array with an entry for each row."
        )

    named = jax.tree.unflatten(jax.tree.structure(of_whole), names_of(of_whole, "aux"))
    return jax.tree.map(has_rows, named, of_whole, of_part)
