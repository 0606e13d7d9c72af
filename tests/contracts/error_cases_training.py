"""Features, protocols and densities with every argument replaced by things that nobody should pass; see the sweep."""

import tempfile
from typing import Any
from unittest import mock

import jax.numpy as jnp
import numpy as np
from error_cases import nothing, plain
from error_cases_sweep import Call, function
from jax.flatten_util import ravel_pytree

from dendrax import features
from dendrax.features import SpikeTimes, Stimulus
from dendrax.optimize import (
    Experiment,
    Protocol,
    Recording,
    Step,
    descent,
    fit,
    fit_many,
    least_squares,
    log_density,
    random_starts,
    read_targets,
    search,
    uniform_prior,
)
from dendrax.optimize.transforms import SigmoidTransform

V = 60.0 * np.sin(np.arange(40) / 3.0) - 30.0
TRACE = {"v": V, "dt": 0.5}
WINDOW = {"start": 0.0, "stop": 10.0}
STEP = {"onset": 5.0, "offset": 10.0}
TRAIN = SpikeTimes(np.array([1.0, 3.0, 7.0, 0.0]), np.array([True, True, True, False]))
ROW = {"protocol": "a", "recording": "soma", "feature": "AP_width", "mean": 1.0, "std": 0.1, "weight": 1.0}


PARAMS = [{"g": np.array([0.2, 0.3])}]
WITHIN = SigmoidTransform(0.0, 1.0)


def loss(params: Any) -> Any:
    """Of any parameters."""
    return jnp.sum(ravel_pytree(params)[0] ** 2)


def options() -> dict[str, Any]:
    """What `fit` and `fit_many` take alike."""
    return {
        "steps": 1, "transform": WITHIN, "optimizer": "adam", "learning_rate": 0.1, "key": 0, "normalize": "global",
        "clip": 1.0, "patience": 3, "tolerance": 0.1, "callbacks": [], "check": True, "progress": False,
        "checkpoint": tempfile.gettempdir(), "every": 2, "resume": False,
    }  # fmt: skip


def to_the_first_step(thing: Any, **given: Any) -> Call:
    """A fit, which makes no step: what it refuses is refused before."""

    def call(_: Any, **arguments: Any) -> object:
        with mock.patch.object(descent, "train", return_value=[mock.Mock(lowest=0.0)]):
            return thing(**arguments)

    return Call(thing.__name__, nothing, call, lambda _: given | options())


def of_traces(thing: Any, **arguments: Any) -> Call:
    """A feature of a trace."""
    return function(thing, lambda _: TRACE | arguments)


def of_trains(thing: Any, **arguments: Any) -> Call:
    """A feature of times of spikes."""
    return function(thing, lambda _: {"spikes": TRAIN, **arguments})


def soma(model: Any) -> Any:
    """One compartment."""
    return model.branch(0).comp(0)


def protocol(model: Any, **changes: Any) -> Protocol:
    """One that can be run."""
    given = {"name": "a", "place": model, "current": Step(1.0, 2.0, 0.1), "recordings": {"soma": soma(model)}}
    return Protocol(**(given | {"duration": 5.0, "holding": 0.0, "window": (1.0, 2.0)} | changes))


