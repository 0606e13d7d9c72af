"""What a program needs that steps a module by hand: all parameters, all states, one step, arrays of the tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp

from dendrax import arguments
from dendrax.engine import overrides, prepare, stepping
from dendrax.engine.methods import choose_solver, choose_stepper
from dendrax.errors import ModelStateError, ModelTypeError, ValueShapeError
from dendrax.modules import homes, trainables
from dendrax.modules.lower import lower

if TYPE_CHECKING:
    from jaxtyping import Array

    from dendrax.engine.system import System
    from dendrax.modules.module import Module

Values = dict[str, Any]
EXPONENTIAL = "exp_euler"


def all_parameters(module: Module, pstate: list[dict]) -> Values:
    """See `Module.get_all_parameters`."""
    system = _lowered(module, "get_all_parameters")
    overriding = trainables.overrides_of(module, pstate)
    return stepping.parameters(system, overriding, 1.0, choose_stepper("bwd_euler"))  # no step and no method in these


def all_states(module: Module, pstate: list[dict]) -> Values:
    """See `Module.get_all_states`."""
    system = _lowered(module, "get_all_states")
    return overrides.apply(system, trainables.overrides_of(module, pstate))[1]


def append_currents(module: Module, states: Values, params: Values) -> Values:
    """See `Module.append_channel_currents_to_states`."""
    return stepping.append_currents(_lowered(module, "append_channel_currents_to_states"), states, params)


def step(
    module: Module, u: Values, delta_t: Any, places: Values, externals: Values, params: Values, methods: tuple[str, str]
) -> Values:
    """See `Module.step`; `methods` are solver and voltage_solver."""
    solver, voltage_solver = methods
    system = _lowered(module, "step", voltage_solver)
    if without := sorted(set(externals) - set(places)):
        raise ModelTypeError(f"step: externals hold {without[0]!r}, but external_inds do not say where.")
    rows = {key: jnp.asarray(places[key]) for key in externals}
    values = {key: jnp.asarray(value, float) for key, value in externals.items()}
    return stepping.advance(system, params, u, rows, values, delta_t, choose_stepper(solver))


def transition_matrix(module: Module, delta_t: Any, params: Values | None) -> Array:
    """See `Module.build_exp_euler_transition_matrix`."""
    system = replace(_lowered(module, "build_exp_euler_transition_matrix"), transition=None)  # not the one that is kept
    if params is None:
        return stepping.parameters(system, (), delta_t, choose_stepper(EXPONENTIAL))[stepping.TRANSITION]
    if not isinstance(params, dict) or not set(system.params) <= set(params):
        raise ModelTypeError(
            "build_exp_euler_transition_matrix: axial_conductances follow from the parameters. Pass what "
            "`get_all_parameters` returned, or None for those of the module."
        )
    own = {name: params[name] for name in system.params}
    return prepare.prepare(system, own, delta_t, choose_stepper(EXPONENTIAL)).constants


def customize(module: Module, transition: Any) -> None:
    """See `Module.customize_solver_exp_euler`."""
    _check_whole(module, "customize_solver_exp_euler")
    n = module.tables.structure.n_comp
    if transition is not None:
        transition = arguments.reals("customize_solver_exp_euler: the matrix", transition)
        if transition.shape != (n, n):
            raise ValueShapeError(
                f"customize_solver_exp_euler: the matrix has shape {transition.shape}, but there are {n} compartments. "
                f"Pass what `build_exp_euler_transition_matrix` returned, or None."
            )
    module.tables.transition = transition


def arrays_of_nodes(module: Module) -> dict[str, Array]:
    """The columns of numbers of `.nodes`. name -> (comp,)."""
    nodes = module.base.view.nodes
    return {name: jnp.asarray(nodes[name].to_numpy()) for name in nodes if nodes[name].dtype.kind in "fiub"}


def arrays_of_edges(module: Module) -> dict[str, Array]:
    """Parameters and states of synapses, those of each type by themselves. name -> (synapse of the type,)."""
    found = {}
    for synapse in module.tables.synapses:
        home, rows = homes.of_synapse(module.tables, synapse), module.tables.wiring.of_type(synapse)
        for key in (*synapse.synapse_params, *synapse.synapse_states):
            found[key] = jnp.asarray(home.numbers(key)[rows])
    return found


def _lowered(module: Module, verb: str, voltage_solver: str = "jaxley.dhs") -> System:
    _check_whole(module, verb)
    return lower(module, choose_solver(voltage_solver))


def _check_whole(module: Module, verb: str) -> None:
    if module.is_view:
        raise ModelStateError(f"{verb} works on a whole module: call it on `view.base`.")
