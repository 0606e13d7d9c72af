"""A model that NEURON holds, read. NEURON itself is never imported: the caller passes `h`."""

from dendrax.io.neuron.geometry import Sections, read_sections
from dendrax.io.neuron.model import from_neuron, read_model
from dendrax.io.neuron.report import Report

__all__ = ["Report", "Sections", "from_neuron", "read_model", "read_sections"]
