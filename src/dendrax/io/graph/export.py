"""Models as graphs of compartments."""

import warnings
from typing import Any

import networkx as nx
import numpy as np

from dendrax.errors import MorphologyError
from dendrax.io.graph.swc import add_branch_edges
from dendrax.modules.module import Module, check_module
from dendrax.trees.chains import divide_chain


def to_graph(module: Module, synapses: bool = False, channels: bool = False) -> nx.DiGraph:
    """Export a module as a graph of compartments, to be edited, joined with others and read by `from_graph`.

    Args:
        module: A module or a view of whole branches.
        synapses: Export synapses, as edges with `type="synapse"`.
        channels: Export channels and their parameters and states.

    Returns:
        A node per compartment, named by its row, with all columns of `module.nodes`, `type="comp"` and the traced
        points `xyzr`; a node per branchpoint. An edge with `joint="center"` leads from a compartment to a branch that
        begins at its centre. Recordings, inputs, trainables and groups are attributes of the graph.

    Raises:
        MorphologyError: The view cuts through a branch.

    Example:
        >>> import dendrax as jx
        >>> to_graph(jx.Cell(jx.Branch(jx.Compartment(), 2), [-1, 0, 0])).number_of_nodes()
        7
    """
    check_module(module, "to_graph")
    structure, rows = module.tables.structure, module.rows
    branches = np.unique(structure.branch_of_comp[rows])
    ncomp = structure.ncomp_of_branch[branches]
    if int(ncomp.sum()) != len(rows):
        raise MorphologyError(
            "to_graph: this view holds parts of branches; select whole branches, `cell.branch([0, 1])`."
        )
    graph = nx.DiGraph(**_graph_attributes(module, channels=channels))
    of_channels = {name for one in module.channels for name in (one.name, *one.parameter_defaults, *one.state_defaults)}
    of_channels |= {name for one in module.channels for name in one.current_names}
    table = module.nodes
    skipped = {name for name in table.columns if name.startswith(("local_", "global_"))}
    skipped |= set() if channels else of_channels
    pieces = [
        piece
        for branch in branches
        for piece in divide_chain(module.tables.xyzr[branch], int(structure.ncomp_of_branch[branch]))
    ]
    records = table.loc[:, [name for name in table.columns if name not in skipped]].to_dict(orient="records")
    for row, record, piece in zip(rows.tolist(), records, pieces, strict=True):
        branch = int(structure.branch_of_comp[row])
        index = {"cell_index": int(structure.cell_of_branch[branch]), "branch_index": branch, "comp_index": row}
        graph.add_node(row, **record, **index, type="comp", xyzr=piece)
    _join_branches(graph, module, branches, rows)
    if synapses:
        _add_synapses(graph, module)
    return graph


def _graph_attributes(module: Module, *, channels: bool) -> dict[str, Any]:
    """What belongs to the whole module."""
    attributes = {
        "type": module.tables.kind,
        "ncomp": module.ncomp,
        "externals": module.externals,
        "external_inds": module.external_inds,
        "recordings": module.recordings,
        "trainable_params": module.trainable_params,
        "indices_set_by_trainables": module.indices_set_by_trainables,
        "group_names": list(module.group_names),
    }
    if channels:
        attributes |= {"channels": list(module.channels), "membrane_current_names": list(module.membrane_current_names)}
    return attributes


def _join_branches(graph: nx.DiGraph, module: Module, branches: np.ndarray, rows: np.ndarray) -> None:
    """Add edges and branchpoints; rows are those of the whole model, so a view's names stay true."""
    structure = module.tables.structure
    new_branch = np.full(structure.n_branch, -1)
    new_branch[branches] = np.arange(len(branches))
    above = structure.parent_of_branch[branches]
    parent = np.where(above >= 0, new_branch[above], -1)
    local = nx.DiGraph()
    xyzr = [module.tables.xyzr[branch] for branch in branches]
    joints = np.where(parent < 0, 1.0, structure.joint_of_branch[branches])
    add_branch_edges(local, parent, structure.ncomp_of_branch[branches], joints, xyzr)
    ncomp = len(rows)
    name_of = dict(enumerate(rows.tolist())) | {
        ncomp + rank: structure.n_comp + rank for rank in range(local.number_of_nodes()) if ncomp + rank in local
    }
    for name, attributes in local.nodes(data=True):
        if name >= ncomp:
            graph.add_node(name_of[name], **attributes)
    graph.add_edges_from((name_of[source], name_of[sink], how) for source, sink, how in local.edges(data=True))


def _add_synapses(graph: nx.DiGraph, module: Module) -> None:
    """Add an edge for every synapse."""
    several = False
    for record in module.edges.to_dict(orient="records"):
        pre, post = int(record["pre_index"]), int(record["post_index"])
        several |= graph.has_edge(pre, post)
        skipped = ("pre_index", "post_index", "type")
        more = {name: value for name, value in record.items() if name not in skipped}
        graph.add_edge(pre, post, **more, type="synapse", syn_type=record["type"])
    if several:
        warnings.warn(
            "to_graph: two synapses join the same compartments; a graph keeps the last one only.",
            UserWarning,
            stacklevel=3,
        )
