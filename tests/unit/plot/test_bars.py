"""Scale bars have the length that their text says."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import dendrax as jx
from dendrax import plot
from dendrax.errors import ModelStateError, ModelValueError


def bars(ax):
    """Lengths of the bars, and texts."""
    return [np.ptp(line, axis=0).tolist() for line in ax.collections[-1].get_segments()]


@pytest.fixture
def cell():
    branch = jx.Branch(jx.Compartment(), ncomp=2)
    branch.set("length", 100.0)
    return jx.Cell(branch, parents=[-1, 0, 0])


def test_a_shape_has_one_bar_and_no_axes(cell):
    ax = plot.scale_bar(cell.vis())
    np.testing.assert_allclose(bars(ax), [[50.0, 0.0]])
    assert [text.get_text() for text in ax.texts] == ["50 µm"]
    assert not ax.axison


def test_curves_have_two():
    ax = plot.scale_bar(plot.traces([0.0, 60.0], [-70.0, 30.0]))
    np.testing.assert_allclose(bars(ax), [[10.0, 0.0], [0.0, 20.0]])
    assert [text.get_text() for text in ax.texts] == ["10 ms", "20 mV"]


def test_lengths_can_be_asked_for(cell):
    ax = plot.scale_bar(plot.traces([0.0, 60.0], [-70.0, 30.0]), x=7.0, y=12.5)
    np.testing.assert_allclose(bars(ax), [[7.0, 0.0], [0.0, 12.5]])
    np.testing.assert_allclose(bars(plot.scale_bar(cell.vis(), 30.0)), [[30.0, 0.0]])


def test_a_shape_in_space_has_three(cell):
    ax = plot.scale_bar(cell.vis(plt.figure().add_subplot(projection="3d"), dims=(0, 2, 1)))
    assert [text.get_text() for text in ax.texts] == ["x 50 µm", "z 50 µm", "y 50 µm"]


def test_what_has_no_unit_or_is_not_linear_is_refused(cell):
    with pytest.raises(ModelStateError, match="no unit"):
        plot.scale_bar(plt.figure().add_subplot())
    with pytest.raises(ModelStateError, match="not linear"):
        plot.scale_bar(plot.descent([1.0, 0.1], ylabel="loss [mV²]"))
    for length in (0.0, -1.0, np.nan):
        ax = cell.vis()
        with pytest.raises(ModelValueError, match=r"positive|finite"):
            plot.scale_bar(ax, length)
        assert ax.axison, "nothing is half done"
