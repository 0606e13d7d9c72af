"""Cut and joined cells: the reference's voltages, and those of the same cell built by hand."""

import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH, Leak
from dendrax.errors import MechanismError, ModelStateError, ModelTypeError, SelectionError
from dendrax.io.graph import from_graph, to_graph
from dendrax.morphology import morph_connect, morph_delete, sample
from dendrax.pumps import CaPump

TREE = [-1, 0, 0, 1, 1, 3, 3, 5, 5]
CUTS = {"leaf": [2], "subtree": [3, 5, 6, 7, 8], "root": [0], "root_and_leaves": [0, 4, 7]}
JOINTS = ["00_00", "01_00", "11_00", "11_11", "10_01", "21_21"]


def end_of(cell, text):
    """An end of a branch from its short name: the branch, the end."""
    return cell.branch(int(text[0])).loc(float(text[1]))


def voltages(cell, row=1):
    cell.insert(HH())
    cell.set("axial_resistivity", 300.0)
    cell.select(nodes=[row]).stimulate(jx.step_current(0.5, 1.0, 1.0, 0.025, 4.0), verbose=False)
    cell.record(verbose=False)
    return np.asarray(jx.integrate(cell, delta_t=0.025))


def check_against(case, cell):
    np.testing.assert_array_equal(cell.comb_parents, case["parents"])
    np.testing.assert_allclose(cell.nodes["length"], case["length"], rtol=1e-6)
    np.testing.assert_allclose(cell.nodes["radius"], case["radius"], rtol=1e-6)
    np.testing.assert_allclose(voltages(cell), case["v"], atol=1e-8)


@pytest.mark.parametrize("name", CUTS)
def test_cut_cells_are_the_references(golden, uneven_cell, name):
    check_against(golden("edited", f"cut/{name}/"), morph_delete(uneven_cell(TREE, 2, 3).branch(CUTS[name])))


@pytest.mark.parametrize("name", JOINTS)
def test_joined_cells_are_the_references(golden, uneven_cell, name):
    first, second = uneven_cell([-1, 0, 0, 1], 2, 4), uneven_cell([-1, 0, 0], 2, 5)
    one, other = name.split("_")
    check_against(golden("edited", f"joined/{name}/"), morph_connect(end_of(first, one), end_of(second, other)))


def traced_cell(parents, points, ncomp):
    """A traced cell, so that radii differ along each compartment and its two loads are not equal."""
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=ncomp), parents, xyzr=points)
    cell.set_ncomp(ncomp, min_radius=1e-9)  # cuts the traced points
    return cell


def test_a_joined_cell_is_the_cell_built_by_hand():
    """The second cell is turned around: its root hangs on the first by its far end."""
    cone = np.array([[0.0, 0, 0, 3.0], [60, 0, 0, 1.0]])
    thin = np.array([[60.0, 0, 0, 1.0], [60, 90, 0, 0.3]])
    fork = np.array([[60.0, 0, 0, 0.8], [130, 0, 0, 0.4]])
    by_hand = traced_cell([-1, 0, 0], [cone, thin, fork], 4)
    joined = morph_connect(
        traced_cell([-1, 0], [cone, thin], 4).branch(0).loc(1.0),
        traced_cell([-1], [np.add(fork[::-1], [7.0, 8, 9, 0])], 4).branch(0).loc(1.0),
    )
    np.testing.assert_array_equal(joined.comb_parents, [-1, 0, 0])
    for name in ("resistive_load_in", "resistive_load_out", "area", "volume", "radius", "x", "y", "z"):
        np.testing.assert_allclose(joined.nodes[name], by_hand.nodes[name], rtol=1e-12, atol=1e-12, err_msg=name)
    assert not np.allclose(joined.nodes["resistive_load_in"], joined.nodes["resistive_load_out"])
    for points, other in zip(joined.xyzr, by_hand.xyzr, strict=True):
        np.testing.assert_allclose(points, other, atol=1e-12)
    np.testing.assert_allclose(voltages(joined), voltages(by_hand), rtol=0, atol=1e-10)


