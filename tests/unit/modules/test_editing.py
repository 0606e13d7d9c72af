"""set, groups, and the tables that users see and write."""

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from dendrax.channels.hh import HH
from dendrax.engine.solvers.sequential import Sequential
from dendrax.errors import ModelStateError, ModelTypeError, ModelValueError, UnknownNameError, ValueShapeError
from dendrax.modules import Branch, Cell, Compartment, Network, lower
from dendrax.modules.cell import cell_from_tree
from dendrax.modules.editing import SHAPE
from dendrax.trees.compartments import CompartmentTree
from dendrax.trees.geometry import cut_branches, cylinder


@pytest.mark.parametrize(
    "values", [2.0, 2, [2.0] * 4, np.full(4, 2.0), jnp.full(4, 2.0), pd.Series([2.0] * 4), [2.0]], ids=str
)
def test_kinds_of_values(cell, values):
    cell.branch(1).set("capacitance", values)
    assert cell.nodes["capacitance"].tolist() == [1.0] * 2 + [2.0] * 4 + [1.0] * 4


def test_set_follows_the_order_of_a_selection(cell):
    cell.select([5, 1, 2]).set("v", [1.0, 2.0, 3.0])
    assert cell.nodes["v"].tolist() == [-70.0, 2.0, 3.0, -70.0, -70.0, 1.0, -70.0, -70.0, -70.0, -70.0]


def test_set_reaches_the_compartments_that_have_the_key(mixed):
    mixed.set("HH_gNa", [1.0, 2.0, 3.0, 4.0])
    np.testing.assert_array_equal(mixed.nodes["HH_gNa"], [np.nan] * 2 + [1.0, 2.0, 3.0, 4.0] + [np.nan] * 4)


def test_radius_and_length_make_cylinders(cell):
    cell.branch(1).set("length", [5.0, 6.0, 7.0, 8.0])
    cell.branch(1).set("radius", 0.5)
    area, volume, load = cylinder(np.full(4, 0.5), np.array([5.0, 6.0, 7.0, 8.0]))
    part = cell.nodes.loc[2:5]
    np.testing.assert_allclose(part["area"], area, rtol=1e-15)
    np.testing.assert_allclose(part["volume"], volume, rtol=1e-15)
    for name in ("resistive_load_in", "resistive_load_out"):
        np.testing.assert_allclose(part[name], load, rtol=1e-15)
    np.testing.assert_allclose(cell.nodes["area"][:2], 2 * np.pi * np.array([1.0, 2.0]) * 10.0, rtol=1e-15)


@pytest.mark.parametrize(
    ("key", "value", "error", "text"),
    [
        ("radus", 1.0, UnknownNameError, "Did you mean 'radius'"),
        ("HH", 1.0, UnknownNameError, "No parameter or state 'HH'"),
        ("proximal", 1.0, UnknownNameError, "No parameter or state 'proximal'"),
        ("local_comp_index", 1.0, UnknownNameError, "No parameter or state"),
        ("radius", [1.0, 2.0], ValueShapeError, r"shape \(2,\), but 10 are in view"),
        ("radius", np.ones((10, 1)), ValueShapeError, "shape"),
        (
            "radius",
            -1.0,
            ModelValueError,
            r"'radius' must be positive, but is -1.0 in compartment 0 \(branch 0, comp 0\)",
        ),
        ("capacitance", 0.0, ModelValueError, "must be positive"),
        ("length", [1.0] * 7 + [0.0, 1.0, 1.0], ModelValueError, r"compartment 7 \(branch 2, comp 1\)"),
        ("v", np.nan, ModelValueError, "must be a finite number"),
        ("K_gK", np.inf, ModelValueError, "must be a finite number"),
        ("v", "high", ModelTypeError, "takes numbers"),
        ("v", None, ModelValueError, "must be a finite number"),
    ],
)
def test_what_cannot_be_set(mixed, refuses, key, value, error, text):
    with refuses(mixed, error, text):
        mixed.set(key, value)


