"""Pictures of a cell have the right extents, colours and units."""

import numpy as np
import pandas as pd
import pytest

import dendrax as jx
from dendrax import plot
from dendrax.errors import ModelStateError, ModelValueError, ValueShapeError
from dendrax.plot.pieces import cut, locate
from dendrax.plot.solids import silhouettes, surfaces, with_balls
from dendrax.trees.geometry import arc_lengths

BENT = np.array([[0.0, 0.0, 0.0, 4.0], [30.0, 0.0, 0.0, 2.0], [30.0, 40.0, 0.0, 1.0]])
SIDE = np.array([[30.0, 40.0, 0.0, 1.0], [130.0, 40.0, 20.0, 1.0]])


class Tables:
    """What can be drawn: places and radii of branches, and a table of compartments."""

    def __init__(self, xyzr, nodes):
        self.xyzr, self.nodes = xyzr, nodes

    def show(self, names):
        return self.nodes[[*names, "global_branch_index"]]


@pytest.fixture
def cell():
    """A bent branch of two compartments and a straight one of one."""
    nodes = pd.DataFrame(
        {
            "x": [17.5, 30.0, 80.0],
            "y": [0.0, 22.5, 40.0],
            "z": [0.0, 0.0, 10.0],
            "radius": [3.0, 1.5, 1.0],
            "length": [35.0, 35.0, 102.0],
            "global_branch_index": [0, 0, 1],
        }
    )
    return [BENT, SIDE], nodes


@pytest.mark.parametrize("dims", [(0, 1), (2, 0), (0, 1, 2)])
@pytest.mark.parametrize("kind", ["line", "scatter", "comp", "morph"])
def test_every_kind_draws_the_whole_cell(cell, kind, dims):
    ax = plot.draw(*cell, dims=dims, type=kind, color="tab:red")
    ax.figure.canvas.draw()
    limits = [ax.get_xlim(), ax.get_ylim(), *([ax.get_zlim()] if len(dims) == 3 else [])]
    names = [ax.get_xlabel(), ax.get_ylabel(), *([ax.get_zlabel()] if len(dims) == 3 else [])]
    for dim, (low, high), name in zip(dims, limits, names, strict=True):
        middle = cell[1]["xyz"[dim]]
        assert low < middle.min()
        assert high > middle.max()
        assert name == f"{'xyz'[dim]} [µm]"
    (artist,) = ax.collections
    colour = artist.get_edgecolor() if kind == "line" else artist.get_facecolor()
    np.testing.assert_allclose(colour[0][:3], [0.839, 0.153, 0.157], atol=1e-3)


def test_a_second_cell_goes_on_the_same_axes(cell):
    ax = plot.draw(*cell)
    assert plot.draw(*cell, ax=ax) is ax
    assert len(ax.collections) == 2


def test_an_unknown_kind_or_axis_is_refused(cell):
    with pytest.raises(ModelValueError, match="'line', 'scatter', 'comp', 'morph'"):
        plot.draw(*cell, type="tube")
    for dims in [(0,), (0, 0), (0, 3), (0, 1, 2, 0)]:
        with pytest.raises(ModelValueError, match="not valid axes"):
            plot.draw(*cell, dims=dims)


def test_a_cell_that_is_nowhere_is_refused(cell):
    _, nodes = cell
    with pytest.raises(ModelStateError, match="compute_xyz"):
        plot.draw([np.full((2, 4), np.nan), SIDE], nodes)


def test_shape_colours_each_piece_by_its_compartment(cell):
    ax = plot.shape(Tables(*cell), [-70.0, -50.0, 20.0], limits=(-80.0, 40.0))
    (artist,) = ax.collections
    # The first branch is cut in the middle of its 70 um, 5 um beyond the bend.
    np.testing.assert_array_equal(artist.get_array(), [-70.0, -70.0, -50.0, 20.0])
    assert artist.get_clim() == (-80.0, 40.0)
    bar = ax.figure.axes[1]
    assert bar.get_ylabel() == "membrane voltage [mV]"
    assert bar.get_ylim() == (-80.0, 40.0)


def test_shape_follows_the_order_of_the_table_not_of_the_branch(cell):
    xyzr, nodes = cell
    ax = plot.shape(Tables(xyzr, nodes.iloc[[1, 0, 2]]), [-50.0, -70.0, 20.0])
    np.testing.assert_array_equal(ax.collections[0].get_array(), [-70.0, -70.0, -50.0, 20.0])


