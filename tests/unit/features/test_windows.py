"""A feature of a window is undefined where the trace does not show all of the window, or where that is empty."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax import errors, features
from dendrax.features import Stimulus, measure

DT, N = 0.1, 600
TIME = np.arange(N) * DT
# A step from 20 to 40 ms that hyperpolarises, with a sag; a spike after it has begun.
_ON, _OFF = np.maximum(TIME - 20.0, 0.0), np.maximum(TIME - 40.0, 0.0)
V = jnp.asarray(
    -65.0
    + 10.0 * (np.exp(-_ON / 3.0) - np.exp(-_OFF / 3.0))
    + 3.0 * (np.exp(-_OFF / 8.0) - np.exp(-_ON / 8.0))
    + 90.0 * np.exp(-(((TIME - 25.0) / 0.6) ** 2))
)
DURING = (
    "steady_state_voltage_stimend", "voltage_deflection_vb_ssse", "ohmic_input_resistance_vb_ssse", "sag_amplitude",
    "sag_ratio1", "decay_time_constant_after_stim", "minimum_voltage", "maximum_voltage", "mean_voltage",
    "std_voltage", "mean_frequency",
)  # fmt: skip
BEFORE = (
    "voltage_base", "voltage_deflection_vb_ssse", "ohmic_input_resistance_vb_ssse", "sag_amplitude", "sag_ratio1",
    "AHP_depth", "AP_amplitude_from_voltagebase",
)  # fmt: skip
COUNTS = ("Spikecount", "spike_count", "soft_spike_count")
WINDOWS = {  # onset, offset, end of the trace; which features cannot be known
    "beyond": ((100.0, 120.0, np.inf), DURING + BEFORE),
    "partly beyond": ((30.0, 70.0, np.inf), DURING),
    "partly beyond the end of the experiment": ((20.0, 40.0, 30.0), DURING),
    "beyond the end of the experiment": ((40.0, 50.0, 30.0), DURING + BEFORE),
    "an experiment that is longer than the trace": ((20.0, 40.0, 80.0), COUNTS),
    "before": ((-30.0, -10.0, np.inf), DURING + BEFORE),
    "partly before": ((-10.0, 20.0, np.inf), DURING + BEFORE),
    "between samples": ((20.01, 20.02, np.inf), DURING),
    "empty": ((20.0, 20.0, np.inf), DURING),
    "reversed": ((40.0, 20.0, np.inf), DURING),
    "time constant beyond": ((20.0, 55.0, np.inf), ("decay_time_constant_after_stim",)),
}
NAMES = sorted({*DURING, *BEFORE, *COUNTS})


@pytest.fixture(scope="module")
def measured():
    """Values, definedness and Jacobians of all features in all windows, from one program."""

    def of_one(window):
        stimulus = Stimulus(window[0], window[1], -0.1, window[2])
        slopes = jax.jacrev(lambda v: measure(NAMES, v, DT, stimulus, max_spikes=2).values)(V)
        return (*measure(NAMES, V, DT, stimulus, max_spikes=2), slopes)

    windows = jnp.array([(20.0, 40.0, 60.0), *(window for window, _ in WINDOWS.values())])
    found = jax.jit(jax.vmap(of_one))(windows)
    return dict(zip(("all", *WINDOWS), zip(*map(np.asarray, found), strict=True), strict=True))


def test_all_is_defined_where_the_trace_shows_it(measured):
    values, defined, slopes = measured["all"]
    assert defined.all()
    assert (np.abs(slopes).max(1) > 0).all()
    assert values[NAMES.index("steady_state_voltage_stimend")] == pytest.approx(V[380:400].mean())


@pytest.mark.parametrize("window", WINDOWS)
def test_a_window_that_the_trace_does_not_show_is_undefined(window, measured):
    values, defined, slopes = measured[window]
    lost = np.isin(NAMES, WINDOWS[window][1])
    assert not defined[lost].any()
    assert not values[lost].any()
    assert not slopes[lost].any()
    assert np.isfinite(values).all()
    assert np.isfinite(slopes).all()
    kept = "Spikecount" if window != "an experiment that is longer than the trace" else "mean_voltage"
    assert defined[NAMES.index(kept)]


def _leaf(function, *names):
    """A feature as a function of a trace and of the window that `names` are."""
    return lambda v, *times, **more: jax.tree.leaves(function(v, DT, **dict(zip(names, times, strict=True)), **more))


START_STOP = ("start", "stop")
STEP = ("onset", "offset")
FUNCTIONS = {
    "window_mean": _leaf(features.window_mean, *START_STOP),
    "window_std": _leaf(features.window_std, *START_STOP),
    "window_extrema": _leaf(features.window_extrema, *START_STOP),
    "spike_count": _leaf(features.spike_count, *START_STOP),
    "spike_times": _leaf(features.spike_times, *START_STOP),
    "missing_spikes": _leaf(features.missing_spikes, *START_STOP),
    "action_potentials": _leaf(features.action_potentials, *START_STOP),
    **{
        f"window_logits, {read}": lambda v, *times, read=read: _leaf(features.window_logits, *START_STOP)(
            v, *times, read=read
        )
        for read in ("mean", "max", "count")
    },
    "steady_state": _leaf(features.steady_state, *STEP),
    "input_resistance": lambda v, *times: _leaf(features.input_resistance, *STEP)(v, *times, current=-0.1),
    "sag": _leaf(features.sag, *STEP),
    "time_constant": _leaf(features.time_constant, *STEP),
    "resting_potential": lambda v, start, stop: _leaf(features.resting_potential, "onset")(v, stop),
}
BAD = {
    "beyond": (100.0, 120.0),
    "partly beyond": (30.0, 70.0),
    "between samples": (20.01, 20.02),
    "reversed": (40.0, 20.0),
}
WITHOUT_START = ("between samples", "reversed")  # all that the resting potential knows is the onset


def bad_for(function):
    return [one for key, one in BAD.items() if function != "resting_potential" or key not in WITHOUT_START]


DAILY = ("window_std", "spike_times", "window_logits, max", "time_constant", "resting_potential")
"""One of each kind, of which the gradients are compiled every day."""


@pytest.mark.parametrize(
    "function", [name if name in DAILY else pytest.param(name, marks=pytest.mark.slow) for name in FUNCTIONS]
)
def test_functions_give_0_for_traced_windows(function):
    call = FUNCTIONS[function]

    def values(v, window):
        return jnp.concatenate([jnp.ravel(one).astype(float) for one in call(v, *window)])

    both = jax.jit(jax.vmap(lambda window: (values(V, window), jax.jacrev(values)(V, window))))
    for one in both(jnp.array(bad_for(function))):
        np.testing.assert_array_equal(one, 0.0)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_refuse_plain_windows(function):
    for window in bad_for(function):
        with pytest.raises(errors.ModelValueError, match=r"leaves the trace, which has 600|no sample|not before"):
            FUNCTIONS[function](V, *window)


def test_edges_that_leave_the_trace_are_refused():
    with pytest.raises(errors.ModelValueError, match=r"from 50 to 70 ms leaves the trace"):
        features.summary_statistics(V, DT, [0.0, 50.0, 70.0])


@pytest.mark.parametrize(
    ("dt", "wide"),
    [
        (1.0 / 3.0, True),
        (0.025, False),
        *(
            pytest.param(*one, marks=pytest.mark.slow)
            for one in ((0.025, True), (0.1, True), (0.1, False), (1.0 / 3.0, False))
        ),
    ],
)
def test_a_window_of_all_samples_is_within_the_trace_whatever_the_rounding(wide, dt):
    mean = jax.jit(lambda v, stop: features.window_mean(v, dt, 0.0, stop))
    with jax.enable_x64(wide):
        for n in (999, 40_000, 100_001):
            for stop in (n * dt, (n - 1) * dt):
                assert float(mean(np.ones(n, np.float32), stop)) == pytest.approx(1.0, rel=1e-5)
            beyond = features.traces.inside(n, dt, 0.0, (n + 1) * dt)
            assert not beyond.any()
