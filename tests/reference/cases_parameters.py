"""Trainables with their sharing and gradients, data_set, the order of parameters, set_ncomp, and the tables."""

from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from reference_models import DATA, Arrays, Case, cell, grouped_network, hh_cell, pulse, room, run, soma_and_tips

COLUMNS = (
    "local_cell_index",
    "local_branch_index",
    "local_comp_index",
    "global_cell_index",
    "global_branch_index",
    "global_comp_index",
    "length",
    "radius",
    "axial_resistivity",
    "capacitance",
    "v",
    "area",
    "volume",
    "resistive_load_in",
    "resistive_load_out",
)

KEYS = ("radius", "length", "axial_resistivity", "capacitance", "HH_gNa", "HH_eK", "v", "HH_h")


def ready(jx: ModuleType) -> Any:
    """A cell with stimulus and recordings."""
    tree = hh_cell(jx)
    tree.branch(0).comp(0).stimulate(pulse(100, 2.0), verbose=False)
    soma_and_tips(tree)
    return tree


def scaled(params: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Other values than the table's, each different."""
    return [{key: value * (1.02 + 0.03 * jnp.arange(value.size)) for key, value in one.items()} for one in params]


def values_and_gradient(jx: ModuleType, tree: Any, n_steps: int = 100) -> Arrays:
    """Values, voltages at other values, and the gradient of a smooth loss there."""
    params = tree.get_parameters()
    changed = scaled(params)

    def loss(parameters: list[dict[str, Any]]) -> Any:
        return jnp.mean((run(jx, tree, n_steps, params=parameters) / 50.0) ** 2)

    gradient = jax.grad(loss)(changed)
    arrays = {"v": np.asarray(run(jx, tree, n_steps, params=changed))}
    for i, (one, slope) in enumerate(zip(params, gradient, strict=True)):
        for key in one:
            arrays[f"value_{i}_{key}"] = np.asarray(one[key])
            arrays[f"gradient_{i}_{key}"] = np.asarray(slope[key])
    return arrays


def trainable_per_comp(jx: ModuleType, key: str) -> Arrays:
    """One value per compartment of one branch."""
    tree = ready(jx)
    tree.branch(4).comp("all").make_trainable(key, verbose=False)
    return values_and_gradient(jx, tree)


def trainable_per_branch(jx: ModuleType, key: str) -> Arrays:
    """One value per branch, for branches of equal ncomp (unequal ones are a defect of the reference)."""
    tree = ready(jx)
    tree.branch([1, 6]).make_trainable(key, verbose=False)
    return values_and_gradient(jx, tree)


def trainable_whole(jx: ModuleType, key: str) -> Arrays:
    """One value for the whole cell."""
    tree = ready(jx)
    tree.make_trainable(key, verbose=False)
    return values_and_gradient(jx, tree)


def trainables_together(jx: ModuleType) -> Arrays:
    """Several keys, with initial values, by branch, group, select and channel."""
    tree = hh_cell(jx)
    tree.branch([2, 5]).add_to_group("pair")
    tree.branch(0).comp(0).stimulate(pulse(100, 2.0), verbose=False)
    soma_and_tips(tree)
    tree.branch([2, 5]).comp("all").make_trainable("HH_gNa", [0.11, 0.12, 0.13, 0.14], verbose=False)
    tree.pair.make_trainable("HH_gK", 0.03, verbose=False)
    tree.select(nodes=[3, 7, 8]).make_trainable("radius", verbose=False)
    tree.HH.make_trainable("HH_eLeak", -55.0, verbose=False)
    tree.branch(3).loc(0.5).make_trainable("length", verbose=False)
    return values_and_gradient(jx, tree)


def trainable_in_network(jx: ModuleType) -> Arrays:
    """One value per cell, and one per compartment across cells."""
    net = grouped_network(jx)
    net.insert(room(jx, "channels").HH())
    net.cell("all").branch(0).comp(0).stimulate(pulse(60, 2.0), verbose=False)
    net.cell("all").branch(4).comp(1).record("v", verbose=False)
    net.cell("all").make_trainable("HH_gNa", verbose=False)
    net.exc.branch(4).comp([0, 2]).make_trainable("HH_gK", verbose=False)
    net.patch.make_trainable("HH_gLeak", verbose=False)
    return values_and_gradient(jx, net, n_steps=60)


def controlled_by_param(jx: ModuleType) -> Arrays:
    """Sharing that the user spells out: rows of equal number share."""
    tree = ready(jx)
    view = tree.branch([1, 6]).comp("all")
    view.nodes["controlled_by_param"] = [0, 1, 0, 1, 2, 2]
    view.make_trainable("HH_gNa", verbose=False)
    return values_and_gradient(jx, tree)


def written_back(jx: ModuleType) -> Arrays:
    """write_trainables puts the values into the tables."""
    tree = ready(jx)
    tree.branch([1, 6]).make_trainable("radius", verbose=False)
    tree.make_trainable("HH_gNa", verbose=False)
    tree.write_trainables(scaled(tree.get_parameters()))
    kept = ("radius", "area", "volume", "resistive_load_in", "resistive_load_out", "HH_gNa")
    return {name: tree.nodes[name].to_numpy() for name in kept}


def data_set(jx: ModuleType) -> Arrays:
    """data_set of parameters and initial states, chained, and its gradient."""
    tree = ready(jx)

    def voltage(values: Any) -> Any:
        changes = tree.branch(1).comp(2).data_set("radius", values[0], None)
        changes = tree.branch(5).data_set("HH_gNa", values[1], changes)
        changes = tree.branch(4).data_set("v", values[2], changes)
        changes = tree.data_set("axial_resistivity", values[3], changes)
        return run(jx, tree, 80, param_state=changes)

    values = jnp.asarray([1.7, 0.2, -58.0, 260.0])
    gradient = jax.grad(lambda x: jnp.mean((voltage(x) / 50.0) ** 2))(values)
    return {"v": np.asarray(voltage(values)), "gradient": np.asarray(gradient)}


def finer(jx: ModuleType) -> Arrays:
    """set_ncomp on branches of equal compartments: table and voltage."""
    comp = jx.Compartment()
    tree = jx.Cell([jx.Branch(comp, ncomp=n) for n in (1, 2, 2, 4)], parents=[-1, 0, 0, 1])
    tree.insert(room(jx, "channels").HH())
    for index, (radius, length) in enumerate(((5.0, 20.0), (1.0, 40.0), (1.5, 30.0), (0.7, 25.0))):
        tree.branch(index).set("radius", radius)
        tree.branch(index).set("length", length)
        tree.branch(index).set("HH_gNa", 0.125 + 0.0625 * index)
    tree.branch(1).add_to_group("dend")
    tree.branch(0).set_ncomp(3)
    tree.branch(1).set_ncomp(3)
    tree.branch(3).set_ncomp(6)
    tree.branch(0).comp(0).stimulate(pulse(80, 2.0), verbose=False)
    tree.branch(3).comp([0, 5]).record("v", verbose=False)
    table = {name: tree.nodes[name].to_numpy() for name in (*COLUMNS, "HH_gNa", "dend")}
    return table | {"simulated": run(jx, tree, 80)}


def finer_traced(jx: ModuleType) -> Arrays:
    """set_ncomp recomputes the geometry of a traced branch from its points."""
    tree = jx.read_swc(str(DATA / "ca1_n120.swc"), ncomp=1)
    for index, ncomp in ((0, 3), (4, 5), (20, 2)):
        tree.branch(index).set_ncomp(ncomp)
    return {name: tree.nodes[name].to_numpy() for name in COLUMNS}


def table(jx: ModuleType, build: Callable[[ModuleType], Any], more: tuple[str, ...] = ()) -> Arrays:
    """The table of nodes (labels aside: dendrax labels rows by global compartment index)."""
    module = build(jx)
    arrays = {name: module.nodes[name].to_numpy() for name in (*COLUMNS, *more)}
    arrays["ncomp_per_branch"] = np.asarray(module.ncomp_per_branch)
    arrays["shape"] = np.asarray(module.shape)
    return arrays


def column_names(jx: ModuleType) -> Arrays:
    """Names of the columns of `nodes` of modules and of a view, and of `recordings`, sorted, as bytes."""
    bare, net = jx.Compartment(), grouped_network(jx)
    net.insert(room(jx, "channels").HH())
    net.cell(1).insert(room(jx, "channels").Leak())
    net.record("v", verbose=False)
    tables = {"compartment": bare.nodes, "cell": hh_cell(jx).nodes, "network": net.nodes}
    tables |= {"view": net.cell(0).nodes, "recordings": net.recordings}
    return {
        name: np.frombuffer(" ".join(sorted(map(str, table.columns))).encode(), np.uint8)
        for name, table in tables.items()
    }


def swc_table(jx: ModuleType, file: str, **kwargs: Any) -> Arrays:
    """The table of a traced cell, with groups, positions and parents of branches."""
    tree = jx.read_swc(str(DATA / file), **kwargs)
    arrays = {name: tree.nodes[name].to_numpy() for name in COLUMNS if name not in ("v", "local_cell_index")}
    for name in sorted(tree.group_names):
        arrays[f"group_{name}"] = tree.nodes[name].to_numpy().astype(bool)
    arrays["comb_parents"] = np.asarray(tree.comb_parents)
    return arrays


def stepping_rows(jx: ModuleType) -> Arrays:
    """Where trainables act: their rows, -1 where the reference pads."""
    tree = hh_cell(jx)
    tree.branch([1, 6]).comp("all").make_trainable("radius", verbose=False)
    tree.branch([1, 6]).make_trainable("HH_gNa", verbose=False)
    tree.make_trainable("length", verbose=False)
    rows = {f"rows_{i}": np.asarray(array) for i, array in enumerate(tree.indices_set_by_trainables)}
    return rows | {"num_trainable_params": np.asarray(tree.num_trainable_params)}


CASES: dict[str, Case] = {
    **{f"trainable_per_comp[{key}]": partial(trainable_per_comp, key=key) for key in KEYS},
    **{f"trainable_per_branch[{key}]": partial(trainable_per_branch, key=key) for key in ("radius", "HH_gNa", "v")},
    **{
        f"trainable_whole[{key}]": partial(trainable_whole, key=key)
        for key in ("radius", "axial_resistivity", "HH_gNa")
    },
    "trainables_together": trainables_together,
    "trainable_in_network": trainable_in_network,
    "controlled_by_param": controlled_by_param,
    "written_back": written_back,
    "data_set": data_set,
    "finer": finer,
    "stepping_rows": stepping_rows,
    "column_names": column_names,
    "table[comp]": partial(table, build=lambda jx: jx.Compartment()),
    "table[branch]": partial(table, build=lambda jx: jx.Branch(jx.Compartment(), ncomp=4)),
    "table[cell]": partial(table, build=cell),
    "table[network]": partial(table, build=grouped_network, more=("trunk", "patch", "exc", "inh")),
}

TRACED: dict[str, Case] = {
    "finer_traced": finer_traced,
    "swc_table[ca1]": partial(swc_table, file="ca1_n120.swc", ncomp=1),
    "swc_table[ca1_three]": partial(swc_table, file="ca1_n120.swc", ncomp=3),
    "swc_table[ca1_max_branch_len]": partial(swc_table, file="ca1_n120.swc", ncomp=1, max_branch_len=200.0),
    "swc_table[ca1_relevant]": partial(swc_table, file="ca1_n120.swc", ncomp=1, relevant_type_ids=[1, 3]),
    "swc_table[ca1_min_radius]": partial(swc_table, file="ca1_n120.swc", ncomp=1, min_radius=0.6),
    "swc_table[single_point_soma]": partial(swc_table, file="ca1_n120_single_point_soma.swc", ncomp=1),
    "swc_table[single_point_soma_two]": partial(swc_table, file="ca1_n120_single_point_soma.swc", ncomp=2),
    "swc_table[l5pc]": partial(swc_table, file="l5pc_with_axon.swc", ncomp=1),
}
"""These need ../shared/data."""
