"""The steps of gates against the closed forms that they promise."""

import inspect
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax import solver_gate
from dendrax.mechanisms import gates


def test_reference_names_and_signatures():
    expected = {
        "save_exp": ["x", "max_value"],
        "exponential_euler": ["x", "dt", "x_inf", "x_tau"],
        "solve_gate_exponential": ["x", "dt", "alpha", "beta"],
        "solve_gate_implicit": ["gating_state", "dt", "alpha", "beta"],
        "solve_inf_gate_exponential": ["x", "dt", "s_inf", "tau_s"],
    }
    for name, arguments in expected.items():
        assert list(inspect.signature(getattr(solver_gate, name)).parameters) == arguments
    assert solver_gate.__all__ == gates.__all__
    assert inspect.signature(gates.save_exp).parameters["max_value"].default == 20.0


def test_save_exp_clips():
    np.testing.assert_allclose(gates.save_exp(jnp.array([1.0, 20.0, 25.0])), np.exp([1.0, 20.0, 20.0]), rtol=1e-15)
    assert gates.save_exp(3.0, max_value=2.0) == pytest.approx(math.exp(2.0), rel=1e-15)


@pytest.mark.parametrize("dt", [1e-4, 0.025, 1.0, 100.0])
def test_exact_steps_are_exact(dt):
    x, alpha, beta = 0.3, 0.7, 1.9
    exact = alpha / (alpha + beta) + (x - alpha / (alpha + beta)) * math.exp(-dt * (alpha + beta))
    for got in (
        gates.solve_gate_exponential(x, dt, alpha, beta),
        gates.exponential_euler(x, dt, alpha / (alpha + beta), 1 / (alpha + beta)),
        gates.solve_inf_gate_exponential(x, dt, alpha / (alpha + beta), 1 / (alpha + beta)),
    ):
        assert got == pytest.approx(exact, rel=1e-14)


def test_implicit_step_solves_its_equation():
    x, dt, alpha, beta = 0.3, 0.5, 0.7, 1.9
    after = float(gates.solve_gate_implicit(x, dt, alpha, beta))
    assert after - x == pytest.approx(dt * (alpha * (1 - after) - beta * after), rel=1e-14)


def test_slow_gates_move_in_float32():
    """1 - exp(-y) as it stands is wrong by 0.1 % at y = 2.5e-5 in float32."""
    step = gates.exponential_euler(jnp.zeros(1, jnp.float32), 0.025, jnp.ones(1, jnp.float32), 1000.0)
    assert step.dtype == jnp.float32
    np.testing.assert_allclose(step, -math.expm1(-2.5e-5), rtol=2e-7)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_gates_stay_between_zero_and_one(dtype):
    key = jax.random.key(0)
    x, alpha, beta = jax.random.uniform(key, (3, 10_000), dtype)
    x = x.at[:10].set(0.0).at[10:20].set(1.0)
    for dt in (0.025, 1.0, 1e3):
        for after in (
            gates.solve_gate_exponential(x, dt, 100 * alpha, beta),
            gates.solve_gate_exponential(x, dt, alpha, 100 * beta),
            gates.solve_gate_implicit(x, dt, alpha, beta),
        ):
            assert after.min() >= 0.0
            assert after.max() <= 1.0
