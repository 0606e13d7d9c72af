"""Constructors: what they make, and what they refuse."""

from typing import ClassVar

import numpy as np
import pytest

from dendrax.errors import DendraxError, ModelTypeError, ModelValueError, MorphologyError
from dendrax.modules import Branch, Cell, Compartment, Network
from dendrax.modules.cell import cell_from_tree
from dendrax.trees.compartments import CompartmentTree


def test_a_compartment_has_the_references_defaults():
    table = Compartment().nodes
    expected = {"length": 10.0, "radius": 1.0, "axial_resistivity": 5000.0, "capacitance": 1.0, "v": -70.0}
    assert {name: table[name].item() for name in expected} == expected
    assert table["area"].item() == pytest.approx(2 * np.pi * 10.0, rel=1e-15)
    assert table["volume"].item() == pytest.approx(np.pi * 10.0, rel=1e-15)
    assert (
        table["resistive_load_in"].item() == table["resistive_load_out"].item() == pytest.approx(5.0 / np.pi, rel=1e-15)
    )


def test_a_subclass_sets_other_defaults():
    class Thick(Compartment):
        compartment_params: ClassVar = {**Compartment.compartment_params, "radius": 5.0}
        compartment_states: ClassVar = {"v": -65.0}

    cell = Cell(Branch(Thick(), ncomp=2), parents=[-1, 0])
    assert cell.nodes["radius"].tolist() == [5.0] * 4
    assert cell.nodes["v"].tolist() == [-65.0] * 4


def test_branches():
    wide = Compartment()
    wide.set("radius", 3.0)
    assert len(Branch()) == 1
    assert len(Branch(ncomp=3)) == 3
    branch = Branch([Compartment(), wide, wide])
    assert branch.nodes["radius"].tolist() == [1.0, 3.0, 3.0]
    assert Branch((wide, wide), ncomp=7).shape == (2,)
    assert Branch(wide, np.int64(2)).shape == (2,)
    wide.set("radius", 9.0)
    assert branch.nodes["radius"].tolist() == [1.0, 3.0, 3.0]


def test_cells():
    assert Cell().shape == (1, 1)
    parts = [Branch(Compartment(), ncomp=n) for n in (1, 3, 2)]
    cell = Cell(parts, parents=np.array([-1, 0, 1]))
    assert cell.ncomp_per_branch.tolist() == [1, 3, 2]
    assert cell.comb_parents.tolist() == [-1, 0, 1]
    assert Cell(parts, parents=(-1, 2, 0)).comb_parents.tolist() == [-1, 2, 0]
    points = [np.arange(8.0).reshape(2, 4) + i for i in range(3)]
    placed = Cell(parts, [-1, 0, 0], xyzr=points)
    points[1][:] = 0.0
    np.testing.assert_array_equal(placed.xyzr[1], np.arange(8.0).reshape(2, 4) + 1)


def test_networks():
    cell, point = Cell(Branch(Compartment(), ncomp=2), [-1, 0, 0]), Cell()
    net = Network([cell, point, cell])
    assert net.shape == (3, 7, 13)
    assert net.comb_parents.tolist() == [-1, 0, 0, -1, -1, 4, 4]
    assert Network((cell,), vectorize_cells=True).shape == (1, 3, 6)
    net.cell(0).set("radius", 7.0)
    assert (cell.nodes["radius"] == 1.0).all()
    assert (net.cell(2).nodes["radius"] == 1.0).all()


def test_parts_leave_recordings_inputs_and_trainables_behind():
    cell = Cell()
    cell.record("v", verbose=False)
    cell.stimulate(np.ones(3), verbose=False)
    cell.make_trainable("radius", verbose=False)
    net = Network([cell, cell])
    assert len(net.recordings) == 0
    assert net.externals == {}
    assert net.get_parameters() == []


