"""A passive cell joined everywhere, read from NEURON, is NEURON's to rounding.

What NEURON answered is stored by `make_neuron_joints.py`; tests marked `peers` ask it again.
"""

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
import pytest
from physics_models import golden_of_neuron
from recorded_neuron import Recorded, record

import dendrax as jx
from dendrax.channels import Leak
from dendrax.io.neuron import read_sections

DT, EVERY, CURRENT, SITE = 0.025, 20, 0.5, ("apic[0]", 0.5)


def our_voltages(h, leak: dict[str, np.ndarray], n_steps: int) -> np.ndarray:
    """Voltages in NEURON's order of segments. (segment, time)."""
    read = read_sections(h)
    cell = read.build()
    rows = np.array([read.row_of(segment) for section in h.allsec() for segment in section])
    assert sorted(rows) == list(range(cell.shape[1]))
    cell.insert(Leak())
    for key in ("g", "e"):
        values = np.empty(len(rows))
        values[rows] = leak[key]
        cell.set(f"Leak_{key}Leak", values)
    cell.select(nodes=read.row(*SITE)).stimulate(np.full(n_steps, CURRENT), verbose=False)
    cell.record("v", verbose=False)
    v = jx.integrate(cell, delta_t=DT, t_max=n_steps * DT)
    assert v.dtype == jnp.float64
    return np.asarray(v)[rows, ::EVERY]


def test_stored_voltages(holds: Callable) -> None:
    golden = golden_of_neuron("joints")
    ours = our_voltages(Recorded(golden), golden, EVERY * (golden["v"].shape[1] - 1))
    assert ours.shape == golden["v"].shape
    assert golden["v"].max() > -40
    off = np.max(np.abs(ours - golden["v"]))
    holds(2, "passive cell joined everywhere, stored, voltages apart", off, at_most=1e-8, unit="mV")


@pytest.mark.peers
def test_live_voltages(holds: Callable) -> None:
    pytest.importorskip("neuron", reason="NEURON is not installed: make validate NEURON=1")
    import neuron_joints
    from neuron import h

    sections = neuron_joints.build()
    golden = golden_of_neuron("joints")
    for key, answers in record(sections).items():
        if key != "name":
            np.testing.assert_allclose(answers, golden[key], rtol=1e-12, err_msg=key)
    theirs = neuron_joints.simulate(sections)
    ours = our_voltages(h, neuron_joints.leak(sections), EVERY * (theirs.shape[1] - 1))
    off = np.max(np.abs(ours - theirs))
    holds(2, "passive cell joined everywhere, live, voltages apart", off, at_most=1e-8, unit="mV")
