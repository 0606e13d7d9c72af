"""One step of the voltage equations of a tree, from conductances per edge, as the reference's own programs call it.

Nodes are compartments and branch points. With the rates g_ij [1/ms] of the edges into node i
(`morph_attributes.compute_axial_conductances`), the membrane's slope a_i [1/ms] and constant b_i [mV/ms],

    compartments     dv_i/dt = sum_j g_ij (v_j - v_i) - a_i v_i + b_i
    branch points    0 = sum_j g_ij (v_j - v_i)

`integrate` and `build_init_and_step_fn` do not come here: they work on a symmetric matrix, see `dendrax.engine.cable`.
"""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from dendrax.engine.solvers import Doubling, Levels, Sequential, Solver, Sparse, solve_forest
from dendrax.errors import MorphologyError
from dendrax.mechanisms.gates import exponential_euler

__all__ = [
    "step_voltage_explicit",
    "step_voltage_exponential",
    "step_voltage_implicit_with_dhs_solve",
    "step_voltage_implicit_with_jax_spsolve",
    "step_voltage_implicit_with_stone",
]

OfNodes = Float[Array | np.ndarray, " node"]
OfEdges = Float[Array | np.ndarray, " edge"]
Nodes = Int[Array | np.ndarray, " edge"]
Comps = Int[Array | np.ndarray, " comp"]
LAST_TYPE_OF_COMPS = 2
"""Edges of greater type lead into branch points."""


def step_voltage_explicit(
    voltages: OfNodes,
    voltage_terms: OfNodes,
    constant_terms: OfNodes,
    axial_conductances: OfEdges,
    sinks: Nodes,
    sources: Nodes,
    types: Nodes,
    n_nodes: int,
    delta_t: Any,
) -> Float[Array, " node"]:
    """Forward Euler.

    Args:
        voltages: Voltages [mV]; those of branch points follow from their neighbours and are returned as they are.
        voltage_terms: a [1/ms], anything at branch points.
        constant_terms: b [mV/ms], anything at branch points.
        axial_conductances: g [1/ms].
        sinks: Node that each edge leads into.
        sources: Node that it comes from.
        types: 0 to 2 into compartments, 3 and 4 into branch points.
        n_nodes: Number of nodes.
        delta_t: Time step [ms].

    Returns:
        Voltages after the step [mV].

    Example:
        >>> edges = np.array([0, 1]), np.array([1, 0]), np.array([0, 0])
        >>> print(step_voltage_explicit(np.array([0.0, 1.0]), np.zeros(2), np.zeros(2), np.ones(2), *edges, 2, 0.1))
        [0.1 0.9]
    """
    v = jnp.asarray(voltages)
    is_point = np.zeros(int(n_nodes), bool)
    is_point[np.asarray(sinks)[np.asarray(types) > LAST_TYPE_OF_COMPS]] = True

    def gathered(values: Array | np.ndarray) -> Array:
        return jnp.zeros(int(n_nodes), v.dtype).at[jnp.asarray(sinks)].add(values)

    g = jnp.asarray(axial_conductances)
    total = jnp.where(is_point, gathered(g), 1.0)
    settled = jnp.where(is_point, gathered(g * v[jnp.asarray(sources)]) / total, v)
    flow = gathered(g * (settled[jnp.asarray(sources)] - settled[jnp.asarray(sinks)]))
    return jnp.where(is_point, v, v + delta_t * (flow - voltage_terms * v + constant_terms))


def step_voltage_exponential(
    voltages: OfNodes,
    voltage_terms: OfNodes,
    constant_terms: OfNodes,
    axial_conductances: Any,  # noqa: ARG001 - the reference's signature
    matrix_exponential: Float[Array | np.ndarray, "comp comp"],
    internal_node_inds: Comps,
    delta_t: Any,
) -> Float[Array, " node"]:
    """Exponential Euler: the membrane exactly, then the cable exactly.

    Args:
        voltages: Voltages [mV]; those of branch points are returned as they are.
        voltage_terms: a [1/ms], not 0.
        constant_terms: b [mV/ms].
        axial_conductances: Not used; they are in the matrix.
        matrix_exponential: exp(G dt), G the axial operator with the branch points eliminated.
        internal_node_inds: The nodes that are compartments.
        delta_t: Time step [ms].

    Returns:
        Voltages after the step [mV].

    Example:
        >>> one = np.ones(1)
        >>> print(step_voltage_exponential(-70 * one, one, -50 * one, None, np.eye(1), np.array([0]), 1e3))
        [-50.]
    """
    v, comps = jnp.asarray(voltages), jnp.asarray(internal_node_inds)
    slope, constant = (jnp.asarray(term)[comps] for term in (voltage_terms, constant_terms))
    relaxed = exponential_euler(v[comps], delta_t, constant / slope, 1.0 / slope)
    return v.at[comps].set(jnp.matmul(matrix_exponential, relaxed, precision="highest"))


