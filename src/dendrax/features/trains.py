"""Statistics of the times between spikes; all take what `spike_times` returns."""

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from dendrax import arguments
from dendrax.features.door import checked_numbers, checked_train
from dendrax.features.masked import masked_mean, quotient, root
from dendrax.features.spikes import SpikeTimes

Scalars = Float[Array, "*batch"]


def intervals(spikes: SpikeTimes, *, skip: int = 0) -> SpikeTimes:
    """Times from each spike to the next.

    Args:
        spikes: What `spike_times` returned [ms]. (..., spike)
        skip: How many intervals to leave out at the beginning; eFEL leaves out 1 in its statistics.

    Returns:
        The intervals [ms] and which of them there are, (..., spike - 1 - skip).

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import SpikeTimes, intervals
        >>> spikes = SpikeTimes(jnp.array([10.0, 20.0, 35.0, 0.0]), jnp.array([True, True, True, False]))
        >>> intervals(spikes).times.tolist()
        [10.0, 15.0, 0.0]

    References:
        eFEL: all_ISI_values (skip=0), ISI_values (skip=1).
    """
    times, mask = checked_train("intervals", spikes)
    skip = arguments.whole("intervals: skip", skip, 0)
    both = (mask[..., 1:] & mask[..., :-1])[..., skip:]
    return SpikeTimes(jnp.where(both, jnp.diff(times, axis=-1)[..., skip:], 0.0), both)


def latency(spikes: SpikeTimes, onset: ArrayLike = 0.0, *, empty: ArrayLike = 0.0) -> Scalars:
    """Time from the onset of a stimulus to the first spike from then on.

    Args:
        spikes: What `spike_times` returned [ms]. (..., spike)
        onset: When the stimulus begins [ms].
        empty: What the latency is where there is no such spike [ms].

    Returns:
        The latency [ms]. (...)

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import SpikeTimes, latency
        >>> float(latency(SpikeTimes(jnp.array([3.0, 12.0]), jnp.array([True, True])), 10.0))
        2.0

    References:
        eFEL: time_to_first_spike, which takes the peak.
    """
    times, mask = checked_train("latency", spikes)
    onset, empty = checked_numbers("latency", onset=onset, empty=empty)
    if not times.shape[-1]:
        return jnp.full(times.shape[:-1], empty)
    counts = mask & (times >= onset)
    first = jnp.argmax(counts, axis=-1)[..., None]
    time = jnp.take_along_axis(times, first, axis=-1)[..., 0]
    return jnp.where(counts.any(-1), time - onset, empty)


def mean_interval(spikes: SpikeTimes, *, skip: int = 0, empty: ArrayLike = 0.0) -> Scalars:
    """Mean time between spikes.

    Args:
        spikes: What `spike_times` returned [ms]. (..., spike)
        skip: How many intervals to leave out at the beginning.
        empty: What it is where there are no two spikes [ms].

    Returns:
        The mean [ms]. (...)

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import SpikeTimes, mean_interval
        >>> float(mean_interval(SpikeTimes(jnp.array([3.0, 12.0, 23.0]), jnp.ones(3, bool))))
        10.0

    References:
        The mean of ISI_values of eFEL (skip=1).
    """
    return masked_mean(*intervals(spikes, skip=skip), empty)


def interval_cv(spikes: SpikeTimes, *, skip: int = 0, empty: ArrayLike = 0.0) -> Scalars:
    """Coefficient of variation: standard deviation of the intervals, with n - 1, over their mean.

    Args:
        spikes: What `spike_times` returned [ms]. (..., spike)
        skip: How many intervals to leave out at the beginning.
        empty: What it is where there are no two intervals.

    Returns:
        The coefficient, without unit. (...)

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import SpikeTimes, interval_cv
        >>> float(interval_cv(SpikeTimes(jnp.array([0.0, 10.0, 20.0, 30.0]), jnp.ones(4, bool))))
        0.0

    References:
        eFEL: ISI_CV (skip=1).
    """
    times, mask = intervals(spikes, skip=skip)
    mean = masked_mean(times, mask)
    n = mask.sum(-1)
    squares = jnp.where(mask, (times - mean[..., None]) ** 2, 0.0).sum(-1)
    return jnp.where(n > 1, quotient(root(quotient(squares, n - 1)), mean), empty)


def adaptation(spikes: SpikeTimes, *, skip: int = 0, empty: ArrayLike = 0.0) -> Scalars:
    """How much longer each interval is than the one before: the mean of (b - a) / (b + a) over neighbours a, b.

    Args:
        spikes: What `spike_times` returned [ms]. (..., spike)
        skip: How many intervals to leave out at the beginning.
        empty: What it is where there are no two intervals.

    Returns:
        The index, in (-1, 1), positive where spikes become rarer. (...)

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import SpikeTimes, adaptation
        >>> round(float(adaptation(SpikeTimes(jnp.array([0.0, 10.0, 30.0]), jnp.ones(3, bool)))), 4)
        0.3333

    References:
        eFEL: adaptation_index2 (skip=1).
    """
    times, mask = intervals(spikes, skip=skip)
    before, after = times[..., :-1], times[..., 1:]
    return masked_mean(quotient(after - before, after + before), mask[..., 1:], empty)


def firing_rate(spikes: SpikeTimes, onset: ArrayLike, offset: ArrayLike) -> Scalars:
    """Number of spikes within the stimulus over the time from its onset to the last of them.

    Args:
        spikes: What `spike_times` returned [ms]. (..., spike)
        onset: When the stimulus begins [ms].
        offset: When it ends [ms].

    Returns:
        The rate [Hz]; 0 where there is no spike. (...)

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import SpikeTimes, firing_rate
        >>> float(firing_rate(SpikeTimes(jnp.array([20.0, 60.0, 110.0]), jnp.ones(3, bool)), 10.0, 500.0))
        30.0

    References:
        eFEL: mean_frequency, which takes the peaks.
    """
    times, mask = checked_train("firing_rate", spikes)
    onset, offset = checked_numbers("firing_rate", onset=onset, offset=offset)
    counts = mask & (times >= onset) & (times <= offset)
    last = jnp.where(counts, times, onset).max(-1, initial=onset)
    return quotient(1000.0 * counts.sum(-1), last - onset)
