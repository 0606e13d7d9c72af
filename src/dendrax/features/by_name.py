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
from dendrax.features.action_potentials import ActionPotentials, action_potentials
from dendrax.features.door import checked, checked_numbers
from dendrax.features.masked import masked_mean, quotient
from dendrax.features.slow_ahp import slow_ahp
from dendrax.features.spikes import MOST, THRESHOLD, SpikeTimes, spike_count, upward
from dendrax.features.traces import Time, Trace, each

One = tuple[Array, Array | bool]
"""A value, and whether the trace has what it is taken of."""


class Measured(NamedTuple):
    """Features of a trace.

    Attributes:
        values: Their values, each in its unit, 0 where they are not defined. (..., name)
        defined: Whether the trace has what they are taken of. (..., name) bool
    """

    values: Float[Array, "*batch name"]
    defined: Bool[Array, "*batch name"]


class Stimulus(NamedTuple):
    """The step of current that a trace answers to; all of it may be traced.

    Attributes:
        onset: When it begins [ms].
        offset: When it ends [ms].
        current: Its amplitude [nA].
        end: When the experiment ends; spikes from then on do not count [ms].
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
    def rest(self) -> Array:
        """Voltage before the stimulus [mV]."""
        return subthreshold.resting_potential(self.v, self.dt, self.stimulus.onset)

    @property
    def steady(self) -> Array:
        """Voltage at the end of the stimulus [mV]."""
        return subthreshold.steady_state(self.v, self.dt, *self.step)


def measure(
    names: Sequence[str],
    v: Trace,
    dt: ArrayLike,
    stimulus: Stimulus,
    *,
    threshold: ArrayLike = THRESHOLD,
    max_spikes: int = MOST,
) -> Measured:
    """Features by the names that they have in eFEL; of features that each spike has, the mean over all spikes.

    "Spikecount" is a whole number, whose gradient is that of the smooth `spike_count`.

    Args:
        names: Some of `NAMES`, a dict from names to units.
        v: Voltage [mV]. (..., time)
        dt: Time step [ms]; the first sample is at 0 ms.
        stimulus: The step of current that the traces answer to.
        threshold: Voltage that a spike crosses [mV].
        max_spikes: How many spikes to look at, the first ones.

    Returns:
        Values in the units `NAMES[name]`, and whether the trace has what they are taken of: without spikes there is no
        amplitude. Where it has not, the value is 0 and without gradient. (..., name) each.

    Raises:
        UnknownNameError: There is no such feature; the text names the nearest.
        ModelTypeError: The trace does not hold numbers.
        ModelValueError: A time step that is not positive, or an empty window.

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
    n = arguments.whole("measure: max_spikes", max_spikes)
    v, dt, threshold = checked("measure", v, dt, 3, threshold=threshold)
    numbers = checked_numbers("measure: stimulus", **Stimulus(*stimulus)._asdict())
    return _measure(v, dt, Stimulus(*numbers), threshold, tuple(wanted), n)


@partial(jax.jit, static_argnames=("wanted", "max_spikes"))
def _measure(
    v: Array, dt: ArrayLike, stimulus: Stimulus, threshold: ArrayLike, wanted: tuple[str, ...], max_spikes: int
) -> Measured:
    """One program for all features, so that what they share is computed once."""

    def of_one(trace: Array) -> Measured:
        found = action_potentials(trace, dt, max_spikes=max_spikes, threshold=threshold, stop=stimulus.end)
        seen = Seen(trace, dt, stimulus, threshold, found)
        values, defined = zip(*(FEATURES[name][1](seen) for name in wanted), strict=True)
        mask = jnp.stack([jnp.asarray(one) for one in defined])
        return Measured(jnp.where(mask, jnp.stack(values), 0.0), mask)

    return each(of_one, v)


