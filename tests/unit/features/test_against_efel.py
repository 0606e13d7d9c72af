"""Features under the names of eFEL have the values of eFEL, on traces that traces.npz keeps (see make_traces.py)."""

from pathlib import Path

import jax
import numpy as np
import pytest

from dendrax.features import NAMES, Stimulus, measure

efel = pytest.importorskip("efel", reason="eFEL, which the values are compared with, is not installed")
pytestmark = pytest.mark.filterwarnings("ignore:Use .* instead:DeprecationWarning")

DT = 0.025
DATA = np.load(Path(__file__).parent / "traces.npz")
TRACES = ("regular", "adapting", "single", "hyperpolarised")
OURS = {"soft_spike_count", "mean_voltage", "std_voltage"}
COMPARED = sorted(set(NAMES) - OURS)
# eFEL takes the nearest sample where we interpolate. An onset is where the slope is 10 mV/ms, 0.25 mV in a sample.
TOLERANCE = {
    "AP_amplitude": 0.25,
    "AP1_amp": 0.25,
    "AP_begin_voltage": 0.25,
    "AP_width": DT,
    "AP_duration_half_width": DT,
    "AHP_time_from_peak": DT / 2,
    "AHP_depth_abs_slow": 0.03,
    "AHP_slow_time": 1e-3,
    "time_to_first_spike": DT / 2,
    "ISI_values": DT / 5,
    "ISIs": DT / 5,
    "all_ISI_values": DT / 5,
    "doublet_ISI": DT,
    "inv_first_ISI": 0.1,
    "ISI_CV": 1e-3,
    "adaptation_index2": 1e-4,
    "mean_frequency": 0.02,
    "AHP_depth": 2e-3,  # it takes one sample more for the resting potential
    "AP_amplitude_from_voltagebase": 2e-3,
    "voltage_base": 2e-3,
    "voltage_deflection_vb_ssse": 2e-3,
    "ohmic_input_resistance_vb_ssse": 2e-2,
}
DIFFERENT = {
    # It returns to the voltage one sample later, 0.2 mV off; after spikes that is much. See the passive cell below.
    **dict.fromkeys((name, "decay_time_constant_after_stim") for name in TRACES),
    # The last tenth of a stimulus of 2 ms is one of the steepest moments of the spike; it starts a sample earlier.
    ("single", "steady_state_voltage_stimend"): None,
    ("single", "voltage_deflection_vb_ssse"): None,
    ("single", "ohmic_input_resistance_vb_ssse"): None,
    ("single", "mean_frequency"): None,  # 3 Hz of 870 for 4 us
    ("single", "minimum_voltage"): None,
    # The rebound spike comes after the stimulus, where eFEL looks for no onset.
    ("hyperpolarised", "AP_amplitude"): None,
    ("hyperpolarised", "AP1_amp"): None,
}


def of_efel(
    v: np.ndarray, onset: float, offset: float, current: float, names: list[str] = COMPARED
) -> dict[str, float]:
    """Mean values of features that eFEL finds in a trace; NaN where it finds none."""
    efel.reset()
    efel.set_setting("interp_step", DT)
    trace = {"T": np.arange(len(v)) * DT, "V": v, "stim_start": [onset], "stim_end": [offset]}
    found = efel.get_feature_values([{**trace, "stimulus_current": [current]}], names, raise_warnings=False)[0]
    return {one: np.mean(found[one]) if found[one] is not None and len(found[one]) else np.nan for one in names}


def passive(tau: float) -> np.ndarray:
    """A cell of 100 MOhm, its step of -0.1 nA from 40 to 120 ms. (time,)"""
    time = np.arange(0, 160, DT)
    on, off = np.maximum(time - 40.0, 0.0), np.maximum(time - 120.0, 0.0)
    return -65.0 - 10.0 * (np.exp(-off / tau) - np.exp(-on / tau))


