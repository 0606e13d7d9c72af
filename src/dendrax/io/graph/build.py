"""Graphs of compartments as models."""

import warnings
from dataclasses import replace
from typing import Any

import networkx as nx
import numpy as np

from dendrax.errors import ModelTypeError, MorphologyError, UnknownNameError
from dendrax.io.graph.attributes import GEOMETRY, check_attached, check_attributes
from dendrax.io.graph.walk import (
    BranchOfNodes,
    cells_of,
    check_graph,
    is_branchpoint,
    is_synapse,
    structure_of,
    walk_cell,
)
from dendrax.modules.cell import Cell, cell_from_tree
from dendrax.modules.editing import known_keys
from dendrax.modules.inputs import CURRENT, has_state
from dendrax.modules.module import Module
from dendrax.modules.network import Network
from dendrax.modules.tables import Input, Trainable
from dendrax.trees.chains import join_chains
from dendrax.trees.compartments import CompartmentTree
from dendrax.trees.geometry import cylinder

DEFAULT_RADIUS, DEFAULT_LENGTH = 1.0, 10.0  # [um], those of a Compartment
OWN_COLUMNS = ("axial_resistivity", "capacitance", "v")


def from_graph(
    comp_graph: nx.Graph,
    assign_groups: bool = True,
    solve_root: Any = None,
    traverse_for_solve_order: bool = True,
) -> Cell | Network:
    """Build a model from a graph of compartments.

    The graph may come from `build_compartment_graph` or `to_graph`, edited or not, or be built by hand: only edges
    are needed. A node that does not say `type="branchpoint"` is a compartment. What it does not say is taken
    from what it does: radius and length from `xyzr`, or 1 um and 10 um; area, volume and resistive loads from
    radius and length. Branches end at branchpoints, at forks, and where `branch_index` changes.

    Args:
        comp_graph: The graph. Edges point away from the root; where they do not, points are turned around.
        assign_groups: Make groups of the nodes' `groups`, or of the columns named by the graph's `group_names`.
        solve_root: Compartment to count branches from; by default the tip of lowest name.
        traverse_for_solve_order: If False, keep the order of the nodes' `branch_index`.

    Returns:
        A cell; a network if the graph has several unconnected parts or says `type="network"`.

    Raises:
        MorphologyError: The graph is empty or has a loop, synapses or numbers that are no geometry.

    Example:
        >>> import networkx as nx
        >>> from_graph(nx.DiGraph([(0, 1), (1, 2), (1, 3)])).shape
        (3, 4)
    """
    check_graph(comp_graph, "from_graph")
    check_attributes(comp_graph, "from_graph", OWN_COLUMNS)
    check_attached(comp_graph, "from_graph")
    if any(is_synapse(edge[-1]) for edge in comp_graph.edges(data=True)):
        raise MorphologyError(
            "from_graph: the graph has synapses, which it cannot read; export with `to_graph(net, synapses=False)` and "
            "connect the cells afterwards."
        )
    cable = structure_of(comp_graph)
    while loose := [name for name in cable if is_branchpoint(cable.nodes[name]) and cable.degree[name] < 2]:
        cable.remove_nodes_from(loose)
    if cable.number_of_nodes() == 0:
        raise MorphologyError("from_graph: the graph has no compartments.")
    if solve_root is not None and solve_root not in cable:
        raise MorphologyError(f"from_graph: solve_root={solve_root!r} is no node of the graph; pass a tip, or None.")
    cells, names = [], []
    for part in cells_of(cable):
        root = solve_root if solve_root in part else None
        branches = walk_cell(cable, part, root)
        if not traverse_for_solve_order:
            branches = _in_given_order(cable, branches)
        cells.append(cell_from_tree(_tree_of(cable, branches, assign_groups=assign_groups)))
        names += [name for branch in branches for name in branch.nodes]
    kind = comp_graph.graph.get("type")
    module = Network(cells) if len(cells) > 1 or kind == "network" else cells[0]
    _restore(module, cable, names)
    return module


