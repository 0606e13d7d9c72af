"""Synapses in tables and views: which are in view, what is set, shared, recorded, clamped and copied of them."""

import pickle

import numpy as np
import pytest

from dendrax.channels.hh import HH
from dendrax.connect import connect
from dendrax.engine.solvers.sequential import Sequential
from dendrax.errors import (
    MechanismError,
    ModelStateError,
    ModelValueError,
    SelectionError,
    UnknownNameError,
    ValueShapeError,
)
from dendrax.modules import Network
from dendrax.modules.inputs import gather, recorded
from dendrax.modules.lower import lower
from dendrax.modules.trainables import overrides
from dendrax.synapses import IonotropicSynapse, TanhRateSynapse, TestSynapse

PAIRS = ((0, 10), (11, 25), (3, 4), (12, 1), (0, 20))
TYPES = (IonotropicSynapse, TestSynapse, IonotropicSynapse, TanhRateSynapse, IonotropicSynapse)
pytestmark = pytest.mark.filterwarnings("ignore::dendrax.errors.MagnitudeWarning")  # values of any size

GS = "IonotropicSynapse_gS"


@pytest.fixture
def wired(net):
    """Three cells of ten compartments: 0 -> 10, 11 -> 25, 3 -> 4, 12 -> 1 and 0 -> 20, of three types."""
    for (pre, post), kind in zip(PAIRS, TYPES, strict=True):
        connect(net.select(nodes=[pre]), net.select(nodes=[post]), kind())
    return net


def column(net, name, rows):
    return net.tables.edges[name][rows].tolist()


def test_the_table_says_who_is_joined_where_and_by_what(wired):
    edges = wired.edges
    assert edges["global_edge_index"].tolist() == edges.index.tolist() == [0, 1, 2, 3, 4]
    assert edges["index_within_type"].tolist() == [0, 0, 1, 0, 2]
    assert list(zip(edges["pre_index"], edges["post_index"], strict=True)) == list(PAIRS)
    assert edges["type"].tolist() == [kind.__name__ for kind in TYPES]
    assert edges["type_ind"].tolist() == [0, 1, 0, 2, 0]
    # branches of 2, 4, 3 and 1 compartments: 3 and 4 are the second and third of four, 25 the last of four
    assert edges.loc[2, ["pre_locs", "post_locs"]].tolist() == [0.375, 0.625]
    assert edges.loc[1, "post_locs"] == 0.875
    np.testing.assert_array_equal(edges[GS], [1e-4, np.nan, 1e-4, np.nan, 1e-4])
    np.testing.assert_array_equal(edges["TestSynapse_c"], [np.nan, 0.2, np.nan, np.nan, np.nan])


def test_a_network_lists_its_synapses(wired):
    assert wired.synapse_names == ["IonotropicSynapse", "TestSynapse", "TanhRateSynapse"]
    assert wired.synapses == [IonotropicSynapse(), TestSynapse(), TanhRateSynapse()]
    assert wired.synapse_state_names == ["IonotropicSynapse_s", "TestSynapse_c"]
    assert wired.synapse_param_names[-4:] == [
        "TestSynapse_gC",
        *(f"TanhRateSynapse_{name}" for name in ("gS", "x_offset", "slope")),
    ]
    assert wired.synapse_current_names == ["i_IonotropicSynapse", "i_TestSynapse", "i_TanhRateSynapse"]
    assert wired.cell(0).synapse_names == ["IonotropicSynapse"]
    assert {"IonotropicSynapse", "TestSynapse"} <= set(dir(wired))
    assert "5 synapses" in repr(wired)


def test_edges_in_view_have_both_ends_in_view(wired):
    assert wired.edge_rows.tolist() == [0, 1, 2, 3, 4]
    assert wired.cell([0, 1]).edge_rows.tolist() == [0, 2, 3]
    assert wired.cell(0).edge_rows.tolist() == [2]
    assert wired.cell(2).edge_rows.tolist() == []
    assert wired.cell([0, 1]).edges.index.tolist() == [0, 2, 3]
    assert wired.cell([0, 1]).edges["local_edge_index"].tolist() == [0, 1, 2]
    assert wired.exc.edge_mask.tolist() == [True, False, True, True, False]


