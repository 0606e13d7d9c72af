"""Calls of the helpers that Jaxley 0.14 has, to be made with its functions and with ours.

`CASES[name](module)` gets a function from the path of a module to that module.
"""

import jax.numpy as jnp
import networkx as nx
import numpy as np
import pandas as pd

CELL, MORPH, SOLVE = "jaxley.utils.cell_utils", "jaxley.utils.morph_attributes", "jaxley.utils.solver_utils"
MISC, PLOT, VOLTAGE = "jaxley.utils.misc_utils", "jaxley.utils.plot_utils", "jaxley.solver_voltage"
DEBUG = "jaxley.utils.debug_solver"
PARENTS = np.array([-1, 0, 0, 1, 1])
XYZR = np.array([[0, 0, 0, 1.0], [10, 0, 0, 2.0], [10, 20, 0, 3.0], [14, 23, 2, 0.5]])
LENGTHS, RADII = np.array([10.0, 20.0, 3.0]), np.array([1.0, 2.0, 3.0, 0.5])

# A cell of five branches with two compartments each, and branch points 10 and 11.
EDGES = pd.DataFrame(
    [(i + j, i + 1 - j, 1 - j, 0) for i in (0, 2, 4, 6, 8) for j in (0, 1)]
    + [(10, 1, 0, 1), (11, 3, 0, 1)]
    + [(10, 2, 1, 2), (10, 4, 1, 2), (11, 6, 1, 2), (11, 8, 1, 2)]
    + [(1, 10, 1, 3), (3, 11, 1, 3)]
    + [(2, 10, 0, 4), (4, 10, 0, 4), (6, 11, 0, 4), (8, 11, 0, 4)],
    columns=["source", "sink", "ordered", "type"],
)
RNG = np.random.default_rng(0)
PARAMS = {
    name: jnp.asarray(RNG.uniform(1.0, 10.0, 10))
    for name in (
        *("axial_resistivity", "resistive_load_in", "resistive_load_out", "area", "volume", "capacitance"),
        "axial_diffusion_CaCon_i",
    )
}
RATES = jnp.asarray(RNG.uniform(1.0, 20.0, 22))
V = jnp.asarray(RNG.uniform(-80.0, -40.0, 12))
SLOPE = jnp.asarray(np.append(RNG.uniform(0.1, 1.0, 10), [0.0, 0.0]))
CONSTANT = jnp.asarray(np.append(RNG.uniform(-80.0, 0.0, 10), [0.0, 0.0]))
COMPS = np.arange(10)
SOURCE, SINK, TYPE = (EDGES[name].to_numpy() for name in ("source", "sink", "type"))
PATH = pd.DataFrame({"source": [0, 1, 2, 1, 2, 3], "sink": [1, 2, 3, 0, 1, 2], "type": 0})
TREE = nx.DiGraph([(0, 1), (1, 10), (10, 2), (10, 4), (2, 3), (4, 5), (3, 11), (11, 6), (11, 8), (6, 7), (8, 9)])


def dhs(module, optimize_for_gpu):
    """The implicit step with an order that the helpers made."""
    solve = module(SOLVE)
    order, place = solve.dhs_solve_index(TREE, 16 if optimize_for_gpu else 1, 0)
    order = np.array(order)
    edges, in_places = solve.dhs_permutation_indices(np.arange(22), np.array([SOURCE, SINK]), order[1:], place)
    grouped = solve.dhs_group_comps_into_levels(np.asarray(in_places))
    parents = np.concatenate([[-1], np.asarray(in_places)[:, 1], [-1]])
    indexer = {
        "map_dict": place,
        "inv_map_to_solve_order": np.array([place[node] for node in range(12)]),
        "map_to_solve_order": order[:, 0],
        "map_to_solve_order_lower": jnp.concatenate([jnp.zeros(1, int), edges[:11]]),
        "map_to_solve_order_upper": jnp.concatenate([jnp.zeros(1, int), edges[11:]]),
        "node_order": in_places,
        "node_order_grouped": grouped,
        "parent_lookup": parents,
        "all_children": np.asarray(in_places)[:, 0],
        "all_parents": np.asarray(in_places)[:, 1],
    }
    return module(VOLTAGE).step_voltage_implicit_with_dhs_solve(
        V, SLOPE, CONSTANT, RATES, COMPS, SINK, 12, indexer, optimize_for_gpu, 0.025
    )


