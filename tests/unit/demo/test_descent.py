"""The descent of the demo, on a loss that needs no cell."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.demo import descent
from dendrax.demo.experiment import Experiment, count_spikes

NO_CELL = object.__new__(Experiment)  # the stand-in below does not look at it
START = [{"HH_gNa": jnp.array([0.12])}, {"HH_gLeak": jnp.array([3e-4])}]


@pytest.fixture
def hidden():
    return descent.hide(START)


@pytest.fixture
def compile_quadratic(monkeypatch):
    """Stands in for the cell: the loss is a quadratic in the unbounded parameters."""
    calls = []

    def install(interrupt_at=None, jump_at=None):
        def compiled(_, transform, hidden, start):
            goal = transform.inverse(hidden)

            def loss(params, window):
                squares = jax.tree.map(lambda x, y: 100.0 * jnp.sum((x - y) ** 2), params, goal)
                total = sum(jax.tree.leaves(squares))
                return total, total

            def evaluate(params, window):
                calls.append(window)
                if len(calls) == interrupt_at:
                    raise KeyboardInterrupt
                (value, whole), gradient = jax.value_and_grad(loss, has_aux=True)(params, window)
                if len(calls) == jump_at:
                    value = whole = jnp.array(np.nan)
                return (value, whole), gradient

            return evaluate

        monkeypatch.setattr(descent, "_compile", compiled)
        return calls

    return install


def off_by(params, hidden):
    return max(jax.tree.leaves(jax.tree.map(lambda x, y: float(abs(x / y - 1).max()), params, hidden)))


def test_hidden_densities_are_near_the_start_and_always_the_same(hidden):
    assert 0.01 < off_by(START, hidden) < 0.42
    jax.tree.map(np.testing.assert_array_equal, hidden, descent.hide(START))


def test_the_descent_finds_the_minimum_and_stops_there(compile_quadratic, hidden):
    windows = compile_quadratic()
    found = descent.fit(NO_CELL, START, hidden, seconds=60.0)
    assert off_by(found.fitted, hidden) < 1e-2
    assert found.loss[-1] < descent.DONE
    assert not found.interrupted
    assert np.all(np.diff(windows) >= 0)
    assert windows[-1] == descent.LAST_WINDOW


def test_an_interruption_keeps_what_was_found(compile_quadratic, hidden):
    compile_quadratic(interrupt_at=8)
    found = descent.fit(NO_CELL, START, hidden, seconds=60.0)
    assert found.interrupted
    assert len(found.loss) == 7
    assert off_by(found.fitted, hidden) < off_by(START, hidden)


def test_an_interruption_before_the_first_step_keeps_the_start(compile_quadratic, hidden):
    compile_quadratic(interrupt_at=1)
    found = descent.fit(NO_CELL, START, hidden, seconds=60.0)
    jax.tree.map(lambda x, y: np.testing.assert_allclose(x, y, rtol=1e-12), found.fitted, START)


def test_a_step_into_nowhere_is_taken_back(compile_quadratic, hidden):
    compile_quadratic(jump_at=5)
    found = descent.fit(NO_CELL, START, hidden, seconds=60.0)
    assert np.isnan(found.loss[4])
    assert found.loss[5] == pytest.approx(np.min(found.loss[:4]), rel=1e-12)
    assert off_by(found.fitted, hidden) < 1e-2


def test_time_is_up(compile_quadratic, hidden):
    compile_quadratic()
    found = descent.fit(NO_CELL, START, hidden, seconds=1e-6)
    assert len(found.loss) == 0
    assert not found.interrupted


def test_spikes_are_upward_crossings_of_zero():
    assert count_spikes(np.array([-70.0, 10.0, 20.0, -5.0, 0.0, -1.0])) == 2
    assert count_spikes(np.array([10.0, -70.0])) == 0
