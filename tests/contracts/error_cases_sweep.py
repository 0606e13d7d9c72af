"""Every public function and method with every argument replaced, one at a time, by things that nobody should pass.

Some are taken (an index may be None, a value a string of digits), which is fine; what is not is refused by an error of
ours, and then nothing has changed.
"""

import contextlib
import io
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import optax
from error_cases import attached, branch, cell, difference, diffusing, made, network, nothing, plain, snapshot

import dendrax as jx
from dendrax.channels import HH
from dendrax.connect import (
    connect,
    connectivity_matrix_connect,
    fully_connect,
    is_same_network,
    sample_comp,
    sparse_connect,
)
from dendrax.dynamics import build_dynamic_state_utils
from dendrax.errors import DendraxError
from dendrax.integrate import build_init_and_step_fn
from dendrax.io import graph, load, read_swc, save, write_swc
from dendrax.modules import Branch, Cell, Compartment, Module, Network
from dendrax.morphology import distance_direct, distance_pathwise, morph_connect, morph_delete, sample, sample_path
from dendrax.optimize import transforms
from dendrax.optimize.by_type import TypeOptimizer, l2_norm
from dendrax.optimize.full_matrix import full_matrix_adam
from dendrax.pumps import CaPump
from dendrax.synapses import IonotropicSynapse, TestSynapse

BAD: dict[str, Any] = {
    "None": None,
    "a word": "nonsense",
    "a number as text": "10",
    "a fraction": 2.5,
    "minus one": -1,
    "a huge integer": 10**30,
    "NaN": float("nan"),
    "infinity": float("inf"),
    "an imaginary number": 1j,
    "an empty list": [],
    "a list of words": ["nonsense", "more"],
    "a ragged list": [[1.0], [1.0, 2.0]],
    "a cube": np.ones((2, 2, 2)),
    "a dict": {"nonsense": 1},
    "a function": lambda *_, **__: None,
    "an object": object(),
}


Good = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True)
class Call:
    """A call that is fine.

    Attributes:
        name: The function or method.
        on: Makes the model that it is called on.
        call: Calls it: the model and arguments by name.
        good: Arguments that it takes, for a model.
    """

    name: str
    on: Callable[[], Any]
    call: Callable[..., object]
    good: Good


def verdict_of_call(call: Call, share: int = 1) -> str:
    """What is not as it should be when wrong things are passed; "" for nothing.

    With a share of 4, an argument meets every fourth wrong thing, the next argument the others: all meet some argument.
    That the call is fine by itself, for which much is compiled, is looked at where every argument meets all.
    """
    try:
        model = made(call.on)
        good = call.good(model)
        if share == 1:
            call.call(model, **good)
    except Exception:  # noqa: BLE001 - said below
        return "the call is not fine by itself:\n" + traceback.format_exc()
    found, before = [], b""
    is_untouched = False  # an error leaves a model as it was, so that the next wrong thing meets the same one
    for number, argument in enumerate(good):
        for what, bad in list(BAD.items())[number % share :: share]:
            if not is_untouched:
                model = made(call.on)
                good = call.good(model)
                before, is_untouched = snapshot(model), True
            try:
                call.call(model, **{**good, argument: bad})
                is_untouched = False
            except DendraxError as error:
                if changed := difference(model, before):
                    found.append(f"{argument} = {what}: {error}\n{changed}")
                    is_untouched = False
            except Exception as error:  # noqa: BLE001 - judged
                place = traceback.extract_tb(error.__traceback__)
                ours = [one for one in place if "/dendrax/" in one.filename]
                where = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "the call"
                found.append(f"{argument} = {what}: {type(error).__name__} from {where}: {str(error)[:150]}")
                is_untouched = False
    return "\n".join(found)


def method(name: str, on: Callable[[], Any], good: Good) -> Call:
    """A method of the model."""

    def call(model: Any, **arguments: Any) -> object:
        with contextlib.redirect_stdout(io.StringIO()):
            return getattr(model, name)(**arguments)

    return Call(f"{on.__name__}.{name}", on, call, good)


