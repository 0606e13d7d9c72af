"""Charge, gates and symmetries (figure 6 and our own additions)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from physics_models import cable, steps, tree, uneven_tree

import dendrax as jx
from dendrax.channels import HH, CaL, CaT, K, Km, Leak, Na
from dendrax.pumps import CaNernstReversal
from dendrax.synapses import GapJunction

DT = 0.025


def slow(name: str) -> Any:
    """A stepper for make test-all; another stands for it every day."""
    return pytest.param(name, marks=pytest.mark.slow)


def recorded(cell: Any, names: tuple[str, ...], n_steps: int, **kwargs: Any) -> dict[str, np.ndarray]:
    """Every compartment's states over time. name -> (comp, time)."""
    for name in names:
        cell.record(name, verbose=False)
    states = np.asarray(steps(cell, n_steps, DT, **kwargs))
    return dict(zip(names, np.split(states, len(names)), strict=True))


@pytest.mark.parametrize("solver", ["bwd_euler", slow("crank_nicolson")])
def test_charge_is_conserved(holds: Callable, solver: str) -> None:
    """sum C dv/dt + sum of membrane currents = injected current, at every step of a firing cell."""
    cell = uneven_tree()
    current = np.zeros(400)
    current[20:300] = 2.0
    cell.branch(3).comp(2).stimulate(current, verbose=False)
    s = recorded(cell, ("v", "HH_m", "HH_h", "HH_n"), 400, solver=solver)
    assert s["v"].max() > 0.0
    area = cell.nodes["area"].to_numpy()[:, None]  # [um2]
    old, new = s["v"][:, :-1], s["v"][:, 1:]
    v = new if solver == "bwd_euler" else (old + new) / 2.0
    m, h, n = (s[name][:, 1:] for name in ("HH_m", "HH_h", "HH_n"))
    densities = (0.12 * m**3 * h * (v - 50.0), 0.036 * n**4 * (v + 77.0), 3e-4 * (v + 54.3))  # [mA/cm2]
    ionic = 1e-2 * area * np.stack(densities)  # [nA]
    capacitive = 1e-5 * area * (new - old) / DT  # [nA]
    imbalance = np.sum(capacitive, axis=0) + np.sum(ionic, axis=(0, 1)) - current
    scale = np.sum(np.abs(capacitive), axis=0) + np.sum(np.abs(ionic), axis=(0, 1)) + np.abs(current)
    worst = np.max(np.abs(imbalance) / scale)
    holds(6, "charge of a firing cell, imbalance of each step over gross currents", worst, at_most=1e-12)


@pytest.mark.parametrize("solver", [slow("bwd_euler"), "crank_nicolson", slow("fwd_euler"), "exp_euler"])
def test_a_cell_without_channels_keeps_its_charge(holds: Callable, solver: str) -> None:
    """Axial currents move charge and make none."""
    cell = tree([-1, 0, 0, 1], [2, 3, 4, 2], [2.0, 1.0, 0.7, 0.5], [40.0, 90.0, 160.0, 60.0])
    cell.set("capacitance", np.linspace(0.7, 1.4, 11))
    cell.set("v", np.linspace(-90.0, 20.0, 11))
    s = recorded(cell, ("v",), 1000, solver=solver)
    capacitance = (cell.nodes["area"] * cell.nodes["capacitance"]).to_numpy()
    charge = capacitance @ s["v"]
    assert np.ptp(s["v"][:, -1]) < 0.5 * np.ptp(s["v"][:, 0])
    drift = np.max(np.abs(charge - charge[0])) / (capacitance @ np.abs(s["v"][:, 0]))
    holds(6, "charge of a cell without channels, drift over 1000 steps", drift, at_most=1e-12)


def test_ends_are_sealed(holds: Callable) -> None:
    """A sealed end is a mirror: half the cable with half the current is the whole one with a current in its middle."""
    halves = []
    for n_comp, length, current in ((20, 500.0, 0.5), (40, 1000.0, 1.0)):
        cell = cable(n_comp, length=length, radius=1.0)
        cell.insert(HH())
        cell.set("axial_resistivity", 100.0)
        cell.set("v", -65.0)
        cell.init_states()
        middle = [n_comp - 20, n_comp - 21] if n_comp == 40 else [0]
        cell.branch(0).comp(middle).stimulate(np.full(400, current / len(middle)), verbose=False)
        s = recorded(cell, ("v",), 400)["v"]
        halves.append(s[-20:])
    assert halves[0].max() > 0.0
    off = np.max(np.abs(halves[0] - halves[1]))
    holds("own", "sealed ends: half a firing cable against the whole", off, at_most=1e-9, unit="mV")


def test_twin_branches_are_alike(holds: Callable) -> None:
    """A symmetric tree stays symmetric, at every step of a firing cell."""
    parents = [-1, 0, 0, 1, 1, 2, 2]
    cell = tree(parents, [2, 3, 3, 4, 4, 4, 4], [4.0, 1.0, 1.0, 0.6, 0.6, 0.6, 0.6], [20.0, 90.0, 90.0, *[150.0] * 4])
    cell.insert(HH())
    cell.set("axial_resistivity", 100.0)
    cell.branch(0).comp(0).stimulate(np.full(400, 1.0), verbose=False)
    v = recorded(cell, ("v",), 400)["v"]
    assert v.max() > 0.0
    off = max(np.max(np.abs(v[8:12] - v[tip : tip + 4])) for tip in (12, 16, 20))
    off = max(off, np.max(np.abs(v[2:5] - v[5:8])))
    holds("own", "twin branches of a firing cell, difference", off, at_most=1e-10, unit="mV")


