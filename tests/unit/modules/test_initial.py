"""init_states: steady states at the present voltages."""

import numpy as np
import pytest
from jax.core import Tracer

from dendrax.channels.hh import HH
from dendrax.errors import MechanismError, ModelStateError, ValueShapeError
from dendrax.mechanisms.channel import Channel


class Settling(Channel):
    """A channel whose equilibrium is given."""

    def __init__(self, equilibrium, name=None):
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.equilibrium = equilibrium
        self.channel_params = {"Settling_g": 2.0}
        self.channel_states = {"Settling_n": 0.5, "Settling_m": 0.25}
        self.current_name = "i_Settling"

    def update_states(self, states, dt, v, params):
        return states

    def compute_current(self, states, v, params):
        return 0.0 * v

    def init_state(self, states, v, params, delta_t):
        return self.equilibrium(states, v, params, delta_t)


def test_every_compartment_settles_at_its_own_voltage(mixed):
    mixed.branch(1).set("v", [-80.0, -65.0, -40.0, 20.0])
    mixed.init_states()
    v = mixed.branch(1).nodes["v"].to_numpy()
    alpha, beta = 0.07 * np.exp(-(v + 65.0) / 20.0), 1.0 / (np.exp(-(v + 35.0) / 10.0) + 1.0)
    np.testing.assert_allclose(mixed.branch(1).nodes["HH_h"], alpha / (alpha + beta), rtol=1e-12)
    assert mixed.branch(0).nodes["HH_h"].isna().all()
    assert mixed.HH.nodes["HH_m"].between(0.0, 1.0).all()


def test_all_read_the_table_as_it_was(cell):
    cell.insert(
        Settling(lambda s, v, p, dt: {"Settling_n": s["Settling_m"] + p["Settling_g"], "Settling_m": v * 0 + dt})
    )
    cell.init_states(delta_t=0.125)
    assert cell.nodes["Settling_n"].tolist() == [2.25] * 10
    assert cell.nodes["Settling_m"].tolist() == [0.125] * 10


def test_one_value_serves_all_and_no_value_leaves_the_state(cell):
    cell.branch(1).insert(Settling(lambda s, v, p, dt: {"Settling_n": 0.75}))
    cell.init_states()
    np.testing.assert_array_equal(cell.nodes["Settling_n"], [np.nan] * 2 + [0.75] * 4 + [np.nan] * 4)
    assert cell.branch(1).nodes["Settling_m"].tolist() == [0.25] * 4


@pytest.mark.parametrize(
    ("equilibrium", "error", "text"),
    [
        (lambda s, v, p, dt: {"Setling_n": 0.0}, MechanismError, "'Setling_n', which is no state of the model"),
        (lambda s, v, p, dt: {"Settling_g": 0.0}, MechanismError, "'Settling_g', which is no state of the model"),
        (lambda s, v, p, dt: {"Settling_n": np.ones(3)}, ValueShapeError, "init_state of 'Settling'"),
        (
            lambda s, v, p, dt: {"Settling_m": 0.0, "Settling_n": np.where(v == -70.0, np.nan, 0.0)},
            MechanismError,
            r"gives nan for 'Settling_n' at v = -70.0 mV in compartment 0 \(branch 0, comp 0\)",
        ),
    ],
)
def test_a_channel_that_does_not_keep_its_contract(cell, refuses, equilibrium, error, text):
    cell.insert(HH())
    cell.insert(Settling(equilibrium))
    with refuses(cell, error, text):
        cell.init_states()


def test_views_are_refused(mixed, refuses):
    with refuses(mixed, ModelStateError, "view.base"):
        mixed.branch(0).init_states()


def test_a_channel_that_needs_its_numbers_in_hand(cell):
    """One that computes with NumPy or branches on values cannot be a part of a program, and settles all the same."""
    cell.insert(HH())
    cell.insert(Settling(lambda s, v, p, dt: {"Settling_n": np.tanh(np.asarray(v)) if float(v[0]) < 0.0 else 0.0}))
    cell.init_states()
    np.testing.assert_allclose(cell.nodes["Settling_n"], np.tanh(cell.nodes["v"].to_numpy()), rtol=1e-15)
    assert cell.nodes["HH_m"].between(0.0, 1.0).all()


def test_all_mechanisms_settle_in_one_program(cell):
    """Asked for one by one, each operation of each mechanism would be compiled for itself."""
    asked = []

    def remembered(s, v, p, dt):
        asked.append(isinstance(v, Tracer))
        return {"Settling_n": 0.5 * v / v}

    cell.insert(HH())
    cell.insert(Settling(remembered))
    cell.init_states()
    cell.init_states()
    assert asked == [True]
