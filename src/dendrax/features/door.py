"""What a feature is refused for, before anything is traced; what is traced already is taken as it is."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError, ValueShapeError
from dendrax.features.traces import Trace, slack_of

POSITIVE = ("dt", "softness", "gamma", "tau")
MAY_BE_INFINITE = ("start", "stop", "end")
WINDOWS = (("start", "stop"), ("onset", "offset"))


def checked(where: str, v: Any, dt: Any, least: int = 1, **numbers: Any) -> tuple[Any, ...]:
    """A trace, its time step and other numbers of a feature, in this order; the windows among them are in the trace.

    Args:
        where: Name of the feature.
        v: The trace. (..., time)
        dt: Its time step [ms].
        least: How many samples it must have.
        **numbers: Numbers by name; their names say whether they must be positive or may be infinite.
    """
    trace = array(f"{where}: the trace", v)
    if trace.ndim < 1 or trace.shape[-1] < least:
        raise ValueShapeError(
            f"{where}: the trace has shape {trace.shape}. Pass (..., time) with at least {least} samples."
        )
    found = dict(zip(("dt", *numbers), checked_numbers(where, dt=dt, **numbers), strict=True))
    for begin, end in WINDOWS:
        if begin in found and end in found:
            check_window(where, trace, found["dt"], found[begin], found[end])
    return trace, *found.values()


def check_window(where: str, v: Trace, dt: Any, start: Any, stop: Any) -> None:
    """Refuse a window that leaves the trace or contains no sample; an infinite stop is the end of the trace."""
    if any(isinstance(one, Tracer) for one in (dt, start, stop)):
        return
    n, dt = v.shape[-1], float(dt)
    slack, first, last = slack_of(n), float(start) / dt, float(stop) / dt
    window = f"the window from {float(start):g} to {float(stop):g} ms"
    trace = f"the trace, which has {n} samples from 0 to {(n - 1) * dt:g} ms"
    if -np.inf < first <= slack - 1 or n + slack < last < np.inf:
        raise ModelValueError(f"{where}: {window} leaves {trace}. Move the window, or make the simulation longer.")
    if np.ceil(max(first, 0.0) - slack) >= min(np.ceil(last - slack), n):
        raise ModelValueError(f"{where}: {window} holds no sample of {trace}. Widen the window.")


def checked_numbers(where: str, **numbers: Any) -> list[Any]:
    """Numbers as floats, traced ones as they are; see `checked`."""
    found = {name: _number(f"{where}: {name}", name, value) for name, value in numbers.items()}
    for begin, end in WINDOWS:
        known = [found[name] for name in (begin, end) if not isinstance(found.get(name), (Tracer, type(None)))]
        if len(known) == 2 and not known[0] < known[1]:
            raise ModelValueError(f"{where}: {begin} = {known[0]} ms is not before {end} = {known[1]} ms.")
    return list(found.values())


def _number(what: str, name: str, value: Any) -> Any:
    if isinstance(value, Tracer):
        return value
    if name in MAY_BE_INFINITE and isinstance(value, float) and np.isinf(value):
        return value
    return arguments.positive(what, value) if name in POSITIVE else arguments.real(what, value)


def array(what: str, values: Any) -> Array:
    """An array of floats, of the precision that it comes in."""
    if not isinstance(values, jax.Array) and not (isinstance(values, np.ndarray) and values.dtype.kind in "biufc"):
        values = arguments.reals(what, values)
    if jnp.iscomplexobj(values):
        raise ModelTypeError(f"{what} must hold real numbers, not complex ones.")
    made = jnp.asarray(values)
    return made if jnp.issubdtype(made.dtype, jnp.floating) else made.astype(float)


def checked_train(where: str, spikes: Any) -> tuple[Array, Array]:
    """Times of spikes and their mask."""
    if not isinstance(spikes, tuple) or len(spikes) != 2:
        raise ModelTypeError(
            f"{where}: pass what `spike_times` returned, or SpikeTimes(times, mask), not {type(spikes).__name__}."
        )
    times, mask = array(f"{where}: times", spikes[0]), checked_mask(where, spikes[1])
    if times.ndim < 1 or times.shape != mask.shape:
        raise ValueShapeError(f"{where}: times of shape {times.shape} need a mask of the same, not {mask.shape}.")
    return times, mask


def checked_mask(where: str, mask: Any) -> Array:
    """An array of booleans."""
    if not isinstance(mask, (jax.Array, np.ndarray)) or mask.dtype != bool:
        raise ModelTypeError(f"{where}: the mask must be an array of booleans.")
    return jnp.asarray(mask)
