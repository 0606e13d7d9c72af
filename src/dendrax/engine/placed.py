"""How a mechanism is called at its rows, and what is done with what it returns."""

from collections.abc import Collection
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from dendrax.engine.rows import Rows
from dendrax.engine.system import Placed
from dendrax.errors import MechanismError
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.value import Values

State = dict[str, Float[Array, " _"]]
Params = dict[str, Float[Array, " row"]]


def own_states(placed: Placed, state: State) -> Values:
    """The states that a channel or pump declares, at its rows."""
    return {name: rows.take(state[name]) for name, rows in placed.states.items()}


def accumulate(sums: State, name: str, rows: Rows, values: Float[Array, " row"]) -> None:
    """Add `values` at `rows` to the entry `name`, zero so far where there is none."""
    sums[name] = rows.add(sums[name], values) if name in sums else rows.spread(values, 0.0)


def check_returned(mechanism: Mechanism, returned: Any, known: Collection[str]) -> None:
    """Refuse what is no dict of states that the mechanism may write."""
    if not isinstance(returned, dict):
        raise MechanismError(f"{mechanism.name}.update_states must return a dict of states, not {returned!r}.")
    unknown = sorted(set(returned) - set(known))
    if unknown:
        raise MechanismError(
            f"{mechanism.name}.update_states returns {unknown[0]!r}, a state that it cannot write: nothing in this "
            f"model declares it for a {mechanism.kind} to see. Add it to `{mechanism.tables[-1]}` of {mechanism.name}, "
            f"or insert the mechanism that has it. States that it can write are {sorted(known)}."
        )


def as_rows(mechanism: Mechanism, name: str, value: Any, size: int, dtype: Any) -> Float[Array, " row"]:
    """What a mechanism returned as one number per row; spikes may be booleans, currents may be a single 0."""
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
