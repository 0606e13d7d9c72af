"""A model that NEURON holds, read. NEURON itself is never imported: the caller passes `h`."""

from dendrax.io.neuron.geometry import Sections, read_sections

__all__ = ["Sections", "read_sections"]
