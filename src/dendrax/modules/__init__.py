"""What a user builds: Compartment, Branch, Cell and Network, and views of them."""

from dendrax.modules.branch import Branch
from dendrax.modules.cell import Cell
from dendrax.modules.compartment import Compartment
from dendrax.modules.module import Module, View
from dendrax.modules.network import Network

__all__ = ["Branch", "Cell", "Compartment", "Module", "Network", "View"]
