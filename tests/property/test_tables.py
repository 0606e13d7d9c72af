"""The tables: joining and taking apart, users' writes, and channels that come and go, against plain bookkeeping."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dendrax.channels.hh import HH
from dendrax.channels.k import K
from dendrax.channels.leak import Leak
from dendrax.channels.na import Na
from dendrax.engine.solvers.sequential import Sequential
from dendrax.modules import Branch, Cell, Compartment, Network
from dendrax.modules.lower import lower
from dendrax.modules.structure import Structure

CHANNELS = {"HH": HH, "K": K, "Leak": Leak, "Na": Na}
N = 9
ROWS = st.sets(st.integers(0, N - 1), min_size=1).map(sorted)


def three_branches() -> Cell:
    return Cell([Branch(Compartment(), ncomp=n) for n in (2, 3, 4)], [-1, 0, 0])


@st.composite
def forests(draw: st.DrawFn) -> list[tuple[list[int], list[int]]]:
    """Parents and ncomp of the branches of each cell."""
    cells = []
    for _ in range(draw(st.integers(1, 4))):
        parents = [-1] + [draw(st.integers(0, branch)) for branch in range(draw(st.integers(0, 5)))]
        cells.append((parents, [draw(st.integers(1, 4)) for _ in parents]))
    return cells


def structure_of(parents: list[int], ncomp: list[int]) -> Structure:
    return Structure(np.zeros(len(ncomp), int), np.array(parents), np.array(ncomp), np.ones(len(ncomp)))


@settings(deadline=None)
@given(forests())
def test_structures_are_joined_and_found_again(cells):
    parts = [structure_of(*cell) for cell in cells]
    whole = Structure.join(parts)
    assert (whole.n_cell, whole.n_branch) == (len(cells), sum(len(parents) for parents, _ in cells))
    for cell, (parents, ncomp) in enumerate(cells):
        branches = np.flatnonzero(whole.cell_of_branch == cell)
        assert (
            np.where(whole.parent_of_branch[branches] < 0, -1, whole.parent_of_branch[branches] - branches[0])
        ).tolist() == parents
        assert whole.ncomp_of_branch[branches].tolist() == ncomp
    one_by_one = [(branch, k) for branch, n in enumerate(whole.ncomp_of_branch) for k in range(n)]
    assert list(zip(whole.branch_of_comp.tolist(), whole.position_in_branch.tolist(), strict=True)) == one_by_one
    assert whole.cell_of_comp.tolist() == [int(whole.cell_of_branch[branch]) for branch, _ in one_by_one]
    assert whole.n_comp == len(one_by_one)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(["insert", "delete", "look"]), st.sampled_from(sorted(CHANNELS)), ROWS), max_size=8
    )
)
def test_channels_that_come_and_go(edits):
    cell = three_branches()
    inside: dict[str, set[int]] = {}
    for verb, name, rows in edits:
        there = inside.get(name, set())
        if verb == "insert":
            cell.select(rows).insert(CHANNELS[name]())
            inside[name] = there | set(rows)
        elif verb == "delete" and there & set(rows):
            cell.select(rows).delete(CHANNELS[name]())
            inside[name] = there - set(rows)
        elif verb == "look":
            assert cell.nodes is cell.nodes
    inside = {name: rows for name, rows in inside.items() if rows}
    assert {channel.name for channel in cell.channels} == set(inside)
    users: dict[str, set[int]] = {}
    for name, rows in inside.items():
        assert set(np.flatnonzero(cell.nodes[name])) == rows
        channel = CHANNELS[name]()
        for key in (*channel.channel_params, *channel.channel_states):
            users[key] = users.get(key, set()) | rows
    base = set(Compartment().nodes)
    assert set(cell.nodes) == base | set(inside) | set(users)
    for key, rows in users.items():
        assert set(np.flatnonzero(cell.nodes[key].notna())) == rows
    lower(cell.tables, Sequential())


@pytest.mark.filterwarnings("ignore:The radius or length was changed in")
@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["set", "loc", "column", "view"]),
            st.sampled_from(["radius", "capacitance", "v", "mine"]),
            ROWS,
            st.floats(0.5, 4.0),
        ),
        max_size=8,
    )
)
def test_users_and_program_write_to_the_same_table(writes):
    cell = three_branches()
    cell.nodes["mine"] = 1.0
    held = {"radius": np.full(N, 1.0), "capacitance": np.full(N, 1.0), "v": np.full(N, -70.0), "mine": np.full(N, 1.0)}
    for how, key, rows, value in writes:
        if how == "set":
            cell.select(rows).set(key, value)
        elif how == "loc":
            cell.nodes.loc[rows, key] = value
        elif how == "column":
            column = cell.nodes[key].copy()
            column[rows] = value
            cell.nodes[key] = column
        else:
            view = cell.select(rows)
            view.nodes[key] = value
        if how != "view":
            held[key][rows] = value
    for key, values in held.items():
        assert cell.nodes[key].tolist() == values.tolist()
        assert cell.select(range(N)).nodes[key].tolist() == values.tolist()
    system = lower(cell.tables, Sequential())
    np.testing.assert_array_equal(system.params["radius"], held["radius"])
    np.testing.assert_array_equal(system.state["v"], held["v"])


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(st.sampled_from(sorted(CHANNELS)), ROWS), min_size=1, max_size=4), st.permutations(range(3)))
def test_a_network_is_its_cells_side_by_side(insertions, order):
    cells = [three_branches() for _ in range(3)]
    for number, (name, rows) in enumerate(insertions):
        cells[number % 3].select(rows).insert(CHANNELS[name]())
    net = Network([cells[i] for i in order])
    for place, i in enumerate(order):
        part = net.cell(place)
        assert {channel.name for channel in part.channels} == {channel.name for channel in cells[i].channels}
        alone = part.copy(as_module=True)
        shared = [name for name in cells[i].nodes if name in alone.nodes]
        assert set(shared) == set(cells[i].nodes)
        assert alone.nodes[shared].equals(cells[i].nodes[shared])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(ROWS, st.booleans()), min_size=1, max_size=6))
def test_recordings_are_an_ordered_set(calls):
    cell = three_branches()
    expected: list[int] = []
    for rows, keep in calls:
        if keep:
            cell.select(rows).record("v", verbose=False)
            expected += [row for row in rows if row not in expected]
        else:
            cell.select(rows).delete_recordings()
            expected = [row for row in expected if row not in rows]
    assert cell.recordings["rec_index"].tolist() == expected


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(ROWS, st.integers(1, 4), st.booleans()), min_size=1, max_size=6))
def test_stimuli_add_up(calls):
    cell = three_branches()
    expected = np.zeros((N, 4))
    for number, (rows, length, keep) in enumerate(calls, start=1):
        if keep:
            cell.select(rows).stimulate(np.full(length, float(number)), verbose=False)
            expected[rows, :length] += number
        else:
            cell.select(rows).delete_stimuli()
            expected[rows] = 0.0
    total = np.zeros((N, 4))
    values = cell.externals.get("i", np.zeros((0, 4)))
    np.add.at(total[:, : values.shape[1]], cell.external_inds.get("i", np.zeros(0, int)), values)
    np.testing.assert_array_equal(total, expected)
