"""What changes the concentrations of ions, and what follows from them; one published model per file."""

from dendrax.mechanisms.pump import Pump
from dendrax.pumps.ca_pump import CaPump
from dendrax.pumps.faraday import FaradayConcentrationChange
from dendrax.pumps.faraday_electrolysis import CaFaradayConcentrationChange
from dendrax.pumps.nernst import NernstReversal
from dendrax.pumps.nernstreversal import CaNernstReversal

__all__ = [
    "CaFaradayConcentrationChange",
    "CaNernstReversal",
    "CaPump",
    "FaradayConcentrationChange",
    "NernstReversal",
    "Pump",
]