def test_selecting_edges_selects_their_ends(wired):
    view = wired.cell([0, 1]).edge(1)
    assert (view.edge_rows.tolist(), view.rows.tolist()) == ([2], [3, 4])
    assert wired.cell([0, 1]).scope("global").edge([2, 3]).edge_rows.tolist() == [2, 3]
    assert wired.edge("all").rows.tolist() == [0, 1, 3, 4, 10, 11, 12, 20, 25]
    assert wired.select(edges=[1, 0]).edge_rows.tolist() == [1, 0]
    assert wired.select(edges=[3, 1], sorted=True).edge_rows.tolist() == [1, 3]
    assert wired.select(edges=wired.edges["pre_index"] == 11).rows.tolist() == [11, 25]
    both = wired.select(nodes=[0, 1], edges=[1])
    assert (both.rows.tolist(), both.edge_rows.tolist()) == ([0, 1], [1])


def test_a_type_of_synapse_is_an_attribute(wired):
    view = wired.IonotropicSynapse
    assert (view.edge_rows.tolist(), view.rows.tolist()) == ([0, 2, 4], [0, 3, 4, 10, 20])
    assert view.edge(1).edge_rows.tolist() == [2]
    assert view.scope("global").edge(4).edge_rows.tolist() == [4]
    assert wired.cell([0, 1]).IonotropicSynapse.edge_rows.tolist() == [0, 2]
    assert wired.edge([0, 1]).TestSynapse.edge_rows.tolist() == [1]
    assert view.cell(0).edge_rows.tolist() == [2]  # a part of a view of synapses has no synapses of other types
    assert wired.IonotropicSynapse.cell([0, 1]).edge_rows.tolist() == [0, 2]


def test_edges_that_are_not_there(wired):
    with pytest.raises(SelectionError, match="selects none of the 0 synapses"):
        wired.cell(2).edge(0)
    with pytest.raises(SelectionError, match=r"no index \[1\] is in view"):
        wired.cell(0).select(edges=[1])
    with pytest.raises(SelectionError, match="TestSynapse selects none of the 1 synapses"):
        _ = wired.cell(0).TestSynapse
    with pytest.raises(AttributeError, match="Did you mean 'IonotropicSynapse'"):
        _ = wired.IonotropicSynaps


def test_set_changes_the_synapses_of_the_type_in_view(wired, refuses):
    wired.set(GS, 1.0)
    wired.cell([0, 1]).set(GS, [2.0, 3.0])
    wired.IonotropicSynapse.edge(2).set(GS, 4.0)
    wired.select(edges=[2, 0]).set(GS, [5.0, 6.0])
    np.testing.assert_array_equal(wired.tables.edges[GS], [6.0, np.nan, 5.0, np.nan, 4.0])
    with refuses(wired, UnknownNameError, "the view contains no TestSynapse"):
        wired.cell(0).set("TestSynapse_gC", 1.0)
    for almost in (GS[:-1], GS.lower()):  # the state `_s` is nearer than `_gS` in letters, but not in meaning
        with refuses(wired, UnknownNameError, f"Did you mean '{GS}'"):
            wired.set(almost, 1.0)
    with refuses(wired, ValueShapeError, "got values of shape"):
        wired.set(GS, [1.0, 2.0])
    with refuses(wired, ModelValueError, r"synapse 2 \(IonotropicSynapse, from compartment 3 .*to compartment 4"):
        wired.set(GS, [1.0, np.nan, 1.0])


