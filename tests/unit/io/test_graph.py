"""Graphs of compartments: built, edited, joined, and turned into models."""

import networkx as nx
import numpy as np
import pytest

from dendrax.channels.hh import HH
from dendrax.errors import MorphologyError
from dendrax.io.graph import (
    build_compartment_graph,
    connect_graphs,
    from_graph,
    to_graph,
    to_swc_graph,
    vis_compartment_graph,
)
from dendrax.io.swc import read_swc
from dendrax.modules.branch import Branch
from dendrax.modules.cell import Cell
from dendrax.modules.compartment import Compartment
from dendrax.modules.network import Network
from dendrax.morphology.sample import sample, sample_path


def assert_same(found, expected):
    assert found.shape == expected.shape
    np.testing.assert_array_equal(found.comb_parents, expected.comb_parents)
    assert list(found.group_names) == list(expected.group_names)
    assert sorted(found.nodes.columns) == sorted(expected.nodes.columns)
    for column in expected.nodes.columns:
        np.testing.assert_array_equal(found.nodes[column], expected.nodes[column], err_msg=column)
    for left, right in zip(found.xyzr, expected.xyzr, strict=True):
        np.testing.assert_allclose(left, right, atol=1e-9)


@pytest.mark.parametrize("ncomp", [1, 3])
@pytest.mark.parametrize("name", ["pyramidal", "interneuron"])
def test_through_graphs_is_the_same_as_reading(name, ncomp):
    graph = build_compartment_graph(to_swc_graph(sample_path(name)), ncomp)
    assert_same(from_graph(graph), read_swc(sample_path(name), ncomp))


@pytest.mark.parametrize("name", ["l5pc_with_axon", "ca1_n120", "ca1_n120_single_point_soma"])
def test_through_graphs_is_the_same_as_reading_real_cells(shared_data, name):
    path = shared_data / f"{name}.swc"
    settings = {"max_len": 150.0, "min_radius": 0.3}
    graph = build_compartment_graph(to_swc_graph(path), 2, **settings)
    assert_same(from_graph(graph), read_swc(path, 2, max_branch_len=150.0, min_radius=0.3))


def test_to_graph_and_back():
    cell = sample("pyramidal", ncomp=2)
    assert_same(from_graph(to_graph(cell)), cell)
    assert_same(from_graph(to_graph(cell), traverse_for_solve_order=False), cell)


def test_the_schema_of_a_swc_graph():
    graph = to_swc_graph(sample_path("interneuron"))
    assert graph.nodes[1] == {"id": 1, "x": 0.0, "y": 0.0, "z": 0.0, "r": 6.5, "p": -1}
    assert graph.nodes[2]["p"] == 1
    assert graph.edges[1, 2]["l"] == pytest.approx(6.5, abs=1e-3)
    assert to_swc_graph(sample_path("interneuron"), num_lines=12).number_of_nodes() == 10


def test_the_schema_of_a_compartment_graph():
    graph = build_compartment_graph(to_swc_graph(sample_path("pyramidal")), ncomp=2)
    comps = [data for _, data in graph.nodes(data=True) if data["type"] == "comp"]
    points = [data for _, data in graph.nodes(data=True) if data["type"] == "branchpoint"]
    shape = {"radius", "length", "area", "volume", "resistive_load_in", "resistive_load_out"}
    for data in comps:
        assert set(data) == shape | {
            "x",
            "y",
            "z",
            "branch_index",
            "comp_index",
            "cell_index",
            "type",
            "xyzr",
            "groups",
        }
    for data in points:
        assert {"x", "y", "z", "type", "groups", "radius", "length", "cell_index", "p"} == set(data)
    assert list(graph.nodes)[: len(comps)] == list(range(len(comps)))
    assert nx.is_arborescence(graph)


