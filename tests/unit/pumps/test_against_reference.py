"""Pumps equal those of Jaxley 0.14, run as a black box (golden/make_reference.py)."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from dendrax import pumps
from dendrax.pumps.faraday_electrolysis import convert_current_to_molarity_change

GOLDEN = np.load(Path(__file__).parent / "golden" / "reference.npz")
NAMES = ("CaPump", "CaFaradayConcentrationChange", "CaNernstReversal")
CASES = [(name, case) for name in NAMES for case in ("default", "changed")]


def prepare(name, case):
    """A pump, its states and its parameters, and the shape of all of them."""
    pump, shape = getattr(pumps, name)(), GOLDEN["radius"].shape
    states = {key: jnp.asarray(GOLDEN[f"states/{key}"]) for key in pump.channel_states}
    params = {key: jnp.broadcast_to(GOLDEN[f"{name}/{case}/params/{key}"], shape) for key in pump.channel_params}
    return pump, states, params | {"radius": jnp.asarray(GOLDEN["radius"]), "temperature": jnp.full(shape, 6.3)}


@pytest.mark.parametrize(("name", "case"), CASES)
def test_states_after_a_step(name, case):
    pump, states, params = prepare(name, case)
    after = states | pump.update_states(states, 0.025, jnp.zeros_like(params["radius"]), params)
    expected = {key.split("/")[-1]: GOLDEN[key] for key in GOLDEN.files if key.startswith(f"{name}/{case}/after/")}
    assert expected.keys() <= after.keys()
    for key, value in expected.items():
        np.testing.assert_allclose(after[key], value, rtol=1e-14, err_msg=key)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_fluxes(name, case):
    pump, states, params = prepare(name, case)
    flux = pump.compute_current(states, states[pump.ion_name], params)
    flux = np.broadcast_to(flux, params["radius"].shape)
    # Of CaPump it is a difference: what is carried in and what decays.
    np.testing.assert_allclose(flux, GOLDEN[f"{name}/{case}/flux"], rtol=1e-13, atol=1e-18)


def test_reversal_of_calcium_at_rest_is_the_references():
    pump = pumps.CaNernstReversal()
    after = pump.update_states(pump.channel_states, 0.025, -70.0, {})
    assert float(after["eCa"]) == pytest.approx(127.58241049, abs=5e-9)


def test_change_of_molarity():
    current, valence, radius = GOLDEN["states/i_Ca"], GOLDEN["valence"], GOLDEN["radius"]
    change = convert_current_to_molarity_change(current, valence, radius)
    np.testing.assert_allclose(change, GOLDEN["molarity_change"], rtol=1e-14)
