"""Reading the shape of a model from NEURON's answers, which `physics/golden/neuron_joints.npz` holds."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from recorded_neuron import Recorded, Section, SectionList

import dendrax as jx
from dendrax.errors import ModelTypeError, ModelValueError, MorphologyError, SelectionError, UnknownNameError
from dendrax.io.neuron import read_sections
from dendrax.io.neuron.sections import group_of_name

GOLDEN = Path(__file__).parents[2] / "physics" / "golden" / "neuron_joints.npz"


@pytest.fixture(scope="module")
def answers() -> dict[str, np.ndarray]:
    with np.load(GOLDEN) as file:
        return dict(file)


@pytest.fixture
def h(answers) -> Recorded:
    return Recorded(answers, tufted=[4, 5], spare=[])


def single(**changes) -> dict[str, np.ndarray]:
    """The answers of one section of two segments."""
    answers = {
        "name": np.array(["soma"]),
        "parent": np.array([-1]),
        "parent_x": np.array([np.nan]),
        "orientation": np.array([0.0]),
        "nseg": np.array([2]),
        "L": np.array([20.0]),
        "Ra": np.array([100.0]),
        "n3d": np.array([0]),
        "points": np.zeros((0, 4)),
        "diam": np.full(2, 4.0),
        "area": np.full(2, 125.0),
        "volume": np.full(2, 126.0),
        "cm": np.full(2, 1.5),
        "ri": np.array([1e30, 0.4, 0.9, 0.5]),
    }
    return answers | {name: np.asarray(value) for name, value in changes.items()}


def test_everything_that_a_segment_has_is_read(answers, h):
    read = read_sections(h)
    cell = read.build()
    assert isinstance(cell, jx.Cell)
    assert cell.shape == (11, int(answers["nseg"].sum()))
    rows = [read.row_of(segment) for section in h.allsec() for segment in section]
    nodes = cell.nodes.loc[rows]
    for name in ("area", "volume"):
        np.testing.assert_array_equal(nodes[name], answers[name])
    np.testing.assert_array_equal(nodes["radius"], answers["diam"] / 2)
    np.testing.assert_array_equal(nodes["length"], np.repeat(answers["L"] / answers["nseg"], answers["nseg"]))
    np.testing.assert_array_equal(nodes["capacitance"], answers["cm"])
    np.testing.assert_array_equal(nodes["axial_resistivity"], np.repeat(answers["Ra"], answers["nseg"]))
    np.testing.assert_array_equal(nodes["section"], np.repeat(answers["name"], answers["nseg"]))
    assert (nodes["v"] == -65.0).all()


def test_resistances_between_centers_are_those_of_neuron(answers, h):
    """Also of sections that are turned around, whose ri count from end 1."""
    cell = read_sections(h).build()
    loads = [cell.nodes[f"resistive_load_{half}"].to_numpy() for half in ("in", "out")]
    resistance = cell.nodes["axial_resistivity"].to_numpy()
    into, out = (load * resistance / 100.0 for load in loads)
    first = np.cumsum(answers["nseg"]) - answers["nseg"]
    for branch, section in enumerate(h.allsec()):
        ri = section.answers["ri"]
        ours = slice(first[branch], first[branch] + section.nseg)
        turned = section.orientation() == 1
        ri = np.append(ri[1:-1][::-1], ri[0]) if turned else ri[1:]
        np.testing.assert_allclose(np.append(into[ours], 0) + np.append(0, out[ours]), ri, rtol=1e-14)


def test_where_segments_are(h):
    read = read_sections(h)
    first = dict(zip(read.names, read.first_comp_of_branch.tolist(), strict=False))
    assert [read.row("dend[0]", x) - first["dend[0]"] for x in (0, 0.1, 0.3, 0.99, 1)] == [0, 0, 1, 4, 4]
    assert [read.row("dend[2]", x) - first["dend[2]"] for x in (0, 0.1, 0.5, 1)] == [3, 3, 1, 0]  # by its end 1
    assert read.row(h.sections[3], 1) == first["dend[2]"]
    with pytest.raises(UnknownNameError, match=r"dend\[7\]"):
        read.row("dend[7]", 0.5)
    with pytest.raises(ModelValueError, match=r"from 0 to 1, but is 1\.5"):
        read.row("soma", 1.5)


def test_joints(h):
    structure = read_sections(h).build().tables.structure
    places = dict(zip([section.name() for section in h.allsec()], structure.joint_of_branch.tolist(), strict=True))
    assert places == {
        "soma": 1.0,
        "dend[0]": 1.0,
        "dend[1]": 0.0,
        "dend[2]": 0.5,
        "apic[0]": 0.375,  # NEURON's place 0.5 of dend[2], turned around, is in the segment nearer to its joint
        "apic[1]": 0.0,
        "apic[2]": 1.0,
        "apic[3]": 0.9,
        "apic[4]": 0.1,
        "apic[5]": 0.75,
        "apic[6]": 0.0,
    }


def test_groups(h):
    cell = read_sections(h).build()
    assert {*cell.group_names} == {"soma", "dend", "apic", "tufted"}
    assert {*cell.tufted.nodes["section"]} == {"apic[0]", "apic[1]"}
    assert {*cell.dend.nodes["section"]} == {"dend[0]", "dend[1]", "dend[2]"}


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("soma", "soma"),
        ("apic[3]", "apic"),
        ("Cell[0].apic[3]", "apic"),
        ("<__main__.Cell object at 0x7f>.dend[1]", "dend"),
        ("grid[1][2]", "grid"),
        ("axon-1", "axon_1"),
    ],
)
def test_the_group_of_a_name(name, group):
    assert group_of_name(name) == group


def test_lists_of_a_cell_in_python(answers):
    owner = SimpleNamespace(number=3)
    h = Recorded(answers, owner)
    owner.basal, owner.oblique, owner.axonal = h.sections[1:4], SectionList(h.sections[4:6]), []
    cell = read_sections(h).build()
    assert {*cell.group_names} == {"soma", "dend", "apic", "basal", "oblique"}
    assert {*cell.oblique.nodes["section"]} == {"apic[0]", "apic[1]"}


def test_a_name_that_is_taken_is_no_group():
    read = read_sections(Recorded(single(name=["length"])))
    with pytest.warns(UserWarning, match="'length'"):
        cell = read.build()
    assert cell.group_names == []
    assert cell.nodes["section"].tolist() == ["length", "length"]


def test_parents_come_first_whatever_the_order(answers, h):
    whole = read_sections(h)
    read = read_sections(h, h.sections[::-1])
    assert read.names[:1] == ["soma"]
    assert {*read.names} == {*whole.names}
    parents = read.trees[0].parent_of_branch
    assert (parents < np.arange(len(parents))).all()
    rows = [[one.row(name, 0.5) for name in answers["name"].tolist()] for one in (whole, read)]
    for name in ("area", "resistive_load_in"):
        ours, theirs = (one.build().nodes[name].to_numpy()[row] for one, row in zip((whole, read), rows, strict=True))
        np.testing.assert_array_equal(ours, theirs)


def test_several_trees_are_a_network(answers):
    h = Recorded(answers)
    for section in (h.sections[2], h.sections[3]):
        section.joined = None
    read = read_sections(h)
    net = read.build()
    assert isinstance(net, jx.Network)
    assert net.shape[:2] == (3, 11)
    assert net.tables.structure.cell_of_branch.tolist() == [0, 0, 0, *[1] * 3, *[2] * 5]
    assert net.nodes["section"].iloc[read.row("apic[5]", 0.5)] == "apic[5]"


def test_sections_without_points_are_drawn_where_they_join(h):
    cell = read_sections(h).build()
    apic = cell.branch(4).xyzr[0]
    line = cell.branch(3).xyzr[0]
    assert (
        np.linalg.norm(line[:, :3] - apic[0, :3], axis=1).min()
        < np.linalg.norm(np.diff(line[:, :3], axis=0), axis=1).max()
    )
    np.testing.assert_allclose(np.linalg.norm(apic[1, :3] - apic[0, :3]), 120.0)
    assert np.isfinite(cell.nodes[["x", "y", "z"]].to_numpy()).all()
    cell.vis()


def test_a_cell_without_any_points_is_laid_out():
    cell = read_sections(Recorded(single())).build()
    np.testing.assert_array_equal(cell.xyzr[0][:, 0], [0, 20])


def test_what_cannot_be_read(h):
    none = Recorded(single())
    none.sections = []
    with pytest.raises(MorphologyError, match="no sections"):
        read_sections(none)
    with pytest.raises(MorphologyError, match="no sections"):
        read_sections(h, [])
    with pytest.raises(SelectionError, match=r"dend\[2\] is connected to soma.*wholetree"):
        read_sections(h, h.sections[3:])
    with pytest.raises(ModelTypeError, match="one section"):
        read_sections(h, h.sections[0])
    with pytest.raises(ModelTypeError, match="not a section"):
        read_sections(h, [h.sections[0], "soma"])
    with pytest.raises(ModelTypeError, match="must be a SectionList"):
        read_sections(h, 3)
    assert read_sections(h, SimpleNamespace(all=h.sections)).names[0] == "soma"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"area": [125.0, 0.0]}, r"soma\(0.75\) has area 0.0"),
        ({"volume": [np.nan, 1.0]}, r"soma\(0.25\) has volume nan"),
        ({"ri": [1e30, 0.4, 1e30, 0.5]}, r"soma\(0.75\) has resistance 1e\+30"),
    ],
)
def test_segments_without_a_shape(changes, says):
    with pytest.raises(MorphologyError, match=says):
        read_sections(Recorded(single(**changes)))


def test_equal_names_need_the_section_itself():
    h = Recorded(single())
    twin = Section("soma", h.sections[0].answers)
    h.sections.append(twin)
    read = read_sections(h)
    assert read.row(twin, 0.9) == 3
    with pytest.raises(SelectionError, match="2 sections have the name 'soma'"):
        read.row("soma", 0.5)