def function(thing: Callable[..., object], good: Good, on: Callable[[], Any] = nothing) -> Call:
    """A function, of the model or of nothing."""
    return Call(thing.__name__, on, lambda _, **arguments: thing(**arguments), good)


def _written(cell: Any) -> None:
    write_swc(cell, Path(tempfile.mkdtemp()) / "cell.swc")


def _saved() -> Path:
    """A model file."""
    path = Path(tempfile.mkdtemp()) / "cell.dendrax"
    save(plain(), path)
    return path


def _forward(params: Any) -> Any:
    return jx.ParamTransform([{"radius": transforms.SoftplusTransform(0.0)}]).forward(params)


def _drawn(comp_graph: nx.DiGraph) -> None:
    graph.vis_compartment_graph(comp_graph)
    plt.close("all")


def _seen(module: Module, **arguments: Any) -> None:
    module.vis(**arguments)
    plt.close("all")


def _points() -> nx.DiGraph:
    return graph.to_swc_graph(sample_path("interneuron"))


def _views(net: Network, synapse: str = "synapse_type") -> dict[str, Any]:
    return {"pre_cell_view": net.cell(0), "post_cell_view": net.cell([1, 2]), synapse: IonotropicSynapse()}


def _transform_params() -> list[dict[str, Any]]:
    return [{"radius": jnp.ones(2)}]


CURRENT = np.full(40, 0.1)
TIMES = {"i_delay": 1.0, "i_dur": 2.0, "i_amp": 0.1, "delta_t": 0.025, "t_max": 5.0, "i_offset": 0.0}

