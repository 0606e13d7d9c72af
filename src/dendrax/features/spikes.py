"""How many spikes a trace has, and when."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float, Int

from dendrax import arguments
from dendrax.features.door import checked
from dendrax.features.masked import quotient
from dendrax.features.traces import Trace, each, inside

THRESHOLD = -20.0  # mV, as in eFEL
MOST = 64


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
    softness: ArrayLike = 5.0,
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
        ModelValueError: A time step or softness that is not positive, or an empty window.
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
    above = jax.nn.sigmoid((v - threshold) / softness)
    rises = jnp.maximum(jnp.diff(above, axis=-1), 0.0)
    return jnp.where(inside(v.shape[-1], dt, start, stop)[1:], rises, 0.0).sum(-1)


def spike_times(
    v: Trace,
    dt: ArrayLike,
    *,
    max_spikes: int = MOST,
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
        max_spikes: How many spikes to keep, the first ones.
        threshold: Voltage that a spike crosses [mV].
        start: Spikes before this time are left out [ms].
        stop: Those from this time on are too [ms].

    Returns:
        The times [ms] and which of them are spikes, (..., spike).

    Raises:
        ModelTypeError: The trace does not hold numbers.
        ModelValueError: A time step that is not positive, an empty window, or no place for spikes.
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
    n = arguments.whole("spike_times: max_spikes", max_spikes)
    return _times(v, dt, n, threshold, start, stop)


@partial(jax.jit, static_argnames="n")
def _times(v: Array, dt: ArrayLike, n: int, threshold: ArrayLike, start: ArrayLike, stop: ArrayLike) -> SpikeTimes:
    """Those of many traces, in one program."""

    def of_one(trace: Array) -> SpikeTimes:
        index, mask = crossings(trace, dt, n, threshold, start, stop)
        return SpikeTimes(jnp.where(mask, crossing_time(trace, index, threshold, dt), 0.0), mask)

    return each(of_one, v)


def crossings(
    v: Float[Array, " time"], dt: ArrayLike, n: int, threshold: ArrayLike, start: ArrayLike, stop: ArrayLike
) -> tuple[Int[Array, " spike"], Bool[Array, " spike"]]:
    """The last samples before upward crossings of the threshold, and which of the `n` there are."""
    up = upward(v, dt, threshold, start, stop)
    (index,) = jnp.nonzero(up, size=n, fill_value=0)
    return index, jnp.arange(n) < up.sum()


def upward(
    v: Float[Array, " time"], dt: ArrayLike, threshold: ArrayLike, start: ArrayLike, stop: ArrayLike
) -> Bool[Array, " _"]:
    """Which steps cross the threshold upwards and end within the window."""
    above = v >= threshold
    return ~above[:-1] & above[1:] & inside(len(v), dt, start, stop)[1:]


def crossing_time(
    v: Float[Array, " time"], index: Int[Array, "..."], level: ArrayLike, dt: ArrayLike
) -> Float[Array, "..."]:
    """When the voltage is at a level, between a sample and the next [ms]."""
    before, after = v[index], v[index + 1]
    return (index + jnp.clip(quotient(level - before, after - before), 0.0, 1.0)) * dt
