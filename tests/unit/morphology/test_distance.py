"""Distances, against the reference's and against walking the tree."""

import itertools

import networkx as nx
import numpy as np
import pytest

import dendrax as jx
from dendrax.errors import ModelStateError, SelectionError
from dendrax.morphology import distance_direct, distance_pathwise


@pytest.mark.parametrize("name", ["tree", "traced"])
def test_distances_are_the_references(golden, cell_of, name):
    case = golden("distances", f"{name}/")
    cell = cell_of(case["parents"], case["ncomp"], case["length"], case["radius"])
    for axis, values in zip("xyz", case["xyz"].T, strict=True):
        cell.set(axis, values)
    for start, pathwise, direct in zip(case["starts"], case["pathwise"], case["direct"], strict=True):
        one = cell.select(nodes=[int(start)])
        np.testing.assert_allclose(distance_pathwise(one, cell), pathwise, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(distance_direct(one, cell), direct, rtol=1e-5, atol=1e-3)  # theirs are float32


@pytest.mark.parametrize("seed", range(5))
def test_pathwise_is_the_shortest_path_in_the_graph_of_compartments(uneven_cell, seed):
    random = np.random.default_rng(seed)
    parents = [-1, *(int(random.integers(0, branch)) for branch in range(1, 12))]
    cell = uneven_cell(parents, 3, seed)
    graph, half = nx.Graph(), cell.nodes["length"].to_numpy() / 2
    for branch, parent in enumerate(parents):
        rows = cell.branch(branch).rows
        graph.add_edge(("end", parent if parent >= 0 else "root"), rows[0], weight=half[rows[0]])
        graph.add_edge(rows[-1], ("end", branch), weight=half[rows[-1]])
        for one, other in itertools.pairwise(rows):
            graph.add_edge(one, other, weight=half[one] + half[other])
    start = int(random.integers(0, len(half)))
    expected = nx.single_source_dijkstra_path_length(graph, start)
    found = distance_pathwise(cell.select(nodes=[start]), cell)
    np.testing.assert_allclose(found, [expected[row] for row in range(len(half))], atol=1e-9)


def test_the_order_is_that_of_the_endpoints(uneven_cell):
    cell = uneven_cell([-1, 0, 0], 2, 0)
    start = cell.branch(2).loc(1.0)
    whole = distance_pathwise(start, cell)
    np.testing.assert_array_equal(distance_pathwise(start, cell.select(nodes=[5, 1, 3])), whole[[5, 1, 3]])
    np.testing.assert_array_equal(
        distance_direct(start, cell.select(nodes=[5, 1])), distance_direct(start, cell)[[5, 1]]
    )
    assert whole[5] == 0.0


def test_in_a_network_within_one_cell(uneven_cell):
    net = jx.Network([uneven_cell([-1, 0, 0], 2, 0), uneven_cell([-1, 0, 1], 3, 1)])
    alone = uneven_cell([-1, 0, 1], 3, 1)
    np.testing.assert_allclose(
        distance_pathwise(net.cell(1).branch(2).loc(1.0), net.cell(1)),
        distance_pathwise(alone.branch(2).loc(1.0), alone),
        atol=1e-9,
    )
    with pytest.raises(SelectionError, match=r"no neurite leads from compartment 0 \(cell 0, .* to compartment 6"):
        distance_pathwise(net.cell(0).branch(0).loc(0.0), net)
    net.cell(1).move(x=1000.0)
    assert (distance_direct(net.cell(0).branch(0).loc(0.0), net.cell(1)) > 900).all()


@pytest.mark.parametrize("distance", [distance_direct, distance_pathwise])
def test_one_startpoint_is_needed(uneven_cell, distance):
    cell = uneven_cell([-1, 0, 0], 2, 0)
    with pytest.raises(SelectionError, match=r"2 are in view|holds 2 compartments"):
        distance(cell.branch(0), cell)


def test_cells_of_different_modules_have_no_path(uneven_cell):
    one, other = uneven_cell([-1], 2, 0), uneven_cell([-1], 2, 0)
    with pytest.raises(SelectionError, match="different modules"):
        distance_pathwise(one.branch(0).loc(0.0), other)


def test_a_compartment_without_a_place_is_named():
    points = [np.full((2, 4), np.nan), np.array([[0.0, 0, 0, 1], [3, 4, 0, 1]])]
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=1), [-1, 0], xyzr=points)
    with pytest.raises(ModelStateError, match=r"compartment 0 \(branch 0, comp 0\) has no coordinates"):
        distance_direct(cell.branch(1).loc(0.0), cell)
