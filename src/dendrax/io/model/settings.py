"""Settings of mechanisms as JSON and back: by value, to the type and the bit.

JSON's own null, true, texts and lists are Python's; integers and finite floats are told apart by their point. All else
is an object of one field, whose name says what it is:

    {"float": "nan"}, {"tuple": [...]}, {"dict": [[key, value], ...]}
    {"array": number}, {"scalar": number}, {"jax": number}     NumPy's and JAX's, kept among the arrays
    {"function": path}, {"partial": [function, arguments, keywords]}
    {"method": name}                                           a method of the mechanism itself
"""

import functools
import math
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from dendrax.errors import ModelFileError
from dendrax.io.model.arrays import Arrays, check_storable
from dendrax.io.model.fields import of_kind

DEEPEST = 50
"""Levels of lists in lists."""
PLAIN = (type(None), bool, int, str)
FLOATS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def path_of(thing: Any) -> str:
    """Where a class or function is defined, `module:name`."""
    return f"{getattr(thing, '__module__', None)}:{thing.__qualname__}"


TAGGED: dict[type, tuple[str, Callable[[Any], Any]]] = {
    float: ("float", str),
    tuple: ("tuple", list),
    dict: ("dict", lambda value: [list(pair) for pair in value.items()]),
    functools.partial: ("partial", lambda value: [value.func, value.args, value.keywords]),
}
"""For values that JSON does not have: what they are called, and JSON that they are made of."""


def _is_named(value: Any) -> bool:
    """Whether something is a function that a path stands for: it is what is there, or it closes over nothing."""
    name = getattr(value, "__qualname__", None)
    if not callable(value) or isinstance(value, type) or not isinstance(name, str) or "<lambda>" in name:
        return False
    there = getattr(sys.modules.get(value.__module__), name, None)
    return there is value or not getattr(value, "__closure__", None)


class Writer:
    """Writes the settings of one mechanism."""

    def __init__(self, owner: Any, where: str, arrays: dict[str, np.ndarray], named: list[Any]) -> None:
        """Arrays go to `arrays` under names that begin with `where`, functions that are named to `named`."""
        self.owner, self.where, self.arrays, self.named, self.n_arrays = owner, where, arrays, named, 0

    def write(self, what: str, value: Any, depth: int = 0) -> Any:
        """A value as JSON takes it."""
        kind = type(value)
        if depth > DEEPEST:
            raise ModelFileError(f"{self._of_owner(what)} is nested too deeply, or holds itself.")
        if kind in PLAIN or (kind is float and math.isfinite(value)):
            return value
        if kind is list:
            return [self.write(what, one, depth + 1) for one in value]
        if kind in TAGGED:
            tag, as_list = TAGGED[kind]
            return {tag: self.write(what, as_list(value), depth + 1)}
        return self._array(what, value) or self._function(what, value)

    def _array(self, what: str, value: Any) -> dict[str, Any] | None:
        """An array of NumPy or JAX, or a scalar of NumPy's; None for anything else."""
        tag = "array" if type(value) is np.ndarray else "scalar" if isinstance(value, np.generic) else None
        if tag is None and type(value).__module__.partition(".")[0] in ("jax", "jaxlib") and hasattr(value, "dtype"):
            from jax import Array  # noqa: PLC0415 - there already
            from jax.core import Tracer  # noqa: PLC0415

            tag = "jax" if isinstance(value, Array) and not isinstance(value, Tracer) else None
        if tag is None:
            return None
        check_storable(self._of_owner(what), value)
        number, self.n_arrays = self.n_arrays, self.n_arrays + 1
        self.arrays[f"{self.where}/{number}"] = np.asarray(value)
        return {tag: number}

    def _function(self, what: str, value: Any) -> dict[str, str]:
        """A method of the mechanism by its name; a function by its path, which whoever loads the file has to pass."""
        if isinstance(value, types.MethodType):
            if value.__self__ is self.owner:
                return {"method": value.__name__}
        elif _is_named(value):
            self.named.append(value)
            return {"function": path_of(value)}
        raise ModelFileError(
            f"{self._of_owner(what)} is a {type(value).__name__}, which a file cannot hold: {value!r:.80}. It takes "
            f"numbers, text, lists, tuples, dicts, arrays, and functions that are defined by name in a module. Make "
            f"it a method or an attribute of the class."
        )

    def _of_owner(self, what: str) -> str:
        return f"the setting {what} of the {self.owner.kind} {self.owner.name!r}"


