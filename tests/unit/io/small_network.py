"""A small network, described once: `make_from_neuron.py` builds it in NEURON, `test_from_neuron.py` replays it."""

from typing import Any

CELSIUS, V_INIT, DT, T_MAX, EVERY = 20.0, -65.0, 0.025, 30.0, 4

SECTIONS = {
    "soma[0]": {"parent": None, "L": 20.0, "diam": 20.0, "nseg": 1},
    "dend[0]": {"parent": ("soma[0]", 0.5), "L": 200.0, "diam": 2.0, "nseg": 3},
    "soma[1]": {"parent": None, "L": 18.0, "diam": 18.0, "nseg": 1},
    "dend[1]": {"parent": ("soma[1]", 1.0), "L": 150.0, "diam": 1.5, "nseg": 2},
}

MECHANISMS: dict[str, dict[str, dict[str, float]]] = {
    "hh": {"soma[0]": {"gnabar": 0.11, "el": -53.0}, "soma[1]": {"gkbar": 0.04}},
    "pas": {"dend[0]": {"g": 2e-4, "e": -66.0}, "dend[1]": {"g": 1e-4}},
    "pool": {"soma[0]": {"tau": 9.0}, "dend[1]": {}},
    "cachan": {"soma[0]": {"gbar": 3e-4}, "dend[1]": {"gbar": 1e-4}},
    "kca": {"soma[0]": {}},
    "forked": {"dend[0]": {}},
}
"""Mechanisms by section, with the RANGE variables that differ from their defaults."""

GLOBALS = {"mode_forked": 2.0}

SOURCES = ("cachan", "forked", "kca", "pool")
"""Of `nmodl/models`."""

POINTS: list[tuple[str, str, float, dict[str, float]]] = [
    ("IClamp", "soma[0]", 0.5, {"delay": 2.0, "dur": 3.0, "amp": 0.6}),
    ("IClamp", "soma[0]", 0.5, {"delay": 15.0, "dur": 4.0, "amp": 0.4}),
    ("SEClamp", "dend[1]", 0.25, {"rs": 50.0, "dur1": 20.0, "amp1": -60.0}),
    ("ExpSyn", "dend[0]", 0.5, {"tau": 3.0, "e": 0.0}),
    ("ExpSyn", "dend[0]", 0.5, {"tau": 5.0, "e": -10.0}),
    ("Exp2Syn", "soma[1]", 0.5, {"tau1": 0.5, "tau2": 4.0, "e": 0.0}),
]
"""Kind, section, place and parameters of point processes."""

STIM = {"interval": 5.0, "number": 3.0, "start": 6.0, "noise": 0.0}

CONNECTIONS: list[tuple[Any, int, float, float, float]] = [
    ("stim", 3, 0.002, 1.1, 10.0),
    ("stim", 4, 0.001, 2.0, 10.0),
    (("soma[0]", 0.5), 5, 0.02, 1.3, -10.0),
    (("soma[1]", 0.5), 3, 0.003, 2.7, 0.0),
]
"""Source, number of the target among the points, weight [uS], delay [ms], threshold [mV]."""