def test_the_schema_of_to_graph():
    cell = Cell(Branch(Compartment(), 2), [-1, 0, 0])
    cell.branch(1).add_to_group("left")
    graph = to_graph(cell)
    assert {*graph.graph} == {
        *("type", "ncomp", "externals", "external_inds", "recordings"),
        *("trainable_params", "indices_set_by_trainables", "group_names"),
    }
    assert list(graph.edges) == [(0, 1), (1, 6), (2, 3), (4, 5), (6, 2), (6, 4)]
    assert graph.nodes[6]["type"] == "branchpoint"
    assert {"length", "radius", "v", "cell_index", "branch_index", "comp_index", "left"} <= set(graph.nodes[0])
    assert not any(name.startswith(("local_", "global_")) for name in graph.nodes[0])
    assert graph.nodes[2]["left"]
    assert not graph.nodes[0]["left"]


def test_edges_alone_make_a_cell():
    cell = from_graph(nx.DiGraph([(0, 1), (1, 2), (1, 3)]))
    np.testing.assert_array_equal(cell.comb_parents, [-1, 0, 0])
    np.testing.assert_array_equal(cell.ncomp_per_branch, [2, 1, 1])
    np.testing.assert_allclose(cell.nodes["length"], 10.0)
    np.testing.assert_allclose(cell.nodes["area"], 2 * np.pi * 10.0)
    assert from_graph(nx.Graph([("b", "a"), ("b", "c")])).shape == (1, 3)


def test_partly_attributed_nodes():
    graph = nx.DiGraph([(0, 1), (1, "fork"), ("fork", 2), ("fork", 3)])
    graph.nodes["fork"]["type"] = "branchpoint"
    graph.nodes[0].update(radius=2.0, groups=["soma"], v=-60.0)
    graph.nodes[2]["xyzr"] = np.array([[0, 0, 0, 1.0], [0, 30.0, 0, 3.0]])
    cell = from_graph(graph)
    np.testing.assert_array_equal(cell.comb_parents, [-1, 0, 0])
    np.testing.assert_allclose(cell.nodes["radius"], [2, 1, 2, 1])
    np.testing.assert_allclose(cell.nodes["length"], [10, 10, 30, 10])
    np.testing.assert_allclose(cell.nodes["v"], [-60, -70, -70, -70])
    np.testing.assert_array_equal(cell.nodes["soma"], [True, False, False, False])


def test_walking_against_the_edges_turns_points_and_loads_around():
    graph = build_compartment_graph(to_swc_graph(sample_path("pyramidal")), ncomp=2)
    tip = next(n for n in graph if graph.degree[n] == 1 and graph.in_degree[n] == 1 and n > 20)
    there, turned = from_graph(graph), from_graph(graph, solve_root=tip)
    row = there.nodes.iloc[tip]
    assert turned.nodes["resistive_load_in"].iloc[0] == row["resistive_load_out"]
    assert turned.nodes["resistive_load_out"].iloc[0] == row["resistive_load_in"]
    np.testing.assert_allclose(turned.xyzr[0], there.branch(int(row["global_branch_index"])).xyzr[0][::-1])
    assert turned.nodes["area"].sum() == pytest.approx(there.nodes["area"].sum(), rel=1e-12)


def test_deleting_nodes_leaves_a_smaller_cell():
    cell = sample("pyramidal")
    graph = to_graph(cell)
    axon = [name for name, data in graph.nodes(data=True) if data.get("axon")]
    graph.remove_nodes_from(axon)
    assert from_graph(graph).shape == (107 - len(axon), 107 - len(axon))


