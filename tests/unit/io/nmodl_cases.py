"""The runs of small .mod files that are compared with NEURON: which mechanisms, with which values. Imports nothing.

One compartment with a leak and the mechanisms of a case, driven by currents, or by events where there is a synapse.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

LENGTH = DIAMETER = 20.0  # um
LEAK, LEAK_REVERSAL = 1e-4, -70.0  # S/cm2, mV
V_INIT, CELSIUS = -65.0, 24.0
DELTA_T, T_MAX, EVERY = 0.025, 50.0, 10
STEPS = ((0.1, 5.0, 15.0), (-0.05, 22.0, 8.0), (0.2, 32.0, 15.0))
"""Amplitude [nA], delay and duration [ms]."""

EVENTS = (4.0, 9.0, 10.0, 25.0)
"""Times of events at a synapse [ms]."""

OHMIC, CONCENTRATIONS = 1e-6, 1e-4  # mV


class Case(NamedTuple):
    """A run.

    Attributes:
        mechanisms: The names of their files.
        tolerance: How far a voltage may be from NEURON's [mV].
        values: What is set, by NEURON's name of it.
        weight: Of the events, 0 for a density.
        occupancies: States whose sum stays 1.
        quick: Whether it belongs to the quick suite.
    """

    mechanisms: tuple[str, ...]
    tolerance: float = OHMIC
    values: Mapping[str, float] = MappingProxyType({})
    weight: float = 0.0
    occupancies: tuple[str, ...] = ()
    quick: bool = False


CASES: dict[str, Case] = {
    "linoid": Case(("linoid",)),
    "tabled": Case(("tabled",)),
    "oldstyle": Case(("oldstyle",), quick=True),
    "implicit": Case(("implicit",), quick=True),
    "kinetic": Case(("kinetic",), occupancies=("c1", "c2", "o", "inact"), quick=True),
    "dimer": Case(("dimer",)),
    "shells": Case(("cachan", "kca", "shells"), CONCENTRATIONS, {"gbar_cachan": 2e-5}, quick=True),
    "pool": Case(("cachan", "kca", "pool"), CONCENTRATIONS, {"gbar_cachan": 2e-5, "depth_pool": 0.5}, quick=True),
    "linear": Case(("linear",), occupancies=("c", "o", "b")),
    "nonlinear": Case(("nonlinear",)),
    "eulers": Case(("eulers",)),
    "runges": Case(("runges",)),
    "ghks": Case(("ghks",), CONCENTRATIONS),
    "arrays": Case(("arrays",)),
    "persist": Case(("persist",), quick=True),
    "forked": Case(("forked",)),
    "many": Case(("many",), values={"eother": -20.0}),
    "electrode": Case(("electrode",)),
    "synapse": Case(("synapse",), weight=0.004, quick=True),
    "kinsyn": Case(("kinsyn",), weight=1.5, occupancies=("c", "o", "d")),
}
"""By name."""

POINTS = {"electrode": "SineElectrode", "synapse": "BlockedSyn", "kinsyn": "KineticSyn"}
"""The names of point processes; those of densities are the names of their files."""
