"""set_ncomp: numbers, what stays, and what is refused."""

import numpy as np
import pytest

from dendrax.channels.hh import HH
from dendrax.errors import ModelStateError, ModelTypeError, ModelValueError
from dendrax.modules import Branch, Cell, Compartment, Network
from dendrax.modules.cell import cell_from_tree
from dendrax.trees.compartments import CompartmentTree
from dendrax.trees.geometry import cut_branches, cylinder

SHAPE = ("length", "radius", "area", "volume", "resistive_load_in", "resistive_load_out")


@pytest.fixture
def even(cell):
    """The cell with compartments that are equal within their branch, a channel and a group."""
    for branch, radius in enumerate((4.0, 2.0, 1.0, 0.5)):
        cell.branch(branch).set("radius", radius)
    cell.insert(HH())
    for branch in range(4):
        cell.branch(branch).set("HH_gNa", 0.1 * (branch + 1))
    cell.branch([1, 3]).add_to_group("tuft")
    return cell


def traced_cell(ncomp):
    """Three traced branches."""
    points = (
        np.array([[0.0, 0, 0, 5], [10, 0, 0, 4], [20, 0, 0, 3]]),
        np.array([[20.0, 0, 0, 3], [20, 15, 0, 0.5], [20, 30, 10, 0.25], [25, 60, 10, 0.2]]),
        np.array([[20.0, 0, 0, 2], [50, 0, 0, 2]]),
    )
    cut = cut_branches(list(points), np.array(ncomp))
    shape = {name: getattr(cut, name) for name in (*SHAPE, "xyz")}
    return cell_from_tree(CompartmentTree(np.array([-1, 0, 0]), np.array(ncomp), **shape, xyzr=points))


@pytest.mark.parametrize("ncomp", [1, 3, 4, 7])
def test_a_branch_is_cut_evenly_and_keeps_what_it_has(even, ncomp):
    before = even.nodes.copy()
    even.branch(1).set_ncomp(ncomp)
    assert even.ncomp_per_branch.tolist() == [2, ncomp, 3, 1]
    part = even.branch(1).nodes
    area, volume, load = cylinder(np.full(ncomp, 2.0), np.full(ncomp, 40.0 / ncomp))
    for name, values in {"length": 40.0 / ncomp, "radius": 2.0, "area": area, "volume": volume}.items():
        np.testing.assert_allclose(part[name], values, rtol=1e-14)
    for name in ("resistive_load_in", "resistive_load_out"):
        np.testing.assert_allclose(part[name], load, rtol=1e-14)
    assert (part["HH_gNa"] == 0.2).all()
    assert part["HH"].all()
    assert part["tuft"].all()
    others = (
        even.branch([0, 2, 3])
        .nodes[list(before)]
        .drop(columns=["controlled_by_param", "global_comp_index", "local_branch_index"])
    )
    expected = before.drop(index=[2, 3, 4, 5])[list(others)]
    assert others.reset_index(drop=True).equals(expected.reset_index(drop=True))


def test_voltages_become_the_mean_and_positions_follow(even):
    even.branch(1).set("v", [-80.0, -60.0, -40.0, -20.0])
    even.branch(1).set("x", [5.0, 15.0, 25.0, 35.0])
    even.branch(1).set_ncomp(2)
    assert even.branch(1).nodes["v"].tolist() == [-50.0, -50.0]
    assert even.branch(1).nodes["x"].tolist() == [10.0, 30.0]


def test_the_view_goes_on_with_the_new_compartments(even):
    view = even.branch([1, 2])
    view.set_ncomp(2)
    assert view.rows.tolist() == [2, 3, 4, 5]
    view.set("radius", 7.0)
    assert even.nodes["radius"].tolist() == [4.0, 4.0, 7.0, 7.0, 7.0, 7.0, 0.5]
    even.branch(0).comp(1).set_ncomp(3)
    assert even.ncomp_per_branch.tolist() == [3, 2, 2, 1]


def test_whole_modules_and_networks(even):
    even.set_ncomp(3)
    assert even.shape == (4, 12)
    net = Network([even, even])
    net.cell(1).set_ncomp(1)
    assert net.ncomp_per_branch.tolist() == [3] * 4 + [1] * 4
    branch = Branch(Compartment(), ncomp=4)
    branch.set_ncomp(2)
    assert (branch.shape, branch.nodes["length"].tolist()) == ((2,), [20.0, 20.0])


