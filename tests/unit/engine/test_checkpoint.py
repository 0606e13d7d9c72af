import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from dendrax.engine import checkpoint

N = 23
XS = jnp.linspace(0.5, 1.5, N)


def step(carry, x):
    return jnp.sin(carry * x) + 0.1 * carry


def observe(carry):
    return carry[0] ** 2


def plain(carry, every=1):
    def body(carry, x):
        after = step(carry, x)
        return after, observe(after)

    end, ys = lax.scan(body, carry, XS)
    return end, ys[every - 1 :: every]


def nested(lengths, every=1):
    return lambda carry: checkpoint.scan(step, observe, carry, XS, N, lengths, every)


@pytest.mark.parametrize(
    "lengths", [(23,), (40,), (5, 5), (1, 23), (23, 1), (4, 3, 2), (3, 3, 3), (2, 2, 2, 3), (50, 7)]
)
class TestScan:
    def test_value_and_state_after_exactly_that_many_steps(self, lengths):
        for mine, theirs in zip(nested(lengths)(jnp.ones(2)), plain(jnp.ones(2)), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-13)

    def test_gradient(self, lengths):
        def loss(run):
            return lambda carry: sum(part.sum() for part in run(carry))

        mine, theirs = (jax.grad(loss(run))(jnp.array([0.7, 1.1])) for run in (nested(lengths), plain))
        np.testing.assert_allclose(mine, theirs, rtol=1e-12)

    def test_no_step_is_computed_for_nothing(self, lengths):
        calls = []

        def counted(carry, x):
            jax.debug.callback(lambda: calls.append(1))
            return step(carry, x)

        jax.block_until_ready(checkpoint.scan(counted, observe, jnp.ones(2), XS, N, lengths))
        jax.effects_barrier()
        assert len(calls) == N


@pytest.mark.parametrize(("lengths", "every"), [((23,), 5), ((5, 5), 2), ((5, 5), 23), ((4, 3, 2), 4), ((3, 8), 30)])
def test_observed_every_few_steps(lengths, every):
    def loss(run):
        return lambda carry: sum(part.sum() for part in run(carry))

    carry = jnp.array([0.7, 1.1])
    for mine, theirs in zip(nested(lengths, every)(carry), plain(carry, every), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-13)
    gradient = jax.grad(loss(nested(lengths, every)))(carry)
    np.testing.assert_allclose(gradient, jax.grad(loss(lambda c: plain(c, every)))(carry), rtol=1e-12)


@pytest.mark.parametrize("length", [1, 2, 7, 100, 401, 4000, 40_001])
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_even_lengths_cover_and_waste_little(length, depth):
    lengths = checkpoint.even_lengths(length, depth)
    assert math.prod(lengths) >= length
    assert sum(lengths) <= 1.1 * depth * (length ** (1 / depth) + 1)


@pytest.mark.parametrize("length", [400, 1000, 2000, 4000, 40_000, 100_000])
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_round_numbers_of_steps_are_divided_without_rest(length, depth):
    assert math.prod(checkpoint.even_lengths(length, depth)) == length


@pytest.mark.parametrize("lengths", [(10_000,), (100, 100), (22, 22, 21), (10, 10, 10, 10)])
@pytest.mark.parametrize("every", [2, 10, 333, 1000, 10_000])
def test_observing_seldom_keeps_no_more(lengths, every):
    """Blocks over groups and blocks within a group cover the run and keep about what `lengths` keep."""
    outer, inner = checkpoint.split_lengths(lengths, every)
    assert math.prod(inner) >= every
    assert math.prod(outer) * every >= 10_000
    below = outer[-1] * sum(inner) if len(inner) == 1 else outer[-1] * inner[0] + sum(inner[1:])
    assert sum(outer[:-1]) + below <= 2.1 * sum(lengths)


def test_the_solution_of_a_step_is_not_computed_again_in_the_gradient():
    """One solve in the forward loop and one transposed in the reverse one; a third would be the same work twice."""
    diagonal = jnp.linspace(1.0, 2.0, 3)

    def solving(carry, x):
        return lax.custom_linear_solve(
            lambda u: diagonal * carry * u,
            carry + x,
            lambda _, b: b / (diagonal * carry),
            lambda _, b: b / (diagonal * carry),
        )

    def loss(carry):
        return checkpoint.scan(solving, observe, carry, XS, N, (N,))[1].sum()

    program = str(jax.make_jaxpr(jax.grad(loss))(jnp.ones(3)))
    assert program.count("custom_linear_solve[") == 2
