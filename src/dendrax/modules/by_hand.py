"""What a program needs that steps a module by hand: all parameters, all states, one step, arrays of the tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from dendrax import arguments
from dendrax.engine import overrides, prepare, stepping
from dendrax.engine.methods import choose_solver, choose_stepper
from dendrax.errors import ModelTypeError, UnknownNameError, ValueShapeError
from dendrax.modules import homes, shown, trainables
from dendrax.modules.lower import lower
from dendrax.modules.selection import Selection
from dendrax.modules.source_data import data_keys
from dendrax.modules.tables import Tables

if TYPE_CHECKING:
    from jaxtyping import Array

    from dendrax.engine.system import System

Values = dict[str, Any]
EXPONENTIAL = "exp_euler"


def all_parameters(selection: Selection, pstate: list[dict]) -> Values:
    """See `Module.get_all_parameters`."""
    system = _lowered(selection, "get_all_parameters")
    overriding = trainables.overrides_of(selection.tables, pstate)
    return stepping.parameters(system, overriding, 1.0, choose_stepper("bwd_euler"))  # no step and no method in these


def all_states(selection: Selection, pstate: list[dict]) -> Values:
    """See `Module.get_all_states`."""
    system = _lowered(selection, "get_all_states")
    return overrides.apply(system, trainables.overrides_of(selection.tables, pstate))[1]


def append_currents(selection: Selection, states: Values, params: Values) -> Values:
    """See `Module.append_channel_currents_to_states`."""
    verb = "append_channel_currents_to_states"
    system = _lowered(selection, verb)
    check_states(system, states, verb)
    check_parameters(system, params, verb)
    return stepping.append_currents(system, states, params)


def step(
    selection: Selection,
    u: Values,
    delta_t: Any,
    places: Values,
    externals: Values,
    params: Values,
    methods: tuple[str, str],
) -> Values:
    """See `Module.step`; `methods` are solver and voltage_solver."""
    solver, voltage_solver = methods
    system = _lowered(selection, "step", voltage_solver)
    check_states(system, u, "step")
    check_parameters(system, params, "step")
    rows, values = placed_externals(system, externals, places, "step")
    stepper = choose_stepper(solver, usual=selection.tables.order)
    return stepping.advance(system, params, u, rows, values, checked_step(delta_t, "step"), stepper)


def checked_step(delta_t: Any, verb: str) -> Any:
    """The time step, which may be traced."""
    return delta_t if isinstance(delta_t, Tracer) else arguments.positive(f"{verb}: delta_t [ms]", delta_t)


def check_states(system: System, states: Any, verb: str) -> None:
    """Refuse states that are not those of a module, one value for each compartment or synapse.

    Looks at shapes alone, so that it costs a step next to nothing and states may be traced.
    """
    held = states if isinstance(states, dict) else {}
    names = (*system.state, *(name for name in held if name in system.storage and name not in system.state))
    check_values_of(states, {name: (system.storage[name].total,) for name in names}, f"{verb}: states")


def check_parameters(system: System, params: Any, verb: str) -> None:
    """Refuse parameters that are not those of a module. See `check_states`."""
    # Data of artificial sources may be of another shape than those of the model: their spikes are known by then.
    data = set() if system.events is None else {key for kind, _ in system.events.sources for key in data_keys(kind)}
    shapes = {name: np.shape(value) for name, value in system.params.items() if name not in data}
    check_values_of(params, shapes, f"{verb}: parameters")


def placed_externals(system: System, externals: Any, places: Any, verb: str) -> tuple[Values, Values]:
    """Where stimuli and clamps of a step act, and their values, per key."""
    if not isinstance(externals, dict) or not isinstance(places, dict):
        raise ModelTypeError(f"{verb}: externals and external_inds are dicts, {{}} if nothing acts.")
    made: tuple[Values, Values] = ({}, {})
    for key, value in externals.items():
        if key not in places:
            raise UnknownNameError(f"{verb}: externals hold {key!r}, but external_inds do not say where.")
        if key != "i" and key not in system.storage:
            raise UnknownNameError(f"{verb}: externals hold {key!r}, which is none of {list(system.storage)}.")
        what, total = f"{verb}: externals[{key!r}]", system.storage["v" if key == "i" else key].total
        rows, array = _indices(f"{verb}: external_inds[{key!r}]", places[key]), trainables.as_reals(what, value)
        if rows.ndim != 1 or array.shape != rows.shape or _is_outside(rows, total):
            raise ValueShapeError(
                f"{what} has shape {array.shape}, external_inds are {rows}; give one value for each place, and places "
                f"from 0 to {total - 1}."
            )
        made[0][key], made[1][key] = jnp.asarray(rows), array.astype(float)
    return made


def _indices(what: str, rows: Any) -> Any:
    """Whole numbers as an array, which may be traced."""
    array = rows if isinstance(rows, jax.Array) else arguments.array(what, rows)
    if array.dtype.kind in "iu":
        return array
    if array.size == 0:
        return np.zeros(array.shape, int)
    raise ModelTypeError(f"{what} must be indices of compartments or synapses, not {array.dtype}.")


def _is_outside(rows: Any, total: int) -> bool:
    """Whether a place is not there, as far as it is known."""
    return not isinstance(rows, Tracer) and not ((np.asarray(rows) >= 0) & (np.asarray(rows) < total)).all()


def check_values_of(values: Any, shapes: dict[str, tuple[int, ...]], what: str) -> None:
    """Refuse what does not hold, under each name, numbers of that shape. See `check_states`."""
    if not isinstance(values, dict):
        raise ModelTypeError(f"{what} must be a dict from names to arrays, not {type(values).__name__}.")
    if missing := sorted(set(shapes) - set(values)):
        raise UnknownNameError(
            f"{what} lack {missing}. Start from what `init_fn`, or `get_all_states` and `get_all_parameters`, return."
        )
    for name, shape in shapes.items():
        value = values[name]
        is_array = isinstance(value, jax.Array) or (isinstance(value, np.ndarray) and value.dtype.kind in "fiub")
        found = value.shape if is_array else trainables.as_reals(f"{what}: {name!r}", value).shape
        if found != shape:
            raise ValueShapeError(f"{what}: {name!r} has shape {found}, but the module has {shape}.")


def transition_matrix(selection: Selection, delta_t: Any, params: Values | None) -> Array:
    """See `Module.build_exp_euler_transition_matrix`."""
    system = replace(_lowered(selection, "build_exp_euler_transition_matrix"), transition=None)
    delta_t = checked_step(delta_t, "build_exp_euler_transition_matrix")
    if params is None:
        return stepping.parameters(system, (), delta_t, choose_stepper(EXPONENTIAL))[stepping.TRANSITION]
    if not isinstance(params, dict) or not set(system.params) <= set(params):
        raise ModelTypeError(
            "build_exp_euler_transition_matrix: axial_conductances follow from the parameters. Pass what "
            "`get_all_parameters` returned, or None for those of the module."
        )
    check_parameters(system, params, "build_exp_euler_transition_matrix")
    own = {name: params[name] for name in system.params}
    return prepare.prepare(system, own, delta_t, choose_stepper(EXPONENTIAL)).constants


def customize(selection: Selection, transition: Any) -> None:
    """See `Module.customize_solver_exp_euler`."""
    selection.check_whole("customize_solver_exp_euler")
    n = selection.tables.structure.n_comp
    if transition is not None:
        transition = arguments.reals("customize_solver_exp_euler: the matrix", transition)
        if transition.shape != (n, n):
            raise ValueShapeError(
                f"customize_solver_exp_euler: the matrix has shape {transition.shape}, but there are {n} compartments. "
                f"Pass what `build_exp_euler_transition_matrix` returned, or None."
            )
    selection.tables.transition = transition


def arrays_of_nodes(tables: Tables) -> dict[str, Array]:
    """The columns of numbers of `.nodes`. name -> (comp,)."""
    nodes = shown.nodes(Selection(tables, is_view=True))
    return {name: jnp.asarray(nodes[name].to_numpy()) for name in nodes if nodes[name].dtype.kind in "fiub"}


def arrays_of_edges(tables: Tables) -> dict[str, Array]:
    """Parameters and states of synapses, those of each type by themselves. name -> (synapse of the type,)."""
    found = {}
    for synapse in tables.synapses:
        home, rows = homes.of_synapse(tables, synapse), tables.wiring.of_type(synapse)
        for key in (*synapse.synapse_params, *synapse.synapse_states):
            found[key] = jnp.asarray(home.numbers(key)[rows])
    return found


def _lowered(selection: Selection, verb: str, voltage_solver: str = "jaxley.dhs") -> System:
    selection.check_whole(verb)
    return lower(selection.tables, choose_solver(voltage_solver))
