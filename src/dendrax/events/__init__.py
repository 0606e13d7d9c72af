"""Spikes: artificial sources of them, and those that a run returns."""

from dendrax.events.netstim import NetStim
from dendrax.events.places import Places
from dendrax.events.poisson import Poisson
from dendrax.events.spikes import Spikes
from dendrax.events.vecstim import VecStim
from dendrax.mechanisms.source import SpikeSource

__all__ = ["NetStim", "Places", "Poisson", "SpikeSource", "Spikes", "VecStim"]
