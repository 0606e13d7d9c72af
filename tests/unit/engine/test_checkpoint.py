import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from dendrax.engine import checkpoint

N = 23
XS = jnp.linspace(0.5, 1.5, N)


def body(carry, x):
    after = jnp.sin(carry * x) + 0.1 * carry
    return after, after[0] * x


def plain(carry):
    return lax.scan(body, carry, XS)


def nested(lengths):
    return lambda carry: checkpoint.scan(body, carry, XS, N, lengths)


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
            return body(carry, x)

        jax.block_until_ready(checkpoint.scan(counted, jnp.ones(2), XS, N, lengths))
        jax.effects_barrier()
        assert len(calls) == N


@pytest.mark.parametrize("length", [1, 2, 7, 100, 401, 4000, 40_001])
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_even_lengths_cover_and_waste_little(length, depth):
    lengths = checkpoint.even_lengths(length, depth)
    assert math.prod(lengths) >= length
    assert sum(lengths) <= depth * (length ** (1 / depth) + 1)


def test_levels_follow_the_budget():
    assert checkpoint.choose_lengths(10_000, 100, budget=1e6) == (10_000,)
    assert checkpoint.choose_lengths(10_000, 100, budget=1e6 - 1) == (100, 100)
    assert len(checkpoint.choose_lengths(10_000, 100, budget=1e4)) == 3
    assert len(checkpoint.choose_lengths(10_000, 100, budget=1.0)) == checkpoint.DEEPEST


def test_memory_of_this_machine_is_known():
    assert checkpoint.memory_of_device() > 2**28


def test_the_solution_of_a_step_is_not_computed_again_in_the_gradient():
    """One solve in the forward loop and one transposed in the reverse one; a third would be the same work twice."""
    diagonal = jnp.linspace(1.0, 2.0, 3)

    def step(carry, x):
        solved = lax.custom_linear_solve(
            lambda u: diagonal * carry * u,
            carry + x,
            lambda _, b: b / (diagonal * carry),
            lambda _, b: b / (diagonal * carry),
        )
        return solved, solved[0]

    def loss(carry):
        return checkpoint.scan(step, carry, XS, N, (N,))[1].sum()

    program = str(jax.make_jaxpr(jax.grad(loss))(jnp.ones(3)))
    assert program.count("custom_linear_solve[") == 2
