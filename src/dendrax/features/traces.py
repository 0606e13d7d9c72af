"""Traces and windows of time: what every feature is computed of."""

from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float, Int

Trace = Float[Array | np.ndarray, "*batch time"]
Time = float | int | Array | np.ndarray
Result = TypeVar("Result")


def each(function: Callable[[Array], Result], v: Trace) -> Result:
    """A function of one trace (time,) for all of (..., time)."""
    flat = jax.vmap(function)(jnp.asarray(v).reshape(-1, v.shape[-1]))
    return jax.tree.map(lambda one: one.reshape(*v.shape[:-1], *one.shape[1:]), flat)


def inside(n: int, dt: ArrayLike, start: ArrayLike, stop: ArrayLike, end: ArrayLike = np.inf) -> Bool[Array, " time"]:
    """Which of `n` samples, the first at 0 ms, are in [start, stop); all False if the window leaves the trace.

    All times may be traced. A window that ends at infinity ends with the trace.

    Args:
        n: How many samples there are.
        dt: Time step [ms].
        start: Where the window begins [ms].
        stop: Where it ends [ms].
        end: Samples from then on do not belong to the trace [ms].
    """
    slack, seen = slack_of(n), known(n, dt, end)
    first, last = jnp.asarray(start) / dt, jnp.asarray(stop) / dt
    reached = ((first > slack - 1) | jnp.isneginf(first)) & ((last <= seen + slack) | jnp.isposinf(last))
    time = jnp.arange(n) + slack
    return (time >= first) & (time < jnp.minimum(last, seen)) & reached


def known(n: int, dt: ArrayLike, end: ArrayLike) -> Float[Array, ""]:
    """How many of `n` samples are before a time."""
    return jnp.clip(jnp.ceil(jnp.asarray(end) / dt - slack_of(n)), 0, n)


def slack_of(n: int) -> float:
    """The share of a step that is granted to the rounding of times, of decimals and in float32, in `n` samples."""
    return min(max(1e-3, 4.0 * n * float(jnp.finfo(jnp.result_type(float)).eps)), 0.4)


def next_where(condition: Bool[Array, " time"]) -> Int[Array, " time"]:
    """For each sample the index of the first sample from there on where the condition holds, else beyond the end."""
    n = len(condition)
    return jax.lax.cummin(jnp.where(condition, jnp.arange(n), n), reverse=True)