@pytest.mark.parametrize(("d_lambda", "frequency"), [(0.1, 100.0), (0.02, 1000.0), (5.0, 100.0)])
def test_d_lambda_is_the_formula(even, d_lambda, frequency):
    def number(length, radius):
        constant = 1e5 * np.sqrt(2 * radius / (4 * np.pi * frequency * 1.0 * 5_000.0))  # Hines and Carnevale 2001
        return int((length / (d_lambda * constant) + 0.9) / 2) * 2 + 1

    expected = [number(*one) for one in ((20.0, 4.0), (40.0, 2.0), (30.0, 1.0), (10.0, 0.5))]
    even.set_ncomp(d_lambda=d_lambda, frequency=frequency)
    assert even.ncomp_per_branch.tolist() == expected
    assert all(n % 2 == 1 for n in expected)


def test_the_references_recipe_gives_the_same(even):
    other = even.copy()
    for index in range(even.total_nbranches):
        part = even.branch(index).nodes
        length, radius = part["length"].sum(), part["radius"].iloc[0]
        constant = 1e5 * np.sqrt(2 * radius / (4 * np.pi * 100.0 * part["capacitance"].iloc[0] * 5_000.0))
        even.branch(index).set_ncomp(int((length / (0.02 * constant) + 0.9) / 2) * 2 + 1, initialize=False)
    even.initialize()
    other.set_ncomp(d_lambda=0.02)
    np.testing.assert_allclose(even.nodes[["x", "y", "z"]], other.nodes[["x", "y", "z"]], atol=1e-9)
    assert even.nodes.drop(columns=["x", "y", "z"]).equals(other.nodes.drop(columns=["x", "y", "z"]))


@pytest.mark.parametrize("min_radius", [None, 0.4])
def test_traced_branches_are_cut_from_their_points(min_radius):
    cell = traced_cell([1, 2, 3])
    untouched = cell.branch(2).nodes.copy()
    cell.branch([0, 1]).set_ncomp(5, min_radius=min_radius)
    exact = cut_branches(cell.xyzr[:2], np.array([5, 5]), min_radius)
    part = cell.branch([0, 1]).nodes
    for name in SHAPE:
        np.testing.assert_allclose(part[name], getattr(exact, name), rtol=1e-15)
    np.testing.assert_array_equal(part[["x", "y", "z"]], exact.xyz)
    for name in (*SHAPE, "x", "y", "z"):
        np.testing.assert_array_equal(cell.branch(2).nodes[name], untouched[name])


def test_cutting_a_traced_branch_and_back_changes_nothing():
    cell = traced_cell([2, 4, 1])
    before = cell.nodes.copy()
    cell.set_ncomp(9)
    for branch, ncomp in enumerate((2, 4, 1)):
        cell.branch(branch).set_ncomp(ncomp)
    for name in before:
        np.testing.assert_allclose(cell.nodes[name].astype(float), before[name].astype(float), rtol=1e-13)


def test_the_length_of_a_branch_is_kept_where_less_of_it_is_traced():
    cell = traced_cell([1, 2, 3])
    cell.nodes.loc[1:2, "length"] += 1.5  # as the reader does for what lies inside the soma
    length = cell.branch(1).nodes["length"].sum()
    cell.branch(1).set_ncomp(5)
    np.testing.assert_allclose(cell.branch(1).nodes["length"], length / 5, rtol=1e-15)


def test_a_soma_of_a_single_point_stays_a_sphere():
    points = (np.array([[1.0, 2.0, 3.0, 6.0]]),)
    cut = cut_branches(list(points), np.array([1]))
    shape = {name: getattr(cut, name) for name in (*SHAPE, "xyz")}
    cell = cell_from_tree(CompartmentTree(np.array([-1]), np.array([1]), **shape, xyzr=points))
    cell.set_ncomp(3)
    totals = cell.nodes[["length", "area", "volume"]].sum()
    np.testing.assert_allclose(totals, [12.0, 4 * np.pi * 36.0, 4 / 3 * np.pi * 216.0], rtol=1e-14)
    assert len(cell.branch(0).comp([0, 1]).copy(as_module=True).xyzr[0]) == 1


