"""Lowering: parents of nodes, placed rows, storage, and equality of what is lowered."""

import subprocess
import sys

import jax
import numpy as np
import pytest

from dendrax.channels.hh import HH
from dendrax.channels.k import K
from dendrax.channels.leak import Leak
from dendrax.channels.na import Na
from dendrax.engine.solvers.sequential import Sequential
from dendrax.errors import ModelValueError
from dendrax.mechanisms.channel import Channel
from dendrax.modules import Branch, Cell, Compartment, Network, forest
from dendrax.modules.lower import lower


def parents_of(cells):
    """Parents of the nodes of cells, each given as (ncomp, parents)."""
    made = [Cell([Branch(Compartment(), ncomp=n) for n in ncomp], parents=list(parents)) for ncomp, parents in cells]
    return forest.nodes(Network(made).tables.structure).parent.tolist()


def test_a_chain_has_no_branch_points():
    assert parents_of([((4,), (-1,))]) == [-1, 0, 1, 2]
    assert forest.nodes(Branch(Compartment(), 3).tables.structure).parent.tolist() == [-1, 0, 1]
    assert forest.nodes(Compartment().tables.structure).parent.tolist() == [-1]


def test_a_single_child_joins_its_parent_directly():
    assert parents_of([((2, 3, 1), (-1, 0, 1))]) == [-1, 0, 1, 2, 3, 4]
    assert parents_of([((2, 1, 3), (-1, 2, 0))]) == [-1, 0, 5, 1, 3, 4]


def test_forks_have_a_node_after_the_compartments():
    assert parents_of([((2, 1, 2), (-1, 0, 0))]) == [-1, 0, 5, 5, 3, 1]
    assert parents_of([((1, 2, 1, 1, 1), (-1, 0, 0, 1, 1))]) == [-1, 6, 1, 6, 7, 7, 0, 2]


def test_cells_of_a_network_are_apart():
    cells = [((2,), (-1,)), ((1, 1, 1), (-1, 0, 0)), ((1, 2), (-1, 0)), ((1, 1, 1), (-1, 0, 0))]
    assert parents_of(cells) == [-1, 0, -1, 11, 11, -1, 5, 6, -1, 12, 12, 2, 8]


def test_what_is_lowered_is_what_the_tables_hold(mixed):
    mixed.branch(1).comp(2).set("HH_gNa", 0.7)
    mixed.set("v", np.arange(10.0))
    system = lower(mixed.tables, Sequential())
    assert list(system.params)[:3] == ["length", "radius", "area"]
    params = dict(system.params)
    np.testing.assert_array_equal(params.pop("temperature"), np.full(10, 6.3))
    for name, values in {**params, **system.state}.items():
        np.testing.assert_array_equal(values, mixed.nodes[name].to_numpy())
    assert set(system.state) == {"v", "HH_m", "HH_h", "HH_n", "K_n"}
    assert [placed.mechanism for placed in system.membrane] == [Leak(), HH(), K()]
    assert system.layout.membrane_currents == ("i_Leak", "i_HH", "i_K")
    assert (system.cable.n_comp, system.cable.n_node) == (10, 11)


def rows_in(rows):
    return np.arange(rows.total)[
        slice(rows.start, rows.start + rows.size) if rows.index is None else rows.index
    ].tolist()


def test_mechanisms_find_their_rows_and_states(cell):
    cell.insert(Leak())
    cell.branch([1, 2]).insert(K())
    cell.branch([0, 3]).comp(0).insert(Na())
    cell.branch(1).insert(HH())
    system = lower(cell.tables, Sequential())
    leak, k, na, hh = system.membrane
    assert leak.rows.everywhere
    assert (k.rows.index, rows_in(k.rows)) == (None, [2, 3, 4, 5, 6, 7, 8])
    assert rows_in(na.rows) == [0, 9]
    assert rows_in(hh.rows) == [2, 3, 4, 5]
    for placed in system.membrane:
        for name, within in placed.states.items():
            stored = np.array(rows_in(system.storage[name]))
            assert stored[rows_in(within)].tolist() == rows_in(placed.rows)
    assert all(system.storage[name].everywhere for name in ("v", "i_Leak", "i_K", "i_Na", "i_HH"))


