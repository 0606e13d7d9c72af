"""Voltage of cables, cells and networks with the reference's four steppers."""

from functools import partial
from types import ModuleType

import numpy as np
from reference_models import DATA, DT, Arrays, Case, branch, cell, hh_cell, network, pulse, room, run, soma_and_tips

STEP_OF_SOLVER = {"bwd_euler": DT, "crank_nicolson": DT, "fwd_euler": 0.002, "exp_euler": DT}


def compartment_leak(jx: ModuleType) -> Arrays:
    """One passive compartment charges."""
    comp = jx.Compartment()
    comp.insert(room(jx, "channels").Leak())
    comp.stimulate(pulse(200, 0.01), verbose=False)
    comp.record("v", verbose=False)
    return {"v": run(jx, comp, 200)}


def compartment_hh(jx: ModuleType) -> Arrays:
    """One active compartment fires; gates start from the table (0.2)."""
    comp = jx.Compartment()
    comp.insert(room(jx, "channels").HH())
    comp.stimulate(pulse(400, 0.05), verbose=False)
    comp.record("v", verbose=False)
    return {"v": run(jx, comp, 400)}


def branch_hh(jx: ModuleType, solver: str) -> Arrays:
    """An uneven cable, excited at one end."""
    cable = branch(jx)
    cable.insert(room(jx, "channels").HH())
    cable.set("v", -65.0)
    cable.init_states()
    cable.comp(0).stimulate(pulse(200, 0.4), verbose=False)
    cable.record("v", verbose=False)
    return {"v": run(jx, cable, 200, dt=STEP_OF_SOLVER[solver], solver=solver)}


def cell_passive(jx: ModuleType, solver: str) -> Arrays:
    """An uneven tree with a leak, every compartment recorded."""
    tree = cell(jx)
    tree.insert(room(jx, "channels").Leak())
    tree.set("v", np.linspace(-80.0, -50.0, 20))
    tree.branch(4).comp(2).stimulate(pulse(80, 0.1), verbose=False)
    tree.record("v", verbose=False)
    return {"v": run(jx, tree, 80, dt=STEP_OF_SOLVER[solver], solver=solver)}


def cell_hh(jx: ModuleType, solver: str) -> Arrays:
    """An uneven tree with HH fires."""
    tree = hh_cell(jx)
    tree.branch(0).comp(0).stimulate(pulse(240, 2.0), verbose=False)
    soma_and_tips(tree)
    return {"v": run(jx, tree, 240, dt=STEP_OF_SOLVER[solver], solver=solver)}


def cell_hh_solver(jx: ModuleType, voltage_solver: str) -> Arrays:
    """The documented names of linear solvers are accepted and agree."""
    tree = hh_cell(jx)
    tree.branch(0).comp(0).stimulate(pulse(100, 2.0), verbose=False)
    soma_and_tips(tree)
    return {"v": run(jx, tree, 100, voltage_solver=voltage_solver)}


def branch_stone(jx: ModuleType) -> Arrays:
    """The solver for unbranched cables."""
    cable = branch(jx)
    cable.insert(room(jx, "channels").HH())
    cable.comp(4).stimulate(pulse(100, 0.4), verbose=False)
    cable.record("v", verbose=False)
    return {"v": run(jx, cable, 100, voltage_solver="jaxley.stone")}


def network_hh(jx: ModuleType, solver: str) -> Arrays:
    """Cells of unequal shape side by side."""
    net = network(jx)
    net.insert(room(jx, "channels").HH())
    net.set("v", -65.0)
    net.init_states()
    for index, amplitude in enumerate((0.3, 0.2, 1.0, 1.5)):
        net.cell(index).branch(0).comp(0).stimulate(pulse(160, amplitude), verbose=False)
    net.cell("all").branch(0).loc(0.0).record("v", verbose=False)
    net.cell([2, 3]).branch(5).comp(1).record("v", verbose=False)
    return {"v": run(jx, net, 160, dt=STEP_OF_SOLVER[solver], solver=solver)}


def traced(jx: ModuleType, file: str, n_steps: int = 120, solver: str = "bwd_euler", **kwargs: object) -> Arrays:
    """A traced cell with HH, excited at compartment 0 of branch 0."""
    tree = jx.read_swc(str(DATA / file), **kwargs)
    tree.insert(room(jx, "channels").HH())
    tree.set("axial_resistivity", 150.0)
    tree.set("v", -65.0)
    tree.init_states()
    tree.branch(0).comp(0).stimulate(pulse(n_steps, 3.0), verbose=False)
    n_branches = tree.shape[0]
    for index in (0, 1, n_branches // 3, n_branches // 2, n_branches - 1):
        tree.branch(index).comp(0).record("v", verbose=False)
    return {"v": run(jx, tree, n_steps, solver=solver)}


CASES: dict[str, Case] = {
    "compartment_leak": compartment_leak,
    "compartment_hh": compartment_hh,
    "branch_stone": branch_stone,
    **{f"branch_hh[{name}]": partial(branch_hh, solver=name) for name in STEP_OF_SOLVER},
    **{f"cell_passive[{name}]": partial(cell_passive, solver=name) for name in STEP_OF_SOLVER},
    **{f"cell_hh[{name}]": partial(cell_hh, solver=name) for name in STEP_OF_SOLVER},
    **{f"network_hh[{name}]": partial(network_hh, solver=name) for name in STEP_OF_SOLVER},
    **{
        f"cell_hh_solver[{name}]": partial(cell_hh_solver, voltage_solver=name)
        for name in ("jaxley.dhs", "jaxley.dhs.cpu", "jax.sparse")
    },
}

TRACED: dict[str, Case] = {
    "ca1": partial(traced, file="ca1_n120.swc", ncomp=1),
    "ca1_two": partial(traced, file="ca1_n120.swc", ncomp=2, solver="crank_nicolson"),
    "ca1_max_branch_len": partial(traced, file="ca1_n120.swc", ncomp=1, max_branch_len=300.0),
    "ca1_min_radius": partial(traced, file="ca1_n120.swc", ncomp=2, min_radius=0.6),
    "ca1_single_point_soma": partial(traced, file="ca1_n120_single_point_soma.swc", ncomp=1),
    "ca1_single_point_soma_three": partial(traced, file="ca1_n120_single_point_soma.swc", ncomp=3),
    "l5pc": partial(traced, file="l5pc_with_axon.swc", ncomp=1),
    "l5pc_max_branch_len": partial(traced, file="l5pc_with_axon.swc", ncomp=1, max_branch_len=100.0),
}
"""These need ../shared/data."""
