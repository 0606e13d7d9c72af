"""Finding the branches of a graph of compartments, however it was built and edited.

An edge with `joint="center"` leads from a compartment to a branch that begins at its centre.
"""

from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np

from dendrax.errors import ModelTypeError, MorphologyError

CENTER = "center"


@dataclass(frozen=True)
class BranchOfNodes:
    """One branch of a graph.

    Attributes:
        nodes: Its compartments from the parent outwards.
        reversed: Whether they were walked against their edges, so that their points run the other way. (comp,)
        parent: Index of the parent branch, -1 for the root.
        joint: Where on that it begins, from 0 to 1.
    """

    nodes: list[Any]
    reversed: list[bool]
    parent: int
    joint: float = 1.0


def check_graph(graph: Any, where: str) -> None:
    """Refuse anything but a graph."""
    if not isinstance(graph, nx.Graph):
        raise ModelTypeError(f"{where}: pass a networkx graph, as `to_graph` makes it, not {type(graph).__name__}.")


def is_synapse(edge: dict[str, Any]) -> bool:
    """Whether an edge joins two compartments by a synapse, not by cytoplasm."""
    return edge.get("type") == "synapse"


def hangs_on(cable: nx.Graph, name: Any, other: Any) -> bool:
    """Whether `other` begins a branch at the centre of the compartment `name`."""
    edge = cable.get_edge_data(name, other, default={})
    return any(one.get("joint") == CENTER for one in (edge.values() if cable.is_multigraph() else (edge,)))


def is_branchpoint(node: dict[str, Any]) -> bool:
    """Whether a node has no membrane; a node that does not say is a compartment."""
    return node.get("type", "comp") == "branchpoint"


def structure_of(graph: nx.Graph) -> nx.Graph:
    """The graph without synapses."""
    cable = graph.copy()
    if isinstance(cable, (nx.MultiGraph, nx.MultiDiGraph)):
        cable.remove_edges_from([edge[:3] for edge in cable.edges(keys=True, data=True) if is_synapse(edge[3])])
    else:
        cable.remove_edges_from([edge[:2] for edge in cable.edges(data=True) if is_synapse(edge[2])])
    return cable


def name_order(name: Any) -> tuple[bool, Any]:
    """Sort key of node names: numbers first, by size; then everything else, by its text."""
    is_number = isinstance(name, (int, float, np.integer, np.floating))
    return not is_number, name if is_number else str(name)


def cells_of(cable: nx.Graph) -> list[set[Any]]:
    """The connected parts of a graph, one per cell, by cell index where there is one, and lowest name."""
    parts = nx.connected_components(cable.to_undirected(as_view=True))

    def order(part: set[Any]) -> tuple[Any, ...]:
        index = [cable.nodes[name].get("cell_index") for name in part]
        known = [int(i) for i in index if i is not None]
        return min(known, default=0), *name_order(min(part, key=name_order))

    return sorted(parts, key=order)


def walk_cell(cable: nx.Graph, part: set[Any], root: Any = None) -> list[BranchOfNodes]:
    """List the branches of one connected part, depth-first from a tip, lowest name first.

    A branch ends at branchpoints, where compartments fork without one, and where the branch index changes.

    Args:
        cable: Graph without synapses.
        part: Names of one connected part.
        root: Compartment to begin at; by default the tip of lowest name.
    """
    around = cable.subgraph(part).to_undirected(as_view=True)
    if around.number_of_edges() != len(part) - 1:
        loop = nx.find_cycle(around)
        raise MorphologyError(
            f"The graph has a loop through the nodes {[edge[0] for edge in loop]}; remove an edge of it."
        )
    first = _first_comp(cable, around, root)
    branches: list[BranchOfNodes] = []
    waiting: list[tuple[Any, Any, int, float]] = [(first, None, -1, 1.0)]
    while waiting:
        name, before, parent, joint = waiting.pop()
        branch = BranchOfNodes([], [], parent, joint)
        branches.append(branch)
        hanging: list[tuple[Any, Any, int]] = []
        while True:
            ahead = sorted((other for other in around[name] if other != before), key=name_order)
            hanging += [(other, name, len(branch.nodes)) for other in ahead if hangs_on(cable, name, other)]
            ahead = [other for other in ahead if not hangs_on(cable, name, other)]
            branch.nodes.append(name)
            branch.reversed.append(_is_reversed(cable, before, name, ahead))
            if len(ahead) != 1 or not _continues(cable, name, ahead[0]):
                break
            before, name = name, ahead[0]
        children = [(child, via, 1.0) for child, via in _comps_behind(cable, around, name, ahead)]
        children += [(child, via, (comp + 0.5) / len(branch.nodes)) for child, via, comp in hanging]
        waiting.extend((child, via, len(branches) - 1, joint) for child, via, joint in reversed(children))
    return branches


