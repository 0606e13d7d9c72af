"""The shape of each action potential of a trace."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float, Int

from dendrax.features.door import checked
from dendrax.features.masked import quotient
from dendrax.features.spikes import THRESHOLD, crossing_time, first_of, places, whole
from dendrax.features.traces import Trace, each, known, next_where

Values = Float[Array, "*batch spike"]
SLOPE = 10.0  # mV/ms, where an action potential begins, as in eFEL
AFTER = 5.0  # ms, how long after the peak the slow afterhyperpolarisation begins, as in eFEL


class ActionPotentials(NamedTuple):
    """Properties of each action potential; 0 behind the last spike or if the trace ends too early. Arrays (..., spike).

    The names in brackets are those of eFEL.

    Attributes:
        mask: Which of these are spikes: they fall below the threshold again before the trace ends. bool
        peak_time: Time of the peak, of the parabola through the highest three samples [ms]. (peak_time)
        peak: Voltage at the highest sample [mV]. (AP_height)
        onset_time: When dv/dt last rises above `onset_slope` before the threshold is crossed [ms]. (AP_begin_time)
        onset: Voltage at that time, the threshold of the action potential [mV]. (AP_begin_voltage)
        amplitude: From onset to peak [mV]. (AP_amplitude)
        width: Time above the threshold [ms]. (AP_width)
        half_width: Time above the middle of onset and peak [ms]. (AP_duration_half_width)
        ahp_time: When the voltage is lowest before the next action potential; for the last one, when it first stops
            falling [ms].
        ahp: Voltage at that time [mV]. (AHP_depth_abs)
    """

    mask: Bool[Array, "*batch spike"]
    peak_time: Values
    peak: Values
    onset_time: Values
    onset: Values
    amplitude: Values
    width: Values
    half_width: Values
    ahp_time: Values
    ahp: Values

    @property
    def complete(self) -> Bool[Array, "*batch spike"]:
        """Which of the spikes stop falling before the trace ends; the others have no afterhyperpolarisation. bool"""
        return self.mask & (self.ahp_time > 0)


def action_potentials(
    v: Trace,
    dt: ArrayLike,
    *,
    max_spikes: int | None = None,
    threshold: ArrayLike = THRESHOLD,
    onset_slope: ArrayLike = SLOPE,
    start: ArrayLike = 0.0,
    stop: ArrayLike = np.inf,
) -> ActionPotentials:
    """Amplitude, threshold, widths and afterhyperpolarisation of each action potential.

    Crossings are interpolated between samples, so that all of it moves smoothly with the trace. As in eFEL, a spike
    that the end of the trace cuts off is left out, and so is the afterhyperpolarisation where the trace ends before the
    voltage stops falling; `mask` and `complete` of the result say so.

    Args:
        v: Voltage [mV]. (..., time)
        dt: Time step [ms]; the first sample is at 0 ms.
        max_spikes: How many action potentials to keep, the first ones. None: as in `spike_times`.
        threshold: Voltage that an action potential crosses [mV].
        onset_slope: Slope of the voltage where one begins [mV/ms].
        start: Those that cross the threshold before this time are left out [ms].
        stop: Those that cross it from this time on are too [ms].

    Returns:
        Values of every action potential, see `ActionPotentials`; `masked_mean` takes means of them, with `complete` as
        the mask for the afterhyperpolarisation.

    Raises:
        ModelTypeError: The trace does not hold numbers.
        ModelValueError: A time step that is not positive; a window that is empty or leaves the trace; no place for
            spikes.
        ValueShapeError: A trace of fewer than 3 samples.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import action_potentials
        >>> time = jnp.arange(0.0, 10.0, 0.01)
        >>> found = action_potentials(100.0 * jnp.exp(-((time - 5.0) ** 2)) - 70.0, 0.01, max_spikes=2)
        >>> round(float(found.width[0]), 3), round(float(found.peak[0]), 3), found.mask.tolist()
        (1.665, 30.0, [True, False])

    References:
        Definitions as in eFEL (BlueBrain, doi:10.5281/zenodo.593869). The threshold by dv/dt is that of Sekerli et al.
        (2004), IEEE Trans. Biomed. Eng. 51, 1665, method I.
    """
    v, dt, threshold, onset_slope, start, stop = checked(
        "action_potentials", v, dt, 3, threshold=threshold, onset_slope=onset_slope, start=start, stop=stop
    )
    n = places("action_potentials", max_spikes, v, dt, threshold, start, stop)
    return _of_traces(v, dt, n, threshold, onset_slope, start, stop)


@partial(jax.jit, static_argnames="n")
def _of_traces(
    v: Array, dt: ArrayLike, n: int, threshold: ArrayLike, slope: ArrayLike, start: ArrayLike, stop: ArrayLike
) -> ActionPotentials:
    """Those of many traces, in one program."""
    return each(lambda trace: of_trace(trace, dt, n, threshold, slope, start, stop), v)


def of_trace(
    v: Float[Array, " time"], dt: ArrayLike, n: int, threshold: ArrayLike, slope: ArrayLike = SLOPE,
    start: ArrayLike = 0.0, stop: ArrayLike = np.inf, end: ArrayLike = np.inf,
) -> ActionPotentials:  # fmt: skip
    """Action potentials of a trace that ends at `end`: first the indices, without gradients, then the values there."""
    last, seen = len(v) - 1, known(len(v), dt, end)
    index, mask = first_of(whole(v, dt, threshold, start, stop, end), n)
    down = jnp.minimum(next_where(v < threshold)[index + 1], last)
    peak = _highest(v, index, mask, threshold)
    ahp, complete = _lowest(v, peak, down, mask, seen)
    rate = jnp.diff(v) / dt  # at the middle between samples
    steep = jnp.minimum(last_where(rate < slope)[index], last - 2)
    onset_time = crossing_time(rate, steep, slope, dt) + 0.5 * dt
    onset = _at(v, onset_time / dt)
    half = (onset + v[peak]) / 2
    rise, fall = _around(v, peak, half, ahp, mask)
    values = {
        "peak_time": (peak + _vertex(v, peak)) * dt,
        "peak": v[peak],
        "onset_time": onset_time,
        "onset": onset,
        "amplitude": v[peak] - onset,
        "width": crossing_time(v, down - 1, threshold, dt) - crossing_time(v, index, threshold, dt),
        "half_width": crossing_time(v, fall, half, dt) - crossing_time(v, rise, half, dt),
        "ahp_time": ahp * dt,
        "ahp": v[ahp],
    }
    later = {"half_width": (v[fall + 1] < half) & (fall + 1 < seen), "ahp_time": complete, "ahp": complete}
    shown = {name: jnp.where(mask & later.get(name, True), value, 0.0) for name, value in values.items()}
    return ActionPotentials(mask, **shown)


def last_where(condition: Bool[Array, " time"]) -> Int[Array, " time"]:
    """For each sample the last one up to there where the condition holds; 0 where there is none."""
    return jax.lax.cummax(jnp.where(condition, jnp.arange(len(condition)), 0))


def _highest(
    v: Float[Array, " time"], index: Int[Array, " spike"], mask: Bool[Array, " spike"], threshold: ArrayLike
) -> Int[Array, " spike"]:
    """The highest sample of each spike, before the next crossing of the threshold."""
    above = v >= threshold
    starts = jnp.concatenate([jnp.zeros(1, bool), ~above[:-1] & above[1:]])
    count = jnp.cumsum(starts)
    spike = count - count[index[0]] - 1  # those before the window are negative
    return _extreme(v, spike, len(index), mask)


def lowest_between(
    v: Float[Array, " time"], peak: Int[Array, " spike"], mask: Bool[Array, " spike"], after: ArrayLike = 0
) -> Int[Array, " spike"]:
    """The lowest sample from each peak, or so many samples after it, to the next; of the last spike, to the end."""
    starts = jnp.zeros(len(v), int).at[jnp.where(mask, peak, len(v))].add(1, mode="drop")
    spike = jnp.cumsum(starts) - 1
    soon = jnp.arange(len(v)) < peak[jnp.clip(spike, 0, len(peak) - 1)] + after
    return _extreme(jnp.where(soon, -jnp.inf, -v), spike, len(peak), mask)


def _lowest(
    v: Float[Array, " time"], peak: Int[Array, " spike"], down: Int[Array, " spike"], mask: Bool[Array, " spike"],
    seen: ArrayLike,
) -> tuple[Int[Array, " spike"], Bool[Array, " spike"]]:  # fmt: skip
    """The lowest sample from each peak to the next; of the last spike, where the voltage first stops falling.

    And for which of the spikes it is among the samples that are `seen`.
    """
    rises = jnp.concatenate([v[1:] >= v[:-1], jnp.ones(1, bool)])
    is_last = jnp.arange(len(peak)) == mask.sum() - 1
    stops = next_where(rises)[down]
    return jnp.where(is_last, stops, lowest_between(v, peak, mask)), mask & (~is_last | (stops < seen - 1))


def _extreme(
    v: Float[Array, " time"], segment: Int[Array, " time"], n: int, mask: Bool[Array, " spike"]
) -> Int[Array, " spike"]:
    """The first of the highest samples of each segment; 0 where there is no spike."""
    v = jax.lax.stop_gradient(v)
    segment = jnp.where((segment < 0) | (segment > n), n, segment)  # a last one for what belongs to none
    highest = jax.ops.segment_max(v, segment, n + 1)
    time = jnp.where(v == highest[segment], jnp.arange(len(v)), len(v))
    return jnp.where(mask, jax.ops.segment_min(time, segment, n + 1)[:n], 0)


def _around(
    v: Float[Array, " time"], peak: Int[Array, " spike"], level: Float[Array, " spike"], ahp: Int[Array, " spike"],
    mask: Bool[Array, " spike"],
) -> tuple[Int[Array, " spike"], Int[Array, " spike"]]:  # fmt: skip
    """The samples after which each spike rises above its level, before the peak, and falls below it, after."""
    last = len(v) - 1
    ends = jnp.zeros(len(v), int).at[jnp.where(mask, ahp, len(v))].add(1, mode="drop")
    spike = jnp.minimum(jnp.cumsum(ends), len(peak) - 1)
    below = v < jax.lax.stop_gradient(level)[spike]
    return jnp.minimum(last_where(below)[peak], last - 1), jnp.clip(next_where(below)[peak] - 1, 0, last - 1)


def _at(v: Float[Array, " time"], place: Float[Array, " spike"]) -> Float[Array, " spike"]:
    """The voltage between samples."""
    below = jnp.clip(jnp.floor(jax.lax.stop_gradient(place)).astype(int), 0, len(v) - 2)
    return v[below] + (place - below) * (v[below + 1] - v[below])


def _vertex(v: Float[Array, " time"], peak: Int[Array, " spike"]) -> Float[Array, " spike"]:
    """Where the parabola through a peak and its neighbours is highest, in samples from the peak."""
    middle = jnp.clip(peak, 1, len(v) - 2)
    before, at, after = v[middle - 1], v[middle], v[middle + 1]
    return jnp.clip(quotient(0.5 * (before - after), before - 2 * at + after), -0.5, 0.5)


def slow_ahp(
    v: Float[Array, " time"], dt: ArrayLike, found: ActionPotentials
) -> tuple[Float[Array, " interval"], Float[Array, " interval"], Bool[Array, " interval"]]:
    """For each interval between spikes, the lowest voltage from 5 ms after a peak to the next peak [mV].

    Also the share of the interval that it takes to come there, and whether the interval is long enough.

    References:
        eFEL: AHP_depth_abs_slow and AHP_slow_time (Hay et al. 2011, PLoS Comput. Biol. 7, e1002107, table 2).
    """
    peak = jnp.round(found.peak_time / dt).astype(int)
    trough = lowest_between(v, peak, found.mask, jnp.ceil(AFTER / jnp.asarray(dt) - 1e-3).astype(int))[:-1]
    interval = jnp.diff(found.peak_time)
    mask = found.mask[1:] & (interval > AFTER + dt)
    share = quotient(trough * dt - found.peak_time[:-1], interval)
    return jnp.where(mask, v[trough], 0.0), jnp.where(mask, share, 0.0), mask
