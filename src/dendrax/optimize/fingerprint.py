"""The fingerprint of everything that decides how a fit goes on, so that a checkpoint cannot resume another fit.

A fingerprint is a flat dict of names such as `loss.targets` and `optimizer.update[0].learning_rate`. Of an array it
holds type, shape, checksum and some sums, so that rounding on another machine is told from other values; of a function
the instructions and, one by one, the closure and the global variables that it reads; of a model the file that `save`
would write. Comments, docstrings and line numbers are not in it, and neither is code of installed packages.
"""

from __future__ import annotations

import dataclasses
import dis
import functools
import hashlib
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dendrax.errors import DendraxError
from dendrax.io.model.files import save
from dendrax.modules.module import Module
from dendrax.optimize.leaves import is_key

Entries = dict[str, Any]
LISTED = 50  # of longer lists all entries make a single checksum
SHOWN = 8  # arrays of up to so many numbers are kept as they are, larger ones as sums
BLOCK = 2**16  # sums are of so many numbers at a time, so that they need no copy of the data
VARIADIC = 12  # of the flags of a function: whether it takes *args and **kwargs
PYTHON = f"{sys.implementation.name} {sys.version_info[0]}.{sys.version_info[1]}"
"""Instructions of functions are comparable within a version of Python."""


def fingerprint(values: Mapping[str, Any]) -> tuple[Entries, list[str]]:
    """The fingerprint of some named values, and the names of the values that cannot be inspected."""
    look = _Look()
    for name, value in values.items():
        look(name, value)
    return look.entries, look.unseen


def differing(theirs: Entries, ours: Entries) -> tuple[list[str], list[str]]:
    """The names of entries that differ, and of those that differ in their rounding alone."""
    names: list[str] = []
    rounded: list[str] = []
    for name in {**theirs, **ours}:
        one, other = theirs.get(name), ours.get(name)
        if one != other and not _of_other_python(one, other):
            (rounded if _rounded(one, other) else names).append(name)
    return names, rounded


def in_words(entry: Any) -> str:
    """An entry, to be read."""
    if entry is None:
        return "nothing"
    if isinstance(entry, str):
        return entry
    kind, checksum, numbers, _ = entry
    shown = ", ".join(map(repr, numbers)) if numbers else f"#{checksum}"
    return shown if kind == "float" else f"{kind} {shown}"


def _rounded(one: Any, other: Any) -> bool:
    """Whether two arrays are equal up to rounding errors, to far fewer digits than a float of the type has."""
    if not (isinstance(one, list) and isinstance(other, list) and one[0] == other[0] and "float" in one[0]):
        return False
    (_, _, values, sums), (_, _, other_values, other_sums) = one, other
    a, b = (np.array(some) for some in (values or sums, other_values or other_sums))
    size = np.maximum(np.abs(a), np.abs(b))
    eps = float(jnp.finfo(one[0].partition("[")[0]).eps)
    return bool((np.abs(a - b) <= eps**0.6 * (size if values else size.max())).all())


def _of_other_python(one: Any, other: Any) -> bool:
    """Whether two functions cannot be compared."""
    was, now = (re.fullmatch(r"(function .*) in (.*): #.*", str(entry)) for entry in (one, other))
    return was is not None and now is not None and was[1] == now[1] and was[2] != now[2]


