"""Delivery of spikes: what it adds to the queue, against loops in Python, and its derivatives of all kinds."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from dendrax.engine.events import deliver as module
from dendrax.engine.events.deliver import Spikes, deliver

N_STEP, N_DETECTOR, N_TRAIN, N_CONNECTION, N_PORT, N_SLOT, SHIFT = 8, 6, 5, 300, 10, 40, 4
ORIGIN, BASE = 16, 5
RANDOM = np.random.default_rng(0)
FIRST = np.r_[0, np.sort(RANDOM.integers(0, N_CONNECTION, N_DETECTOR + 1)), N_CONNECTION].astype(np.int32)
TARGET = RANDOM.integers(0, N_PORT - SHIFT, N_CONNECTION).astype(np.int32)
CROSSING = np.where(RANDOM.random((N_STEP, N_DETECTOR)) < 0.2, RANDOM.random((N_STEP, N_DETECTOR)), -1.0)
TRAIN = np.sort(RANDOM.uniform(ORIGIN, ORIGIN + N_STEP, N_TRAIN))
SOURCE = RANDOM.integers(N_DETECTOR, N_DETECTOR + 2, N_TRAIN).astype(np.int32)
BOUNDS = np.searchsorted(TRAIN, ORIGIN + np.arange(N_STEP + 1)).astype(np.int32)
OPERANDS = tuple(
    jnp.asarray(one)
    for one in (
        RANDOM.normal(size=(N_SLOT, N_PORT)),
        RANDOM.normal(size=N_CONNECTION),
        RANDOM.uniform(N_STEP, 30.0, N_CONNECTION),
        CROSSING,
        TRAIN,
        RANDOM.integers(0, 3, CROSSING.shape).astype(float),
    )
)
COTANGENT = jnp.asarray(RANDOM.normal(size=(N_SLOT, N_PORT)))
MODES = [(False, None), (True, None), (False, SHIFT)]


def delivered(queue, weight, delay, crossing, train, amount, grid=False, shift=None, whole=False):
    queue, weight, delay, train = map(jnp.asarray, (queue, weight, delay, train))
    crossing = jnp.where(CROSSING >= 0, crossing, -1.0)  # which of them fire has no derivative
    origin, base = jnp.int32(ORIGIN), jnp.int32(BASE)
    amount = jnp.asarray(amount)[:, :0] if whole else jnp.asarray(amount)
    spikes = Spikes(crossing, amount, train, SOURCE, BOUNDS, origin, base, jnp.asarray(FIRST), jnp.asarray(TARGET))
    return deliver(queue, weight, delay, spikes, grid=grid, shift=shift)


def by_loops(queue, weight, delay, crossing, train, amount, grid, shift):
    queue, fired = np.array(queue), np.argwhere(crossing >= 0)
    detected = [(amount[k, i], k + (1.0 if grid else crossing[k, i]), i) for k, i in fired]
    for size, time, source in detected + [(1.0, t - ORIGIN, s) for t, s in zip(train, SOURCE, strict=True)]:
        for c in range(FIRST[source], FIRST[source + 1]):
            arrival = float(time) + float(delay[c])
            j = int(np.ceil(arrival - 0.5001) if grid else np.floor(arrival))
            p, row, after = 0.0 if grid else arrival - j, (BASE + j) % N_SLOT, (BASE + j + 1) % N_SLOT
            queue[row, TARGET[c]] += size * weight[c] * (1.0 if shift else 1.0 - p)
            queue[row if shift else after, TARGET[c] + (shift or 0)] += size * weight[c] * p
    return queue


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("grid", "shift"), MODES)
def test_what_is_added_equals_loops(grid, shift, whole):
    names = ("grid", "shift", "whole")
    found = jax.jit(delivered, static_argnames=names)(*OPERANDS, grid=grid, shift=shift, whole=whole)
    *operands, amount = map(np.asarray, OPERANDS)
    expected = by_loops(*operands, np.ones_like(amount) if whole else amount, grid, shift)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("grid", "shift"), MODES)
def test_the_rule_in_jax_gives_what_the_kernel_gives(grid, shift, monkeypatch):
    def values_and_derivatives():
        def loss(*operands):
            return jnp.sum(COTANGENT * delivered(*operands, grid=grid, shift=shift))

        return jax.jit(jax.value_and_grad(loss, argnums=(0, 1, 2, 3, 4, 5)))(*OPERANDS)

    with_kernel = values_and_derivatives()
    monkeypatch.setattr(module.native.native, "library", lambda: None)
    for one, other in zip(jax.tree.leaves(with_kernel), jax.tree.leaves(values_and_derivatives()), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("shift", [None, SHIFT])
def test_derivatives_are_those_of_differences(shift):
    of_operands = jax.jit(lambda *operands: delivered(*operands, shift=shift))
    check_grads(of_operands, OPERANDS, order=1, modes=["fwd", "rev"], eps=1e-6)


def test_on_the_grid_derivatives_by_weights_and_amounts_are_those_of_differences():
    queue, weight, *times, amount = OPERANDS

    @jax.jit
    def on_grid(queue, weight, amount):
        return delivered(queue, weight, *times, amount, grid=True)

    check_grads(on_grid, (queue, weight, amount), order=1, modes=["fwd", "rev"], eps=1e-6)


@pytest.mark.parametrize("shift", [pytest.param(None, marks=pytest.mark.slow), SHIFT])
def test_second_derivatives_agree_in_all_modes(shift):
    queue, weight, delay, crossing, train, amount = OPERANDS

    def loss(x):
        times = (delay + x[1], crossing + x[2], train + x[2])
        return jnp.sum(COTANGENT * delivered(queue, weight * x[0], *times, amount, shift=shift) ** 2)

    at = jnp.array([1.0, 0.0, 0.0])
    expected = jax.jit(jax.jacfwd(jax.jacfwd(loss)))(at)
    np.testing.assert_allclose(expected, expected.T, rtol=1e-10)
    for outer, inner in itertools.product((jax.jacfwd, jax.jacrev), (jax.jacrev, jax.jacfwd)):
        np.testing.assert_allclose(jax.jit(outer(inner(loss)))(at), expected, rtol=1e-10, atol=1e-10)


def test_a_batch_is_as_one_run_after_the_other():
    queue, weight, *rest = OPERANDS
    weights = jnp.stack([weight, 2.0 * weight, -weight])

    def loss(weight):
        return jnp.sum(COTANGENT * delivered(queue, weight, *rest))

    for function in map(jax.jit, (loss, jax.grad(loss))):
        expected = [function(one) for one in weights]
        np.testing.assert_allclose(jax.vmap(function)(weights), expected, rtol=1e-12)


def test_the_queue_is_the_same_bits_however_many_steps_an_epoch_has():
    queue, weight, delay, crossing, train, amount = OPERANDS
    whole = delivered(*OPERANDS)
    for step in range(N_STEP):
        spikes = Spikes(
            crossing[step : step + 1], amount[step : step + 1], train, SOURCE, BOUNDS[step : step + 2],
            jnp.int32(ORIGIN + step), jnp.int32(BASE + step), jnp.asarray(FIRST), jnp.asarray(TARGET),
        )  # fmt: skip
        queue = deliver(queue, weight, delay, spikes, grid=False)
    np.testing.assert_array_equal(queue, whole)


def test_kernels_refuse_arrays_that_do_not_belong_together():
    queue, weight, delay, crossing, train, amount = OPERANDS
    spikes = Spikes(
        crossing,
        amount,
        train,
        SOURCE,
        BOUNDS[:-1],
        jnp.int32(0),
        jnp.int32(0),
        jnp.asarray(FIRST),
        jnp.asarray(TARGET),
    )
    if module.native.native.library() is not None:
        with pytest.raises(jax.errors.JaxRuntimeError, match="not the connections of these spikes"):
            jax.block_until_ready(deliver(queue, weight, delay, spikes, grid=False))
