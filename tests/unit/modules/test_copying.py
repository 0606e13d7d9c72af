"""copy(as_module=True): a part of a model as a model of its own, with what is attached to it."""

import numpy as np
import pytest

from dendrax.errors import ModelStateError
from dendrax.modules import Branch, Cell, Compartment, Network, forest
from dendrax.modules.cell import cell_from_tree
from dendrax.trees.compartments import CompartmentTree
from dendrax.trees.geometry import cut_branches

HELD = ["length", "radius", "v", "area", "resistive_load_in"]


@pytest.mark.parametrize(
    ("select", "kind", "shape"),
    [
        (lambda n: n, Network, (3, 12, 30)),
        (lambda n: n.view, Network, (3, 12, 30)),
        (lambda n: n.cell([0, 2]), Network, (2, 8, 20)),
        (lambda n: n.exc, Network, (2, 8, 20)),
        (lambda n: n.cell(1), Cell, (4, 10)),
        (lambda n: n.cell(1).branch([0, 1, 3]), Cell, (3, 7)),
        (lambda n: n.cell(1).branch([1, 3]), Cell, (2, 5)),
        (lambda n: n.cell(1).branch(1), Branch, (4,)),
        (lambda n: n.cell(1).branch(3), Branch, (1,)),
        (lambda n: n.cell(1).branch(1).comp([1, 2]), Branch, (2,)),
        (lambda n: n.cell(1).branch(1).comp(1), Compartment, ()),
        (lambda n: n.cell(1).branch(1).loc(0.0), Compartment, ()),
        (lambda n: n.select([15, 16]).branch(0), Branch, (1,)),
        (lambda n: Branch(Compartment(), 3).view, Branch, (3,)),
        (lambda n: Branch(Compartment(), 3).comp([0, 1]), Branch, (2,)),
        (lambda n: Compartment().view, Compartment, ()),
    ],
)
def test_the_kind_of_a_part(net, select, kind, shape):
    view = select(net)
    part = view.copy(as_module=True)
    assert type(part) is kind
    assert part.shape == shape
    assert not part.is_view
    assert part.nodes[HELD].reset_index(drop=True).equals(view.nodes[HELD].reset_index(drop=True))
    assert part.nodes.index.tolist() == list(range(len(view.rows)))
    part.set("v", 0.0)
    assert (view.nodes["v"] == -70.0).all()


def test_what_is_attached_comes_along(mixed):
    mixed.branch(2).comp(1).record("v", verbose=False)
    mixed.branch(1).comp([0, 3]).record("HH_m", verbose=False)
    mixed.branch(0).stimulate(np.ones(3), verbose=False)
    mixed.branch(1).stimulate(np.arange(12.0).reshape(4, 3), verbose=False)
    mixed.clamp("K_n", np.arange(30.0).reshape(10, 3), verbose=False)
    mixed.branch("all").make_trainable("radius", [1.0, 2.0, 3.0, 4.0], verbose=False)
    mixed.branch(0).make_trainable("v", verbose=False)
    part = mixed.branch([1, 3]).copy(as_module=True)
    assert part.recordings.to_numpy().tolist() == [[0, "HH_m"], [3, "HH_m"]]
    assert part.external_inds["i"].tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(part.externals["i"], np.arange(12.0).reshape(4, 3))
    np.testing.assert_array_equal(part.externals["K_n"], np.arange(30.0).reshape(10, 3)[2:6])
    (params,) = part.get_parameters()
    assert params["radius"].tolist() == [2.0, 4.0]
    assert part.tables.trainables[0].rows.tolist() == [0, 1, 2, 3, 4]
    assert part.comb_parents.tolist() == [-1, 0]
    assert [channel.name for channel in part.channels] == ["Leak", "HH", "K"]
    assert part.group_names == []


def test_columns_of_channels_and_groups_that_are_elsewhere_stay_behind(mixed):
    part = mixed.branch(2).copy(as_module=True)
    assert [channel.name for channel in part.channels] == ["Leak", "K"]
    assert part.group_names == ["proximal"]
    assert not [name for name in part.nodes if name.startswith("HH")]
    lone = mixed.branch(3).copy(as_module=True)
    assert "eK" not in lone.nodes
    assert "proximal" not in lone.nodes


@pytest.mark.parametrize(
    "select",
    [
        lambda m: m.branch([1, 2]),
        lambda m: m.branch([2, 3]),
        lambda m: m.branch(1).comp([0, 2]),
        lambda m: m.branch([0, 1]).comp(0),
        lambda m: m.select([0, 1, 3, 4, 5]),
    ],
)
def test_parts_that_do_not_hang_together(mixed, refuses, select):
    with refuses(mixed, ModelStateError, "not connected within their cell"):
        select(mixed).copy(as_module=True)


def test_the_end_of_one_branch_and_the_begin_of_the_next_hang_together(cell):
    part = cell.select([1, 2, 3]).copy(as_module=True)
    assert part.shape == (2, 3)
    assert forest.nodes(part.tables.structure).parent.tolist() == [-1, 0, 1]


def test_the_points_of_a_part_of_a_traced_branch():
    points = (np.array([[0.0, 0, 0, 4], [10, 0, 0, 2], [20, 0, 0, 1]]),)
    cut = cut_branches(list(points), np.array([4]))
    names = ("length", "radius", "area", "volume", "resistive_load_in", "resistive_load_out", "xyz")
    shape = {name: getattr(cut, name) for name in names}
    branch = cell_from_tree(CompartmentTree(np.array([-1]), np.array([4]), **shape, xyzr=points)).branch(0)
    part = branch.comp([1, 2]).copy(as_module=True)
    np.testing.assert_allclose(part.xyzr[0], [[5, 0, 0, 3], [10, 0, 0, 2], [15, 0, 0, 1.5]], rtol=1e-15)
    before = part.nodes.copy()
    part.set_ncomp(4)
    part.set_ncomp(2)
    for name in names[:-1]:
        np.testing.assert_allclose(part.nodes[name], before[name], rtol=1e-13)


def test_a_subclass_keeps_its_class_as_a_whole():
    class Pyramid(Cell):
        pass

    assert type(Pyramid().copy(as_module=True)) is Pyramid