class _Look:
    """Collects the entries of a fingerprint: an entry for each value and for each of its parts."""

    def __init__(self) -> None:
        self.entries: Entries = {}
        self.unseen: list[str] = []
        self._within: set[int] = set()
        self._models: dict[int, str | None] = {}

    def __call__(self, name: str, value: Any) -> None:
        if value is None or isinstance(value, (bool, int, str, bytes, complex, type, np.dtype, slice, type(...))):
            text = value.__qualname__ if isinstance(value, type) else repr(value)
            self.entries[name] = text if len(text) < 100 else f"{text[:40]}... #{_checksum(text.encode())}"
        elif isinstance(value, (float, np.ndarray, np.generic, jax.Array)):
            self.entries[name] = _of_array(value)
        elif id(value) in self._within:
            self.entries[name] = "itself"
        else:
            self._within.add(id(value))
            self.entries[name], parts = self._parts(name, value)
            before = len(self.entries)
            for part, one in parts.items():
                self(part, one)
            if len(parts) > LISTED:
                inside = {part: self.entries.pop(part) for part in list(self.entries)[before:]}
                self.entries[name] += f" #{_checksum(json.dumps(inside).encode())}"
            self._within.discard(id(value))

    def _parts(self, name: str, value: Any) -> tuple[str, dict[str, Any]]:
        """The entry of a value itself, and its parts by name."""
        said, parts = type(value).__name__, {}
        if isinstance(value, Module):
            said, parts = self._model(name, value)
        elif isinstance(value, FunctionType):
            said, parts = self._function(name, value)
        elif isinstance(value, (list, tuple, set, frozenset, Mapping)):
            said, parts = f"{said} of {len(value)}", _contained(name, value)
        elif isinstance(value, functools.partial):
            parts = {f"{name}.func": value.func, f"{name}.args": value.args, f"{name}.keywords": value.keywords}
        elif isinstance(value, MethodType):
            parts = {f"{name}.{value.__name__}": value.__func__, f"{name}.self": value.__self__}
        elif hasattr(value, "__wrapped__"):  # what jit, custom_jvp and the like have made of a function
            said, parts = self._parts(name, value.__wrapped__)
        elif not isinstance(value, ModuleType) and (dataclasses.is_dataclass(value) or _is_open(value)):
            parts = _held(name, value)
        elif hasattr(value, "__name__"):  # modules, ufuncs and built-in functions
            said = value.__name__
        else:
            self.unseen.append(name)
        return said, parts

    def _function(self, name: str, function: FunctionType) -> tuple[str, dict[str, Any]]:
        """Its code and closure; of code that is not installed, defaults and global variables too."""
        code, parts = function.__code__, {}
        for variable, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            try:
                parts[f"{name}.{variable}"] = cell.cell_contents
            except ValueError:
                parts[f"{name}.{variable}"] = "not assigned yet"
        if _is_installed(function.__module__):
            return f"{function.__module__}.{function.__qualname__}", parts
        if function.__defaults__ or function.__kwdefaults__:
            parts[f"{name}.defaults"] = (function.__defaults__, function.__kwdefaults__)
        known = [list(dis.get_instructions(one)) for one in _codes(code)]
        read = {one.argval for some in known for one in some if one.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
        for variable in sorted(read & function.__globals__.keys()):
            value = function.__globals__[variable]
            if not isinstance(value, ModuleType):
                parts[f"{name}.{variable}"] = value
            elif not _is_installed(value.__name__):
                self.unseen.append(f"{name}.{variable}")
        instructions = "\n".join(line for one in _codes(code) for line in _instructions(one))
        return f"function {function.__name__} in {PYTHON}: #{_checksum(instructions.encode())}", parts

    def _model(self, name: str, module: Module) -> tuple[str, dict[str, Any]]:
        """The file that `save` would write, which is the same for the same model; of a view its compartments too."""
        parts = {f"{name}.compartments": module.rows} if module.is_view else {}
        module = module.base
        _ = module.nodes  # this computes the places of a cell built by hand, which are in the file
        if id(module) not in self._models:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    save(module, path := Path(folder, "model"))
                    self._models[id(module)] = _checksum(path.read_bytes())
                except (DendraxError, OSError):  # a model that files cannot hold, or no room for one
                    self._models[id(module)] = None
        if self._models[id(module)] is None:
            self.unseen.append(name)
        return f"{type(module).__name__} #{self._models[id(module)]}", parts


def _contained(name: str, value: Any) -> dict[str, Any]:
    """The entries of a container."""
    if isinstance(value, Mapping):
        return {f"{name}[{key!r}]": one for key, one in value.items()}
    if hasattr(value, "_fields"):
        return {f"{name}.{key}": getattr(value, key) for key in value._fields}
    ordered = value if isinstance(value, (list, tuple)) else sorted(value, key=repr)
    return {f"{name}[{number}]": one for number, one in enumerate(ordered)}


def _held(name: str, value: Any) -> dict[str, Any]:
    """The attributes of an object, and the code that runs when it is called."""
    kind = type(value)
    names = [field.name for field in dataclasses.fields(value)] if dataclasses.is_dataclass(value) else []
    names = names or [key for key in vars(value) if not isinstance(getattr(kind, key, None), functools.cached_property)]
    parts = {f"{name}.{key}": getattr(value, key, None) for key in names}
    if callable(value) and not _is_installed(kind.__module__):
        parts[f"{name}.__call__"] = kind.__call__
    return parts


def _checksum(data: Any) -> str:
    return hashlib.blake2b(data, digest_size=6).hexdigest()


def _of_array(value: Any) -> list[Any]:
    """Type and shape, checksum, and the numbers if they are few, or sums of floats if they are many."""
    array = np.asarray(jax.random.key_data(value) if is_key(value) else value)
    kind = "float" if isinstance(value, float) else f"{array.dtype}{list(array.shape)}"
    if array.dtype.kind == "O":
        return [kind, _checksum(repr(array.tolist()).encode()), [], []]
    flat = np.ascontiguousarray(array).reshape(-1)
    checksum = _checksum(flat.view(np.uint8) if flat.size else b"")
    if "float" not in array.dtype.name:
        return [kind, checksum, array.ravel().tolist() if array.dtype.kind in "biu" and array.size <= SHOWN else [], []]
    sums, weights, infinite = np.zeros(3), np.cos(np.arange(BLOCK)), 0
    for start in range(0, flat.size, BLOCK):
        numbers = flat[start : start + BLOCK].astype(np.float64)
        finite = np.isfinite(numbers)
        infinite += np.count_nonzero(~finite)
        numbers = np.where(finite, numbers, 0.0)
        along = numbers @ weights[: numbers.size] * np.cos(start / BLOCK)
        sums += np.abs(numbers).sum(), numbers.sum(), along
    kind += f" with {infinite} not finite" if infinite else ""
    few = np.where(np.isfinite(flat.astype(float)), flat, 0).astype(float).tolist() if flat.size <= SHOWN else []
    return [kind, checksum, few, [] if few else sums.tolist()]


def _codes(code: CodeType) -> Iterator[CodeType]:
    """The code of a function, and of those inside of it."""
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _codes(one)


def _instructions(code: CodeType) -> Iterator[str]:
    """The instructions of a function, without names of files, lines and docstrings."""
    named = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    yield f"{named} {code.co_freevars} {code.co_flags & VARIADIC}"
    known = [one for one in dis.get_instructions(code) if one.opname not in ("EXTENDED_ARG", "CACHE", "NOP")]
    place_of = {one.offset: place for place, one in enumerate(known)}
    for one in known:
        value: Any = one.argval.co_name if isinstance(one.argval, CodeType) else one.argval
        if one.opcode in (*dis.hasjrel, *dis.hasjabs):
            value = place_of.get(value)
        yield f"{one.opname} {sorted(map(repr, value)) if isinstance(value, frozenset) else repr(value)}"


def _is_open(value: Any) -> bool:
    """Whether the attributes of an object determine it fully: true of objects of users, and of ours."""
    module = type(value).__module__
    return hasattr(value, "__dict__") and (not _is_installed(module) or module.startswith("dendrax."))


@functools.cache
def _is_installed(module: str | None) -> bool:
    """Whether code belongs to Python or an installed package rather than to the user."""
    name = (module or "").partition(".")[0]
    package = sys.modules.get(name)
    places = getattr(package, "__path__", None) or [getattr(package, "__file__", None) or ""]
    within = {part for place in places for part in Path(place).parts}
    return name in (*sys.stdlib_module_names, "dendrax") or bool(within & {"site-packages", "dist-packages"})
