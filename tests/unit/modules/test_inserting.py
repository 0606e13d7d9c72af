"""insert and delete: which compartments have which channel, and what channels share."""

import numpy as np
import pytest

from dendrax import channels, pumps
from dendrax.channels.hh import HH
from dendrax.channels.k import K
from dendrax.channels.leak import Leak
from dendrax.channels.na import Na
from dendrax.errors import MechanismError
from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.pump import Pump
from dendrax.modules import Branch, Cell, Network


class Pore(Channel):
    """A channel with a setting, so that two of the same name can differ."""

    def __init__(self, name=None, power=1, params=None, states=None):
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.power = power
        self.channel_params = {f"{self.name}_g": 1.0} if params is None else params
        self.channel_states = {f"{self.name}_n": 0.5} if states is None else states
        self.current_name = f"i_{self.name}"

    def update_states(self, states, dt, v, params):
        return states

    def compute_current(self, states, v, params):
        return 0.0 * v


def test_insert_marks_the_view_and_sets_defaults(cell):
    cell.branch([1, 3]).insert(HH())
    inside = np.array([0, 0, 1, 1, 1, 1, 0, 0, 0, 1], bool)
    assert cell.nodes["HH"].tolist() == inside.tolist()
    np.testing.assert_array_equal(cell.nodes["HH_gNa"], np.where(inside, 0.12, np.nan))
    np.testing.assert_array_equal(cell.nodes["HH_m"], np.where(inside, 0.2, np.nan))
    assert cell.channels == [HH()]
    assert cell.branch(0).channels == []
    assert cell.membrane_current_names == ["i_HH"]
    assert cell.branch(0).membrane_current_names == []


def test_inserting_again_resets_in_view_alone(cell):
    cell.insert(HH())
    cell.set("HH_gNa", 7.0)
    cell.set("HH_m", 0.9)
    cell.branch(1).insert(HH())
    assert cell.nodes["HH_gNa"].tolist() == [7.0] * 2 + [0.12] * 4 + [7.0] * 4
    assert cell.nodes["HH_m"].tolist() == [0.9] * 2 + [0.2] * 4 + [0.9] * 4
    assert len(cell.channels) == 1


def test_a_channel_changed_after_insertion_does_not_change_the_model(cell):
    pore = Pore()
    cell.insert(pore)
    pore.power = 4
    pore.change_name("Other")
    assert cell.channels == [Pore()]
    cell.insert(pore)
    assert [channel.name for channel in cell.channels] == ["Pore", "Other"]


def test_channels_share_what_they_call_the_same(cell):
    cell.insert(K())
    cell.set("eK", -80.0)
    cell.branch(0).insert(Na())
    assert cell.nodes["eK"].tolist() == [-80.0] * 10
    assert cell.nodes["vt"].tolist() == [-60.0] * 10
    cell.delete(K())
    assert "eK" not in cell.nodes
    np.testing.assert_array_equal(cell.nodes["vt"], [-60.0] * 2 + [np.nan] * 8)
    cell.delete(Na())
    assert "vt" not in cell.nodes


def test_delete_is_local_and_leaves_other_channels_alone(mixed):
    before = mixed.nodes.copy()
    mixed.branch(1).comp([0, 1]).delete(HH())
    assert mixed.HH.rows.tolist() == [4, 5]
    assert np.isnan(mixed.nodes.loc[[2, 3], "HH_gNa"]).all()
    mixed.delete(HH())
    assert not [name for name in mixed.nodes if name.startswith("HH")]
    assert [channel.name for channel in mixed.channels] == ["Leak", "K"]
    others = [name for name in before if not name.startswith("HH")]
    assert mixed.nodes[others].equals(before[others])


def test_a_loop_over_channels_deletes_them_all(mixed):
    for channel in list(mixed.channels):
        mixed.delete(channel)
    assert mixed.channels == []
    assert "K_n" not in mixed.nodes


def test_delete_takes_along_what_used_the_channel(mixed):
    mixed.HH.record("HH_m", verbose=False)
    mixed.branch(1).comp(0).record("v", verbose=False)
    mixed.HH.clamp("HH_h", np.zeros(3), verbose=False)
    mixed.branch(2).clamp("K_n", np.zeros(3), verbose=False)
    mixed.stimulate(np.zeros(3), verbose=False)
    mixed.HH.make_trainable("HH_gK", verbose=False)
    mixed.make_trainable("radius", verbose=False)
    with pytest.warns(UserWarning, match="4 recordings, 1 clamps, 1 trainable parameters used what was deleted"):
        mixed.delete(HH())
    assert mixed.recordings.to_numpy().tolist() == [[2, "v"]]
    assert set(mixed.externals) == {"K_n", "i"}
    assert [one.key for one in mixed.tables.trainables] == ["radius"]


