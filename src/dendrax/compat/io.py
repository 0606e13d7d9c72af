"""The names of the reference's `io`; reading graphs loads networkx, which `dendrax.io` does not do unasked."""

from dendrax.io.graph import from_graph
from dendrax.io.swc import read_swc

__all__ = ["from_graph", "read_swc"]
