"""Stepping by hand with the methods of modules gives what integrate gives; arrays are those of the tables."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

import dendrax as jx
from dendrax.channels.hh import HH
from dendrax.connect import connect
from dendrax.engine.solvers.sequential import Sequential
from dendrax.errors import ModelStateError, ModelTypeError, MorphologyError, UnknownNameError, ValueShapeError
from dendrax.modules.lower import lower
from dendrax.synapses import IonotropicSynapse, TestSynapse

DT = 0.025


@pytest.fixture
def wired(net):
    """Three cells with HH that drive each other, stimulated and recorded."""
    net.insert(HH())
    connect(net.cell(0).comp(0), net.cell(1).comp(0), IonotropicSynapse())
    connect(net[1, 0, 0], net[2, 1, 2], TestSynapse())
    net.set("IonotropicSynapse_gS", [1e-3, 2e-3, 3e-3, 4e-3])
    net[0, 0, 0].stimulate(np.full(20, 0.5), verbose=False)
    net.cell([1, 2]).branch(0).comp(0).record("v", verbose=False)
    net.IonotropicSynapse.edge([0, 1]).record("i_IonotropicSynapse", verbose=False)
    return net


def pstate_of(module, params):
    """What the reference's `params_to_pstate` makes of trained values."""
    return [
        {"key": key, "val": value, "indices": indices}
        for one, indices in zip(params, module.indices_set_by_trainables, strict=True)
        for key, value in one.items()
    ]


def stepped(module, pstate, solver, voltage_solver="jaxley.dhs"):
    """The recordings, step by step."""
    params, states = module.get_all_parameters(pstate), module.get_all_states(pstate)
    states = module.append_channel_currents_to_states(states, params, DT)
    externals, places = module.externals, module.external_inds
    recorded = list(module.recordings.itertuples(index=False, name=None))
    columns = [[states[state][row] for row, state in recorded]]
    for k in range(20):
        acting = {key: values[:, k] for key, values in externals.items()}
        states = module.step(states, DT, places, acting, params, solver, voltage_solver)
        columns.append([states[state][row] for row, state in recorded])
    return np.array(columns).T


@pytest.mark.parametrize("solver", [pytest.param("bwd_euler", marks=pytest.mark.slow), "exp_euler"])
def test_steps_by_hand_are_those_of_integrate(wired, solver):
    wired.IonotropicSynapse.edge([2, 0, 1]).make_trainable("IonotropicSynapse_gS", verbose=False)
    wired.cell([0, 1]).make_trainable("radius", verbose=False)
    wired.cell(1).branch([0, 1]).make_trainable("HH_m", verbose=False)  # groups of 2 and 4 compartments
    params = [{key: (1.1 + 0.1 * jnp.arange(len(v))) * v for key, v in one.items()} for one in wired.get_parameters()]
    by_hand = stepped(wired, pstate_of(wired, params), solver)
    np.testing.assert_allclose(by_hand, jx.integrate(wired, params, solver=solver), rtol=0, atol=1e-12)
    assert np.abs(by_hand - stepped(wired, [], solver)).max() > 1e-3


def test_the_default_solver_is_for_cables(cell):
    cell.insert(HH())
    cell.record(verbose=False)
    states = cell.append_channel_currents_to_states(cell.get_all_states([]), cell.get_all_parameters([]), DT)
    with pytest.raises(MorphologyError, match="unbranched"):
        cell.step(states, DT, {}, {}, cell.get_all_parameters([]))
    with pytest.raises(UnknownNameError, match="do not say where"):
        cell.step(states, DT, {}, {"i": np.zeros(1)}, cell.get_all_parameters([]), voltage_solver="jaxley.dhs")


