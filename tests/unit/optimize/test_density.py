"""Densities of closed form, sampled by a few lines of Metropolis, and what is refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from dendrax import errors
from dendrax.optimize import log_density, uniform_prior

BOUNDS = [{"g": (0.0, 4.0)}, {"e": (-90.0, -50.0)}]


def gaussian(params):
    """Minus the logarithm of a Gaussian around (1.0, -70) with standard deviations (0.1, 2) and no correlation."""
    return 0.5 * jnp.sum(((params[0]["g"] - 1.0) / 0.1) ** 2 + ((params[1]["e"] + 70.0) / 2.0) ** 2)


def test_a_prior_is_the_density_of_uniform_parameters():
    # The integral of exp(log_prob) over x up to y is the share of the interval below params(y).
    prior = uniform_prior([{"g": (2.0, 5.0)}])
    x = jnp.linspace(-30.0, 1.5, 200_001)
    density = jax.vmap(lambda one: jnp.exp(prior.log_prob([{"g": one[None]}])))(x)
    share = (prior.forward([{"g": x[-1:]}])[0]["g"][0] - 2.0) / 3.0
    assert float(jnp.trapezoid(density, x)) == pytest.approx(float(share), rel=1e-8)
    drawn = jax.vmap(lambda key: prior.forward(prior.sample(key))[0]["g"])(jax.random.split(jax.random.key(0), 4000))
    assert drawn.shape == (4000, 1)
    np.testing.assert_allclose(np.quantile(drawn, [0.1, 0.5, 0.9]), [2.3, 3.5, 4.7], atol=0.06)
    params = [{"g": jnp.array([3.3])}]
    np.testing.assert_allclose(prior.forward(prior.inverse(params))[0]["g"], 3.3)


def test_the_slope_is_that_of_a_central_difference():
    density = log_density(gaussian, uniform_prior(BOUNDS), temperature=3.0)
    x = [{"g": jnp.array([-0.7])}, {"e": jnp.array([0.4])}]
    slope = jax.grad(density)(x)
    moved = lambda step: [{"g": x[0]["g"] + step}, x[1]]  # noqa: E731
    difference = (density(moved(1e-5)) - density(moved(-1e-5))) / 2e-5
    assert float(slope[0]["g"][0]) == pytest.approx(float(difference), rel=1e-7)


def samples_of(density, x, key, n, scale):
    """Random-walk Metropolis. (n, parameter)"""
    flat, unravel = ravel_pytree(x)

    def step(carry, key):
        at, log = carry
        to_move, to_accept = jax.random.split(key)
        proposed = at + scale * jax.random.normal(to_move, at.shape)
        there = density(unravel(proposed))
        accept = jnp.log(jax.random.uniform(to_accept)) < there - log
        carry = jnp.where(accept, proposed, at), jnp.where(accept, there, log)
        return carry, carry[0]

    _, walk = jax.lax.scan(step, (flat, density(x)), jax.random.split(key, n))
    return jax.vmap(unravel)(walk)


def test_metropolis_samples_have_the_moments_of_the_posterior():
    prior = uniform_prior(BOUNDS)
    density = log_density(gaussian, prior)
    start = prior.inverse([{"g": jnp.array([1.0])}, {"e": jnp.array([-70.0])}])
    walk = jax.jit(lambda key: samples_of(density, start, key, 40_000, 0.2))(jax.random.key(1))
    params = jax.vmap(prior.forward)(walk)
    # About 40000 / 15 of the samples are independent: the mean is known to 2 % of a standard deviation.
    for values, mean, std in ((params[0]["g"], 1.0, 0.1), (params[1]["e"], -70.0, 2.0)):
        assert float(values.mean()) == pytest.approx(mean, abs=0.1 * std)
        assert float(values.std()) == pytest.approx(std, rel=0.1)


def test_where_the_loss_is_nan_nothing_is_sampled():
    prior = uniform_prior([{"g": (-1.0, 1.0)}])
    density = log_density(lambda params: jnp.sum(jnp.sqrt(params[0]["g"])), prior)
    assert float(density([{"g": jnp.array([-1.0])}])) == -np.inf
    assert np.isfinite(density([{"g": jnp.array([1.0])}]))


@pytest.mark.slow
def test_blackjax_takes_it():
    blackjax = pytest.importorskip("blackjax", reason="blackjax is not installed")
    prior = uniform_prior(BOUNDS)
    density = log_density(gaussian, prior)
    sampler = blackjax.nuts(density, step_size=0.15, inverse_mass_matrix=jnp.ones(2))
    state = sampler.init(prior.inverse([{"g": jnp.array([1.2])}, {"e": jnp.array([-71.0])}]))

    def step(state, key):
        state, _ = sampler.step(key, state)
        return state, state.position

    _, walk = jax.jit(lambda keys: jax.lax.scan(step, state, keys))(jax.random.split(jax.random.key(2), 600))
    params = jax.vmap(prior.forward)(walk)
    assert float(params[0]["g"].mean()) == pytest.approx(1.0, abs=0.03)
    assert float(params[1]["e"].std()) == pytest.approx(2.0, rel=0.25)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: uniform_prior({"g": (0, 1)}), errors.ModelTypeError, "as the parameters are"),
        (lambda: uniform_prior([]), errors.ModelValueError, "no bounds"),
        (lambda: uniform_prior([{"g": 3.0}]), errors.ModelTypeError, "(lower, upper)"),
        (lambda: uniform_prior([{"g": (1.0, 1.0)}]), errors.ModelValueError, "not below"),
        (lambda: uniform_prior(BOUNDS).forward([{"g": jnp.ones(1)}]), errors.ModelValueError, "same order"),
        (lambda: log_density(gaussian, uniform_prior(BOUNDS), temperature=0.0), errors.ModelValueError, "temperature"),
        (
            lambda: log_density(lambda p: p[0]["g"], uniform_prior([{"g": (0, 1)}]))([{"g": jnp.zeros(1)}]),
            errors.ModelValueError,
            "shape (1,)",
        ),
    ],
)
def test_what_is_wrong_is_said(call, error, text):
    with pytest.raises(error) as raised:
        call()
    assert text in str(raised.value)
