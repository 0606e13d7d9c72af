"""Fits of small functions, of which it is known where they end."""

import signal
import warnings

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import dendrax as jx
from dendrax.errors import FitWarning
from dendrax.optimize import TypeOptimizer, fit, fit_many, l2_norm, random_starts
from dendrax.optimize.gradients import scale_by_norm
from dendrax.optimize.transforms import SigmoidTransform

START = [{"HH_gNa": jnp.array([0.3, 0.6])}, {"radius": jnp.array([2.0])}]


def distance(params):
    """Lowest, at 0, for HH_gNa = 0.5 and radius = 1."""
    return jnp.sum((params[0]["HH_gNa"] - 0.5) ** 2) + jnp.sum((params[1]["radius"] - 1.0) ** 2)


def test_it_is_the_loop_that_one_would_write():
    fitted = fit(distance, START, steps=20, optimizer=optax.adam(0.05), progress=False)
    optimizer, params, losses, norms = optax.adam(0.05), START, [], []
    state = optimizer.init(params)
    for _ in range(20):
        loss, gradient = jax.value_and_grad(distance)(params)
        losses.append(loss)
        norms.append(l2_norm(gradient))
        updates, state = optimizer.update(gradient, state)
        params = optax.apply_updates(params, updates)
    np.testing.assert_allclose(fitted.loss, losses, rtol=1e-12)
    np.testing.assert_allclose(fitted.gradient_norm, norms, rtol=1e-12)
    np.testing.assert_allclose(fitted.last[0]["HH_gNa"], params[0]["HH_gNa"], rtol=1e-12)
    assert (fitted.reason, fitted.steps) == ("steps", 20)


def test_the_best_parameters_are_those_with_the_lowest_loss():
    """Steps that are too long jump over the minimum and away from it."""
    fitted = fit(distance, START, steps=6, optimizer=optax.sgd(1.1), progress=False)
    assert fitted.loss[-1] > fitted.loss[0]
    assert fitted.lowest == fitted.loss.min() == float(distance(fitted.params))
    assert float(distance(fitted.last)) > fitted.lowest


def test_the_loss_sees_parameters_within_their_bounds():
    seen = []

    def loss(params):
        jax.debug.callback(lambda value: seen.append(float(value)), params[1]["radius"][0])
        return distance(params)

    transform = [{"HH_gNa": SigmoidTransform(0.0, 1.0)}, {"radius": SigmoidTransform(1.5, 3.0)}]
    fitted = fit(loss, START, steps=60, transform=transform, learning_rate=0.3, progress=False)
    assert seen[0] == pytest.approx(2.0)
    assert all(1.5 < value < 3.0 for value in seen)
    np.testing.assert_allclose(fitted.params[0]["HH_gNa"], 0.5, atol=0.02)


def test_every_step_is_the_same_program():
    traces = []

    def loss(params, batch):
        traces.append(1)
        return distance(params) + jnp.mean(batch)

    fit(loss, START, steps=2, data=np.ones(8), batch_size=2, progress=False)
    after_two = len(traces)
    del traces[:]
    fit(loss, START, steps=30, data=np.ones(8), batch_size=2, progress=False)
    assert len(traces) == after_two == 2  # once to check what it returns, once to compile it


def test_python_floats_and_other_pytrees():
    model = eqx.nn.MLP(1, 1, 4, 1, key=jax.random.key(0))
    x = jnp.linspace(-1, 1, 16)[:, None]
    fitted = fit(lambda net: jnp.mean((jax.vmap(net)(x) - x**2) ** 2), model, steps=50, progress=False)
    assert fitted.lowest < 0.7 * fitted.loss[0]
    assert fitted.params(jnp.ones(1)).shape == (1,)
    assert float(
        fit(lambda x: (x - 3.0) ** 2, 1.0, steps=100, learning_rate=0.1, progress=False).params
    ) == pytest.approx(3, abs=0.1)


@pytest.mark.slow
def test_many_kinds_of_optimizer():
    by_type = TypeOptimizer(optax.adam, {"HH_gNa": 0.05, "radius": 0.1}, START)
    schedule = optax.exponential_decay(0.1, 10, 0.9)
    for options in (
        {"optimizer": by_type},
        {"optimizer": "adam", "learning_rate": schedule},
        {"optimizer": "lbfgs"},
        {"optimizer": "full_matrix_adam", "learning_rate": 0.05},
    ):
        assert fit(distance, START, steps=60, progress=False, **options).lowest < 1e-2, options


def test_normalising_and_clipping():
    gradient = [{"a": jnp.array([3.0])}, {"b": jnp.array([0.0, 4.0])}]
    each, _ = scale_by_norm("parameter").update(gradient, optax.EmptyState())
    np.testing.assert_allclose(each[1]["b"], [0.0, 1.0])
    half, _ = scale_by_norm("global", 0.5).update(gradient, optax.EmptyState())
    np.testing.assert_allclose(half[0]["a"], 3.0 / np.sqrt(5.0))
    nothing, _ = scale_by_norm().update(jax.tree.map(jnp.zeros_like, gradient), optax.EmptyState())
    assert float(nothing[1]["b"][1]) == 0.0
    steep = lambda params: 1e6 * distance(params)  # noqa: E731
    for options in ({"normalize": "global"}, {"clip": 1.0}, {"normalize": ("global", 0.0), "clip": 1.0}):
        moved = fit(steep, START, steps=1, optimizer=optax.sgd(0.01), progress=False, **options)
        change = jax.tree.map(lambda after, before: after - before, moved.last, START)
        assert float(l2_norm(change)) == pytest.approx(0.01), options
        assert moved.gradient_norm[0] > 1e6


