"""Pumps, diffusing ions and the temperature in the tables."""

import numpy as np
import pytest

from dendrax.channels.cal import CaL
from dendrax.channels.hh import HH
from dendrax.engine.solvers.sequential import Sequential
from dendrax.errors import MechanismError, ModelStateError, ModelValueError, UnknownNameError
from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.pump import Pump
from dendrax.modules import Branch, Cell, Compartment, Network
from dendrax.modules.lower import lower
from dendrax.modules.trainables import overrides
from dendrax.pumps import CaNernstReversal, CaPump

ION = "CaCon_i"
DIFFUSION = "axial_diffusion_CaCon_i"


class Warm(Channel):
    """A channel whose steady state is the temperature."""

    def __init__(self, name=None):
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.channel_params, self.channel_states, self.current_name = {}, {"Warm_n": 0.0}, "i_Warm"

    def update_states(self, states, dt, v, params):
        return {}

    def compute_current(self, states, v, params):
        return 0.0

    def init_state(self, states, v, params, delta_t):
        return {"Warm_n": params["temperature"]}


@pytest.fixture
def pumped(cell):
    """A pump on branches 1 and 3 (compartments 2 to 5 and 9), a calcium channel on branch 1."""
    cell.branch([1, 3]).insert(CaPump())
    cell.branch(1).insert(CaL())
    return cell


def test_a_pump_is_inserted_like_a_channel(pumped):
    assert (pumped.pumps, pumped.channels) == ([CaPump()], [CaL()])
    assert (pumped.pumped_ions, pumped.diffusion_states) == ([ION], [])
    assert pumped.membrane_current_names == ["i_Ca", "i_CaPump"]
    assert pumped.CaPump.rows.tolist() == [2, 3, 4, 5, 9]
    assert pumped.branch(2).pumps == pumped.branch(2).pumped_ions == []
    assert pumped.nodes[ION].notna().tolist() == pumped.nodes["CaPump"].tolist()
    assert "pumps: CaPump" in repr(pumped)
    pumped.branch(3).set("CaPump_decay", 20.0)
    assert pumped.nodes.loc[[5, 9], "CaPump_decay"].tolist() == [80.0, 20.0]


def test_a_pump_is_deleted_with_what_it_alone_has(pumped):
    pumped.insert(CaNernstReversal())
    pumped.CaPump.record("i_CaPump", verbose=False)
    pumped.record(ION, verbose=False)
    pumped.CaPump.make_trainable("CaPump_gamma", verbose=False)
    with pytest.warns(UserWarning, match="5 recordings, 1 trainable parameters used what was deleted"):
        pumped.delete(CaPump())
    assert pumped.pumps == [CaNernstReversal()]
    assert "CaPump_decay" not in pumped.nodes
    assert pumped.nodes[ION].notna().all()
    pumped.delete(CaL())
    assert pumped.membrane_current_names == ["i_Ca"]


def test_what_is_no_pump_is_refused(pumped, refuses):
    class Forgetful(CaPump):
        def __init__(self):
            super().__init__()
            del self.channel_states[ION]

    class Other(CaPump):
        rate = 1.0

    with refuses(pumped, MechanismError, f"changes '{ION}', which is not among its states"):
        pumped.insert(Forgetful())
    with refuses(pumped, MechanismError, "another pump named 'CaPump'"):
        pumped.branch(0).insert(Other(name="CaPump"))
    with refuses(pumped, MechanismError, "no channel 'HH' in view; there are"):
        pumped.delete(HH())
    with refuses(pumped, MechanismError, "the channel 'CaL' is inserted already, and this pump of the same name"):
        pumped.branch(0).insert(CaPump(name="CaL"))


def test_an_ion_diffuses_everywhere(pumped):
    pumped.diffuse(ION)
    assert pumped.diffusion_states == [ION]
    assert pumped.nodes[ION].tolist() == [5e-5 if row in (2, 3, 4, 5, 9) else 0.0 for row in range(10)]
    assert (pumped.nodes[DIFFUSION] == 1.0).all()
    pumped.diffuse(ION)
    pumped.branch(0).set(DIFFUSION, 3.0)
    pumped.branch(0).record(ION, verbose=False)
    assert pumped.nodes[DIFFUSION].tolist() == [3.0] * 2 + [1.0] * 8
    pumped.delete(CaPump())  # what diffuses stays
    assert pumped.nodes[ION].notna().all()
    pumped.insert(CaPump())
    assert pumped.recordings["rec_index"].tolist() == [0, 1]


def test_diffusion_ends(pumped):
    pumped.diffuse(ION)
    pumped.branch([0, 1]).record(ION, verbose=False)
    pumped.make_trainable(DIFFUSION, verbose=False)
    with pytest.warns(UserWarning, match="delete_diffusion: 2 recordings, 1 trainable parameters"):
        pumped.delete_diffusion(ION)
    assert pumped.diffusion_states == []
    assert DIFFUSION not in pumped.nodes
    assert pumped.nodes[ION].notna().tolist() == pumped.nodes["CaPump"].tolist()
    assert pumped.recordings["rec_index"].tolist() == [2, 3, 4, 5]


