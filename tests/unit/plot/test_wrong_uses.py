"""What is wrong is said in one of our errors, and neither figures nor artists are left behind. Types: `wrong_uses`."""

import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

import dendrax as jx
from dendrax import plot
from dendrax.channels import HH
from dendrax.errors import ModelTypeError, ModelValueError, ValueShapeError

TIME, V = np.arange(5.0), np.zeros((2, 5))


@pytest.fixture(scope="module")
def cell():
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
    cell.insert(HH())
    return cell


WRONG = [
    (lambda cell: plot.raster(np.zeros((2, 3, 4))), ValueShapeError, "one row for each cell"),
    (lambda cell: plot.raster([[1.0]], color=["r", "g"]), ModelValueError, "unequal sized"),
    (lambda cell: plot.traces(TIME, V, colr="k"), ModelValueError, "colr"),
    (lambda cell: plot.descent(np.ones((2, 3))), ValueShapeError, r"loss\[0\]"),
    (lambda cell: plot.shape(cell, np.zeros((6, 3))), ValueShapeError, r"\(6, 3\)"),
    (lambda cell: plot.shape(cell, np.arange(6), cmap="virdis"), ModelValueError, "Did you mean 'viridis'"),
    (lambda cell: cell.vis(color="reed"), ModelValueError, "reed"),
    (lambda cell: cell.vis(color=plot.ByName([1] * 6, ["a"])), ModelValueError, "index 1 does not match"),
    (lambda cell: cell.vis(color=plot.ByName([0] * 6, ["a"], ["reed"])), ModelValueError, "no colour 'reed'"),
    (lambda cell: plot.draw([], cell.nodes), ValueShapeError, "no branch"),
]


@pytest.mark.parametrize(("wrong", "error", "text"), WRONG)
def test_it_is_refused_and_no_figure_remains(cell, wrong, error, text):
    with pytest.raises(error, match=text):
        wrong(cell)
    assert plt.get_fignums() == []


def test_wrong_types_are_our_errors_too():
    script = Path(__file__).with_name("wrong_uses.py")
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout == "17 errors are as they should be\n"


def test_axes_are_as_they_were():
    ax = plt.figure().add_subplot()
    before = ax.get_children()
    with pytest.raises(ModelValueError, match="reed"):
        plot.raster([[1.0], [2.0]], color=["k", "reed"], ax=ax)
    with pytest.raises(ModelValueError, match="not a valid"):
        plot.traces(TIME, V, ax=ax, linestyle=":)")
    assert ax.get_children() == before


def test_dims_and_axes_have_to_fit(cell):
    flat, deep = plt.figure().add_subplot(), plt.figure().add_subplot(projection="3d")
    with pytest.raises(ModelTypeError, match="projection='3d'"):
        cell.vis(flat, dims=(0, 1, 2))
    for draw in (lambda: cell.vis(deep), lambda: plot.traces(TIME, V, ax=deep)):
        with pytest.raises(ModelTypeError, match="three dimensions"):
            draw()


def test_nothing_is_a_picture_too():
    """No recording and no cell, as a mask may leave them."""
    assert plot.traces(TIME, V[:0]).get_lines() == []
    assert list(plot.raster([]).collections) == []
    assert plot.descent([]).get_yscale() == "log"


def test_equal_values_have_the_colour_that_the_bar_shows_for_them(cell):
    scale = plot.shape(cell, np.full(6, -70.0)).collections[0]
    low, high = scale.get_clim()
    assert (low, high) == pytest.approx((-77.0, -63.0))
    assert scale.norm(-70.0) == pytest.approx(0.5)


def test_what_has_a_colour_is_above_what_has_none(cell):
    values = np.array([1.0, np.nan, 2.0, np.nan, np.nan, 3.0])
    shown = plot.shape(cell, values, type="line").collections[0].get_array()
    assert shown.mask.tolist() == sorted(shown.mask, reverse=True)
    assert 0 < shown.mask.sum() < len(shown)
    names = plot.ByName([0, 0, 0, 1, -1, -1], ["most", "few"])
    assert names.order(np.arange(6)).tolist() == [4, 5, 0, 1, 2, 3]
