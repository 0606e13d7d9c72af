"""Point processes: place, views, values, attached recordings and inputs, joining parts, and lowering."""

import copy
import pickle
from typing import ClassVar

import numpy as np
import pytest
from events_examples import Clock, Deaf, Jump

import dendrax as jx
from dendrax.channels import HH, CaL, Leak
from dendrax.electrodes import IClamp
from dendrax.engine.methods import choose_solver
from dendrax.errors import (
    MechanismError,
    ModelStateError,
    ModelTypeError,
    ModelValueError,
    SelectionError,
    UnknownNameError,
)
from dendrax.modules.lower import lower
from dendrax.synapses import IonotropicSynapse


def lowered(module):
    return lower(module.tables, choose_solver("jaxley.dhs"))


@pytest.fixture
def net():
    """Three cells of two branches of two compartments; E at 2 of each cell, I twice at 0 of cell 1."""
    made = jx.Network([jx.Cell(jx.Branch(ncomp=2), parents=[-1, 0])] * 3)
    made.cell("all").branch(1).comp(0).place(Jump("E"))
    made.cell(1).branch(0).comp(0).place(Jump("I", e=-80.0))
    made.cell(1).branch(0).comp(0).place(Jump("I", e=-80.0))
    return made


def test_each_call_puts_one_more_on_each_compartment(net):
    table = net.points
    assert table["comp_index"].tolist() == [2, 6, 10, 4, 4]
    assert table["type"].tolist() == ["E", "E", "E", "I", "I"]
    assert table["index_within_type"].tolist() == [0, 1, 2, 0, 1]
    np.testing.assert_array_equal(table["I_e"], [np.nan] * 3 + [-80.0] * 2)
    net.place(Jump("E"))
    assert (len(net.points), len(net.E.points), net.E.points["index_within_type"].tolist()[-1]) == (17, 15, 14)


def test_views_of_point_processes(net):
    assert net.E.rows.tolist() == [2, 6, 10]
    assert net.E.point_rows.tolist() == [0, 1, 2]
    assert net.I.point_rows.tolist() == [3, 4]
    assert net.E.cell(1).point_rows.tolist() == [1]
    assert net.cell([1, 2]).E.point_rows.tolist() == [1, 2]
    assert net.cell(1).point_rows.tolist() == [1, 3, 4]
    assert net.E.of_cell([2, 0, 0]).point_rows.tolist() == [2, 0, 0]
    assert net.I.of_cell(1).point_rows.tolist() == [3, 4]
    assert net.E.of_cell(np.array([False, True, True])).point_rows.tolist() == [1, 2]
    assert net.E.select([2, 1, 1]).point_rows.tolist() == [2, 1, 1]
    assert net.I.select(1).point_rows.tolist() == [4]
    assert net.E.of_cell([2, 1]).select([1, 2]).point_rows.tolist() == [1, 2]
    assert {"E", "I"} <= set(dir(net))
    assert "I" not in dir(net.cell(0))


def test_views_of_nothing_are_refused(net):
    with pytest.raises(SelectionError, match=r"of_cell\(0\).*in cell 0"):
        net.I.of_cell(0)
    with pytest.raises(ModelTypeError, match=r"views of point processes.*net\.E"):
        net.cell(0).of_cell(0)
    with pytest.raises(SelectionError, match="no index"):
        net.E.select([3])
    with pytest.raises(SelectionError, match="view has no point process 'I'"):
        _ = net.cell(0).I
    with pytest.raises(AttributeError, match="synapse 'X'"):
        _ = net.X


def test_values(net):
    net.E.set("E_e", [1.0, 2.0, 3.0])
    net.cell(1).set("E_e", 7.0)
    net.E.of_cell([2, 0]).set("E_g", [0.5, 0.25])
    assert net.E.points["E_e"].tolist() == [1.0, 7.0, 3.0]
    assert net.E.points["E_g"].tolist() == [0.25, 0.0, 0.5]
    with pytest.raises(UnknownNameError, match="No point process in view has 'I_e'"):
        net.cell(0).set("I_e", 1.0)
    with pytest.raises(UnknownNameError, match="E_e"):
        net.set("E_ee", 1.0)
    with pytest.raises(ModelValueError, match=r"'E_e' must be a finite number, but is nan in E 2 \(in compartment 10"):
        net.E.set("E_e", [0.0, 0.0, np.nan])
    assert net.E.points["E_e"].tolist() == [1.0, 7.0, 3.0]