def test_cutting_and_joining_again_restores_the_voltages():
    cell = sample("interneuron", ncomp=2)
    cell.insert(Leak())
    parents = cell.comb_parents
    leaf = int(np.setdiff1d(np.arange(len(parents)), parents).max())
    part = cell.branch(leaf).copy(as_module=True)
    twig = jx.Cell(part, parents=[-1], xyzr=part.xyzr)
    rest = morph_delete(cell.branch(leaf))
    assert rest.shape == (len(parents) - 1, 2 * len(parents) - 2)
    # Branches are numbered anew: find the parent by where it ends.
    place = cell.xyzr[parents[leaf]][-1]
    parent = next(branch for branch, points in enumerate(rest.xyzr) if np.array_equal(points[-1], place))
    again = morph_connect(rest.branch(parent).loc(1.0), twig.branch(0).loc(0.0))
    assert again.shape == cell.shape

    def sorted_voltages(one):
        v = voltages(one, row=0)
        return v[np.lexsort(one.nodes[["x", "y", "z"]].round(6).to_numpy().T)]

    np.testing.assert_allclose(sorted_voltages(again), sorted_voltages(cell), rtol=0, atol=1e-10)


def test_channels_parameters_and_groups_are_kept(uneven_cell):
    first, second = uneven_cell([-1, 0, 0], 2, 0), uneven_cell([-1, 0], 3, 1)
    first.branch(1).insert(HH())
    first.branch(1).set("HH_gNa", 0.2)
    first.branch(0).add_to_group("stem")
    second.insert(Leak())
    second.set("v", -60.0)
    second.branch(1).add_to_group("twig")
    joined = morph_connect(first.branch(2).loc(1.0), second.branch(0).loc(0.0))
    assert joined.shape == (5, 12)  # of unequal numbers of compartments
    np.testing.assert_array_equal(joined.HH.nodes["HH_gNa"], [0.2, 0.2])
    np.testing.assert_array_equal(joined.Leak.nodes["v"], np.full(6, -60.0))
    assert joined.stem.shape == (1, 2)
    assert joined.twig.shape == (1, 3)
    rest = morph_delete(joined.HH.branch("all"))
    assert [channel.name for channel in rest.channels] == ["Leak"]
    assert "HH_gNa" not in rest.nodes
    assert set(rest.group_names) == {"stem", "twig"}
    rest.set("radius", 1.0)
    rest.branch(0).set_ncomp(5)
    rest.record(verbose=False)
    assert np.isfinite(jx.integrate(rest, t_max=1.0)).all()


def test_pumps_and_diffusing_ions_are_kept(uneven_cell):
    cells = [uneven_cell([-1, 0, 0], 2, 0), uneven_cell([-1, 0], 3, 1)]
    for cell in cells:
        cell.insert(CaPump())
        cell.diffuse("CaCon_i")
    joined = morph_connect(cells[0].branch(2).loc(1.0), cells[1].branch(0).loc(0.0))
    assert [pump.name for pump in joined.pumps] == ["CaPump"]
    assert joined.nodes["axial_diffusion_CaCon_i"].notna().all()
    cells[1].delete_diffusion("CaCon_i")
    with pytest.raises(ModelStateError, match="CaCon_i"):
        morph_connect(cells[0].branch(2).loc(1.0), cells[1].branch(0).loc(0.0))


def test_the_originals_stay_as_they_are(uneven_cell):
    first, second = uneven_cell([-1, 0, 0], 2, 0), uneven_cell([-1, 0], 2, 1)
    before = [cell.nodes.copy() for cell in (first, second)]
    points = [[one.copy() for one in cell.xyzr] for cell in (first, second)]
    joined = morph_connect(first.branch(0).loc(0.0), second.branch(1).loc(1.0))
    joined.move(x=5.0)
    joined.set("radius", 9.0)
    morph_delete(first.branch(0)).set("radius", 9.0)
    for cell, nodes, xyzr in zip((first, second), before, points, strict=True):
        assert cell.nodes.equals(nodes)
        np.testing.assert_array_equal(np.concatenate(cell.xyzr), np.concatenate(xyzr))


def test_the_ends_meet(uneven_cell):
    first, second = uneven_cell([-1, 0, 0], 2, 0), uneven_cell([-1, 0], 1, 1)
    first.move(10.0, 20.0, 30.0)
    joined = morph_connect(first.branch(2).loc(1.0), second.branch(1).loc(1.0))
    np.testing.assert_array_equal(joined.comb_parents, [-1, 0, 0, 2, 3])
    for branch, parent in enumerate(joined.comb_parents):
        if parent >= 0:
            np.testing.assert_allclose(joined.xyzr[branch][0, :3], joined.xyzr[parent][-1, :3])
    expected = first.nodes[["x", "y", "z"]].to_numpy()
    np.testing.assert_allclose(joined.nodes[["x", "y", "z"]].to_numpy()[:6], expected)


