"""Joining graphs of compartments."""

from typing import Any

import networkx as nx
import numpy as np

from dendrax.errors import MorphologyError
from dendrax.io.graph.attributes import check_attributes
from dendrax.io.graph.walk import check_graph, is_branchpoint, name_order


def connect_graphs(graph1: nx.Graph, graph2: nx.Graph, node1: Any, node2: Any) -> nx.DiGraph:
    """Join two graphs of compartments at one node each.

    Two compartments are joined through a new branchpoint, a compartment and a branchpoint directly, and two
    branchpoints become one.

    Args:
        graph1: A graph whose compartments keep their order and come first.
        graph2: A graph whose compartments follow.
        node1: Node of `graph1`.
        node2: Node of `graph2`.

    Returns:
        A new graph; compartments are named 0, 1, ..., branchpoints follow. Recordings, inputs and trainables of
        both graphs are left out; channels and group names are those of either.

    Raises:
        MorphologyError: There is no such node, or a graph says what no graph of compartments does.

    Example:
        >>> import dendrax as jx
        >>> from dendrax.io.graph import from_graph, to_graph
        >>> stick = to_graph(jx.Cell(jx.Branch(jx.Compartment(), 2), [-1]))
        >>> from_graph(connect_graphs(stick, stick, 1, 0)).shape
        (2, 4)
    """
    parts = (graph1, graph2)
    for graph, node, which in zip(parts, (node1, node2), ("first", "second"), strict=True):
        check_graph(graph, "connect_graphs")
        check_attributes(graph, "connect_graphs")
        if node not in graph:
            raise MorphologyError(f"connect_graphs: the {which} graph has no node {node!r}.")
    ordered = [
        [
            (part, name)
            for part, graph in enumerate(parts)
            for name in sorted(graph, key=name_order)
            if is_branchpoint(graph.nodes[name]) == wanted
        ]
        for wanted in (False, True)
    ]
    new_name = {old: name for name, old in enumerate([*ordered[0], *ordered[1]])}
    merged = nx.DiGraph(**_shared_attributes(graph1, graph2))
    shift = 1 + max((int(data.get("branch_index") or 0) for _, data in graph1.nodes(data=True)), default=-1)
    for part, graph in enumerate(parts):
        for name, data in graph.nodes(data=True):
            place = new_name[part, name]
            index = {} if is_branchpoint(data) else {"comp_index": place, "cell_index": 0}
            if part and data.get("branch_index") is not None:
                index["branch_index"] = int(data["branch_index"]) + shift
            merged.add_node(place, **(data | index))
        merged.add_edges_from((new_name[part, a], new_name[part, b], data) for a, b, data in graph.edges(data=True))
    first, second = new_name[0, node1], new_name[1, node2]
    points = [is_branchpoint(graph.nodes[node]) for graph, node in zip(parts, (node1, node2), strict=True)]
    if all(points):
        return nx.contracted_nodes(merged, first, second, self_loops=False, copy=True, store_contraction_as=None)
    if any(points):
        merged.add_edge(first, second)
        return merged
    joint = len(new_name)
    merged.add_node(joint, type="branchpoint", **{axis: graph1.nodes[node1].get(axis, np.nan) for axis in "xyz"})
    merged.add_edges_from([(first, joint), (joint, second)])
    return merged


def _shared_attributes(graph1: nx.Graph, graph2: nx.Graph) -> dict[str, Any]:
    """Attributes of a joined graph."""
    attributes: dict[str, Any] = {"type": "cell"}
    for name in ("channels", "membrane_current_names", "group_names"):
        both = [*graph1.graph.get(name, ()), *graph2.graph.get(name, ())]
        if both:
            attributes[name] = [one for place, one in enumerate(both) if one not in both[:place]]
    return attributes
