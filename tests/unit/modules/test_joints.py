"""The table of joints, in the order and with the columns of Jaxley's; golden/joints.json is made by make_joints.py."""

import json
from pathlib import Path

import numpy as np
import pytest

from dendrax.modules import Branch, Cell, Compartment, Network

GOLDEN = json.loads((Path(__file__).parent / "golden" / "joints.json").read_text())


def cell_of(parents, ncomp):
    return Cell([Branch(Compartment(), ncomp=n) for n in ncomp], parents=parents)


def ours_of(labels, joints):
    """Their joints with our labels: compartments count from 0 without gaps, then branch points."""
    points = sorted({end for joint in joints for end in joint[:2]} - set(labels))
    renamed = {name: number for number, name in enumerate([*labels, *points])}
    return [[renamed[source], renamed[sink], *rest] for source, sink, *rest in joints]


@pytest.mark.parametrize("name", GOLDEN)
def test_joints_are_those_of_the_reference(name):
    golden = GOLDEN[name]
    cells = [cell_of(*one) for one in golden["cells"]]
    module = cells[0] if name == "cell" else Network(cells)
    table = module._comp_edges
    assert list(table.columns) == ["source", "sink", "ordered", "type"]
    assert table.to_numpy().tolist() == ours_of(golden["labels"], golden["joints"])
    assert table.index.tolist() == list(range(len(table)))


def test_a_view_has_the_joints_of_its_compartments():
    net = Network([cell_of([-1, 0, 0], [2, 2, 2]), cell_of([-1, 0, 0], [2, 1, 1])])
    whole = net._comp_edges
    of_cell = net.cell(1)._comp_edges
    assert of_cell.equals(whole.loc[of_cell.index])
    assert sorted(of_cell.index) == list(range(len(whole) - len(of_cell), len(whole)))
    assert net.cell(0).branch(1)._comp_edges.to_numpy().tolist() == [
        [2, 3, 1, 0],
        [3, 2, 0, 0],
        [10, 2, 1, 2],
        [2, 10, 0, 4],
    ]


def test_nothing_is_joined_in_one_compartment():
    table = Compartment()._comp_edges
    assert len(table) == 0
    assert all(np.issubdtype(dtype, np.integer) for dtype in table.dtypes)