@pytest.mark.parametrize("solver", [slow("bwd_euler"), "crank_nicolson"])
def test_equivalent_cylinder(holds: Callable, solver: str) -> None:
    """Unequal daughters whose d^(3/2) add up to the parent's, of equal electrotonic length, are one cylinder.

    It holds for active membranes too, and for the compartments themselves: both sides agree to rounding.

    References:
        Rall (1962), Annals of the New York Academy of Sciences 96: 1071-1092.
    """
    share = np.asarray([1.0, 0.3, 0.7, 0.7 * 0.25, 0.7 * 0.75])
    radius, unit = 3.0 * share ** (2.0 / 3.0), 40.0
    per_comp = unit * np.sqrt(radius / 3.0)
    ncomp = np.asarray([4, 9, 5, 4, 4])
    branched = tree([-1, 0, 0, 2, 2], list(ncomp), list(radius), list(per_comp * ncomp))
    cylinder = tree([-1], [13], [3.0], [13 * unit])
    traces = []
    for cell in (branched, cylinder):
        cell.insert(HH())
        cell.set("axial_resistivity", 100.0)
        cell.set("v", -65.0)
        cell.init_states()
        cell.branch(0).comp(0).stimulate(np.full(300, 8.0), verbose=False)
        traces.append(recorded(cell, ("v",), 300, solver=solver)["v"])
    ours, exact = traces
    assert exact.max() > 0.0
    # Compartments of each branch, and the first of the cylinder's that they stand for.
    places = ((slice(0, 4), 0), (slice(4, 13), 4), (slice(13, 18), 4), (slice(18, 22), 9), (slice(22, 26), 9))
    off = max(np.max(np.abs(ours[rows] - exact[first : first + ours[rows].shape[0]])) for rows, first in places)
    holds("own", "Rall's cylinder of unequal firing branches, difference", off, at_most=1e-8, unit="mV")


@pytest.mark.parametrize(
    "dt", [pytest.param(0.025, marks=pytest.mark.slow), pytest.param(0.2, marks=pytest.mark.slow), 1.0]
)
@pytest.mark.parametrize("solver", ["bwd_euler", slow("crank_nicolson"), slow("exp_euler")])
def test_gates_stay_between_0_and_1(holds: Callable, dt: float, solver: str) -> None:
    """Whatever the step and however hard the cell is driven."""
    comp = jx.Compartment()
    for channel in (HH(), Leak(), Na(), K(), Km(), CaL(), CaT()):
        comp.insert(channel)
    comp.init_states()
    drive = np.repeat([0.3, -0.3, 0.05, 0.6, -0.6], 60)
    comp.stimulate(drive, verbose=False)
    gates = ("HH_m", "HH_h", "HH_n", "Na_m", "Na_h", "K_n", "Km_p", "CaL_q", "CaL_r", "CaT_u")
    for gate in gates:
        comp.record(gate, verbose=False)
    values = np.asarray(steps(comp, drive.size, dt, solver=solver))
    assert np.all(np.isfinite(values))
    beyond = max(-values.min(), values.max() - 1.0, 0.0)
    holds(6, "gates beyond [0, 1] in driven cells, dt up to 1 ms", beyond, at_most=0.0)


@pytest.mark.parametrize("solver", ["bwd_euler", slow("crank_nicolson"), slow("fwd_euler"), slow("exp_euler")])
def test_diffusion_keeps_mass(holds: Callable, solver: str) -> None:
    """An ion spreads over an uneven tree; none is made or lost."""
    cell = tree([-1, 0, 0, 1], [2, 3, 4, 2], [2.0, 1.0, 0.7, 0.5], [40.0, 90.0, 160.0, 60.0])
    cell.insert(CaNernstReversal())
    cell.diffuse("CaCon_i")
    cell.set("axial_diffusion_CaCon_i", np.linspace(0.5, 2.0, 11))
    cell.set("CaCon_i", np.linspace(1e-4, 2e-3, 11))
    c = recorded(cell, ("CaCon_i",), 1000, solver=solver)["CaCon_i"]
    mass = cell.nodes["volume"].to_numpy() @ c
    assert np.max(np.abs(c[:, -1] - c[:, 0])) > 1e-5
    holds(6, "mass of a diffusing ion, drift over 1000 steps", np.max(np.abs(mass / mass[0] - 1.0)), at_most=1e-12)


@pytest.mark.parametrize("solver", ["bwd_euler", slow("crank_nicolson")])
def test_gap_junctions_keep_charge(holds: Callable, solver: str) -> None:
    """What leaves one side arrives at the other, though the sides are solved for iteratively."""
    cells = [tree([-1, 0], [2, 3], [2.0, 1.0], [40.0, 90.0]) for _ in range(3)]
    net = jx.Network(cells)
    for pre, post in ((0, 1), (1, 2), (2, 0)):
        jx.connect(net[pre, 1, 2], net[post, 0, 0], GapJunction())
    net.set("GapJunction_g", 2e-3)
    net.set("v", np.linspace(-90.0, 20.0, 15))
    v = recorded(net, ("v",), 400, solver=solver)["v"]
    charge = (net.nodes["area"] * net.nodes["capacitance"]).to_numpy() @ v
    scale = np.max(np.abs(charge))
    assert np.ptp(v[:, -1]) < 0.7 * np.ptp(v[:, 0])
    off = np.max(np.abs(charge - charge[0])) / scale
    holds(6, "charge of cells with gap junctions, drift over 400 steps", off, at_most=1e-12)
