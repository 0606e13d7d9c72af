"""Pictures look as they did: each is compared with one that somebody has looked at.

Texts are taken out, since their shapes depend on the version of FreeType that matplotlib brings; what they say is
tested elsewhere. After a change that is meant, write the pictures anew and look at them:

    DENDRAX_WRITE_PICTURES=1 pytest tests/unit/plot/test_pictures.py
"""

import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.text import Text

import dendrax as jx
from dendrax import plot
from dendrax.channels import HH, Leak
from dendrax.io.graph import to_graph
from dendrax.synapses import IonotropicSynapse

STORED = Path(__file__).parent / "pictures"
DPI = 60
MOST = 2.5
"""Root of the mean squared difference of grey values, of 255: about a hundredth of the area may differ by half."""


@pytest.fixture(scope="module")
def cell():
    cell = jx.morphology.sample("interneuron", ncomp=2)
    cell.insert(Leak())
    cell.basal.insert(HH())
    return cell


@pytest.fixture(scope="module")
def tree():
    """A cell that is built by hand: it has no traced radii."""
    return jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0, 1, 1])


@pytest.fixture(scope="module")
def net(tree):
    net = jx.Network([tree] * 3)
    net.arrange_in_layers([2, 1], 60.0, 150.0)
    net.cell([0, 1]).add_to_group("exc")
    jx.fully_connect(net.cell([0, 1]).branch(0).comp(0), net.cell(2).branch(0).comp(0), IonotropicSynapse())
    return net


def row(*drawings):
    """Pictures side by side. Each drawing takes axes."""
    figure, axes = plt.subplots(1, len(drawings), figsize=(2.5 * len(drawings), 2.5))
    for ax, drawing in zip(np.atleast_1d(axes), drawings, strict=True):
        drawing(ax)
    return figure


def in_space(drawing):
    figure = plt.figure(figsize=(2.5, 2.5))
    drawing(figure.add_subplot(projection="3d"))
    return figure


PICTURES = {
    "kinds": lambda m: row(*(lambda ax, kind=kind: m.cell.vis(ax, type=kind) for kind in ("line", "scatter", "comp"))),
    "volumes": lambda m: row(lambda ax: m.cell.vis(ax, type="morph"), lambda ax: m.tree.vis(ax, "C1", (0, 1), "morph")),
    "other_axes": lambda m: row(lambda ax: m.cell.vis(ax, dims=(2, 1)), lambda ax: m.cell.vis(ax, dims=(0, 2))),
    "view": lambda m: row(lambda ax: m.cell.basal.vis(m.cell.vis(ax, "0.8"), "C3", type="morph")),
    "by_group": lambda m: row(lambda ax: m.cell.vis(ax, color_by="groups")),
    "by_channel": lambda m: row(lambda ax: m.cell.vis(ax, color_by="channels", type="morph")),
    "by_value": lambda m: row(lambda ax: plot.shape(m.cell, np.arange(82.0), ax=ax, linewidth=2.0)),
    "in_space": lambda m: in_space(lambda ax: m.tree.vis(ax, dims=(0, 1, 2), type="comp", color_by="y")),
    "network": lambda m: row(
        lambda ax: m.net.vis(ax=ax, cell_plot_kwargs={"type": "morph"}),
        lambda ax: m.net.vis("point", ax, color_by="exc", synapse_color="0.5"),
    ),
    "graph": lambda m: row(lambda ax: plot.compartment_graph(to_graph(m.net, synapses=True), ax=ax)),
    "curves": lambda m: row(
        lambda ax: plot.traces(np.arange(50.0), np.sin(np.arange(50.0) / 5)[None] * [[1.0], [2.0]], ax=ax),
        lambda ax: plot.raster([[1.0, 5.0, 9.0], [], [4.0]], ax=ax, color=["C0", "C1", "C2"]),
        lambda ax: plot.descent([10.0, 3.0, 4.0, 0.5], ax=ax),
    ),
    "bars": lambda m: row(
        lambda ax: plot.scale_bar(m.cell.vis(ax)),
        lambda ax: plot.scale_bar(plot.traces([0.0, 20.0, 50.0], [-70.0, 10.0, -60.0], ax=ax)),
    ),
}


def pixels(figure):
    """The picture without texts, (height, width, 3), from 0 to 255."""
    for text in figure.findobj(Text):
        text.set_visible(False)
    figure.set_dpi(DPI)
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3].astype(float)


def difference(one, other):
    """Root of the mean squared difference of two pictures."""
    assert one.shape == other.shape
    return float(np.sqrt(((one - other) ** 2).mean()))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_looks_as_it_did(request, name, tmp_path):
    class Models:
        def __getattr__(self, model):
            return request.getfixturevalue(model)

    with plt.style.context("default"):
        drawn = pixels(PICTURES[name](Models()))
    file = STORED / f"{name}.png"
    if os.environ.get("DENDRAX_WRITE_PICTURES"):
        file.parent.mkdir(exist_ok=True)
        plt.imsave(file, drawn.astype(np.uint8), pil_kwargs={"optimize": True})
    plt.imsave(tmp_path / f"{name}.png", drawn.astype(np.uint8))
    stored = plt.imread(file)[..., :3] * 255.0
    apart = difference(drawn, stored)
    assert apart < MOST, f"{tmp_path / name}.png differs from {file} by {apart:.1f} of 255."


def test_the_comparison_sees_what_is_missing_or_of_another_colour(cell, tree):
    """Else nothing above could fail."""
    right = pixels(row(lambda ax: cell.vis(ax, color_by="groups")))
    for wrong in (
        lambda ax: cell.vis(ax, color_by="channels"),
        lambda ax: cell.basal.vis(ax, color_by="groups"),
        lambda ax: cell.vis(ax, color_by="groups", dims=(1, 0)),
    ):
        assert difference(right, pixels(row(wrong))) > 2 * MOST