def test_what_a_user_writes_to_the_table_counts(wired):
    wired.edges.loc[2, GS] = 7.0
    assert wired.cell(0).edges[GS].tolist() == [7.0]
    wired.edges["mine"] = np.arange(5.0)
    wired.cell(0).set("mine", 8.0)
    connect(wired.cell(2).comp(0), wired.cell(1).comp(0), IonotropicSynapse())  # the table grows, and keeps both
    assert column(wired, GS, [0, 2, 5]) == [1e-4, 7.0, 1e-4]
    np.testing.assert_array_equal(wired.tables.edges["mine"][:6], [0.0, 1.0, 8.0, 3.0, 4.0, np.nan])
    assert len(wired.edges) == 9


@pytest.mark.parametrize(
    ("select", "groups"),
    [
        (lambda net: net, [[0, 2, 4]]),
        (lambda net: net.cell("all"), [[0, 2, 4]]),
        (lambda net: net.IonotropicSynapse, [[0, 2, 4]]),
        (lambda net: net.IonotropicSynapse.edge("all"), [[0], [2], [4]]),
        (lambda net: net.cell([0, 1]).IonotropicSynapse.edge([0, 1]), [[0], [2]]),
        (lambda net: net.select(edges=[4, 0]), [[4], [0]]),
    ],
)
def test_who_shares_a_trainable_value(wired, select, groups):
    select(wired).make_trainable(GS, verbose=False)
    assert [group.tolist() for group in wired.indices_set_by_trainables[0]] == groups
    (one,) = overrides(wired.tables, wired.get_parameters(), None)
    within_type = {0: 0, 2: 1, 4: 2}
    assert one.rows.tolist() == sorted(
        (within_type[row] for group in groups for row in group), key=one.rows.tolist().index
    )
    assert set(one.rows.tolist()) == {within_type[row] for group in groups for row in group}


def test_the_user_says_who_shares(wired):
    view = wired.IonotropicSynapse.edge("all")
    view.edges["controlled_by_param"] = [7, 3, 7]
    wired.set(GS, [1.0, 2.0, 4.0])
    view.make_trainable(GS, verbose=False)
    assert wired.get_parameters()[0][GS].tolist() == [2.0, 2.5]
    wired.edges["controlled_by_param"] = wired.edges["pre_index"]
    wired.make_trainable("TestSynapse_c", verbose=False)
    assert wired.num_trainable_params == 3
    view.edges["controlled_by_param"] = [1.0, np.nan, 1.0]
    with pytest.raises(ModelValueError, match="a group for every synapse in view"):
        view.make_trainable("IonotropicSynapse_s")


def test_trained_values_are_written(wired):
    wired.select(edges=[4, 0]).make_trainable(GS, [0.4, 0.1], verbose=False)
    wired.cell(0).make_trainable("radius", verbose=False)
    params = wired.get_parameters()
    wired.write_trainables([{GS: params[0][GS] * 10.0}, {"radius": params[1]["radius"]}])
    np.testing.assert_allclose(wired.tables.edges[GS][[0, 2, 4]], [1.0, 1e-4, 4.0])
    wired.IonotropicSynapse.edge(2).delete_trainables()
    assert [sorted(one) for one in wired.get_parameters()] == [[GS], ["radius"]]
    assert wired.indices_set_by_trainables[0].tolist() == [[0]]


def test_data_set_reaches_the_synapses_in_view(wired, refuses):
    entries = wired.cell([0, 1]).data_set(GS, [5.0, 6.0], None)
    entries = wired.edge(4).data_set("IonotropicSynapse_s", 0.5, entries)
    assert [entry["indices"].tolist() for entry in entries] == [[[0], [2]], [[4]]]
    of_gs, of_s = overrides(wired.tables, [], entries)
    assert (of_gs.rows.tolist(), of_gs.values.tolist()) == ([0, 1], [5.0, 6.0])
    assert (of_s.rows.tolist(), of_s.values.tolist()) == ([2], [0.5])
    with refuses(wired, ValueShapeError, "but 3 synapses in view have it"):
        wired.data_set(GS, [1.0, 2.0], None)


