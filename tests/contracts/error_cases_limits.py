"""Values that nothing can have: NaN, negative, too many, too few, of another module; each error names where."""

import networkx as nx
import numpy as np
import optax
from error_cases import Case, attached, branch, cell, network, nothing, plain

import dendrax as jx
from dendrax.connect import sample_comp
from dendrax.errors import (
    ModelTypeError,
    ModelValueError,
    MorphologyError,
    SelectionError,
    UnknownNameError,
    ValueShapeError,
)
from dendrax.io import graph, read_swc
from dendrax.modules import Branch, Cell, Compartment, Module, Network
from dendrax.morphology import distance_pathwise, sample_path
from dendrax.optimize import transforms
from dendrax.optimize.by_type import TypeOptimizer

MATCHING = "= tree_map over params with matching pytree"
ONE_KEY = "(one optax optimizer per list entry; assert one key per dict)"
SCALE = "(ValueError scale 0)"
PLACE = "compartment 3 (branch 1, comp 1)"
STEP = {"i_delay": 1.0, "i_dur": 2.0, "i_amp": 0.1, "delta_t": 0.025, "t_max": 5.0}


def one_is(value: float) -> list[float]:
    """Values of the four compartments of branch 1, the second of them wrong."""
    return [1.0, value, 1.0, 1.0]


def write_second(one: Cell) -> None:
    """Trained values of which the last is wrong, after others that are fine."""
    one.write_trainables([{"radius": np.array([2.0, -1.0])}])


def states(one: Module) -> dict[str, np.ndarray]:
    """The states of a module."""
    return {key: np.asarray(value) for key, value in one.get_all_states([]).items()}


def step(one: Module, **wrong: object) -> object:
    """A step with something wrong."""
    fine = {"u": states(one), "delta_t": 0.025, "external_inds": {}, "externals": {}}
    fine |= {"params": one.get_all_parameters([]), "voltage_solver": "jaxley.dhs"}
    return one.step(**{**fine, **wrong})


