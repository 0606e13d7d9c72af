"""Views: what is in them, how one gets from one to the next, and what they know."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest

from dendrax.channels.hh import HH
from dendrax.errors import (
    ModelStateError,
    ModelTypeError,
    SelectionError,
    UnknownAttributeError,
)
from dendrax.modules import Branch, Cell, Compartment, Module, Network, View


class Pyramid(Cell):
    """What a user may derive."""

    def __init__(self, n: int) -> None:
        super().__init__(Branch(Compartment(), ncomp=2), parents=[-1, *[0] * (n - 1)])
        self.kind_of_neuron = "pyramid"

    def soma(self) -> Module:
        return self.branch(0)


def rows(module: Module) -> list[int]:
    return module.rows.tolist()


def unpickled(module: Module) -> Module:
    return pickle.loads(pickle.dumps(module))  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    ("index", "branches"),
    [
        (1, [1]),
        (np.int32(1), [1]),
        ([2, 0], [0, 2]),
        ((2, 0), [0, 2]),
        ([1, 1], [1]),
        (range(1, 9), [1, 2, 3]),
        (slice(None, None, 2), [0, 2]),
        (slice(-1, None), [3]),
        (np.array([0, 3]), [0, 3]),
        (np.array([1.0]), [1]),
        (pd.Index([0, 3]), [0, 3]),
        (pd.Series([0, 3]), [0, 3]),
        ([True, False, False, True], [0, 3]),
        (np.array([True, False, False, True]), [0, 3]),
        ([0, 99], [0]),
        ("all", [0, 1, 2, 3]),
    ],
    ids=str,
)
def test_every_kind_of_index(cell, index, branches):
    expected = [row for row, branch in enumerate([0, 0, 1, 1, 1, 1, 2, 2, 2, 3]) if branch in branches]
    assert rows(cell.branch(index)) == expected
    assert rows(cell.view.branch(index)) == expected
    assert rows(cell.scope("global").branch(index)) == expected


@pytest.mark.parametrize(
    ("index", "error"),
    [
        (-1, SelectionError),
        ([0, -1], SelectionError),
        (9, SelectionError),
        (None, SelectionError),
        ([], SelectionError),
        (slice(7, 9), SelectionError),
        ("soma", SelectionError),
        ([True, False], SelectionError),
        (True, SelectionError),
        (1.5, ModelTypeError),
        ({0, 1}, ModelTypeError),
        (["a"], ModelTypeError),
        (len, ModelTypeError),
    ],
    ids=str,
)
def test_what_is_no_index(cell, refuses, index, error):
    with refuses(cell, error, "branch"):
        cell.branch(index)
    with refuses(cell, error, "branch"):
        cell.comp(0).branch(index)


def test_a_selection_of_nothing_is_an_index_and_a_value_error(cell):
    with pytest.raises(IndexError, match=r"Nothing in view\. Check your indices\."):
        cell.branch(7)
    with pytest.raises(ValueError, match=r"Nothing in view\. Check your indices\."):
        cell.branch(7)


@pytest.mark.parametrize(
    ("select", "text"),
    [
        (lambda: Compartment().comp(0), "A compartment has no comps to select; it has no parts"),
        (lambda: Compartment().loc(0.5), "A compartment has no locations"),
        (lambda: Branch().branch(0), "A branch has no branches to select; it has comps"),
        (lambda: Cell().cell(0), "A cell has no cells to select; it has branches and comps"),
        (lambda: next(Cell().cells), "A cell has no cells"),
        (lambda: Cell().branch(0).cell(0), "A cell has no cells"),
    ],
)
def test_levels_that_a_module_does_not_have(select, text):
    with pytest.raises(ModelTypeError, match=text):
        select()


def test_local_indices_count_within_the_view(net):
    assert rows(net.cell(1).branch(0)) == [10, 11]
    assert rows(net.branch(1).comp(0)) == [2, 12, 22]
    assert rows(net.branch([1, 2]).branch(1).comp(2)) == [8, 18, 28]
    assert rows(net.cell([1, 2]).cell(0)) == list(range(10, 20))
    assert rows(net.cell(2).comp(1)) == [21, 23, 27]
    assert rows(net.cell(1).branch(2).comp([0, 2]).comp(1)) == [18]
    assert rows(net.cell(1).branch(2).comp(0).branch(0)) == [16]


def test_global_indices_count_in_the_model(net):
    everywhere = net.scope("global")
    assert rows(everywhere.branch(5)) == [12, 13, 14, 15]
    assert rows(everywhere.cell(1).branch(5).comp(13)) == [13]
    assert rows(everywhere.comp([0, 29])) == [0, 29]
    assert rows(everywhere.cell(2).scope("local").branch(0)) == [20, 21]
    with pytest.raises(SelectionError, match="global"):
        everywhere.cell(1).branch(0)


def test_set_scope_changes_in_place(net):
    net.set_scope("global")
    assert rows(net.cell(1).branch(4)) == [10, 11]
    net.set_scope("local")
    assert rows(net.cell(1).branch(0)) == [10, 11]
    for change in (net.scope, net.set_scope):
        with pytest.raises(SelectionError, match='"local" or "global"'):
            change("nearby")


@pytest.mark.parametrize(
    ("ncomp", "at", "comp"),
    [
        (1, 0.0, 0),
        (1, 1.0, 0),
        (2, 0.5, 0),
        (2, 0.51, 1),
        (4, 0.25, 0),
        (4, 0.26, 1),
        (4, 1.0, 3),
        (5, 0.3, 1),
        (3, 1 / 3, 0),
    ],
)
def test_loc_bins_like_the_reference(ncomp, at, comp):
    # The reference's edges are linspace(0, 1 + 1e-10, ncomp + 1): a place on an edge belongs to the bin before it.
    assert rows(Branch(Compartment(), ncomp=ncomp).loc(at)) == [comp]


def test_loc_of_several_places_and_branches(cell):
    assert rows(cell.branch([0, 1]).loc([0.0, 1.0])) == [0, 1, 2, 5]
    assert rows(cell.branch(1).loc("all")) == [2, 3, 4, 5]
    assert rows(cell.branch(1).comp([0, 1]).loc(0.3)) == [3]
    with pytest.raises(SelectionError, match="is in view"):
        cell.branch(1).comp([0, 1]).loc(1.0)


@pytest.mark.parametrize("at", [-0.1, 1.5, float("nan"), []])
def test_loc_outside_the_branch(cell, at):
    with pytest.raises(SelectionError, match="fractions of the branch"):
        cell.loc(at)


def test_square_brackets_go_down_the_levels(net):
    assert rows(net[1]) == rows(net.cell(1))
    assert rows(net[1, 2]) == rows(net.cell(1).branch(2))
    assert rows(net[:2, 1, [0, 3]]) == [2, 5, 12, 15]
    assert rows(net.cell(1)[2][0]) == [16]
    assert rows(net.exc[0]) == rows(net.exc.cell(0))
    with pytest.raises(SelectionError, match="Too many indices"):
        net[0, 0, 0, 0]
    with pytest.raises(SelectionError, match="Too many indices"):
        net[0, 0, 0][0]
    with pytest.raises(ModelTypeError, match="use cell, branch or comp"):
        net.loc(0.0)[0]


def test_select_keeps_the_order_and_checks_the_labels(cell):
    assert rows(cell.select(nodes=[5, 1, 2])) == [5, 1, 2]
    assert rows(cell.select([5, 1, 2], sorted=True)) == [1, 2, 5]
    assert rows(cell.select(nodes=3)) == [3]
    assert rows(cell.select()) == list(range(10))
    assert rows(cell.branch(1).select(nodes=np.array([True, False, False, True]))) == [2, 5]
    assert rows(cell.select([5, 1, 2, 0]).comp([0, 1])) == [5, 1, 2, 0]
    assert rows(cell.select([5, 1, 2, 0]).branch(0)) == [1, 0]
    with pytest.raises(SelectionError, match=r"no index \[0\] is in view"):
        cell.branch(1).select(nodes=[2, 0])
    with pytest.raises(SelectionError, match="mask"):
        cell.select(nodes=[True, False])
    with pytest.raises(SelectionError, match="empty"):
        cell.select(nodes=[])


def test_iteration_goes_one_level_down(net, cell):
    assert [rows(one) for one in net] == [rows(net.cell(i)) for i in range(3)]
    assert [rows(one) for one in cell] == [rows(cell.branch(i)) for i in range(4)]
    assert [rows(one) for one in cell.branch(2)] == [[6], [7], [8]]
    assert [rows(one) for one in cell.branch([0, 1])] == [[0, 2], [1, 3], [4], [5]]
    assert [rows(one) for one in net.branches][:2] == [rows(net.branch(0)), rows(net.branch(1))]
    assert [rows(one) for one in net.scope("global").branches][:2] == [[0, 1], [2, 3, 4, 5]]
    assert [rows(one) for one in net.exc.cells] == [rows(net.cell(0)), rows(net.cell(1))]
    assert next(rows(one) for one in cell.comps) == [0, 2, 6, 9]
    assert [rows(one) for one in Compartment()] == [[0]]


def test_a_loop_over_views_may_change_the_model(cell):
    cell.set("radius", 1.0)
    for branch in cell.branches:
        branch.set_ncomp(2)
        branch.set("radius", 3.0)
    assert cell.ncomp_per_branch.tolist() == [2, 2, 2, 2]
    assert (cell.nodes["radius"] == 3.0).all()


def test_a_view_of_compartments_that_are_gone_says_so(cell, refuses):
    cell.set("radius", 1.0)
    first, last, everything = cell.branch(0), cell.branch(3), cell.view
    cell.branch(1).set_ncomp(7)
    for use in (lambda: last.set("radius", 2.0), lambda: last.comp(0), first.record, lambda: last.nodes):
        with refuses(cell, ModelStateError, "Select it again"):
            use()
    assert everything.shape == (4, 13)


def test_groups_and_channels_are_attributes(mixed):
    assert rows(mixed.proximal) == [0, 1, 6, 7, 8]
    assert rows(mixed.HH) == [2, 3, 4, 5]
    assert rows(mixed.K.proximal) == [6, 7, 8]
    assert rows(mixed.branch([1, 2]).proximal.comp(0)) == [6]
    with pytest.raises(SelectionError, match="No compartment in view is in 'HH'"):
        _ = mixed.branch(0).HH
    assert {"proximal", "HH", "K", "Leak", "record", "nodes"} <= set(dir(mixed))


def test_an_unknown_attribute_suggests_the_nearest(mixed):
    with pytest.raises(UnknownAttributeError, match="Did you mean 'proximal'"):
        _ = mixed.proximl
    with pytest.raises(AttributeError, match="Did you mean 'stimulate'"):
        _ = mixed.branch(0).stimulat
    assert not hasattr(mixed, "soma")


def test_shape(net, cell):
    assert net.shape == (3, 12, 30)
    assert net.cell(1).shape == (1, 4, 10)
    assert net.cell(1).branch(2).shape == (1, 1, 3)
    assert net.comp(0).shape == (3, 12, 12)
    assert cell.shape == (4, 10)
    assert cell.branch(0).comp(0).shape == (1, 1)
    assert Branch(Compartment(), 3).shape == (3,)
    assert Compartment().shape == ()


def test_facts_of_modules_and_views(net):
    assert net.ncomp == 4
    assert net.ncomp_per_branch.tolist() == [2, 4, 3, 1] * 3
    assert net.cumsum_ncomp.tolist()[:5] == [0, 2, 6, 9, 10]
    assert net.nbranches_per_cell == [4, 4, 4]
    assert net.total_nbranches == 12
    assert net.comb_parents.tolist() == [-1, 0, 0, 1, -1, 4, 4, 5, -1, 8, 8, 9]
    assert net.branch_edges.to_numpy().tolist()[:4] == [[0, 1], [0, 2], [1, 3], [4, 5]]
    part = net.cell([0, 2]).branch([0, 1])
    assert part.ncomp == 12
    assert part.ncomp_per_branch.tolist() == [2, 4, 2, 4]
    assert part.cumsum_ncomp.tolist() == [0, 2, 6, 8, 12]
    assert part.nbranches_per_cell == [2, 2]
    assert part.total_nbranches == 4
    assert part.comb_parents.tolist() == [-1, 0, -1, 8]
    assert part.branch_edges.to_numpy().tolist() == [[0, 1], [8, 9]]
    assert len(part.xyzr) == 4


def test_views_are_modules_and_know_their_base(net):
    view = net.cell(0).branch(1)
    assert isinstance(view, View)
    assert isinstance(view, Module)
    assert not isinstance(view, Network)
    assert not isinstance(net, View)
    assert view.base is net
    assert view.is_view
    assert not net.is_view
    assert isinstance(net.view, View)
    assert rows(net.view) == rows(net)
    with view as inside:
        inside.set("radius", 9.0)
    assert (net.cell(0).branch(1).nodes["radius"] == 9.0).all()


@pytest.mark.parametrize("clone", [copy.deepcopy, unpickled, lambda one: one.copy()])
def test_clones_of_modules_and_views_are_independent(net, clone):
    net.insert(HH())
    net.cell(0).branch(0).record("v", verbose=False)
    for module in (net, net.cell(1).branch(2)):
        other = clone(module)
        assert type(other) is type(module)
        assert rows(other) == rows(module)
        assert other.nodes.equals(module.nodes)
        assert other.base is not net
        assert (other.base is other) == (module.base is module)
        other.set("HH_gNa", 7.0)
        assert (other.base.nodes.loc[rows(module), "HH_gNa"] == 7.0).all()
        assert (net.nodes["HH_gNa"] == 0.12).all()
        assert other.base.recordings.equals(net.recordings)


def test_a_subclass_is_a_module_like_any_other(cell):
    pyramid = Pyramid(3)
    pyramid.soma().record("v", verbose=False)
    pyramid.soma().make_trainable("radius", verbose=False)
    pyramid.write_trainables([{"radius": np.array([4.0])}])
    assert pyramid.recordings["rec_index"].tolist() == [0, 1]
    assert copy.deepcopy(pyramid).kind_of_neuron == "pyramid"
    assert Network([pyramid, cell]).shape == (2, 7, 16)
    assert "Pyramid" in repr(pyramid)
    assert unpickled(pyramid.view).shape == (3, 6)


def test_what_a_module_is_in_a_line(mixed):
    assert repr(mixed) == "Cell (4 branches, 10 compartments; channels: Leak, HH, K, groups: proximal)"
    assert repr(mixed.branch(3)) == "View of cell (1 branch, 1 compartment: branch 3; channels: Leak)"
    assert repr(Compartment()) == "Compartment (1 compartment; channels: none)"