def check_name(name: str) -> None:
    """Refuse what is no feature.

    Raises:
        UnknownNameError: The text names the nearest.
    """
    if not isinstance(name, str) or name not in FEATURES:
        near = difflib.get_close_matches(str(name), FEATURES, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise UnknownNameError(f"There is no feature {name!r}.{hint} `dendrax.features.NAMES` has all names and units.")


def _of_spikes(value: Callable[[Seen], Array]) -> Callable[[Seen], One]:
    """The mean over all spikes of something that each has."""
    return lambda seen: (masked_mean(value(seen), seen.found.mask), seen.found.mask.any())


def _of_first(value: Callable[[Seen], Array]) -> Callable[[Seen], One]:
    """What the first spike has."""
    return lambda seen: (value(seen)[0], seen.found.mask[0])


def _of_rest(value: Callable[[Seen], Array]) -> Callable[[Seen], One]:
    """What needs a time before the stimulus, if only of one sample."""
    return lambda seen: (value(seen), jnp.asarray(seen.stimulus.onset) > 0)


def _of_spikes_and_rest(value: Callable[[Seen], Array]) -> Callable[[Seen], One]:
    """The mean over all spikes of what each has with respect to rest."""
    return lambda seen: (
        masked_mean(value(seen), seen.found.mask),
        seen.found.mask.any() & (jnp.asarray(seen.stimulus.onset) > 0),
    )


def _of_intervals(value: Callable[[Seen], Array], spikes: int) -> Callable[[Seen], One]:
    """What needs so many spikes."""
    return lambda seen: (value(seen), seen.found.mask.sum() >= spikes)


def _always(value: Callable[[Seen], Array]) -> Callable[[Seen], One]:
    """What every trace has."""
    return lambda seen: (value(seen), True)


def _spikecount(seen: Seen) -> One:
    smooth = spike_count(seen.v, seen.dt, threshold=seen.threshold, stop=seen.stimulus.end)
    # All of them, however few are looked at.
    whole = upward(seen.v, seen.dt, seen.threshold, 0.0, seen.stimulus.end).sum().astype(smooth.dtype)
    return smooth + jax.lax.stop_gradient(whole - smooth), True


def _rate(seen: Seen) -> One:
    rate = trains.firing_rate(seen.spikes, *seen.step)
    return rate, jax.lax.stop_gradient(rate) > 0


def _first_spike(seen: Seen) -> One:
    defined = (seen.found.mask & (seen.found.peak_time >= seen.stimulus.onset)).any()
    return trains.latency(seen.spikes, seen.stimulus.onset), defined


def _slow(which: int) -> Callable[[Seen], One]:
    """Voltage (0) or share of the interval (1) of the slow afterhyperpolarisation, from the second interval on."""

    def value(seen: Seen) -> One:
        *both, mask = (one[1:] for one in slow_ahp(seen.v, seen.dt, seen.found))
        return masked_mean(both[which], mask), mask.any()

    return value


def _extremum(which: int) -> Callable[[Seen], One]:
    # The sample at the onset does not know of the step yet.
    return _always(
        lambda seen: windows.window_extrema(
            seen.v, seen.dt, seen.stimulus.onset + jnp.asarray(seen.dt), seen.stimulus.offset
        )[which]
    )


def _of_deflection(value: Callable[[Seen], Array]) -> Callable[[Seen], One]:
    """What needs a step that hyperpolarises."""
    return lambda seen: (value(seen), (seen.steady < seen.rest) & (jnp.asarray(seen.stimulus.onset) > 0))


FEATURES: dict[str, tuple[str, Callable[[Seen], One]]] = {
    "Spikecount": ("1", _spikecount),
    "spike_count": ("1", _spikecount),
    "soft_spike_count": (
        "1",
        _always(lambda seen: spike_count(seen.v, seen.dt, threshold=seen.threshold, stop=seen.stimulus.end)),
    ),
    "AP_height": ("mV", _of_spikes(lambda seen: seen.found.peak)),
    "AP_amplitude": ("mV", _of_spikes(lambda seen: seen.found.amplitude)),
    "AP1_amp": ("mV", _of_first(lambda seen: seen.found.amplitude)),
    "AP_amplitude_from_voltagebase": ("mV", _of_spikes_and_rest(lambda seen: seen.found.peak - seen.rest)),
    "AP_begin_voltage": ("mV", _of_spikes(lambda seen: seen.found.onset)),
    "AP_width": ("ms", _of_spikes(lambda seen: seen.found.width)),
    "AP_duration_half_width": ("ms", _of_spikes(lambda seen: seen.found.half_width)),
    "AHP_depth_abs": ("mV", _of_spikes(lambda seen: seen.found.ahp)),
    "AHP_depth": ("mV", _of_spikes_and_rest(lambda seen: seen.found.ahp - seen.rest)),
    "AHP_time_from_peak": ("ms", _of_spikes(lambda seen: seen.found.ahp_time - seen.found.peak_time)),
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
    "voltage_base": ("mV", _of_rest(lambda seen: seen.rest)),
    "steady_state_voltage_stimend": ("mV", _always(lambda seen: seen.steady)),
    "voltage_deflection_vb_ssse": ("mV", _of_rest(lambda seen: seen.steady - seen.rest)),
    "ohmic_input_resistance_vb_ssse": (
        "MOhm",
        lambda seen: (
            quotient(seen.steady - seen.rest, seen.stimulus.current),
            (jnp.asarray(seen.stimulus.current) != 0) & (jnp.asarray(seen.stimulus.onset) > 0),
        ),
    ),
    "sag_amplitude": (
        "mV",
        _of_deflection(lambda seen: seen.steady - windows.window_extrema(seen.v, seen.dt, *seen.step)[0]),
    ),
    "sag_ratio1": ("1", _of_deflection(lambda seen: subthreshold.sag(seen.v, seen.dt, *seen.step))),
    "decay_time_constant_after_stim": (
        "ms",
        _always(lambda seen: subthreshold.time_constant(seen.v, seen.dt, *seen.step)),
    ),
    "minimum_voltage": ("mV", _extremum(0)),
    "maximum_voltage": ("mV", _extremum(1)),
    "mean_voltage": ("mV", _always(lambda seen: windows.window_mean(seen.v, seen.dt, *seen.step))),
    "std_voltage": ("mV", _always(lambda seen: windows.window_std(seen.v, seen.dt, *seen.step))),
}

NAMES: dict[str, str] = {name: unit for name, (unit, _) in FEATURES.items()}
"""The names of all features and their units; those of eFEL, but for the last two and "soft_spike_count"."""