@pytest.fixture(scope="module")
def of_ours() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Values of all features of all traces, from one program."""
    voltages = [*(DATA[name].astype(float) for name in TRACES), passive(7.0)]
    longest = max(len(v) for v in voltages)
    padded = np.stack([np.pad(v, (0, longest - len(v)), mode="edge") for v in voltages])
    ends = [(len(v) - 0.5) * DT for v in voltages]
    steps = np.array([*(DATA[f"{name}_step"] for name in TRACES), (40.0, 120.0, -0.1)])
    stimuli = Stimulus(*steps.T, np.array(ends))
    measured = jax.jit(jax.vmap(lambda v, stimulus: measure(COMPARED, v, DT, stimulus, max_spikes=16)))(padded, stimuli)
    return dict(zip((*TRACES, "passive"), zip(*(np.asarray(one) for one in measured), strict=True), strict=True))


@pytest.mark.parametrize("name", TRACES)
def test_every_feature_has_the_value_that_efel_gives(name, of_ours):
    theirs = of_efel(DATA[name].astype(float), *(float(one) for one in DATA[f"{name}_step"]))
    wrong = {
        feature: (theirs[feature], value, defined)
        for feature, value, defined in zip(COMPARED, *of_ours[name], strict=True)
        if (name, feature) not in DIFFERENT
        and (
            defined == (np.isnan(theirs[feature]) or (feature, theirs[feature]) == ("mean_frequency", 0.0))
            or (defined and abs(value - theirs[feature]) > TOLERANCE.get(feature, 1e-5))
        )
    }
    assert not wrong


def test_subthreshold_features_of_a_passive_cell(of_ours):
    theirs = of_efel(passive(7.0), 40.0, 120.0, -0.1)
    ours = dict(zip(COMPARED, of_ours["passive"][0], strict=True))
    assert ours["decay_time_constant_after_stim"] == pytest.approx(7.0, rel=1e-3)
    assert theirs["decay_time_constant_after_stim"] == pytest.approx(7.0, rel=0.01)
    assert ours["ohmic_input_resistance_vb_ssse"] == pytest.approx(100.0, rel=1e-3)
    assert ours["sag_ratio1"] == pytest.approx(theirs["sag_ratio1"], abs=1e-4)


OF_SPIKES = sorted(
    {name for name in COMPARED if name.startswith(("AP", "AHP"))}
    | {"Spikecount", "spike_count", "all_ISI_values", "ISI_values", "ISI_CV", "time_to_first_spike", "doublet_ISI"}
)
# Means of few: three spikes, two intervals, and one trough, which eFEL looks for from another sample on.
OF_FEW = {
    "AP_amplitude": 0.25,
    "all_ISI_values": DT,
    "ISI_values": DT,
    "AHP_depth_abs_slow": 0.06,
    "AHP_slow_time": 2e-3,
}


@pytest.mark.parametrize("every", [10, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.slow
def test_a_trace_that_is_cut_anywhere_within_its_last_spike_has_the_features_that_efel_gives(every):
    v = DATA["regular"].astype(float)
    onset, offset, current = (float(one) for one in DATA["regular_step"])
    crossings = np.flatnonzero((v[:-1] < -20.0) & (v[1:] >= -20.0))
    last = np.arange(
        crossings[2] - 3, crossings[2] + 125, every
    )  # the last sample, from the foot of the third spike on
    stimulus = Stimulus(onset, offset, current)
    cut = jax.jit(jax.vmap(lambda end: measure(OF_SPIKES, v, DT, stimulus._replace(end=end), max_spikes=8)))
    values, defined = (np.asarray(one) for one in cut((last + 0.5) * DT))
    for k, index in enumerate(last):
        theirs = of_efel(v[: index + 1], onset, offset, current, OF_SPIKES)
        if theirs["AP_duration_half_width"] < 0:
            del theirs["AP_duration_half_width"]  # a mean with -49 ms, of the spike that has not stopped falling
        for name, expected in theirs.items():
            ours = values[k, OF_SPIKES.index(name)]
            where = f"{name} of a trace that ends at sample {index}: {ours}, eFEL {expected}"
            assert defined[k, OF_SPIKES.index(name)] == np.isfinite(expected), where
            if np.isfinite(expected):
                assert abs(ours - expected) <= OF_FEW.get(name, TOLERANCE.get(name, 1e-5)), where


@pytest.mark.slow
def test_an_end_is_as_good_as_a_cut():
    v = DATA["regular"].astype(float)
    onset, offset, current = (float(one) for one in DATA["regular_step"])
    last = np.flatnonzero((v[:-1] < -20.0) & (v[1:] >= -20.0))[2] + 57
    stimulus = Stimulus(onset, offset, current)
    alone = measure(OF_SPIKES, v[: last + 1], DT, stimulus, max_spikes=8)
    cut = measure(OF_SPIKES, v, DT, stimulus._replace(end=(last + 0.5) * DT), max_spikes=8)
    np.testing.assert_allclose(alone.values, cut.values, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(alone.defined, cut.defined)
