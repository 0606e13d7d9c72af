"""How many programs are made, and how large they are."""

import jax
import numpy as np
import pytest

from dendrax.channels import HH, Leak
from dendrax.engine.simulate import Job, simulate
from dendrax.engine.solvers.sequential import Sequential
from dendrax.engine.steppers.bwd_euler import BackwardEuler
from dendrax.integrate import build_init_and_step_fn, integrate
from dendrax.modules import inputs
from dendrax.modules.branch import Branch
from dendrax.modules.cell import Cell
from dendrax.modules.compartment import Compartment
from dendrax.modules.lower import lower

STEPS = 20


def make_cell(n_branch=5, ncomp=2, channel=None):
    cell = Cell(Branch(Compartment(), ncomp), parents=[-1, *(k // 2 for k in range(n_branch - 1))])
    cell.insert(Leak() if channel is None else channel)
    cell.branch(0).insert(HH())
    cell.record("v", verbose=False)
    cell.branch(0).comp(0).stimulate(np.ones(STEPS), verbose=False)
    return cell


@pytest.fixture
def counted():
    """A leak that counts how often it is traced; equal by value to any other of this test; no program of it is kept."""

    class Counted(Leak):
        traces = 0

        def __init__(self):
            super().__init__("Leak")

        def update_states(self, states, dt, v, params):
            Counted.traces += 1
            return super().update_states(states, dt, v, params)

    return Counted


def program_of(cell, gradient=False):
    tables = cell.tables
    system, acting, kept = lower(tables, Sequential()), inputs.gather(tables, None, None), inputs.recorded(tables)

    def run(system, acting, kept):
        return simulate(Job(system, (), None, acting, kept, 0.025, BackwardEuler(), STEPS))[0]

    if gradient:
        return jax.make_jaxpr(
            lambda s: jax.grad(lambda g: run(s_with(s, g), acting, kept).sum())(s.params["Leak_gLeak"])
        )(system)
    return jax.make_jaxpr(run)(system, acting, kept)


def s_with(system, conductance):
    import equinox as eqx

    return eqx.tree_at(lambda s: s.params["Leak_gLeak"], system, conductance)


@pytest.mark.parametrize("gradient", [False, True], ids=["forward", "gradient"])
def test_the_program_does_not_grow_with_the_model(gradient, equations):
    small, large = make_cell(5, 2), make_cell(5, 2000)
    assert large.tables.structure.n_comp == 10_000
    small_program, large_program = program_of(small, gradient), program_of(large, gradient)
    assert equations(small_program.jaxpr) == equations(large_program.jaxpr) > 50


def test_the_program_does_not_grow_with_recordings(equations):
    one = make_cell()
    one.delete_recordings()
    one.branch(0).comp(0).record("v", verbose=False)
    assert equations(program_of(one).jaxpr) == equations(program_of(make_cell()).jaxpr)


def test_a_second_call_traces_nothing(counted):
    cell = make_cell(channel=counted())
    integrate(cell)
    once = counted.traces
    assert once > 0
    integrate(cell)
    assert counted.traces == once


def test_the_same_model_built_again_traces_nothing(counted):
    integrate(make_cell(channel=counted()))
    once = counted.traces
    integrate(make_cell(channel=counted()))
    assert counted.traces == once


def test_other_values_trace_nothing(counted):
    cell = make_cell(channel=counted())
    integrate(cell)
    once = counted.traces
    cell.set("Leak_gLeak", 3e-4)
    cell.branch(1).set("v", -60.0)
    cell.delete_stimuli()
    cell.branch(2).comp(1).stimulate(np.zeros(STEPS), verbose=False)
    integrate(cell)
    assert counted.traces == once


def test_another_time_step_or_method_does(counted):
    cell = make_cell(channel=counted())
    integrate(cell)
    once = counted.traces
    integrate(cell, delta_t=0.05)
    integrate(cell, solver="crank_nicolson")
    assert counted.traces == 3 * once


def test_a_second_gradient_traces_nothing(counted):
    cell = make_cell(channel=counted())
    cell.make_trainable("Leak_gLeak", verbose=False)
    gradient = jax.grad(lambda p: integrate(cell, p).sum())
    gradient(cell.get_parameters())
    once = counted.traces
    gradient(cell.get_parameters())
    assert counted.traces == once


def test_stepping_by_hand_traces_a_step_once(counted):
    cell = make_cell(channel=counted())
    init_fn, step_fn = build_init_and_step_fn(cell)
    states, params = init_fn(cell.get_parameters())
    states = step_fn(states, params, {"i": np.ones(1)})
    once = counted.traces
    for _ in range(3):
        states = step_fn(states, params, {"i": np.ones(1)})
    assert counted.traces == once
