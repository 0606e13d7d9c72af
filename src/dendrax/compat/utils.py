"""The reference's `utils`: its helper modules, each loaded when it is asked for."""

from importlib import import_module
from types import ModuleType

from dendrax.compat.paths import PATHS

_PARENT = "jaxley.utils."
_MODULES = {path.removeprefix(_PARENT): ours for path, ours in PATHS.items() if path.startswith(_PARENT)}


def __getattr__(name: str) -> ModuleType:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(_MODULES)}")
    return import_module(_MODULES[name])


def __dir__() -> list[str]:
    return sorted(_MODULES)
