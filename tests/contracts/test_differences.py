"""Every row of the page "Differences from Jaxley" names a test; those that had none elsewhere are here."""

import ast
from functools import cache
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH, CaL, CaT, Leak
from dendrax.connect import connect
from dendrax.errors import DendraxError, MechanismError
from dendrax.morphology import distance_direct, distance_pathwise
from dendrax.pumps import CaPump
from dendrax.solver_gate import save_exp
from dendrax.synapses import IonotropicSynapse

TESTS = Path(__file__).parents[1]
DOCS = TESTS.parent / "docs"

DESIGN = {
    "synapse slope shifts": ["The slope of a synaptic current"],
    "finite-difference slopes": ["Slopes of currents are finite differences"],
    "0/0 in rate functions": ["Rate functions are 0/0"],
    "`exp` clipped at 20": ["`exp` is clipped at 20"],
    "number of steps": ["The number of steps is"],
    "`return_states` with padded": ["`return_states=True` with checkpoints"],
    "`make_trainable` over groups": ["`make_trainable` over groups"],
    "`delete(channel)` breaks pumps;": [
        "`delete(channel)` breaks pumps",
        "`delete_recordings` and `delete_clamps`",
        "A second clamp of the same synaptic state",
        "`write_trainables` fails",
    ],
    "`random_post_comp=True`": ["`random_post_comp=True`"],
    "a clamp acts on neighbours": ["A clamped voltage moves freely"],
    "clamping a diffused ion": ["Clamping a diffused ion"],
    "Km and CaT initial states": ["`init_state` of Km and CaT", "`NegSoftplusTransform(upper)`"],
    "unknown attribute is None": [
        "An unknown attribute is `None`",
        "`net.initialize()` destroys",
        "`net.edge(i)` fails",
        "An unknown `voltage_solver`",
    ],
    "user errors are asserts": ["What a user gets wrong"],
    "reading an SWC is a guess": ["Cycles and second roots vanish", "Ids that are not contiguous"],
    "nodes labels skip": ["Row labels of `nodes`"],
    "recording a state that some": ["`record` of a state that some"],
    '`record("i")` is accepted': ["`record` of a state that some"],
    "two trainables of one key": ["Two trainables of one key"],
    "`data_set`, `data_stimulate`": ["`data_set`, `data_stimulate`"],
    "`set_ncomp` takes one branch": ["`set_ncomp` takes one branch", "Views made before `set_ncomp`"],
    "`delete(channel)` leaves recordings": ["`delete(channel)` leaves recordings"],
    "stimuli of unequal length": ["Stimuli of unequal length"],
    "a view's `get_parameters()`": ["A view's `get_parameters()`"],
    "`connect` pairs compartments": ["`connect` pairs compartments"],
    "`sparse_connect` draws pairs": ["`sparse_connect` draws pairs"],
    "a type of synapse is known": ["A second type of synapse"],
    "`init_states` cannot set": ["States of synapses are not initialised"],
    "an ion that diffuses in every": ["A network of cells in which an ion diffuses"],
    "a key that is a parameter": ["The mechanism inserted last decides"],
    "passing None to `customize": ["`customize_solver_exp_euler(None)`"],
    "`move`, `rotate` and `compute_xyz`": ["`compute_xyz` leaves the centres", "`move`, `move_to` and `rotate`"],
    "`morph_delete` drops channels;": ["`morph_delete` drops channels", "`morph_connect` joins cells"],
    "3-point soma": ["A 3-point soma"],
    "an SWC segment traced against": ["A segment that is walked against"],
    "CaT's time constant": ["The time constant of CaT"],
    "helpers inside of the simulator": ["Helpers inside of the simulator"],
    "a branch begins at the end": ["A branch begins at the end of its parent"],
    "models are saved by pickle": ["Models are saved by pickle"],
}
"""The rows of the design, section 4, by how they begin -> how the rows of the page that say it to users begin."""