BUILDING = [
    function(Branch, lambda _: {"compartments": Compartment(), "ncomp": 4}),
    function(Cell, lambda _: {"branches": branch(), "parents": [-1], "xyzr": [np.ones((2, 4))]}),
    function(Network, lambda _: {"cells": [plain()]}),
]
SELECTING = [
    *(method(name, network, lambda _: {"idx": 0}) for name in ("cell", "branch", "comp", "edge")),
    Call("network[...]", network, lambda net, index: net[index], lambda _: {"index": 0}),
    method("loc", cell, lambda _: {"at": 0.5}),
    method("select", network, lambda _: {"nodes": [0, 1, 2, 3, 4, 5, 6], "edges": [0]}),
    method("scope", cell, lambda _: {"scope": "global"}),
    method("set_scope", cell, lambda _: {"scope": "global"}),
    method("show", cell, lambda _: {"param_names": "radius", "channel_names": "HH"}),
]
EDITING = [
    method("insert", cell, lambda _: {"channel": HH()}),
    method("delete", cell, lambda _: {"channel": HH()}),
    method("set", cell, lambda _: {"key": "radius", "val": 2.0}),
    Call(
        "network.set",
        network,
        lambda net, **a: net.set(**a),
        lambda _: {
            "key": "IonotropicSynapse_gS",
            "val": 2.0,
        },
    ),
    method("add_to_group", cell, lambda _: {"group_name": "distal"}),
    method("set_ncomp", plain, lambda _: {"ncomp": 3, "min_radius": 0.1}),
    Call(
        "d_lambda",
        plain,
        lambda one, **a: one.set_ncomp(**a),
        lambda _: {
            "d_lambda": 0.1,
            "frequency": 100.0,
        },
    ),
    method("diffuse", cell, lambda _: {"state": "CaCon_i"}),
    Call(
        "delete_diffusion",
        diffusing,
        lambda one, **a: one.delete_diffusion(**a),
        lambda _: {
            "state": "CaCon_i",
        },
    ),
    method("init_states", cell, lambda _: {"delta_t": 0.025}),
    method(
        "copy_node_property_to_edges",
        network,
        lambda _: {
            "properties_to_import": "radius",
            "pre_or_post": "pre",
        },
    ),
]
ATTACHING = [
    method("record", cell, lambda _: {"state": "v"}),
    method("stimulate", cell, lambda _: {"current": CURRENT}),
    method("clamp", cell, lambda _: {"state_name": "v", "state_array": CURRENT}),
    method("data_stimulate", cell, lambda _: {"current": CURRENT, "data_stimuli": None}),
    method("data_clamp", cell, lambda _: {"state_name": "v", "state_array": CURRENT, "data_clamps": None}),
    method("delete_clamps", attached, lambda _: {"state_name": "v"}),
    method("make_trainable", cell, lambda _: {"key": "radius", "init_val": 1.0}),
    method("write_trainables", attached, lambda one: {"trainable_params": one.get_parameters()}),
    method("data_set", cell, lambda _: {"key": "radius", "val": 1.0, "param_state": None}),
]
PLACING = [
    *(method(name, network, lambda _: {"x": 1.0, "y": [1.0, 2.0, 3.0], "z": 0.0}) for name in ("move", "move_to")),
    method("rotate", network, lambda _: {"degrees": 10.0, "rotation_axis": "xz"}),
    method(
        "arrange_in_layers",
        network,
        lambda _: {"layers": [2, 1], "within_layer_offset": 10.0, "between_layer_offset": 10.0},
    ),
    Call("distance", cell, lambda one, **a: one[0, 0].distance(**a), lambda one: {"endpoint": one[1, 0]}),
    Call("plain.vis", plain, _seen, lambda _: {"dims": (0, 1), "type": "line"}),
    Call("network.vis", network, _seen, lambda _: {"dims": (0, 1), "detail": "full"}),
]
BY_HAND = [
    method("get_all_parameters", plain, lambda _: {"pstate": []}),
    method("get_all_states", plain, lambda _: {"pstate": []}),
    method("customize_solver_exp_euler", plain, lambda _: {"exp_euler_transition": np.eye(6)}),
]
WIRING = [
    function(
        connect,
        lambda net: {
            "pre": net[0, 0, 0],
            "post": net[1, 0, 0],
            "synapse_type": TestSynapse(),
        },
        network,
    ),
    function(fully_connect, lambda net: {**_views(net), "seed": 1}, network),
    function(sparse_connect, lambda net: {**_views(net), "p": 0.5, "seed": 1}, network),
    function(
        connectivity_matrix_connect, lambda net: {**_views(net), "connectivity_matrix": np.ones((1, 2), bool)}, network
    ),
    function(sample_comp, lambda net: {"cell_view": net, "num": 2, "seed": 1}, network),
    function(is_same_network, lambda net: {"pre": net, "post": net}, network),
]
SHAPES = [
    function(
        read_swc,
        lambda _: {
            "fname": sample_path("interneuron"),
            "ncomp": 1,
            "max_branch_len": 300.0,
            "min_radius": 1.0,
            "backend": "graph",
            "relevant_type_ids": [1, 2],
        },
    ),
    Call(
        "write_swc",
        nothing,
        lambda _, cell: write_swc(cell, Path(tempfile.mkdtemp()) / "a.swc"),
        lambda _: {"cell": plain()},
    ),
    Call(
        "save",
        plain,
        lambda _, module, states: save(module, Path(tempfile.mkdtemp()) / "a.dendrax", states=states),
        lambda cell: {"module": cell, "states": {"v": np.full(6, -65.0)}},
    ),
    function(load, lambda _: {"path": _saved(), "mechanisms": [HH], "with_states": False}),
    function(graph.to_swc_graph, lambda _: {"fname": sample_path("interneuron"), "num_lines": None}),
    function(
        graph.build_compartment_graph,
        lambda _: {
            "swc_graph": _points(),
            "ncomp": 1,
            "root": None,
            "min_radius": 1.0,
            "max_len": 300.0,
            "relevant_type_ids": [1],
        },
    ),
    function(graph.from_graph, lambda _: {"comp_graph": graph.to_graph(plain()), "solve_root": None}),
    function(graph.to_graph, lambda _: {"module": plain()}),
    function(
        graph.connect_graphs,
        lambda _: {"graph1": graph.to_graph(plain()), "graph2": graph.to_graph(plain()), "node1": 1, "node2": 0},
    ),
    function(_drawn, lambda _: {"comp_graph": graph.to_graph(plain())}),
    function(distance_direct, lambda one: {"startpoint": one[0, 0], "endpoints": one}, cell),
    function(distance_pathwise, lambda one: {"startpoint": one[0, 0], "endpoints": one}, cell),
    function(morph_delete, lambda one: {"module_view": one.branch(3)}, cell),
    function(
        morph_connect,
        lambda one: {"module_view1": one.branch(2).loc(1.0), "module_view2": plain().branch(0).loc(0.0)},
        cell,
    ),
    function(sample, lambda _: {"name": "interneuron"}),
    Call(
        "view3d",
        attached,
        lambda _, **arguments: jx.view3d(path=Path(tempfile.gettempdir()) / "sweep.html", **arguments),
        lambda one: {
            "module": one,
            "recordings": np.zeros((len(one.recordings), 3)),
            "delta_t": 0.1,
            "values": {"mine": np.zeros(len(one.nodes))},
            "cmap": "viridis",
            "frames": 2,
        },
    ),
]
OTHERS = [
    function(jx.step_current, lambda _: dict(TIMES)),
    function(jx.datapoint_to_step_currents, lambda _: {**TIMES, "i_amp": [0.1, 0.2]}),
    function(transforms.SigmoidTransform, lambda _: {"lower": 0.0, "upper": 1.0}),
    function(transforms.LogisticTransform, lambda _: {"lower": 0.0, "upper": 1.0}),
    function(transforms.SoftplusTransform, lambda _: {"lower": 0.0}),
    function(transforms.NegSoftplusTransform, lambda _: {"upper": 0.0}),
    function(transforms.AffineTransform, lambda _: {"scale": 2.0, "shift": 1.0}),
    function(transforms.ChainTransform, lambda _: {"transforms": [transforms.IdentityTransform()]}),
    function(
        transforms.MaskedTransform,
        lambda _: {
            "mask": [True],
            "transform": transforms.IdentityTransform(),
        },
    ),
    function(transforms.CustomTransform, lambda _: {"forward_fn": np.exp, "inverse_fn": np.log}),
    function(jx.ParamTransform, lambda _: {"tf_dict": [{"radius": transforms.IdentityTransform()}]}),
    Call(
        "ParamTransform.forward",
        nothing,
        lambda _, params: jx.ParamTransform([{"radius": transforms.SoftplusTransform(0.0)}]).forward(params),
        lambda _: {"params": _transform_params()},
    ),
    function(
        TypeOptimizer,
        lambda _: {"optimizer": optax.sgd, "optimizer_args": {"radius": 1.0}, "opt_params": _transform_params()},
    ),
    function(l2_norm, lambda _: {"x": _transform_params()}),
    function(full_matrix_adam, lambda _: {"learning_rate": 0.1, "b1": 0.9, "b2": 0.9, "damping": 0.1}),
    function(HH, lambda _: {"name": "Mine"}),
    function(IonotropicSynapse, lambda _: {"name": "Mine"}),
    function(CaPump, lambda _: {"name": "Mine"}),
    function(
        build_init_and_step_fn,
        lambda one: {"module": one, "voltage_solver": "jaxley.dhs", "solver": "bwd_euler"},
        plain,
    ),
    function(build_dynamic_state_utils, lambda one: {"module": one}, plain),
]
CALLS: list[Call] = [*BUILDING, *SELECTING, *EDITING, *ATTACHING, *PLACING, *BY_HAND, *WIRING, *SHAPES, *OTHERS]
