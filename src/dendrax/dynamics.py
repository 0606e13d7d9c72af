"""The states of a module as one vector: for tools that want x' = f(x), such as filters, Jacobians, fixed points."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from dendrax.engine import stepping
from dendrax.engine.methods import choose_solver
from dendrax.errors import UnknownNameError, ValueShapeError
from dendrax.modules import by_hand
from dendrax.modules.lower import lower
from dendrax.modules.module import Module
from dendrax.modules.trainables import as_reals
from dendrax.running.checks import check_module

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
        UnknownNameError: (from the four) A state or parameter of the module is missing, or it has none of that name.
        ValueShapeError: (from the four) One has another length than those of the module, or the vector has.

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
    check_module(module)
    system = lower(module.tables, choose_solver("jaxley.dhs"))
    names, dtype = sorted(system.state), jnp.result_type(float)
    sizes = {name: (system.storage[name].size,) for name in names}
    flat, from_flat = ravel_pytree({name: jnp.zeros(size) for name, size in sizes.items()})

    def check(dynamic: Any, verb: str) -> None:
        by_hand.check_values_of(dynamic, sizes, f"{verb}: dynamic states")
        if unknown := [name for name in dynamic if name not in sizes]:
            raise UnknownNameError(f"{verb}: {unknown[0]!r} is none of the dynamic states {names}.")

    def remove_observables(all_states: State) -> State:
        by_hand.check_states(system, all_states, "remove_observables")
        return {name: system.storage[name].take(jnp.asarray(all_states[name], dtype)) for name in names}

    def add_observables(dynamic: State, all_params: dict[str, Array], delta_t: Any) -> State:
        del delta_t  # the reference's argument: currents do not depend on the time step
        check(dynamic, "add_observables")
        by_hand.check_parameters(system, all_params, "add_observables")
        full = {name: system.storage[name].spread(value, jnp.nan) for name, value in dynamic.items()}
        return stepping.append_currents(system, full, all_params) | full

    def flatten(dynamic: State) -> Float[Array, " state"]:
        check(dynamic, "flatten")
        return ravel_pytree(dynamic)[0]

    def unflatten(vector: Float[Array, " state"]) -> State:
        array = as_reals("unflatten: the vector", vector).astype(float)
        if array.shape != flat.shape:
            raise ValueShapeError(
                f"unflatten: the vector has shape {array.shape}, but the dynamic states of the module are {flat.shape}."
            )
        return from_flat(array)

    return remove_observables, add_observables, flatten, unflatten