class Reader:
    """Reads the settings of one mechanism."""

    def __init__(self, owner: Any, where: str, arrays: Arrays, function: Callable[[str], Any]) -> None:
        """Functions are what `function` has for their path."""
        self.owner, self.where, self.arrays, self.function = owner, where, arrays, function

    def read(self, what: str, value: Any) -> Any:
        """The value that was written."""
        if type(value) in (*PLAIN, float):
            return value
        if type(value) is list:
            return [self.read(what, one) for one in value]
        if len(value) != 1:
            raise ModelFileError(f"model.json: {what} should be an object of one field, but has {list(value)[:5]}.")
        ((tag, content),) = value.items()
        made = getattr(self, f"_{tag}", None) if tag in TAGS else None
        if made is None:
            raise ModelFileError(f"model.json: {what} is a {tag!r}, and there is no such kind of setting.")
        return made(what, content)

    def _float(self, what: str, content: Any) -> float:
        if content not in list(FLOATS):
            raise ModelFileError(f"model.json: {what} is no number.")
        return FLOATS[content]

    def _tuple(self, what: str, content: Any) -> tuple:
        return tuple(self.read(what, one) for one in of_kind(what, content, list))

    def _dict(self, what: str, content: Any) -> dict:
        made = {}
        for pair in of_kind(what, content, list):
            if len(of_kind(what, pair, list)) != 2:
                raise ModelFileError(f"model.json: {what} should hold pairs of key and value.")
            key = self.read(what, pair[0])
            if type(key) not in (*PLAIN, float):
                raise ModelFileError(f"model.json: {what} has a key that is neither text nor a number.")
            made[key] = self.read(what, pair[1])
        return made

    def _array(self, what: str, content: Any) -> np.ndarray:
        return self.arrays.take(f"{self.where}/{of_kind(what, content, int)}", None)

    def _scalar(self, what: str, content: Any) -> Any:
        return self.arrays.take(f"{self.where}/{of_kind(what, content, int)}", ())[()]

    def _jax(self, what: str, content: Any) -> Any:
        import jax.numpy as jnp  # noqa: PLC0415 - only mechanisms that have such settings need it

        return jnp.asarray(self._array(what, content))

    def _function(self, what: str, content: Any) -> Any:
        return self.function(of_kind(what, content, str))

    def _partial(self, what: str, content: Any) -> Any:
        parts = [self.read(what, one) for one in of_kind(what, content, list)]
        if [type(one) for one in parts[1:]] != [tuple, dict] or not callable(parts[0]):
            raise ModelFileError(f"model.json: {what} should hold a function, its arguments and its keywords.")
        if not all(type(name) is str for name in parts[2]):
            raise ModelFileError(f"model.json: {what} has a keyword that is no text.")
        return functools.partial(parts[0], *parts[1], **parts[2])

    def _method(self, what: str, content: Any) -> Any:
        name = of_kind(what, content, str)
        function = next((vars(one)[name] for one in type(self.owner).__mro__ if name in vars(one)), None)
        if not isinstance(function, types.FunctionType):
            raise ModelFileError(f"model.json: {what} is the method {name!r}, which the class does not have.")
        return types.MethodType(function, self.owner)


TAGS = ("float", "tuple", "dict", "array", "scalar", "jax", "function", "partial", "method")
