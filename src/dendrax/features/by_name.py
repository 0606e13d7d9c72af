"""Features under the names of eFEL, each one number of a trace: what tables of targets speak of.

They have the values of eFEL but for what follows from interpolation: it takes the nearest sample where we take the time
of a crossing, so that onsets, widths and times differ by up to a sample. It measures no onset of spikes after the
stimulus; here all spikes up to the end of the experiment count alike. The decay after a stimulus returns to the voltage
at its onset, there to that of the sample after.
"""

import difflib
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError, UnknownNameError
from dendrax.features import subthreshold, trains, windows
from dendrax.features.action_potentials import ActionPotentials, of_trace, slow_ahp
from dendrax.features.door import checked, checked_numbers
from dendrax.features.masked import One, masked_mean, of_all, quotient
from dendrax.features.spikes import SOFTNESS, THRESHOLD, SpikeTimes, places, smooth_count, whole
from dendrax.features.traces import Time, Trace, each, inside


class Measured(NamedTuple):
    """Features of a trace.

    Attributes:
        values: Their values, each in its unit, 0 where they are not defined. (..., name)
        defined: Whether the trace has the spikes and the whole window that they need. (..., name) bool
    """

    values: Float[Array, "*batch name"]
    defined: Bool[Array, "*batch name"]


class Stimulus(NamedTuple):
    """The step of current that a trace answers to; all of it may be traced.

    Attributes:
        onset: When it begins [ms].
        offset: When it ends [ms].
        current: Its amplitude [nA].
        end: When the experiment ends [ms]. The trace ends there, if not before.
    """

    onset: Time
    offset: Time
    current: Time = 0.0
    end: Time = np.inf


class Seen(NamedTuple):
    """A trace, and what several features need of it."""

    v: Float[Array, " time"]
    dt: ArrayLike
    stimulus: Stimulus
    threshold: ArrayLike
    found: ActionPotentials

    @property
    def spikes(self) -> SpikeTimes:
        """The peaks, which is when eFEL says that a spike is."""
        return SpikeTimes(self.found.peak_time, self.found.mask)

    @property
    def step(self) -> tuple[Time, Time]:
        """Onset and offset [ms]."""
        return self.stimulus.onset, self.stimulus.offset

    @property
    def rest(self) -> One:
        """Voltage before the stimulus [mV]."""
        return subthreshold.resting(self.v, self.dt, self.stimulus.onset, self.stimulus.end)

    @property
    def steady(self) -> One:
        """Voltage at the end of the stimulus [mV]."""
        return subthreshold.steady(self.v, self.dt, *self.step, self.stimulus.end)

    def within(self, start: Time, stop: Time) -> Bool[Array, " time"]:
        """Which samples are in a window."""
        return inside(len(self.v), self.dt, start, stop, self.stimulus.end)

    @property
    def during(self) -> Bool[Array, " time"]:
        """Which samples are during the stimulus."""
        return self.within(*self.step)


def measure(
    names: Sequence[str],
    v: Trace,
    dt: ArrayLike,
    stimulus: Stimulus,
    *,
    threshold: ArrayLike = THRESHOLD,
    max_spikes: int | None = None,
) -> Measured:
    """Features by the names that they have in eFEL; of features that each spike has, the mean over all spikes.

    "Spikecount" is a whole number, whose gradient is that of the smooth `spike_count`.

    Args:
        names: Some of `NAMES`, a dict from names to units.
        v: Voltage [mV]. (..., time)
        dt: Time step [ms]; the first sample is at 0 ms.
        stimulus: The step of current that the traces answer to.
        threshold: Voltage that a spike crosses [mV].
        max_spikes: How many spikes to look at, the first ones. None: as in `spike_times`.

    Returns:
        Values in the units `NAMES[name]`, and whether the trace has what they are taken of: without spikes there is no
        amplitude, and nothing of a window that the trace does not reach. Where it has not, the value is 0 and without
        gradient. (..., name) each.

    Raises:
        UnknownNameError: There is no such feature; the text names the nearest.
        ModelTypeError: The trace does not hold numbers.
        ModelValueError: A time step that is not positive, or an offset that is not after the onset.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import NAMES, Stimulus, measure
        >>> v = jnp.where(jnp.arange(200) < 100, -65.0, -75.0)
        >>> values, defined = measure(["voltage_base", "AP_width"], v, 0.1, Stimulus(onset=10.0, offset=20.0))
        >>> float(values[0]), NAMES["voltage_base"], defined.tolist()
        (-65.0, 'mV', [True, False])

    References:
        The list of features of eFEL (BlueBrain, doi:10.5281/zenodo.593869).
    """
    wanted = arguments.names("measure: names", names)
    if not wanted:
        raise ModelValueError("measure: names is empty; `dendrax.features.NAMES` has all of them.")
    for name in wanted:
        check_name(name)
    if not isinstance(stimulus, tuple) or not 2 <= len(stimulus) <= 4:
        raise ModelTypeError(f"measure: stimulus must be Stimulus(onset, offset, ...), not {type(stimulus).__name__}.")
    v, dt, threshold = checked("measure", v, dt, 3, threshold=threshold)
    n = places("measure", max_spikes, v, dt, threshold, 0.0, np.inf)
    numbers = checked_numbers("measure: stimulus", **Stimulus(*stimulus)._asdict())
    return _measure(v, dt, Stimulus(*numbers), threshold, tuple(wanted), n)


