"""File formats: SWC, networkx graphs and model files."""

from dendrax.io.model import load, save
from dendrax.io.swc import read_swc, write_swc

__all__ = ["load", "read_swc", "save", "write_swc"]
