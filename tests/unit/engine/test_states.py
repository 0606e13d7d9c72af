import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.engine import overrides, states
from dendrax.engine.prepare import prepare
from dendrax.engine.steppers.bwd_euler import BackwardEuler
from dendrax.errors import UnknownNameError


def test_compress_then_expand_is_the_identity_where_there_is_a_state(by_hand):
    system = by_hand.tree([(by_hand.Gated(), [1, 4, 8])])
    _, full = overrides.apply(system, ())
    compact = states.compress(system, full)
    assert compact["Gated_m"].shape == (3,)
    back = states.expand(system, compact)
    np.testing.assert_array_equal(back["Gated_m"], full["Gated_m"])
    assert np.isnan(back["Gated_m"][0])
    np.testing.assert_array_equal(back["v"], full["v"])


def test_unknown_state_is_named(by_hand):
    with pytest.raises(UnknownNameError, match="'HH_m'"):
        states.compress(by_hand.tree(), {"HH_m": jnp.zeros(9)})


def test_currents_of_one_name_add_up_and_are_zero_elsewhere(by_hand):
    a, b = by_hand.Passive(g=1e-4, e=-60.0, name="a"), by_hand.Passive(g=2e-4, e=-50.0, name="b")
    a.current_name = b.current_name = "i_both"
    system = by_hand.tree([(a, [0, 1, 5]), (b, [1, 2])])
    params, full = overrides.apply(system, ())
    prepared = prepare(system, params, 0.025, BackwardEuler())
    state = states.with_currents(system, prepared, states.compress(system, full))
    expected = np.zeros(9)
    expected[[0, 1, 5]] += 1e-4 * -10.0
    expected[[1, 2]] += 2e-4 * -20.0
    np.testing.assert_allclose(state["i_both"], expected, rtol=1e-14)


def test_currents_that_are_given_stay(by_hand):
    system = by_hand.tree()
    params, full = overrides.apply(system, ())
    prepared = prepare(system, params, 0.025, BackwardEuler())
    given = states.compress(system, full | {"i_Passive": jnp.arange(9.0)})
    np.testing.assert_array_equal(states.with_currents(system, prepared, given)["i_Passive"], np.arange(9.0))
