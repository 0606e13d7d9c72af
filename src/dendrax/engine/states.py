"""The State in its two forms: full length for users, compact per storage while running."""

from collections.abc import Collection

import jax.numpy as jnp
from jaxtyping import Array, Float

from dendrax.engine import membrane, synapses
from dendrax.engine.prepare import Prepared
from dendrax.engine.system import System
from dendrax.errors import UnknownNameError

State = dict[str, Float[Array, " _"]]


def compress(system: System, state: dict[str, Array]) -> State:
    """The State as it runs, from arrays over all compartments, or over all synapses of a type.

    Raises:
        UnknownNameError: The model has no such state.
    """
    unknown = sorted(set(state) - set(system.storage))
    if unknown:
        raise UnknownNameError(f"The model has no state {unknown[0]!r}. Known are: {sorted(system.storage)}.")
    dtype = jnp.result_type(float)
    return {name: system.storage[name].take(jnp.asarray(value, dtype)) for name, value in state.items()}


def expand(system: System, state: State) -> State:
    """Arrays over all compartments, NaN where one does not have a state; or over all synapses of a type."""
    return {name: system.storage[name].spread(value, jnp.nan) for name, value in state.items()}


def with_currents(system: System, prepared: Prepared, state: State, known: Collection[str] = ()) -> State:
    """`state` and the currents that flow in it: of channels [mA/cm^2], pumps [mM/ms] and synapses [nA].

    Args:
        system: The lowered model.
        prepared: Its loop invariants.
        state: The State, compact.
        known: Names of currents that stay as they are in `state`: those of a run that goes on.
    """
    names = (*system.current_names, *(one.current_name for one in system.synapses))
    missing = [name for name in names if name not in known]
    if not missing:
        return state
    flowing = membrane.currents_of(system, prepared, state) | synapses.currents_of(system, prepared, state)
    return state | {name: flowing[name] for name in missing}
