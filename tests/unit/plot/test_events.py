"""Ticks stand where the spikes are."""

import numpy as np
import pytest

from dendrax import plot
from dendrax.errors import ValueShapeError


def ticks(ax):
    """Times and height of each row."""
    return [(rows.get_positions(), rows.get_lineoffset()) for rows in ax.collections]


@pytest.mark.parametrize(
    ("times", "mask"),
    [
        ([[1.0, 5.0], [], [4.0]], None),
        (np.array([[1.0, 5.0], [np.nan, np.nan], [np.nan, 4.0]]), None),
        (np.array([[1.0, 5.0], [7.0, 0.0], [4.0, 0.0]]), np.array([[True, True], [False, False], [True, False]])),
    ],
)
def test_rows_of_spikes_in_each_form(times, mask):
    ax = plot.raster(times, mask)
    assert ticks(ax) == [([1.0, 5.0], 0), ([], 1), ([4.0], 2)]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time [ms]", "cell")


def test_cells_have_names_and_colours():
    ax = plot.raster([[1.0], [2.0]], labels=["exc", "inh"], color=["r", "b"], linelengths=0.5)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["exc", "inh"]
    assert [np.ravel(rows.get_color()).tolist() for rows in ax.collections] == [[1, 0, 0, 1], [0, 0, 1, 1]]
    assert ax.collections[0].get_linelength() == 0.5


def test_there_is_no_half_a_cell():
    ticks = plot.raster([[1.0], [2.0]]).get_yticks()
    assert (ticks == np.round(ticks)).all()


@pytest.mark.parametrize(
    ("arguments", "keywords"),
    [
        (([1.0, 2.0],), {}),
        (([[1.0]], [[True], [False]]), {}),
        (([[1.0]], [[True, False]]), {}),
        (([[1.0]],), {"labels": ["a", "b"]}),
    ],
)
def test_what_does_not_fit_is_refused(arguments, keywords):
    with pytest.raises(ValueShapeError, match=r"[Gg]ive"):
        plot.raster(*arguments, **keywords)