def test_what_is_attached_is_counted_within_the_type(net):
    net.I.record("I_g", verbose=False)
    net.cell(2).E.record("i_E", verbose=False)
    net.I.select(1).clamp("I_g", np.ones(4), verbose=False)
    assert net.recordings.values.tolist() == [[0, "I_g"], [1, "I_g"], [2, "i_E"]]
    assert net.external_inds["I_g"].tolist() == [1]
    net.I.select(0).delete_recordings()
    assert net.recordings.values.tolist() == [[1, "I_g"], [2, "i_E"]]
    net.cell(1).delete_clamps()
    assert net.externals == {}
    with pytest.raises(UnknownNameError, match="no point process in view has 'i_I'"):
        net.cell(0).record("i_I")


@pytest.mark.parametrize(
    ("view", "groups"),
    [
        (lambda net: net, [0, 0, 0]),
        (lambda net: net.E, [0, 0, 0]),
        (lambda net: net.cell("all"), [0, 1, 2]),
        (lambda net: net.E.of_cell([0, 1, 2]), [0, 1, 2]),
        (lambda net: net.E.select([0, 1, 2]), [0, 1, 2]),
        (lambda net: net.comp("all"), [0, 1, 2]),
    ],
)
def test_who_shares_a_trainable_value(net, view, groups):
    view(net).make_trainable("E_e", verbose=False)
    assert net.tables.trainables[0].rows.tolist() == [0, 1, 2]
    assert net.tables.trainables[0].group_of_row.tolist() == groups
    params = net.get_parameters()
    net.write_trainables([{"E_e": 5.0 + 0.0 * params[0]["E_e"]}])
    assert net.E.points["E_e"].tolist() == [5.0, 5.0, 5.0]


def test_data_set_and_what_of_it_the_engine_gets(net):
    from dendrax.modules.trainables import overrides

    state = net.I.data_set("I_e", [-70.0, -75.0])
    (made,) = overrides(net.tables, [], state)
    assert (made.key, np.asarray(made.rows).tolist(), np.asarray(made.values).tolist()) == ("I_e", [0, 1], [-70, -75])
    with pytest.raises(ModelValueError, match="more than once"):
        net.E.of_cell([0, 0]).data_set("E_e", 1.0)


def test_how_they_are_lowered(net):
    net.E.set("E_e", [1.0, 2.0, 3.0])
    system = lowered(net)
    assert [(one.mechanism.name, one.comps.tolist(), one.port) for one in system.points] == [
        ("E", [2, 6, 10], 0),
        ("I", [4, 4], 3),
    ]
    assert system.params["E_e"].tolist() == [1.0, 2.0, 3.0]
    assert system.state["I_g"].tolist() == [0.0, 0.0]
    assert system.layout.synaptic_currents == ("i_E", "i_I")
    assert system.layout.synaptic_states == ("E_g", "I_g")
    assert system.storage["i_I"].total == system.storage["I_g"].total == 2
    assert system.events is None


def test_what_takes_no_events_has_no_port(net):
    net.place(Deaf())
    net.place(Jump("late"))
    assert [one.port for one in lowered(net).points] == [0, 3, None, 5]


def test_a_point_process_that_carries_an_ion():
    cell = jx.Cell(jx.Branch(ncomp=2), parents=[-1, 0])
    cell.branch(0).place(Jump("S", calcium=True))
    system = lowered(cell)
    assert system.layout.membrane_currents == ("i_Ca",)
    assert system.layout.synaptic_currents == ("i_S",)
    np.testing.assert_array_equal(system.params["eCa"], [120.0, 120.0, np.nan, np.nan])
    cell.branch(0).set("eCa", 100.0)
    cell.insert(CaL())
    cell.branch(1).set("eCa", 110.0)
    cell.record("i_Ca", verbose=False)
    with pytest.warns(UserWarning, match="2 recordings"):
        cell.delete(CaL())
    np.testing.assert_array_equal(cell.tables.nodes["eCa"][2:], [np.nan, np.nan])
    assert np.isfinite(cell.tables.nodes["eCa"][:2]).all()
    with pytest.warns(UserWarning, match="2 recordings"):
        cell.delete(Jump("S", calcium=True))
    assert "eCa" not in cell.tables.nodes


def test_cells_bring_theirs_along():
    cell = jx.Cell(jx.Branch(ncomp=2), parents=[-1, 0])
    cell.branch(1).loc(0.0).place(Jump("E"))
    other = jx.Cell(jx.Branch(ncomp=3), parents=[-1])
    other.loc(1.0).place(Jump("I"))
    other.loc(0.0).place(Jump("E"))
    other.set("E_e", 3.0)
    net = jx.Network([cell, other, jx.Cell(), cell])
    assert net.points["comp_index"].tolist() == [2, 6, 4, 10]
    assert net.points["type"].tolist() == ["E", "I", "E", "E"]
    assert net.points["index_within_type"].tolist() == [0, 0, 1, 2]
    assert net.E.points["E_e"].tolist() == [0.0, 3.0, 0.0]
    assert len(cell.points) == 1
    differs = jx.Cell()
    differs.place(Jump("E", e=1.0))
    with pytest.raises(MechanismError, match="point processes named 'E' that differ"):
        jx.Network([cell, differs])


