"""Cells from SWC files against the reference's tables, and written files against the cells that they came from."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from dendrax.errors import ModelTypeError, ModelValueError, MorphologyError, SwcError
from dendrax.io.swc import read_swc, write_swc
from dendrax.modules.branch import Branch
from dendrax.modules.cell import Cell
from dendrax.modules.compartment import Compartment
from dendrax.modules.network import Network
from dendrax.morphology import morph_connect
from dendrax.morphology.sample import sample, sample_path
from dendrax.trees.discretize import discretize
from dendrax.trees.swc import points_from_bytes

GOLDEN = Path(__file__).parent / "golden"
GEOMETRY = ("length", "radius", "area", "volume", "resistive_load_in", "resistive_load_out")


def recorder():
    spec = importlib.util.spec_from_file_location("record", GOLDEN / "record.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RECORD = recorder()


@pytest.mark.parametrize(("name", "case"), [(name, case) for name, cases in RECORD.CELLS.items() for case in cases])
def test_the_numbers_and_the_order_of_the_reference(shared_data, name, case):
    golden = np.load(GOLDEN / f"{name}.npz")
    cell = read_swc(shared_data / f"{name}.swc", **RECORD.CASES[case])
    nodes = cell.nodes
    np.testing.assert_array_equal(cell.comb_parents, golden[f"{case}/comb_parents"])
    np.testing.assert_array_equal(cell.ncomp_per_branch, golden[f"{case}/ncomp_per_branch"])
    groups = sorted(key.split("/")[-1] for key in golden.files if key.startswith(f"{case}/group/"))
    assert list(cell.group_names) == groups
    for group in groups:
        np.testing.assert_array_equal(nodes[group], golden[f"{case}/group/{group}"])
    for column in GEOMETRY:
        np.testing.assert_allclose(nodes[column], golden[f"{case}/{column}"], rtol=1e-10, err_msg=column)
    # The reference's centres count 1e-5 um for a point traced twice; and where a branch of the soma begins inside it, a
    # segment that its points leave out.
    away = np.abs(nodes[["x", "y", "z"]].to_numpy() - np.stack([golden[f"{case}/{axis}"] for axis in "xyz"], 1)).max(1)
    odd = np.unique(nodes["global_branch_index"].to_numpy()[away > 2e-5])
    assert len(odd) <= (1 if name == "ca1_n120" else 0)


@pytest.mark.parametrize("name", ["l5pc_with_axon", "ca1_n120", "ca1_n120_single_point_soma"])
def test_a_written_file_reads_as_the_same_cell(shared_data, tmp_path, name):
    cell = read_swc(shared_data / f"{name}.swc", 2)
    write_swc(cell, tmp_path / "copy.swc")
    copy = read_swc(tmp_path / "copy.swc", 2)
    assert_same_geometry(copy, cell, atol=2e-5)


@pytest.mark.parametrize("name", ["pyramidal", "interneuron"])
def test_a_written_sample_reads_as_the_same_cell(tmp_path, name):
    cell = sample(name, ncomp=3)
    write_swc(cell, tmp_path / "copy.swc")
    assert_same_geometry(read_swc(tmp_path / "copy.swc", 3), cell, atol=0.0)


def assert_same_geometry(found, expected, atol):
    np.testing.assert_array_equal(found.comb_parents, expected.comb_parents)
    assert list(found.group_names) == list(expected.group_names)
    for group in expected.group_names:
        np.testing.assert_array_equal(found.nodes[group], expected.nodes[group])
    np.testing.assert_allclose(found.nodes["length"], expected.nodes["length"], rtol=1e-12, atol=atol)
    for column in GEOMETRY[1:]:
        np.testing.assert_allclose(found.nodes[column], expected.nodes[column], rtol=1e-9, err_msg=column)


def test_a_tree_and_its_cell_write_the_same_file(tmp_path):
    points = points_from_bytes(sample_path("interneuron").read_bytes())
    write_swc(discretize(points, 1), tmp_path / "tree.swc")
    write_swc(sample("interneuron"), tmp_path / "cell.swc")
    assert (tmp_path / "tree.swc").read_text() == (tmp_path / "cell.swc").read_text()


def test_a_cell_of_a_network_writes_the_same_file_as_the_cell(tmp_path):
    cell = sample("interneuron")
    write_swc(cell, tmp_path / "cell.swc")
    write_swc(Network([sample("pyramidal"), cell]).cell(1), tmp_path / "view.swc")
    assert (tmp_path / "view.swc").read_text() == (tmp_path / "cell.swc").read_text()


def test_a_built_cell_is_written_with_the_radii_of_its_compartments(tmp_path):
    chain = np.array([[0, 0, 0, np.nan], [20.0, 0, 0, np.nan]])
    side = np.array([[20.0, 0, 0, np.nan], [20.0, 30.0, 0, np.nan]])
    cell = Cell(Branch(Compartment(), 2), [-1, 0, 0], xyzr=[chain, side, side * [1, -1, 1, 1]])
    cell.set("radius", 2.0)
    cell.branch(0).add_to_group("soma")
    cell.branch([1, 2]).add_to_group("apical")
    write_swc(cell, tmp_path / "built.swc")
    copy = read_swc(tmp_path / "built.swc")
    np.testing.assert_allclose(copy.nodes["length"], [20, 30, 30])
    np.testing.assert_allclose(copy.nodes["radius"], 2.0)
    np.testing.assert_array_equal(copy.nodes["soma"], [True, False, False])


def test_a_cell_built_by_hand_is_laid_out_and_keeps_its_lengths(tmp_path):
    cell = Cell(Branch(Compartment(), 2), [-1, 0, 0])
    cell.branch(2).set("length", 25.0)
    cell.branch(0).add_to_group("soma")
    cell.branch([1, 2]).add_to_group("apical")
    write_swc(cell, tmp_path / "built.swc")
    np.testing.assert_allclose(read_swc(tmp_path / "built.swc").nodes["length"], [20, 20, 50], rtol=1e-6)


def test_what_cannot_be_written(tmp_path):
    side = np.array([[20.0, 0, 0, 1], [20.0, 30.0, 0, 1]])
    with pytest.raises(MorphologyError, match=r"Branch 0 .*compute_xyz"):
        write_swc(Cell(xyzr=[np.full((2, 4), np.nan), side], parents=[-1, 0]), tmp_path / "none.swc")
    with pytest.raises(ModelTypeError, match="one cell, not a Network"):
        write_swc(Network([sample("interneuron")]), tmp_path / "none.swc")
    assert not (tmp_path / "none.swc").exists()


def test_groups_and_backend():
    assert read_swc(sample_path(), assign_groups=False).group_names == []
    with pytest.raises(ModelValueError, match="backend 'custom'"):
        read_swc(sample_path(), backend="custom")


def test_the_readers_error_reaches_the_user(tmp_path):
    (tmp_path / "bad.swc").write_text("1 1 0 0 0 0 -1\n2 3 0 0 x 1 1\n")
    with pytest.raises(SwcError, match=r"bad\.swc") as caught:
        read_swc(tmp_path / "bad.swc", 1)
    assert "line 1: radius 0 is zero" in str(caught.value)
    assert "line 2: z is 'x'" in str(caught.value)
    (tmp_path / "bad.swc").write_text("1 1 0 0 0 5 -1\n2 3 0 0 9 0 1\n3 3 0 0 29 1 2\n")
    with pytest.warns(UserWarning, match="line 2: no positive radius"):
        assert read_swc(tmp_path / "bad.swc", 1, repair=True).shape == (2, 2)


@pytest.mark.parametrize("end", [0.0, 1.0])
def test_what_was_joined_to_the_centre_of_a_soma_reads_back(tmp_path, end):
    """Warnings are errors: no branch has become a neurite of a single point."""
    graft = Cell(Branch(Compartment(), ncomp=2), parents=[-1, 0, 0])
    graft.add_to_group("basal")
    joined = morph_connect(sample("interneuron").branch(0).loc(1.0), graft.branch(0).loc(end))
    write_swc(joined, tmp_path / "joined.swc")
    again = read_swc(tmp_path / "joined.swc")
    assert again.shape[0] == joined.shape[0]
    for column in ("length", "area", "volume"):
        assert again.nodes[column].sum() == pytest.approx(joined.nodes[column].sum(), rel=1e-12)


def test_branches_that_begin_in_the_middle_are_written_there(tmp_path):
    lines = [np.array([[0.0, 0, 0, 3], [40, 0, 0, 3]])]
    lines += [np.array([[x, 0, 0, 1.0], [x, 30, 0, 1]]) for x in (10.0, 0.0, 40.0)]
    cell = Cell(Branch(Compartment(), ncomp=2), [-1, 0, 0, 0], xyzr=lines, joints=[1, 0.3, 0, 1])
    write_swc(cell, tmp_path / "cell.swc")
    rows = np.loadtxt(tmp_path / "cell.swc")
    parent_of = dict(zip(rows[:, 0], rows[:, 6], strict=True))
    place = {number: tuple(row) for number, row in zip(rows[:, 0], rows[:, 2:5], strict=True)}
    joints = {place[one]: place[parent_of[one]] for one in place if place[one][1] == 0 and one > 3}
    assert joints == {
        (10.0, 0.0, 0.0): (10.0, 0.0, 0.0),
        (0.0, 0.0, 0.0): (0.0, 0.0, 0.0),
        (40.0, 0.0, 0.0): (40.0, 0.0, 0.0),
    }
