"""File formats: SWC and networkx graphs."""

from dendrax.io.swc import read_swc, write_swc

__all__ = ["read_swc", "write_swc"]
