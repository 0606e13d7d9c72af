"""Stepping by hand gives the columns of a whole run, with everything in the model that there can be."""

from dataclasses import replace

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.engine import stepping
from dendrax.engine.methods import STEPPERS, choose_solver, choose_stepper
from dendrax.engine.solvers.sequential import Sequential
from dendrax.engine.steppers.exp_euler import ExponentialEuler
from dendrax.engine.system import Override
from dendrax.errors import ModelValueError
from dendrax.mechanisms.pump import Pump
from dendrax.mechanisms.synapse import Synapse

DT, N = 0.02, 6
advance = eqx.filter_jit(stepping.advance)


class Syn(Synapse):
    """A conductance that decays, sped up by presynaptic calcium."""

    pre_states = ("ca",)

    def __init__(self):
        super().__init__()
        self.synapse_params, self.synapse_states = {"Syn_g": 1e-3}, {"Syn_s": 1.0}

    def update_states(self, states, delta_t, pre_v, post_v, params):
        return {"Syn_s": states["Syn_s"] * jnp.exp(-delta_t * states["pre_ca"])}

    def compute_current(self, states, pre_v, post_v, params):
        return params["Syn_g"] * states["Syn_s"] * post_v


class Gap(Synapse):
    """A gap junction."""

    couples = True

    def __init__(self):
        super().__init__()
        self.synapse_params, self.synapse_states = {"Gap_g": 1e-2}, {}

    def conductance(self, params):
        return params["Gap_g"]

    def compute_current(self, states, pre_v, post_v, params):
        return params["Gap_g"] * (post_v - pre_v)


class Uptake(Pump):
    """Removes calcium and is driven by the gated current."""

    def __init__(self):
        super().__init__()
        self.channel_params, self.channel_states = {"Uptake_tau": 3.0}, {"ca": 0.5, "i_Gated": 0.0}
        self.ion_name, self.current_name = "ca", "i_Uptake"

    def update_states(self, states, dt, v, params):
        return {}

    def compute_current(self, states, ion_conc, params):
        return ion_conc / params["Uptake_tau"] + states["i_Gated"]


@pytest.fixture
def system(by_hand):
    return by_hand.tree(
        [(by_hand.Gated(), [0, 1, 5]), (by_hand.Passive(), None)],
        v=np.linspace(-70.0, -40.0, 9),
        solver=Sequential(),
        pumps=[(Uptake(), [0, 1, 2])],
        synapses=[(Syn(), [0, 2, 0], [5, 7, 5]), (Gap(), [3], [8])],
        diffused=("ca",),
        axial_diffusion_ca=1.5,
    )


@pytest.mark.parametrize(
    "name",
    [one if one == "bwd_euler" else pytest.param(one, marks=pytest.mark.slow) for one in STEPPERS],
)
def test_steps_by_hand_are_the_columns_of_a_run(by_hand, system, name):
    stepper = choose_stepper(name)
    held, current = np.linspace(0.5, 1.0, N), np.linspace(0.0, 0.1, N)
    rows = {"Syn_s": [1], "i": [4, 4]}
    overriding = (Override(np.array([1, 2]), jnp.array([2e-3, 3e-3]), "Syn_g"),)
    kept = {"v": range(9), "ca": range(9), "Syn_s": range(3), "i_Syn": range(3), "i_Gap": [0], "i_Uptake": range(9)}
    acting = {"Syn_s": (rows["Syn_s"], held), "i": (rows["i"], np.stack([current, 2 * current]))}
    whole = by_hand.run(system, kept, N, DT, stepper, acting, overriding)
    params = stepping.parameters(system, overriding, DT, stepper)
    states = stepping.initial(system, overriding, None, params)
    inds = {key: jnp.array(where) for key, where in rows.items()}
    for k in range(N + 1):
        for key, expected in whole.items():
            np.testing.assert_allclose(states[key], expected[:, k], rtol=1e-12, atol=1e-14, err_msg=f"{key} at {k}")
        if k < N:
            values = {"Syn_s": jnp.array([held[k]]), "i": jnp.array([current[k], 2 * current[k]])}
            states = advance(system, params, states, inds, values, DT, stepper)


def test_currents_are_appended_to_states_without_them(system):
    params = stepping.parameters(system, (), DT, ExponentialEuler())
    states = stepping.initial(system, (), None, params)
    names = [name for name in states if name.startswith("i_")]
    assert sorted(names) == ["i_Gap", "i_Gated", "i_Passive", "i_Syn", "i_Uptake"]
    without = {name: value for name, value in states.items() if name not in names} | {"i_Gated": jnp.zeros(9)}
    appended = eqx.filter_jit(stepping.append_currents)(system, without, params)
    for name in names:
        np.testing.assert_allclose(appended[name], states[name], rtol=1e-13)


def test_a_transition_matrix_that_is_given_is_used(system):
    made = stepping.parameters(system, (), DT, ExponentialEuler())
    given = stepping.parameters(replace(system, transition=np.eye(9)), (), DT, ExponentialEuler())
    np.testing.assert_array_equal(given[stepping.TRANSITION], np.eye(9))
    assert made[stepping.TRANSITION].shape == made[f"{stepping.TRANSITION}_ca"].shape == (9, 9)
    states = stepping.initial(system, (), None, given)
    free, stuck = (advance(system, p, states, {}, {}, DT, ExponentialEuler()) for p in (made, given))
    assert np.ptp(free["v"]) < np.ptp(stuck["v"])


def test_names_of_methods_that_are_not_known_are_errors():
    with pytest.raises(ModelValueError, match=r"solver='euler' is not known\. Choose one of: 'bwd_euler'"):
        choose_stepper("euler")
    with pytest.raises(ModelValueError, match="voltage_solver=3 is not known"):
        choose_solver(3)
