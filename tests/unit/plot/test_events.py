"""Ticks stand where the spikes are."""

import numpy as np
import pytest

from dendrax import plot
from dendrax.errors import ModelValueError, ValueShapeError
from dendrax.features import SpikeTimes, spike_times


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


V = np.where(np.arange(6000) % 20 == 10, 20.0, -70.0)


@pytest.mark.parametrize(
    "voltages",
    [
        V[None],
        np.stack([V, np.full(6000, -65.0)]),
        [np.linspace(1.0, 5.0, 9), V],
        np.full((3, 50), -65.0),
        np.array([[-65.0, -66.0]], np.float32),
    ],
    ids=["one cell", "a silent cell", "beside times", "at rest", "two samples"],
)
def test_voltages_are_no_times(voltages):
    with pytest.raises(ModelValueError, match=r"cell \d are negative and do not rise.*spike_times\(v, dt\)"):
        plot.raster(voltages)


def test_padded_times_need_their_mask():
    spikes = SpikeTimes(*(np.asarray(one) for one in spike_times(np.stack([V[:100], np.full(100, -65.0)]), 0.05)))
    for cell in (0, 1):
        with pytest.raises(ModelValueError, match=r"cell 0 end with 0 ms.*mask"):
            plot.raster(spikes.times[cell:])
    assert [len(at) for at, _ in ticks(plot.raster(*spikes))] == [5, 0]


def test_times_before_a_stimulus_and_in_any_order_are_drawn():
    times = [[-3.0, -1.0, 0.0], [5.0, 1.0], [0.0], [-2.0]]
    assert [at for at, _ in ticks(plot.raster(times))] == [sorted(row) for row in times]


def test_no_cell_falls_silent_in_a_raster_of_many_spikes():
    assert [len(at) for at, _ in ticks(plot.raster(*spike_times(np.stack([V, np.full(6000, -65.0)]), 0.05)))] == [
        300,
        0,
    ]
