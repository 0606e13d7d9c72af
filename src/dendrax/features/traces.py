"""Traces and windows of time: what every feature is computed of."""

from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float

Trace = Float[Array | np.ndarray, "*batch time"]
Time = float | int | Array | np.ndarray
Result = TypeVar("Result")


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
