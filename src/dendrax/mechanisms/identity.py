"""Equality by value for the attributes of a mechanism.

A mechanism is a static part of a compiled program, so two mechanisms that would compile to the same program
should be equal, or building the same model twice compiles twice. Python's `==` does not get there: it raises
for arrays and compares functions, and methods bound to the mechanism itself, by identity.

The rule when in doubt is "not equal": that costs a compilation, never a wrong result.
"""

import functools
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

Pairs = frozenset[tuple[int, int]]


def same_value(one: Any, other: Any, assumed: Pairs = frozenset()) -> bool:
    """Whether two objects can stand for each other in a compiled program.

    Numbers, strings, containers and arrays compare by type and content (NaN equals NaN), functions by code,
    defaults and what they close over, bound methods by function and owner, anything else by its own `==`.

    Args:
        one: Any object.
        other: Any object.
        assumed: Pairs of ids that are being compared further up; they are taken as equal, which lets
            objects refer to themselves.

    Returns:
        True if they are interchangeable; False if they differ or if nothing can be said.

    Example:
        ```python
        same_value({"table": np.arange(3)}, {"table": np.arange(3)})  # True
        same_value(1, 1.0)  # False: they give programs of different types
        ```
    """
    if one is other or (id(one), id(other)) in assumed:
        return True
    if type(one) is not type(other):
        return False
    assumed = assumed | {(id(one), id(other))}
    for kind, same in _COMPARISONS:
        if isinstance(one, kind):
            return same(one, other, assumed)
    return _own_equality(one, other)


def _same_mapping(one: Mapping, other: Mapping, assumed: Pairs) -> bool:
    """Equal keys, in any order, and equal values."""
    return one.keys() == other.keys() and all(same_value(one[key], other[key], assumed) for key in one)


def _same_sequence(one: Sequence, other: Sequence, assumed: Pairs) -> bool:
    """Equal entries in equal order."""
    return len(one) == len(other) and all(same_value(a, b, assumed) for a, b in zip(one, other, strict=True))


def _same_method(one: types.MethodType, other: types.MethodType, assumed: Pairs) -> bool:
    """One function bound to equal owners."""
    same_owner = same_value(one.__self__, other.__self__, assumed)
    return same_owner and same_value(one.__func__, other.__func__, assumed)


def _same_builtin(one: types.BuiltinMethodType, other: types.BuiltinMethodType, assumed: Pairs) -> bool:
    """One built-in function, or one built-in method of equal owners."""
    return one.__qualname__ == other.__qualname__ and same_value(one.__self__, other.__self__, assumed)


def _same_partial(one: functools.partial, other: functools.partial, assumed: Pairs) -> bool:
    """One function with equal arguments filled in."""
    return same_value((one.func, one.args, one.keywords), (other.func, other.args, other.keywords), assumed)


def _same_array(one: Any, other: Any, assumed: Pairs) -> bool:
    """Equal type, shape and entries; traced arrays have no entries to compare and are equal to themselves alone."""
    if isinstance(one, Tracer) or isinstance(other, Tracer):
        return False
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    a, b = np.asarray(one), np.asarray(other)
    if a.dtype == object:
        return all(same_value(x, y, assumed) for x, y in zip(a.ravel(), b.ravel(), strict=True))
    return a.tobytes() == b.tobytes()  # bit for bit: NaN equals NaN, and 0.0 is not -0.0


def _same_function(one: types.FunctionType, other: types.FunctionType, assumed: Pairs) -> bool:
    """Functions made twice from one `def` or `lambda`, with equal defaults and equal closures."""
    if one.__code__ is not other.__code__ or one.__globals__ is not other.__globals__:
        return False
    parts_of_one = (one.__defaults__, one.__kwdefaults__, _closure(one), one.__dict__)
    parts_of_other = (other.__defaults__, other.__kwdefaults__, _closure(other), other.__dict__)
    return same_value(parts_of_one, parts_of_other, assumed)


def _closure(function: types.FunctionType) -> list[Any]:
    """The values that a function closes over; a variable that is not yet bound counts as its own cell."""
    values = []
    for cell in function.__closure__ or ():
        try:
            values.append(cell.cell_contents)
        except ValueError:
            values.append(cell)
    return values


def _own_equality(one: Any, other: Any) -> bool:
    """The answer of the objects' own `==` where that is a plain truth value."""
    try:
        return bool(one == other) or (one != one and other != other)  # noqa: PLR0124 - NaN is not itself
    except Exception:  # noqa: BLE001 - somebody else's __eq__ may raise anything; nothing can be said then
        return False


_COMPARISONS: tuple[tuple[Any, Callable[[Any, Any, Pairs], bool]], ...] = (
    (Mapping, _same_mapping),
    ((list, tuple), _same_sequence),
    ((np.ndarray, np.generic, jax.Array), _same_array),
    (types.FunctionType, _same_function),
    (types.MethodType, _same_method),
    (types.BuiltinMethodType, _same_builtin),
    (functools.partial, _same_partial),
)
