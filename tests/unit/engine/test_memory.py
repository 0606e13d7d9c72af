"""What a gradient keeps, and what is done where it does not fit."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

import dendrax as dx
from dendrax.channels import HH
from dendrax.engine import checkpoint, memory
from dendrax.engine.memory import Kept
from dendrax.errors import MemoryBudgetError


def step(carry, x):
    """Reads `a` and `b`; writes `unread` without reading it; solves a system of three."""
    matrix = 2.0 + carry["a"][:3] ** 2
    solved = lax.custom_linear_solve(lambda u: matrix * u, carry["b"][:3] * x, lambda _, b: b / matrix, None, True)
    a = jnp.sin(carry["a"]) + solved.sum()
    return {"a": a, "b": carry["b"] * jnp.cos(carry["b"]), "unread": carry["a"] * 2}


CARRY = {"a": jnp.ones(10), "b": jnp.ones(20), "unread": jnp.ones(10)}


def test_kept_is_what_a_step_reads_and_the_solution_of_its_system():
    kept = memory.kept_by(step, CARRY, jnp.ones(()))
    assert kept.by_step == (10 + 20 + 3) * 8
    assert kept.by_block == (10 + 20) * 8


def test_levels_follow_the_budget():
    kept = Kept(by_step=100, by_block=100, intermediates=0)
    assert memory.choose_lengths(10_000, kept, 1e6) == (10_000,)
    assert memory.choose_lengths(10_000, kept, 1e6 - 1) == (100, 100)
    assert len(memory.choose_lengths(10_000, kept, 1e4)) == 3
    assert len(memory.choose_lengths(10_000, kept, 1.0)) == memory.DEEPEST


def test_what_is_there_at_the_turn_and_on_the_way_back():
    kept = Kept(by_step=100, by_block=10, intermediates=7, columns=50)
    assert kept.with_lengths((5, 4, 3)) == 7 + 10 * (5 + 4) + 100 * 3 + 50
    assert kept.with_lengths((50, 1)) == 7 + 10 * 50 + 3 * 50
    assert kept.with_lengths((6,)) == 7 + 100 * 6 + 3 * 50


def test_memory_of_this_machine_is_known():
    assert memory.memory_of_device() > 2**28


def plan(budget, lengths=None, length=10_000, columns=0):
    return memory.plan(step, CARRY, jnp.ones(()), length, lengths, budget, solution=24, columns=columns)


def test_a_run_that_fits_is_not_refused():
    assert plan(None) == ((10_000,), None)
    assert plan(1e6) == (tuple(checkpoint.even_lengths(10_000, 2)), None)


def test_a_second_level_is_taken_where_the_cache_does_not_hold_one(monkeypatch):
    monkeypatch.setattr(memory, "CACHE", 1e6)
    assert plan(None) == (checkpoint.even_lengths(10_000, 2), None)
    assert plan(None, length=1000) == ((1000,), None)
    with memory.side_by_side(4), memory.side_by_side(5):
        many = memory.plan(step, CARRY, jnp.ones(()), 1000, None, None, 24, 0, memory.runs_side_by_side())
    assert many == (checkpoint.even_lengths(1000, 2), None)
    assert memory.plan(step, CARRY, jnp.ones(()), 1000, None, None, 24, 0, 10**12).refusal is None
    monkeypatch.setattr(memory, "CACHE", 1.0)
    assert plan(None) == (checkpoint.even_lengths(10_000, 2), None)


def test_a_step_of_a_cell_keeps_its_gates_voltage_and_change_of_voltage_once():
    cell = dx.Cell([dx.Branch(ncomp=4)] * 3, parents=[-1, 0, 0])
    cell.insert(HH())
    cell.record(verbose=False)
    cell.make_trainable("HH_gNa", verbose=False)

    def kept(params):
        return jax.vjp(lambda params: dx.integrate(cell, params, t_max=1.0), params)[1]

    per_step = [leaf.shape for leaf in jax.tree.leaves(jax.eval_shape(kept, cell.get_parameters()))]
    per_step = [math.prod(shape[1:]) for shape in per_step if shape[:1] == (40,)]
    assert 12 * 5 <= sum(per_step) < 12 * 6


def test_refusal_says_what_is_needed_and_what_would_do():
    refused = plan(5e3)
    assert refused.refusal.startswith("The gradient of 10000 steps needs about")
    assert "memory= allows 5 kB" in refused.refusal
    assert "No checkpointing fits" in refused.refusal
    assert "float32" in refused.refusal
    asked = plan(1e5, lengths=(10_000,))
    assert asked.lengths == (10_000,)
    assert "checkpoint_lengths=[100, 100] needs" in asked.refusal
    assert "record_every" in plan(1e5, columns=10**6).refusal


def test_the_bound_that_costs_nothing_is_above_what_is_kept():
    exact, bound = memory.kept_by(step, CARRY, jnp.ones(())), memory.at_most(CARRY, 24)
    assert all(one <= other for one, other in zip(exact, bound, strict=True))


@pytest.mark.parametrize("around", [lambda f: f, jax.jit, eqx.filter_jit])
def test_only_the_derivative_is_refused(around):
    @around
    def double(x):
        return 2.0 * memory.refuse_derivative(x, "too much")

    np.testing.assert_array_equal(double(jnp.ones(2)), 2.0)
    np.testing.assert_array_equal(jax.vmap(double)(jnp.ones((2, 2))), 2.0)
    with pytest.raises(MemoryBudgetError, match="too much"):
        jax.grad(lambda x: double(x).sum())(jnp.ones(2))
    with pytest.raises(MemoryError):
        jax.jit(jax.grad(lambda x: double(x).sum())).lower(jnp.ones(2))


@pytest.mark.parametrize(
    ("nbytes", "text"), [(999.0, "999 B"), (1.5e6, "1.5 MB"), (23.4e9, "23.4 GB"), (2e13, "20 TB")]
)
def test_bytes_in_words(nbytes, text):
    assert memory.in_words(nbytes) == text
