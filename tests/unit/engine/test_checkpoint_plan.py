"""Levels of checkpoints that fit, and what is done where none do."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.engine import checkpoint, checkpoint_plan, memory
from dendrax.engine.checkpoint_plan import DEEPEST, CheckpointOptions, Nesting, choose_lengths, refuse_derivative
from dendrax.engine.kept import Kept
from dendrax.errors import MemoryBudgetError


@pytest.fixture
def plan(solving_step, carry):
    def of(asked=CheckpointOptions(), length=10_000, columns=0):  # noqa: B008 - never written to
        return checkpoint_plan.plan(solving_step, carry, jnp.ones(()), length, asked, solution=24, columns=columns)

    return of


def test_levels_follow_the_budget():
    kept = Kept(by_step=100, by_block=100, intermediates=0)
    assert choose_lengths(10_000, kept, 1e6) == (10_000,)
    assert choose_lengths(10_000, kept, 1e6 - 1) == (100, 100)
    assert len(choose_lengths(10_000, kept, 1e4)) == 3
    assert len(choose_lengths(10_000, kept, 1.0)) == DEEPEST


def test_a_run_that_fits_is_not_refused(plan):
    assert plan() == Nesting((10_000,))
    assert plan(CheckpointOptions(budget=1e6)) == Nesting(checkpoint.even_lengths(10_000, 2))


def test_a_second_level_is_taken_where_the_cache_does_not_hold_one(plan, monkeypatch):
    monkeypatch.setattr(memory, "CACHE", 1e6)
    assert plan() == Nesting(checkpoint.even_lengths(10_000, 2))
    assert plan(length=1000) == Nesting((1000,))
    assert plan(CheckpointOptions(runs=20), length=1000) == Nesting(checkpoint.even_lengths(1000, 2))
    assert plan(CheckpointOptions(runs=10**12), length=1000).refusal is None
    monkeypatch.setattr(memory, "CACHE", 1.0)
    assert plan() == Nesting(checkpoint.even_lengths(10_000, 2))


def test_refusal_says_what_is_needed_and_what_would_do(plan):
    refused = plan(CheckpointOptions(budget=5e3)).refusal
    assert refused.startswith("The gradient of 10000 steps needs about")
    assert "memory= allows 5 kB" in refused
    assert "No checkpointing fits" in refused
    assert "float32" in refused
    asked = plan(CheckpointOptions((10_000,), 1e5))
    assert asked.lengths == (10_000,)
    assert "checkpoint_lengths=[100, 100] needs" in asked.refusal
    assert "record_every" in plan(CheckpointOptions(budget=1e5), columns=10**6).refusal


@pytest.mark.parametrize("around", [lambda f: f, jax.jit, eqx.filter_jit])
def test_only_the_derivative_is_refused(around):
    @around
    def double(x):
        twice, _ = refuse_derivative((2.0 * x, "what is no array"), "too much")
        return twice

    np.testing.assert_array_equal(double(jnp.ones(2)), 2.0)
    np.testing.assert_array_equal(jax.vmap(double)(jnp.ones((2, 2))), 2.0)
    with pytest.raises(MemoryBudgetError, match="too much"):
        jax.grad(lambda x: double(x).sum())(jnp.ones(2))
    with pytest.raises(MemoryError):
        jax.jit(jax.grad(lambda x: double(x).sum())).lower(jnp.ones(2))
