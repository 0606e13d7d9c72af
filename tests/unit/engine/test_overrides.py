import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.engine import overrides
from dendrax.engine.system import Override
from dendrax.errors import UnknownNameError


def test_parameters_and_initial_states_are_replaced_where_asked(by_hand):
    system = by_hand.tree()
    wanted = (
        Override(np.array([1, 4]), jnp.array([1.0, 2.0]), "Passive_g"),
        Override(np.array([0]), jnp.array([-60.0]), "v"),
        Override(np.array([4]), jnp.array([3.0]), "Passive_g"),
    )
    params, state = overrides.apply(system, wanted)
    expected = system.params["Passive_g"].copy()
    expected[[1, 4]] = [1.0, 3.0]
    np.testing.assert_array_equal(params["Passive_g"], expected)
    assert state["v"][0] == -60.0
    assert state["v"][1] == -70.0
    np.testing.assert_array_equal(params["area"], system.params["area"])


@pytest.mark.parametrize("keys", [("radius",), ("length",), ("length", "radius")])
def test_shape_overrides_make_cylinders_there_and_nowhere_else(by_hand, keys):
    system = by_hand.tree(area=123.0, volume=45.0, resistive_load_in=0.6, resistive_load_out=0.7)
    rows = np.array([2, 5])
    params, _ = overrides.apply(system, tuple(Override(rows, jnp.array([2.0, 3.0]), key) for key in keys))
    radius, length = np.array(system.params["radius"]), np.array(system.params["length"])
    for key in keys:
        {"radius": radius, "length": length}[key][rows] = [2.0, 3.0]
    area, load = np.full(9, 123.0), np.full(9, 0.6)
    area[rows] = (2 * np.pi * radius * length)[rows]
    load[rows] = (length / 2 / (np.pi * radius**2))[rows]
    np.testing.assert_allclose(params["area"], area, rtol=1e-15)
    np.testing.assert_allclose(params["resistive_load_in"], load, rtol=1e-15)
    np.testing.assert_allclose(params["resistive_load_out"][rows], load[rows], rtol=1e-15)
    np.testing.assert_allclose(params["volume"][rows], (np.pi * radius**2 * length)[rows], rtol=1e-15)
    assert params["volume"][0] == 45.0


def test_unknown_key_is_named(by_hand):
    with pytest.raises(UnknownNameError, match="'gNa'"):
        overrides.apply(by_hand.tree(), (Override(np.array([0]), jnp.array([1.0]), "gNa"),))
