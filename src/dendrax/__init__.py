"""Dendrax: differentiable simulation of networks of multicompartment neurons in JAX.

Example:
    >>> import dendrax as jx
    >>> from dendrax.channels import HH
    >>> cell = jx.morphology.sample("pyramidal")
    >>> cell.insert(HH())
    >>> soma = cell.soma.branch(0).comp(0)
    >>> soma.stimulate(jx.step_current(i_delay=1.0, i_dur=2.0, i_amp=2.0, delta_t=0.025, t_max=5.0), verbose=False)
    >>> soma.record("v", verbose=False)
    >>> jx.integrate(cell).shape
    (1, 202)
"""

from importlib import import_module
from typing import TYPE_CHECKING

from dendrax import (
    channels,
    electrodes,
    errors,
    events,
    io,
    mechanisms,
    modules,
    morphology,
    optimize,
    pumps,
    solver_gate,
    stimulus,
    synapses,
)
from dendrax.connect import connect, connectivity_matrix_connect, fully_connect, sparse_connect
from dendrax.integrate import integrate
from dendrax.io import from_neuron, load, read_swc, save
from dendrax.many import integrate_many, map_many
from dendrax.modules import Branch, Cell, Compartment, Module, Network
from dendrax.netcon import netcon
from dendrax.optimize import ParamTransform
from dendrax.settings import use_all_cores, use_compilation_cache, use_wide_vectors
from dendrax.stimulus import datapoint_to_step_currents, step_current
from dendrax.view3d import view3d

if TYPE_CHECKING:
    from types import ModuleType

    from dendrax import dynamics, features, plot

    # Named only, since what is below in the house may know this file, but nothing of compat.
    compat: ModuleType
    utils: ModuleType

__version__ = "0.1.0.dev0"

__all__ = [
    "Branch",
    "Cell",
    "Compartment",
    "Module",
    "Network",
    "ParamTransform",
    "channels",
    "compat",
    "connect",
    "connectivity_matrix_connect",
    "datapoint_to_step_currents",
    "dynamics",
    "electrodes",
    "errors",
    "events",
    "features",
    "from_neuron",
    "fully_connect",
    "integrate",
    "integrate_many",
    "io",
    "load",
    "map_many",
    "mechanisms",
    "modules",
    "morphology",
    "netcon",
    "optimize",
    "plot",
    "pumps",
    "read_swc",
    "save",
    "solver_gate",
    "sparse_connect",
    "step_current",
    "stimulus",
    "synapses",
    "use_all_cores",
    "use_compilation_cache",
    "use_wide_vectors",
    "utils",
    "view3d",
]

LOADED_WHEN_USED = {
    "compat": "dendrax.compat",
    "dynamics": "dendrax.dynamics",
    "features": "dendrax.features",
    "plot": "dendrax.plot",  # matplotlib takes longer to import than all the rest
    "utils": "dendrax.compat.utils",
}


def __getattr__(name: str) -> "ModuleType":
    """Load what few programs need when it is used."""
    if name in LOADED_WHEN_USED:
        return import_module(LOADED_WHEN_USED[name])
    import difflib  # noqa: PLC0415 - only who errs needs it

    from dendrax.modules.hints import of_name  # noqa: PLC0415

    if elsewhere := "" if name.startswith("_") else of_name(name):
        message = f"module 'dendrax' has no attribute {name!r}. {elsewhere}"
        raise AttributeError(message)
    near = difflib.get_close_matches(name, __all__, n=1)
    hint = f". Did you mean {near[0]!r}?" if near else ""
    message = f"module 'dendrax' has no attribute {name!r}{hint}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