def _in_given_order(cable: nx.Graph, branches: list[BranchOfNodes]) -> list[BranchOfNodes]:
    """Sort branches by the branch index of their nodes."""
    firsts = [cable.nodes[branch.nodes[0]] for branch in branches]
    if not all("branch_index" in first for first in firsts):
        raise MorphologyError("from_graph: traverse_for_solve_order=False needs a branch_index for every compartment.")
    index = [int(first["branch_index"]) for first in firsts]
    order = sorted(range(len(branches)), key=lambda old: index[old])
    new = {old: place for place, old in enumerate(order)} | {-1: -1}
    if any(new[branches[old].parent] >= new[old] for old in order):
        raise MorphologyError(
            "from_graph: with traverse_for_solve_order=False a branch must come after its parent; leave it True."
        )
    return [replace(branches[old], parent=new[branches[old].parent]) for old in order]


def _tree_of(cable: nx.Graph, branches: list[BranchOfNodes], *, assign_groups: bool) -> CompartmentTree:
    """Collect the attributes of nodes into a tree of compartments."""
    nodes = [cable.nodes[name] for branch in branches for name in branch.nodes]
    turned = np.array([flag for branch in branches for flag in branch.reversed])
    shape = {name: np.array([_number(node, name) for node in nodes]) for name in GEOMETRY}
    xyzr = [
        join_chains(
            [_chain(cable.nodes[name], turn=turn) for name, turn in zip(branch.nodes, branch.reversed, strict=True)]
        )
        for branch in branches
    ]
    shape["radius"] = np.where(np.isnan(shape["radius"]), DEFAULT_RADIUS, shape["radius"])
    shape["length"] = np.where(np.isnan(shape["length"]), DEFAULT_LENGTH, shape["length"])
    area, volume, load = cylinder(shape["radius"], shape["length"])
    for name, value in (("area", area), ("volume", volume), ("resistive_load_in", load), ("resistive_load_out", load)):
        shape[name] = np.where(np.isnan(shape[name]), value, shape[name])
    for name, values in shape.items():
        if not (np.isfinite(values).all() and (values > 0).all()):
            wrong = int((~np.isfinite(values) | ~(values > 0)).argmax())
            raise MorphologyError(f"from_graph: a compartment has {name} {values[wrong]}; it must be positive.")
    into, out = shape["resistive_load_in"].copy(), shape["resistive_load_out"].copy()
    shape["resistive_load_in"], shape["resistive_load_out"] = np.where(turned, out, into), np.where(turned, into, out)
    return CompartmentTree(
        parent_of_branch=np.array([branch.parent for branch in branches]),
        ncomp_of_branch=np.array([len(branch.nodes) for branch in branches]),
        joint_of_branch=np.array([branch.joint for branch in branches]),
        xyz=np.array([[_number(node, axis) for axis in "xyz"] for node in nodes]),
        xyzr=tuple(xyzr),
        groups=_groups_of(cable, nodes) if assign_groups else {},
        **shape,
    )


def _number(node: dict[str, Any], name: str) -> float:
    """A number that a node has, or NaN; length and radius can be had from its points."""
    if name in node:
        return float(node[name])
    chain = np.asarray(node.get("xyzr", np.zeros((0, 4))), dtype=float)
    if len(chain) > 1 and name in ("length", "radius"):
        steps = np.sqrt((np.diff(chain[:, :3], axis=0) ** 2).sum(axis=1))
        if name == "length":
            return float(steps.sum()) if steps.sum() > 0 else np.nan
        middle = (chain[1:, 3] + chain[:-1, 3]) / 2
        return float((steps * middle).sum() / steps.sum()) if steps.sum() > 0 else np.nan
    return np.nan


