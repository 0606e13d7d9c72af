"""Published channel models, one per file."""

from dendrax.channels.adex import AdEx
from dendrax.channels.cal import CaL
from dendrax.channels.cat import CaT
from dendrax.channels.cat_ghk import CaTGHK
from dendrax.channels.fire import Fire
from dendrax.channels.hh import HH
from dendrax.channels.izhikevich import Izhikevich
from dendrax.channels.k import K
from dendrax.channels.km import Km
from dendrax.channels.leak import Leak
from dendrax.channels.lif import LIF
from dendrax.channels.na import Na
from dendrax.channels.rate import Rate
from dendrax.mechanisms.channel import Channel

__all__ = [
    "HH",
    "LIF",
    "AdEx",
    "CaL",
    "CaT",
    "CaTGHK",
    "Channel",
    "Fire",
    "Izhikevich",
    "K",
    "Km",
    "Leak",
    "Na",
    "Rate",
]
