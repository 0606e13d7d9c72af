"""Spikes: artificial sources, rules of plasticity, and the spikes that a run returns."""

from dendrax.events.netstim import NetStim
from dendrax.events.places import Places
from dendrax.events.poisson import Poisson
from dendrax.events.spikes import Spikes
from dendrax.events.stdp import PairSTDP, TripletSTDP
from dendrax.events.tsodyks_markram import TsodyksMarkram
from dendrax.events.vecstim import VecStim
from dendrax.mechanisms.plasticity import Happened, Plasticity
from dendrax.mechanisms.source import SpikeSource

__all__ = [
    "Happened",
    "NetStim",
    "PairSTDP",
    "Places",
    "Plasticity",
    "Poisson",
    "SpikeSource",
    "Spikes",
    "TripletSTDP",
    "TsodyksMarkram",
    "VecStim",
]
