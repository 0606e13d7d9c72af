"""Small .mod files, one for each construct, against the voltages that NEURON computes (make_golden.py)."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from nmodl_cases import (
    CASES,
    CELSIUS,
    DELTA_T,
    DIAMETER,
    EVENTS,
    EVERY,
    LEAK,
    LEAK_REVERSAL,
    LENGTH,
    STEPS,
    T_MAX,
    V_INIT,
    Case,
)

import dendrax as jx
from dendrax.channels import Leak
from dendrax.events import VecStim
from dendrax.io import nmodl

MODELS = Path(__file__).parent / "models"
GOLDEN = np.load(Path(__file__).parent / "golden.npz")


def soma_of(case: Case, table: str = "clamp") -> jx.Network:
    """A cell of one compartment with the mechanisms of a case, driven."""
    net = jx.Network([jx.Cell([jx.Branch(jx.Compartment(), ncomp=1)], parents=[-1])])
    geometry = {"length": LENGTH, "radius": DIAMETER / 2, "capacitance": 1.0, "temperature": CELSIUS}
    for name, value in (geometry | {"v": V_INIT}).items():
        net.set(name, value)
    net.insert(Leak())
    net.set("Leak_gLeak", LEAK)
    net.set("Leak_eLeak", LEAK_REVERSAL)
    for file in case.mechanisms:
        mechanism = nmodl.load(MODELS / f"{file}.mod")(table=table)
        place = net.cell(0).branch(0).comp(0).place if mechanism.receives else net.insert
        place(mechanism)
    for name, value in case.values.items():
        variable, _, suffix = name.partition("_")
        net.set(f"{suffix}_{variable}" if suffix else variable, value)
    if case.weight:
        source, target = net.add_sources(VecStim([list(EVENTS)])), getattr(net, mechanism.name)
        jx.netcon(source, target, weight=case.weight, delay=1.0)
    else:
        net.cell(0).branch(0).comp(0).stimulate(jnp.asarray(current()), verbose=False)
    net.init_states(delta_t=DELTA_T)
    return net


def current() -> np.ndarray:
    """The current of all steps, which NEURON takes in the middle of a step [nA]."""
    time = (np.arange(round(T_MAX / DELTA_T)) + 0.5) * DELTA_T
    return sum(amp * ((time >= start) & (time < start + duration)) for amp, start, duration in STEPS)


@pytest.mark.parametrize(
    "name", [name if case.quick else pytest.param(name, marks=pytest.mark.slow) for name, case in CASES.items()]
)
def test_voltages_are_those_of_neuron(name: str) -> None:
    """At every tenth step; and what a KINETIC block conserves is conserved."""
    case = CASES[name]
    net = soma_of(case)
    cell = net.cell(0).branch(0).comp(0)
    cell.record("v", verbose=False)
    prefix = nmodl.load(MODELS / f"{case.mechanisms[-1]}.mod")().name
    for state in case.occupancies:
        view = getattr(net, prefix) if case.weight else cell
        view.record(f"{prefix}_{state}", verbose=False)
    events = {"events": "grid"} if case.weight else {}
    found = np.asarray(jx.integrate(net, delta_t=DELTA_T, t_max=T_MAX, order="neuron", **events))
    assert np.abs(found[0, ::EVERY] - GOLDEN[name]).max() < case.tolerance
    if case.occupancies:
        assert np.abs(found[1:].sum(0) - 1).max() < 1e-12


def test_tables_are_looked_up_as_in_neuron() -> None:
    net = soma_of(CASES["tabled"], "exact")
    net.cell(0).branch(0).comp(0).record("v", verbose=False)
    found = np.asarray(jx.integrate(net, delta_t=DELTA_T, t_max=T_MAX, order="neuron"))
    assert np.abs(found[0, ::EVERY] - GOLDEN["tabled"]).max() < 1.5e-9  # 2.4e-9 where the table is computed
