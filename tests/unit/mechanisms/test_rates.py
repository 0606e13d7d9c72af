"""x / (exp(x) - 1) and its derivatives against 100-digit decimal arithmetic."""

import math
from decimal import Decimal, localcontext

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.mechanisms.exponentials import exp
from dendrax.mechanisms.gates import x_over_expm1

POINTS = [0.0, 1e-300, 1e-20, -1e-9, 1e-3, -0.1, 0.3, 0.4999999, -0.4999999, 0.5, -0.5, 0.7, -1.0, 3.0, -5.0, 17.0]


def exact(x, order):
    """The derivative as a central difference with a step of 1e-15, of relative error 1e-30."""
    with localcontext() as context:
        context.prec = 120
        step, centre = Decimal(10) ** -15, Decimal(float(x))

        def value(at):
            return at / (at.exp() - 1) if abs(at) > Decimal("1e-60") else 1 - at / 2

        terms = (
            (-1) ** k * math.comb(order, k) * value(centre + (Decimal(order) / 2 - k) * step) for k in range(order + 1)
        )
        return float(sum(terms) / step**order)


def nth_derivative(order):
    function = x_over_expm1
    for _ in range(order):
        function = jax.grad(function)
    return function


@pytest.mark.parametrize(("dtype", "ulp"), [(jnp.float64, 2.3e-16), (jnp.float32, 1.2e-7)])
@pytest.mark.parametrize("order", range(5))
def test_value_and_derivatives(order, dtype, ulp):
    x = jnp.asarray(POINTS, dtype)
    got = jax.vmap(nth_derivative(order))(x)
    assert got.dtype == dtype
    # Closed forms lose n! / 0.5^n ulp to cancellation where they take over from the series.
    tolerance = 4 * ulp * math.factorial(order) * 2**order
    np.testing.assert_allclose(got, [exact(point, order) for point in x], rtol=tolerance, atol=5 * tolerance)


def test_value_is_right_to_the_last_digit():
    x = jnp.linspace(-30.0, 30.0, 301)
    np.testing.assert_allclose(x_over_expm1(x), [exact(point, 0) for point in x], rtol=5e-16)


def test_derivatives_at_zero_are_bernoulli_numbers():
    values = [float(nth_derivative(order)(0.0)) for order in range(9)]
    bernoulli = [1, -1 / 2, 1 / 6, 0, -1 / 30, 0, 1 / 42, 0, -1 / 30]
    np.testing.assert_allclose(values, bernoulli, rtol=1e-14, atol=0)


def test_forward_over_reverse_agrees_with_reverse_over_forward():
    x = jnp.asarray([-0.6, -0.4, 0.0, 0.2, 2.0])
    second = [jax.jacfwd(jax.grad(x_over_expm1)), jax.grad(lambda y: jax.jvp(x_over_expm1, (y,), (1.0,))[1])]
    np.testing.assert_allclose(*(jax.vmap(function)(x) for function in second), rtol=1e-14)


@pytest.mark.parametrize("n", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_forward_over_reverse_is_right_within_a_scan(n):
    """JAX drops a rule for derivatives where it evaluates a scan partially, and differentiates the code itself."""

    def loss(p):
        step = jax.checkpoint(lambda x, _: (x_over_expm1(x * p), None), prevent_cse=False)
        return jax.lax.scan(step, 0.9, None, n)[0]

    ways = [jax.jacfwd(jax.grad(loss)), jax.jacrev(jax.grad(loss)), jax.jacfwd(jax.jacfwd(loss))]
    in_all_ways = jax.jit(lambda p: jnp.stack([way(p) for way in ways]))
    for p in (0.1, 1.3):
        found = in_all_ways(p)
        np.testing.assert_allclose(found[:2], found[2], rtol=1e-12)


@pytest.mark.parametrize("dtype", [jnp.float64, jnp.float32])
@pytest.mark.parametrize("order", range(3))
def test_far_out_nothing_overflows(order, dtype):
    limit = {0: (0.0, 1e4), 1: (0.0, -1.0), 2: (0.0, 0.0)}[order]
    x = jnp.asarray([1e4, -1e4], dtype)
    np.testing.assert_allclose(jax.vmap(nth_derivative(order))(x), limit, atol=1e-33)


def test_an_exponential_at_hand_changes_nothing():
    x = jnp.linspace(-3.0, 3.0, 61)
    given = jax.vmap(jax.value_and_grad(lambda y: x_over_expm1(y, exp(y))))(x)
    np.testing.assert_array_equal(given, jax.vmap(jax.value_and_grad(x_over_expm1))(x))


def test_integers_are_taken():
    assert x_over_expm1(0) == 1.0
    assert x_over_expm1(np.array([1, 2])).dtype == jnp.float64
