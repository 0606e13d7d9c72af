"""Views of synapses. Nothing makes any yet, so the table of edges is written by hand."""

import numpy as np
import pytest

from dendrax.errors import SelectionError
from dendrax.modules.table import Table


@pytest.fixture
def wired(net):
    """Three cells of ten compartments: 0 -> 10, 11 -> 25, 3 -> 4 and 12 -> 1."""
    columns = {"pre_index": [0, 11, 3, 12], "post_index": [10, 25, 4, 1]}
    net.tables.edges = Table({name: np.array(values) for name, values in columns.items()}, 4)
    return net


def test_edges_in_view_have_both_ends_in_view(wired):
    assert wired.edge_rows.tolist() == [0, 1, 2, 3]
    assert wired.cell([0, 1]).edge_rows.tolist() == [0, 2, 3]
    assert wired.cell(0).edge_rows.tolist() == [2]
    assert wired.cell(2).edge_rows.tolist() == []
    assert wired.cell([0, 1]).edges.index.tolist() == [0, 2, 3]
    assert wired.cell([0, 1]).edges["global_edge_index"].tolist() == [0, 2, 3]


def test_selecting_edges_selects_their_ends(wired):
    view = wired.cell([0, 1]).edge(1)
    assert view.edge_rows.tolist() == [2]
    assert view.rows.tolist() == [3, 4]
    assert wired.cell([0, 1]).scope("global").edge([2, 3]).edge_rows.tolist() == [2, 3]
    assert wired.edge("all").rows.tolist() == [0, 1, 3, 4, 10, 11, 12, 25]
    assert wired.select(edges=[1, 0]).edge_rows.tolist() == [1, 0]
    assert wired.select(edges=[3, 1], sorted=True).edge_rows.tolist() == [1, 3]
    assert wired.select(edges=np.array([False, True, False, False])).rows.tolist() == [11, 25]
    both = wired.select(nodes=[0, 1], edges=[1])
    assert (both.rows.tolist(), both.edge_rows.tolist()) == ([0, 1], [1])


def test_edges_that_are_not_there(wired, net):
    with pytest.raises(SelectionError, match="selects none of the 0 synapses"):
        wired.cell(2).edge(0)
    with pytest.raises(SelectionError, match=r"no index \[1\] is in view"):
        wired.cell(0).select(edges=[1])