SOMA_FROM_THE_TIP = """
1 3 0 0 0 1 -1
2 3 10 0 0 1 1
3 3 20 0 0 1 2
4 1 30 0 0 5 3
5 1 40 0 0 5 4
"""


def rows(page: str, section: str = "") -> list[list[str]]:
    """Cells of all tables of a page, or of one section of it; heads of tables left out."""
    text = (DOCS / page).read_text()
    if section:
        text = text.partition(section)[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in cells if row[0] not in ("Jaxley 0.14", "theirs")]


@cache
def names_in(file: str) -> set[str]:
    """Names of the tests of a file, those of a class with its name."""
    found = set()
    for node in ast.parse((TESTS / file).read_text()).body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{one.name}" for one in node.body if isinstance(one, ast.FunctionDef)}
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
    return found


def test_every_row_of_the_page_names_a_test_that_is_there():
    page = rows("differences.md")
    assert len(page) >= 60
    wrong = []
    for row in page:
        file, _, name = row[-1].strip("`").partition("::")
        if len(row) != 3 or not (TESTS / file).is_file() or name not in names_in(file):
            wrong.append(row)
    assert not wrong


def test_every_difference_of_the_design_is_on_the_page():
    page = [row[0] for row in rows("differences.md")]
    design = [row[0] for row in rows("design.md", "## 4.")]
    assert len(design) >= len(DESIGN)
    for row in design:
        said = [begins for start, begins in DESIGN.items() if row.startswith(start)]
        assert len(said) == 1, row
        for begin in said[0]:
            assert sum(one.startswith(begin) for one in page) == 1, begin


@pytest.fixture
def cell():
    """Two branches of two compartments, HH in the first."""
    made = jx.Cell(jx.Branch(ncomp=2), parents=[-1, 0])
    made.branch(0).insert(HH())
    return made


@pytest.fixture
def net():
    """Two cells and a synapse from one to the other."""
    made = jx.Network([jx.Cell(jx.Branch(ncomp=1), parents=[-1])] * 2)
    made.insert(Leak())
    connect(made[0, 0, 0], made[1, 0, 0], IonotropicSynapse())
    return made


def run(module, steps=8):
    return np.asarray(jx.integrate(module, t_max=steps * 0.025))


def test_gradients_do_not_end_where_exp_would_be_clipped():
    """At 10 mV all exponentials of CaT are of more than 20."""
    channel = CaT()

    def closed(v):
        return channel.update_states({"CaT_u": jnp.ones(1)}, 0.025, v, {"CaT_vx": jnp.full(1, 2.0)})["CaT_u"][0]

    slope = jax.grad(closed)(jnp.array([10.0]))[0]
    difference = (closed(jnp.array([10.001])) - closed(jnp.array([9.999]))) / 2e-3
    assert abs(slope) > 1e-6  # cut off at 20, the exponentials are constants and the slope is 0
    # Of second order: 3e-7 of the slope, which falls by a factor e in 0.8 mV, is (1e-3 / 0.8)^2 / 6.
    np.testing.assert_allclose(slope, difference, rtol=1e-5)
    assert jax.grad(save_exp)(20.5) == 0.0  # what a user's channel may want stays


def test_trained_values_of_a_subclass_with_a_channel_in_part_are_written():
    class Mine(jx.Cell):
        pass

    cell = Mine(jx.Branch(ncomp=2), parents=[-1, 0])
    cell.branch(0).insert(HH())
    cell.HH.make_trainable("HH_gNa", verbose=False)
    cell.write_trainables([{"HH_gNa": jnp.array([0.5])}])
    np.testing.assert_array_equal(cell.nodes["HH_gNa"], [0.5, 0.5, np.nan, np.nan])