def test_a_cell_can_be_joined_to_a_copy_of_itself_by_either_end_of_one_compartment():
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=1), [-1])
    line = morph_connect(cell.branch(0).loc(1.0), cell.branch(0).loc(0.0))
    np.testing.assert_allclose([points[:, 0] for points in line.xyzr], [[0, 10], [10, 20]])
    bent = morph_connect(cell.branch(0).loc(0.0), cell.branch(0).loc(0.0))
    np.testing.assert_allclose([points[:, 0] for points in bent.xyzr], [[10, 0], [0, 10]])


def test_cutting_the_root_and_its_last_sibling_leaves_a_chain(uneven_cell):
    rest = morph_delete(uneven_cell(TREE, 2, 3).branch([0, 2, 4]))
    np.testing.assert_array_equal(rest.comb_parents, [-1, 0, 1, 2, 2, 1])


def test_an_edited_cell_makes_the_trip_through_a_graph(uneven_cell):
    joined = morph_connect(uneven_cell([-1, 0, 0], 2, 0).branch(0).loc(0.0), uneven_cell([-1], 3, 1).branch(0).loc(1.0))
    back = from_graph(to_graph(joined))
    np.testing.assert_array_equal(back.comb_parents, joined.comb_parents)
    np.testing.assert_allclose(back.nodes["length"], joined.nodes["length"])


def test_what_cannot_be_edited_is_refused(uneven_cell):
    cell, other = uneven_cell([-1, 0, 0, 1], 2, 0), uneven_cell([-1], 2, 1)
    end = other.branch(0).loc(0.0)
    net = jx.Network([cell, other])
    with pytest.raises(ModelTypeError, match=r"view of a network.*copy\(as_module=True\)"):
        morph_delete(net.cell(0).branch(3))
    with pytest.raises(ModelTypeError, match="view of a branch"):
        morph_connect(jx.Branch(jx.Compartment(), 2).loc(0.0), end)
    with pytest.raises(SelectionError, match="parts of branches"):
        morph_delete(cell.branch(3).comp(0))
    with pytest.raises(SelectionError, match="no cell would be left"):
        morph_delete(cell)
    with pytest.raises(SelectionError, match=r"without branches \[1\] the cell would fall apart: branches \[3\]"):
        morph_delete(cell.branch(1))
    for view in (cell.branch(1), cell.branch(1).loc(0.5), cell.branch([1, 2]).loc(1.0), cell.branch(1).comp(0)):
        with pytest.raises(SelectionError, match="joined at ends of branches"):
            morph_connect(view, end)
    other.insert(HH())
    cell.insert(Leak(name="HH"))
    with pytest.raises(MechanismError, match="'HH'"):
        morph_connect(cell.branch(1).loc(1.0), end)
    cell.record(verbose=False)
    with pytest.raises(ModelStateError, match="the cell has recordings"):
        morph_delete(cell.branch(3))


def test_cells_with_branches_at_centers_are_joined():
    soma = jx.Cell([jx.Branch(jx.Compartment(), ncomp=n) for n in (3, 2)], [-1, 0], joints=[1.0, 0.2])
    other = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), [-1, 0, 0])
    for cell in (soma, other):
        cell.compute_xyz()
    joined = morph_connect(soma.branch(1).loc(1.0), other.branch(0).loc(0.0))
    assert joined.comb_parents.tolist() == [-1, 0, 1, 2, 2]
    assert joined.tables.structure.joint_of_branch.tolist() == [1.0, 0.2, 1.0, 1.0, 1.0]
    turned = morph_connect(other.branch(1).loc(1.0), soma.branch(0).loc(1.0))
    soma_of_joined = turned.tables.structure.parent_of_branch[turned.tables.structure.joint_of_branch < 1]
    assert turned.tables.structure.joint_of_branch[turned.tables.structure.joint_of_branch < 1].tolist() == [0.8]
    assert turned.tables.structure.ncomp_of_branch[soma_of_joined].tolist() == [3]
    with pytest.raises(SelectionError, match="begins at the centre"):
        morph_connect(other.branch(1).loc(1.0), soma.branch(1).loc(0.0))
    with pytest.raises(SelectionError, match="such as the soma"):
        morph_connect(soma.branch(1).loc(1.0), soma.branch(1).loc(1.0))
