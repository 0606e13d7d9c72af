"""Which compartments an index expression means, in every way of indexing that the reference documents."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from reference_models import Arrays, Case, grouped_network, hh_cell, room

Expression = Callable[[Any], Any]

MASK_OF_BRANCHES = np.asarray([True, False, False, True, False, True, False])

ON_CELL: dict[str, Expression] = {
    "branch(0)": lambda m: m.branch(0),
    "branch(4)": lambda m: m.branch(4),
    "branch([4, 1])": lambda m: m.branch([4, 1]),
    "branch(range)": lambda m: m.branch(range(2, 5)),
    "branch(slice)": lambda m: m.branch(slice(1, 6, 2)),
    "branch(array)": lambda m: m.branch(np.asarray([6, 2])),
    "branch(mask)": lambda m: m.branch(MASK_OF_BRANCHES),
    "branch(all)": lambda m: m.branch("all"),
    "comp(0)": lambda m: m.comp(0),
    "comp([0, 3])": lambda m: m.comp([0, 3]),
    "branch(4).comp(2)": lambda m: m.branch(4).comp(2),
    "branch(4).comp([3, 0])": lambda m: m.branch(4).comp([3, 0]),
    "branch(4).comp(slice)": lambda m: m.branch(4).comp(slice(1, 4)),
    "branch(4).comp(all)": lambda m: m.branch(4).comp("all"),
    "branch([1, 4]).comp(1)": lambda m: m.branch([1, 4]).comp(1),
    "branch([1, 4]).branch(1)": lambda m: m.branch([1, 4]).branch(1),
    "branch(all).comp(0)": lambda m: m.branch("all").comp(0),
    "branch(4).loc(0)": lambda m: m.branch(4).loc(0.0),
    "branch(4).loc(1)": lambda m: m.branch(4).loc(1.0),
    "branch(4).loc(0.3)": lambda m: m.branch(4).loc(0.3),
    "branch(2).loc(0.5)": lambda m: m.branch(2).loc(0.5),
    "branch(4).loc([0.1, 0.9])": lambda m: m.branch(4).loc([0.1, 0.9]),
    "branch([1, 4]).loc(0.7)": lambda m: m.branch([1, 4]).loc(0.7),
    "branch(4).loc(all)": lambda m: m.branch(4).loc("all"),
    "[0]": lambda m: m[0],
    "[1, 2]": lambda m: m[1, 2],
    "[1:4, 0]": lambda m: m[1:4, 0],
    "[[1, 4], [0, 2]]": lambda m: m[[1, 4], [0, 2]],
    "[:, 1]": lambda m: m[:, 1],
    "[3][1]": lambda m: m[3][1],
    "global comp(7)": lambda m: m.scope("global").comp(7),
    "global comp([3, 11])": lambda m: m.scope("global").comp([3, 11]),
    "global branch(4).comp(12)": lambda m: m.scope("global").branch(4).comp(12),
    "global then local": lambda m: m.scope("global").branch(4).scope("local").comp(2),
    "select(list)": lambda m: m.select(nodes=[9, 2, 5]),
    "select(mask)": lambda m: m.select(nodes=np.arange(20) % 3 == 1),
    "branch(3).select": lambda m: m.branch(3).select(nodes=[7, 8]),
    "group": lambda m: m.pair,
    "group.branch(1)": lambda m: m.pair.branch(1),
    "group.branch(0).comp(1)": lambda m: m.pair.branch(0).comp(1),
    "branch.group": lambda m: m.branch([0, 1, 2, 5]).pair,
    "channel": lambda m: m.Leak,
    "channel.branch(1)": lambda m: m.Leak.branch(1),
    "HH": lambda m: m.HH,
}

ON_NETWORK: dict[str, Expression] = {
    "cell(1)": lambda m: m.cell(1),
    "cell([2, 0])": lambda m: m.cell([2, 0]),
    "cell(slice)": lambda m: m.cell(slice(0, 2)),
    "cell(mask)": lambda m: m.cell(np.asarray([True, False, True])),
    "cell(1).branch(2)": lambda m: m.cell(1).branch(2),
    "cell(1).branch(2).comp(1)": lambda m: m.cell(1).branch(2).comp(1),
    "cell([0, 2]).branch(4).comp([1, 2])": lambda m: m.cell([0, 2]).branch(4).comp([1, 2]),
    "cell(all).branch(0)": lambda m: m.cell("all").branch(0),
    "cell(2).comp(1)": lambda m: m.cell(2).comp(1),
    "branch(0)": lambda m: m.branch(0),
    "branch([0, 3]).comp(0)": lambda m: m.branch([0, 3]).comp(0),
    "comp(0)": lambda m: m.comp(0),
    "cell([1, 2]).cell(0)": lambda m: m.cell([1, 2]).cell(0),
    "[1]": lambda m: m[1],
    "[1, 4]": lambda m: m[1, 4],
    "[1, 4, 3]": lambda m: m[1, 4, 3],
    "[0:2, 1, :]": lambda m: m[0:2, 1, :],
    "[:, 4, [0, 2]]": lambda m: m[:, 4, [0, 2]],
    "[[0, 2], 3]": lambda m: m[[0, 2], 3],
    "global branch(9)": lambda m: m.scope("global").branch(9),
    "global cell(1).branch(8)": lambda m: m.scope("global").cell(1).branch(8),
    "global cell(1).branch(8).comp(22)": lambda m: m.scope("global").cell(1).branch(8).comp(22),
    "global comp([0, 25, 59])": lambda m: m.scope("global").comp([0, 25, 59]),
    "cell(1).global": lambda m: m.cell(1).scope("global").branch(7),
    "exc": lambda m: m.exc,
    "exc.trunk": lambda m: m.exc.trunk,
    "exc.trunk.branch(1)": lambda m: m.exc.trunk.branch(1),
    "patch.cell(1)": lambda m: m.patch.cell(1),
    "patch.cell(all).branch(0).comp(1)": lambda m: m.patch.cell("all").branch(0).comp(1),
    "inh.branch(4).patch": lambda m: m.inh.branch(4).patch,
    "HH": lambda m: m.HH,
    "HH.cell(1).branch(0)": lambda m: m.HH.cell(1).branch(0),
    "cell(1).branch(4).loc(0.5)": lambda m: m.cell(1).branch(4).loc(0.5),
    "cell([0, 2]).branch([2, 5]).loc(1)": lambda m: m.cell([0, 2]).branch([2, 5]).loc(1.0),
}

ITERATIONS: dict[str, Expression] = {
    "cells": lambda m: m.cells,
    "cell(1).branches": lambda m: m.cell(1).branches,
    "cell(1).branch(4).comps": lambda m: m.cell(1).branch(4).comps,
    "iter": iter,
    "iter cell": lambda m: iter(m.cell(2)),
    "branches": lambda m: m.branches,
    "comps": lambda m: m.comps,
    "global branches": lambda m: m.scope("global").branches,
    "exc.cells": lambda m: m.exc.cells,
}

SHAPES: dict[str, Expression] = {
    "net": lambda m: m,
    "cell(1)": lambda m: m.cell(1),
    "cell([0, 2])": lambda m: m.cell([0, 2]),
    "cell(1).branch(4)": lambda m: m.cell(1).branch(4),
    "cell(1).branch([1, 4])": lambda m: m.cell(1).branch([1, 4]),
    "cell(1).branch(4).comp(1)": lambda m: m.cell(1).branch(4).comp(1),
    "exc": lambda m: m.exc,
}

LOCAL = ("local_cell_index", "local_branch_index", "local_comp_index", "global_comp_index")


def indexed_cell(jx: ModuleType) -> Any:
    """A branched cell with two groups and a channel that is not everywhere."""
    tree = hh_cell(jx)
    tree.branch([2, 5]).add_to_group("pair")
    tree.branch([1, 4]).comp([0, 2]).insert(room(jx, "channels").Leak())
    return tree


def indexed_network(jx: ModuleType) -> Any:
    """Three cells with crossing groups; HH in two of them."""
    net = grouped_network(jx)
    net.cell([1, 2]).branch([0, 4]).insert(room(jx, "channels").HH())
    return net


def rows(view: Any) -> np.ndarray:
    """Global compartment indices and the indices within the view, one column per compartment."""
    return np.stack([view.nodes[name].to_numpy().astype(int) for name in LOCAL])


def expressions_on_cell(jx: ModuleType) -> Arrays:
    """Every expression on a cell."""
    tree = indexed_cell(jx)
    return {name: rows(expression(tree)) for name, expression in ON_CELL.items()}


def expressions_on_network(jx: ModuleType) -> Arrays:
    """Every expression on a network."""
    net = indexed_network(jx)
    return {name: rows(expression(net)) for name, expression in ON_NETWORK.items()}


def iterations(jx: ModuleType) -> Arrays:
    """The views that an iteration yields: their number and their rows, in order."""
    net = indexed_network(jx)
    arrays = {}
    for name, expression in ITERATIONS.items():
        views = list(expression(net))
        arrays[f"{name} sizes"] = np.asarray([len(view.nodes) for view in views])
        arrays[f"{name} rows"] = np.concatenate([view.nodes["global_comp_index"].to_numpy() for view in views])
    return arrays


def shapes(jx: ModuleType) -> Arrays:
    """Shapes of modules and views."""
    net = indexed_network(jx)
    return {name: np.asarray(expression(net).shape) for name, expression in SHAPES.items()}


def written_through_views(jx: ModuleType) -> Arrays:
    """set, insert and add_to_group on views reach these rows and no other."""
    net = indexed_network(jx)
    net.cell(1).branch(4).set("radius", 3.0)
    net.exc.trunk.branch(1).comp([0, 2]).set("length", np.asarray([7.0, 8.0, 9.0, 10.0]))
    net.patch.set("v", -50.0)
    net[2, 5].set("axial_resistivity", 77.0)
    net.scope("global").comp([4, 44]).insert(room(jx, "channels").Na())
    net.cell(0).branch(3).add_to_group("late")
    with net.cell(2).branch(6) as view:
        view.set("capacitance", 2.0)
    for one in net.cell(0).branch([1, 2]):
        one.comp(0).set("radius", 0.25)
    names = ("radius", "length", "v", "axial_resistivity", "capacitance", "area", "Na", "late", "HH")
    return {name: net.nodes[name].to_numpy().astype(float) for name in names}


CASES: dict[str, Case] = {
    "expressions_on_cell": expressions_on_cell,
    "expressions_on_network": expressions_on_network,
    "iterations": iterations,
    "shapes": shapes,
    "written_through_views": written_through_views,
}
