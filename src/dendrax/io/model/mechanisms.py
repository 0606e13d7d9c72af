"""Mechanisms of all kinds by the path of their class and their settings, and the classes that a file may name."""

from __future__ import annotations

import reprlib
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, TypeVar

from dendrax.errors import MechanismError, ModelFileError, ModelTypeError, ModelValueError
from dendrax.io.model import settings
from dendrax.io.model.arrays import Arrays
from dendrax.io.model.fields import exactly, of_kind
from dendrax.mechanisms import source as sources
from dendrax.mechanisms.contract import check_mechanism
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.plasticity import Plasticity, check_plasticity
from dendrax.mechanisms.pump import Pump
from dendrax.mechanisms.source import SpikeSource
from dendrax.mechanisms.surrogate import SURROGATES
from dendrax.mechanisms.synapse import Synapse

OURS = (
    "dendrax.channels",
    "dendrax.electrodes",
    "dendrax.events",
    "dendrax.io.nmodl.mechanism",
    "dendrax.pumps",
    "dendrax.synapses",
)
"""The packages from which a file may name mechanisms without being asked for."""
Kind = TypeVar("Kind", bound=Mechanism)


class Allowed:
    """What a file may name.

    Args:
        mechanisms: Beside our own: classes and functions, which are taken as they are, and names of packages, from
            which classes of mechanisms may be imported.

    Raises:
        ModelTypeError: Something else.
    """

    def __init__(self, mechanisms: Sequence[Any] = ()) -> None:
        if isinstance(mechanisms, str) or not isinstance(mechanisms, Sequence):
            raise ModelTypeError(
                f"load: mechanisms must be a list of classes and names of packages, not {reprlib.repr(mechanisms)}."
            )
        self.packages = (*OURS, *(one for one in mechanisms if isinstance(one, str)))
        self.passed = [one for one in mechanisms if not isinstance(one, str)]
        for one in self.passed:
            if not (callable(one) and isinstance(getattr(one, "__qualname__", None), str)):
                raise ModelTypeError(
                    f"load: mechanisms holds {reprlib.repr(one)}. Pass classes (without parentheses), functions that "
                    f'are settings of mechanisms, or names of packages, such as "my_package".'
                )

    def function(self, path: str) -> Any:
        """A function that is a setting: a surrogate of ours, or a function that the caller passed."""
        found = self._passed(path, [*SURROGATES.values(), *(one for one in self.passed if not isinstance(one, type))])
        if found is None:
            name = path.rpartition(":")[2]
            raise ModelFileError(
                f"a setting is the function {path!r}, which a file cannot bring along. If you trust it, pass it: "
                f"`load(..., mechanisms=[{name}])`."
            )
        return found

    def mechanism(self, path: str, kind: type[Kind]) -> type[Kind]:
        """The class of a mechanism."""
        classes = [one for one in self.passed if isinstance(one, type)]
        found = self._passed(path, classes, exact=True) or self._imported(path) or self._passed(path, classes)
        if found is None:
            module, _, name = path.partition(":")
            package = module.partition(".")[0]
            raise ModelFileError(
                f"it names the {kind.kind} {name!r} of {module!r}, which is not a part of Dendrax. If you trust it, "
                f"pass the class or its package: `load(..., mechanisms=[{name}])` or `mechanisms=[{package!r}]`."
            )
        of_other_parts = {Plasticity, Pump, SpikeSource, Synapse} - {kind}  # these are in other parts of a file
        if not isinstance(found, type) or not issubclass(found, kind) or issubclass(found, tuple(of_other_parts)):
            raise ModelFileError(f"it names {path!r} as a {kind.kind}, but that is {found!r}.")
        return found

    def _passed(self, path: str, those: list[Any], *, exact: bool = False) -> Any:
        """One of `those` that has a path; or, since a class may have moved, at least its name."""
        name = path.partition(":")[2]
        same = [one for one in those if settings.path_of(one) == path]
        alike = [] if exact else [one for one in those if one.__qualname__ == name]
        return (same or alike or [None])[0]

    def _imported(self, path: str) -> Any:
        """What is at a path, None where the file may not import from there."""
        module, _, names = path.partition(":")
        steps = [*module.split("."), *names.split(".")]
        if not all(one.isidentifier() for one in steps) or "__main__" in steps:
            return None
        if not any(module == one or module.startswith(f"{one}.") for one in self.packages):
            return None
        try:
            found: Any = import_module(module)
        except ImportError as error:
            raise ModelFileError(
                f"it names {path!r}, but {module!r} cannot be imported ({error}). If the class has moved, pass it: "
                f"`load(..., mechanisms=[{names}])`."
            ) from None
        for one in names.split("."):
            found = vars(found).get(one) if isinstance(found, type) or found is sys.modules[module] else None
        if found is None:
            raise ModelFileError(
                f"it names {path!r}, but there is no {names!r} in {module!r}. If the class has moved, pass it: "
                f"`load(..., mechanisms=[{names}])`."
            )
        return found


def write(mechanism: Mechanism, where: str, arrays: dict[str, Any], named: list[Any]) -> dict[str, Any]:
    """A mechanism as a document; arrays among its settings go to `arrays`, its class and functions to `named`."""
    writer = settings.Writer(mechanism, where, arrays, named)
    kind = type(mechanism).stored_class()
    named.append(kind)
    made = {name: writer.write(f"{name!r}", value) for name, value in vars(mechanism).items()}
    return {"class": settings.path_of(kind), "settings": made}


def read(document: Any, kind: type[Kind], where: str, arrays: Arrays, allowed: Allowed) -> Kind:
    """A mechanism of a kind, made without its constructor: nothing of the class is run but its own checks."""
    found = exactly(f"a {kind.kind}", document, "class", "settings")
    path = of_kind("'class'", found["class"], str)
    made = object.__new__(allowed.mechanism(path, kind))
    reader = settings.Reader(made, where, arrays, allowed.function)
    for name, value in of_kind("'settings'", found["settings"], dict).items():
        vars(made)[name] = reader.read(f"the setting {name!r} of {path}", value)
    try:
        made = made.restored()
        if kind is SpikeSource:
            sources.check_source(made)
        elif kind is Plasticity:
            check_plasticity(made)
        else:
            check_mechanism(made, kind)
    except (MechanismError, ModelValueError, TypeError) as error:
        raise ModelFileError(f"the {kind.kind} {path}: {error}") from None
    return made
