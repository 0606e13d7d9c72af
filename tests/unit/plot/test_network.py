"""Pictures of networks: where cells, synapses and their ends are drawn."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from mpl_toolkits.mplot3d.art3d import Line3DCollection

import dendrax as jx
from dendrax import plot
from dendrax.connect import connect
from dendrax.errors import ModelStateError, ModelValueError
from dendrax.synapses import AMPA, IonotropicSynapse


@pytest.fixture
def net():
    net = jx.Network([jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])] * 3)
    net.arrange_in_layers([2, 1])
    return net


@pytest.fixture
def edges():
    return pd.DataFrame({"pre_index": [3, 9], "post_index": [12, 16]})


def drawn(net, edges, **kwargs):
    return plot.draw_network(net.xyzr, net.nodes, edges, **kwargs)


def of_type(ax, kind):
    return [one for one in ax.collections if type(one) is kind]


def test_full_draws_branches_synapses_and_their_ends(net, edges):
    ax = drawn(net, edges, color="r", synapse_color="g")
    branches, synapses = of_type(ax, LineCollection)
    (ends,) = of_type(ax, PathCollection)
    assert len(branches.get_segments()) == 9
    places = net.nodes[["x", "y"]].to_numpy()
    np.testing.assert_allclose(synapses.get_segments(), np.stack([places[[3, 9]], places[[12, 16]]], axis=1))
    np.testing.assert_allclose(ends.get_offsets(), places[[12, 16]])
    assert branches.get_color().tolist() == [[1.0, 0.0, 0.0, 1.0]]
    assert synapses.get_color()[0].tolist() == ends.get_facecolor()[0].tolist() == [0.0, 0.5, 0.0, 1.0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x [µm]", "y [µm]")


def test_point_draws_a_dot_at_the_mean_of_each_cell(net, edges):
    ax = drawn(net, edges, detail="point", dims=(1, 0))
    (dots,) = of_type(ax, PathCollection)
    (synapses,) = of_type(ax, LineCollection)
    means = net.nodes.groupby("global_cell_index")[["y", "x"]].mean().to_numpy()
    np.testing.assert_allclose(np.sort(dots.get_offsets(), axis=0), np.sort(means, axis=0))
    np.testing.assert_allclose(synapses.get_segments(), means[[[0, 2], [1, 2]]])
    assert ax.get_xlabel() == "y [µm]"


def test_point_takes_a_colour_for_each_cell_and_needs_no_type(net, edges):
    ax = drawn(net, edges, detail="point", color=["r", "lime", "b"], cell_plot_kwargs={"type": "morph"})
    (dots,) = of_type(ax, PathCollection)
    assert dots.get_facecolor()[:, :3].tolist() == np.eye(3).tolist()
    np.testing.assert_allclose(dots.get_offsets(), net.nodes.groupby("global_cell_index")[["x", "y"]].mean())


def test_a_network_without_synapses_and_a_picture_in_space(net, edges):
    assert len(drawn(net, edges.iloc[:0]).collections) == 1
    ax = drawn(net, edges, dims=(0, 1, 2))
    assert len(of_type(ax, Line3DCollection)) == 2
    assert ax.name == "3d"


def test_keywords_reach_what_they_are_for(net):
    ax = net.vis(cell_plot_kwargs={"type": "morph"}, alpha=0.5)
    (volumes,) = of_type(ax, PolyCollection)
    assert volumes.get_alpha() == 0.5
    assert len(volumes.get_paths()) == 18  # a cylinder for each compartment
    ax = net.vis("point", cell_plot_kwargs={"s": 99.0})
    assert of_type(ax, PathCollection)[0].get_sizes().tolist() == [99.0]


def test_keywords_of_synapses(net, edges):
    ax = drawn(
        net,
        edges,
        synapse_plot_kwargs={"linewidth": 3.0, "color": "m"},
        synapse_scatter_kwargs={"s": 7.0},
    )
    assert of_type(ax, LineCollection)[1].get_linewidth().tolist() == [3.0]
    assert of_type(ax, PathCollection)[0].get_sizes().tolist() == [7.0]


def test_the_synapses_of_a_network_are_drawn(net):
    connect(net.cell(0).branch(1).comp(1), net.cell(2).branch(0).comp(0), IonotropicSynapse())
    places = net.nodes[["x", "y"]].to_numpy()
    synapses = of_type(net.vis(), LineCollection)[1]
    np.testing.assert_allclose(synapses.get_segments(), [places[[3, 12]]])


@pytest.fixture
def wired(net):
    """Synapses 0 -> 2 and 1 -> 0 of one type, 1 -> 2 of another; cells 0 and 2 are a group."""
    connect(net.cell(0).branch(1).comp(1), net.cell(2).branch(0).comp(0), IonotropicSynapse())
    connect(net.cell(1).branch(2).comp(0), net.cell(0).branch(2).comp(1), IonotropicSynapse())
    connect(net.cell(1).branch(1).comp(0), net.cell(2).branch(1).comp(1), AMPA())
    net.cell([0, 2]).add_to_group("exc")
    return net


VIEWS = {
    "cells": (lambda net: net.cell([1, 2]), [1, 2], [(8, 15)]),
    "group": (lambda net: net.exc, [0, 2], [(3, 12)]),
    "type": (lambda net: net.IonotropicSynapse, [0, 1, 2], [(3, 12), (10, 5)]),
    "edge": (lambda net: net.IonotropicSynapse.edge(1), [0, 1], [(10, 5)]),
    "one cell": (lambda net: net.cell(1), [1], []),
    "ends elsewhere": (lambda net: net.select(nodes=[2, 3, 12], edges=[0, 1]), [0, 2], [(3, 12)]),
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_draws_its_cells_and_the_synapses_among_them(wired, name):
    choose, cells, synapses = VIEWS[name]
    places = wired.nodes[["x", "y"]].to_numpy()
    ends = places[np.array(synapses, int).reshape(-1, 2)]
    view = choose(wired)

    ax = view.vis(detail="full", color="r", synapse_color="g")
    branches, *lines = of_type(ax, LineCollection)
    assert len(branches.get_segments()) == len(view.xyzr)
    assert branches.get_color().tolist() == [[1.0, 0.0, 0.0, 1.0]]
    np.testing.assert_allclose([one.get_segments() for one in lines], [ends] * bool(synapses))
    dots = of_type(ax, PathCollection)
    np.testing.assert_allclose([one.get_offsets() for one in dots], [ends[:, 1]] * bool(synapses))

    # The dot of a cell is where it is in the picture of the network, also if the view has a part of it.
    ax = view.vis(detail="point", type="comp", s=30.0)
    means = wired.nodes.groupby("global_cell_index")[["x", "y"]].mean().to_numpy()
    (dots,) = of_type(ax, PathCollection)
    np.testing.assert_allclose(dots.get_offsets(), means[cells])
    assert dots.get_sizes().tolist() == [30.0]
    joined = means[np.array(synapses, int).reshape(-1, 2) // 6]
    lines = of_type(ax, LineCollection)
    np.testing.assert_allclose([one.get_segments() for one in lines], [joined] * bool(synapses))


def test_a_view_without_detail_is_a_morphology_alone(wired):
    ax = wired.exc.vis(type="scatter", cell_plot_kwargs={"s": 9.0})
    (points,) = ax.collections
    assert points.get_sizes().tolist() == [9.0]
    assert len(points.get_offsets()) == 12
    assert wired.exc.vis(ax, "r", (0, 1), "line") is ax, "arguments stand where the reference has them"


def test_a_cell_has_details_too():
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
    (dot,) = cell.vis(detail="point").collections
    np.testing.assert_allclose(dot.get_offsets(), [cell.nodes[["x", "y"]].mean()])
    with pytest.raises(ModelValueError, match="detail = 'points' is unknown"):
        cell.branch(0).vis(detail="points")


@pytest.mark.parametrize("dims", [(0, 1), (1, 2), (2, 0), (0, 1, 2)])
@pytest.mark.parametrize("kind", ["line", "scatter", "comp", "morph"])
def test_every_module_and_view_draws_itself(wired, kind, dims):
    for module in (jx.Compartment(), jx.Branch(jx.Compartment(), ncomp=3), jx.Cell(), wired.cell(1), wired.exc, wired):
        axes = plt.figure(figsize=(1, 1)).add_subplot(projection="3d" if len(dims) == 3 else None)
        asked = {"cell_plot_kwargs": {"type": kind}} if module is wired else {"type": kind}
        ax = module.vis(ax=axes, dims=dims, **asked)
        ax.autoscale_view()
        extent = np.concatenate(module.xyzr)[:, list(dims)]
        low, high = ax.get_xlim()
        assert low < extent[:, 0].min()
        assert extent[:, 0].max() < high
        assert [ax.get_xlabel(), ax.get_ylabel()] == [f"{'xyz'[dim]} [µm]" for dim in dims[:2]]


def test_cells_built_by_hand_are_seen_without_further_ado():
    net = jx.Network([jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])] * 2)
    ax = net.vis()
    ax = net.cell(1).vis(ax=ax, color="C1")
    net.cell(0).branch(2).vis(ax=ax, type="comp")
    assert [len(one.get_paths()) for one in ax.collections] == [6, 3, 2]


def test_volumes_of_a_cell_built_by_hand_have_the_radii_of_its_compartments():
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1])
    cell.branch(0).comp(1).set("radius", 4.0)
    (volumes,) = of_type(cell.vis(type="morph"), PolyCollection)
    heights = [np.ptp(path.vertices[:, 1]) for path in volumes.get_paths()]
    np.testing.assert_allclose(heights, [2.0, 8.0])


def test_what_cannot_be_drawn_is_refused(net, edges):
    with pytest.raises(ModelValueError, match="detail = 'none' is unknown"):
        net.vis(detail="none")
    with pytest.raises(ModelValueError, match="are not valid axes"):
        net.vis(dims=(0, 3))
    nodes = net.nodes.copy()
    nodes.loc[4, "y"] = np.nan
    with pytest.raises(ModelStateError, match="compartment 4 has no coordinates"):
        plot.draw_network(net.xyzr, nodes, edges)
