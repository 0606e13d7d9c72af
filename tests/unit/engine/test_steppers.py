"""Each method against what it must do to an RC cell and to a passive cable."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

from dendrax.engine.simulate import Job, simulate
from dendrax.engine.steppers.bwd_euler import BackwardEuler
from dendrax.engine.steppers.crank_nicolson import CrankNicolson
from dendrax.engine.steppers.exp_euler import ExponentialEuler, expm1_over
from dendrax.engine.steppers.fwd_euler import ForwardEuler
from dendrax.engine.system import Inputs, Recordings

_run = eqx.filter_jit(lambda job: simulate(job)[:2])
STEPPERS = [BackwardEuler(), CrankNicolson(), ForwardEuler(), ExponentialEuler()]
G, E, INJECTED = 5e-4, -65.0, 0.01  # S/cm2, mV, nA


@pytest.fixture(params=STEPPERS, ids=lambda one: type(one).__name__)
def stepper(request):
    return request.param


def run(system, stepper, dt, n_steps, current=INJECTED):
    n = system.cable.n_comp
    inputs = Inputs({"i": np.array([0], np.int32)}, {"i": np.full((1, n_steps), current)})
    recordings = Recordings({"v": np.arange(n, dtype=np.int32)}, np.arange(n, dtype=np.int32))
    return _run(Job(system, (), None, inputs, recordings, dt, stepper, n_steps))[0]


def rc_cell(by_hand):
    return by_hand.cable(1, [(by_hand.Passive(g=G, e=E), None)])


def operator(by_hand, system):
    """d v / dt = matrix v + constant, of a passive model."""
    area = system.params["area"]
    capacitance = system.params["capacitance"] * area * 1e-5
    matrix = -(by_hand.reduced(system) + np.diag(G * area * 1e-2)) / capacitance[:, None]
    current = G * area * 1e-2 * E
    current[0] += INJECTED
    return matrix, current / capacitance


def test_steppers_compare_by_value(stepper):
    assert stepper == type(stepper)()
    assert hash(stepper) == hash(type(stepper)())
    assert jax.tree.leaves(stepper) == []


def test_rc_cell_takes_the_steps_of_the_textbook(by_hand, stepper):
    """One compartment: v goes to v_inf with tau = cm / g by the amplification factor of the method."""
    system, dt, n_steps = rc_cell(by_hand), 0.1, 50
    tau = system.params["capacitance"][0] * 1e-3 / G  # ms
    z = -dt / tau
    factor = {
        "BackwardEuler": 1 / (1 - z),
        "CrankNicolson": (1 + z / 2) / (1 - z / 2),
        "ForwardEuler": 1 + z,
        "ExponentialEuler": np.exp(z),
    }[type(stepper).__name__]
    v_inf = E + INJECTED / (G * system.params["area"][0] * 1e-2)
    expected = v_inf + (-70.0 - v_inf) * factor ** np.arange(n_steps + 1)
    np.testing.assert_allclose(run(system, stepper, dt, n_steps)[0], expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("stepper", "order"), [(BackwardEuler(), 1), (CrankNicolson(), 2), (ForwardEuler(), 1), (ExponentialEuler(), 1)]
)
def test_order_in_time_on_a_passive_tree(by_hand, stepper, order):
    system = by_hand.tree([(by_hand.Passive(g=G, e=E), None)], length=100.0)
    matrix, constant = operator(by_hand, system)
    steady = -np.linalg.solve(matrix, constant)
    duration = 1.0
    exact = steady + expm(duration * matrix) @ (-70.0 - steady)
    steps = [400, 800, 1600]
    run_on = eqx.filter_jit(lambda dt: run(system, stepper, dt, steps[-1]))  # longer steps run on: one program for all
    errors = [np.abs(run_on(jnp.asarray(duration / n))[:, n] - exact).max() for n in steps]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    np.testing.assert_allclose(orders, order, atol=0.05)


def test_exponential_euler_keeps_charge_in_the_cable(by_hand):
    """Without membrane current the axial part moves charge and makes none."""
    system = by_hand.tree([], v=np.linspace(-80.0, -20.0, 9))
    columns = run(system, ExponentialEuler(), 0.1, 20, current=0.0)
    charge = (system.params["capacitance"] * system.params["area"]) @ np.asarray(columns)
    np.testing.assert_allclose(charge, charge[0], rtol=1e-12)


@pytest.mark.slow
def test_expm1_over_is_smooth_at_zero():
    x = jnp.array([-1.0, -2e-3, -1e-3, -5e-4, -1e-9, 0.0, 1e-9, 5e-4, 1e-3, 2e-3, 1.0])
    exact = np.where(x == 0, 1.0, np.expm1(x) / np.where(x == 0, 1.0, x))
    np.testing.assert_allclose(expm1_over(x), exact, rtol=1e-14)
    slope = jax.grad(lambda u: expm1_over(u[None])[0])
    first, second = (jax.jit(jax.vmap(function))(x) for function in (slope, jax.grad(slope)))
    at_zero = np.flatnonzero(np.asarray(x) == 0)
    np.testing.assert_allclose(first[at_zero], 1 / 2, rtol=1e-14)
    np.testing.assert_allclose(second[at_zero], 1 / 3, rtol=1e-14)
    assert np.isfinite(first).all()
    assert np.isfinite(second).all()
