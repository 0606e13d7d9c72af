"""Graphs that people build, edit and damage: what comes out is a sound model, or one of our errors."""

import functools
import random
import warnings
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pytest

from dendrax.channels import HH
from dendrax.engine.solvers.sequential import Sequential
from dendrax.errors import DendraxError, MagnitudeWarning
from dendrax.io.graph import build_compartment_graph, connect_graphs, from_graph, to_graph, to_swc_graph
from dendrax.modules import Branch, Cell, Compartment, Module, Network, inputs
from dendrax.modules.lower import lower
from dendrax.morphology import sample_path
from dendrax.trees.points import SwcWarning

KINDS = (nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph)
SWC_KINDS = (nx.DiGraph, nx.DiGraph, nx.DiGraph, nx.Graph)
VALUES: list[Any] = [None, "x", "", -1, 0, 1, 2.5, 1e308, -0.0, float("nan"), float("inf"), True, [], [1.0], {}, (), 1j]
VALUES += [np.zeros((2, 4)), np.ones((3, 4)), np.ones(4), np.full((2, 4), np.nan), "branchpoint", "comp", object, b"1"]
SHAPE = ("length", "radius", "area", "volume", "resistive_load_in", "resistive_load_out", "x", "y", "z", "xyzr", "type")
NODE_NAMES = (
    *SHAPE,
    "branch_index",
    "comp_index",
    "cell_index",
    "groups",
    "v",
    "capacitance",
    "axial_resistivity",
    "red",
    "HH",
)
GRAPH_NAMES = ("type", "channels", "group_names", "recordings", "externals", "external_inds", "trainable_params")


def trees(rng: random.Random) -> nx.Graph:
    """A tree, or nearly one, of up to nine nodes of few attributes, as someone may write it by hand."""
    graph = rng.choice(KINDS)()
    n = rng.randint(1, 9)
    names = rng.choice([list(range(n)), [f"n{i}" for i in range(n)], [(i, "a") if i % 2 else i for i in range(n)]])
    graph.add_nodes_from(names)
    for i in range(1, n):
        ends = (names[rng.randrange(i)], names[i])
        graph.add_edge(*(ends if rng.random() < 0.8 else ends[::-1]))
    for name in names:
        if rng.random() < 0.2:
            graph.nodes[name]["type"] = "branchpoint"
        if rng.random() < 0.3:
            graph.nodes[name]["radius"] = rng.choice([0.5, 2.0, np.float32(1.0)])
    return graph


def damage(graph: nx.Graph, keys: tuple[str, ...], rng: random.Random) -> None:
    """One thing that should not be, or that may."""
    names = list(graph)
    kind = rng.randrange(8)
    if kind == 0 and names:
        graph.nodes[rng.choice(names)][rng.choice(keys)] = rng.choice(VALUES)
    elif kind == 1 and names and (there := graph.nodes[rng.choice(names)]):
        there.pop(rng.choice(list(there)))
    elif kind == 2 and names:
        graph.add_edge(rng.choice(names), rng.choice(names), **rng.choice([{}, {"type": "synapse"}, {"type": 3}]))
    elif kind == 3 and graph.number_of_edges():
        graph.remove_edge(*rng.choice(list(graph.edges()))[:2])
    elif kind == 4 and names:
        graph.remove_node(rng.choice(names))
    elif kind == 5:
        graph.add_node(
            rng.choice(["lost", -7, 3.5, ("a", 1), None.__class__, frozenset()]),
            **rng.choice([{}, {"type": "branchpoint"}]),
        )
    elif kind == 6:
        graph.graph[rng.choice(GRAPH_NAMES)] = rng.choice(VALUES)
    elif names:
        name = rng.choice(names)
        nx.relabel_nodes(graph, {name: f"{name}'"}, copy=False)


def check_sound(module: Module, graph: nx.Graph) -> None:
    """Every compartment of the graph is in the model, joined as there, and the model can be simulated."""
    comps = [name for name, data in graph.nodes(data=True) if data.get("type", "comp") != "branchpoint"]
    assert module.shape[-1] == len(comps)
    system = lower(module.tables, Sequential())
    for name in ("length", "radius", "area", "volume", "resistive_load_in", "resistive_load_out"):
        assert (np.asarray(system.params[name]) > 0).all()
        assert np.isfinite(system.params[name]).all()
    assert np.isfinite(module.nodes["v"]).all()
    assert {*inputs.recorded(module.tables).rows, *module.externals} <= {"i", *system.storage}
    assert all(one.keys() <= {*system.params, *system.state} for one in module.trainable_params)
    parts = [part for part in nx.connected_components(graph.to_undirected()) if part & set(comps)]
    sizes = sorted(len(part & set(comps)) for part in parts)
    cells = module.nodes["global_cell_index"]
    assert sorted(np.bincount(cells).tolist()) == sizes
    assert isinstance(module, Network) or len(sizes) == 1


