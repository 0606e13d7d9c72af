"""Chains of index expressions on wired networks, right ones and wrong ones, against an oracle of plain Python."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from index_oracle import LEVELS, Oracle, Plan, build, expressions, plans, step
from validation_plugin import cases

import dendrax as jx
from dendrax.errors import DendraxError, SelectionError
from dendrax.modules import Module, Network
from dendrax.synapses import IonotropicSynapse, TanhRateSynapse

pytestmark = pytest.mark.filterwarnings("ignore::dendrax.errors.MagnitudeWarning")  # random values are unusual

TYPES = (IonotropicSynapse, TanhRateSynapse)
CONDUCTANCE = {"IonotropicSynapse": "IonotropicSynapse_gS", "TanhRateSynapse": "TanhRateSynapse_gS"}


@dataclass(frozen=True)
class Edge:
    """One synapse and its number in the network."""

    number: int
    type: str
    pre: int
    post: int


@dataclass(frozen=True)
class Sight:
    """What should be in view: compartments, and the synapses chosen among all, None before there was a choice."""

    nodes: Oracle
    all_edges: tuple[Edge, ...]
    chosen: tuple[Edge, ...] | None = None

    @property
    def edges(self) -> tuple[Edge, ...]:
        if self.chosen is not None:
            return self.chosen
        inside = {row.comp for row in self.nodes.rows}
        return tuple(edge for edge in self.all_edges if edge.pre in inside and edge.post in inside)

    def with_nodes(self, nodes: Oracle) -> "Sight":
        """A part; of chosen synapses those stay that have both ends in it. The same again keeps all of them."""
        if nodes.rows is self.nodes.rows:
            return replace(self, nodes=nodes)
        inside = {row.comp for row in nodes.rows}
        kept = None if self.chosen is None else tuple(e for e in self.chosen if e.pre in inside and e.post in inside)
        return replace(self, nodes=nodes, chosen=kept)

    def with_edges(self, edges: list[Edge], whole: Oracle) -> "Sight":
        """Chosen synapses and their compartments, in the order of the model."""
        ends = {end for edge in edges for end in (edge.pre, edge.post)}
        nodes = replace(self.nodes, rows=tuple(row for row in whole.rows if row.comp in ends))
        return replace(self, nodes=nodes, chosen=tuple(edges))


def wired(data: st.DataObject, plan: Plan) -> tuple[Network, Sight]:
    """A network with up to eight synapses of two types."""
    net, oracle = build(plan)
    comps = st.integers(0, len(oracle.rows) - 1)
    drawn = data.draw(st.lists(st.tuples(st.sampled_from(TYPES), comps, comps), max_size=8))
    for kind, pre, post in drawn:
        jx.connect(net.select(nodes=[pre]), net.select(nodes=[post]), kind())
    edges = tuple(Edge(i, kind.__name__, pre, post) for i, (kind, pre, post) in enumerate(drawn))
    return net, Sight(oracle, edges)


def step_of_edges(data: st.DataObject, view: Module, sight: Sight, whole: Oracle) -> tuple[Callable[[], Module], Sight]:
    """One random selection: by compartments, as for compartments alone, or by synapses."""
    kind = data.draw(st.sampled_from(["nodes", "edge", "type", "select", "both"]))
    edges = sight.edges
    if kind == "nodes" or not edges:
        call, nodes = step(data, view, sight.nodes)
        return call, sight.with_nodes(nodes)
    if kind == "edge":
        ids = [edge.number for edge in edges] if sight.nodes.scope == "global" else list(range(len(edges)))
        index, wanted = data.draw(expressions(max(ids) + 1))
        kept = [edge for edge, number in zip(edges, ids, strict=True) if number in wanted]
        return (lambda: view.edge(index)), sight.with_edges(kept, whole)
    if kind == "type":
        name = data.draw(st.sampled_from(sorted({edge.type for edge in edges})))
        return (lambda: getattr(view, name)), sight.with_edges([e for e in edges if e.type == name], whole)
    kept = data.draw(st.lists(st.sampled_from(edges), min_size=1, unique=True))
    numbers = [edge.number for edge in kept]
    if kind == "select":
        return (lambda: view.select(edges=numbers)), sight.with_edges(kept, whole)
    rows = data.draw(st.lists(st.sampled_from(sight.nodes.rows), min_size=1, unique=True))
    both = replace(sight, nodes=replace(sight.nodes, rows=tuple(rows)), chosen=tuple(kept))
    return (lambda: view.select(nodes=[row.comp for row in rows], edges=numbers)), both


@cases("chains of selections of synapses, against an oracle", 60)
@given(plans(), st.data())
def test_chains_of_selections_of_synapses(plan, data):
    view, sight = wired(data, plan)
    net, whole = view, sight.nodes
    for _ in range(data.draw(st.integers(1, 4))):
        call, expected = step_of_edges(data, view, sight, whole)
        if not expected.nodes.rows:
            with pytest.raises(SelectionError, match="Nothing in view"):
                call()
            break
        view, sight = call(), expected
        assert view.rows.tolist() == [row.comp for row in sight.nodes.rows]
        assert view.edge_rows.tolist() == [edge.number for edge in sight.edges]
    table = view.edges
    assert table["global_edge_index"].tolist() == [edge.number for edge in sight.edges]
    assert table["type"].tolist() == [edge.type for edge in sight.edges]
    assert table["pre_index"].tolist() == [edge.pre for edge in sight.edges]
    assert table["post_index"].tolist() == [edge.post for edge in sight.edges]
    check_writing(net, view, sight)


def check_writing(net: Network, view: Module, sight: Sight) -> None:
    """What is set through the view reaches the synapses in view alone."""
    held = {edge.number: 1e-4 for edge in sight.all_edges}
    for name, key in CONDUCTANCE.items():
        mine = [edge.number for edge in sight.edges if edge.type == name]
        if mine:
            view.set(key, np.arange(1.0, len(mine) + 1))
            held |= dict(zip(mine, np.arange(1.0, len(mine) + 1), strict=True))
    for edge in sight.all_edges:
        assert net.edges[CONDUCTANCE[edge.type]][edge.number] == held[edge.number]


@cases("indices in brackets, against an oracle", 40)
@given(plans(), st.data())
def test_brackets_are_levels_one_after_the_other(plan, data):
    net, oracle = build(plan)
    view, indices = oracle, []
    for level in LEVELS[: data.draw(st.integers(1, 3))]:
        index, wanted = data.draw(expressions(max(view.indices(level)) + 1))
        view, indices = view.at(level, wanted), [*indices, index]
        if not view.rows:
            with pytest.raises(SelectionError, match="Nothing in view"):
                _ = net[tuple(indices)]
            return
    assert net[tuple(indices)].rows.tolist() == [row.comp for row in view.rows]


wrong = st.one_of(
    st.integers(max_value=-1),
    st.lists(st.integers(-3, 3), min_size=1, max_size=3).filter(lambda some: min(some) < 0),
    st.floats().filter(lambda x: not (np.isfinite(x) and x == np.floor(x) and 0 <= x < 10)),
    st.text(max_size=3).filter(lambda text: text != "all"),
    st.none(),
    st.just([]),
    st.just({}),
    st.just([[0], [0, 1]]),
    st.just([[0, 1], [1, 0]]),
    st.just(np.array([[0, 1]])),
    st.just(np.zeros((0, 2), int)),
    st.just([None]),
    st.just(["0"]),
    st.just(object()),
    st.just(np.datetime64("2026-01-01")),
    st.just(slice("a", 2)),
    st.just(slice(0, 1, 0)),
    st.just(1e30),
    st.just([True] * 40),
    st.just(3 + 0j),
)


@cases("index expressions that are none", 100)
@given(plans(), st.data())
def test_what_is_no_index_is_refused_and_changes_nothing(plan, data):
    net, sight = wired(data, plan)
    view = net.cell("all") if data.draw(st.booleans()) else net
    index: Any = data.draw(wrong)
    verb = data.draw(st.sampled_from([*LEVELS, "edge", "[]", "nodes", "edges"]))
    calls = {
        "[]": lambda: view[index],
        "nodes": lambda: view.select(nodes=[] if index is None else index),
        "edges": lambda: view.select(edges=[] if index is None else index),
    }
    with pytest.raises(DendraxError):
        calls.get(verb, lambda: getattr(view, verb)(index))()
    assert view.rows.tolist() == [row.comp for row in sight.nodes.rows]
    assert view.edge_rows.tolist() == [edge.number for edge in sight.edges]
