"""The State in its two forms: full length for users, compact per storage while running."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from dendrax.engine import membrane
from dendrax.engine.prepare import Prepared
from dendrax.engine.system import System
from dendrax.errors import UnknownNameError

State = dict[str, Float[Array, " _"]]


def compress(system: System, state: dict[str, Array]) -> State:
    """The State as it runs, from arrays over all compartments.

    Raises:
        UnknownNameError: The model has no such state.
    """
    unknown = sorted(set(state) - set(system.storage))
    if unknown:
        raise UnknownNameError(f"The model has no state {unknown[0]!r}. Known are: {sorted(system.storage)}.")
    dtype = jnp.result_type(float)
    return {name: system.storage[name].take(jnp.asarray(value, dtype)) for name, value in state.items()}


def expand(system: System, state: State) -> dict[str, Float[Array, " comp"]]:
    """Arrays over all compartments; NaN where a compartment does not have a state."""
    return {name: system.storage[name].spread(value, jnp.nan) for name, value in state.items()}


def with_currents(system: System, prepared: Prepared, state: State) -> State:
    """`state` and the membrane currents [mA/cm^2] that flow in it, unless it holds them already."""
    if all(name in state for name in system.current_names):
        return state
    return membrane.currents_of(system, prepared, state) | state