@pytest.mark.parametrize(
    ("node1", "node2", "parents"),
    [
        (3, 0, [-1, 0, 1, 2, 2, 0]),  # two compartments: a new branchpoint
        (6, 0, [-1, 0, 0, 0, 3, 3]),  # a branchpoint and a compartment
        (6, 6, [-1, 0, 0, 0, 0, 0]),  # two branchpoints become one
    ],
)
def test_connecting_graphs(node1, node2, parents):
    graph = to_graph(Cell(Branch(Compartment(), 2), [-1, 0, 0]))
    joined = connect_graphs(graph, graph, node1, node2)
    cell = from_graph(joined)
    np.testing.assert_array_equal(cell.comb_parents, parents)
    assert cell.shape == (6, 12)
    assert graph.number_of_nodes() == 7  # as it was


def test_connecting_inside_a_branch_divides_it():
    graph = to_graph(Cell(Branch(Compartment(), 4), [-1]))
    np.testing.assert_array_equal(from_graph(connect_graphs(graph, graph, 1, 0)).ncomp_per_branch, [2, 2, 4])


def test_channels_values_recordings_inputs_and_trainables_come_back():
    cell = Cell(Branch(Compartment(), 2), [-1, 0, 0])
    cell.branch(1).insert(HH())
    cell.branch(1).set("HH_gNa", 0.2)
    cell.set("axial_resistivity", 1234.0)
    cell.branch(1).comp(0).record(verbose=False)
    cell.branch(0).comp(0).stimulate(np.arange(4.0), verbose=False)
    cell.branch(1).make_trainable("HH_gK", verbose=False)
    copy = from_graph(to_graph(cell, channels=True))
    assert [channel.name for channel in copy.channels] == ["HH"]
    for column in ("HH", "HH_gNa", "HH_gK", "HH_m", "axial_resistivity"):
        np.testing.assert_array_equal(copy.nodes[column], cell.nodes[column], err_msg=column)
    assert copy.recordings.to_dict() == cell.recordings.to_dict()
    np.testing.assert_array_equal(copy.externals["i"], cell.externals["i"])
    np.testing.assert_array_equal(copy.external_inds["i"], cell.external_inds["i"])
    np.testing.assert_array_equal(copy.indices_set_by_trainables[0], cell.indices_set_by_trainables[0])
    assert "HH" not in to_graph(cell).nodes[2]


def test_a_network_comes_back_as_a_network():
    cell = Cell(Branch(Compartment(), 2), [-1, 0, 0])
    net = Network([cell, Cell(), cell])
    copy = from_graph(to_graph(net))
    assert isinstance(copy, Network)
    assert copy.shape == net.shape


@pytest.mark.parametrize(
    ("graph", "says"),
    [
        (nx.DiGraph(), "no compartments"),
        (nx.Graph([(0, 1), (1, 2), (2, 0)]), "loop"),
        (nx.DiGraph([(0, 1, {"type": "synapse"})]), "synapses"),
    ],
)
def test_graphs_that_are_no_cell(graph, says):
    with pytest.raises(MorphologyError, match=says):
        from_graph(graph)


def test_wrong_nodes_and_roots_are_named():
    graph = to_graph(Cell(Branch(Compartment(), 2), [-1, 0, 0]))
    with pytest.raises(MorphologyError, match="second graph has no node 'x'"):
        connect_graphs(graph, graph, 0, "x")
    with pytest.raises(MorphologyError, match="solve_root=1 is not a compartment at the tip"):
        from_graph(graph, solve_root=1)
    graph.nodes[3]["length"] = -1.0
    with pytest.raises(MorphologyError, match=r"node 3: 'length' must be positive.* but is -1.0"):
        from_graph(graph)
    swc = to_swc_graph(sample_path("interneuron"))
    with pytest.raises(MorphologyError, match="root=9999"):
        build_compartment_graph(swc, 1, root=9999)
    swc.remove_node(2)
    with pytest.raises(MorphologyError, match="not one tree"):
        build_compartment_graph(swc, 1)


def test_a_drawing_names_every_node():
    graph = to_graph(sample("interneuron"))
    axes = vis_compartment_graph(graph)
    assert {text.get_text() for text in axes.texts} == {str(name) for name in graph}
    axes.figure.clear()
