"""Traces and windows of time: what every feature is computed of."""

from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError, ValueShapeError

Trace = Float[Array | np.ndarray, "*batch time"]
Time = float | int | Array | np.ndarray
Result = TypeVar("Result")


def checked(where: str, v: ArrayLike, dt: ArrayLike, least: int = 3, **window: ArrayLike) -> Array:
    """A trace as an array of floats, with its time step and windows looked at as far as they are known.

    Raises:
        ModelTypeError: The trace or a time is no number.
        ValueShapeError: The trace has fewer than `least` samples.
        ModelValueError: The time step is not positive, or a window is empty.
    """
    if not isinstance(dt, Tracer):
        arguments.positive(f"{where}: dt", dt)
    known = {name: float(np.asarray(time)) for name, time in window.items() if not isinstance(time, Tracer)}
    names = list(window)
    if len(known) == 2 and not known[names[0]] < known[names[1]]:
        raise ModelValueError(
            f"{where}: {names[0]} = {known[names[0]]} ms is not before {names[1]} = {known[names[1]]} ms."
        )
    if not isinstance(v, jax.Array) and not (isinstance(v, np.ndarray) and v.dtype.kind in "biufc"):
        v = arguments.reals(f"{where}: the trace", v)
    if jnp.iscomplexobj(v):
        raise ModelTypeError(f"{where}: the trace must hold real numbers [mV], not complex ones.")
    if jnp.ndim(v) < 1 or jnp.shape(v)[-1] < least:
        raise ValueShapeError(
            f"{where}: the trace has shape {jnp.shape(v)}. Pass (..., time) with at least {least} samples."
        )
    v = jnp.asarray(v)
    return v if jnp.issubdtype(v.dtype, jnp.floating) else v.astype(float)


def each(function: Callable[[Array], Result], v: Array) -> Result:
    """A function of one trace (time,) for all of (..., time)."""
    flat = jax.vmap(function)(v.reshape(-1, v.shape[-1]))
    return jax.tree.map(lambda one: one.reshape(*v.shape[:-1], *one.shape[1:]), flat)


def inside(n: int, dt: ArrayLike, start: ArrayLike, stop: ArrayLike) -> Bool[Array, " time"]:
    """Which of `n` samples, the first at 0 ms, are in [start, stop); both may be traced.

    A thousandth of a step is granted to the rounding of decimal times.
    """
    time = jnp.arange(n) + 1e-3
    return (time >= jnp.asarray(start) / dt) & (time < jnp.asarray(stop) / dt)