def test_parts_copies_and_pickles(net):
    net.E.set("E_e", [1.0, 2.0, 3.0])
    net.I.record("I_g", verbose=False)
    net.E.record("E_g", verbose=False)
    net.E.make_trainable("E_e", verbose=False)
    part = net.cell([1, 2]).copy(as_module=True)
    assert part.points["comp_index"].tolist() == [2, 6, 0, 0]
    assert part.E.points["E_e"].tolist() == [2.0, 3.0]
    assert part.recordings.values.tolist() == [[0, "I_g"], [1, "I_g"], [0, "E_g"], [1, "E_g"]]
    assert part.tables.trainables[0].rows.tolist() == [0, 1]
    assert "I" not in dir(net.cell(0).copy(as_module=True))
    for clone in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):  # noqa: S301
        clone.E.set("E_e", 0.0)
        assert clone.points["comp_index"].tolist() == net.points["comp_index"].tolist()
    assert net.E.points["E_e"].tolist() == [1.0, 2.0, 3.0]


def test_deletion_takes_what_is_attached(net):
    net.E.record("E_g", verbose=False)
    net.I.record("I_g", verbose=False)
    net.E.select([0, 1, 2]).make_trainable("E_e", verbose=False)
    with pytest.warns(UserWarning, match="1 recordings used what was deleted"):
        net.cell(1).delete(Jump("E"))
    assert net.points["comp_index"].tolist() == [2, 10, 4, 4]
    assert net.recordings.values.tolist() == [[0, "E_g"], [1, "E_g"], [0, "I_g"], [1, "I_g"]]
    assert net.tables.trainables[0].rows.tolist() == [0, 1]
    with pytest.warns(UserWarning, match="recordings"):
        net.delete(Jump("E"))
    assert net.points["type"].tolist() == ["I", "I"]
    assert net.tables.trainables == []
    assert [one.port for one in lowered(net).points] == [0]
    with pytest.raises(MechanismError, match=r"no channel 'E' in view; there are \['I'\]"):
        net.delete(Jump("E"))


def test_compartments_stay_as_they_are_once_something_is_placed():
    cell = jx.Cell(jx.Branch(ncomp=2), parents=[-1, 0])
    cell.branch(1).place(Jump("E"))
    with pytest.raises(ModelStateError, match="point processes"):
        cell.set_ncomp(4)


def test_equilibrium(net):
    class Resting(Jump):
        def initial(self, states, v, params, delta_t):
            return {f"{self.name}_g": v + params[f"{self.name}_e"] + params["radius"]}

    net.cell(2).place(Resting("R"))
    net.set("v", -np.arange(12.0))
    net.init_states()
    assert net.R.points["R_g"].tolist() == [-7.0, -8.0, -9.0, -10.0]


class Writing(Jump):
    shared: ClassVar[dict[str, float]] = {"x_y": 1.0}
    writes = ("x_y",)


class TooMany(Jump):
    def receive(self, states, weight, params, more):
        return {}


@pytest.mark.parametrize(
    ("thing", "error", "says"),
    [
        (IonotropicSynapse(), ModelTypeError, r"is a synapse.*jx\.connect"),
        (HH(), ModelTypeError, r"inserted into compartments"),
        (Clock(), ModelTypeError, "add_sources"),
        (IClamp(), MechanismError, "an electrode.*insert"),
        (Writing("E2"), MechanismError, "writes 'x_y'"),
        (TooMany("E2"), MechanismError, "receive is called as receive"),
        (Jump("E", e=5.0), MechanismError, "another mechanism named 'E'"),
        (Jump("Leak"), MechanismError, "'Leak', of the mechanism 'Leak', is already the name of"),
        (Jump("radius"), MechanismError, "'radius'"),
        (Jump("record"), MechanismError, "'record'"),
        (Jump("weight"), MechanismError, "'weight'"),
    ],
)
def test_what_cannot_be_placed(net, refuses, thing, error, says):
    net.insert(Leak())
    with refuses(net, error, says):
        net.cell(0).place(thing)


def test_names_of_point_processes_are_taken(net, refuses):
    with refuses(net, MechanismError, "or of a point process"):
        net.insert(Leak("E"))
    with refuses(net, MechanismError, "'E'"):
        jx.connect(net[0, 0, 0], net[1, 0, 0], IonotropicSynapse("E"))
    with refuses(net, ModelValueError, "already"):
        net.cell(0).add_to_group("E")
    with refuses(net, MechanismError, "i_Leak|'i_E'"):
        leak = Leak("other")
        leak.current_name = "i_E"
        net.insert(leak)
