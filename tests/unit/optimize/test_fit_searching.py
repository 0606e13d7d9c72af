"""Search without gradients, the hybrid, and least squares, where the answers are known."""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.errors import MissingExtraError, ModelValueError, UnknownNameError
from dendrax.optimize import fit_global, least_squares, search
from dendrax.optimize.strategies import strategy_of
from dendrax.optimize.transforms import SigmoidTransform

START = [{"x": jnp.array([2.2, -1.9])}, {"y": jnp.array([1.8])}]


def rastrigin(params):
    """Minima near all whole numbers, the deepest at 0."""
    x = jnp.concatenate([params[0]["x"], params[1]["y"]])
    return jnp.sum(x**2 + 2 * (1 - jnp.cos(2 * jnp.pi * x)))


@pytest.mark.parametrize("method", ["cma", "separable"])
def test_a_strategy_adapts_to_how_differently_parameters_scale(method):
    """An ellipsoid with axes of a ratio of 1000: within the evaluations that CMA-ES is published to take, doubled."""
    scales = 10.0 ** np.linspace(0, 3, 8)
    strategy = strategy_of(method, np.full(8, 3.0), 1.0, None, np.random.default_rng(0))
    lowest, evaluations = np.inf, 0
    while lowest > 1e-9 and evaluations < 6000:
        points = strategy.ask()
        losses = ((scales * points) ** 2).sum(1)
        strategy.tell(points, losses)
        evaluations += len(points)
        lowest = min(lowest, losses.min())
    assert lowest <= 1e-9


@pytest.mark.parametrize("method", ["cma", "separable"])
def test_it_finds_the_deepest_of_many_minima(method):
    np.random.seed(3)
    before = np.random.get_state()[1].copy()
    options = {"method": method, "population": 24, "spread": 1.5, "key": 2, "elite": 3, "progress": False}
    found = search(rastrigin, START, generations=60, **options)
    assert found.lowest < 1e-2
    assert found.lowest == pytest.approx(float(rastrigin(found.params)))
    assert found.loss.shape == (found.evaluations // 24, 24)
    elite = jax.vmap(rastrigin)(found.elite)
    np.testing.assert_allclose(elite, np.sort(found.loss.ravel())[:3])
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # a search draws from its own generator
    again = search(rastrigin, START, generations=60, **options)
    np.testing.assert_array_equal(found.loss, again.loss)


def test_the_hybrid_is_better_than_either_alone():
    options = {"population": 24, "spread": 1.5, "key": 2, "progress": False}
    both = fit_global(rastrigin, START, generations=12, steps=150, refine=3, learning_rate=0.02, **options)
    alone = jx.optimize.fit(rastrigin, START, steps=150, learning_rate=0.02, progress=False)
    assert alone.lowest > 1.0
    assert len(both.fits) == 3
    assert both.best.lowest < 1e-6 < both.search.lowest


def test_members_without_a_loss_are_the_worst():
    hole = lambda params: jnp.where(params[0]["x"][0] > 1.0, jnp.nan, rastrigin(params))  # noqa: E731
    start = [{"x": jnp.array([0.9, 0.5])}, {"y": jnp.array([0.5])}]
    found = search(hole, start, generations=30, method="separable", population=12, spread=0.5, progress=False)
    assert np.isnan(found.loss[0]).any()
    assert found.lowest < 0.1
    with pytest.raises(ModelValueError, match="none of the 8 members"):
        search(lambda p: p[0]["x"][0] * jnp.nan, start, generations=2, population=8, progress=False)


def test_ctrl_c_returns_what_was_found(ctrl_c):
    def loss(params):
        jax.debug.callback(ctrl_c)
        return rastrigin(params)

    found = search(loss, START, generations=50, method="separable", progress=False, devices=1, population=4)
    assert found.reason == "interrupted"
    assert len(found.loss) < 50


def test_what_a_search_refuses(monkeypatch):
    with pytest.raises(UnknownNameError, match="'cma', 'separable'"):
        search(rastrigin, START, generations=1, method="annealing")
    with pytest.raises(ModelValueError, match="at least two parameters"):
        search(lambda p: p**2, 1.0, generations=1)
    with pytest.raises(ModelValueError, match="population must be an integer from 4"):
        search(rastrigin, START, generations=1, population=2)
    monkeypatch.setitem(sys.modules, "cma", None)
    with pytest.raises(MissingExtraError, match=r"CMA-ES needs the package 'cma'.*dendrax\[train\]"):
        search(rastrigin, START, generations=1)


@pytest.mark.parametrize("jacobian", ["forward", "reverse"])
def test_least_squares_converges_in_a_few_steps(jacobian):
    """Rosenbrock's valley, where descent takes thousands of steps."""
    residuals = lambda p: [10 * (p["y"] - p["x"] ** 2), 1 - p["x"]]  # noqa: E731
    fitted = least_squares(residuals, {"x": -1.2, "y": jnp.array([1.0])}, jacobian=jacobian, progress=False)
    assert fitted.reason == "converged"
    assert fitted.steps < 40
    np.testing.assert_allclose([float(fitted.params["x"]), float(fitted.params["y"][0])], 1.0, atol=1e-6)
    assert fitted.loss[0] == pytest.approx(100 * 0.44**2 + 2.2**2)


def test_least_squares_finds_the_membrane_of_a_compartment():
    cell = jx.Compartment()
    cell.insert(jx.channels.Leak())
    cell.stimulate(jx.step_current(0.5, 5.0, 0.01, 0.1, 4.0), verbose=False)
    cell.record(verbose=False)
    for name in ("Leak_gLeak", "capacitance"):
        cell.make_trainable(name, verbose=False)
    simulate = lambda params: jx.integrate(cell, params, delta_t=0.1)[0]  # noqa: E731
    hidden = [{"Leak_gLeak": jnp.array([3e-4])}, {"capacitance": jnp.array([1.7])}]
    measured = simulate(hidden)
    bounds = [{"Leak_gLeak": SigmoidTransform(1e-5, 1e-3)}, {"capacitance": SigmoidTransform(0.5, 3.0)}]
    fitted = least_squares(
        lambda params: simulate(params) - measured, cell.get_parameters(), transform=bounds, progress=False
    )
    assert fitted.steps < 20
    for one, true in zip(fitted.params, hidden, strict=True):
        for name in one:
            np.testing.assert_allclose(one[name], true[name], rtol=1e-5)


def test_what_least_squares_refuses():
    with pytest.raises(UnknownNameError, match="'forward', 'reverse'"):
        least_squares(lambda p: p, 1.0, jacobian="both")
    with pytest.raises(ModelValueError, match="not finite at the first"):
        least_squares(lambda p: jnp.sqrt(p - 2.0), 1.0, progress=False)
