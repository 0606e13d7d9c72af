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

from typing import TYPE_CHECKING, Any

from dendrax import channels, errors, io, mechanisms, modules, morphology, optimize, pumps, stimulus, synapses
from dendrax.connect import connect, connectivity_matrix_connect, fully_connect, sparse_connect
from dendrax.integrate import integrate
from dendrax.io import read_swc
from dendrax.modules import Branch, Cell, Compartment, Module, Network
from dendrax.optimize import ParamTransform
from dendrax.stimulus import datapoint_to_step_currents, step_current

if TYPE_CHECKING:
    from dendrax import plot

__version__ = "0.1.0.dev0"

__all__ = [
    "Branch",
    "Cell",
    "Compartment",
    "Module",
    "Network",
    "ParamTransform",
    "channels",
    "connect",
    "connectivity_matrix_connect",
    "datapoint_to_step_currents",
    "errors",
    "fully_connect",
    "integrate",
    "io",
    "mechanisms",
    "modules",
    "morphology",
    "optimize",
    "plot",
    "pumps",
    "read_swc",
    "sparse_connect",
    "step_current",
    "stimulus",
    "synapses",
]


def __getattr__(name: str) -> Any:
    """Load `dendrax.plot` when it is used: matplotlib takes longer to import than all the rest."""
    if name == "plot":
        from importlib import import_module  # noqa: PLC0415

        return import_module("dendrax.plot")
    message = f"module 'dendrax' has no attribute {name!r}"
    raise AttributeError(message)
