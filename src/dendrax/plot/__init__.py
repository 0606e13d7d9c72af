"""Pictures. Everything here takes tables and numpy arrays, and draws on matplotlib axes."""

from dendrax.plot.curves import descent, traces
from dendrax.plot.morphology import draw, shape
from dendrax.plot.network import draw_network

__all__ = ["descent", "draw", "draw_network", "shape", "traces"]
