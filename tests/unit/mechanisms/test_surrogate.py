"""Surrogates touch derivatives alone, and pass what they promise."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.errors import MechanismError
from dendrax.mechanisms.surrogate import SURROGATES, find_surrogate, reset, sigmoid, spike, superspike, triangle

X = jnp.asarray([-20.0, -1.0, -0.1, 0.0, 0.1, 1.0, 20.0])  # mV


def step(surrogate):
    return lambda x: spike(x > 0.0, x, find_surrogate(surrogate))


@pytest.mark.parametrize("surrogate", [None, *SURROGATES, functools.partial(superspike, slope=0.2)])
def test_values_are_those_of_the_step(surrogate):
    np.testing.assert_array_equal(jax.jit(step(surrogate))(X), X > 0.0)
    assert step(surrogate)(X.astype(jnp.float32)).dtype == jnp.float32


def test_derivatives_are_those_of_the_formula():
    s = 1 / (1 + np.exp(-X))
    expected = {
        "superspike": 1 / (1 + np.abs(X)) ** 2,
        "sigmoid": s * (1 - s),
        "triangle": 0.1 * np.maximum(0.0, 1 - 0.1 * np.abs(X)),
    }
    assert expected.keys() == SURROGATES.keys()
    for name, derivative in expected.items():
        np.testing.assert_allclose(jax.vmap(jax.grad(step(name)))(X), derivative, rtol=1e-14)
        np.testing.assert_allclose(jax.jvp(step(name), (X,), (jnp.ones_like(X),))[1], derivative, rtol=1e-14)
    np.testing.assert_array_equal(jax.vmap(jax.grad(step(None)))(X), 0.0)


@pytest.mark.parametrize("surrogate", [superspike, sigmoid, triangle])
def test_surrogates_integrate_to_a_step(surrogate):
    """Each is the derivative of a function that rises by about one (superspike, as published: by two)."""
    x = np.linspace(-1e4, 1e4, 2_000_001)
    area = np.trapezoid(np.asarray(surrogate(jnp.asarray(x), slope=0.3)), x)
    assert area == pytest.approx(2.0 if surrogate is superspike else 1.0, rel=1e-3)


def test_second_derivative_is_that_of_the_surrogate():
    np.testing.assert_allclose(jax.grad(jax.grad(step("superspike")))(1.0), -2 / 2.0**3, rtol=1e-14)


def test_reset_is_exact_and_differentiable():
    v, after = jnp.asarray([0.1, 40.0]), jnp.asarray([-70.1, -70.1])

    def run(v, after, surrogate):
        return reset(spike(v > 30.0, v - 30.0, surrogate), v, after)

    for surrogate in (None, superspike):
        np.testing.assert_array_equal(run(v, after, surrogate), [0.1, -70.1])
    by_v = jax.jacobian(run)(v, after, superspike)
    smooth = superspike(v - 30.0)
    np.testing.assert_allclose(by_v, np.diag(np.array([1.0, 0.0]) + smooth * (after - v)), rtol=1e-14)
    np.testing.assert_array_equal(jax.jacobian(run)(v, after, None), np.diag([1.0, 0.0]))
    np.testing.assert_array_equal(jax.jacobian(run, argnums=1)(v, after, superspike), np.diag([0.0, 1.0]))


@pytest.mark.parametrize(("surrogate", "bounded"), [(triangle, True), (superspike, False)])
def test_slopes_below_two_over_the_depth_of_the_reset_keep_gradients_of_slow_cells_bounded(surrogate, bounded):
    """What the docstring of Fire says: here 15 mV, so that 2 / 15 lies between the slopes 0.1 and 1 per mV."""

    def spikes(threshold):
        def step(v, _):
            spiked = spike(v > threshold, v - threshold, surrogate)
            v = reset(spiked, v, -65.0)
            return v + 0.01 * (-47.5 - v), spiked

        return jax.lax.scan(step, -65.0, length=1000)[1].sum()

    count, slope = jax.value_and_grad(spikes)(-50.0)
    assert count == 5
    assert (-10 < slope < 0) == bounded
    assert bounded or abs(slope) > 1e6


def test_an_unknown_surrogate_is_an_error_that_names_the_known():
    with pytest.raises(MechanismError, match="'superspike', 'sigmoid', 'triangle'"):
        find_surrogate("superspik")