def test_set_names_cell_branch_and_compartment(net, refuses):
    with refuses(net, ModelValueError, r"compartment 17 \(cell 1, branch 2, comp 1\)"):
        net.cell(1).branch(2).comp(1).set("radius", 0.0)


def test_set_where_no_compartment_has_it(mixed, refuses):
    with refuses(mixed, UnknownNameError, "No compartment in view has 'HH_m': insert HH there first"):
        mixed.branch(0).set("HH_m", 0.1)


def test_set_within_jit_points_to_data_set(cell, refuses):
    with refuses(cell, ModelTypeError, "data_set"):
        jax.jit(lambda radius: cell.set("radius", radius))(1.0)


def test_groups(cell, refuses):
    cell.branch(0).add_to_group("soma")
    cell.branch(2).add_to_group("soma")
    cell.branch(1).add_to_group("my group")
    assert cell.soma.rows.tolist() == [0, 1, 6, 7, 8]
    assert cell.group_names == ["soma", "my group"]
    assert cell.branch(1).group_names == ["my group"]
    assert cell.nodes["soma"].dtype == bool
    cell.insert(HH())
    for name in ("HH", "radius", "HH_gNa", "record", "nodes", "tables", "x"):
        with refuses(cell, ModelValueError, "name of a channel, column or method"):
            cell.add_to_group(name)
    with refuses(cell, ModelTypeError, "not empty"):
        cell.add_to_group("")


def test_columns_of_the_tables(mixed):
    first = [
        *(f"local_{level}_index" for level in ("cell", "branch", "comp")),
        *("length", "radius", "axial_resistivity", "capacitance", "v", "area", "volume"),
        *("resistive_load_in", "resistive_load_out", "x", "y", "z"),
    ]
    shown = [*(f"global_{level}_index" for level in ("cell", "branch", "comp")), "controlled_by_param"]
    assert list(Compartment().nodes) == [*first, *shown]
    assert list(mixed.branch(1).nodes) == list(mixed.nodes)
    assert list(mixed.nodes)[: len(first)] == first
    assert set(shown) < set(mixed.nodes)
    assert mixed.edges.shape == (0, 9)
    assert {"pre_index", "post_index", "type", "global_edge_index"} < set(mixed.edges)
    assert len(mixed.branch(0).edges) == 0


def test_labels_and_indices(net):
    table = net.cell(1).branch([1, 2]).nodes
    assert table.index.tolist() == table["global_comp_index"].tolist() == list(range(12, 19))
    assert table["local_cell_index"].tolist() == [0] * 7
    assert table["local_branch_index"].tolist() == [0] * 4 + [1] * 3
    assert table["local_comp_index"].tolist() == [0, 1, 2, 3, 0, 1, 2]
    assert table["global_cell_index"].tolist() == [1] * 7
    assert table["global_branch_index"].tolist() == [5] * 4 + [6] * 3


def test_what_a_user_writes_to_the_nodes_of_a_module_counts(mixed):
    mixed.nodes.loc[3, "radius"] = 77.0
    mixed.nodes["mine"] = np.arange(10.0)
    mixed.nodes.loc[mixed.nodes["HH"], "HH_gNa"] = 0.5
    assert mixed.branch(1).nodes["radius"].tolist() == [3.0, 77.0, 5.0, 6.0]
    assert lower.lower(mixed.tables, Sequential()).params["radius"][3] == 77.0
    mixed.branch(1).set("mine", -1.0)
    assert mixed.nodes["mine"].tolist() == [0.0, 1.0, -1.0, -1.0, -1.0, -1.0, 6.0, 7.0, 8.0, 9.0]
    assert np.nanmin(mixed.nodes["HH_gNa"]) == 0.5
    assert Network([mixed, mixed]).nodes["mine"].tolist()[10:] == mixed.nodes["mine"].tolist()


