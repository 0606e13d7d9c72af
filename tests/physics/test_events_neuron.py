"""Events on the grid of steps, beside NEURON 9.0.2 at a fixed step: `neuron_events.py` says how it is set up."""

from collections.abc import Callable

import event_cases as cases
import event_models as models
import numpy as np
import pytest
from physics_models import golden_of_neuron

import dendrax as jx

GRID = {"events": "grid"}


def by_step(times: np.ndarray, ids: np.ndarray, dt: float) -> list[tuple[int, int]]:
    """The step of each spike, which is at its end, and the cell that fired."""
    return sorted(zip(np.rint(times / dt).astype(int).tolist(), ids.tolist(), strict=True))


@pytest.mark.parametrize(
    ("name", "dt"),
    [
        ("equal", 0.025),
        ("unequal", 0.025),  # the program of the other ring
        *(pytest.param(name, 0.0125, marks=pytest.mark.slow) for name in ("equal", "unequal")),
    ],
)
def test_ring(holds: Callable, name: str, dt: float) -> None:
    case, golden = cases.RINGS[name], golden_of_neuron(f"ring_{name}_{dt:g}")
    v, spikes = jx.integrate(models.ring(case), t_max=case.t_max, delta_t=dt, return_spikes=True, **GRID)
    times, ids = np.asarray(spikes.times), np.asarray(spikes.ids)
    what = f"ring of {case.n} cells, {name} delays, dt {dt:g}"
    assert golden["times"].size > 4 * case.n
    assert int(spikes.count) == times.size == golden["times"].size
    assert np.max(np.abs(times / dt - np.rint(times / dt))) < 1e-6
    ours, theirs = by_step(times, ids, dt), by_step(golden["times"], golden["ids"], dt)
    elsewhere = sum(one != other for one, other in zip(ours, theirs, strict=True))
    holds("events", f"{what}, spikes in another step than NEURON's", elsewhere, at_most=0)
    off = np.max(np.abs(np.asarray(v)[0, :: int(golden["every"])] - golden["v"]))
    holds("events", f"{what}, voltages apart", off, at_most=1e-4, unit="mV")


def test_three_synapses_that_trains_off_the_grid_drive(holds: Callable) -> None:
    case, golden = cases.DRIVEN, golden_of_neuron("driven_synapses")
    net = models.driven(case)
    for synapse in "DEI":
        getattr(net, synapse).record(f"i_{synapse}", verbose=False)
    for synapse in "EI":
        getattr(net, synapse).record(f"{synapse}_g", verbose=False)
    found = np.asarray(jx.integrate(net, t_max=case.t_max, delta_t=case.dt, **GRID))
    v, i, g = found[:4], found[4:7], found[7:]
    holds("events", "three synapses, voltages apart", np.max(np.abs(v - golden["v"])), at_most=1e-4, unit="mV")
    # Our column holds the conductance with which its step was made, NEURON's the one after the step.
    decay = np.exp(-case.dt / np.asarray([case.expsyn[0][0], case.inhibition[0][0]]))[:, None]
    off = np.max(np.abs(g[:, 1:] * decay - golden["g"][1:, 1:]))
    holds("events", "three synapses, conductances apart", off, at_most=1e-8, unit="uS")
    off = np.max(np.abs(i[:, 1:] - golden["i"][:, 1:]))
    holds("events", "three synapses, currents apart", off, at_most=1e-6, unit="nA")


def test_netstims(holds: Callable) -> None:
    case, golden = cases.NETSTIMS, golden_of_neuron("netstims")
    times, ids = models.spikes_of(models.netstims(case), case.t_max, 0.025, **GRID)
    expected = np.split(golden["times"], golden["ends"][:-1])
    for index, theirs in enumerate(expected):
        ours = np.sort(times[ids == index])
        assert ours.size == theirs.size
        if theirs.size:
            holds("events", "NetStims, times apart", np.max(np.abs(ours - theirs)), at_most=1e-9, unit="ms")


@pytest.mark.peers
@pytest.mark.parametrize("name", cases.RINGS)
def test_what_neuron_says_is_what_is_stored(name: str) -> None:
    pytest.importorskip("neuron", reason="NEURON is not installed: make validate NEURON=1")
    import neuron_events

    for dt in cases.RING_STEPS:
        found, golden = neuron_events.ring(name, dt), golden_of_neuron(f"ring_{name}_{dt:g}")
        np.testing.assert_array_equal(found["ids"], golden["ids"])
        np.testing.assert_allclose(found["times"], golden["times"], atol=1e-9)