VALUES = [
    *(
        Case(
            f"set({key!r}) to {value}",
            cell,
            lambda one, key=key, value=value: one.branch(1).set(key, one_is(value)),
            ModelValueError,
            (f"'{key}' {must}", f"but is {value} in {PLACE}"),
        )
        for key, value, must in [
            ("radius", -1.0, "must be positive"),
            ("radius", 0.0, "must be positive"),
            ("radius", np.nan, "must be a finite number"),
            ("length", -5.0, "must be positive"),
            ("length", np.inf, "must be a finite number"),
            ("capacitance", -1.0, "must be positive"),
            ("axial_resistivity", 0.0, "must be positive"),
            ("v", np.nan, "must be a finite number"),
            ("HH_m", np.nan, "must be a finite number"),
            ("HH_gNa", np.inf, "must be a finite number"),
            ("temperature", -300.0, "[celsius] must be above -273.15"),
        ]
    ),
    *(
        Case(
            f"data_set({key!r}) to {value}",
            cell,
            lambda one, key=key, value=value: one.branch(1).data_set(key, np.array(one_is(value)), None),
            ModelValueError,
            (f"'{key}' {must}", f"but is {value} in {PLACE}"),
        )
        for key, value, must in [("radius", -1.0, "must be positive"), ("v", np.nan, "must be a finite number")]
    ),
    Case(
        "a NaN conductance of synapses",
        network,
        lambda net: net.set("IonotropicSynapse_gS", [1e-4, np.nan]),
        ModelValueError,
        (
            "'IonotropicSynapse_gS' must be a finite number",
            "nan in synapse 1",
            "from compartment 0 (cell 0",
            "to compartment 12 (cell 2",
        ),
    ),
    Case(
        "a negative initial value",
        cell,
        lambda one: one.branch(1).make_trainable("radius", -1.0),
        ModelValueError,
        ("'radius' must be positive, but is -1.0", "compartment 2 (branch 1, comp 0)"),
    ),
    Case(
        "a negative trained value",
        attached,
        write_second,
        ModelValueError,
        ("'radius' must be positive, but is -1.0", "compartment 6 (branch 2, comp 0)"),
    ),
    Case(
        "NaN stimuli",
        cell,
        lambda one: one.stimulate([0.1, np.nan], verbose=False),
        ModelValueError,
        ("stimulate", "NaN or infinity"),
    ),
    Case(
        "NaN clamps",
        cell,
        lambda one: one.clamp("v", [0.1, np.inf], verbose=False),
        ModelValueError,
        ("clamp", "NaN or infinity"),
    ),
    Case(
        "NaN data stimuli",
        cell,
        lambda one: one.data_stimulate(np.array([0.1, np.nan])),
        ModelValueError,
        ("data_stimulate", "NaN or infinity"),
    ),
    Case(
        "NaN data clamps",
        cell,
        lambda one: one.data_clamp("v", np.array([0.1, np.nan])),
        ModelValueError,
        ("data_clamp", "NaN or infinity"),
    ),
    Case(
        "a stimulus without time",
        cell,
        lambda one: one.stimulate([], verbose=False),
        ValueShapeError,
        ("stimulate", "shape (0,)", "Pass (time,)"),
    ),
    Case(
        "a clamp of one compartment twice",
        cell,
        lambda one: one.select(nodes=[1, 1]).clamp("v", np.ones(9)),
        ModelValueError,
        ("clamp('v')", "in view more than once"),
    ),
    Case(
        "to train one compartment twice",
        cell,
        lambda one: one.select(nodes=[1, 1]).make_trainable("v"),
        ModelValueError,
        ("'v'", "in view more than once", "one value only"),
    ),
    Case(
        "a move to nowhere",
        network,
        lambda net: net.move(y=[0.0, np.nan, 0.0]),
        ModelValueError,
        ("move: y must be finite",),
    ),
    Case(
        "a move of four cells of three",
        network,
        lambda net: net.move_to(x=[0.0] * 4),
        ValueShapeError,
        ("move_to: x has shape (4,), but 3 cells are in view", "Pass one number or 3"),
    ),
    Case(
        "a turn by NaN",
        network,
        lambda net: net.rotate(np.nan),
        ModelValueError,
        ("rotate: degrees must be a finite number",),
    ),
]
SIZES = [
    Case(
        "a branch of no compartments",
        nothing,
        lambda _: Branch(Compartment(), ncomp=0),
        ModelValueError,
        ("Branch: ncomp must be a positive integer, but is 0",),
    ),
    Case(
        "a branch of an empty list",
        nothing,
        lambda _: Branch([]),
        ModelValueError,
        ("the list of compartments is empty",),
    ),
    Case(
        "a network of an empty list",
        nothing,
        lambda _: Network([]),
        ModelValueError,
        ("the list of cells is empty",),
    ),
    Case(
        "parents in a circle",
        nothing,
        lambda _: Cell(Branch(), [-1, 2, 1]),
        MorphologyError,
        ("Branch 1 is its own ancestor", "a cycle"),
    ),
    Case(
        "a root that is not first",
        nothing,
        lambda _: Cell(Branch(), [1, -1]),
        MorphologyError,
        ("parents[0] is 1", "must be -1"),
    ),
    Case(
        "a parent that is not there",
        nothing,
        lambda _: Cell(Branch(), [-1, 0, 7]),
        MorphologyError,
        ("The parent of branch 2 is 7", "one of the 3 branches"),
    ),
    Case(
        "no new compartments",
        plain,
        lambda one: one.set_ncomp(0),
        ModelValueError,
        ("set_ncomp: ncomp must be a positive integer, but is 0",),
    ),
    Case(
        "neither ncomp nor d_lambda",
        plain,
        lambda one: one.set_ncomp(),
        ModelTypeError,
        ("set_ncomp: pass either ncomp or d_lambda",),
    ),
    Case(
        "a negative d_lambda",
        plain,
        lambda one: one.set_ncomp(d_lambda=-0.1),
        ModelValueError,
        ("set_ncomp: d_lambda must be positive, but is -0.1",),
    ),
    Case(
        "a tiny d_lambda",
        plain,
        lambda one: one.set_ncomp(d_lambda=1e-12),
        ModelValueError,
        ("d_lambda = 1e-12 at 100.0 Hz cuts branch 0 into", "Choose a larger d_lambda"),
    ),
    Case(
        "a negative least radius",
        nothing,
        lambda _: read_swc(sample_path("interneuron"), 1, min_radius=-1.0),
        MorphologyError,
        ("min_radius is -1.0", "a positive length in um"),
    ),
    Case(
        "more samples than there are",
        branch,
        lambda one: sample_comp(one, 5, replace=False),
        ModelValueError,
        ("5 of 4 compartments cannot be drawn without replacement",),
    ),
    Case(
        "a graph of a negative length",
        nothing,
        lambda _: graph.from_graph(_graph_with(length=-1.0)),
        MorphologyError,
        ("node 1: 'length' must be positive", "but is -1.0", "must be positive"),
    ),
    Case(
        "ways to another cell",
        network,
        lambda net: distance_pathwise(net[0, 0, 0], net.cell(1)),
        SelectionError,
        ("no neurite leads from compartment 0 (cell 0", "to compartment 6 (cell 1", "one cell"),
    ),
    Case(
        "bounds that enclose nothing",
        nothing,
        lambda _: transforms.SigmoidTransform(1.0, 0.0),
        ModelValueError,
        ("SigmoidTransform: lower = 1.0 is not below upper = 0.0", "lower < upper"),
    ),
    Case(
        "bounds of different shapes",
        nothing,
        lambda _: transforms.SigmoidTransform(np.zeros(2), np.ones(3)),
        ModelValueError,
        ("lower has shape (2,) and upper (3,)",),
    ),
    Case(
        "a NaN bound",
        nothing,
        lambda _: transforms.SoftplusTransform(np.nan),
        ModelValueError,
        ("must be finite, but is nan",),
    ),
    Case(
        "to delete clamps of an unknown state",
        attached,
        lambda one: one.delete_clamps("HH_mm"),
        UnknownNameError,
        ("delete_clamps: no state or current 'HH_mm'", "Did you mean 'HH_m'?"),
    ),
    Case(
        "to show an unknown column",
        cell,
        lambda one: one.show("radii"),
        UnknownNameError,
        ("show: no column ['radii']", "'radius'"),
    ),
    Case(
        "to copy an unknown column",
        network,
        lambda net: net.copy_node_property_to_edges("radii"),
        UnknownNameError,
        ("no column 'radii'", "Did you mean 'radius'?"),
    ),
    Case(
        "to copy to another side",
        network,
        lambda net: net.copy_node_property_to_edges("radius", "mid"),
        ModelValueError,
        ('"pre", "post" or both, not \'mid\'',),
    ),
]
TIMES = [
    *(
        Case(
            f"step_current with {name} = {value}",
            nothing,
            lambda _, name=name, value=value: jx.step_current(**{**STEP, name: value}),
            ModelValueError,
            (f"step_current: {name} [ms] must", f"but is {value}"),
        )
        for name, value in [
            ("i_delay", -1.0),
            ("i_dur", -2.0),
            ("t_max", np.inf),
            ("delta_t", 0.0),
            ("delta_t", np.nan),
            ("t_max", -5.0),
        ]
    ),
    Case(
        "step_current with steps that are too short",
        nothing,
        lambda _: jx.step_current(**{**STEP, "delta_t": 1e-12}),
        ModelValueError,
        ("5.0 ms in steps of 1e-12 ms are too many",),
    ),
    Case(
        "step_current of several amplitudes",
        nothing,
        lambda _: jx.step_current(**{**STEP, "i_amp": [0.1, 0.2]}),
        ModelTypeError,
        ("one number each", "datapoint_to_step_currents"),
    ),
    Case(
        "a step without states",
        plain,
        lambda one: step(one, u={}),
        UnknownNameError,
        ("step: states lack ['v']", "get_all_states"),
    ),
    Case(
        "a step of too few states",
        plain,
        lambda one: step(one, u={"v": np.ones(3)}),
        ValueShapeError,
        ("step: states: 'v' has shape (3,), but the module has (6,)",),
    ),
    Case(
        "a step without parameters",
        plain,
        lambda one: step(one, params={}),
        UnknownNameError,
        ("step: parameters lack ['area'", "get_all_parameters"),
    ),
    Case(
        "a step back in time",
        plain,
        lambda one: step(one, delta_t=-0.1),
        ModelValueError,
        ("step: delta_t [ms] must be positive, but is -0.1",),
    ),
    Case(
        "a step with a stimulus nowhere",
        plain,
        lambda one: step(one, externals={"i": [0.1]}),
        UnknownNameError,
        ("externals hold 'i', but external_inds do not say where",),
    ),
    Case(
        "a step with a stimulus beyond the model",
        plain,
        lambda one: step(one, externals={"i": [0.1]}, external_inds={"i": [6]}),
        ValueShapeError,
        ("externals['i']", "[6]", "places from 0 to 5"),
    ),
    Case(
        "a step with a clamp of what is not there",
        plain,
        lambda one: step(one, externals={"HH_m": [0.1]}, external_inds={"HH_m": [0]}),
        UnknownNameError,
        ("externals hold 'HH_m'", "none of ['v']"),
    ),
    Case(
        "a matrix of another model",
        plain,
        lambda one: one.customize_solver_exp_euler(np.eye(4)),
        ValueShapeError,
        ("the matrix has shape (4, 4), but there are 6 compartments",),
    ),
]