def test_synapses_are_recorded_by_their_number_within_the_type(wired, refuses):
    wired.IonotropicSynapse.edge([1, 2]).record("IonotropicSynapse_s", verbose=False)
    wired.record("i_TanhRateSynapse", verbose=False)
    wired.cell(1).branch(0).comp(0).record(verbose=False)
    wired.record("IonotropicSynapse_s", verbose=False)
    shown = list(wired.recordings.itertuples(index=False, name=None))
    ionotropic = [(i, "IonotropicSynapse_s") for i in (1, 2, 0)]
    assert shown == [*ionotropic[:2], (0, "i_TanhRateSynapse"), (10, "v"), ionotropic[2]]
    rows = recorded(wired.tables).rows
    assert {key: index.tolist() for key, index in rows.items()} == {
        "IonotropicSynapse_s": [1, 2, 0],
        "i_TanhRateSynapse": [0],
        "v": [10],
    }
    assert wired.cell(0).recordings["rec_index"].tolist() == [1]
    wired.cell(0).delete_recordings()
    assert wired.recordings["rec_index"].tolist() == [2, 0, 10, 0]
    with refuses(wired, UnknownNameError, "the view contains no TestSynapse"):
        wired.cell(0).record("TestSynapse_c")


def test_synapses_are_clamped_by_their_number_within_the_type(wired):
    wired.IonotropicSynapse.edge(2).clamp("IonotropicSynapse_s", np.ones(4), verbose=False)
    wired.cell(0).clamp("IonotropicSynapse_s", np.zeros(4), verbose=False)
    assert wired.external_inds["IonotropicSynapse_s"].tolist() == [2, 1]
    assert wired.externals["IonotropicSynapse_s"][:, 0].tolist() == [1.0, 0.0]
    data = wired.select(edges=[0, 4]).data_clamp("IonotropicSynapse_s", np.full((2, 4), [[7.0], [8.0]]))
    assert data[2][0].tolist() == [0, 2]
    acting = gather(wired.tables, None, data)
    clamped = dict(zip(acting.rows["IonotropicSynapse_s"].tolist(), acting.values["IonotropicSynapse_s"], strict=True))
    assert {row: float(values[0]) for row, values in clamped.items()} == {0: 7.0, 1: 0.0, 2: 8.0}
    wired.cell(0).delete_clamps()
    assert wired.external_inds["IonotropicSynapse_s"].tolist() == [2]


def test_properties_of_compartments_are_copied(wired, refuses):
    assert wired.copy_node_property_to_edges("radius") is wired
    assert wired.edges["pre_radius"].tolist() == [1.0, 2.0, 4.0, 3.0, 1.0]
    assert wired.edges["post_radius"].tolist() == [1.0, 6.0, 5.0, 2.0, 1.0]
    view = wired.cell(0).copy_node_property_to_edges(["length", "global_cell_index"], "pre")
    assert view.edges[["pre_length", "pre_global_cell_index"]].to_numpy().tolist() == [[10.0, 0.0]]
    assert "pre_length" not in wired.edges
    with refuses(wired, UnknownNameError, "Did you mean 'radius'"):
        wired.copy_node_property_to_edges("radus")
    with refuses(wired, ModelValueError, '"pre", "post" or both'):
        wired.copy_node_property_to_edges("radius", "both")


def test_lowered_synapses_are_those_of_the_table(wired):
    wired.set(GS, [1.0, 2.0, 3.0])
    system = lower(wired.tables, Sequential())
    ends = {one.mechanism.name: (one.pre.tolist(), one.post.tolist()) for one in system.synapses}
    assert ends == {
        "IonotropicSynapse": ([0, 3, 0], [10, 4, 20]),
        "TestSynapse": ([11], [25]),
        "TanhRateSynapse": ([12], [1]),
    }
    assert system.params[GS].tolist() == [1.0, 2.0, 3.0]
    assert system.state["TestSynapse_c"].tolist() == [0.2]
    assert system.storage["i_IonotropicSynapse"].size == system.storage["IonotropicSynapse_s"].size == 3
    assert "i_IonotropicSynapse" not in system.layout.membrane_currents


