"""NEURON's mechanism files (.mod): read, checked, and turned into mechanisms that run and are differentiated here."""

from dendrax.io.nmodl.library import Report, load, load_folder, report
from dendrax.io.nmodl.mechanism import NmodlMechanism

__all__ = ["NmodlMechanism", "Report", "load", "load_folder", "report"]