def test_it_stops_on_a_plateau():
    fitted = fit(distance, START, steps=1000, learning_rate=0.1, patience=5, tolerance=0.5, progress=False)
    assert fitted.reason == "plateau"
    progress = [0]  # as it is defined: a loss that is lower than the last such loss by half of it
    for step, loss in enumerate(fitted.loss):
        if loss < 0.5 * fitted.loss[progress[-1]]:
            progress.append(step)
    assert fitted.steps == progress[-1] + 5 + 1


def test_what_is_not_finite_is_named_and_moves_nothing():
    def loss(params):
        return distance(params) + jnp.sum(jnp.where(params[0]["HH_gNa"] > 0.61, jnp.nan, 0.0) * params[0]["HH_gNa"])

    start = [{"HH_gNa": jnp.array([0.5, 0.6])}, {"radius": jnp.array([2.0])}]
    up = optax.sgd(-0.1)  # uphill, into the region without values
    with pytest.warns(FitWarning, match=r"The loss is nan at step 1"):
        fitted = fit(loss, start, steps=10, optimizer=up, progress=False)
    assert fitted.reason == "not finite"
    assert "gradient is not finite at step 1 for params[0]['HH_gNa'][1]" in fitted.message
    assert np.isfinite(fitted.last[0]["HH_gNa"]).all()
    assert float(fitted.params[0]["HH_gNa"][1]) == 0.6
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fit(loss, start, steps=10, optimizer=up, check=False, progress=False).reason == "steps"


def test_a_gradient_that_is_not_finite_at_a_finite_loss():
    loss = lambda params: distance(params) + jnp.sqrt(params[1]["radius"][0] - 2.0)  # noqa: E731
    with pytest.warns(FitWarning, match=r"params\[1\]\['radius'\]\[0\]"):
        fitted = fit(loss, START, steps=3, progress=False)
    assert np.isfinite(fitted.loss[0])
    assert not np.isfinite(fitted.gradient_norm[0])


def test_callbacks_see_each_step_and_can_end_it():
    seen = []

    def stop_at_three(progress):
        seen.append((progress.step, progress.loss, progress.aux["twice"], distance(progress.params)))
        return progress.step == 3

    loss = lambda params: (distance(params), {"twice": 2 * distance(params)})  # noqa: E731
    fitted = fit(loss, START, steps=10, callbacks=[stop_at_three], progress=False)
    assert (fitted.reason, fitted.steps) == ("callback", 3)
    assert float(seen[0][3]) == pytest.approx(seen[1][1])  # the parameters after a step are those of the next loss
    assert float(seen[1][2]) == pytest.approx(2 * seen[1][1])
    assert float(fitted.aux["twice"]) == pytest.approx(2 * fitted.loss[-1])


def test_ctrl_c_returns_what_there_is(ctrl_c):
    def press(progress):
        if progress.step == 4:
            ctrl_c()

    fitted = fit(distance, START, steps=10, callbacks=[press], progress=False)
    assert (fitted.reason, fitted.steps, len(fitted.loss)) == ("interrupted", 4, 4)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_ctrl_c_does_not_lose_it_either():
    def press_twice(progress):
        if progress.step == 4:
            raise KeyboardInterrupt

    fitted = fit(distance, START, steps=10, callbacks=[press_twice], progress=False)
    assert (fitted.reason, fitted.steps, len(fitted.loss)) == ("interrupted", 4, 4)


def test_ctrl_c_before_the_first_step():
    def batches():
        yield np.ones(2)
        raise KeyboardInterrupt

    fitted = fit(lambda params, batch: distance(params) + batch[0], START, steps=3, data=batches(), progress=False)
    assert (fitted.reason, fitted.steps, fitted.loss.shape) == ("interrupted", 0, (0,))
    np.testing.assert_array_equal(fitted.params[0]["HH_gNa"], START[0]["HH_gNa"])


def test_many_starts_are_as_many_fits():
    starts = random_starts(START, 3, spread=0.2, key=1)
    together = fit_many(distance, starts, steps=5, learning_rate=0.1, progress=False)
    for number, one in enumerate(together.fits):
        start = [{name: leaf[number] for name, leaf in entry.items()} for entry in starts]
        alone = fit(distance, start, steps=5, learning_rate=0.1, progress=False)
        np.testing.assert_allclose(one.loss, alone.loss, rtol=1e-12)
        np.testing.assert_allclose(one.params[0]["HH_gNa"], alone.params[0]["HH_gNa"], rtol=1e-12)
    assert together.best.lowest == min(one.lowest for one in together.fits)
    np.testing.assert_array_equal(starts[0]["HH_gNa"][0], START[0]["HH_gNa"])


def test_a_start_that_breaks_leaves_the_others_alone():
    loss = lambda params: jnp.sum(jnp.sqrt(params[0]["x"]))  # noqa: E731
    fits = fit_many(
        loss, [{"x": jnp.array([[0.05], [9.0], [4.0]])}], steps=10, optimizer=optax.sgd(0.1), progress=False
    )
    assert [one.reason for one in fits.fits] == ["not finite", "steps", "steps"]
    assert "params[0]['x'][0]" in fits.fits[0].message


def test_a_neuron():
    cell = jx.Compartment()
    cell.insert(jx.channels.Leak())
    cell.record(verbose=False)
    cell.make_trainable("Leak_eLeak", verbose=False)
    loss = lambda params: (jx.integrate(cell, params, t_max=0.5)[0, -1] + 69.0) ** 2  # noqa: E731
    fitted = fit(
        loss,
        cell.get_parameters(),
        steps=30,
        learning_rate=1.0,
        transform=SigmoidTransform(-90.0, -50.0),
        progress=False,
    )
    assert fitted.lowest < 0.1 * fitted.loss[0]