@pytest.mark.parametrize(
    ("build", "error", "text"),
    [
        (lambda: Branch(Compartment()), ModelTypeError, "a single compartment needs ncomp"),
        (lambda: Branch(Compartment(), 0), ModelValueError, "ncomp must be a positive integer, but is 0"),
        (lambda: Branch([]), ModelValueError, "the list of compartments is empty"),
        (lambda: Cell(Branch()), ModelTypeError, "branches need parents"),
        (lambda: Cell([Branch()], [-1, 0]), MorphologyError, "there are 1 branches, but 2 parents"),
        (lambda: Cell(Branch(), []), MorphologyError, "parents must be a list of integers"),
        (lambda: Cell(Branch(), np.array([-1.0, 0.0])), MorphologyError, "parents must be a list of integers"),
        (lambda: Cell(Branch(), [0, -1]), MorphologyError, r"parents\[0\] is 0: the first branch is the root"),
        (lambda: Cell(Branch(), [-1, -1]), MorphologyError, "The parent of branch 1 is -1"),
        (
            lambda: Cell(Branch(), [-1, 0, 3]),
            MorphologyError,
            "The parent of branch 2 is 3, but must be the index of one",
        ),
        (lambda: Cell(Branch(), [-1, 2, 3, 1]), MorphologyError, "Branch 1 is its own ancestor"),
        (lambda: Cell(Branch(), [-1, 1]), MorphologyError, "its own ancestor"),
        (lambda: Cell(Branch(), [-1], xyzr=[]), ModelValueError, "xyzr holds 0 branches, but there are 1"),
        (lambda: Cell(Branch(), [-1], xyzr=[np.ones((2, 3))]), ModelValueError, r"shape \(points, 4\)"),
        (lambda: Network([]), ModelValueError, "the list of cells is empty"),
    ],
)
def test_what_cannot_be_built(build, error, text):
    with pytest.raises(error, match=text) as caught:
        build()
    assert isinstance(caught.value, DendraxError)


def test_a_cell_of_a_discretised_tree():
    n = 3
    columns = {
        name: np.arange(1.0, n + 1) * k for k, name in enumerate(("length", "radius", "area", "volume"), start=1)
    }
    loads = {"resistive_load_in": np.full(n, 0.1), "resistive_load_out": np.full(n, 0.2)}
    groups = {"soma": np.array([True, False, False])}
    points = (np.ones((2, 4)), np.ones((3, 4)))
    tree = CompartmentTree(
        np.array([-1, 0]), np.array([1, 2]), **columns, **loads, xyz=np.ones((n, 3)), xyzr=points, groups=groups
    )
    cell = cell_from_tree(tree)
    for name, values in {**columns, **loads}.items():
        np.testing.assert_array_equal(cell.nodes[name], values)
    assert cell.shape == (2, 3)
    assert cell.soma.rows.tolist() == [0]
    assert cell.nodes[["capacitance", "axial_resistivity", "v"]].to_numpy().tolist() == [[1.0, 5000.0, -70.0]] * 3
    cell.nodes["length"] = 0.0
    assert columns["length"].tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("joints", "says"),
    [
        ([1.0, 0.5], "joints has shape"),
        ([1.0, 0.5, 1.1], "branch 2 begins at 1.1"),
        ([1.0, np.nan, 1.0], "branch 1 begins at nan"),
        ([1.0, -0.1, 1.0], "branch 1 begins at -0.1"),
    ],
)
def test_joints_that_are_no_places(joints, says):
    with pytest.raises(MorphologyError, match=says):
        Cell(Branch(), [-1, 0, 0], joints=joints)


def test_joints_of_a_cell_and_a_network():
    cell = Cell(Branch(Compartment(), ncomp=4), [-1, 0, 0, 1], joints=[0.3, 0.0, 0.6, 0.0])
    structure = Network([cell, cell]).tables.structure
    assert structure.joint_of_branch.tolist() == [1.0, 0.0, 0.6, 0.0] * 2  # a root has none
    comp, at = structure.hosts()
    assert comp.tolist() == [-1, 0, 2, 0, -1, 16, 18, 16]  # the start of branch 1 is the start of the root
    assert at[[1, 2, 3]].tolist() == [2, 1, 2]
