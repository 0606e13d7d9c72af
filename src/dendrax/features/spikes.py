"""How many spikes a trace has, and when."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float, Int

from dendrax import arguments
from dendrax.features.door import checked
from dendrax.features.masked import quotient
from dendrax.features.traces import Trace, each, inside, known, next_where

THRESHOLD = -20.0  # mV, as in eFEL
SOFTNESS = 5.0  # mV, of the smooth count
MOST = 64
"""Places for the spikes of a trace inside of jit, grad or vmap, where their number is unknown."""


class SpikeTimes(NamedTuple):
    """Times of spikes, of fixed length.

    Attributes:
        times: When the spikes are, in order, 0 behind the last one [ms]. (..., spike)
        mask: Which of these are spikes. (..., spike) bool
    """

    times: Float[Array, "*batch spike"]
    mask: Bool[Array, "*batch spike"]


def spike_count(
    v: Trace,
    dt: ArrayLike,
    *,
    threshold: ArrayLike = THRESHOLD,
    softness: ArrayLike = SOFTNESS,
    start: ArrayLike = 0.0,
    stop: ArrayLike = np.inf,
) -> Float[Array, "*batch"]:
    """Smooth number of spikes: by how much s = sigmoid((v - threshold) / softness) rises in all.

    A full spike takes s from 0 to 1 and counts 1; a depolarisation that comes near the threshold counts a part of
    that, and its slope says how to make it one. For softness -> 0 it is the number of upward crossings.

    Args:
        v: Voltage [mV]. (..., time)
        dt: Time step [ms].
        threshold: Voltage that a spike crosses [mV].
        softness: Range of voltages over which a depolarisation becomes a spike [mV].
        start: Where counting begins [ms].
        stop: Where it ends [ms].

    Returns:
        Number of spikes, not whole. (...)

    Raises:
        ModelTypeError: The trace does not hold numbers.
        ModelValueError: A time step or softness that is not positive; a window that is empty or leaves the trace.
        ValueShapeError: A trace of fewer than 2 samples.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import spike_count
        >>> time = jnp.arange(0, 100, 0.1)
        >>> round(float(spike_count(100 * jnp.exp(-(((time % 25) - 12) ** 2)) - 70, 0.1)), 2)  # 4 bumps
        4.0

    References:
        Total variation of a function that has been made binary, as in the counting of crossings; the formula is ours.
    """
    v, dt, threshold, softness, start, stop = checked(
        "spike_count", v, dt, 2, threshold=threshold, softness=softness, start=start, stop=stop
    )
    return smooth_count(v, dt, threshold, softness, start, stop)


def smooth_count(
    v: Trace, dt: ArrayLike, threshold: ArrayLike, softness: ArrayLike, start: ArrayLike,
    stop: ArrayLike,
) -> Float[Array, "*batch"]:  # fmt: skip
    """`spike_count` without checks."""
    above = jax.nn.sigmoid((v - threshold) / softness)
    rises = jnp.maximum(jnp.diff(above, axis=-1), 0.0)
    return jnp.where(inside(v.shape[-1], dt, start, stop)[1:], rises, 0.0).sum(-1)


def spike_times(
    v: Trace,
    dt: ArrayLike,
    *,
    max_spikes: int | None = None,
    threshold: ArrayLike = THRESHOLD,
    start: ArrayLike = 0.0,
    stop: ArrayLike = np.inf,
) -> SpikeTimes:
    """When the voltage crosses a threshold upwards, interpolated linearly between samples.

    A time moves smoothly with the trace: dt / dv is minus one over the slope of the voltage where it crosses. Spikes
    that come or go have no gradient; `spike_count` has.

    Args:
        v: Voltage [mV]. (..., time)
        dt: Time step [ms]; the first sample is at 0 ms.
        max_spikes: How many spikes to keep, the first ones. None: all of them, or 64 inside of jit, grad or vmap, where
            their number is unknown. `missing_spikes` counts the spikes that are not kept.
        threshold: Voltage that a spike crosses [mV].
        start: Spikes before this time are left out [ms].
        stop: Those from this time on are too [ms].

    Returns:
        The times [ms] and which of them are spikes, (..., spike).

    Raises:
        ModelTypeError: The trace does not hold numbers.
        ModelValueError: A time step that is not positive; a window that is empty or leaves the trace; no place for
            spikes.
        ValueShapeError: A trace of fewer than 2 samples.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import spike_times
        >>> times, mask = spike_times(jnp.array([-70.0, -30.0, 10.0, -70.0]), 0.1, max_spikes=2)
        >>> times.round(4).tolist(), mask.tolist()
        ([0.125, 0.0], [True, False])

    References:
        Definition as of Spikecount and peak_indices in eFEL (BlueBrain, doi:10.5281/zenodo.593869), at the crossing
        instead of the peak.
    """
    v, dt, threshold, start, stop = checked("spike_times", v, dt, 2, threshold=threshold, start=start, stop=stop)
    n = places("spike_times", max_spikes, v, dt, threshold, start, stop)
    return _times(v, dt, n, threshold, start, stop)


def missing_spikes(
    v: Trace,
    dt: ArrayLike,
    *,
    max_spikes: int = MOST,
    threshold: ArrayLike = THRESHOLD,
    start: ArrayLike = 0.0,
    stop: ArrayLike = np.inf,
) -> Int[Array, "*batch"]:
    """How many spikes `spike_times` with the same arguments does not keep; for use inside of jit, grad or vmap.

    Args:
        v: Voltage [mV]. (..., time)
        dt: Time step [ms]; the first sample is at 0 ms.
        max_spikes: How many spikes are kept.
        threshold: Voltage that a spike crosses [mV].
        start: Spikes before this time are left out [ms].
        stop: Those from this time on are too [ms].

    Returns:
        The number of spikes beyond the first `max_spikes`, 0 where all are kept. (...)

    Raises:
        ModelTypeError: The trace does not hold numbers.
        ModelValueError: A time step that is not positive; a window that is empty or leaves the trace; no place for
            spikes.
        ValueShapeError: A trace of fewer than 2 samples.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from dendrax.features import missing_spikes
        >>> v = jnp.tile(jnp.array([-70.0, 20.0]), 100)
        >>> int(jax.jit(missing_spikes)(v, 0.1))
        36
    """
    v, dt, threshold, start, stop = checked("missing_spikes", v, dt, 2, threshold=threshold, start=start, stop=stop)
    n = arguments.whole("missing_spikes: max_spikes", max_spikes)
    return jnp.maximum(_number(v, dt, threshold, start, stop) - n, 0)


def places(where: str, most: int | None, v: Trace, dt: ArrayLike, threshold: ArrayLike, *window: ArrayLike) -> int:
    """How many spikes of each trace to keep: as many as asked for, else all, or `MOST` where these cannot be counted.

    All are a power of 2, so that few programs are compiled.
    """
    if most is not None:
        return arguments.whole(f"{where}: max_spikes", most)
    number = _number(v, dt, threshold, *window)
    return MOST if isinstance(number, Tracer) else max(MOST, 1 << (int(number.max(initial=0)) - 1).bit_length())


@jax.jit
def _number(v: Trace, dt: ArrayLike, threshold: ArrayLike, start: ArrayLike, stop: ArrayLike) -> Array:
    """How often each of many traces crosses the threshold upwards in a window."""
    return each(lambda trace: upward(trace, dt, threshold, start, stop).sum(), v)


@partial(jax.jit, static_argnames="n")
def _times(v: Array, dt: ArrayLike, n: int, threshold: ArrayLike, start: ArrayLike, stop: ArrayLike) -> SpikeTimes:
    """Those of many traces, in one program."""

    def of_one(trace: Array) -> SpikeTimes:
        index, mask = first_of(upward(trace, dt, threshold, start, stop), n)
        return SpikeTimes(jnp.where(mask, crossing_time(trace, index, threshold, dt), 0.0), mask)

    return each(of_one, v)


def first_of(steps: Bool[Array, " _"], n: int) -> tuple[Int[Array, " spike"], Bool[Array, " spike"]]:
    """The first samples of the first `n` of some steps, and which of these there are."""
    (index,) = jnp.nonzero(steps, size=n, fill_value=0)
    return index, jnp.arange(n) < steps.sum()


def upward(
    v: Float[Array, " time"], dt: ArrayLike, threshold: ArrayLike, start: ArrayLike, stop: ArrayLike
) -> Bool[Array, " _"]:
    """Which steps cross the threshold upwards and end within the window."""
    above = v >= threshold
    return ~above[:-1] & above[1:] & inside(len(v), dt, start, stop)[1:]


def whole(
    v: Float[Array, " time"], dt: ArrayLike, threshold: ArrayLike, start: ArrayLike, stop: ArrayLike, end: ArrayLike
) -> Bool[Array, " _"]:
    """Which steps of `upward` begin a spike that falls below the threshold again before the trace ends at `end`."""
    n = len(v)
    falls = next_where(v < threshold)[1:] < known(n, dt, end)
    return upward(v, dt, threshold, start, stop) & falls


def crossing_time(
    v: Float[Array, " time"], index: Int[Array, "..."], level: ArrayLike, dt: ArrayLike
) -> Float[Array, "..."]:
    """When the voltage is at a level, between a sample and the next [ms]."""
    before, after = v[index], v[index + 1]
    return (index + jnp.clip(quotient(level - before, after - before), 0.0, 1.0)) * dt
