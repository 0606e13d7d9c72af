"""How the methods of a mechanism, often a user's own, are called: what goes wrong inside is said with its place."""

import difflib
from typing import Any

from jax.errors import ConcretizationTypeError, TracerArrayConversionError, TracerIntegerConversionError

from dendrax.errors import MechanismError
from dendrax.mechanisms.mechanism import Mechanism

UNTRACEABLE = (ConcretizationTypeError, TracerArrayConversionError, TracerIntegerConversionError)
"""What JAX raises where a program needs the value of a traced array."""
ABOUT_ARRAYS = ("truth value of an array", "scalar arrays")
"""What it says where a program takes an array of several numbers for one, as `if v > 0` and `math.exp(v)` do."""


def call(mechanism: Mechanism, method: str, *given: Any) -> Any:
    """What a method of a mechanism returns.

    Raises:
        MechanismError: It asks for a state or parameter that it is not given, or cannot be traced by JAX.
    """
    try:
        return getattr(mechanism, method)(*given)
    except KeyError as error:
        names = sorted({name for one in given if isinstance(one, dict) for name in one})
        if not error.args or not isinstance(error.args[0], str) or error.args[0] in names:
            raise
        raise MechanismError(_absent(mechanism, method, error.args[0], names)) from error
    except (TypeError, ValueError) as error:
        if not isinstance(error, UNTRACEABLE) and not any(words in str(error) for words in ABOUT_ARRAYS):
            raise
        raise MechanismError(
            f"{_where(mechanism, method)} cannot be compiled: "
            f"{str(error).splitlines()[0].rstrip('.')}. It computes on all places at once, with arrays whose values "
            f"are not known yet. Take functions of jax.numpy in place of those of numpy and math, and "
            f"jnp.where(condition, a, b) in place of `if`, `and`, `or`, `min` and `max`."
        ) from error


def _absent(mechanism: Mechanism, method: str, name: str, names: list[str]) -> str:
    near = [one for one in names if one == f"{mechanism.name}_{name}"] or difflib.get_close_matches(name, names, n=1)
    advice = f"Did you mean {near[0]!r}? " if near else ""
    declared = ", ".join(f"`{table}`" for table in mechanism.tables)
    return (
        f"{_where(mechanism, method)} asks for {name!r}, which it is not given. {advice}"
        f"It is given what it declares in {declared}, under the names that stand there: {', '.join(names)}."
    )


def _where(mechanism: Mechanism, method: str) -> str:
    """The method of a mechanism, as its author wrote it."""
    return f"{type(mechanism).__name__}.{mechanism.methods.get(method, method)} of {mechanism.name}"
