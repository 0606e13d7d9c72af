"""Where cells are: layout, moving, turning, layers."""

import copy
import timeit

import numpy as np
import pytest

import dendrax as jx
from dendrax.errors import ModelStateError, ModelTypeError, ModelValueError, SelectionError, ValueShapeError


@pytest.fixture
def cell():
    return jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])


@pytest.fixture
def net(cell):
    return jx.Network([cell] * 3)


def centers(module):
    return module.nodes[["x", "y", "z"]].to_numpy()


def begins(net):
    return np.array([cell.xyzr[0][0, :3] for cell in net.cells])


def test_a_cell_built_by_hand_is_laid_out_when_it_is_asked_for(cell):
    assert np.isnan(cell.tables.nodes["x"]).all()
    points = cell.xyzr
    np.testing.assert_allclose(points[0][:, :3], [[0, 0, 0], [20, 0, 0]])
    np.testing.assert_allclose(points[1][1, :3], [39.40285000290664, -4.85071250072666, 0.0])
    assert np.isnan(points[0][:, 3]).all()  # nothing is traced: set_ncomp goes on making cylinders
    middle = 0.75 * points[2][0, :3] + 0.25 * points[2][1, :3]
    np.testing.assert_allclose(centers(cell)[4], middle)


def test_lengths_that_change_show_after_compute_xyz(cell):
    assert cell.xyzr[0][1, 0] == 20.0
    cell.branch(0).comp(0).set("length", 30.0)
    cell.compute_xyz()
    assert cell.xyzr[0][1, 0] == 40.0
    np.testing.assert_allclose(centers(cell)[:2, 0], [15.0, 35.0])


def test_only_the_cells_in_view_are_laid_out(net):
    net.move(x=100.0)
    net.cell(1).compute_xyz()
    np.testing.assert_allclose(begins(net)[:, 0], [100.0, 0.0, 100.0])
    with pytest.raises(ModelStateError, match="parts of one"):
        net.cell(1).branch([0, 2]).compute_xyz()


def test_layout_costs_nothing_until_it_is_asked_for(cell, monkeypatch):
    called = []
    monkeypatch.setattr("dendrax.modules.layout._lay_out", lambda *args: called.append(args))
    net = jx.Network([cell] * 3)
    net.cell(1).branch(0).set("length", 5.0)
    net.copy()
    assert not called


def test_parents_may_come_after_their_children():
    branch = jx.Branch(jx.Compartment(), ncomp=1)
    ordered = jx.Cell(branch, [-1, 0, 1, 1]).xyzr
    shuffled = jx.Cell(branch, [-1, 2, 0, 2]).xyzr  # 2 is the middle
    for one, other in zip(ordered, [shuffled[i] for i in (0, 2, 1, 3)], strict=True):
        np.testing.assert_allclose(one, other)


def test_traced_points_are_kept():
    points = [np.array([[0.0, 0, 0, 1], [3, 4, 0, 1], [3, 14, 0, 1]]), np.array([[3.0, 14, 0, 1], [3, 20, 0, 1]])]
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=3), [-1, 0], xyzr=points)
    cell.compute_xyz()
    np.testing.assert_array_equal(cell.xyzr[0], points[0])
    np.testing.assert_allclose(centers(cell)[:3], [[1.5, 2, 0], [3, 6.5, 0], [3, 11.5, 0]])


def test_centers_lie_half_way_along_unequal_compartments(cell):
    cell.branch(0).comp(0).set("length", 30.0)
    cell.compute_compartment_centers()
    np.testing.assert_allclose(centers(cell)[:2, 0], [15.0, 35.0])


def test_branches_that_are_cut_anew_keep_their_place(cell):
    points = [one.copy() for one in cell.xyzr]
    cell.branch(1).set_ncomp(1)
    cell.branch(1).set_ncomp(4)
    along = points[1][0, :3] + np.outer([0.125, 0.375, 0.625, 0.875], points[1][1, :3] - points[1][0, :3])
    np.testing.assert_allclose(centers(cell)[2:6], along)
    np.testing.assert_array_equal(cell.xyzr[1], points[1])


def test_centers_that_a_user_gave_stay(cell):
    cell.set("x", 7.0)
    assert cell.xyzr[0][1, 0] == 20.0
    assert set(cell.nodes["x"]) == {7.0}
    assert cell.nodes["y"].notna().all()


def test_move_adds_for_points_and_compartments(net):
    before, at = [points.copy() for points in net.xyzr], centers(net)
    net.cell([0, 2]).move([1.0, 2.0], 5.0, update_nodes=True)
    moved = np.repeat([[1.0, 5, 0], [0, 0, 0], [2, 5, 0]], 6, axis=0)
    np.testing.assert_allclose(centers(net), at + moved)
    for index, (points, old) in enumerate(zip(net.xyzr, before, strict=True)):
        np.testing.assert_allclose(points[:, :3], old[:, :3] + moved[2 * index])


def test_the_table_that_a_user_holds_follows(net):
    held = net.nodes
    net.move(x=3.0)
    assert held.loc[0, "x"] == 8.0


