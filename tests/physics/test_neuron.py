"""Against NEURON 9.0.2 at equal discretisation, time step and scheme (VALIDATION.md, figure 2).

`make_neuron_goldens.py` says how NEURON was set up, and why both are the same sequence of solves.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from physics_models import cable, steps

import dendrax as jx
from dendrax.channels import HH

GOLDEN = Path(__file__).parent / "golden"

OUTSIDE_SPIKES = 0.05
"""Agreement of voltages below -20 mV [mV]."""


def spike_times(v: np.ndarray, dt: float) -> np.ndarray:
    """Upward crossings of 0 mV, interpolated [ms]."""
    at = np.flatnonzero((v[:-1] < 0.0) & (v[1:] >= 0.0))
    return dt * (at - v[at] / (v[at + 1] - v[at]))


def assert_like_neuron(ours: np.ndarray, golden: dict[str, np.ndarray]) -> None:
    """Equal spike counts, spike times within a step, voltages within 0.05 mV where no spike is."""
    theirs, dt = golden["v"].astype(float), float(golden["dt"])
    assert ours.shape == theirs.shape
    for one, other in zip(ours, theirs, strict=True):
        times, expected = spike_times(one, dt), spike_times(other, dt)
        assert times.size == expected.size >= 3
        assert np.max(np.abs(times - expected)) <= dt
        quiet = other < -20.0
        assert np.max(np.abs(one - other)[quiet]) <= OUTSIDE_SPIKES


def traced_cell(golden: dict[str, np.ndarray]) -> Any:
    """The compartments that NEURON was given: cylinders in branches of equal ncomp or not."""
    comp = jx.Compartment()
    branches = [jx.Branch(comp, ncomp=int(n)) for n in golden["ncomp"]]
    cell = jx.Cell(branches, parents=[int(parent) for parent in golden["parents"]])
    cell.set("radius", golden["radius"])
    cell.set("length", golden["length"])
    cell.set("axial_resistivity", float(golden["axial_resistivity"]))
    return cell


@pytest.mark.parametrize("name", ["l5pc_with_axon", "ca1_n120"])
def test_traced_cell(name: str) -> None:
    """A traced cell with HH in every compartment, 40 ms of current into the soma."""
    with np.load(GOLDEN / f"neuron_{name}.npz") as file:
        golden = dict(file)
    cell = traced_cell(golden)
    cell.insert(HH())
    cell.set("v", -65.0)
    cell.init_states()
    dt, n_steps = float(golden["dt"]), golden["v"].shape[1] - 1
    current = np.zeros(n_steps)
    current[round(1.0 / dt) : round(41.0 / dt)] = float(golden["current"])
    everywhere = cell.scope("global")
    everywhere.comp(int(golden["sites"][0])).stimulate(current, verbose=False)
    for site in golden["sites"]:
        everywhere.comp(int(site)).record("v", verbose=False)
    assert_like_neuron(np.asarray(steps(cell, n_steps, dt)), golden)


def test_rallpack3() -> None:
    """1000 compartments of squid membrane, 0.1 nA into one end."""
    with np.load(GOLDEN / "neuron_rallpack3.npz") as file:
        golden = dict(file)
    cell = cable(1000)
    cell.insert(HH())
    cell.set("axial_resistivity", 100.0)
    cell.set("HH_gLeak", 2.5e-5)
    cell.set("HH_eLeak", -65.0)
    cell.set("v", -65.0)
    cell.init_states()
    n_steps = golden["v"].shape[1] - 1
    cell.branch(0).comp(0).stimulate(np.full(n_steps, float(golden["current"])), verbose=False)
    cell.branch(0).comp([0, 999]).record("v", verbose=False)
    assert_like_neuron(np.asarray(steps(cell, n_steps, float(golden["dt"]))), golden)
