"""The contract of a mechanism, by mechanisms that use all of it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH, CaL, Leak
from dendrax.errors import MechanismError
from dendrax.mechanisms.mechanism import Mechanism


class TwoCurrents(Mechanism):
    """Calcium and a leak in one."""

    def __init__(self, name=None):
        super().__init__(name)
        self.parameters = {f"{self.name}_gCa": 2e-5, f"{self.name}_g": 1e-4, f"{self.name}_e": -65.0}
        self.states = {f"{self.name}_m": 0.0}
        self.shared = {"eCa": 120.0}
        self.carries = ("Ca", None)

    def steady(self, v):
        return jax.nn.sigmoid((v + 30.0) / 8.0)

    def initial(self, states, v, params, delta_t):
        return {f"{self.name}_m": self.steady(v)}

    def advance(self, states, dt, v, params):
        m = states[f"{self.name}_m"]
        return {f"{self.name}_m": self.steady(v) + (m - self.steady(v)) * jnp.exp(-dt / 2.0)}

    def currents(self, states, v, params):
        calcium = params[f"{self.name}_gCa"] * states[f"{self.name}_m"] * (v - params["eCa"])
        return {"Ca": calcium, None: params[f"{self.name}_g"] * (v - params[f"{self.name}_e"])}


class Shell(Mechanism):
    """Calcium in a shell, and its reversal potential."""

    carries = ()
    writes = ("CaCon_i", "eCa")

    def __init__(self, name=None):
        super().__init__(name)
        self.parameters = {f"{self.name}_tau": 20.0}
        self.states = {}
        self.shared = {"CaCon_i": 1e-4, "eCa": 0.0, "i_Ca": 0.0}

    def advance(self, states, dt, v, params):
        con = states["CaCon_i"] + dt * (
            -1e-1 * states["i_Ca"] - (states["CaCon_i"] - 1e-4) / params[f"{self.name}_tau"]
        )
        return {"CaCon_i": con, "eCa": 12.5 * jnp.log(2.0 / con)}


class Reader(Mechanism):
    """Writes down what it is handed."""

    carries = ()

    def __init__(self, name=None):
        super().__init__(name)
        self.parameters = {}
        self.names = ("CaCon_i", "eCa", "diameter", "area", "celsius", "x", "t")
        self.states = {f"{self.name}_{key}": -1.0 for key in self.names}
        self.shared = {"CaCon_i": 7.0, "eCa": 8.0, "x": 0.0, "t": 0.0}

    def advance(self, states, dt, v, params):
        return {f"{self.name}_{key}": params[key] for key in self.names}


class PointLeak(Mechanism):
    """A conductance in nS."""

    place = "point"

    def __init__(self, name=None):
        super().__init__(name)
        self.parameters = {f"{self.name}_g": 1e-3}
        self.states = {}

    def currents(self, states, v, params):
        return {None: params[f"{self.name}_g"] * (v - 0.0)}


@pytest.fixture
def cell():
    made = jx.Cell([jx.Branch(ncomp=2)] * 3, parents=[-1, 0, 0])
    made.set("axial_resistivity", 100.0)
    made.insert(Leak())
    return made


def test_several_currents_are_those_of_several_channels(cell):
    class Calcium(jx.channels.Channel):
        def __init__(self):
            self.current_is_in_mA_per_cm2 = True
            super().__init__("TwoCurrents")
            self.channel_params = {"TwoCurrents_gCa": 2e-5, "eCa": 120.0}
            self.channel_states = {"TwoCurrents_m": 0.0}
            self.current_name = "i_Ca"

        def update_states(self, states, dt, v, params):
            return TwoCurrents().advance(states, dt, v, params)

        def compute_current(self, states, v, params):
            return params["TwoCurrents_gCa"] * states["TwoCurrents_m"] * (v - params["eCa"])

    apart = jx.Cell([jx.Branch(ncomp=2)] * 3, parents=[-1, 0, 0])
    apart.set("axial_resistivity", 100.0)
    apart.insert(Leak())
    cell.branch([0, 1]).insert(TwoCurrents())
    apart.branch([0, 1]).insert(Calcium())
    apart.branch([0, 1]).insert(Leak("Second"))
    apart.branch([0, 1]).set("Second_eLeak", -65.0)
    found = []
    for one in (cell, apart):
        one.branch(0).comp(0).stimulate(jx.step_current(1.0, 3.0, 0.05, 0.025, 8.0), verbose=False)
        one.record("v", verbose=False)
        one.record("i_Ca", verbose=False)
        found.append(jx.integrate(one))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12, atol=1e-12)
    assert cell.membrane_current_names == ["i_Leak", "i_Ca", "i_TwoCurrents"]


def test_who_writes_a_quantity_acts_before_those_who_read_it_whatever_was_inserted_first(cell):
    cell.branch(0).insert(Reader())
    cell.branch([0, 1]).insert(CaL())
    cell.branch([0, 1]).insert(Shell())
    cell.set("temperature", 30.0)
    for key in ("CaCon_i", "eCa", "diameter", "area", "celsius", "x", "t"):
        cell.branch(0).comp(1).record(f"Reader_{key}", verbose=False)
    for state in ("CaCon_i", "eCa"):
        cell.branch(0).comp(1).record(state, verbose=False)
    *read, con, reversal = np.asarray(jx.integrate(cell, t_max=1.0))
    row = cell.nodes.iloc[1]
    np.testing.assert_array_equal(read[0][1:], con[1:])
    np.testing.assert_array_equal(read[1][1:], reversal[1:])
    assert [one[-1] for one in read[2:6]] == [2 * row.radius, row.area, 30.0, row.x]
    np.testing.assert_allclose(read[6][1:], 0.025 * np.arange(40), rtol=1e-13)


def test_channels_follow_a_reversal_that_is_written(cell):
    cell.insert(CaL())
    cell.branch(0).insert(Shell())
    cell.record("i_Ca", verbose=False)
    cell.record("v", verbose=False)
    before = np.asarray(jx.integrate(cell, t_max=1.0))
    cell.branch(0).set("CaCon_i", 1.0)
    after = np.asarray(jx.integrate(cell, t_max=1.0))
    assert (np.abs(after[:2, -1]) < np.abs(before[:2, -1])).all()


def test_where_nobody_writes_what_is_read_it_is_a_parameter(cell):
    cell.insert(TwoCurrents())
    cell.set("eCa", 100.0)
    cell.make_trainable("eCa", verbose=False)
    cell.set("v", 0.0)
    cell.init_states()
    cell.record("v", verbose=False)
    slope = jax.grad(lambda params: jx.integrate(cell, params=params, t_max=1.0)[0, -1])(cell.get_parameters())
    assert float(slope[0]["eCa"][0]) > 0


def test_a_point_process_is_in_nanoamperes(cell):
    cell.branch(1).comp(0).insert(PointLeak())
    cell.record("v", verbose=False)
    point = jx.integrate(cell, t_max=2.0)
    cell.delete(PointLeak())
    cell.branch(1).comp(0).insert(Leak("Dense"))
    area = cell.nodes.area.to_numpy()[2]
    cell.branch(1).comp(0).set("Dense_gLeak", 1e-3 / area * 100.0)
    cell.branch(1).comp(0).set("Dense_eLeak", 0.0)
    np.testing.assert_allclose(point, jx.integrate(cell, t_max=2.0), rtol=1e-12)


def test_mechanisms_of_the_contract_are_saved_and_compared_by_value(cell, tmp_path):
    cell.insert(TwoCurrents())
    cell.branch(0).insert(Shell())
    jx.save(cell, tmp_path / "model.dendrax")
    back = jx.load(tmp_path / "model.dendrax", mechanisms=[TwoCurrents, Shell])
    assert back.channels == cell.channels
    assert TwoCurrents("A") == TwoCurrents("A") != TwoCurrents("B")


class WritesUnknown(Shell):
    writes = ("CaCon_o",)


class ElectrodeDensity(PointLeak):
    place = "density"
    electrode = True


class Elsewhere(PointLeak):
    place = "axon"


class NoCurrent(Mechanism):
    def __init__(self):
        super().__init__()
        self.parameters, self.states = {}, {}


class Twice(PointLeak):
    def __init__(self):
        super().__init__()
        self.shared = {f"{self.name}_g": 1.0}


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (WritesUnknown, "writes"),
        (ElectrodeDensity, "electrode"),
        (Elsewhere, "place='axon'"),
        (NoCurrent, "currents"),
        (Twice, "twice"),
    ],
)
def test_what_contradicts_itself_is_refused_when_it_is_inserted(cell, made, text):
    with pytest.raises(MechanismError, match=text):
        cell.insert(made())
    assert [one.name for one in cell.channels] == ["Leak"]


def test_a_current_that_is_not_declared_is_an_error(cell):
    class Surprise(PointLeak):
        def currents(self, states, v, params):
            return {"K": 0.0 * v}

    cell.insert(Surprise())
    cell.record("v", verbose=False)
    with pytest.raises(MechanismError, match="carries"):
        jx.integrate(cell, t_max=0.1)


def test_hodgkin_huxley_and_a_point_keep_their_gradients(cell):
    cell.insert(HH())
    cell.branch(1).comp(0).insert(PointLeak())
    cell.branch(1).comp(0).make_trainable("PointLeak_g", verbose=False)
    cell.record("v", verbose=False)

    @jax.jit
    @jax.value_and_grad
    def both(params):
        return jnp.sum(jx.integrate(cell, params=params, t_max=1.0)[:, -1])

    params = cell.get_parameters()
    slope = both(params)[1][0]["PointLeak_g"][0]
    step = 1e-7
    up, down = ([{"PointLeak_g": params[0]["PointLeak_g"] + sign * step}] for sign in (1, -1))
    assert float(slope) == pytest.approx(float(both(up)[0] - both(down)[0]) / (2 * step), rel=1e-6)


def test_returned_states_hold_the_parameter_where_a_key_is_no_state(cell):
    cell.branch([0, 1]).insert(CaL())
    cell.branch(0).insert(Shell())
    cell.branch(1).set("eCa", 77.0)
    cell.record("v", verbose=False)
    _, states = jx.integrate(cell, t_max=0.5, return_states=True)
    assert states["eCa"][2:4].tolist() == [77.0, 77.0]
    assert np.isnan(states["eCa"][4:]).all()
    again = jx.integrate(cell, t_max=0.5, all_states=states)
    np.testing.assert_array_equal(again[:, -1], jx.integrate(cell, t_max=1.0)[:, -1])