def outcome(graph: nx.Graph, make: Callable[[], Module]) -> str:
    """What becomes of a graph; looking at it changes nothing in it."""
    before = (sorted(map(repr, graph.nodes(data=True))), sorted(map(repr, graph.edges(data=True))))
    try:
        with warnings.catch_warnings():  # what is attached to a channel that was not exported is left out
            warnings.filterwarnings("ignore", "A recording or clamp of the graph|The trainable")
            warnings.simplefilter("ignore", MagnitudeWarning)  # 1e308 mV is a number
            module = make()
    except DendraxError:
        return "refused"
    finally:
        assert (sorted(map(repr, graph.nodes(data=True))), sorted(map(repr, graph.edges(data=True)))) == before
    check_sound(module, graph)
    return "built"


@functools.cache
def exported() -> list[nx.Graph]:
    """Graphs of models: with channels, groups, recordings, stimuli, clamps and trainables, and a network."""
    cell = Cell([Branch(Compartment(), ncomp=n) for n in (2, 1, 3)], parents=[-1, 0, 0])
    cell.branch(1).insert(HH())
    cell.branch([0, 2]).add_to_group("red")
    cell.branch(1).record("HH_m", verbose=False)
    cell.branch(0).comp(1).stimulate(np.ones(5), verbose=False)
    cell.branch(2).comp(1).clamp("v", np.full(5, -65.0), verbose=False)
    cell.branch([0, 1]).make_trainable("radius", verbose=False)
    return [to_graph(cell, channels=True), to_graph(cell), to_graph(Network([cell, cell]))]


@functools.cache
def points() -> nx.DiGraph:
    """The first points of a traced cell."""
    return to_swc_graph(sample_path("interneuron"), num_lines=30)


def handmade(rng: random.Random) -> str:
    graph = damaged(trees(rng), NODE_NAMES, rng)
    options = {"solve_root": rng.choice([None, None, 0, "n1", 3.5]), "traverse_for_solve_order": rng.random() < 0.8}
    return outcome(graph, lambda: from_graph(graph, **options))


def edited(rng: random.Random) -> str:
    graph = damaged(rng.choice(exported()).copy(), NODE_NAMES, rng)
    return outcome(graph, lambda: from_graph(graph, assign_groups=rng.random() < 0.8))


def joined(rng: random.Random) -> str:
    one, other = (damaged(rng.choice([trees(rng), rng.choice(exported()).copy()]), NODE_NAMES, rng) for _ in range(2))
    ends = [rng.choice([*graph, 0]) for graph in (one, other)]
    try:
        graph = connect_graphs(one, other, *ends)
    except DendraxError:
        return "refused"
    return outcome(graph, lambda: from_graph(graph))


def traced(rng: random.Random) -> str:
    graph = damaged(rng.choice(SWC_KINDS)(points()), ("id", "x", "y", "z", "r", "p"), rng)
    ncomp, max_len = rng.choice([1, 2, 3]), rng.choice([None, 20.0, 300.0])
    root = rng.choice([None, None, *list(graph)[:3]])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SwcWarning)
            comp_graph = build_compartment_graph(graph, ncomp, root=root, max_len=max_len)
    except DendraxError:
        return "refused"
    return outcome(comp_graph, lambda: from_graph(comp_graph))


def damaged(graph: nx.Graph, names: tuple[str, ...], rng: random.Random) -> nx.Graph:
    """With up to three things that should not be, or that may."""
    for _ in range(rng.randint(0, 3)):
        damage(graph, names, rng)
    return graph


SOURCES = {"handmade": handmade, "edited": edited, "joined": joined, "traced": traced}


def run(source: str, n: int, seed: int) -> dict[str, int]:
    """What became of `n` graphs."""
    counts: dict[str, int] = {}
    for case in range(n):
        try:
            what = SOURCES[source](random.Random(f"{seed} {case}"))
        except Exception as error:
            error.add_note(f"graph {case} of seed {seed}, {source}")
            raise
        counts[what] = counts.get(what, 0) + 1
    return counts


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.slow
def test_damaged_graphs(source):
    counts = run(source, 100, 1)
    assert counts["built"] > 10
    assert counts["refused"] > 10


@pytest.mark.slow
@pytest.mark.cases("graphs of one kind, made and damaged", 10_000)
@pytest.mark.parametrize("source", SOURCES)
def test_ten_thousand_damaged_graphs(source):
    assert sum(run(source, 10_000, 2).values()) == 10_000
