"""Cells joined by synapses: voltages, synaptic states and currents; tables; sharing, clamps and traced values."""

from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
from reference_models import Arrays, Case, cell, hh_cell, pulse, room, run


def join(net: Any, jx: ModuleType, pre: tuple[int, int, int], post: tuple[int, int, int], name: str) -> None:
    """One synapse between two compartments, each given by cell, branch and compartment."""
    ends = (net.cell(one[0]).branch(one[1]).comp(one[2]) for one in (pre, post))
    jx.connect(*ends, getattr(room(jx, "synapses"), name)())


def two_cells(jx: ModuleType, solver: str = "bwd_euler") -> Arrays:
    """The first cell fires and drives the second, which has a synapse back."""
    net = jx.Network([hh_cell(jx), hh_cell(jx)])
    join(net, jx, (0, 6, 2), (1, 2, 1), "IonotropicSynapse")
    join(net, jx, (1, 4, 3), (0, 5, 0), "IonotropicSynapse")
    net.set("IonotropicSynapse_gS", np.array([0.05, 0.01]))
    net.IonotropicSynapse.edge(1).set("IonotropicSynapse_e_syn", -80.0)
    net.cell(0).branch(0).comp(0).stimulate(pulse(240, 3.0), verbose=False)
    net.cell([0, 1]).branch(0).comp(0).record("v", verbose=False)
    net.cell(1).branch(2).comp(1).record("v", verbose=False)
    net.IonotropicSynapse.edge("all").record("IonotropicSynapse_s", verbose=False)
    net.IonotropicSynapse.edge("all").record("i_IonotropicSynapse", verbose=False)
    dt = 0.002 if solver == "fwd_euler" else 0.025
    return {"states": run(jx, net, 240, dt=dt, solver=solver)}


def layers(jx: ModuleType) -> Any:
    """Unequal cells in three layers, joined by two kinds of synapses; several end in one compartment."""
    point = jx.Cell([jx.Branch(jx.Compartment(), ncomp=1)], parents=[-1])
    point.set("length", 20.0)
    point.set("radius", 10.0)
    cable = jx.Cell([jx.Branch(jx.Compartment(), ncomp=4)], parents=[-1])
    cable.set("radius", 2.0)
    net = jx.Network([point, point, cable, cable, cable, cell(jx)])
    net.insert(room(jx, "channels").HH())
    net.set("v", -65.0)
    net.init_states()
    synapses = room(jx, "synapses")
    jx.fully_connect(net.cell([0, 1]), net.cell([2, 3, 4]), synapses.IonotropicSynapse())
    matrix = np.array([[True], [False], [True]])
    jx.connectivity_matrix_connect(net.cell([2, 3, 4]), net.cell([5]), synapses.TestSynapse(), matrix)
    jx.connect(net.cell(3).branch(0).loc(1.0), net.cell(5).branch(6).comp(1), synapses.IonotropicSynapse())
    net.set("IonotropicSynapse_gS", np.linspace(1e-3, 4e-3, 7))
    net.set("TestSynapse_gC", 2e-3)
    net.cell(0).branch(0).comp(0).stimulate(pulse(240, 1.0), verbose=False)
    net.cell(1).branch(0).comp(0).stimulate(pulse(240, 0.5, 60, 200), verbose=False)
    return net


def three_layers(jx: ModuleType) -> Arrays:
    """Voltages of all layers, and the states and currents of both kinds of synapses."""
    net = layers(jx)
    net.cell([0, 1, 2, 3, 4, 5]).branch(0).comp(0).record("v", verbose=False)
    net.cell(5).branch(6).comp(1).record("v", verbose=False)
    net.TestSynapse.edge("all").record("TestSynapse_c", verbose=False)
    net.TestSynapse.edge("all").record("i_TestSynapse", verbose=False)
    net.IonotropicSynapse.edge([1, 6]).record("i_IonotropicSynapse", verbose=False)
    return {"states": run(jx, net, 240)}


def columns(jx: ModuleType) -> Arrays:
    """What the table of synapses says, but for labels of compartments, which count branch points there."""
    net = layers(jx)
    names = ("global_edge_index", "index_within_type", "type_ind", "pre_locs", "post_locs")
    own = ("IonotropicSynapse_gS", "IonotropicSynapse_s", "TestSynapse_gC", "TestSynapse_c")
    table = {name: net.edges[name].to_numpy().astype(float) for name in (*names, *own)}
    part = net.cell([0, 2, 3]).edges.index.to_numpy().astype(float)
    return {**{name: np.nan_to_num(column, nan=-1.0) for name, column in table.items()}, "part": part}


def trained(jx: ModuleType) -> Arrays:
    """Shared, single and traced values of parameters and states of synapses."""
    net = layers(jx)
    net.IonotropicSynapse.edge([0, 2]).make_trainable("IonotropicSynapse_gS", verbose=False)
    net.TestSynapse.make_trainable("TestSynapse_gC", verbose=False)
    net.select(edges=[5, 3]).make_trainable("IonotropicSynapse_s", verbose=False)
    params = [
        {key: (1.5 + np.arange(len(value))) * value for key, value in one.items()} for one in net.get_parameters()
    ]
    param_state = net.IonotropicSynapse.edge(4).data_set("IonotropicSynapse_e_syn", -70.0, None)
    net.cell([2, 3, 4, 5]).branch(0).comp(0).record("v", verbose=False)
    net.IonotropicSynapse.edge("all").record("IonotropicSynapse_s", verbose=False)
    groups = [np.shape(value) for one in params for value in one.values()]
    return {"states": run(jx, net, 160, params=params, param_state=param_state), "groups": np.array(groups)}


def clamped(jx: ModuleType) -> Arrays:
    """The first synapse of a kind is held; its index among all synapses is that within its kind."""
    net = layers(jx)
    net.IonotropicSynapse.edge(0).clamp("IonotropicSynapse_s", np.linspace(0.0, 1.0, 160), verbose=False)
    net.cell([2, 3]).branch(0).comp(0).record("v", verbose=False)
    net.IonotropicSynapse.edge([0, 1]).record("IonotropicSynapse_s", verbose=False)
    return {"states": run(jx, net, 160)}


CASES: dict[str, Case] = {
    **{
        f"two_cells[{solver}]": partial(two_cells, solver=solver)
        for solver in ("bwd_euler", "crank_nicolson", "fwd_euler", "exp_euler")
    },
    "three_layers": three_layers,
    "columns": columns,
    "trained": trained,
    "clamped": clamped,
}
