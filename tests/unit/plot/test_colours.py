"""Colours of compartments: by group, by channel, by value, in every kind of picture."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba

import dendrax as jx
from dendrax import plot
from dendrax.channels import HH, Leak
from dendrax.errors import ModelTypeError, ModelValueError, UnknownNameError, ValueShapeError
from dendrax.plot.palette import ABSENT, PALETTE
from dendrax.synapses import IonotropicSynapse

KINDS = ["line", "scatter", "comp", "morph"]


@pytest.fixture(scope="module")
def cell():
    """Three branches of two compartments; trunk and left are groups, HH is in the left one, Leak everywhere."""
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
    cell.insert(Leak())
    cell.branch(1).insert(HH())
    cell.branch(0).add_to_group("trunk")
    cell.branch([0, 1]).add_to_group("left")
    return cell


@pytest.fixture(scope="module")
def net(cell):
    net = jx.Network([cell] * 3)
    net.arrange_in_layers([2, 1], 60.0, 150.0)
    net.cell([0, 1]).add_to_group("exc")
    jx.connect(net.cell(0).branch(0).comp(0), net.cell(2).branch(0).comp(0), IonotropicSynapse())
    return net


def empty(dims):
    """Axes without the layout that takes most of the time of a picture."""
    return plt.figure(figsize=(2, 2)).add_subplot(projection="3d" if len(dims) == 3 else None)


def colours_of(ax):
    """The colours of the pieces, along the first and the second branch."""
    artist = ax.collections[0]
    ax.figure.canvas.draw()
    kind = type(artist).__name__
    return np.atleast_2d(artist.get_edgecolor() if kind.startswith("Line") else artist.get_facecolor())


@pytest.mark.parametrize("dims", [(0, 1), (2, 0), (0, 1, 2)])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_picture_is_coloured_by_name_and_by_value(cell, kind, dims):
    ax = cell.vis(empty(dims), type=kind, dims=dims, color_by="trunk")
    colours = np.unique(colours_of(ax)[:, :3].round(6), axis=0)  # in space, alpha tells the distance of a dot
    expected = np.unique(np.round([to_rgba(PALETTE[0]), to_rgba(ABSENT)], 6)[:, :3], axis=0)
    np.testing.assert_allclose(colours, expected, atol=1e-6)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["trunk"]
    assert ax.get_xlabel() == f"{'xyz'[dims[0]]} [µm]"

    ax = cell.branch([0, 1]).vis(empty(dims), type=kind, dims=dims, color_by=[0.0, 1.0, 2.0, np.nan])
    seen = {tuple(row) for row in colours_of(ax).round(3)[:, :3]}
    assert tuple(np.round(to_rgba(ABSENT), 3)[:3]) in seen, "what has no value is grey"
    assert len(seen) == 4
    assert len(ax.figure.axes) == 2


def test_a_view_in_an_order_of_its_own_has_its_colours_where_they_belong(cell):
    view = cell.select(nodes=[5, 0, 2])
    for kind in ("comp", "morph"):
        artist = view.vis(empty((0, 1)), type=kind, color_by=[5.0, 0.0, 2.0]).collections[0]
        middles = np.array([(path.vertices.min(0) + path.vertices.max(0)) / 2 for path in artist.get_paths()])
        places = cell.nodes[["x", "y"]].to_numpy()
        branch = np.array([cell.nodes["global_branch_index"][int(value)] for value in artist.get_array()])
        nearest = np.argmin(np.linalg.norm(middles[:, None] - places, axis=2), axis=1)
        np.testing.assert_array_equal(nearest // 2, branch, err_msg=kind)


def test_a_compartment_in_two_groups_has_the_colour_of_both(cell):
    ax = cell.vis(color_by="groups")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["left", "trunk + left"]
    ax = cell.vis(color_by="channels", type="comp")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Leak", "Leak + HH"]
    # What more compartments have is drawn first.
    np.testing.assert_allclose(colours_of(ax)[[0, -1]], [to_rgba(PALETTE[0]), to_rgba(PALETTE[1])], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "label"), [("radius", "radius [µm]"), ("v", "v [mV]"), ("HH_gNa", "HH_gNa [S/cm²]"), ("x", "x [µm]")]
)
def test_a_colour_bar_says_what_it_shows(cell, name, label):
    ax = cell.vis(color_by=name, type="comp")
    assert ax.figure.axes[1].get_ylabel() == label
    shown = ax.collections[0].get_array().filled(np.nan)
    np.testing.assert_allclose(np.sort(shown), np.sort(cell.nodes[name].to_numpy(float)))


@pytest.mark.parametrize("kind", KINDS)
def test_colour_map_and_limits_hold_for_the_colours_and_for_the_bar(cell, kind):
    ax = cell.vis(empty((0, 1)), type=kind, color_by=range(6), cmap="plasma", limits=(0.0, 2.0))
    expected = plt.get_cmap("plasma")([0.0, 0.5, 1.0, 1.0])
    seen = np.unique(colours_of(ax).round(6), axis=0)
    np.testing.assert_allclose(seen, np.unique(expected.round(6), axis=0), atol=1e-6)
    assert ax.figure.axes[1].get_ylim() == (0.0, 2.0)


def test_the_dot_of_a_cell_is_the_mean_or_what_most_of_it_has(net):
    ax = net.vis("point", color_by="exc")
    dots = next(one for one in ax.collections if len(one.get_offsets()) == 3)
    np.testing.assert_allclose(dots.get_facecolor()[:, :3], [to_rgba(c)[:3] for c in (*[PALETTE[0]] * 2, ABSENT)])
    ax = net.cell([0, 2]).vis(detail="point", color_by=[1.0, 2.0, 3.0, 1.0, 2.0, 3.0, *[7.0] * 6])
    dots = next(one for one in ax.collections if len(one.get_offsets()) == 2)
    np.testing.assert_allclose(dots.get_facecolor(), plt.get_cmap("viridis")([0.0, 1.0]), atol=1e-6)
    np.testing.assert_allclose(ax.figure.axes[1].get_ylim(), [2.0, 7.0])


def test_the_cells_of_a_network_are_coloured_between_their_synapses(net):
    ax = net.vis(color_by="exc", synapse_color="r")
    assert len(np.unique(ax.collections[0].get_colors(), axis=0)) == 2
    np.testing.assert_allclose(ax.collections[1].get_colors(), [to_rgba("r")])


@pytest.mark.parametrize(
    ("wanted", "error", "text"),
    [
        ("HH_gna", UnknownNameError, "'HH_gNa'"),
        ("trnk", UnknownNameError, "'trunk'"),
        (["trunk", "right"], UnknownNameError, "'right'"),
        ([1.0, 2.0], ValueShapeError, "6 compartments"),
        (print, ModelTypeError, "number"),
        (np.full(6, np.nan), ModelValueError, "NaN"),
        (plot.ByName([0] * 5, ["one"]), ValueShapeError, "5 compartments, but 6"),
    ],
)
def test_what_nothing_can_be_coloured_by(cell, wanted, error, text):
    with pytest.raises(error, match=text):
        cell.vis(color_by=wanted)


def test_a_parameter_of_synapses_and_groups_that_are_not_there_are_refused(net):
    with pytest.raises(ModelTypeError, match="belongs to synapses"):
        net.vis(color_by="IonotropicSynapse_gS")
    with pytest.raises(UnknownNameError, match="no groups in view"):
        jx.Compartment().vis(color_by="groups")
    with pytest.raises(ValueShapeError, match="1 colours for the 2 names"):
        plot.ByName([0, 1], ["a", "b"], ["r"])


def test_many_names_have_different_colours():
    many = plot.ByName(range(12), [str(number) for number in range(12)])
    assert len(np.unique(many.rgba(np.arange(12)), axis=0)) == 12
