"""What acts when, and what is recorded when."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.engine.checkpoint_plan import CheckpointOptions
from dendrax.engine.simulate import Job, simulate
from dendrax.engine.steppers.bwd_euler import BackwardEuler
from dendrax.engine.system import Inputs, Override, Recordings

DT = 0.025
_run = eqx.filter_jit(lambda job: simulate(job)[:2])


def recordings(**rows):
    """In the order in which they are given; the engine keeps them by key in sorted order."""
    keys = sorted(rows)
    sizes = [len(rows[key]) for key in keys]
    first = dict(zip(keys, np.cumsum([0, *sizes[:-1]]), strict=True))
    order = np.concatenate([first[key] + np.arange(len(where)) for key, where in rows.items()]).astype(np.int32)
    return Recordings({key: np.array(where, np.int32) for key, where in rows.items()}, order)


def inputs(**given):
    return Inputs(
        {key: np.array(rows, np.int32) for key, (rows, _) in given.items()},
        {key: np.atleast_2d(np.asarray(values, float)) for key, (_, values) in given.items()},
    )


def run(system, kept, acting=None, n_steps=10, given=None, lengths=None, overriding=()):
    acting = inputs() if acting is None else acting
    checkpoints = CheckpointOptions(lengths)
    return _run(Job(system, overriding, given, acting, kept, DT, BackwardEuler(), n_steps, checkpoints=checkpoints))


@pytest.fixture(scope="module")
def gated(by_hand):
    return by_hand.tree([(by_hand.Gated(), [1, 2, 5]), (by_hand.Passive(), None)])


def test_recordings_keep_the_order_in_which_they_were_made(gated):
    kept = recordings(v=[5, 0], Gated_m=[5, 1], i_Passive=[3])
    columns, state = run(gated, kept)
    assert columns.shape == (5, 11)
    last = [state["v"][5], state["v"][0], state["Gated_m"][5], state["Gated_m"][1], state["i_Passive"][3]]
    np.testing.assert_array_equal(columns[:, -1], last)
    np.testing.assert_array_equal(columns[:, 0], [-70.0, -70.0, 0.1, 0.1, 0.0])


def test_a_current_is_recorded_one_column_after_the_voltage_that_it_was_computed_from(by_hand):
    system = by_hand.tree([(by_hand.Passive(g=1e-4, e=-60.0), None)])
    columns, _ = run(system, recordings(v=[4], i_Passive=[4]))
    v, current = columns
    np.testing.assert_allclose(current[1:], 1e-4 * (v[:-1] + 60.0), rtol=1e-13)
    np.testing.assert_allclose(current[0], 1e-4 * (v[0] + 60.0), rtol=1e-13)


def test_stimulus_k_acts_in_step_k(by_hand):
    pulse = np.zeros(10)
    pulse[3] = 0.1
    columns, _ = run(by_hand.tree(), recordings(v=[0]), inputs(i=([0], pulse)))
    np.testing.assert_allclose(columns[0, :4], -70.0, rtol=1e-12)
    assert columns[0, 4] > -69.9


def test_stimuli_of_one_compartment_add_up(by_hand):
    kept, n = recordings(v=[0, 3]), np.ones(10)
    twice, _ = run(by_hand.tree(), kept, inputs(i=([3, 3, 0], [0.1 * n, 0.2 * n, 0.1 * n])))
    once, _ = run(by_hand.tree(), kept, inputs(i=([0, 3], [0.1 * n, 0.3 * n])))
    np.testing.assert_allclose(twice, once, rtol=1e-13)


@pytest.mark.parametrize("samples", [4, 10, pytest.param(15, marks=pytest.mark.slow)])
def test_stimuli_are_padded_with_zeros_and_cut_off(by_hand, samples):
    whole = np.zeros(10)
    whole[: min(samples, 10)] = 0.1
    expected, _ = run(by_hand.tree(), recordings(v=[0]), inputs(i=([0], whole)))
    columns, _ = run(by_hand.tree(), recordings(v=[0]), inputs(i=([0], np.full(samples, 0.1))))
    np.testing.assert_array_equal(columns, expected)


def test_clamped_voltage_is_recorded_from_column_one(by_hand):
    held = np.linspace(-60.0, -50.0, 10)
    columns, _ = run(by_hand.tree(), recordings(v=[2, 1]), inputs(v=([2], held)))
    np.testing.assert_array_equal(columns[0], [-70.0, *held])
    assert columns[1, -1] > -69.0  # its neighbour follows


def test_clamped_state_acts_from_the_next_step_on(gated):
    """The current of column k + 1 was computed before the clamp of step k."""
    held = np.linspace(0.2, 0.9, 10)
    columns, _ = run(gated, recordings(Gated_m=[2], i_Gated=[2], v=[2]), inputs(Gated_m=([2], held)))
    m, current, v = columns
    np.testing.assert_array_equal(m, [0.1, *held])
    target = 1 / (1 + np.exp(-(v[:-1] + 40.0) / 9.0))
    advanced = target + (m[:-1] - target) * np.exp(-DT / 2.0)
    np.testing.assert_allclose(current[1:], 5e-3 * advanced**3 * (v[:-1] - 50.0), rtol=1e-12)


def test_clamped_current_is_recorded_and_changes_no_voltage(gated):
    kept = recordings(v=[2], i_Gated=[2])
    held = np.linspace(0.0, 1.0, 10)
    columns, _ = run(gated, kept, inputs(i_Gated=([2], held)))
    free, _ = run(gated, kept)
    np.testing.assert_array_equal(columns[1, 1:], held)
    np.testing.assert_array_equal(columns[0], free[0])


@pytest.mark.slow
def test_a_run_in_two_parts_is_the_whole_run(gated):
    kept, current = recordings(v=[0, 5], Gated_m=[5], i_Gated=[1]), np.linspace(0.0, 0.2, 20)
    whole, last = run(gated, kept, inputs(i=([0], current)), 20)
    first, between = run(gated, kept, inputs(i=([0], current[:12])), 12)
    second, end = run(gated, kept, inputs(i=([0], current[12:])), 8, given=between)
    np.testing.assert_array_equal(np.concatenate([first, second[:, 1:]], axis=1), whole)
    np.testing.assert_array_equal(second[:, 0], first[:, -1])
    for name in last:
        np.testing.assert_array_equal(end[name], last[name])


@pytest.fixture(scope="module")
def checkpointed(gated):
    """Of lengths of checkpoints: value, columns and gradient of a loss."""
    acting = inputs(i=([0], np.linspace(0.0, 0.2, 20)))

    def loss(radius, lengths):
        columns, state = run(
            gated, recordings(v=[5]), acting, 20, None, lengths, (Override(np.array([3]), radius, "radius"),)
        )
        return jnp.sum((columns + 70.0) ** 2) + jnp.sum(state["v"]), columns

    both = jax.jit(jax.value_and_grad(loss, has_aux=True), static_argnums=1)
    return lambda lengths: jax.tree.leaves(both(jnp.array([1.2]), lengths))


@pytest.mark.slow
@pytest.mark.parametrize("lengths", [(3, 3, 3), (5, 5), (20,), (4, 5)])
def test_checkpoints_change_neither_values_nor_gradients_nor_the_state(checkpointed, lengths):
    for ours, plain in zip(checkpointed(lengths), checkpointed(None), strict=True):
        np.testing.assert_allclose(ours, plain, rtol=1e-12)
