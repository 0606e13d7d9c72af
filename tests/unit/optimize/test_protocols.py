"""An experiment is its protocols, one by one; its slope is right; and what cannot be run is refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import dendrax as jx
from dendrax import errors
from dendrax.channels import HH, Leak
from dendrax.features import Stimulus, measure
from dendrax.optimize import Experiment, Protocol, Recording, Step, fit, read_targets
from dendrax.optimize.transforms import SigmoidTransform

DT = 0.05
COLUMNS = ("protocol", "recording", "feature", "mean", "std", "weight")


def ball_and_stick():
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0])
    cell.insert(HH())
    cell.set("radius", 5.0)
    cell.set("length", 30.0)
    cell.set("v", -65.0)
    cell.init_states()
    cell.make_trainable("HH_gNa", verbose=False)
    cell.branch(1).make_trainable("HH_gK", verbose=False)
    return cell


def protocols_of(cell):
    soma, tip = cell.branch(0).loc(0.0), cell.branch(1).loc(1.0)
    ramp = np.concatenate([np.zeros(200), np.linspace(0.0, 0.3, 300)])
    return [
        Protocol("spikes", soma, Step(5.0, 20.0, 0.6), {"soma": soma, "tip": Recording(tip, threshold=-30.0)}, 30.0),
        Protocol("pull", tip, [Step(10.0, 15.0, -0.1), Step(18.0, 2.0, 0.01)], {"tip": tip}, 25.0, holding=0.02),
        Protocol("ramp", soma, ramp, {"soma": soma}, 25.0, window=(10.0, 25.0)),
    ]


TARGETS = [
    ("spikes", "soma", "AP_height", 30.0, 5.0, 1.0),
    ("spikes", "tip", "AP_width", 1.5, 0.1, 2.0),
    ("spikes", "soma", "time_to_first_spike", 1.0, 0.2, 1.0),
    ("pull", "tip", "voltage_base", -66.0, 1.0, 1.0),
    ("pull", "tip", "AP_height", 30.0, 5.0, 0.5),
    ("ramp", "soma", "mean_voltage", -60.0, 2.0, 1.0),
]


@pytest.fixture(scope="module")
def both():
    cell = ball_and_stick()
    experiment = Experiment(cell, protocols_of(cell), pd.DataFrame(TARGETS, columns=COLUMNS), delta_t=DT, max_spikes=8)
    return cell, experiment


@pytest.fixture(scope="module")
def alone(both):
    """Every protocol by hand: stimulate, record, integrate."""
    cell, _ = both
    n = 600
    time = np.arange(n) * DT
    currents = {
        "spikes": (0, [(0, np.where((time >= 5.0 - 1e-9) & (time < 25.0 - 1e-9), 0.6, 0.0))]),
        "pull": (
            3,
            [
                (
                    0,
                    np.where(time < 25.0 - 1e-9, 0.02, 0.0)
                    + np.where((time >= 10.0 - 1e-9) & (time < 25.0 - 1e-9), -0.1, 0.0)
                    + np.where((time >= 18.0 - 1e-9) & (time < 20.0 - 1e-9), 0.01, 0.0),
                )
            ],
        ),
        "ramp": (0, [(0, np.concatenate([np.zeros(200), np.linspace(0.0, 0.3, 300), np.zeros(100)]))]),
    }
    found = {}
    for name, (row, ((_, current),)) in currents.items():
        model = cell.copy()
        model.select(nodes=[row]).stimulate(current, verbose=False)
        model.select(nodes=[0]).record(verbose=False)
        model.select(nodes=[3]).record(verbose=False)
        v = jx.integrate(model, cell.get_parameters(), t_max=n * DT, delta_t=DT)
        found[name] = {"soma": np.asarray(v[0]), "tip": np.asarray(v[1])}
    return found


def test_traces_are_those_of_the_protocols_alone(both, alone):
    cell, experiment = both
    recorded = experiment.record(cell.get_parameters())
    assert {name: set(one) for name, one in recorded.items()} == {
        "spikes": {"soma", "tip"}, "pull": {"tip"}, "ramp": {"soma"}
    }  # fmt: skip
    for protocol, traces in recorded.items():
        for name, v in traces.items():
            np.testing.assert_allclose(v, alone[protocol][name][: len(v)], atol=1e-8)
    assert recorded["pull"]["tip"].shape == (501,)
    assert len(cell.recordings) == 0  # the model of the user is as it was


@pytest.mark.slow
def test_scores_are_features_in_units_of_standard_deviations(both, alone):
    cell, experiment = both
    stimuli = {
        "spikes": Stimulus(5.0, 25.0, 0.6, 30.0),
        "pull": Stimulus(10.0, 25.0, -0.1, 25.0),
        "ramp": Stimulus(10.0, 25.0, 0.0, 25.0),
    }
    scores = experiment.scores(cell.get_parameters())
    expected = []
    for protocol, name, feature, mean, std, _ in TARGETS:
        threshold = -30.0 if (protocol, name) == ("spikes", "tip") else -20.0
        v = alone[protocol][name]
        values, defined = measure([feature], v, DT, stimuli[protocol], threshold=threshold, max_spikes=8)
        highest = v[200:501].max()
        expected.append((values[0] - mean) / std if defined[0] else 250.0 + max(threshold - highest, 0.0))
    np.testing.assert_allclose(scores, np.array(expected), atol=1e-6)
    assert float(scores[4]) > 250.0  # nothing spikes where the cell is hyperpolarised
    table = experiment.report(cell.get_parameters())
    assert table["unit"].tolist()[:2] == ["mV", "ms"]
    assert np.isnan(table["value"][4])
    np.testing.assert_allclose(table["score"], scores, atol=1e-6)


@pytest.mark.slow
def test_the_loss_has_the_slope_of_a_central_difference(both):
    cell, experiment = both
    params = cell.get_parameters()
    loss = jax.jit(jax.value_and_grad(experiment))
    value, slope = loss(params)
    weights = np.array([one[5] for one in TARGETS])
    assert float(value) == pytest.approx(float((weights * jnp.abs(experiment.scores(params))).sum()), rel=1e-9)
    for k, key in enumerate(("HH_gNa", "HH_gK")):
        step = 1e-6 * params[k][key][0]
        ends = []
        for sign in (1, -1):
            moved = [dict(one) for one in params]
            moved[k][key] = params[k][key] + sign * step
            ends.append(loss(moved)[0])
        assert float(slope[k][key][0]) == pytest.approx(float((ends[0] - ends[1]) / (2 * step)), rel=1e-4)


def test_a_fit_of_an_experiment_finds_what_is_known_in_closed_form():
    neuron = jx.Compartment()
    neuron.insert(Leak())
    neuron.set("length", 50.0)
    neuron.set("radius", 5.0)
    for key in ("Leak_gLeak", "Leak_eLeak"):
        neuron.make_trainable(key, verbose=False)
    step = Protocol("step", neuron, Step(60.0, 60.0, -0.01), {"soma": neuron}, duration=120.0)
    row = {"protocol": "step", "recording": "soma", "std": 1.0}
    targets = [
        row | {"feature": "voltage_base", "mean": -66.0},
        row | {"feature": "ohmic_input_resistance_vb_ssse", "mean": 500.0},
    ]
    experiment = Experiment(neuron, [step], targets, delta_t=1.0, max_spikes=1)
    bounds = [{"Leak_gLeak": SigmoidTransform(2e-5, 4e-4)}, {"Leak_eLeak": SigmoidTransform(-90.0, -50.0)}]
    squares = lambda params: jnp.sum(experiment.scores(params) ** 2)  # noqa: E731
    fitted = fit(squares, neuron.get_parameters(), transform=bounds, steps=200, learning_rate=0.05, progress=False)
    area = 2 * np.pi * 5.0 * 50.0 * 1e-8  # cm2
    assert float(fitted.params[0]["Leak_gLeak"][0]) == pytest.approx(
        1 / (500e6 * area), rel=5e-3
    )  # 7 time constants to rest
    assert float(fitted.params[1]["Leak_eLeak"][0]) == pytest.approx(-66.0, abs=0.05)


@pytest.mark.slow
def test_a_window_that_a_protocol_does_not_reach_scores_as_missing():
    neuron = jx.Compartment()
    neuron.insert(Leak())
    neuron.make_trainable("Leak_gLeak", verbose=False)
    # As long as the longer of both: the voltages of "short" go on, but its experiment does not.
    steps = [Protocol(key, neuron, Step(20.0, 20.0, -0.001), {"soma": neuron}, 40.0 + tail) for key, tail in TAILS]
    row = {"recording": "soma", "feature": "decay_time_constant_after_stim", "mean": 10.0, "std": 1.0}
    experiment = Experiment(neuron, steps, [row | {"protocol": key} for key, _ in TAILS], delta_t=0.1)
    params = neuron.get_parameters()
    short, long = np.asarray(experiment.scores(params))
    assert long == pytest.approx(0.0, abs=0.1)  # 1 uF/cm2 over 1e-4 S/cm2
    highest = float(experiment.record(params)["short"]["soma"][200:].max())
    assert short == pytest.approx(250.0 - 20.0 - highest)
    assert np.isnan(experiment.report(params)["value"]).tolist() == [True, False]
    slope = jax.jacrev(experiment.scores)(params)
    assert np.isfinite(slope[0]["Leak_gLeak"]).all()


TAILS = (("short", 5.0), ("long", 20.0))


@pytest.mark.slow
def test_a_report_says_that_spikes_are_not_looked_at(both):
    cell, _ = both
    row = {"protocol": "a", "recording": "soma", "feature": "AP_height", "mean": 30.0, "std": 5.0}
    protocol = one_protocol(cell, current=[Step(1.0, 1.0, 2.0), Step(17.0, 1.0, 5.0)], duration=25.0)
    experiment = Experiment(cell, [protocol], [row], delta_t=DT, max_spikes=1)
    with pytest.warns(errors.FitWarning, match="has 2 spikes, of which features see the first 1.*max_spikes=2"):
        experiment.report(cell.get_parameters())


def one_protocol(cell, **changes):
    soma = cell.branch(0).loc(0.0)
    given = {"name": "a", "place": soma, "current": Step(5.0, 5.0, 0.1), "recordings": {"soma": soma}, "duration": 20.0}
    return Protocol(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"name": ""}, errors.ModelTypeError, "name must be text"),
        ({"duration": -1.0}, errors.ModelValueError, "duration must be positive"),
        ({"current": Step(5.0, 50.0, 0.1)}, errors.ModelValueError, "not within the duration of 20.0 ms"),
        ({"current": np.zeros((2, 5))}, errors.ValueShapeError, "shape (2, 5)"),
        ({"current": [Step(1.0, 1.0, np.nan)]}, errors.ModelValueError, "amplitude of a step must be a finite"),
        ({"recordings": {}}, errors.ModelValueError, "no recordings"),
        ({"recordings": {"soma": "soma"}}, errors.ModelTypeError, "recording 'soma' needs a place"),
        ({"window": (30.0, 40.0)}, errors.ModelValueError, "window from 30.0 to 40.0 ms"),
    ],
)
def test_protocols_that_cannot_be_run_are_refused(changes, error, text):
    with pytest.raises(error) as raised:
        one_protocol(jx.Cell(), **changes)
    assert text in str(raised.value)


def test_a_recording_is_of_one_compartment():
    cell = ball_and_stick()
    with pytest.raises(errors.ModelValueError, match="recording 'all' has 4 compartments"):
        one_protocol(cell, recordings={"all": cell})


@pytest.mark.parametrize(
    ("build", "error", "text"),
    [
        (lambda cell, row: Experiment(cell, [], [row]), errors.ModelValueError, "no protocols"),
        (lambda cell, row: Experiment(cell, [one_protocol(cell)] * 2, [row]), errors.ModelValueError, "the name 'a'"),
        (
            lambda cell, row: Experiment(cell, [one_protocol(cell.copy())], [row]),
            errors.ModelValueError,
            "the stimulus of protocol 'a' is in another model",
        ),
        (
            lambda cell, row: Experiment(cell, [one_protocol(cell)], [row | {"protocol": "b"}]),
            errors.UnknownNameError,
            "no protocol 'b', only a",
        ),
        (
            lambda cell, row: Experiment(cell, [one_protocol(cell)], [row | {"recording": "axon"}]),
            errors.UnknownNameError,
            "no recording 'axon', only soma",
        ),
        (
            lambda cell, row: Experiment(
                cell, [one_protocol(cell, recordings={"soma": Recording(cell.branch(0).loc(0.0), "Na_m")})], [row]
            ),
            errors.UnknownNameError,
            "no state or membrane current 'Na_m'",
        ),
        (lambda cell, row: Experiment(cell, [one_protocol(cell)], [row], t_max=3.0), errors.ModelTypeError, "'t_max'"),
        (lambda cell, row: read_targets([row | {"feature": "AP_with"}]), errors.UnknownNameError, "'AP_width'"),
        (lambda cell, row: read_targets([row | {"std": 0.0}]), errors.ModelValueError, "std must be positive"),
        (lambda cell, row: read_targets([row, row]), errors.ModelValueError, "a / soma / AP_width is there twice"),
        (lambda cell, row: read_targets([{"protocol": "a"}]), errors.UnknownNameError, "lacks 'recording'"),
        (lambda cell, row: read_targets([row | {"sd": 1.0}]), errors.UnknownNameError, "'sd'"),
        (lambda cell, row: read_targets([]), errors.ModelValueError, "there are none"),
        (lambda cell, row: read_targets("table.csv"), errors.ModelTypeError, "not str"),
    ],
)
def test_experiments_that_make_no_sense_are_refused(build, error, text):
    row = {"protocol": "a", "recording": "soma", "feature": "AP_width", "mean": 1.0, "std": 0.1}
    with pytest.raises(error) as raised:
        build(ball_and_stick(), row)
    assert text in str(raised.value)