FEATURES = [
    of_traces(features.spike_count, threshold=-20.0, softness=5.0, **WINDOW),
    of_traces(features.spike_times, threshold=-20.0, max_spikes=4, **WINDOW),
    of_traces(features.missing_spikes, threshold=-20.0, max_spikes=4, **WINDOW),
    of_traces(features.action_potentials, threshold=-20.0, max_spikes=4, onset_slope=10.0, **WINDOW),
    of_traces(features.window_mean, **WINDOW),
    of_traces(features.window_std, **WINDOW),
    of_traces(features.window_extrema, **WINDOW),
    of_traces(features.summary_statistics, edges=[0.0, 5.0, 10.0]),
    of_traces(features.resting_potential, onset=5.0),
    of_traces(features.steady_state, **STEP),
    of_traces(features.input_resistance, current=0.1, **STEP),
    of_traces(features.sag, empty=0.0, **STEP),
    of_traces(features.time_constant, start=1.0, stop=5.0, **STEP),
    of_traces(features.window_logits, read="mean", scale=1.0, **WINDOW),
    of_traces(features.measure, names=["AP_width"], stimulus=Stimulus(1.0, 2.0), threshold=-20.0, max_spikes=4),
    of_trains(features.intervals, skip=0),
    of_trains(features.latency, onset=0.0, empty=0.0),
    of_trains(features.mean_interval, skip=0),
    of_trains(features.interval_cv, skip=0),
    of_trains(features.adaptation, skip=0),
    of_trains(features.firing_rate, onset=0.0, offset=10.0),
    function(features.van_rossum, lambda _: {"one": TRAIN, "other": TRAIN, "tau": 5.0}),
    function(features.soft_dtw, lambda _: {"x": V[:4], "y": V[:5], "gamma": 1.0}),
    function(features.cross_entropy, lambda _: {"logits": np.zeros((2, 3)), "labels": np.array([0, 1])}),
    function(features.accuracy, lambda _: {"logits": np.zeros((2, 3)), "labels": np.array([0, 1])}),
    function(features.masked_mean, lambda _: {"values": V, "mask": V > 0, "empty": 0.0}),
]
FITS = [
    Call(
        "Protocol",
        plain,
        protocol,
        lambda model: {
            "name": "a",
            "place": model,
            "current": np.ones(9),
            "recordings": {"soma": soma(model)},
            "duration": 5.0,
            "holding": 0.0,
            "window": (1.0, 2.0),
        },
    ),
    Call(
        "Recording",
        plain,
        lambda model, **given: Experiment(model, [protocol(model, recordings={"soma": Recording(**given)})], [ROW]),
        lambda model: {"place": soma(model), "state": "v", "threshold": -20.0},
    ),
    Call(
        "Step",
        plain,
        lambda model, **given: protocol(model, current=Step(**given), window=None),
        lambda _: {"onset": 1.0, "duration": 2.0, "amplitude": 0.1},
    ),
    Call(
        "Experiment",
        plain,
        lambda _, **given: Experiment(**given),
        lambda model: {
            "module": model,
            "protocols": [protocol(model)],
            "targets": [ROW],
            "delta_t": 0.5,
            "max_spikes": 2,
            "missing": 250.0,
        },
    ),
    to_the_first_step(
        fit,
        loss=lambda params, batch: loss(params) + batch.sum(),
        params=PARAMS,
        data=np.ones((4, 1)),
        batch_size=2,
        devices=1,
    ),
    to_the_first_step(fit_many, loss=loss, starts=[{"g": np.full((3, 2), 0.5)}], devices=1, memory=1e9),
    function(random_starts, lambda _: {"params": PARAMS, "n": 2, "transform": WITHIN, "spread": 1.0, "key": 0}),
    function(
        search,
        lambda _: {
            "loss": loss,
            "params": PARAMS,
            "generations": 1,
            "method": "separable",
            "population": 4,
            "spread": 1.0,
            "narrowest": 1e-6,
            "elite": 1,
            "key": 0,
            "devices": 1,
            "memory": 1e9,
            "progress": False,
            "every": 1,
            "resume": False,
        },
    ),
    function(
        least_squares,
        lambda _: {
            "residuals": loss,
            "params": PARAMS,
            "steps": 1,
            "rtol": 1e-6,
            "atol": 1e-6,
            "jacobian": "forward",
            "progress": False,
            "every": 1,
            "resume": False,
        },
    ),
    function(read_targets, lambda _: {"table": [ROW]}),
    Call("Target", nothing, lambda _, **row: read_targets([row]), lambda _: ROW),
    Call("bounds of uniform_prior", nothing, lambda _, g: uniform_prior([{"g": g}]), lambda _: {"g": (0.0, 1.0)}),
    function(uniform_prior, lambda _: {"bounds": [{"g": (0.0, 1.0)}]}),
    function(
        log_density,
        lambda _: {
            "loss": lambda params: params[0]["g"][0],
            "prior": uniform_prior([{"g": (0, 1)}]),
            "temperature": 1.0,
        },
    ),
]
CALLS = [*FEATURES, *FITS]