def test_a_table_that_was_handed_out_shows_what_the_program_does(cell):
    table = cell.nodes
    cell.branch(0).set("radius", 9.0)
    cell.insert(HH())
    cell.branch(1).add_to_group("dend")
    assert table is cell.nodes
    assert table["radius"].tolist()[:2] == [9.0, 9.0]
    assert table["HH_m"].tolist() == [0.2] * 10
    assert table["dend"].tolist() == [False] * 2 + [True] * 4 + [False] * 4
    cell.delete(HH())
    assert "HH_m" not in table


def test_what_a_user_writes_to_the_nodes_of_a_view_does_not_count(cell):
    view = cell.branch(0)
    view.nodes["radius"] = 55.0
    view.nodes.loc[0, "length"] = 55.0
    assert (cell.nodes[["radius", "length"]] != 55.0).all(axis=None)
    cell.set("v", -1.0)
    assert view.nodes["v"].tolist() == [-1.0, -1.0]


def test_many_columns_added_to_a_table_that_is_out_make_no_warning(cell):
    table = cell.nodes
    for i in range(120):
        cell.add_to_group(f"group_{i}")
    assert table["group_119"].all()


def test_a_table_that_was_sorted_or_cut_in_place_is_refused(cell):
    table = cell.nodes
    table.index = table.index[::-1]
    with pytest.raises(ModelStateError, match="sorted, removed or labelled anew"):
        cell.set("v", 0.0)
    table.index = table.index[::-1]
    cell.set("v", 0.0)
    del cell.nodes["capacitance"]
    with pytest.raises(ModelStateError, match="'capacitance' was removed"):
        lower.lower(cell.tables, Sequential())


def test_a_value_that_is_no_number_is_found_by_name(cell):
    cell.nodes["capacitance"] = "large"
    with pytest.raises(ModelValueError, match="'capacitance' of the table holds something that is no number"):
        lower.lower(cell.tables, Sequential())


def test_show(mixed):
    indices = [f"{scope}_{level}_index" for level in ("comp", "branch", "cell") for scope in ("local", "global")]
    assert list(mixed.show("K_gK")) == [*indices, "K_gK"]
    assert list(mixed.show(["K_gK", "radius"], indices=False)) == ["K_gK", "radius"]
    assert list(mixed.show(channel_names=["K"], indices=False)) == ["K", "K_gK", "eK", "vt", "K_n"]
    assert list(mixed.show(channel_names="K", indices=False, params=False)) == ["K_n"]
    assert list(mixed.show(indices=False, states=False))[:4] == ["length", "radius", "axial_resistivity", "capacitance"]
    assert list(mixed.show(params=False, indices=False)) == ["v", "HH_m", "HH_h", "HH_n", "K_n"]
    assert mixed.branch(1).show("v").index.tolist() == [2, 3, 4, 5]
    with pytest.raises(UnknownNameError, match="no column"):
        mixed.show("nothing")
    with pytest.raises(UnknownNameError, match="no channel"):
        mixed.branch(0).show(channel_names=["HH"])


@pytest.fixture
def traced() -> Cell:
    """Two branches with traced points and radii."""
    points = (
        np.array([[0.0, 0, 0, 3], [10, 0, 0, 2], [20, 0, 0, 1]]),
        np.array([[20.0, 0, 0, 1], [20, 15, 0, 0.5], [20, 30, 10, 0.25]]),
    )
    ncomp = np.array([2, 3])
    cut = cut_branches(list(points), ncomp)
    shape = {
        name: getattr(cut, name)
        for name in ("length", "radius", "area", "volume", "resistive_load_in", "resistive_load_out", "xyz")
    }
    groups = {"soma": np.array([True, True, False, False, False])}
    return cell_from_tree(CompartmentTree(np.array([-1, 0]), ncomp, **shape, xyzr=points, groups=groups))


def test_traced_shapes_are_replaced_with_a_warning(traced):
    before = traced.nodes.copy()
    with pytest.warns(UserWarning, match="become those of cylinders"):
        traced.branch(1).comp(0).set("radius", 2.0)
    assert traced.nodes.loc[2, "area"] == pytest.approx(2 * np.pi * 2.0 * before.loc[2, "length"], rel=1e-15)
    assert traced.nodes.drop(index=2).equals(before.drop(index=2))
    assert traced.soma.rows.tolist() == [0, 1]
    traced.branch(1).set("capacitance", 2.0)


