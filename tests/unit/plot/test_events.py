"""Ticks stand where the spikes are."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from dendrax import plot
from dendrax.errors import ModelValueError, SelectionError, ValueShapeError
from dendrax.events import Places, Spikes
from dendrax.features import SpikeTimes, spike_times
from dendrax.plot.palette import ABSENT, PALETTE


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


SPIKES = Spikes(
    np.array([1.0, 4.0, 5.0]), np.array([0, 2, 0]), np.array(3), Places(cell=[0, 1, 2, 3], groups={"exc": [0, 1]})
)


def colours(ax):
    return [to_hex(np.ravel(rows.get_color())) for rows in ax.collections]


def test_the_spikes_of_a_run_are_coloured_by_the_groups_of_the_network():
    ax = plot.raster(SPIKES)
    assert ticks(ax) == [([1.0, 5.0], 0), ([], 1), ([4.0], 2), ([], 3)]
    exc, none = PALETTE[0].lower(), ABSENT.lower()
    assert colours(ax) == [exc, exc, none, none]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["exc"]


def test_given_groups_count():
    ax = plot.raster(SPIKES, groups={"a": np.array([0, 3]), "b": [1, 2], "none": []})
    a, b = (colour.lower() for colour in PALETTE[:2])
    assert colours(ax) == [a, b, b, a]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b", "none"]
    assert colours(plot.raster([[1.0], [2.0]], groups={"late": [1]})) == [ABSENT.lower(), a]


def test_a_colour_takes_the_place_of_the_groups_of_the_network():
    ax = plot.raster(SPIKES, color="k")
    assert colours(ax) == ["#000000"] * 4
    assert ax.get_legend() is None


@pytest.mark.parametrize(
    ("keywords", "error", "text"),
    [
        ({"groups": {"a": [4]}}, SelectionError, "'a'.*0 to 3"),
        ({"groups": {"a": [-1]}}, SelectionError, "'a'"),
        ({"groups": {"a": [0.5]}}, SelectionError, "'a'"),
        ({"groups": {"a": [0]}, "color": "k"}, ModelValueError, "color"),
    ],
)
def test_groups_that_are_none_are_refused(keywords, error, text):
    with pytest.raises(error, match=text):
        plot.raster(SPIKES, **keywords)


def test_many_rows_are_drawn_at_once():
    n = 1000
    ids = np.arange(n).repeat(2)
    spikes = Spikes(np.arange(2.0 * n), ids, np.array(2 * n), Places(cell=np.arange(n), groups={"a": [1, 999]}))
    ax = plot.raster(spikes, linelengths=0.5)
    by_colour = {to_hex(line.get_color()): line.get_xydata().reshape((-1, 3, 2)) for line in ax.lines}
    assert by_colour.keys() == {PALETTE[0].lower(), ABSENT.lower()}
    in_group = np.isin(ids, [1, 999])
    for colour, there in ((PALETTE[0], in_group), (ABSENT, ~in_group)):
        drawn = by_colour[colour.lower()]
        np.testing.assert_array_equal(drawn[:, :2, 0], np.arange(2.0 * n)[there][:, None] * [1, 1])
        np.testing.assert_array_equal(drawn[:, :2, 1], ids[there][:, None] + [-0.25, 0.25])
        assert np.isnan(drawn[:, 2]).all()
    assert len(plot.raster([[1.0]] * n, linestyles="dashed").collections) == n  # what only a collection can do


def test_the_rows_of_other_places_are_ids():
    places = Places(cell=[1, -1], source=["", "NetStim"], index=[-1, 0])
    assert plot.raster(Spikes(np.array([1.0]), np.array([1]), np.array(1), places)).get_ylabel() == "id"
    assert plot.raster(SPIKES).get_ylabel() == "cell"
