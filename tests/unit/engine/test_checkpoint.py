import math
from functools import cache

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


def with_gradient(run, carry=(0.7, 1.1)):
    """End, observations, and the gradient of the sum of all, in one program."""

    def loss(carry):
        out = run(carry)
        return sum(part.sum() for part in out), out

    (_, out), gradient = jax.jit(jax.value_and_grad(loss, has_aux=True))(jnp.array(carry))
    return *out, gradient


expected = cache(lambda every=1: with_gradient(lambda carry: plain(carry, every)))


def assert_close(ours, theirs):
    for mine, other, rtol in zip(ours, theirs, (1e-13, 1e-13, 1e-12), strict=True):
        np.testing.assert_allclose(mine, other, rtol=rtol)


@pytest.mark.parametrize(
    "lengths",
    [
        (23,),
        (5, 5),
        (1, 23),
        (4, 3, 2),
        (50, 7),
        *(pytest.param(one, marks=pytest.mark.slow) for one in ((40,), (23, 1), (3, 3, 3), (2, 2, 2, 3))),
    ],
)
class TestScan:
    def test_value_state_and_gradient_after_exactly_that_many_steps(self, lengths):
        assert_close(with_gradient(nested(lengths)), expected())

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
    assert_close(with_gradient(nested(lengths, every)), expected(every))


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
