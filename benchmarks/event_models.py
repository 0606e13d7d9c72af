"""Networks with events, as plain arrays: every simulator builds the same connections from the same ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

N_BRANCH, NCOMP = 3, 4
"""A squid cell: a branch of four compartments with two such daughters at its end, HH everywhere."""
LENGTH, RADIUS = 10.0, 1.0
"""Length and radius of a compartment [um]."""
THRESHOLD = 0.0
"""At the first compartment, where the current flows in and the synapse is [mV]."""
TAU = 2.0
"""Of the ExpSyn, whose reversal is 0 mV [ms]."""
PULSE = (1.0, 40.0)
"""When the currents begin, and how long they last [ms]."""
AMPLITUDES = (0.14, 0.23)
"""Least and largest current; all between them make a cell fire equally often, so that simulators agree [nA]."""
TOTAL_WEIGHT = 5e-4
"""Sum of the weights of all connections of a cell [uS], so that the activity does not depend on their number."""
DELAYS = (1.0, 5.0)
"""Shortest and longest [ms]."""


@dataclass(frozen=True)
class Connections:
    """Connections between cells, drawn at random with replacement.

    Attributes:
        pre: Presynaptic cells. (connection,)
        post: Postsynaptic cells. (connection,)
        delay: Uniform between a shortest and a longest one [ms]. (connection,)
    """

    pre: np.ndarray
    post: np.ndarray
    delay: np.ndarray

    @property
    def size(self) -> int:
        """Number of connections."""
        return self.pre.size


def connections(n_cell: int, n_connection: int, delays: tuple[float, float] = DELAYS) -> Connections:
    """Connections of a network of `n_cell` cells; the same for all simulators."""
    random = np.random.default_rng(0)
    pre, post = random.integers(0, n_cell, (2, n_connection))
    return Connections(pre, post, random.uniform(*delays, n_connection))


def weight(n_cell: int, n_connection: int) -> float:
    """Weight of every connection [uS]."""
    return TOTAL_WEIGHT * n_cell / max(1, n_connection)


def amplitudes(n_cell: int) -> np.ndarray:
    """Current into the first compartment of each cell [nA]. (cell,)."""
    return np.random.default_rng(1).uniform(*AMPLITUDES, n_cell)


@dataclass(frozen=True)
class Integrators:
    """Leaky integrate-and-fire cells with conductances, four fifths of them excitatory: after the COBA network.

    Without a refractory period, with a leak that reverses above the threshold, so that the network is active by itself,
    and with delays. Everything is in units of whole cells.

    References:
        Brette R et al. (2007). Simulation of networks of spiking neurons: a review of tools and strategies. Journal of
        Computational Neuroscience 23:349-398, appendix 2, benchmark 1; constants after Vogels TP, Abbott LF (2005),
        Journal of Neuroscience 25:10786-10795.

    Attributes:
        capacitance: [nF].
        leak: [uS].
        leak_reversal, threshold, reset: [mV].
        tau_excitatory, tau_inhibitory: Of the conductances [ms].
        inhibitory_reversal: The excitatory one is 0 [mV].
        excitatory_weight, inhibitory_weight: [uS].
        delays: Shortest and longest [ms].
        dt: Time step [ms].
    """

    capacitance: float = 0.2
    leak: float = 0.01
    leak_reversal: float = -49.0
    threshold: float = -50.0
    reset: float = -60.0
    tau_excitatory: float = 5.0
    tau_inhibitory: float = 10.0
    inhibitory_reversal: float = -80.0
    excitatory_weight: float = 0.001
    inhibitory_weight: float = 0.02
    delays: tuple[float, float] = (0.5, 4.0)
    dt: float = 0.1

    def initial_voltages(self, n_cell: int) -> np.ndarray:
        """Between reset and threshold [mV]. (cell,)."""
        return np.random.default_rng(1).uniform(self.reset, self.threshold, n_cell)

    def n_excitatory(self, n_cell: int) -> int:
        """The first so many cells are excitatory."""
        return 4 * n_cell // 5


INTEGRATORS = Integrators()