def _first_comp(cable: nx.Graph, around: nx.Graph, root: Any) -> Any:
    """The compartment where branches are counted from."""
    comps = sorted((name for name in around if not is_branchpoint(cable.nodes[name])), key=name_order)
    if not comps:
        raise MorphologyError(
            f"A part of the graph has no compartments, only the branchpoints {sorted(map(str, around))}."
        )
    outer = _not_below_centers(cable, around)

    def is_tip(name: Any) -> bool:
        return name in outer and sum(not hangs_on(cable, name, other) for other in around[name]) <= 1

    if root is None:
        return next((name for name in comps if is_tip(name)), next(name for name in comps if name in outer))
    if root not in comps or not is_tip(root):
        raise MorphologyError(
            f"solve_root={root!r} is not a compartment at the tip of a branch. Choose one with one neighbour, not on "
            f"a branch that begins at the centre of a compartment."
        )
    return root


def _not_below_centers(cable: nx.Graph, around: nx.Graph) -> set[Any]:
    """The nodes that a walk can begin at: it comes to a compartment before the branches at its centre."""
    pairs = [pair for pair in around.edges() if hangs_on(cable, *pair) or hangs_on(cable, *pair[::-1])]
    centers = [pair if hangs_on(cable, *pair) else pair[::-1] for pair in pairs]
    if not centers:
        return set(around)
    if not cable.is_directed():
        raise MorphologyError(
            f"The edge {centers[0]} joins the centre of a compartment, but an undirected graph does not say of which. "
            f"Pass a DiGraph, as `to_graph` makes it."
        )
    parts = nx.Graph(around)
    parts.remove_edges_from(centers)
    hung = {below for _, below in centers}
    outer = [part for part in nx.connected_components(parts) if not part & hung]
    if len(outer) != 1:
        raise MorphologyError(
            f"The branch that begins with node {min(hung, key=name_order)} begins at the centre of a compartment and "
            f"is joined to others that do, too. A branch begins at one place."
        )
    return outer[0]


def _comps_behind(cable: nx.Graph, around: nx.Graph, name: Any, ahead: list[Any]) -> list[tuple[Any, Any]]:
    """Compartments that are joined to `name`, directly or through branchpoints, each with the node before it."""
    found, through = [], [(other, name) for other in ahead]
    while through:
        other, before = through.pop()
        if is_branchpoint(cable.nodes[other]):
            through.extend((far, other) for far in around[other] if far != before)
        else:
            found.append((other, before))
    return sorted(found, key=lambda pair: name_order(pair[0]))


def _continues(cable: nx.Graph, name: Any, following: Any) -> bool:
    """Whether two neighbours are in one branch."""
    here, there = cable.nodes[name], cable.nodes[following]
    if is_branchpoint(here) or is_branchpoint(there):
        return False
    return here.get("branch_index") == there.get("branch_index")


def _is_reversed(cable: nx.Graph, before: Any, name: Any, ahead: list[Any]) -> bool:
    """Whether a compartment is walked against the direction of its edges."""
    if not cable.is_directed():
        return False
    if before is not None:
        return not cable.has_edge(before, name)
    return bool(ahead) and not cable.has_edge(name, ahead[0])
