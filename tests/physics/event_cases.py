"""Models with events, as numbers: NEURON and Dendrax build them from the same ones. Nothing here knows a simulator.

Units are those of NEURON and Dendrax: um, ms, mV, uS, nA, S/cm2, ohm cm. The capacitance is 1 uF/cm2 everywhere.
"""

from dataclasses import dataclass, field

import numpy as np

V_INIT = -65.0
RESISTIVITY = 100.0
SOMA = 20.0
"""Length and diameter of a soma, one compartment with the conductances of `hh` as NEURON has them [um]."""

DENDRITE_LENGTH, DENDRITE_DIAMETER, DENDRITE_NCOMP = 200.0, 2.0, 5
"""A dendrite begins where the soma ends; it has a leak alone, and its synapse is in the compartment of this number: """
DENDRITE_LEAK, DENDRITE_REVERSAL, SYNAPSE_COMP = 1e-4, -65.0, 2


@dataclass(frozen=True)
class OneByOne:
    """Cells that excite each other one after the other.

    Attributes:
        delays: A delay for each cell. (cell,)
        tau: Time constant of the synapses, whose reversal is 0 mV.
        threshold: Threshold of the somata.
    """

    delays: tuple[float, ...]
    tau: float = 2.0
    threshold: float = 0.0

    @property
    def n(self) -> int:
        """Number of cells."""
        return len(self.delays)


@dataclass(frozen=True)
class Ring(OneByOne):
    """Cells of a soma and a dendrite; the soma of each excites the dendrite of the next, and a train the first.

    The delays are those from cell k to cell k + 1, and from the last cell to the first.

    Attributes:
        weights: Weights of these connections. (cell,)
        kick: Spike times of the train.
        kick_delay: Delay from the train to the first cell.
        t_max: End of the run.
    """

    weights: tuple[float, ...] = (0.02,) * 8
    kick: tuple[float, ...] = (0.713,)
    kick_delay: float = 1.0
    kick_weight: float = 0.02
    t_max: float = 150.0


RINGS = {
    "equal": Ring(delays=(3.3,) * 8),
    "unequal": Ring(
        delays=(3.3, 1.37, 2.009, 5.218, 0.733, 4.111, 1.9995, 2.6),
        weights=(0.02, 0.03, 0.018, 0.025, 0.02, 0.04, 0.02, 0.019),
        kick=(0.713, 1.117, 60.2),
        threshold=-10.0,
    ),
}
RING_STEPS = (0.025, 0.0125)


@dataclass(frozen=True)
class RC:
    """NSuite's rc-exp2syn-spike: an event drives the first cell over the threshold, and its spike 100 others.

    Passive cells of one compartment, at rest; the voltage rises far over the threshold and nothing resets it.

    Attributes:
        radius, length: Of the cylinder.
        resistance: [MOhm].
        capacitance: [nF].
        rest: Resting potential.
        threshold: Of all cells.
        tau1, tau2, weight: Of the synapses, whose reversal is 0 mV and whose peak conductance is the weight.
        event: When the first cell receives its event.
        t_max: End of the run.
    """

    resistance: float = 100.0
    capacitance: float = 0.01
    rest: float = -65.0
    threshold: float = -10.0
    tau1: float = 0.5
    tau2: float = 4.0
    weight: float = 0.1
    event: float = 1.0
    t_max: float = 9.0
    radius: float = 5.0

    @property
    def length(self) -> float:
        """The cylinder has the capacitance at 1 uF/cm2 [um]."""
        return 1e5 * self.capacitance / (2.0 * np.pi * self.radius)

    @property
    def leak(self) -> float:
        """Its leak has the resistance [S/cm2]."""
        return 1e-3 / (self.resistance * self.capacitance)

    @property
    def delays(self) -> np.ndarray:
        """From 3.3 to 4.3 ms, none a multiple of a step. (100,)."""
        return 3.3 + np.arange(1, 101) * (np.sqrt(5.0) - 1.0) / 2.0 % 1.0


@dataclass(frozen=True)
class Chain(OneByOne):
    """Somata that excite each other; a train fires once and excites the first.

    The delays are those from the train to the first cell, and from each cell to the next.

    Attributes:
        weight: Weight of the connections.
        kick: Spike time of the train.
        t_max: End of the run.
    """

    delays: tuple[float, ...] = (1.37, 2.113, 1.37, 3.3, 0.8167, 1.37, 2.71828, 1.0, 1.37, 4.4449)
    weight: float = 0.02
    kick: float = 0.5
    t_max: float = 60.0


@dataclass(frozen=True)
class Driven:
    """A soma and its dendrite, with an Exp2Syn and two ExpSyn in the compartments 0, 2 and 4 of the dendrite.

    No arrival is near the middle of a step, where rounding would decide which of its ends is the nearer one.

    Attributes:
        exp2syn: tau1, tau2, e and the connections (times, weight, delay) of the Exp2Syn in compartment 0.
        expsyn: tau, e and the connections of the ExpSyn in compartment 2.
        inhibition: tau, e, and the settings of a NetStim, weight and delay of the ExpSyn in compartment 4.
        dt: Time step.
        t_max: End of the run.
    """

    exp2syn: tuple = (
        (0.5, 4.0, 0.0),
        (((3.0117, 3.3009, 17.5, 40.0041), 0.004, 1.0), ((3.9, 20.0133, 20.0137), 0.002, 1.5074)),
    )
    expsyn: tuple = ((2.0, 0.0), (((10.0, 10.0062, 25.7681), 0.005, 2.0), ((33.3333,), 0.02, 0.0404)))
    inhibition: tuple = (
        (5.0, -80.0),
        {"interval": 7.1303, "number": 5, "start": 5.2107, "noise": 0.0},
        0.003,
        1.2,
    )
    comps: tuple[int, int, int] = (0, 2, 4)
    dt: float = 0.025
    t_max: float = 50.0


@dataclass(frozen=True)
class NetStims:
    """NetStims without noise, and the end of the run that records when they fire."""

    settings: tuple[dict[str, float], ...] = field(
        default=(
            {},
            {"interval": 10.0, "number": 3, "start": 5.0},
            {"interval": 0.1, "number": 1000, "start": 0.0},
            {"interval": 33.33, "number": 1e9, "start": 12.345},
            {"interval": 5.0, "number": 0, "start": 5.0},
            {"interval": 5.0, "number": 1, "start": 7.0},
            {"interval": 5.0, "number": 4, "start": 299.0},
            {"interval": 20.0, "number": 5, "start": 400.0},
        )
    )
    t_max: float = 300.0


RC_CASE, CHAIN, DRIVEN, NETSTIMS = RC(), Chain(), Driven(), NetStims()