@pytest.mark.parametrize(
    ("select", "what"),
    [
        (lambda m: m, Na()),
        (lambda m: m.branch(0), HH()),
    ],
)
def test_deleting_what_is_not_there(mixed, refuses, select, what):
    with refuses(mixed, MechanismError, "no channel .* in view; there are"):
        select(mixed).delete(what)


def test_what_cannot_be_inserted(cell, refuses):
    cell.branch(0).add_to_group("soma")
    cell.branch([0, 1]).insert(Pore())
    with refuses(cell, MechanismError, "name of a group, column, synapse or method"):
        cell.insert(Pore("soma"))
    with refuses(cell, MechanismError, "name of a group, column, synapse or method"):
        cell.insert(Pore("radius"))
    with refuses(cell, MechanismError, "name of a group, column, synapse or method"):
        cell.insert(Pore("record"))
    with refuses(cell, MechanismError, r"keys \['soma'\] are names"):
        cell.insert(Pore("Other", params={"soma": 1.0}))
    with refuses(cell, MechanismError, r"keys \['radius'\] are names"):
        cell.insert(Pore("Other", states={"radius": 1.0}))
    with refuses(cell, MechanismError, "another channel named 'Pore'"):
        cell.branch([1, 2]).insert(Pore(power=2))


def test_a_channel_of_other_settings_replaces_the_one_in_view(cell):
    cell.branch(1).insert(Pore(params={"Pore_g": 1.0, "old": 2.0}))
    cell.branch([1, 2]).insert(Pore(power=3))
    assert cell.channels == [Pore(power=3)]
    assert cell.Pore.rows.tolist() == [2, 3, 4, 5, 6, 7, 8]
    assert "old" not in cell.nodes


def test_parts_carry_their_channels_and_groups_up(cell):
    one, other = cell.copy(), cell.copy()
    one.insert(Leak())
    one.branch(0).add_to_group("soma")
    other.branch(1).insert(HH())
    net = Network([one, other, one])
    assert [channel.name for channel in net.channels] == ["Leak", "HH"]
    assert net.soma.rows.tolist() == [0, 1, 20, 21]
    assert net.HH.rows.tolist() == [12, 13, 14, 15]
    assert net.nodes["Leak_gLeak"].isna().tolist() == [False] * 10 + [True] * 10 + [False] * 10


def test_parts_that_disagree_are_not_joined(cell):
    one, other, third = cell.copy(), cell.copy(), cell.copy()
    one.insert(Pore())
    other.insert(Pore(power=2))
    third.add_to_group("Pore")
    with pytest.raises(MechanismError, match="differ in class or settings"):
        Network([one, other])
    with pytest.raises(MechanismError, match="a channel in one part of the network and of a group in another"):
        Network([one, third])


def _with(mechanisms):
    cell = Cell(Branch(ncomp=2), parents=[-1, 0])
    for mechanism in mechanisms:
        cell.insert(mechanism)
    return cell


def _made():
    kinds = [getattr(package, name) for package in (channels, pumps) for name in package.__all__]
    return [one("Ca") if one is pumps.NernstReversal else one() for one in kinds if one not in (Channel, Pump)]


SHARED = [
    pytest.param(one, other, id=f"{one.name} {other.name}")
    for one in _made()
    for other in _made()
    if set(one.channel_params) & set(other.channel_states)
]


@pytest.mark.parametrize(("one", "other"), SHARED)
def test_a_parameter_of_one_is_the_state_of_another_whatever_the_order(one, other):
    assert len(SHARED) > 1
    cells = [_with([one, other]), _with([other, one])]
    shown = [{name: column.tolist() for name, column in cell.nodes.items()} for cell in cells]
    assert shown[0] == shown[1]
    for key in set(one.channel_params) & set(other.channel_states):
        assert shown[0][key] == [one.channel_params[key]] * 4
    cell = _with([other])
    cell.branch(0).insert(one)  # elsewhere the state has its own default
    for key in set(one.channel_params) & set(other.channel_states):
        assert cell.nodes[key].tolist() == [one.channel_params[key]] * 2 + [other.channel_states[key]] * 2
