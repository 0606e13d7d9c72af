"""The descent of the demo, on a loss that needs no cell."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.demo import descent
from dendrax.demo.preparation import Preparation, count_spikes
from dendrax.optimize import Progress

NO_CELL = object.__new__(Preparation)  # the stand-in below does not look at it
START = [{"HH_gNa": jnp.array([0.12])}, {"HH_gLeak": jnp.array([3e-4])}]


@pytest.fixture
def hidden():
    return descent.hide(START)


@pytest.fixture(autouse=True)
def quadratic(monkeypatch):
    """Stands in for the cell: the loss is a quadratic in the logarithms of the densities."""

    def loss_of(_, hidden):
        def loss(params, window):
            squares = jax.tree.map(lambda x, y: 100.0 * jnp.sum(jnp.log(x / y) ** 2), params, hidden)
            total = sum(jax.tree.leaves(squares)) + 0.0 * window
            return total, (total, params)

        return loss

    monkeypatch.setattr(descent, "_loss", loss_of)


@pytest.fixture
def at_step(monkeypatch):
    """Calls a function before what step number n has seen is noted; returns the windows after each."""
    noted, windows = descent._Course.after_step, []

    def install(n=None, happens=None):
        def after_step(self, progress):
            if progress.step == n:
                happens()
            try:
                return noted(self, progress)
            finally:
                windows.append(self.window)

        monkeypatch.setattr(descent._Course, "after_step", after_step)
        return windows

    return install


def interrupted():
    raise KeyboardInterrupt


def off_by(params, hidden):
    return max(jax.tree.leaves(jax.tree.map(lambda x, y: float(abs(x / y - 1).max()), params, hidden)))


def seen(loss, whole, params=None):
    return Progress(1, loss, 0.0, (whole, params), 0.0, lambda: None)


def test_hidden_densities_are_near_the_start_and_always_the_same(hidden):
    assert 0.01 < off_by(START, hidden) < 0.42
    jax.tree.map(np.testing.assert_array_equal, hidden, descent.hide(START))


def test_the_descent_finds_the_minimum_and_stops_there(at_step, hidden):
    windows = at_step()
    found = descent.fit(NO_CELL, START, hidden, seconds=600.0)
    assert off_by(found.fitted, hidden) < 1e-2
    assert found.loss[-1] < descent.DONE
    assert len(found.loss) < descent.STEPS
    assert not found.interrupted
    assert windows[-1] == descent.LAST_WINDOW


def test_an_interruption_keeps_what_was_found(at_step, hidden):
    at_step(8, interrupted)
    found = descent.fit(NO_CELL, START, hidden, seconds=600.0)
    assert found.interrupted
    assert len(found.loss) == 7
    assert off_by(found.fitted, hidden) < off_by(START, hidden)


def test_an_interruption_before_the_first_step_keeps_the_start(at_step, hidden):
    at_step(1, interrupted)
    found = descent.fit(NO_CELL, START, hidden, seconds=600.0)
    assert found.interrupted
    jax.tree.map(np.testing.assert_array_equal, found.fitted, START)


def test_time_is_up(hidden):
    found = descent.fit(NO_CELL, START, hidden, seconds=1e-6)
    assert len(found.loss) == 1
    assert not found.interrupted


def test_the_window_grows_where_the_fit_is_good_and_shrinks_where_it_is_thrown_off():
    course = descent._Course(START, seconds=1e9)
    good, fair, bad = 0.5 * descent.GOOD, 0.5 * (descent.GOOD + descent.BAD), 2.0 * descent.BAD
    reached = []
    for loss in (good, good, fair, bad, bad, bad):
        assert not course.after_step(seen(loss, loss))
        reached.append(float(course.window) - descent.FIRST_WINDOW)
    np.testing.assert_allclose(reached, [1, 2, 2, 1, 0, 0], atol=1e-6)
    assert next(iter(course)) == course.window


def test_the_window_is_whole_in_time_however_bad_the_fit_is():
    course = descent._Course(START, seconds=1e9)
    course.began -= descent.ALL_IN_VIEW * course.seconds
    assert not course.after_step(seen(1e3, 1e3))
    assert course.window == pytest.approx(descent.LAST_WINDOW)


def test_the_best_is_kept_and_what_is_not_finite_is_not():
    course = descent._Course(START, seconds=1e9)
    for whole, params in ((3.0, "first"), (1.0, "best"), (2.0, "worse"), (np.nan, "nowhere")):
        course.after_step(seen(whole, whole, params))
    assert course.found == "best"


def test_steps_are_in_proportion_to_the_root_of_a_small_loss():
    shorter = descent._shorter_when_close()
    state = shorter.init(START)
    for loss, size in ((100.0, 1.0), (descent.CLOSE, 1.0), (descent.CLOSE / 16, 0.25), (0.0, descent.SHORTEST)):
        update, _ = shorter.update({"a": jnp.array(2.0)}, state, None, value=loss)
        assert float(update["a"]) == pytest.approx(2.0 * size)


def test_spikes_are_upward_crossings_of_zero():
    assert count_spikes(np.array([-70.0, 10.0, 20.0, -5.0, 0.0, -1.0])) == 2
    assert count_spikes(np.array([10.0, -70.0])) == 0