def test_move_to_moves_all_together_or_each_cell(net):
    net.cell(1).move(50.0)
    net.move_to(10.0, 20.0, 30.0)
    np.testing.assert_allclose(begins(net), [[10, 20, 30], [60, 20, 30], [10, 20, 30]])
    net.cell([0, 2]).move_to(np.array([7.0, 70.0]), 0.0)
    np.testing.assert_allclose(begins(net), [[7, 0, 0], [60, 20, 30], [70, 0, 0]])


@pytest.mark.parametrize(
    ("plane", "end"),
    [("xy", [4.85071, -39.40285, 7.0]), ("xz", [7.0, 4.85071, -39.40285]), ("yz", [39.40285, 7.0, -4.85071])],
)
def test_rotate_is_clockwise_around_the_origin(cell, plane, end):
    cell.move(z=7.0)
    cell.rotate(90.0, plane)
    np.testing.assert_allclose(cell.xyzr[2][1, :3], end, atol=1e-5)
    cell.rotate(-90.0, plane)
    np.testing.assert_allclose(cell.xyzr[2][1, :3], [39.40285, 4.85071, 7.0], atol=1e-5)


def test_turning_keeps_distances(net):
    before = net.cell(0).comp(0).branch(0).distance(net.cell(2).branch(1).comp(1))
    net.rotate(33.0, "yz")
    assert np.isclose(net.cell(0).comp(0).branch(0).distance(net.cell(2).branch(1).comp(1)), before)


def test_layers(net):
    net.arrange_in_layers([2, 1])
    np.testing.assert_allclose(begins(net), [[0, -250, 0], [0, 250, 0], [1500, 0, 0]])
    net.arrange_in_layers([2, 1], vertical_layers=True)
    np.testing.assert_allclose(begins(net), [[-250, 1500, 0], [250, 1500, 0], [0, 0, 0]])
    net.arrange_in_layers([1, 2], 10, 20.0)
    np.testing.assert_allclose(begins(net), [[0, 0, 0], [20, -5, 0], [20, 5, 0]])


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda net: net.arrange_in_layers([1, 1]), ValueShapeError, "hold 2 cells, but the network has 3"),
        (lambda net: net.arrange_in_layers(np.array([1.5, 1.5])), ModelTypeError, "list of numbers of cells"),
        (lambda net: net.rotate(90, "zx"), ModelValueError, 'choose "xy", "xz" or "yz"'),
        (lambda net: net.rotate(np.nan), ModelValueError, "finite"),
        (lambda net: net.move([1.0, 2.0]), ValueShapeError, r"x has shape \(2,\), but 3 cells"),
        (lambda net: net.move_to(0.0, np.inf), ModelValueError, "y must be finite"),
        (lambda net: net.cell(0).distance(net.cell(1)), SelectionError, "endpoint holds 6"),
        (lambda net: net.cell(0).distance(net.cell(1).branch(0).comp(0)), SelectionError, "start of a distance holds"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_moves(net, call, error, text):
    before = np.concatenate(net.xyzr)
    with pytest.raises(error, match=text):
        call(net)
    np.testing.assert_array_equal(np.concatenate(net.xyzr), before)


def test_half_a_cell_without_points_is_refused():
    points = [np.full((2, 4), np.nan), np.array([[0.0, 0, 0, 1], [3, 4, 0, 1]])]
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=1), [-1, 0], xyzr=points)
    with pytest.raises(ModelStateError, match="branch 0 has no coordinates"):
        cell.move(1.0)


def test_a_thousand_cells_are_laid_out_in_a_moment():
    net = jx.Network([jx.Cell(jx.Branch(jx.Compartment(), ncomp=4), parents=[-1, 0, 0])] * 1000)
    assert timeit.timeit(lambda: net.arrange_in_layers([500, 500]), number=1) < 1.0


@pytest.mark.parametrize(
    "change",
    [
        lambda points, other: points.__setitem__(1, other),
        lambda points, other: points.__setitem__(slice(0, 1), [other]),
        lambda points, other: points.append(other),
        lambda points, other: points.extend([other]),
        lambda points, other: points.insert(0, other),
        lambda points, _: points.pop(),
        lambda points, _: points.reverse(),
        lambda points, _: points.__delitem__(0),
    ],
)
def test_what_is_put_into_the_list_of_points_is_refused_and_what_is_written_into_points_counts(change):
    net = jx.Network([jx.Cell(jx.Branch(ncomp=2), parents=[-1, 0])] * 2)
    other = np.array([[0.0, 0, 0, np.nan], [0.0, 40, 0, np.nan]])
    with pytest.raises(ModelTypeError, match=r"does not change the model.*compute_compartment_centers"):
        change(net.cell(0).xyzr, other)
    net.cell(0).xyzr[1][:] = other
    net.compute_compartment_centers()
    assert net.cell(0).branch(1).nodes["y"].tolist() == [10.0, 30.0]
    assert type(copy.deepcopy(net.xyzr)) is list
