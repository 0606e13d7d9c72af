"""Chains of index expressions on random forests, against an oracle that goes through the compartments one by one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_oracle import LEVELS, Oracle, build, plans, step
from validation_plugin import cases

from dendrax.errors import SelectionError
from dendrax.modules import Module


@cases("chains of selections of compartments, against an oracle", 100)
@given(plans(), st.data())
def test_chains_of_selections(plan, data):
    view, oracle = build(plan)
    for _ in range(data.draw(st.integers(1, 4))):
        call, expected = step(data, view, oracle)
        if not expected.rows:
            with pytest.raises(SelectionError, match="Nothing in view"):
                call()
            return
        before = view.rows.tolist()
        view, oracle = call(), expected
        assert view.rows.tolist() == [row.comp for row in oracle.rows]
        assert set(view.rows.tolist()) <= set(before)
    check_table(view, oracle)
    check_iteration(view, oracle)


def check_table(view: Module, oracle: Oracle) -> None:
    """The indices in `.nodes` are those by which one selects."""
    table = view.nodes
    assert table.index.tolist() == [row.comp for row in oracle.rows]
    for level in LEVELS:
        assert table[f"local_{level}_index"].tolist() == replace(oracle, scope="local").indices(level)
        assert table[f"global_{level}_index"].tolist() == [getattr(row, level) for row in oracle.rows]
    counts = [len({getattr(row, level) for row in oracle.rows}) for level in LEVELS]
    assert view.shape == tuple(counts)


def check_iteration(view: Module, oracle: Oracle) -> None:
    """Iterating is indexing with one index after the other; together the views are the whole."""
    for level, views in zip(LEVELS, (view.cells, view.branches, view.comps), strict=True):
        indices = sorted(set(oracle.indices(level)))
        found = [one.rows.tolist() for one in views]
        assert found == [[row.comp for row in oracle.at(level, {index}).rows] for index in indices]
        assert sorted(row for rows in found for row in rows) == sorted(row.comp for row in oracle.rows)


@settings(deadline=None, max_examples=30)
@given(plans(), st.data())
def test_writing_through_a_view_reaches_its_rows_alone(plan, data):
    net, oracle = build(plan)
    call, expected = step(data, net, oracle)
    if not expected.rows:
        return
    view = call()
    view.set("v", np.arange(float(len(expected.rows))))
    values = np.full(len(oracle.rows), -70.0)
    values[[row.comp for row in expected.rows]] = np.arange(len(expected.rows))
    assert net.nodes["v"].tolist() == values.tolist()


@settings(deadline=None, max_examples=30)
@given(plans(), st.data())
def test_a_part_is_numbered_anew(plan, data):
    net, oracle = build(plan)
    wanted = data.draw(st.sets(st.integers(0, oracle.rows[-1].cell), min_size=1))
    net.set("v", np.arange(float(len(oracle.rows))))
    view = net.cell(sorted(wanted))
    part = view.copy(as_module=True)
    kept = oracle.at("cell", wanted).rows
    assert part.nodes["v"].tolist() == [row.comp for row in kept]
    assert part.nodes.index.tolist() == list(range(len(kept)))
    for level in LEVELS:
        numbers = sorted({getattr(row, level) for row in kept})
        assert part.nodes[f"global_{level}_index"].tolist() == [numbers.index(getattr(row, level)) for row in kept]
        assert part.nodes[f"local_{level}_index"].tolist() == view.nodes[f"local_{level}_index"].tolist()
    assert part.group_names == view.group_names