def test_a_least_radius_is_ignored_where_nothing_is_traced(even):
    even.branch(3).set_ncomp(2, min_radius=3.0)
    assert even.branch(3).nodes["radius"].tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("kwargs", "error", "text"),
    [
        ({}, ModelTypeError, "pass either ncomp or d_lambda"),
        ({"ncomp": 3, "d_lambda": 0.1}, ModelTypeError, "pass either ncomp or d_lambda"),
        ({"ncomp": 0}, ModelValueError, "positive integer, but is 0"),
        ({"ncomp": -1}, ModelValueError, "positive integer"),
        ({"d_lambda": 0.0}, ModelValueError, "must be positive"),
        ({"d_lambda": 0.1, "frequency": -1.0}, ModelValueError, "must be positive"),
    ],
)
def test_what_is_no_number_of_compartments(even, refuses, kwargs, error, text):
    with refuses(even, error, text):
        even.branch(1).set_ncomp(**kwargs)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (lambda one: one.set("radius", 3.0), "radius"),
        (lambda one: one.set("length", 3.0), "length"),
        (lambda one: one.set("capacitance", 3.0), "capacitance"),
        (lambda one: one.set("axial_resistivity", 300.0), "axial_resistivity"),
        (lambda one: one.set("HH_gNa", 0.3), "HH_gNa"),
        (lambda one: one.set("HH_m", 0.7), "HH_m"),
        (lambda one: one.delete(HH()), "HH"),
        (lambda one: one.add_to_group("spot"), "spot"),
    ],
)
def test_compartments_that_differ_cannot_be_averaged(even, refuses, change, column):
    change(even.branch(1).comp(2))
    with refuses(even, ModelValueError, f"branch 1 differ in '{column}"):
        even.set_ncomp(2)
    even.branch([0, 2, 3]).set_ncomp(2)


def test_a_column_of_the_user_is_kept_where_it_agrees(even, refuses):
    even.nodes["label"] = [f"branch {branch}" for branch in even.nodes["local_branch_index"]]
    even.branch(1).set_ncomp(2)
    assert even.nodes["label"].tolist() == [f"branch {branch}" for branch in (0, 0, 1, 1, 2, 2, 2, 3)]
    even.nodes.loc[0, "label"] = "other"
    with refuses(even, ModelValueError, "'label'"):
        even.branch(0).set_ncomp(1)


@pytest.mark.parametrize(
    ("attach", "what"),
    [
        (lambda cell: cell.branch(0).record("v", verbose=False), "recordings"),
        (lambda cell: cell.branch(0).stimulate(np.ones(3), verbose=False), "stimuli or clamps"),
        (lambda cell: cell.branch(0).clamp("v", np.ones(3), verbose=False), "stimuli or clamps"),
        (lambda cell: cell.branch(0).make_trainable("radius", verbose=False), "trainable parameters"),
    ],
)
def test_what_is_attached_keeps_its_compartments(even, refuses, attach, what):
    attach(even)
    with refuses(even, ModelStateError, f"the module has {what}"):
        even.branch(1).set_ncomp(2)
    even.delete_recordings()
    even.delete_stimuli()
    even.delete_clamps()
    even.delete_trainables()
    even.branch(1).set_ncomp(2)


def test_a_compartment_cannot_be_cut():
    with pytest.raises(ModelTypeError, match="no branches to cut"):
        Compartment().set_ncomp(2)


def test_a_cell_of_one_branch():
    cell = Cell(Branch(Compartment(), ncomp=4), parents=[-1])
    cell.set_ncomp(2)
    assert cell.shape == (1, 2)


def test_a_branch_that_has_the_number_already_stays_as_it_is(even):
    even.branch(1).set("radius", [1.0, 2.0, 3.0, 4.0])
    other = even.branch(3)
    even.branch([0, 1]).set_ncomp(4)
    assert even.branch(1).nodes["radius"].tolist() == [1.0, 2.0, 3.0, 4.0]
    assert even.ncomp_per_branch.tolist() == [4, 4, 3, 1]
    view = even.branch([0, 1])
    view.set_ncomp(4)
    assert view.shape == (2, 8)
    with pytest.raises(ModelStateError, match="Select it again"):
        other.record()