def step_voltage_implicit_with_dhs_solve(
    voltages: OfNodes,
    voltage_terms: OfNodes,
    constant_terms: OfNodes,
    axial_conductances: OfEdges,
    internal_node_inds: Comps,
    sinks: Nodes,
    n_nodes: int,
    solve_indexer: Mapping[str, Any],
    optimize_for_gpu: bool,
    delta_t: Any,
) -> Float[Array, " node"]:
    """Backward Euler, solved in the order of dendritic hierarchical scheduling.

    Args:
        voltages: Voltages [mV].
        voltage_terms: a [1/ms].
        constant_terms: b [mV/ms].
        axial_conductances: g [1/ms].
        internal_node_inds: The nodes that are compartments.
        sinks: Node that each edge leads into.
        n_nodes: Number of nodes.
        solve_indexer: "map_to_solve_order": node at each place; "parent_lookup": place of the parent of each place, -1
            for roots, and one entry more; "map_to_solve_order_lower" and "map_to_solve_order_upper": at each place the
            edge that comes from the parent, and the edge that leads into it.
        optimize_for_gpu: Solve level by level, and not node by node.
        delta_t: Time step [ms].

    Returns:
        Voltages after the step [mV].

    Example:
        ```python
        v = step_voltage_implicit_with_dhs_solve(v, a, b, g, comps, sinks, n_nodes, indexer, False, 0.025)
        ```
    """
    diagonal, rhs = _matrix(
        voltages, voltage_terms, constant_terms, axial_conductances, internal_node_inds, sinks, n_nodes, delta_t
    )
    order = np.asarray(solve_indexer["map_to_solve_order"])
    off = -delta_t * jnp.asarray(axial_conductances)
    lower, upper = (off[jnp.asarray(solve_indexer[f"map_to_solve_order_{side}"])] for side in ("lower", "upper"))
    solver = Levels() if optimize_for_gpu else Sequential()
    plan = solver.plan(np.asarray(solve_indexer["parent_lookup"])[: len(order)])
    x = solve_forest(solver, plan, diagonal[order], lower, upper, rhs[order])
    return jnp.zeros_like(rhs).at[order].set(x)


def step_voltage_implicit_with_jax_spsolve(
    voltages: OfNodes,
    voltage_terms: OfNodes,
    constant_terms: OfNodes,
    axial_conductances: OfEdges,
    internal_node_inds: Comps,
    sinks: Nodes,
    data_inds: Int[Array | np.ndarray, " entry"],
    indices: Int[Array | np.ndarray, " entry"],
    indptr: Int[Array | np.ndarray, " row"],  # noqa: ARG001 - the rows of the edges are their sinks
    n_nodes: int,
    delta_t: Any,
) -> Float[Array, " node"]:
    """Backward Euler, solved by sparse LU.

    Args:
        voltages: Voltages [mV].
        voltage_terms: a [1/ms].
        constant_terms: b [mV/ms].
        axial_conductances: g [1/ms].
        internal_node_inds: The nodes that are compartments.
        sinks: Node that each edge leads into.
        data_inds: For each stored entry its place in the concatenation of the diagonal and the edges.
        indices: Its column.
        indptr: The first entry of each row; all three are those of `solver_utils.comp_edges_to_indices`.
        n_nodes: Number of nodes.
        delta_t: Time step [ms].

    Returns:
        Voltages after the step [mV].

    Raises:
        MorphologyError: The edges are not those of trees.

    Example:
        ```python
        indexer = comp_edges_to_indices(comp_edges)
        v = step_voltage_implicit_with_jax_spsolve(v, a, b, g, comps, sinks, *indexer, n_nodes, 0.025)
        ```
    """
    entries, columns = np.asarray(data_inds), np.asarray(indices)
    sources = np.zeros(len(sinks), dtype=int)
    of_edges = entries >= n_nodes
    sources[entries[of_edges] - n_nodes] = columns[of_edges]
    system = _matrix(
        voltages, voltage_terms, constant_terms, axial_conductances, internal_node_inds, sinks, n_nodes, delta_t
    )
    return _solve(Sparse(), *system, -delta_t * jnp.asarray(axial_conductances), sinks, sources)


