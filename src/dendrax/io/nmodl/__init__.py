"""NEURON's mechanism files (.mod): read, checked, and turned into mechanisms that run and are differentiated here."""

from dendrax.io.nmodl.library import FileReport, load, load_folder, report
from dendrax.io.nmodl.mechanism import NmodlMechanism
from dendrax.io.nmodl.python import to_python

__all__ = ["FileReport", "NmodlMechanism", "load", "load_folder", "report", "to_python"]
