"""Curves show the numbers that they were given, with units on both axes."""

import numpy as np
import pytest

from dendrax import plot
from dendrax.errors import ValueShapeError


def test_traces_show_every_recording():
    time = np.arange(5) * 0.025
    values = np.arange(10.0).reshape(2, 5)
    ax = plot.traces(time, values, labels=["soma", "tip"])
    for line, row in zip(ax.get_lines(), values, strict=True):
        np.testing.assert_array_equal(line.get_xdata(), time)
        np.testing.assert_array_equal(line.get_ydata(), row)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["soma", "tip"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time [ms]", "membrane voltage [mV]")


def test_a_single_recording_may_be_flat():
    (line,) = plot.traces([0.0, 1.0], [-70.0, -69.0], color="k").get_lines()
    np.testing.assert_array_equal(line.get_ydata(), [-70.0, -69.0])
    assert line.get_color() == "k"


@pytest.mark.parametrize(("values", "labels"), [(np.zeros((2, 4)), None), (np.zeros((2, 5)), ["one"])])
def test_lengths_that_do_not_match_are_refused(values, labels):
    with pytest.raises(ValueShapeError, match=r"Give one"):
        plot.traces(np.arange(5.0), values, labels=labels)


def test_descent_shows_the_best_so_far():
    ax = plot.descent([10.0, 3.0, 4.0, 0.5], ylabel="mean squared error [mV²]")
    points, best = ax.get_lines()
    np.testing.assert_array_equal(points.get_ydata(), [10.0, 3.0, 4.0, 0.5])
    np.testing.assert_array_equal(best.get_ydata(), [10.0, 3.0, 3.0, 0.5])
    assert ax.get_yscale() == "log"
    assert ax.get_ylabel() == "mean squared error [mV²]"
