"""exp and expm1 against extended precision, at their ends, and their derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.mechanisms.exponentials import exp, expm1

FUNCTIONS = [(exp, np.exp), (expm1, np.expm1)]


@pytest.mark.parametrize(("dtype", "low", "high"), [(np.float32, -87.0, 75.0), (np.float64, -700.0, 696.0)])
@pytest.mark.parametrize(("ours", "exact"), FUNCTIONS)
def test_right_to_two_ulp(ours, exact, dtype, low, high):
    random = np.random.default_rng(0)
    for below, above in ((low, high), (-1.0, 1.0), (-1e-3, 1e-3), (-1e-20, 1e-20)):
        x = random.uniform(below, above, 100_000).astype(dtype)
        expected = exact(x.astype(np.longdouble))
        ulp = np.spacing(np.abs(expected).astype(dtype))
        assert np.max(np.abs(np.asarray(jax.jit(ours)(x)) - expected) / ulp) <= 2.0


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_ends_are_finite_and_nan_stays(dtype):
    x = jnp.asarray([jnp.inf, 1e30, -1e30, -jnp.inf, jnp.nan], dtype)
    for function in (exp, jax.vmap(jax.grad(exp))):
        high, higher, low, lower, nan = function(x)
        assert 1e32 < high == higher < 1e-5 * jnp.finfo(dtype).max  # room for the factors of rates and derivatives
        assert 0 < low == lower < 1e-37
        assert jnp.isnan(nan)


@pytest.mark.parametrize(("ours", "exact"), FUNCTIONS)
def test_derivatives_of_any_order(ours, exact):  # of both, exp(x)
    x = jnp.array([-0.3, 0.0, 2.0])
    second = [jax.jacfwd(jax.grad(ours)), jax.grad(lambda y: jax.jvp(ours, (y,), (1.0,))[1])]
    for function in (jax.grad(ours), *second):
        np.testing.assert_allclose(jax.vmap(function)(x), np.exp(x), rtol=1e-15)


def test_numbers_of_python_take_the_type_of_what_they_meet():
    assert (jnp.ones(1, jnp.float32) * exp(1.0)).dtype == jnp.float32
    assert exp(jnp.float32(1.0)).dtype == jnp.float32
    assert exp(0) == 1.0
