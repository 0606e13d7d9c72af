"""Checks for every kind of mechanism, made before it is inserted or connected anywhere."""

import inspect
import math
import numbers
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from dendrax.errors import MechanismError, ModelTypeError
from dendrax.mechanisms.mechanism import Mechanism


def check_instance(mechanism: Any, kind: type[Mechanism]) -> None:
    """Refuse anything but an instance of `kind`.

    Args:
        mechanism: The object that the user passed.
        kind: `Channel`, `Pump` or `Synapse`.

    Raises:
        ModelTypeError: It is a class (the parentheses were forgotten) or something else altogether.
    """
    if isinstance(mechanism, kind):
        return
    if isinstance(mechanism, type) and issubclass(mechanism, kind):
        name = mechanism.__name__
        raise ModelTypeError(f"Expected a {kind.kind}, got the class {name} itself. Make an instance: {name}().")
    raise ModelTypeError(
        f"Expected a {kind.kind} (an instance of a subclass of {kind.__module__}.{kind.__name__}), "
        f"got {type(mechanism).__name__}."
    )


def check_name(mechanism: Mechanism, attribute: str) -> None:
    """Refuse a mechanism whose `attribute` is not a valid name for a table.

    Raises:
        MechanismError: The attribute is missing, no string, or empty.
    """
    value = getattr(mechanism, attribute, None)
    if not isinstance(value, str) or not value:
        raise MechanismError(
            f"{_where(mechanism)} needs a string `{attribute}`, but it is {value!r}. "
            f'Set it in __init__, for example self.{attribute} = "i_{type(mechanism).__name__}".'
            if attribute == "current_name"
            else f"{_where(mechanism)} needs a string `{attribute}`, but it is {value!r}."
        )


def check_table(mechanism: Mechanism, table: str) -> None:
    """Refuse a table of defaults that is not `{name: number}`.

    Args:
        mechanism: The mechanism.
        table: Which of its tables, for instance "channel_params".

    Raises:
        MechanismError: The table is missing or not a dict, a key is not a name, or a default is not a finite number.
    """
    defaults = getattr(mechanism, table, None)
    if not isinstance(defaults, dict):
        raise MechanismError(
            f"{_where(mechanism)} needs a dict `{table}`, but it is {defaults!r}. "
            f"Set self.{table} in __init__, to {{}} if there are none."
        )
    for key, value in defaults.items():
        if not isinstance(key, str) or not key:
            raise MechanismError(f"{_where(mechanism)}: the key {key!r} of `{table}` is not a name. Use a string.")
        if key in ("v", "i"):
            raise MechanismError(
                f'{_where(mechanism)}: `{table}` must not contain "{key}", which is the '
                f"{'voltage' if key == 'v' else 'injected current'}. Rename it, for example to {mechanism.name}_{key}."
            )
        if not _is_finite_number(value):
            raise MechanismError(
                f'{_where(mechanism)}: the default of "{key}" in `{table}` is {value!r}. Defaults are one finite '
                f"number per key; values that differ between compartments are given with set() after insertion."
            )


def check_declared(mechanism: Mechanism, *names: str) -> None:
    """Refuse a mechanism with an invalid name in `names`, or with tables of defaults that are invalid or share a key.

    Raises:
        MechanismError: The text says which.
    """
    for name in ("name", *names):
        check_name(mechanism, name)
    for table in mechanism.tables:
        check_table(mechanism, table)
    parameters, states = (getattr(mechanism, table) for table in mechanism.tables)
    if both := sorted(parameters.keys() & states.keys()):
        raise MechanismError(
            f'The {mechanism.kind} {mechanism.name!r} has "{both[0]}" both as a parameter and as a state.'
        )


def check_prefixes(mechanism: Mechanism, names: Iterable[Any]) -> None:
    """Refuse `names` of parameters and states without the name of the mechanism as a prefix.

    Raises:
        MechanismError: The text says which.
    """
    for name in names:
        if not isinstance(name, str) or not name.startswith(f"{mechanism.name}_"):
            raise MechanismError(
                f"{_where(mechanism)} has {name!r}. Names of its parameters and states start with "
                f"{mechanism.name + '_'!r}."
            )


def check_call(
    mechanism: Mechanism, method: str, arguments: tuple[str, ...], base: type[Mechanism] | None = None
) -> None:
    """Refuse a method that is missing or cannot be called with positional `arguments`.

    Args:
        mechanism: The mechanism.
        method: Name of the method.
        arguments: The arguments that the engine passes, in order, named for the message.
        base: The class whose version of the method is a placeholder; None if the method is optional.

    Raises:
        MechanismError: The method is not overridden, or takes other arguments.
    """
    function: Callable = getattr(mechanism, method)
    signature = f"{method}(self, {', '.join(arguments)})"
    if base is not None and getattr(function, "__func__", None) is getattr(base, method):
        raise MechanismError(f"{_where(mechanism)} does not define {signature}.")
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError as error:
        raise MechanismError(
            f"{_where(mechanism)}: {method} is called as {signature}, positionally, but {error}."
        ) from None


def _where(mechanism: Mechanism) -> str:
    """The mechanism in words, for messages."""
    return f"The {mechanism.kind} {mechanism.name!r} ({type(mechanism).__module__}.{type(mechanism).__qualname__})"


def _is_finite_number(value: Any) -> bool:
    """Whether a default is one finite number; bools count, since spike flags start as False."""
    if isinstance(value, numbers.Real):
        return math.isfinite(value)
    try:
        array = np.asarray(value)
    except Exception:  # noqa: BLE001 - a traced value raises a jax error here and cannot be stored
        return False
    return array.size == 1 and array.dtype.kind in "biuf" and bool(np.isfinite(array).all())
