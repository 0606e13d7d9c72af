"""`import jaxley` gives Dendrax, in this process.

Python asks finders for a module that is not loaded yet. Ours answers for the paths of `paths.PATHS` with a stand-in
that has the reference's name and hands out what our module has. Our own modules stay as they are, names and all, so
that pickles and error texts say where things come from. Modules in `paths.NOT_CARRIED` are found too, and refused when
they are loaded, and so are functions: `from module import name` looks for a module if the attribute is missing.
"""

import importlib
import sys
from collections.abc import Iterable
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from importlib.metadata import Distribution, DistributionFinder
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import Any

from dendrax.compat.paths import NOT_CARRIED, PATHS, REFERENCE, SHADOWED, VERSION
from dendrax.errors import ModelStateError

PACKAGES = {path.rpartition(".")[0] for path in PATHS} | NOT_CARRIED.keys()


class StandIn(ModuleType):
    """A module under the reference's name that has what one of ours has."""

    def __init__(self, name: str) -> None:
        target = _target(name)
        super().__init__(name, target.__doc__)
        self.__dict__["_target"] = target
        # Our names only if `from jaxley.x import *` finds them; private ones are there, but not listed.
        self.__dict__["__all__"] = [one for one in getattr(target, "__all__", dir(target)) if not one.startswith("_")]
        if hasattr(target, "__path__"):
            # Not ours, where a walk over packages would find modules of Dendrax under the reference's name.
            self.__dict__["__path__"] = []
        if name == REFERENCE:
            self.__dict__["__version__"] = VERSION

    def __reduce__(self) -> tuple[object, ...]:
        """A module arrives in another process by its name: libraries that send functions send their globals."""
        return _arrive, (self.__name__,)

    def __getattr__(self, name: str) -> Any:
        """What our module has, or a submodule of the reference."""
        path = f"{self.__name__}.{name}"
        if path in PATHS and path not in SHADOWED:
            return importlib.import_module(path)
        if _is_left_out(path):
            raise AttributeError(_refusal(path), name=name, obj=self)
        return getattr(self.__dict__["_target"], name)

    def __dir__(self) -> list[str]:
        below = [path.rpartition(".")[2] for path in PATHS if path.rpartition(".")[0] == self.__name__]
        return sorted({*super().__dir__(), *dir(self.__dict__["_target"]), *below})


class Installed(Distribution):
    """What `importlib.metadata` says of the reference: the version that is stood in for, whatever is installed."""

    def read_text(self, filename: str) -> str | None:
        """Name and version; there is no other file."""
        return f"Metadata-Version: 2.1\nName: {REFERENCE}\nVersion: {VERSION}\n" if filename == "METADATA" else None

    def locate_file(self, path: str | PathLike[str]) -> Path:
        """Where a file of the distribution would be."""
        return Path(__file__).parents[2] / path


class Finder(DistributionFinder, Loader):
    """Finds the reference's modules and loads stand-ins."""

    def find_spec(self, fullname: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Where a module of the reference comes from; None for any other name, which Python then reports as missing."""
        del path, target
        if fullname in PATHS:
            return ModuleSpec(fullname, self, origin=PATHS[fullname], is_package=fullname in PACKAGES)
        return ModuleSpec(fullname, self) if _is_left_out(fullname) else None

    def find_distributions(
        self,
        context: DistributionFinder.Context = DistributionFinder.Context(),  # noqa: B008 - as Python has it
    ) -> Iterable[Distribution]:
        """The reference's, where it or all are asked for."""
        return [Installed()] if context.name is None or context.name.lower() == REFERENCE else []

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The stand-in."""
        if _is_left_out(spec.name):
            raise ImportError(_refusal(spec.name), name=spec.name)
        return StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to do."""


def install() -> None:
    """Make `import jaxley`, and every public module path of it, give Dendrax in this process.

    Call it before anything imports Jaxley. A second call does nothing. Nothing is written to disk, and other processes
    are not touched: `python -m dendrax.compat script.py` and `pytest -p dendrax.compat.pytest` call it for a program.

    Raises:
        ModelStateError: The real Jaxley has been imported in this process.

    Example:
        ```python
        import dendrax.compat

        dendrax.compat.install()

        import jaxley as jx  # this is Dendrax
        import jaxley_mech  # and so is what it builds on
        ```
    """
    if any(isinstance(finder, Finder) for finder in sys.meta_path):
        return
    if REFERENCE in sys.modules:
        where = getattr(sys.modules[REFERENCE], "__file__", None)
        raise ModelStateError(
            f"dendrax.compat.install: {REFERENCE} is imported already, from {where}, so that objects of both would "
            f"meet. Call install() before the first import of {REFERENCE}, or of a library that imports it."
        )
    sys.meta_path.insert(0, Finder())
    package = importlib.import_module(REFERENCE)
    for path in SHADOWED:
        # Loading a module sets it as an attribute of its package, where the function of the same name has to be.
        importlib.import_module(path)
        delattr(package, path.rpartition(".")[2])
    package.__dict__["__version__"] = VERSION


def _is_left_out(path: str) -> bool:
    """Whether Dendrax does not carry a module or function of the reference."""
    module, _, name = path.rpartition(".")
    return name in NOT_CARRIED.get(module, ())


def _refusal(path: str) -> str:
    """Why there is no such module or function, and what to do."""
    return (
        f"Dendrax does not carry {path}: it is a helper inside of Jaxley that no published program was found to use. "
        "docs/reference_api.md lists what there is; if you need it, please open an issue."
    )


def _arrive(path: str) -> ModuleType:
    """A stand-in in a process that it is sent to."""
    install()
    return importlib.import_module(path)


def _target(path: str) -> ModuleType:
    """Our module for a path of the reference."""
    return importlib.import_module(PATHS[path])