def test_what_a_user_broke_in_the_table_is_found(wired):
    wired.edges.loc[1, "post_index"] = 30
    with pytest.raises(ModelValueError, match="post_index of synapse 1 is 30"):
        lower(wired.tables, Sequential())
    wired.edges.loc[1, "post_index"] = 25
    wired.edges.loc[2, GS] = np.nan
    with pytest.raises(ModelValueError, match=f"'{GS}' must be a finite number, but is nan in synapse 2"):
        lower(wired.tables, Sequential())
    wired.edges.loc[2, GS] = 1e-4
    wired.edges.loc[0, "index_within_type"] = 1
    with pytest.raises(ModelValueError, match="must stay as they are"):
        lower(wired.tables, Sequential())


def test_states_that_a_synapse_reads_must_be_there(net):
    class Reads(IonotropicSynapse):
        pre_states = ("HH_m",)

    connect(net.cell([0, 1]).comp(0), net.cell([1, 2]).comp(0), Reads())
    net.cell(0).insert(HH())
    with pytest.raises(MechanismError, match=r"reads 'HH_m' of its presynaptic .* compartment 10 \(cell 1"):
        lower(net.tables, Sequential())
    net.insert(HH())
    assert len(lower(net.tables, Sequential()).synapses) == 1


def test_synapses_start_in_equilibrium_only_where_asked(wired):
    wired.init_states()
    assert column(wired, "IonotropicSynapse_s", [0, 2]) == [0.2, 0.2]
    wired.set("v", -35.0)
    wired.init_states(synapses=True)
    np.testing.assert_allclose(column(wired, "IonotropicSynapse_s", [0, 2, 4]), 0.5)


def test_copies_are_independent_and_pickles_are_equal(wired):
    wired.IonotropicSynapse.edge(1).record("IonotropicSynapse_s", verbose=False)
    for other in (wired.copy(), pickle.loads(pickle.dumps(wired)), pickle.loads(pickle.dumps(wired.cell(0))).base):  # noqa: S301
        assert other.edges.equals(wired.edges)
        other.set(GS, 9.0)
        assert column(wired, GS, [0]) == [1e-4]
        assert other.recordings.equals(wired.recordings)


def test_a_part_keeps_the_synapses_within_it(wired):
    wired.set(GS, [1.0, 2.0, 3.0])
    wired.IonotropicSynapse.edge([1, 2]).record("IonotropicSynapse_s", verbose=False)
    wired.IonotropicSynapse.edge([1, 2]).make_trainable(GS, verbose=False)
    wired.IonotropicSynapse.edge([1, 2]).clamp("IonotropicSynapse_s", np.zeros(3), verbose=False)
    part = wired.cell([0, 2]).copy(as_module=True)
    assert isinstance(part, Network)
    assert part.edges[["pre_index", "post_index", GS]].to_numpy().tolist() == [[3, 4, 2.0], [0, 10, 3.0]]
    assert part.synapse_names == ["IonotropicSynapse"]
    assert not {"TestSynapse_gC", "TanhRateSynapse_gS"} & set(part.edges)
    assert part.recordings["rec_index"].tolist() == part.external_inds["IonotropicSynapse_s"].tolist() == [0, 1]
    assert part.indices_set_by_trainables[0].tolist() == [[0], [1]]
    inner = wired.cell(0).branch(1).comp([1, 2]).copy(as_module=True)
    assert inner.edges[["pre_index", "post_index", "pre_locs", "post_locs"]].to_numpy().tolist() == [[0, 1, 0.25, 0.75]]


def test_compartments_with_synapses_are_not_cut_anew(wired, refuses):
    with refuses(wired, ModelStateError, "the module has synapses"):
        wired.cell(0).branch(0).set_ncomp(3)


def test_names_of_synapses_are_taken(wired, refuses):
    with refuses(wired, ModelValueError, "name of a channel, column or method"):
        wired.cell(0).add_to_group("TestSynapse")
    with refuses(wired, MechanismError, "name of a group, column, synapse or method"):
        wired.insert(HH(name="TestSynapse"))
