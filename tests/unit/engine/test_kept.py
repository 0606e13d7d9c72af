"""What a gradient keeps."""

import math

import jax
import jax.numpy as jnp

import dendrax as dx
from dendrax.channels import HH
from dendrax.engine.kept import Kept, at_most, kept_by


def test_kept_is_what_a_step_reads_and_the_solution_of_its_system(solving_step, carry):
    kept = kept_by(solving_step, carry, jnp.ones(()), columns=5)
    assert kept.by_step == (10 + 20 + 3) * 8
    assert kept.by_block == (10 + 20) * 8
    assert kept.columns == 5


def test_the_bound_that_costs_nothing_is_above_what_is_kept(solving_step, carry):
    exact, bound = kept_by(solving_step, carry, jnp.ones(()), 7), at_most(carry, 24, 7)
    assert all(one <= other for one, other in zip(exact, bound, strict=True))


def test_what_is_there_at_the_turn_and_on_the_way_back():
    kept = Kept(by_step=100, by_block=10, intermediates=7, columns=50)
    assert kept.with_lengths((5, 4, 3)) == 7 + 10 * (5 + 4) + 100 * 3 + 50
    assert kept.with_lengths((50, 1)) == 7 + 10 * 50 + 3 * 50
    assert kept.with_lengths((6,)) == 7 + 100 * 6 + 3 * 50


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
