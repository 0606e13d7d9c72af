"""What a trace shows, as numbers that can be differentiated: spikes, their shape, subthreshold responses, distances.

Functions of recordings (..., time) [mV] and their time step [ms], of fixed shape, for `jit`, `grad` and `vmap`. Where a
trace has no spike, values are finite and their gradients too; a mask says so.
"""

from dendrax.features.action_potentials import ActionPotentials, action_potentials
from dendrax.features.by_name import NAMES, Measured, Stimulus, measure
from dendrax.features.distances import soft_dtw, van_rossum
from dendrax.features.masked import masked_mean
from dendrax.features.readouts import accuracy, cross_entropy, window_logits
from dendrax.features.spikes import SpikeTimes, missing_spikes, spike_count, spike_times
from dendrax.features.subthreshold import input_resistance, resting_potential, sag, steady_state, time_constant
from dendrax.features.trains import adaptation, firing_rate, interval_cv, intervals, latency, mean_interval
from dendrax.features.windows import summary_statistics, window_extrema, window_mean, window_std

__all__ = [
    "NAMES",
    "ActionPotentials",
    "Measured",
    "SpikeTimes",
    "Stimulus",
    "accuracy",
    "action_potentials",
    "adaptation",
    "cross_entropy",
    "firing_rate",
    "input_resistance",
    "interval_cv",
    "intervals",
    "latency",
    "masked_mean",
    "mean_interval",
    "measure",
    "missing_spikes",
    "resting_potential",
    "sag",
    "soft_dtw",
    "spike_count",
    "spike_times",
    "steady_state",
    "summary_statistics",
    "time_constant",
    "van_rossum",
    "window_extrema",
    "window_logits",
    "window_mean",
    "window_std",
]
