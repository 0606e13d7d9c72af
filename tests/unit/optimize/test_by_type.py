import jax.numpy as jnp
import numpy as np
import optax
import pytest

from dendrax.errors import ModelTypeError, UnknownNameError
from dendrax.optimize import TypeOptimizer, l2_norm

PARAMS = [{"HH_gNa": jnp.array([0.1, 0.2])}, {"radius": jnp.array([1.0])}, {"HH_gNa": jnp.array([0.3])}]


def test_every_entry_moves_at_the_rate_of_its_name():
    optimizer = TypeOptimizer(optax.sgd, {"HH_gNa": 0.5, "radius": 2.0}, PARAMS)
    updates, _ = optimizer.update(PARAMS, optimizer.init(PARAMS))
    np.testing.assert_allclose(updates[0]["HH_gNa"], [-0.05, -0.1])
    np.testing.assert_allclose(updates[1]["radius"], [-2.0])
    np.testing.assert_allclose(updates[2]["HH_gNa"], [-0.15])


def test_states_go_on():
    """The second step of Adam differs from the first as it does for each entry alone."""
    optimizer = TypeOptimizer(optax.adam, {"HH_gNa": 0.5, "radius": 2.0}, PARAMS)
    state, alone = optimizer.init(PARAMS), optax.adam(2.0)
    state_alone = alone.init(PARAMS[1])
    for scale in (1.0, -3.0):
        gradient = [{name: scale * value for name, value in one.items()} for one in PARAMS]
        updates, state = optimizer.update(gradient, state)
        updates_alone, state_alone = alone.update(gradient[1], state_alone)
    np.testing.assert_array_equal(updates[1]["radius"], updates_alone["radius"])


def test_what_it_refuses():
    with pytest.raises(UnknownNameError, match="no setting for \\['radius'\\]"):
        TypeOptimizer(optax.sgd, {"HH_gNa": 0.5}, PARAMS)
    with pytest.raises(ModelTypeError, match="a dict of one name"):
        TypeOptimizer(optax.sgd, {"a": 0.5, "b": 1.0}, [{"a": jnp.ones(1), "b": jnp.ones(1)}])


def test_l2_norm_is_over_all_leaves():
    assert float(l2_norm(PARAMS)) == pytest.approx(np.sqrt(0.01 + 0.04 + 1.0 + 0.09))
