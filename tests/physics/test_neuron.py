"""Against NEURON 9.0.2 at equal discretisation, time step and scheme (figure 2).

`neuron_models.py` says how NEURON is set up, and why both are the same sequence of solves. What it computed is stored
by `make_neuron_goldens.py`; tests marked `peers` ask it again.
"""

from collections.abc import Callable

import numpy as np
import pytest
from physics_models import golden_of_neuron, squid_cable, steps, traced_cell
from spike_trains import spike_times, spiking_distance

TRACED = {"l5pc_with_axon": "layer 5 pyramidal cell", "ca1_n120": "CA1 pyramidal cell"}


def check(holds: Callable, name: str, ours: np.ndarray, theirs: np.ndarray, dt: float) -> None:
    """Equal spike counts, spike times within a step, voltages within 0.05 mV where no spike is."""
    assert ours.shape == theirs.shape
    for one, other in zip(ours, theirs, strict=True):
        times, expected = spike_times(one, dt), spike_times(other, dt)
        assert expected.size >= 3
        holds(2, f"{name}, difference in spike count", abs(times.size - expected.size), at_most=0)
        holds(2, f"{name}, spike times apart", np.max(np.abs(times - expected)), at_most=dt, unit="ms")
        quiet = other < -20.0
        off = np.max(np.abs(one - other)[quiet])
        holds(2, f"{name}, voltages below -20 mV apart", off, at_most=0.05, unit="mV")


def our_traced(golden: dict[str, np.ndarray]) -> np.ndarray:
    """40 ms of current into the soma."""
    cell = traced_cell(golden)
    dt, n_steps = float(golden["dt"]), round(float(golden["t_max"]) / float(golden["dt"]))
    current = np.zeros(n_steps)
    current[round(1.0 / dt) : round(41.0 / dt)] = float(golden["current"])
    everywhere = cell.scope("global")
    everywhere.comp(int(golden["sites"][0])).stimulate(current, verbose=False)
    for site in golden["sites"]:
        everywhere.comp(int(site)).record("v", verbose=False)
    return np.asarray(steps(cell, n_steps, dt))


def our_rallpack3(dt: float, t_max: float, every: int = 1) -> np.ndarray:
    """0.1 nA into one end of 1000 compartments, voltages at both."""
    cell = squid_cable(1000)
    n_steps = round(t_max / dt)
    cell.branch(0).comp(0).stimulate(np.full(n_steps, 0.1), verbose=False)
    cell.branch(0).comp([0, 999]).record("v", verbose=False)
    return np.asarray(steps(cell, n_steps, dt, record_every=every))


@pytest.mark.parametrize("name", TRACED)
def test_traced_cell(holds: Callable, name: str) -> None:
    golden = golden_of_neuron(name)
    check(holds, f"{TRACED[name]}, stored", our_traced(golden), golden["v"].astype(float), float(golden["dt"]))


def test_rallpack3(holds: Callable) -> None:
    golden = golden_of_neuron("rallpack3")
    check(holds, "Rallpack 3, stored", our_rallpack3(0.025, 50.0), golden["v"].astype(float), 0.025)


@pytest.mark.slow
def test_rallpack3_at_a_fine_step(holds: Callable) -> None:
    """250 ms at 1 us, by a scheme of first order beside one of second order."""
    golden = golden_of_neuron("rallpack3_fine")
    dt, every = float(golden["dt"]), int(golden["every"])
    ours, theirs = our_rallpack3(dt, 250.0, every), golden["v"].astype(float)
    for place, one, other in zip(("near", "far"), ours, theirs, strict=True):
        distance = spiking_distance(one, other, dt * every)
        holds(2, f"Rallpack 3 at 1 us, {place} end, sum of normalised RMS", distance, at_most=0.01)
        apart = np.max(np.abs(spike_times(one, dt * every) - spike_times(other, dt * every)))
        holds(2, f"Rallpack 3 at 1 us, {place} end, spikes of 250 ms apart", apart, at_most=0.2, unit="ms")


@pytest.mark.peers
@pytest.mark.parametrize("name", TRACED)
def test_traced_cell_beside_neuron(holds: Callable, name: str) -> None:
    neuron_models = neuron_or_skip()
    golden = golden_of_neuron(name)
    check(holds, f"{TRACED[name]}, live", our_traced(golden), neuron_models.traced(golden), float(golden["dt"]))


@pytest.mark.peers
def test_rallpack3_beside_neuron(holds: Callable) -> None:
    neuron_models = neuron_or_skip()
    ours, theirs = our_rallpack3(0.025, 50.0), neuron_models.rallpack3(1000, 50.0)
    check(holds, "Rallpack 3, live", ours, theirs, 0.025)
    off = np.max(np.abs(ours - theirs))
    holds(2, "Rallpack 3, live, voltages apart anywhere, spikes included", off, at_most=0.05, unit="mV")


def neuron_or_skip():
    """The module that runs NEURON, where it is installed."""
    pytest.importorskip("neuron", reason="NEURON is not installed: make validate NEURON=1")
    import neuron_models

    return neuron_models
