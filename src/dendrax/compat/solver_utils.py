"""Orders in which trees of compartments are solved, and matrices as compressed columns."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import networkx as nx
import numpy as np
import pandas as pd
from jaxtyping import Array, Int

from dendrax.errors import MorphologyError, ValueShapeError

__all__ = [
    "bfs_edge_hops",
    "comp_edges_to_indices",
    "convert_to_csc",
    "dhs_group_comps_into_levels",
    "dhs_permutation_indices",
    "dhs_solve_index",
]

Node = Hashable


def bfs_edge_hops(graph: nx.DiGraph, root: Node, allowed_nodes_per_level: int) -> Iterator[tuple[Any, Any, int]]:
    """The edges of a tree breadth first, with the level of their lower end.

    Args:
        graph: The tree; edges count in their direction.
        root: Where to begin.
        allowed_nodes_per_level: How many nodes of equal depth share a level, so that they can be solved at once.

    Yields:
        Upper end, lower end and level, from 1 on.

    Raises:
        MorphologyError: The root is not in the graph.

    Example:
        >>> list(bfs_edge_hops(nx.DiGraph([(0, 1), (0, 2)]), 0, 1))
        [(0, 1, 1), (0, 2, 2)]
    """
    if root not in graph:
        raise MorphologyError(f"bfs_edge_hops: the root {root!r} is not a node of the graph.")
    depth, level, in_level, deepest = {root: 0}, 0, 0, 0
    for upper, lower in nx.bfs_edges(graph, root):
        depth[lower] = depth[upper] + 1
        if depth[lower] > deepest or in_level == allowed_nodes_per_level:
            level, in_level, deepest = level + 1, 0, depth[lower]
        in_level += 1
        yield upper, lower, level


def dhs_solve_index(
    solve_graph: nx.DiGraph, allowed_nodes_per_level: int = 1, root: int | None = 0
) -> tuple[list[tuple[int, int, int]], dict[int, int]]:
    """An order of the nodes of a tree in which each comes after its parent: that of dendritic hierarchical scheduling.

    Args:
        solve_graph: The tree, as `to_graph` returns it. The direction of its edges does not count.
        allowed_nodes_per_level: How many nodes can be solved at once.
        root: The node to begin with; 0 if None.

    Returns:
        Node, parent and level in that order, beginning with (root, -1, 0); and the place of each node in it.

    References:
        Zhang Y et al. (2023). A GPU-based computational framework that bridges neuron simulation and artificial
        intelligence. Nature Communications 14:5798.

    Example:
        >>> dhs_solve_index(nx.DiGraph([(0, 2), (2, 1)]))
        ([(0, -1, 0), (2, 0, 1), (1, 2, 2)], {0: 0, 1: 2, 2: 1})
    """
    root = 0 if root is None else root
    both_ways = nx.DiGraph()
    both_ways.add_nodes_from(sorted(solve_graph.nodes))
    both_ways.add_edges_from(sorted((*solve_graph.edges, *(edge[::-1] for edge in solve_graph.edges))))
    edges = bfs_edge_hops(both_ways, root, allowed_nodes_per_level)
    order = [(root, -1, 0), *((lower, upper, level) for upper, lower, level in edges)]
    place = {node: position for position, (node, _, _) in enumerate(order)}
    return order, dict(sorted(place.items()))


def dhs_group_comps_into_levels(new_node_order: np.ndarray | Array) -> list[np.ndarray]:
    """Nodes and parents by level.

    Args:
        new_node_order: Node, parent and level, by rising level. (row, 3)

    Returns:
        level x (row, 2)

    Example:
        >>> [rows.tolist() for rows in dhs_group_comps_into_levels(np.array([[1, 0, 1], [2, 0, 1], [3, 1, 2]]))]
        [[[1, 0], [2, 0]], [[3, 1]]]
    """
    order = np.asarray(new_node_order)
    return np.split(order[:, :2], np.flatnonzero(np.diff(order[:, 2])) + 1)


def dhs_permutation_indices(
    lowers_and_uppers: np.ndarray | Array,
    offdiag_inds: np.ndarray | Array,
    node_order: np.ndarray | Array | Sequence[tuple[int, int, int]],
    mapping_dict: Mapping[int, int],
) -> tuple[Int[Array, " entry"], Int[Array, "row 3"]]:
    """Off-diagonal entries in the order of the solve, and that order in terms of itself.

    Args:
        lowers_and_uppers: Any numbers of the entries. (entry,)
        offdiag_inds: Column and row of each entry, that is, source and sink of each edge. (2, entry)
        node_order: Node, parent and level without the root, as `dhs_solve_index` returns them. (row, 3)
        mapping_dict: Place of each node in the solve.

    Returns:
        The numbers of the entries in the rows of the nodes, then of those in the columns of the nodes, each in the
        order of the solve; and `node_order` with places instead of nodes.

    Raises:
        MorphologyError: Node and parent of a row are not joined by an entry.

    Example:
        >>> entries = np.array([[0, 1], [1, 0]])
        >>> dhs_permutation_indices(np.array([7, 8]), entries, np.array([[1, 0, 1]]), {0: 0, 1: 1})[0].tolist()
        [7, 8]
    """
    columns, rows = np.asarray(offdiag_inds)
    at = {(int(row), int(column)): k for k, (column, row) in enumerate(zip(columns, rows, strict=True))}
    order = np.asarray(node_order)
    if lost := [pair for pair in map(tuple, order[:, :2].tolist()) if pair not in at or pair[::-1] not in at]:
        raise MorphologyError(f"dhs_permutation_indices: nothing joins node {lost[0][0]} and its parent {lost[0][1]}.")
    chosen = [at[node, parent] for node, parent, _ in order.tolist()]
    chosen += [at[parent, node] for node, parent, _ in order.tolist()]
    places = [(mapping_dict[node], mapping_dict[parent], level) for node, parent, level in order.tolist()]
    return jnp.asarray(np.asarray(lowers_and_uppers)[chosen]), jnp.asarray(places)


def comp_edges_to_indices(
    comp_edges: pd.DataFrame,
) -> tuple[np.ndarray, Int[Array, " entry"], np.ndarray]:
    """The matrix of the voltage equations in compressed form.

    Args:
        comp_edges: Columns source and sink, one row for each direction of each edge.

    Returns:
        For each stored entry its place in the concatenation of the diagonal and the edges; its column; and the first
        entry of each row, and their number.

    Example:
        >>> comp_edges_to_indices(pd.DataFrame({"source": [0, 1], "sink": [1, 0]}))[0]
        array([0, 3, 2, 1])
    """
    source, sink = (comp_edges[name].to_numpy(dtype=int) for name in ("source", "sink"))
    n_nodes = int(max(source.max(initial=0), sink.max(initial=0))) + 1
    diagonal = np.arange(n_nodes)
    rows, columns = np.concatenate([diagonal, sink]), np.concatenate([diagonal, source])
    data_inds, indices, indptr = convert_to_csc(len(rows), columns, rows)
    return data_inds, jnp.asarray(indices), indptr


def convert_to_csc(
    num_elements: int, row_ind: np.ndarray, col_ind: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A sparse matrix as compressed columns.

    Args:
        num_elements: Number of entries, or more.
        row_ind: Row of each entry. (entry,)
        col_ind: Column of each entry. (entry,)

    Returns:
        The order of the entries by column, then row; their rows; the first entry of each column, and their number.

    Raises:
        ValueShapeError: There are more indices than entries.

    Example:
        >>> convert_to_csc(3, np.array([1, 0, 1]), np.array([1, 0, 0]))
        (array([1, 2, 0]), array([0, 1, 1]), array([0, 2, 3]))
    """
    if not len(row_ind) == len(col_ind) <= num_elements:
        raise ValueShapeError(
            f"convert_to_csc: {len(row_ind)} rows and {len(col_ind)} columns for {num_elements} entries. Pass one each."
        )
    order = np.lexsort((row_ind, col_ind))
    n_columns = int(np.max(col_ind, initial=-1)) + 1
    return order, np.asarray(row_ind)[order], np.searchsorted(np.asarray(col_ind)[order], np.arange(n_columns + 1))