def test_whole_numbers_that_a_user_writes_do_not_cut_off_later_values(cell):
    cell.nodes["radius"] = 3
    cell.branch(0).set("radius", 2.5)
    assert cell.nodes["radius"].tolist() == [2.5, 2.5] + [3.0] * 8
    other = Network([cell])
    other.nodes["length"] = np.arange(1, 11)
    other.copy().set("length", 0.5)
    other.cell(0).set("length", 0.5)
    assert other.nodes["length"].tolist() == [0.5] * 10
    cell.nodes[7] = 0.0
    assert Network([cell]).cell(0).branch(0).nodes["radius"].tolist() == [2.5, 2.5]


def test_the_shape_follows_a_radius_that_is_written_to_the_table():
    cell = Cell([Branch(ncomp=2)] * 2, parents=[-1, 0])
    shown = cell.nodes
    shown.loc[2, "radius"] = 3.0
    shown.loc[1, "area"] = 7.0  # a shape of its own, in this alone
    params = lower.lower(cell.tables, Sequential()).params
    assert params["area"].tolist() == [2 * np.pi * 10, 7.0, 2 * np.pi * 3 * 10, 2 * np.pi * 10]
    assert params["volume"].tolist() == [np.pi * 10] * 2 + [np.pi * 9 * 10, np.pi * 10]
    assert cell.nodes is shown
    for name in SHAPE:
        assert shown[name].tolist() == params[name].tolist() == cell.branch([0, 1]).nodes[name].tolist()
        assert Network([cell]).copy().nodes[name].tolist() == params[name].tolist()


def test_only_other_shapes_than_cylinders_are_stored(traced):
    cell = Cell([Branch(ncomp=2)] * 2, parents=[-1, 0])
    net = Network([cell, traced])
    assert not {*SHAPE[2:]} & {*cell.tables.nodes.names}
    shape = {name: cell.nodes[name].tolist() + traced.nodes[name].tolist() for name in SHAPE}
    assert {name: net.nodes[name].tolist() for name in SHAPE} == shape
    assert np.isnan(net.tables.nodes["area"]).tolist() == [True] * 4 + [False] * 5
    assert {*SHAPE} < {*cell.nodes}
    assert not {*SHAPE[2:]} & {*cell.tables.nodes.names}
    with pytest.warns(UserWarning, match="become those of cylinders"):
        net.set("radius", 2.0)
    assert not {*SHAPE[2:]} & {*net.tables.nodes.names}
    assert net.nodes["volume"].tolist() == (np.pi * 2.0**2 * net.nodes["length"]).tolist()


@pytest.mark.parametrize("name", SHAPE[2:])
@pytest.mark.parametrize("looked_at", [True, False])
def test_a_shape_that_is_set_stays_until_a_radius_is(name, looked_at):
    cell = Cell([Branch(ncomp=2)] * 2, parents=[-1, 0])
    before = cell.copy().nodes[name].tolist()
    shown = cell.nodes if looked_at else None
    cell.branch(1).comp(0).set(name, 0.5)
    assert cell.nodes[name].tolist() == [*before[:2], 0.5, before[3]]
    assert lower.lower(cell.tables, Sequential()).params[name].tolist() == cell.nodes[name].tolist()
    cell.branch(1).set("length", 10.0)
    assert cell.nodes[name].tolist() == before
    assert shown is None or shown[name].tolist() == before


def test_a_radius_that_is_written_to_the_table_of_a_traced_cell_is_said(traced):
    traced.nodes.loc[2, "radius"] = 3.0
    with pytest.warns(UserWarning, match=r"first in compartment 2 \(branch 1, comp 0\), but area, volume"):
        lower.lower(traced.tables, Sequential())
    with pytest.warns(UserWarning, match="become those of cylinders"):
        traced.set("radius", 4.0)  # area and all follow
    assert lower.lower(traced.tables, Sequential()).params["area"].tolist() == traced.nodes["area"].tolist()