def spsolve(module):
    """The implicit step with the indices that the helpers made."""
    indexer = module(SOLVE).comp_edges_to_indices(EDGES)
    return module(VOLTAGE).step_voltage_implicit_with_jax_spsolve(
        V, SLOPE, CONSTANT, RATES, COMPS, SINK, *indexer, 12, 0.025
    )


def stone(module):
    """The implicit step of a path."""
    edges = (PATH[name].to_numpy() for name in ("sink", "source", "type"))
    return module(VOLTAGE).step_voltage_implicit_with_stone(
        V[:4], SLOPE[:4], CONSTANT[:4], RATES[:6], np.arange(4), 4, *edges, 0.025
    )


CASES = {
    "children_and_parents": lambda m: m(CELL).compute_children_and_parents(
        pd.DataFrame({"parent_branch_index": PARENTS[1:], "child_branch_index": [1, 2, 3, 4]})
    ),
    "children_indices": lambda m: m(CELL).compute_children_indices(PARENTS),
    "levels": lambda m: m(CELL).compute_levels(PARENTS),
    "children_in_level": lambda m: m(CELL).compute_children_in_level(
        np.array([0, 1, 1, 2, 2]), np.array([[1, 0], [2, 0], [3, 1], [4, 1]])
    ),
    "distributed": lambda m: m(CELL).convert_point_process_to_distributed(
        jnp.array([1.0, 2.0]), jnp.array([10.0, 7.0])
    ),
    "equal_segments": lambda m: m(CELL).equal_segments([1.0, 2.0, 3.0], 2),
    "linear_segments": lambda m: m(CELL).linear_segments(1.0, [2.0, 3.0, 5.0], np.array([-1, 0, 1]), 4),
    "num_neighbours": lambda m: m(CELL).get_num_neighbours(np.array([2, 1, 0, 3]), 3, 4),
    "num_neighbours_of_one": lambda m: m(CELL).get_num_neighbours(np.array([2, 1, 0, 3]), 1, 4),
    "interpolate": lambda m: [m(CELL).interpolate_xyzr(loc, XYZR) for loc in (0.0, 0.25, 0.5, 1.0)],
    "loc_of_index": lambda m: m(CELL).loc_of_index(np.arange(7), np.array([0, 0, 0, 0, 1, 1, 2]), np.array([4, 2, 1])),
    "index_of_loc": lambda m: [
        m(CELL).local_index_of_loc(loc, 0, np.array([4, 2])) for loc in (0.0, 0.1, 0.25, 0.26, 0.5, 0.75, 0.99, 1.0)
    ],
    "merge_cells": lambda m: m(CELL).merge_cells(
        *([0, 5, 8], [0, 2, 3]),
        [[np.array([[1, 0], [2, 0]]), np.array([[3, 1]])], [np.array([[1, 0], [2, 0]])]],
        exclude_first=False,
    ),
    "pstate": lambda m: [
        [one["val"], one["indices"]]
        for one in m(CELL).params_to_pstate(
            [{"radius": jnp.array([1.0, 2.0])}, {"HH_gNa": jnp.array([0.1])}],
            [np.array([[0, 1], [2, 3]]), np.array([[0]])],
        )
    ],
    "query": lambda m: m(CELL).query_channel_states_and_params(
        {"a": jnp.array([0.0, 1.0, 7.0]), "b": 2}, ["a"], np.array([0, 2])
    )["a"],
    "remap": lambda m: m(CELL).remap_to_consecutive(np.array([3, 3, 1, 4, 4, 0])),
    "cumsum": lambda m: m(MISC).cumsum_leading_zero([1, 2, 3]),
    "concat": lambda m: (
        m(MISC)
        .concat_and_ignore_empty(
            [pd.DataFrame(), pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]})], ignore_index=True
        )
        .to_numpy()
    ),
    "cylinder": lambda m: [
        getattr(m(MORPH), f"cylinder_{what}")(10.0, 3.0) for what in ("area", "volume", "resistive_load")
    ],
    "morph_attrs": lambda m: m(MORPH).morph_attrs_from_xyzr(XYZR, None, 2),
    "morph_attrs_of_thin": lambda m: m(MORPH).morph_attrs_from_xyzr(XYZR, 2.5, 2),
    "morph_attrs_of_sphere": lambda m: m(MORPH).morph_attrs_from_xyzr(XYZR[:1], None, 2),
    "split": lambda m: m(MORPH).split_xyzr_into_equal_length_segments(XYZR, 3),
    "swc": lambda m: [
        getattr(m(MORPH), f"swc_{what}")(LENGTHS, RADII) for what in ("area", "volume", "radius", "resistive_load")
    ],
    "axial": lambda m: [
        m(MORPH).compute_axial_conductances(EDGES, PARAMS, ["CaCon_i"])[key] for key in ("v", "CaCon_i")
    ],
    "nested_scan": lambda m: m("jaxley.utils.jax_utils").nested_checkpoint_scan(
        lambda c, x: (c + x["a"], c * 2), jnp.array(1.0), {"a": jnp.arange(6.0)}, 6, nested_lengths=[2, 3]
    ),
    "gather": lambda m: m("jaxley.utils.syn_utils").gather_synapes(
        4, np.array([0, 2, 2]), jnp.array([1.0, 2.0, 3.0]), jnp.array([4.0, 5.0, 6.0])
    ),
    "shades": lambda m: [
        getattr(m("jaxley.utils.colors"), f"{hue}_shades")(3)
        for hue in ("blue", "green", "grey", "orange", "purple", "red")
    ],
    "network_cols": lambda m: m("jaxley.utils.colors").network_cols([2, 3, 1, 1, 2, 1]),
    "rotation": lambda m: m(PLOT).compute_rotation_matrix(np.array([1.0, 2.0, -1.0]), 0.3),
    "cylinder_mesh": lambda m: m(PLOT).create_cylinder_mesh(10.0, 2.0, 8),
    "frustum_meshes": lambda m: [
        m(PLOT).create_cone_frustum_mesh(10.0, 2.0, 1.0, below, above, 9)
        for below in (False, True)
        for above in (False, True)
    ],
    "sphere_mesh": lambda m: m(PLOT).create_sphere_mesh(2.0, 8),
    "outline": lambda m: m(PLOT).extract_outline(np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0.5, 0.5]])),
    "hops_1": lambda m: list(m(SOLVE).bfs_edge_hops(TREE, 0, 1)),
    "hops_16": lambda m: list(m(SOLVE).bfs_edge_hops(TREE, 0, 16)),
    "solve_index": lambda m: m(SOLVE).dhs_solve_index(TREE, 16, 0)[0],
    "edges_to_indices": lambda m: m(SOLVE).comp_edges_to_indices(EDGES),
    "csc": lambda m: m(SOLVE).convert_to_csc(5, np.array([0, 1, 2, 0, 1]), np.array([0, 1, 4, 1, 0])),
    "drop": lambda m: m(DEBUG).drop_ncomp_th_element(jnp.arange(12), 4, 3, 3),
    "matrix_indices": lambda m: [
        m(DEBUG).compute_morphology_indices(2, np.array([0, 0, 1, 1]), np.array([0, 1]), np.array([1, 2, 3, 4]), 2, 5)[
            key
        ]
        for key in ("row_inds", "col_inds")
    ],
    "matrix_elements": lambda m: m(DEBUG).build_voltage_matrix_elements(
        *(RATES[:5].reshape(5, 1), RATES[5:10].reshape(5, 1), V[:10].reshape(5, 2), SLOPE[:10].reshape(5, 2)),
        *(RATES[:4], RATES[:2], RATES[4:8], RATES[8:10], V[:2], V[2:4], 2, 5),
    ),
    "explicit": lambda m: m(VOLTAGE).step_voltage_explicit(V, SLOPE, CONSTANT, RATES, SINK, SOURCE, TYPE, 12, 0.025),
    "exponential": lambda m: m(VOLTAGE).step_voltage_exponential(
        V, SLOPE, CONSTANT, RATES, jnp.linspace(-1.0, 1.0, 100).reshape(10, 10), COMPS, 0.025
    ),
    "dhs_cpu": lambda m: dhs(m, False),
    "dhs_gpu": lambda m: dhs(m, True),
    "spsolve": spsolve,
    "stone": stone,
    "vtrap": lambda m: m("jaxley.channels.hh")._vtrap(jnp.array([-5.0, 5.0, 20.0]), 10.0),
}


def numbers(result):
    """All numbers of a result, in order."""
    if isinstance(result, (list, tuple)):
        return np.concatenate([numbers(one) for one in result]) if result else np.zeros(0)
    return np.ravel(np.asarray(result, dtype=float))
