"""What a run and its steps by hand cannot take: too long, not finite, of another model; and wrong things everywhere."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
from error_cases import Case, cell, nothing, plain
from error_cases_reference import clamped, recorded
from error_cases_sweep import Call, Good, function

from dendrax.channels import HH
from dendrax.dynamics import build_dynamic_state_utils
from dendrax.errors import (
    BranchedCableError,
    MemoryBudgetError,
    ModelTypeError,
    ModelValueError,
    ShortClampError,
    UnknownNameError,
    ValueShapeError,
)
from dendrax.integrate import add_clamps, add_stimuli, build_init_and_step_fn, integrate
from dendrax.modules import Branch, Cell, Compartment

PLACE = "compartment 3 (branch 1, comp 1)"


def wide() -> Branch:
    """Records a thousand compartments."""
    made = Branch(Compartment(), ncomp=1000)
    made.record("v", verbose=False)
    return made


def trained() -> Cell:
    """A cell that records, with one trained radius for each of two branches, and a channel in one of them."""
    made = recorded()
    made.branch(1).insert(HH())
    made.branch([0, 1]).make_trainable("radius", verbose=False)
    return made


def run(one: Cell, **wrong: Any) -> object:
    """A short run."""
    return integrate(one, **{"t_max": 0.1, **wrong})


def entry(value: object) -> list[dict[str, Any]]:
    """A param_state that nobody made with `data_set`."""
    return [{"key": "radius", "indices": np.array([[2], [3]]), "val": value}]


def start(one: Cell, **wrong: Any) -> object:
    """The first states."""
    return build_init_and_step_fn(one)[0](**{"params": [], **wrong})


def step(one: Cell, **wrong: Any) -> object:
    """A step with something wrong."""
    init_fn, step_fn = build_init_and_step_fn(one)
    states, params = init_fn([])
    return step_fn(**{"all_states": states, "all_params": params, "externals": {}, "external_inds": {}, **wrong})


def states_of(one: Cell, **wrong: Any) -> dict[str, Any]:
    """All states, some of them wrong."""
    return {**build_init_and_step_fn(one)[0]([])[0], **wrong}


def without(values: dict[str, Any], name: str) -> dict[str, Any]:
    """All but one."""
    return {key: value for key, value in values.items() if key != name}


def params_of(one: Cell) -> dict[str, Any]:
    """All parameters."""
    return build_init_and_step_fn(one)[0]([])[1]


def dynamic_of(one: Cell) -> dict[str, Any]:
    """The dynamic states."""
    return build_dynamic_state_utils(one)[0](states_of(one))


RUNS = [
    Case(
        "a run without end",
        recorded,
        lambda one: integrate(one, t_max=1e12),
        ModelValueError,
        ("t_max = 1000000000000.0 ms", "4e+13 steps", "can have 2147483647", "a shorter t_max"),
    ),
    Case(
        "a step without end",
        recorded,
        lambda one: integrate(one, t_max=1.0, delta_t=1e-300),
        ModelValueError,
        ("in steps of 1e-300 ms are 1e+300 steps",),
    ),
    Case(
        "recordings that do not fit",
        wide,
        lambda one: integrate(one, t_max=5e7),
        MemoryBudgetError,
        ("1000 recordings of 2000000001 columns are", "TB, but the memory of the device is", "record_every"),
    ),
    Case(
        "a clamp that the reference does not implement",
        clamped,
        lambda one: integrate(one, t_max=2.0),
        ShortClampError,
        ("The clamp of 'v' has 40 samples",),
    ),
    Case(
        "a tree that the reference does not implement",
        recorded,
        lambda one: run(one, voltage_solver="jaxley.stone"),
        BranchedCableError,
        ("unbranched", "jaxley.dhs"),
    ),
]
VALUES = [
    *(
        Case(
            f"params of {value}",
            trained,
            lambda one, value=value: run(one, params=[{"radius": jnp.array([1.0, value])}]),
            ModelValueError,
            (f"'radius' {must}", f"but is {value} in compartment 2 (branch 1, comp 0)"),
        )
        for value, must in [(-1.0, "must be positive"), (np.nan, "must be a finite number")]
    ),
    Case(
        "params of words",
        trained,
        lambda one: run(one, params=[{"radius": ["one", "two"]}]),
        ModelTypeError,
        ("params: 'radius'", "not a number"),
    ),
    Case(
        "ragged params",
        trained,
        lambda one: run(one, params=[{"radius": [[1.0], [1.0, 2.0]]}]),
        ModelTypeError,
        ("params: 'radius' must be an array of numbers",),
    ),
    Case(
        "a negative value in param_state",
        recorded,
        lambda one: run(one, param_state=entry([1.0, -1.0])),
        ModelValueError,
        ("'radius' must be positive, but is -1.0 in", PLACE),
    ),
    Case(
        "too many values in param_state",
        recorded,
        lambda one: run(one, param_state=entry([1.0, 1.0, 1.0])),
        ModelTypeError,
        ("param_state", "`data_set` returned"),
    ),
    Case(
        "NaN states",
        recorded,
        lambda one: run(one, all_states={"v": np.array([-70.0] * 3 + [np.nan] * 3)}),
        ModelValueError,
        ("all_states['v'] must be a finite number, but is nan in", PLACE, "check=True"),
    ),
    Case(
        "states of words",
        recorded,
        lambda one: start(one, all_states={"v": ["a"] * 6}),
        ModelTypeError,
        ("all_states['v'] must be a number or an array of numbers",),
    ),
    Case(
        "the first states from a negative radius",
        trained,
        lambda one: start(one, params=[{"radius": np.array([-1.0, 1.0])}]),
        ModelValueError,
        ("'radius' must be positive, but is -1.0 in compartment 0 (branch 0, comp 0)",),
    ),
]
STEPS = [
    Case(
        "step_fn without voltages",
        trained,
        lambda one: step(one, all_states=without(states_of(one), "v")),
        UnknownNameError,
        ("step_fn: states lack ['v']", "init_fn"),
    ),
    Case(
        "step_fn of too few states",
        trained,
        lambda one: step(one, all_states=states_of(one, HH_m=np.ones(2))),
        ValueShapeError,
        ("step_fn: states: 'HH_m' has shape (2,), but the module has (6,)",),
    ),
    Case(
        "step_fn of too few currents",
        trained,
        lambda one: step(one, all_states=states_of(one, i_HH=np.ones(2))),
        ValueShapeError,
        ("step_fn: states: 'i_HH' has shape (2,), but the module has (6,)",),
    ),
    Case(
        "step_fn of states that are not there",
        trained,
        lambda one: step(one, all_states=states_of(one, Na_m=np.ones(6))),
        UnknownNameError,
        ("no state 'Na_m'",),
    ),
    Case(
        "step_fn without parameters",
        trained,
        lambda one: step(one, all_params={}),
        UnknownNameError,
        ("step_fn: parameters lack", "'area'", "init_fn"),
    ),
    Case(
        "step_fn of parameters of another module",
        trained,
        lambda one: step(one, all_params={**params_of(one), "radius": np.ones(3)}),
        ValueShapeError,
        ("step_fn: parameters: 'radius' has shape (3,), but the module has (6,)",),
    ),
    Case(
        "step_fn with a stimulus beyond the model",
        trained,
        lambda one: step(one, externals={"i": [0.1]}, external_inds={"i": [6]}),
        ValueShapeError,
        ("step_fn: externals['i']", "[6]", "places from 0 to 5"),
    ),
    Case(
        "step_fn with a stimulus of two places for one",
        trained,
        lambda one: step(one, externals={"i": [0.1, 0.2]}, external_inds={"i": [0]}),
        ValueShapeError,
        ("externals['i'] has shape (2,)", "one value for each place"),
    ),
    Case(
        "step_fn with a clamp of what is not there",
        plain,
        lambda one: step(one, externals={"HH_m": [0.1]}, external_inds={"HH_m": [0]}),
        UnknownNameError,
        ("step_fn: externals hold 'HH_m'", "none of ['v']"),
    ),
    Case(
        "step_fn with a clamp nowhere",
        plain,
        lambda one: step(one, externals={"v": [0.1]}),
        UnknownNameError,
        ("step_fn: externals hold 'v', but external_inds do not say where",),
    ),
    Case(
        "stimuli on nothing",
        nothing,
        lambda _: add_stimuli(None, None),  # pyright: ignore[reportArgumentType]
        ModelTypeError,
        ("add_stimuli: externals and external_inds are dicts", "`module.externals`"),
    ),
    Case(
        "clamps that are no data",
        nothing,
        lambda _: add_clamps({}, {}, (["v"], [np.ones(3)], [np.zeros(1, int)])),
        ModelTypeError,
        ("add_clamps: pass what data_stimulate or data_clamp returned",),
    ),
    Case(
        "externals of which nobody knows where",
        nothing,
        lambda _: add_stimuli({"i": np.ones((1, 9))}, {}),
        ModelTypeError,
        ("dicts of the same keys",),
    ),
    Case(
        "dynamic states without voltages",
        cell,
        lambda one: build_dynamic_state_utils(one)[1](without(dynamic_of(one), "v"), params_of(one), 0.1),
        UnknownNameError,
        ("add_observables: dynamic states lack ['v']",),
    ),
    Case(
        "all states for dynamic ones",
        cell,
        lambda one: build_dynamic_state_utils(one)[2](states_of(one)),
        ValueShapeError,
        ("flatten: dynamic states: 'CaCon_i' has shape (10,), but the module has (3,)",),
    ),
    Case(
        "observables without parameters",
        cell,
        lambda one: build_dynamic_state_utils(one)[1](dynamic_of(one), {}, 0.1),
        UnknownNameError,
        ("add_observables: parameters lack", "'area'"),
    ),
    Case(
        "a vector of another module",
        plain,
        lambda one: build_dynamic_state_utils(one)[3](jnp.ones(5)),
        ValueShapeError,
        ("unflatten: the vector has shape (5,)", "are (6,)"),
    ),
]


def of_made(name: str, make: Callable[[Any], Callable[..., object]], good: Good) -> Call:
    """A function that is made for a model."""
    return Call(name, plain, lambda one, **arguments: make(one)(**arguments), good)


DATA = (["i"], [np.ones((1, 9))], [np.zeros(1, int)])
CALLS: list[Call] = [
    of_made(
        "init_fn",
        lambda one: build_init_and_step_fn(one)[0],
        lambda one: {"params": [], "all_states": states_of(one), "param_state": entry([1.0, 1.0]), "delta_t": 0.1},
    ),
    of_made(
        "step_fn",
        lambda one: build_init_and_step_fn(one)[1],
        lambda one: {
            "all_states": states_of(one),
            "all_params": params_of(one),
            "externals": {"i": [0.1]},
            "external_inds": {"i": [0]},
            "delta_t": 0.1,
        },
    ),
    *(
        of_made(
            f"step_fn, {name} of one key",
            lambda one, name=name: (
                lambda inner: step(one, **{"externals": {"i": [0.1]}, "external_inds": {"i": [0]}, name: {"i": inner}})
            ),
            lambda _, good=good: {"inner": good},
        )
        for name, good in [("externals", [0.1]), ("external_inds", [0])]
    ),
    of_made(
        "step_fn, voltages",
        lambda one: lambda v: step(one, all_states=states_of(one, v=v)),
        lambda _: {"v": np.full(6, -70.0)},
    ),
    of_made(
        "integrate, values of param_state",
        lambda one: lambda val: start(one, param_state=entry(val)),
        lambda _: {"val": [1.0, 1.0]},
    ),
    function(add_stimuli, lambda _: {"externals": {}, "external_inds": {}, "data_stimuli": DATA}),
    function(add_clamps, lambda _: {"externals": {}, "external_inds": {}, "data_clamps": DATA}),
    of_made(
        "remove_observables",
        lambda one: build_dynamic_state_utils(one)[0],
        lambda one: {"all_states": states_of(one)},
    ),
    of_made(
        "add_observables",
        lambda one: build_dynamic_state_utils(one)[1],
        lambda one: {"dynamic": dynamic_of(one), "all_params": params_of(one), "delta_t": 0.1},
    ),
    of_made("flatten", lambda one: build_dynamic_state_utils(one)[2], lambda one: {"dynamic": dynamic_of(one)}),
    of_made("unflatten", lambda one: build_dynamic_state_utils(one)[3], lambda _: {"vector": np.ones(6)}),
]
CASES: list[Case] = [*RUNS, *VALUES, *STEPS]
