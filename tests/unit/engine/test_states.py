import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.engine import overrides, step
from dendrax.engine.inserted import Inserted
from dendrax.engine.prepare import prepare
from dendrax.engine.rows import Rows
from dendrax.engine.steppers.bwd_euler import BackwardEuler
from dendrax.errors import UnknownNameError


def test_compress_then_expand_is_the_identity_where_there_is_a_state(by_hand):
    system = by_hand.tree([(by_hand.Gated(), [1, 4, 8])])
    _, full = overrides.apply(system, ())
    compact = system.layout.compress(full)
    assert compact["Gated_m"].shape == (3,)
    back = system.layout.expand(compact)
    np.testing.assert_array_equal(back["Gated_m"], full["Gated_m"])
    assert np.isnan(back["Gated_m"][0])
    np.testing.assert_array_equal(back["v"], full["v"])


def test_unknown_state_is_named(by_hand):
    with pytest.raises(UnknownNameError, match="'HH_m'"):
        by_hand.tree().layout.compress({"HH_m": jnp.zeros(9)})


def test_currents_of_one_name_add_up_and_are_zero_elsewhere(by_hand):
    a, b = by_hand.Passive(g=1e-4, e=-60.0, name="a"), by_hand.Passive(g=2e-4, e=-50.0, name="b")
    a.current_name = b.current_name = "i_both"
    system = by_hand.tree([(a, [0, 1, 5]), (b, [1, 2])])
    params, full = overrides.apply(system, ())
    prepared = prepare(system, params, 0.025, BackwardEuler())
    state = step.begin(system, prepared, system.layout.compress(full))
    expected = np.zeros(9)
    expected[[0, 1, 5]] += 1e-4 * -10.0
    expected[[1, 2]] += 2e-4 * -20.0
    np.testing.assert_allclose(state["i_both"], expected, rtol=1e-14)


def test_currents_that_are_given_stay(by_hand):
    system = by_hand.tree()
    params, full = overrides.apply(system, ())
    prepared = prepare(system, params, 0.025, BackwardEuler())
    given = system.layout.compress(full | {"i_Passive": jnp.arange(9.0)})
    after = step.begin(system, prepared, given, known=("i_Passive",))
    np.testing.assert_array_equal(after["i_Passive"], np.arange(9.0))


def test_a_current_that_another_channel_declares_as_a_state_starts_as_what_flows(by_hand):
    """A calcium pump reads i_Ca: its default is a placeholder, and compartments without the pump have none at all."""
    source, reader = by_hand.Passive(g=1e-4, e=-60.0), by_hand.Passive(g=0.0, e=0.0, name="reader")
    reader.channel_states = {"i_Passive": 123.0}
    system = by_hand.tree([(source, None), (reader, [2, 3])])
    everywhere = Rows.all(9)
    placed = system.membrane[1]
    states_of_reader = {"i_Passive": placed.rows}
    system = eqx.tree_at(lambda s: s.membrane[1], system, Inserted(placed.mechanism, placed.rows, states_of_reader))
    assert system.storage["i_Passive"] == everywhere
    params, full = overrides.apply(system, ())
    prepared = prepare(system, params, 0.025, BackwardEuler())
    assert np.isnan(full["i_Passive"][0])
    state = step.begin(system, prepared, system.layout.compress(full))
    np.testing.assert_allclose(state["i_Passive"], 1e-4 * -10.0, rtol=1e-14)