def step_voltage_implicit_with_stone(
    voltages: OfNodes,
    voltage_terms: OfNodes,
    constant_terms: OfNodes,
    axial_conductances: OfEdges,
    internal_node_inds: Comps,
    n_nodes: int,
    sinks: Nodes,
    sources: Nodes,
    types: Nodes,  # noqa: ARG001 - the reference's signature
    delta_t: Any,
) -> Float[Array, " node"]:
    """Backward Euler of cables that do not branch, solved by recursive doubling.

    Args:
        voltages: Voltages [mV].
        voltage_terms: a [1/ms].
        constant_terms: b [mV/ms].
        axial_conductances: g [1/ms].
        internal_node_inds: The nodes that are compartments.
        n_nodes: Number of nodes.
        sinks: Node that each edge leads into.
        sources: Node that it comes from.
        types: Not used.
        delta_t: Time step [ms].

    Returns:
        Voltages after the step [mV].

    Raises:
        MorphologyError: A cable branches.

    Example:
        >>> edges = np.array([0, 1]), np.array([1, 0]), np.array([0, 0])
        >>> v, none, g = np.array([0.0, 1.0]), np.zeros(2), np.full(2, 1e6)
        >>> print(np.round(step_voltage_implicit_with_stone(v, none, none, g, np.arange(2), 2, *edges, 0.1), 3))
        [0.5 0.5]
    """
    system = _matrix(
        voltages, voltage_terms, constant_terms, axial_conductances, internal_node_inds, sinks, n_nodes, delta_t
    )
    return _solve(Doubling(), *system, -delta_t * jnp.asarray(axial_conductances), sinks, sources)


def _matrix(
    voltages: OfNodes,
    voltage_terms: OfNodes,
    constant_terms: OfNodes,
    axial_conductances: OfEdges,
    internal_node_inds: Comps,
    sinks: Nodes,
    n_nodes: int,
    delta_t: Any,
) -> tuple[Float[Array, " node"], Float[Array, " node"]]:
    """Diagonal and right-hand side of the implicit step."""
    v, comps = jnp.asarray(voltages), jnp.asarray(internal_node_inds)
    slope, constant = (jnp.asarray(term)[comps] for term in (voltage_terms, constant_terms))
    nothing = jnp.zeros(int(n_nodes), v.dtype)
    diagonal = nothing.at[comps].set(1.0 + delta_t * slope).at[jnp.asarray(sinks)].add(delta_t * axial_conductances)
    return diagonal, nothing.at[comps].set(v[comps] + delta_t * constant)


def _solve(
    solver: Solver,
    diagonal: Float[Array, " node"],
    rhs: Float[Array, " node"],
    off_diagonal: Float[Array, " edge"],
    sinks: Nodes,
    sources: Nodes,
) -> Float[Array, " node"]:
    """Solve with the matrix that holds `off_diagonal` in rows `sinks` and columns `sources`."""
    row, column = np.asarray(sinks), np.asarray(sources)
    parent = _parents(row, column, len(rhs))
    from_parent, into_parent = parent[row] == column, parent[column] == row
    if not (from_parent | into_parent).all() or from_parent.sum() != into_parent.sum():
        raise MorphologyError("The edges are not those of trees: each must be there once in both directions.")
    nothing = jnp.zeros_like(rhs)
    lower = nothing.at[row[from_parent]].set(off_diagonal[from_parent])
    upper = nothing.at[column[into_parent]].set(off_diagonal[into_parent])
    return solve_forest(solver, solver.plan(parent), diagonal, lower, upper, rhs)


def _parents(row: np.ndarray, column: np.ndarray, n: int) -> np.ndarray:
    """Parents when every tree hangs from its first end, so that a path is one, or from its first node. (node,)"""
    from scipy.sparse import coo_array  # noqa: PLC0415 - it takes longer to import than most of us
    from scipy.sparse.csgraph import breadth_first_order, connected_components  # noqa: PLC0415

    ends = np.bincount(row, minlength=n) <= 1
    tree_of_node = connected_components(coo_array((np.ones(len(row)), (row, column)), shape=(n, n)))[1]
    by_tree = np.lexsort((~ends, tree_of_node))
    roots = by_tree[np.unique(tree_of_node[by_tree], return_index=True)[1]]
    # One more node, from which all trees hang, makes one search of many.
    down, across = np.concatenate([row, np.full(len(roots), n)]), np.concatenate([column, roots])
    graph = coo_array((np.ones(len(down)), (down, across)), shape=(n + 1, n + 1)).tocsr()
    above = breadth_first_order(graph, n)[1][:n]
    return np.where(above == n, -1, above)
