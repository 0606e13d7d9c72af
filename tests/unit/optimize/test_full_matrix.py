"""Full-matrix Adam: right in one dimension, indifferent to the choice of axes, quick where Adam is slow."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from dendrax.errors import ModelValueError
from dendrax.optimize.full_matrix import full_matrix_adam


def descend(optimizer, loss, x, steps):
    """Where an optimiser gets to, and on which way."""
    state, way = optimizer.init(x), [x]

    @jax.jit
    def step(x, state):
        update, state = optimizer.update(jax.grad(loss)(x), state, x)
        return optax.apply_updates(x, update), state

    for _ in range(steps):
        x, state = step(x, state)
        way.append(x)
    return x, way


def valley(x):
    """Steep across the diagonal, a thousand times flatter along it; the minimum is at (2, 1)."""
    return (x[0] + x[1] - 3.0) ** 2 + 1e-6 * (x[0] - x[1] - 1.0) ** 2


def test_with_one_parameter_it_is_adam():
    loss = lambda x: jnp.sum((x - 1.0) ** 4)  # noqa: E731
    ours = descend(full_matrix_adam(0.05, b1=0.9, b2=0.95), loss, jnp.zeros(1), 40)[1]
    adams = descend(optax.adam(0.05, b1=0.9, b2=0.95, eps=1e-30), loss, jnp.zeros(1), 40)[1]
    np.testing.assert_allclose(np.ravel(ours), np.ravel(adams), rtol=1e-10)


def test_it_does_not_care_how_the_axes_are_turned():
    turn = jnp.array([[0.6, -0.8], [0.8, 0.6]])
    plain = descend(full_matrix_adam(0.03), valley, jnp.array([0.5, -1.0]), 25)[1]
    turned = descend(full_matrix_adam(0.03), lambda y: valley(turn @ y), turn.T @ jnp.array([0.5, -1.0]), 25)[1]
    np.testing.assert_allclose(np.asarray(turned) @ turn.T, plain, rtol=1e-6)


def test_it_follows_a_valley_that_adam_cannot():
    start = jnp.zeros(2)
    ours = descend(full_matrix_adam(0.02, damping=1e-4), valley, start, 400)[0]
    adams = descend(optax.adam(0.02), valley, start, 400)[0]
    assert np.abs(ours - jnp.array([2.0, 1.0])).max() < 0.05
    assert np.abs(adams - jnp.array([2.0, 1.0])).max() > 0.3


def test_it_takes_parameters_as_modules_give_them():
    params = [{"HH_gNa": jnp.ones(2)}, {"radius": jnp.ones(1)}]
    optimizer = full_matrix_adam(0.1)
    update, state = optimizer.update(params, optimizer.init(params))
    assert jax.tree.structure(update) == jax.tree.structure(params)
    assert state.square.shape == (3, 3)
    # The first gradient is the only direction known: the step goes against it, by the learning rate.
    np.testing.assert_allclose(np.concatenate(jax.tree.leaves(update)), -0.1 / np.sqrt(3), rtol=1e-9)


def test_where_nothing_slopes_it_stays():
    optimizer = full_matrix_adam(0.1)
    update, _ = optimizer.update(jnp.zeros(3), optimizer.init(jnp.zeros(3)))
    np.testing.assert_array_equal(update, 0.0)


@pytest.mark.parametrize("wrong", [{"learning_rate": 0.0}, {"b1": 1.0}, {"b2": -0.1}, {"damping": 0.0}])
def test_rates_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ModelValueError, match="Give a positive rate"):
        full_matrix_adam(**({"learning_rate": 0.1} | wrong))