def test_states_are_of_full_length_and_currents_come_after(wired):
    wired.init_states()
    states = wired.get_all_states(wired.data_set("HH_n", 0.7, None))
    assert set(states) == {"v", "HH_m", "HH_h", "HH_n", "IonotropicSynapse_s", "TestSynapse_c"}
    assert (states["HH_n"] == 0.7).all()
    np.testing.assert_array_equal(states["HH_m"], wired.nodes["HH_m"])
    params = wired.get_all_parameters([])
    with_currents = wired.append_channel_currents_to_states(states, params, DT)
    assert set(with_currents) - set(states) == {"i_HH", "i_IonotropicSynapse", "i_TestSynapse"}
    expected = np.array([1e-3, 2e-3, 3e-3, 4e-3]) * 0.2 * -70.0
    np.testing.assert_allclose(with_currents["i_IonotropicSynapse"], expected)


@pytest.mark.slow
def test_the_matrix_of_exponential_euler_is_that_of_the_cable(cell):
    tree = lower(cell.tables, Sequential())
    built = cell.build_exp_euler_transition_matrix(DT)
    fine = cell.build_exp_euler_transition_matrix(DT / 64)
    np.testing.assert_allclose(np.linalg.matrix_power(np.asarray(fine), 64), built, atol=1e-13)
    generator = np.asarray((cell.build_exp_euler_transition_matrix(1e-7) - np.eye(10)) / 1e-7)
    np.testing.assert_allclose(expm(DT * generator), built, rtol=0, atol=1e-6)
    capacitance = tree.params["capacitance"] * tree.params["area"]
    np.testing.assert_allclose(capacitance @ np.asarray(built), capacitance)  # charge stays
    params = cell.get_all_parameters(cell.data_set("axial_resistivity", 2_500.0, None))
    assert np.abs(cell.build_exp_euler_transition_matrix(DT, params) - built).max() > 1e-3
    with pytest.raises(ModelTypeError, match="follow from the parameters"):
        cell.build_exp_euler_transition_matrix(DT, {"v": np.zeros(3)})


@pytest.mark.slow
def test_a_matrix_can_be_kept(cell, refuses):
    cell.record(verbose=False)
    cell.set("v", np.linspace(-80.0, -50.0, 10))
    cell.stimulate(np.zeros(20), verbose=False)
    matrix = cell.build_exp_euler_transition_matrix(DT)
    expected = jx.integrate(cell, solver="exp_euler")
    cell.customize_solver_exp_euler(matrix)
    np.testing.assert_allclose(stepped(cell, [], "exp_euler"), expected, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(cell.solver_customizers["exp_euler"]["exp_euler_transition"], matrix)
    cell.customize_solver_exp_euler(np.eye(10))
    for run in (stepped(cell, [], "exp_euler"), jx.integrate(cell, solver="exp_euler")):
        np.testing.assert_array_equal(run[:, -1], cell.nodes["v"])  # nothing flows
    np.testing.assert_array_equal(cell.build_exp_euler_transition_matrix(DT), matrix)
    cell.customize_solver_exp_euler(None)
    np.testing.assert_allclose(stepped(cell, [], "exp_euler"), expected, rtol=0, atol=1e-12)
    with refuses(cell, ValueShapeError, "there are 10 compartments"):
        cell.customize_solver_exp_euler(np.eye(3))


def test_arrays_are_those_of_the_tables(wired):
    assert {name: value.shape for name, value in wired.jaxnodes.items()}["HH_gNa"] == (30,)
    np.testing.assert_array_equal(wired.jaxnodes["radius"], wired.nodes["radius"])
    edges = wired.jaxedges
    assert edges["IonotropicSynapse_gS"].tolist() == [1e-3, 2e-3, 3e-3, 4e-3]
    assert edges["TestSynapse_c"].tolist() == [0.2]
    assert len(edges) == 8


@pytest.mark.parametrize(
    "call",
    [
        lambda view: view.get_all_parameters([]),
        lambda view: view.get_all_states([]),
        lambda view: view.append_channel_currents_to_states({}, {}, DT),
        lambda view: view.step({}, DT, {}, {}, {}),
        lambda view: view.build_exp_euler_transition_matrix(DT),
        lambda view: view.customize_solver_exp_euler(None),
    ],
)
def test_views_are_not_stepped(cell, call):
    with pytest.raises(ModelStateError, match="works on a whole module"):
        call(cell.branch(0))
