"""States and currents equal those of Jaxley 0.14, run as a black box (golden/make_reference.py)."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from dendrax import synapses

GOLDEN = np.load(Path(__file__).parent / "golden" / "reference.npz")
NAMES = sorted({key.split("/")[0] for key in GOLDEN.files if "/" in key})
PRE_V, POST_V = jnp.asarray(GOLDEN["pre_v"]), jnp.asarray(GOLDEN["post_v"])


def golden(*parts):
    """The arrays under a path, by their last part."""
    prefix = "/".join(map(str, parts)) + "/"
    return {key.removeprefix(prefix): GOLDEN[key] for key in GOLDEN.files if key.startswith(prefix)}


def prepare(name, case):
    """A synapse, its states and parameters."""
    states = {key: jnp.asarray(value) for key, value in golden(name, "states").items()}
    params = {key: jnp.full_like(PRE_V, value) for key, value in golden(name, case, "params").items()}
    return getattr(synapses, name)(), states, params


every_case = pytest.mark.parametrize(("name", "case"), [(n, case) for n in NAMES for case in ("default", "changed")])


def test_every_synapse_of_the_reference_has_goldens():
    assert NAMES == ["IonotropicSynapse", "TanhConductanceSynapse", "TanhRateSynapse", "TestSynapse"]


@every_case
@pytest.mark.parametrize("dt", list(GOLDEN["time_steps"]))
def test_states_after_a_step(name, case, dt):
    synapse, states, params = prepare(name, case)
    after = synapse.update_states(states, float(dt), PRE_V, POST_V, params)
    expected = golden(name, case, "after", dt)
    assert after.keys() == expected.keys()
    for key, value in expected.items():
        np.testing.assert_allclose(after[key], value, rtol=1e-12, atol=1e-14, err_msg=key)


@every_case
def test_currents(name, case):
    synapse, states, params = prepare(name, case)
    current = np.broadcast_to(synapse.compute_current(states, PRE_V, POST_V, params), PRE_V.shape)
    np.testing.assert_allclose(current, GOLDEN[f"{name}/{case}/current"], rtol=1e-12, atol=1e-16)
