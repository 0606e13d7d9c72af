"""File formats and other simulators: SWC, networkx graphs, model files, .mod files, and models that NEURON holds."""

from dendrax.io.model import load, save
from dendrax.io.neuron import from_neuron
from dendrax.io.swc import read_swc, write_swc

__all__ = ["from_neuron", "load", "read_swc", "save", "write_swc"]
