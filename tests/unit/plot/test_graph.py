"""The picture of a graph shows every node at its place and every joint."""

import networkx as nx
import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch

import dendrax as jx
from dendrax import plot
from dendrax.errors import ModelStateError, ModelValueError
from dendrax.io.graph import to_graph, vis_compartment_graph
from dendrax.synapses import IonotropicSynapse


@pytest.fixture(scope="module")
def graph():
    net = jx.Network([jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])] * 2)
    net.arrange_in_layers([1, 1])
    jx.connect(net.cell(0).branch(1).comp(1), net.cell(1).branch(0).comp(0), IonotropicSynapse())
    return to_graph(net, synapses=True)


def test_nodes_joints_and_synapses(graph):
    ax = plot.compartment_graph(graph)
    joints, compartments, points = ax.collections
    place = {name: np.array([data["x"], data["y"]]) for name, data in graph.nodes(data=True)}
    expected = [[place[a], place[b]] for a, b, data in graph.edges(data=True) if data.get("type") != "synapse"]
    np.testing.assert_allclose(joints.get_segments(), expected)
    np.testing.assert_allclose(compartments.get_offsets(), [place[name] for name in range(12)])
    assert len(points.get_offsets()) == 2
    assert sum(isinstance(patch, FancyArrowPatch) for patch in ax.patches) == 1
    assert {text.get_text() for text in ax.texts} == {str(name) for name in graph}
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x [µm]", "y [µm]")


def test_other_axes_and_no_names(graph):
    ax = plot.compartment_graph(graph, dims=(1, 0), names=False)
    assert ax.get_xlabel() == "y [µm]"
    assert not ax.texts
    with pytest.raises(ModelValueError, match="not valid axes"):
        plot.compartment_graph(graph, dims=(0, 3))


def test_a_node_that_is_nowhere_is_named():
    lost = nx.path_graph(3, nx.DiGraph)
    nx.set_node_attributes(lost, {0: {"x": 0.0, "y": 0.0}, 1: {"x": 5.0, "y": np.nan}, 2: {"x": 9.0, "y": 0.0}})
    with pytest.raises(ModelStateError, match="node 1"):
        plot.compartment_graph(lost)
    placed = plot.compartment_graph(lost, places={0: (0, 0), 1: (1, 0), 2: (2, 1)})
    np.testing.assert_allclose(placed.collections[1].get_offsets(), [[0, 0], [1, 0], [2, 1]])
    assert len(vis_compartment_graph(lost).collections[1].get_offsets()) == 3, "a layout is made for it"