class Pool(Channel):
    """Declares a state that it shares with others, and reads the current of others as a state."""

    def __init__(self, name=None):
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.channel_params = {}
        self.channel_states = {"con": 1.0, "i_K": 1e-8}
        self.current_name = f"i_{self.name}"

    def update_states(self, states, dt, v, params):
        return states

    def compute_current(self, states, v, params):
        return 0.0 * v


def test_states_that_channels_share_are_stored_once(cell):
    cell.branch(0).insert(Pool())
    cell.branch([0, 2]).comp(0).insert(Pool("Other"))
    cell.branch(1).insert(K())
    system = lower(cell.tables, Sequential())
    assert rows_in(system.storage["con"]) == [0, 1, 6]
    assert system.storage["i_K"].everywhere
    one, other, _ = system.membrane
    assert rows_in(one.states["con"]) == [0, 1]
    assert rows_in(other.states["con"]) == [0, 2]
    assert rows_in(other.states["i_K"]) == [0, 6]


def build():
    cell = Cell([Branch(Compartment(), ncomp=n) for n in (2, 1, 3)], [-1, 0, 0])
    cell.branch([0, 2]).insert(HH())
    cell.comp(0).insert(Leak())
    return cell


def test_equal_models_share_a_tree_structure():
    one, other = build(), build()
    other.set("radius", 2.0)
    structures = [jax.tree.structure(lower(module.tables, Sequential())) for module in (one, other, one.copy())]
    assert structures[0] == structures[1] == structures[2]
    assert len({hash(structure) for structure in structures}) == 1
    other.nodes.loc[0, "capacitance"] = 5.0
    assert jax.tree.structure(lower(other.tables, Sequential())) == structures[0]


@pytest.mark.parametrize(
    "change",
    [
        lambda cell: cell.insert(K()),
        lambda cell: cell.branch(1).insert(HH()),
        lambda cell: cell.delete(Leak()),
        lambda cell: cell.branch(1).set_ncomp(2),
    ],
)
def test_models_of_other_shape_do_not(change):
    one, other = build(), build()
    change(other)
    assert jax.tree.structure(lower(one.tables, Sequential())) != jax.tree.structure(lower(other.tables, Sequential()))


def test_values_that_no_compartment_can_have_are_refused(mixed, refuses):
    before = mixed.nodes.loc[7, "radius"]
    mixed.nodes.loc[7, "radius"] = -1.0
    with refuses(
        mixed, ModelValueError, r"'radius' must be positive, but is -1.0 in compartment 7 \(branch 2, comp 1\)"
    ):
        lower(mixed.tables, Sequential())
    mixed.nodes.loc[7, "radius"] = before
    mixed.nodes.loc[3, "HH_gNa"] = np.nan
    with refuses(mixed, ModelValueError, r"'HH_gNa' must be a finite number, but is nan in compartment 3"):
        lower(mixed.tables, Sequential())
    mixed.nodes.loc[3, "HH_gNa"] = 0.0
    lower(mixed.tables, Sequential())


def test_the_leaves_are_numpy(mixed):
    leaves = jax.tree.leaves(lower(mixed.tables, Sequential()))
    assert leaves
    assert {type(leaf) for leaf in leaves} <= {np.ndarray}


def test_building_and_lowering_start_no_device():
    code = """
import numpy as np
from dendrax.channels.hh import HH
from dendrax.engine.solvers.sequential import Sequential
from dendrax.modules import Branch, Cell, Compartment, Network, inputs
from dendrax.modules.lower import lower
net = Network([Cell(Branch(Compartment(), 3), [-1, 0, 0])] * 2)
net.insert(HH())
net.cell(0).branch(1).set_ncomp(2)
net.cell(0).record(verbose=False)
net.stimulate(np.ones(5), verbose=False)
net.cell("all").make_trainable("radius", verbose=False)
inputs.recorded(net.tables)
lower(net.tables, Sequential())
net.nodes
import jax._src.xla_bridge as bridge
assert not bridge._backends, bridge._backends
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
