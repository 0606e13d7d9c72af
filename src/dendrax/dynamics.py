"""The states of a module as one vector: for tools that want x' = f(x), such as filters, Jacobians, fixed points."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from dendrax.engine import states, stepping
from dendrax.engine.methods import choose_solver
from dendrax.errors import ModelTypeError, UnknownNameError
from dendrax.modules.lower import lower
from dendrax.modules.module import Module, check_module

State = dict[str, Array]


def build_dynamic_state_utils(
    module: Module,
) -> tuple[
    Callable[[State], State],
    Callable[[State, dict[str, Array], Any], State],
    Callable[[State], Float[Array, " state"]],
    Callable[[Float[Array, " state"]], State],
]:
    """Four functions between the states that `build_init_and_step_fn` works with and one vector of numbers.

    Dynamic states are what the next step depends on: voltages and the states of mechanisms, where they exist.
    Observables are what follows from them: currents, and NaN where a compartment does not have a state. A current
    that a mechanism declares as a state of its own, as calcium pumps do, is a dynamic state. All four functions can
    be jitted, vmapped and differentiated.

    Args:
        module: What to simulate, not a view.

    Returns:
        `remove_observables(all_states) -> dynamic`: from full length to the dynamic states alone.
        `add_observables(dynamic, all_params, delta_t) -> all_states`: back again; `all_params` are those of `init_fn`.
        `flatten(dynamic) -> vector`, with the states in the order of their names.
        `unflatten(vector) -> dynamic`.

    Raises:
        ModelTypeError: `module` is a view.
        UnknownNameError: (from `remove_observables`) a state of the module is missing.

    Example:
        >>> import dendrax as jx
        >>> from dendrax.integrate import build_init_and_step_fn
        >>> cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
        >>> init_fn, step_fn = build_init_and_step_fn(cell)
        >>> remove_observables, add_observables, flatten, unflatten = build_dynamic_state_utils(cell)
        >>> all_states, all_params = init_fn([])
        >>> vector = flatten(remove_observables(all_states))
        >>> vector.shape, sorted(add_observables(unflatten(vector), all_params, 0.025))
        ((6,), ['v'])
    """
    check_module(module, "build_dynamic_state_utils")
    system = lower(module, choose_solver("jaxley.dhs"))
    names = sorted(system.state)
    _, unflatten = ravel_pytree({name: jnp.zeros(system.storage[name].size) for name in names})

    def remove_observables(all_states: State) -> State:
        if not isinstance(all_states, dict):
            raise ModelTypeError(f"remove_observables: pass the dict of all states, not {type(all_states).__name__}.")
        if missing := [name for name in names if name not in all_states]:
            raise UnknownNameError(
                f"remove_observables: all_states lack {missing}. Pass what init_fn or step_fn return."
            )
        return states.compress(system, {name: all_states[name] for name in names})

    def add_observables(dynamic: State, all_params: dict[str, Array], delta_t: Any) -> State:
        del delta_t  # the reference's argument: currents do not depend on the time step
        full = states.expand(system, dynamic)
        return stepping.append_currents(system, full, all_params) | full

    def flatten(dynamic: State) -> Float[Array, " state"]:
        return ravel_pytree(dynamic)[0]

    return remove_observables, add_observables, flatten, unflatten