def test_shape_takes_the_radius_of_the_table_where_none_was_traced(cell):
    xyzr, nodes = cell
    untraced = [np.where([True, True, True, False], points, np.nan) for points in xyzr]
    ax = plot.shape(Tables(untraced, nodes), [0.0, 1.0, 2.0])
    widths = [np.ptp(path.vertices[:, 1]) for path in ax.collections[0].get_paths()]
    np.testing.assert_allclose(widths[0], 6.0, rtol=1e-12)


def test_shape_wants_one_value_per_compartment(cell):
    with pytest.raises(ValueShapeError, match="2 compartments, but 3"):
        plot.shape(Tables(*cell), [1.0, 2.0])
    with pytest.raises(ModelValueError, match="all of them are NaN"):
        plot.shape(Tables(*cell), np.full(3, np.nan))


def test_a_single_point_is_drawn_as_a_ball():
    nodes = pd.DataFrame({"x": [1.0], "y": 2.0, "z": 0.0, "radius": 5.0, "length": 10.0, "global_branch_index": 0})
    ax = plot.shape(Tables([np.array([[1.0, 2.0, 0.0, 5.0]])], nodes), [0.0])
    outline = ax.collections[0].get_paths()[0].vertices
    np.testing.assert_allclose(np.hypot(*(outline - [1.0, 2.0]).T), 5.0, rtol=1e-12)


def test_the_outline_of_a_frustum_from_the_side_and_from_its_end():
    ends = np.array([[0.0, 0.0, 0.0]]), np.array([[10.0, 0.0, 0.0]]), np.array([[3.0, 1.0]])
    side = silhouettes(*ends, (0, 1))[0]
    np.testing.assert_allclose([side.min(axis=0), side.max(axis=0)], [[0.0, -3.0], [10.0, 3.0]], atol=1e-12)
    # A trapezium: its area is the length times the mean width.
    x, y = side.T
    np.testing.assert_allclose(0.5 * abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)), 40.0, rtol=1e-12)
    end = silhouettes(*ends, (1, 2))[0]
    np.testing.assert_allclose(np.hypot(*end.T), 3.0, rtol=1e-12)


def test_the_faces_of_a_frustum_lie_on_it():
    faces = surfaces(np.zeros((1, 3)), np.array([[0.0, 0.0, 8.0]]), np.array([[2.0, 1.0]]), sides=6)
    assert faces.shape == (6, 4, 3)
    np.testing.assert_allclose(np.hypot(faces[..., 0], faces[..., 1]), 2.0 - faces[..., 2] / 8.0, rtol=1e-12)


def test_positions_along_a_bent_line():
    np.testing.assert_array_equal(arc_lengths(BENT), [0.0, 30.0, 70.0])
    np.testing.assert_allclose(locate(BENT, np.array([[15.0, 1.0, 0.0], [30.0, 10.0, 0.0]])), [15.0, 40.0])
    np.testing.assert_allclose(cut(BENT, np.array([50.0]))[2], [30.0, 20.0, 0.0, 1.5])


@pytest.mark.parametrize("dims", [(0, 1), (0, 2), (2, 1)])
def test_a_point_is_a_disc_from_every_side(dims):
    point = np.array([[3.0, 1.0, 2.0]])
    (outline,) = silhouettes(point, point, np.array([[4.0, 4.0]]), dims)
    np.testing.assert_allclose(np.linalg.norm(outline - point[0, list(dims)], axis=1), 4.0)


def test_in_space_a_point_is_a_ball_and_has_room():
    points, rods = np.array([[3.0, 1.0, 2.0], [0.0, 0.0, 0.0]]), np.array([[3.0, 1.0, 2.0], [9.0, 0.0, 0.0]])
    start, end, radii, row = with_balls(points, rods, np.array([[4.0, 4.0], [1.0, 0.5]]), np.array([7, 8]))
    assert (row == 7).sum() == len(row) - 1
    assert (start[0].tolist(), end[0].tolist(), row[0]) == ([0.0, 0.0, 0.0], [9.0, 0.0, 0.0], 8)
    ends = np.concatenate([start[1:] - points[0], end[1:] - points[0]])
    np.testing.assert_allclose(np.hypot(ends[:, 2], radii[1:].T.ravel()), 4.0)
    ball = jx.morphology.sample("interneuron").soma.vis(dims=(0, 1, 2), type="morph")
    assert all(np.ptp(limit) >= 13.0 for limit in (ball.get_xlim(), ball.get_ylim(), ball.get_zlim()))
