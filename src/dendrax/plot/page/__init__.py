"""A model as one HTML file that turns, plays and answers clicks, with no server and no network."""

from dendrax.plot.page.document import write
from dendrax.plot.page.scene import Scene, Series, Wires
from dendrax.plot.page.tubes import Tubes, cut_into_compartments

__all__ = ["Scene", "Series", "Tubes", "Wires", "cut_into_compartments", "write"]