def test_what_cannot_diffuse(pumped, refuses):
    with refuses(pumped, UnknownNameError, f"The pumps here change {ION}"):
        pumped.diffuse("CaCon")
    with refuses(pumped, ModelStateError, "call it on `view.base`"):
        pumped.branch(1).diffuse(ION)
    with refuses(pumped, UnknownNameError, "does not diffuse"):
        pumped.delete_diffusion(ION)
    with pytest.raises(UnknownNameError, match="Insert a pump"):
        Cell().diffuse(ION)
    pumped.diffuse(ION)
    with refuses(pumped, ModelValueError, r"must be positive, but is 0.0 in compartment 2 \(branch 1"):
        pumped.branch(1).set(DIFFUSION, 0.0)


def test_parts_that_diffuse_are_joined_if_all_do(pumped):
    pumped.diffuse(ION)
    net = Network([pumped, pumped])
    assert (net.diffusion_states, net.pumps) == ([ION], [CaPump()])
    assert (net.nodes[DIFFUSION] == 1.0).all()
    assert net.cell(1).copy(as_module=True).diffusion_states == [ION]
    with pytest.raises(ModelStateError, match="diffuses in some parts of this network"):
        Network([pumped, Cell()])


def test_names_that_parts_mean_differently():
    one, other = Cell(), Cell()
    one.insert(CaPump(name="Mine"))
    other.insert(HH(name="Mine"))
    with pytest.raises(MechanismError, match="a channel in one part of the network and of a pump"):
        Network([one, other])


def test_lowered_pumps_and_ions(pumped):
    system = lower(pumped.tables, Sequential())
    assert [one.mechanism for one in system.membrane if one.mechanism.moves] == [CaPump()]
    assert system.layout.membrane_currents == ("i_Ca", "i_CaPump")
    assert (system.storage[ION].size, system.storage["i_Ca"].size) == (5, 10)
    assert next(one for one in system.membrane if one.mechanism.moves).rows.index.tolist() == [2, 3, 4, 5, 9]
    assert system.diffused == ()
    pumped.diffuse(ION)
    system = lower(pumped.tables, Sequential())
    assert (system.diffused, system.storage[ION].size) == ((ION,), 10)
    assert system.params[DIFFUSION].tolist() == [1.0] * 10
    pumped.nodes.loc[3, DIFFUSION] = -1.0
    with pytest.raises(ModelValueError, match=r"must be positive, but is -1\.0 in compartment 3"):
        lower(pumped.tables, Sequential())


def test_pumps_start_in_their_steady_state(pumped):
    class Resting(Pump):
        def __init__(self, name=None):
            super().__init__(name)
            self.channel_params = {"Resting_rest": 2e-4}
            self.channel_states = {"Resting_c": 0.0}
            self.ion_name, self.current_name = "Resting_c", "i_Resting"

        def update_states(self, states, dt, v, params):
            return {}

        def compute_current(self, states, ion_conc, params):
            return ion_conc - params["Resting_rest"]

        def init_state(self, states, v, params, delta_t):
            return {"Resting_c": params["Resting_rest"] + 0.0 * v}

    pumped.branch(1).insert(Resting())
    pumped.init_states()
    np.testing.assert_array_equal(pumped.branch(1).nodes["Resting_c"], 2e-4)


def test_the_temperature_is_that_of_the_reference_until_it_is_set(cell, refuses):
    assert "temperature" not in cell.nodes
    assert lower(cell.tables, Sequential()).params["temperature"].tolist() == [6.3] * 10
    (one,) = overrides(cell.tables, [], cell.branch(1).data_set("temperature", 20.0, None))
    assert (one.key, one.rows.tolist(), one.values.tolist()) == ("temperature", [2, 3, 4, 5], [20.0] * 4)
    assert "temperature" not in cell.nodes
    cell.branch(1).make_trainable("temperature", verbose=False)
    assert cell.get_parameters()[0]["temperature"].tolist() == [6.3]
    cell.branch(0).set("temperature", 37.0)
    assert cell.nodes["temperature"].tolist() == [37.0] * 2 + [6.3] * 8
    with refuses(cell, ModelValueError, r"must be above -273.15, but is -300.0 in compartment 0"):
        cell.set("temperature", -300.0)
    cell.insert(Warm())
    cell.init_states()
    assert cell.nodes["Warm_n"].tolist() == [37.0] * 2 + [6.3] * 8


def test_parts_of_different_temperature_are_joined():
    warm, cold = Branch(Compartment(), ncomp=2), Branch(Compartment(), ncomp=1)
    warm.set("temperature", 37.0)
    joined = Cell([warm, cold], parents=[-1, 0])
    assert lower(joined.tables, Sequential()).params["temperature"].tolist() == [37.0, 37.0, 6.3]