FITTING = [
    Case(
        "a scale of zero",
        nothing,
        lambda _: transforms.AffineTransform(0.0, 1.0),
        ModelValueError,
        ("AffineTransform: scale is 0", "Give a scale other than 0"),
        SCALE,
    ),
    Case(
        "transforms of other parameters",
        nothing,
        lambda _: jx.ParamTransform([{"radius": transforms.IdentityTransform()}]).forward([{"length": np.ones(1)}]),
        ModelValueError,
        ("'radius'", "'length'", "get_parameters()"),
        MATCHING,
    ),
    Case(
        "two parameters in one dict",
        nothing,
        lambda _: TypeOptimizer(optax.sgd, {"a": 1.0, "b": 1.0}, [{"a": np.ones(1), "b": np.ones(1)}]),
        ModelTypeError,
        ("every entry", "a dict of one name"),
        ONE_KEY,
    ),
    Case(
        "no learning rate for a parameter",
        nothing,
        lambda _: TypeOptimizer(optax.sgd, {}, [{"a": np.ones(1)}]),
        UnknownNameError,
        ("optimizer_args", "no setting for ['a']"),
    ),
]


def _graph_with(**attributes: float) -> nx.DiGraph:
    made = nx.DiGraph([(0, 1), (1, 2)])
    made.nodes[1].update(attributes)
    return made


CASES: list[Case] = [*VALUES, *SIZES, *TIMES, *FITTING]
