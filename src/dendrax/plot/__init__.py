"""Pictures. Everything here takes tables and numpy arrays, and draws on matplotlib axes."""

from dendrax.plot.curves import descent, traces
from dendrax.plot.morphology import draw, shape

__all__ = ["descent", "draw", "shape", "traces"]