def test_a_pump_runs_on_when_a_channel_is_deleted():
    def calcium(*mechanisms):
        made = jx.Compartment()
        for mechanism in mechanisms:
            made.insert(mechanism)
        if len(mechanisms) == 3:
            made.delete(Leak())
        made.record("CaCon_i", verbose=False)
        return run(made)

    expected = calcium(CaL(), CaPump())
    assert np.ptp(expected) > 0.0
    np.testing.assert_array_equal(calcium(CaL(), Leak(), CaPump()), expected)


def test_of_two_clamps_of_a_synapse_the_later_holds(net):
    net.IonotropicSynapse.edge(0).record("IonotropicSynapse_s", verbose=False)
    for value in (0.25, 0.75):
        net.IonotropicSynapse.edge(0).clamp("IonotropicSynapse_s", np.full(8, value), verbose=False)
    assert net.cell(0).shape == (1, 1, 1)
    np.testing.assert_array_equal(run(net)[0, 1:], 0.75)


def test_a_network_is_whole_after_initialize(net):
    net.cell(1).record(verbose=False)
    before = run(net)
    net.initialize()
    assert net.cell(1).shape == (1, 1, 1)
    np.testing.assert_array_equal(run(net), before)


def test_a_view_has_the_parameters_of_its_model(cell):
    cell.branch("all").make_trainable("radius", verbose=False)
    (of_view,), (of_cell,) = cell.branch(1).get_parameters(), cell.get_parameters()
    np.testing.assert_array_equal(of_view["radius"], of_cell["radius"])
    assert of_view["radius"].shape == (2,)


@pytest.mark.parametrize("kind", [NotImplementedError, ValueError])
def test_what_cannot_be_done_is_not_implemented_and_a_value_error(cell, kind):
    cell.record(verbose=False)
    fork = jx.Cell(jx.Branch(ncomp=2), parents=[-1, 0, 0])
    fork.record(verbose=False)
    with pytest.raises(kind, match=r"jaxley\.stone"):
        jx.integrate(fork, t_max=0.1, voltage_solver="jaxley.stone")
    cell.clamp("v", np.zeros(2), verbose=False)
    with pytest.raises(kind, match="clamp"):
        jx.integrate(cell, t_max=0.1)


def test_distances_are_double_precision_arrays(cell, net):
    cell.compute_xyz()
    for distance in (distance_pathwise, distance_direct):
        found = distance(cell.branch(0).loc(0.0), cell)
        assert isinstance(found, np.ndarray)
        assert (found.dtype, found.shape) == (np.float64, (4,))
    with pytest.raises(DendraxError, match="cell 1"):
        distance_pathwise(net.cell(0), net.cell(1))


def test_two_types_of_synapse_of_one_name_are_refused(net):
    other = IonotropicSynapse()
    other.synapse_params["IonotropicSynapse_gS"] = 1.0
    with pytest.raises(MechanismError, match="IonotropicSynapse"):
        connect(net[1, 0, 0], net[0, 0, 0], other)
    assert len(net.edges) == 1


@pytest.mark.parametrize("soma", [1, 2, 17])
def test_a_single_point_soma_may_have_any_id(tmp_path, soma):
    file = tmp_path / "cell.swc"
    points = [f"{soma} 1 0 0 0 5 -1", f"{soma + 1} 3 5 0 0 1 {soma}", f"{soma + 2} 3 30 0 0 1 {soma + 1}"]
    file.write_text("\n".join(points))
    cell = jx.read_swc(file, ncomp=1)
    np.testing.assert_allclose(cell.soma.nodes["area"].sum(), 4.0 * np.pi * 5.0**2)
    np.testing.assert_allclose(cell.basal.nodes["length"].sum(), 25.0)


def test_a_segment_has_the_type_of_its_own_point(tmp_path):
    """The cell begins at its soma, where the file ends."""
    file = tmp_path / "cell.swc"
    file.write_text(SOMA_FROM_THE_TIP)
    cell = jx.read_swc(file, ncomp=1)
    assert [cell.soma.nodes["length"].sum(), cell.basal.nodes["length"].sum()] == [20.0, 20.0]
