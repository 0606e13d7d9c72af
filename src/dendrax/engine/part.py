"""A part of the model that acts on the membrane: a mechanism, its compartments, and its share of a step.

The step is a loop over parts. Each has the same verbs: `prepare` once per run, and in each step `advance` (its own
equations, at the voltage of the start) and `current` (a line in the voltage, and the current to record).
"""

import abc
from collections.abc import Collection, Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Shaped

from dendrax.engine.calling import call
from dendrax.engine.state import Layout, State
from dendrax.errors import MechanismError
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.value import Values

Params = dict[str, Float[Array, " _"]]
Time = float | Float[Array, ""]


class Part(eqx.Module):
    """A mechanism at its places."""

    @abc.abstractmethod
    def advance(self, layout: Layout, constants: Any, state: State, v: Float[Array, " comp"], dt: Time) -> State:
        """The State with its states one step of `dt` [ms] later, at voltage `v` [mV]."""


def check_returned(mechanism: Mechanism, returned: Any, known: Collection[str], verb: str = "advance") -> None:
    """Refuse anything but a dict of states that the mechanism may write."""
    method = mechanism.methods.get(verb, verb)
    if not isinstance(returned, dict):
        raise MechanismError(f"{mechanism.name}.{method} must return a dict of states, not {returned!r}.")
    unknown = sorted(set(returned) - set(known))
    if unknown:
        raise MechanismError(
            f"{mechanism.name}.{method} returns {unknown[0]!r}, a state that it cannot write: nothing in this "
            f"model declares it for a {mechanism.kind} to see. Add it to `{mechanism.tables[-1]}` of {mechanism.name}, "
            f"or insert the mechanism that has it. States that it can write are {sorted(known)}."
        )


def as_rows(mechanism: Mechanism, name: str, value: Any, size: int, dtype: Any) -> Shaped[Array, " row"]:
    """A returned value as one number per row; spikes may be booleans, currents may be a single 0."""
    try:
        array = jnp.asarray(value, dtype)
    except (TypeError, ValueError) as error:
        what = "None (a `return` is missing)" if value is None else f"a {type(value).__name__}"
        raise MechanismError(f"{mechanism.name} returned {what} for {name!r}; expected an array of numbers.") from error
    if array.ndim > 1 or array.shape not in ((), (1,), (size,)):
        raise MechanismError(
            f"{mechanism.name} returned {name!r} with shape {array.shape}; expected {(size,)}, one value for each "
            f"place that has the {mechanism.kind}."
        )
    return jnp.broadcast_to(array, (size,))


def flowing_of(mechanism: Mechanism, states: Values, v: Float[Array, " row"], params: Values, size: int) -> Params:
    """Currents by name: outward densities [mA/cm^2], outward of point processes, inward of electrodes [nA]."""
    returned = call(mechanism, "currents", states, v, params)
    if not isinstance(returned, Mapping) or set(returned) != set(mechanism.flowing):
        raise MechanismError(
            f"{mechanism.name}.currents must return a dict with a current for each of {mechanism.carries}, its "
            f"`carries`, not {returned!r}."
        )
    named = {mechanism.name_of_current(ion): value for ion, value in returned.items()}
    return {name: as_rows(mechanism, name, value, size, v.dtype) for name, value in named.items()}