@partial(jax.jit, static_argnames=("wanted", "max_spikes"))
def _measure(
    v: Array, dt: ArrayLike, stimulus: Stimulus, threshold: ArrayLike, wanted: tuple[str, ...], max_spikes: int
) -> Measured:
    """One program for all features, so that what they share is computed once."""

    def of_one(trace: Array) -> Measured:
        found = of_trace(trace, dt, max_spikes, threshold, end=stimulus.end)
        seen = Seen(trace, dt, stimulus, threshold, found)
        values, defined = (jnp.stack(one) for one in zip(*(FEATURES[name][1](seen) for name in wanted), strict=True))
        return Measured(jnp.where(defined, values, 0.0), defined)

    return each(of_one, v)


def check_name(name: str) -> None:
    """Refuse an unknown feature."""
    if not isinstance(name, str) or name not in FEATURES:
        near = difflib.get_close_matches(str(name), FEATURES, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise UnknownNameError(f"There is no feature {name!r}.{hint} `dendrax.features.NAMES` has all names and units.")


def _of_spikes(value: Callable[[Seen], Array]) -> Callable[[Seen], One]:
    """The mean over all spikes of something that each has."""
    return lambda seen: _mean(value(seen), seen.found.mask)


def _of_complete(value: Callable[[Seen], Array]) -> Callable[[Seen], One]:
    """The mean over all spikes whose end the trace shows."""
    return lambda seen: _mean(value(seen), seen.found.complete)


def _half_width(seen: Seen) -> One:
    return _mean(seen.found.half_width, seen.found.mask & (seen.found.half_width > 0))


def _mean(values: Array, mask: Array) -> One:
    return masked_mean(values, mask), mask.any()


def _of_intervals(value: Callable[[Seen], Array], spikes: int) -> Callable[[Seen], One]:
    """What needs so many spikes."""
    return lambda seen: (value(seen), seen.found.mask.sum() >= spikes)


def _of_window(value: Callable[[Array, Array], Array]) -> Callable[[Seen], One]:
    """Something of the samples during the stimulus."""
    return lambda seen: (value(seen.v, seen.during), seen.during.any())


def _to_rest(value: Callable[[Seen], One]) -> Callable[[Seen], One]:
    """A voltage with respect to rest."""
    return lambda seen: of_all(jnp.subtract, value(seen), seen.rest)


def _soft_count(seen: Seen) -> One:
    end = seen.stimulus.end
    return smooth_count(seen.v, seen.dt, seen.threshold, SOFTNESS, 0.0, end), inside(
        len(seen.v), seen.dt, 0.0, end
    ).any()


def _spikecount(seen: Seen) -> One:
    smooth, defined = _soft_count(seen)
    # All of them, however few are looked at.
    number = whole(seen.v, seen.dt, seen.threshold, 0.0, np.inf, seen.stimulus.end).sum().astype(smooth.dtype)
    return smooth + jax.lax.stop_gradient(number - smooth), defined


def _rate(seen: Seen) -> One:
    rate = trains.firing_rate(seen.spikes, *seen.step)
    return rate, (jax.lax.stop_gradient(rate) > 0) & seen.during.any()


def _first_spike(seen: Seen) -> One:
    defined = (seen.found.mask & (seen.found.peak_time >= seen.stimulus.onset)).any()
    return trains.latency(seen.spikes, seen.stimulus.onset), defined


def _slow(which: int) -> Callable[[Seen], One]:
    """Voltage (0) or share of the interval (1) of the slow afterhyperpolarisation, from the second interval on."""

    def value(seen: Seen) -> One:
        *both, mask = (one[1:] for one in slow_ahp(seen.v, seen.dt, seen.found))
        return _mean(both[which], mask)

    return value


def _extremum(which: int) -> Callable[[Seen], One]:
    """The lowest (0) or highest (1) voltage during the stimulus."""

    def value(seen: Seen) -> One:
        # The sample at the onset does not know of the step yet.
        within = seen.within(seen.stimulus.onset + jnp.asarray(seen.dt), seen.stimulus.offset)
        return windows.extrema_of(seen.v, within)[which], within.any()

    return value


def _of_deflection(value: Callable[[Seen], One]) -> Callable[[Seen], One]:
    """What needs a step that hyperpolarises."""

    def checked_value(seen: Seen) -> One:
        below, defined = of_all(jnp.less, seen.steady, seen.rest)
        return of_all(lambda one: one, value(seen), needs=defined & (below > 0))

    return checked_value


def _sag_amplitude(seen: Seen) -> One:
    lowest, _ = windows.extrema_of(seen.v, seen.during)
    return of_all(lambda steady: steady - lowest, seen.steady)


FEATURES: dict[str, tuple[str, Callable[[Seen], One]]] = {
    "Spikecount": ("1", _spikecount),
    "spike_count": ("1", _spikecount),
    "soft_spike_count": ("1", _soft_count),
    "AP_height": ("mV", _of_spikes(lambda seen: seen.found.peak)),
    "AP_amplitude": ("mV", _of_spikes(lambda seen: seen.found.amplitude)),
    "AP1_amp": ("mV", lambda seen: (seen.found.amplitude[0], seen.found.mask[0])),
    "AP_amplitude_from_voltagebase": ("mV", _to_rest(_of_spikes(lambda seen: seen.found.peak))),
    "AP_begin_voltage": ("mV", _of_spikes(lambda seen: seen.found.onset)),
    "AP_width": ("ms", _of_complete(lambda seen: seen.found.width)),
    "AP_duration_half_width": ("ms", _half_width),
    "AHP_depth_abs": ("mV", _of_complete(lambda seen: seen.found.ahp)),
    "AHP_depth": ("mV", _to_rest(_of_complete(lambda seen: seen.found.ahp))),
    "AHP_time_from_peak": ("ms", _of_complete(lambda seen: seen.found.ahp_time - seen.found.peak_time)),
    "AHP_depth_abs_slow": ("mV", _slow(0)),
    "AHP_slow_time": ("1", _slow(1)),
    "time_to_first_spike": ("ms", _first_spike),
    "mean_frequency": ("Hz", _rate),
    "ISI_values": ("ms", _of_intervals(lambda seen: trains.mean_interval(seen.spikes, skip=1), 3)),
    "all_ISI_values": ("ms", _of_intervals(lambda seen: trains.mean_interval(seen.spikes), 2)),
    "ISIs": ("ms", _of_intervals(lambda seen: trains.mean_interval(seen.spikes), 2)),
    "ISI_CV": ("1", _of_intervals(lambda seen: trains.interval_cv(seen.spikes, skip=1), 4)),
    "doublet_ISI": ("ms", _of_intervals(lambda seen: trains.intervals(seen.spikes).times[0], 2)),
    "inv_first_ISI": ("Hz", _of_intervals(lambda seen: quotient(1e3, trains.intervals(seen.spikes).times[0]), 2)),
    "adaptation_index2": ("1", _of_intervals(lambda seen: trains.adaptation(seen.spikes, skip=1), 4)),
    "voltage_base": ("mV", lambda seen: seen.rest),
    "steady_state_voltage_stimend": ("mV", lambda seen: seen.steady),
    "voltage_deflection_vb_ssse": ("mV", _to_rest(lambda seen: seen.steady)),
    "ohmic_input_resistance_vb_ssse": (
        "MOhm",
        lambda seen: subthreshold.resistance(seen.v, seen.dt, *seen.step, seen.stimulus.current, seen.stimulus.end),
    ),
    "sag_amplitude": ("mV", _of_deflection(_sag_amplitude)),
    "sag_ratio1": (
        "1",
        _of_deflection(lambda seen: subthreshold.sag_ratio(seen.v, seen.dt, *seen.step, seen.stimulus.end)),
    ),
    "decay_time_constant_after_stim": (
        "ms",
        lambda seen: subthreshold.decay(seen.v, seen.dt, *seen.step, seen.stimulus.end),
    ),
    "minimum_voltage": ("mV", _extremum(0)),
    "maximum_voltage": ("mV", _extremum(1)),
    "mean_voltage": ("mV", _of_window(masked_mean)),
    "std_voltage": ("mV", _of_window(windows.std_of)),
}

NAMES: dict[str, str] = {name: unit for name, (unit, _) in FEATURES.items()}
"""The names of all features and their units; those of eFEL, but for the last two and "soft_spike_count"."""
