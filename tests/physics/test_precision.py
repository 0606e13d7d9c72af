"""float32 follows float64 (figure 8)."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest
from physics_models import golden_of_neuron, steps, traced_cell
from spike_trains import spike_times
from test_gradients import loss_of, model, start

DT = 0.025


def firing_for(duration: float, current: float) -> np.ndarray:
    """Voltage at the soma of a layer 5 pyramidal cell, in the precision of the moment. (time,)."""
    golden = golden_of_neuron("l5pc_with_axon")
    cell = traced_cell(golden)
    n_steps = round(duration / DT)
    soma = cell.scope("global").comp(int(golden["sites"][0]))
    soma.stimulate(np.full(n_steps, current), verbose=False)
    soma.record("v", verbose=False)
    return np.asarray(steps(cell, n_steps, DT))[0]


def in_float32(function: Callable, *arguments: Any) -> Any:
    """What a function gives where nothing is float64."""
    with jax.enable_x64(False):
        return function(*arguments)


@pytest.mark.parametrize("duration", [50.0, pytest.param(1000.0, marks=pytest.mark.slow)])
def test_spikes(holds: Callable, duration: float) -> None:
    exact, single = firing_for(duration, 5.0), in_float32(firing_for, duration, 5.0)
    assert single.dtype == np.float32
    expected, times = spike_times(exact, DT), spike_times(single.astype(float), DT)
    assert expected.size >= duration / 25.0
    name = f"layer 5 pyramidal cell, {duration:g} ms, {expected.size} spikes"
    holds(8, f"{name}: difference in count", abs(times.size - expected.size), at_most=0)
    holds(8, f"{name}: times apart", np.max(np.abs(times - expected)), at_most=0.05, unit="ms")


@pytest.mark.slow
def test_gradients(holds: Callable) -> None:
    def gradient() -> dict[str, np.ndarray]:
        cell = model()
        return {kind: np.asarray(slope) for kind, slope in jax.jit(jax.grad(loss_of(cell)))(start(cell)).items()}

    exact, single = gradient(), in_float32(gradient)
    assert {slope.dtype for slope in single.values()} == {np.dtype(np.float32)}
    for kind, slope in exact.items():
        other = single[kind].astype(float)
        cosine = slope @ other / np.linalg.norm(slope) / np.linalg.norm(other)
        holds(8, "1 - cosine of gradients, each kind of parameter", 1.0 - cosine, at_most=1e-3)