def _chain(node: dict[str, Any], *, turn: bool) -> np.ndarray:
    """The traced points of one compartment from the parent outwards; NaN where there are none."""
    chain = np.array(node.get("xyzr", np.full((2, 4), np.nan)), dtype=float)
    return chain[::-1] if turn else chain


def _groups_of(cable: nx.Graph, nodes: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """Members of each group."""
    named = [set(node.get("groups", ())) for node in nodes]
    columns = cable.graph.get("group_names", ())
    groups = {name: np.array([bool(node.get(name, False)) for node in nodes]) for name in columns}
    for name in sorted(set().union(*named)):
        groups[name] = np.array([name in own for own in named]) | groups.get(name, False)
    return {name: members for name, members in groups.items() if members.any()}


def _restore(module: Module, cable: nx.Graph, names: list[Any]) -> None:
    """Bring back what a graph of `to_graph` says beyond shape: channels, values, recordings, inputs, trainables."""
    nodes = [cable.nodes[name] for name in names]
    keys = list(OWN_COLUMNS)
    for channel in cable.graph.get("channels", ()):
        rows = [row for row, node in enumerate(nodes) if node.get(channel.name, False)]
        if rows:
            module.select(nodes=rows).insert(channel)
            keys += [*channel.parameter_defaults, *channel.state_defaults]
    for key in keys:
        values = np.array([node.get(key, np.nan) for node in nodes], dtype=float)
        rows = np.flatnonzero(np.isfinite(values))
        if len(rows):
            module.select(nodes=rows.tolist()).set(key, values[rows])
    row_of = {name: row for row, name in enumerate(names)}
    tables, graph = module.tables, cable.graph
    recordings = graph.get("recordings")
    if recordings is not None and len(recordings):
        for name, state in zip(recordings["rec_index"], recordings["state"], strict=True):
            if name in row_of and _is_there(module, state, row_of[name]):
                tables.recordings[(state, row_of[name])] = None
    for key, values in graph.get("externals", {}).items():
        places = np.asarray(graph["external_inds"][key])
        kept = np.array(
            [name in row_of and (key == CURRENT or _is_there(module, key, row_of[name])) for name in places.tolist()],
            dtype=bool,
        )
        if kept.any():
            rows = np.array([row_of[name] for name in places[kept].tolist()])
            tables.inputs.setdefault(key, []).append(Input(rows, np.asarray(values, dtype=float)[kept]))
    for params, indices in zip(
        graph.get("trainable_params", ()), graph.get("indices_set_by_trainables", ()), strict=True
    ):
        _restore_trainable(module, params, np.asarray(indices), row_of)


def _is_there(module: Module, state: Any, row: int) -> bool:
    """Whether a compartment has a state or current, so that it can be recorded or clamped; a warning if not."""
    try:
        return bool(has_state(module.select(nodes=[row])._selection, state, "from_graph")[2].all())
    except (UnknownNameError, ModelTypeError) as error:
        warnings.warn(
            f"A recording or clamp of the graph is left out. {error} Export with `to_graph(..., channels=True)`.",
            stacklevel=4,
        )
        return False


def _restore_trainable(module: Module, params: dict[str, Any], indices: np.ndarray, row_of: dict[Any, int]) -> None:
    """Share values among the rows that are left."""
    key, values = next(iter(params.items()))
    if key not in known_keys(module.tables):
        warnings.warn(f"The trainable {key!r} of the graph is left out: the model has no such parameter.", stacklevel=4)
        return
    pairs = [
        (row_of[name], group) for group, members in enumerate(indices.tolist()) for name in members if name in row_of
    ]
    if pairs:
        pairs = list(dict.fromkeys(pairs))
        rows, group_of_row = (np.array(column) for column in zip(*pairs, strict=True))
        groups, group_of_row = np.unique(group_of_row, return_inverse=True)
        module.tables.trainables.append(Trainable(key, rows, group_of_row, np.asarray(values, dtype=float)[groups]))
