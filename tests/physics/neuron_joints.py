"""A passive cell in NEURON whose sections join their parents everywhere. Needs neuron; knows nothing of Dendrax.

Tapering traced sections and untraced ones, joined to 0, 1 and the middle of their parents by either end, with odd and
even numbers of segments, and other Ra, cm, g and e for each.
"""

import os

import numpy as np

os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")

from neuron import h

DT, T_MAX, EVERY = 0.025, 20.0, 20
V_INIT, CURRENT = -65.0, 0.5
SITE = ("apic[0]", 0.5)

# name, nseg, parent and where on it, own end there, traced radii at both ends or None, Ra
SECTIONS = (
    ("soma", 3, None, 0.0, 0, (8.0, 10.0), 100.0),
    ("dend[0]", 5, "soma", 1.0, 0, (4.0, 0.6), 120.0),
    ("dend[1]", 4, "soma", 0.0, 0, (3.0, 0.6), 150.0),
    ("dend[2]", 4, "soma", 0.5, 1, (1.0, 3.0), 80.0),
    ("apic[0]", 3, "dend[2]", 0.5, 0, None, 100.0),
    ("apic[1]", 2, "dend[2]", 1.0, 0, None, 100.0),
    ("apic[2]", 2, "dend[2]", 0.0, 1, None, 200.0),
    ("apic[3]", 1, "dend[1]", 0.9, 0, (1.0, 0.3), 100.0),
    ("apic[4]", 4, "soma", 0.1, 1, None, 90.0),
    ("apic[5]", 2, "apic[2]", 0.25, 1, (0.5, 0.8), 100.0),
    ("apic[6]", 1, "dend[1]", 0.0, 0, None, 100.0),
)


def build() -> list:
    """The sections; whoever lets go of them deletes them."""
    rng, made = np.random.default_rng(15), {}
    for number, (name, nseg, parent, x, end, radii, resistivity) in enumerate(SECTIONS):
        section = made[name] = h.Section(name=name)
        if radii is not None:
            places = np.cumsum(rng.normal(8.0, 4.0, (9, 3)), axis=0)
            for place, radius in zip(places, np.linspace(*radii, 9) * rng.uniform(0.8, 1.2, 9), strict=True):
                section.pt3dadd(*place, 2 * radius)
        else:
            section.L = 80.0 + 10.0 * number
        section.nseg, section.Ra = nseg, resistivity
        if parent is not None:
            section.connect(made[parent](x), end)
        section.insert("pas")
        for i, segment in enumerate(section):
            if radii is None:
                segment.diam = 1.5 + 0.3 * i
            segment.cm = 1.0 + 0.1 * (number % 4)
            segment.pas.g, segment.pas.e = 1e-4 * (1 + 0.2 * i), -70.0 + number
    return list(made.values())


def simulate(sections: list) -> np.ndarray:
    """Voltages of all segments every `EVERY` steps of a constant current into `SITE`. (segment, time)."""
    named = {section.name(): section for section in sections}
    segments = [segment for section in sections for segment in section]
    h.secondorder = 0
    h.CVode().active(False)
    h.dt = DT
    clamp = h.IClamp(named[SITE[0]](SITE[1]))
    clamp.delay, clamp.dur, clamp.amp = 0.0, 1e9, CURRENT
    h.finitialize(V_INIT)
    columns = [[segment.v for segment in segments]]
    for _ in range(round(T_MAX / DT / EVERY)):
        for _ in range(EVERY):
            h.fadvance()
        columns.append([segment.v for segment in segments])
    return np.asarray(columns).T


def leak(sections: list) -> dict[str, np.ndarray]:
    """Conductances [S/cm2] and reversal potentials [mV] of all segments."""
    segments = [segment for section in sections for segment in section]
    return {name: np.array([getattr(one.pas, name) for one in segments]) for name in ("g", "e")}
