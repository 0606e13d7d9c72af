"""What NEURON is asked to simulate: compartments like ours, one by one. Needs neuron; knows nothing of Dendrax.

Every branch becomes a section, every compartment a segment: a cylinder with the mean radius of the traced piece.

NEURON's fixed step (backward Euler, `secondorder = 0`) solves for v, then advances the gates with the new v; Dendrax
advances the gates with the old v, then solves for v. From gates in their steady state both are the same sequence.
"""

import os
from collections.abc import Mapping

import numpy as np

os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")

from neuron import h
from spike_trains import CONVERGENCE, first_spike_time

V_INIT = -65.0
DT = 0.025
RALLPACK3_CURRENT = 0.1


def sections_of(table: Mapping[str, np.ndarray], resistivity: float) -> tuple[list, list]:
    """NEURON sections, and their segments in the order of compartments; a child's 0 end joins its parent's 1 end."""
    sections, segments, first = [], [], 0
    for index, (parent, ncomp) in enumerate(zip(table["parents"], table["ncomp"], strict=True)):
        section = h.Section(name=f"branch_{index}")
        rows = slice(first, first + ncomp)
        first += ncomp
        section.nseg = int(ncomp)
        section.L = float(table["length"][rows].sum())
        section.Ra = resistivity
        section.cm = 1.0
        if parent >= 0:
            section.connect(sections[parent](1), 0)
        for segment, radius in zip(section, table["radius"][rows], strict=True):
            segment.diam = 2.0 * radius
            segments.append(segment)
        sections.append(section)
    return sections, segments


def simulate(
    segments: list,
    site: int,
    current: float,
    window: tuple[float, float],
    sites: np.ndarray,
    t_max: float,
    *,
    dt: float = DT,
    second_order: bool = False,
    every: int = 1,
) -> np.ndarray:
    """Fixed steps; voltages at `sites`, initially and after each `every` steps. (site, t_max / dt / every + 1)."""
    h.usetable_hh = 0
    h.celsius = 6.3
    h.secondorder = 2 if second_order else 0
    h.CVode().active(False)
    h.dt = dt
    clamp = h.IClamp(segments[site])
    clamp.delay, clamp.dur, clamp.amp = window[0], window[1] - window[0], current
    h.finitialize(V_INIT)
    columns = [[segments[row].v for row in sites]]
    for _ in range(round(t_max / dt / every)):
        for _ in range(every):
            h.fadvance()
        columns.append([segments[row].v for row in sites])
    return np.asarray(columns).T


def traced(table: Mapping[str, np.ndarray]) -> np.ndarray:
    """Voltages at the sites of a cell with HH in every compartment, whose table says what else was done to it."""
    sections, segments = sections_of(table, float(table["axial_resistivity"]))
    for section in sections:
        section.insert("hh")
    site = int(table["sites"][0])
    current, t_max = float(table["current"]), float(table["t_max"])
    return simulate(segments, site, current, (1.0, 41.0), table["sites"], t_max)


def rallpack3(n_comp: int, t_max: float, **options) -> np.ndarray:
    """Voltages at both ends of a 1 mm cable of squid membrane, with 0.1 nA into the first. (2, time)."""
    table = {
        "parents": np.asarray([-1]),
        "ncomp": np.asarray([n_comp]),
        "length": np.full(n_comp, 1000.0 / n_comp),
        "radius": np.full(n_comp, 0.5),
    }
    sections, segments = sections_of(table, 100.0)
    sections[0].insert("hh")
    for segment in segments:
        segment.hh.gnabar, segment.hh.gkbar, segment.hh.gl, segment.hh.el = 0.12, 0.036, 2.5e-5, -65.0
        segment.ena, segment.ek = 50.0, -77.0
    return simulate(segments, 0, RALLPACK3_CURRENT, (0.0, 1e9), np.asarray([0, n_comp - 1]), t_max, **options)


def first_spikes() -> dict[str, np.ndarray]:
    """When the far end of Rallpack 3 first crosses 0 mV, as steps and as compartments are halved [ms]."""
    return {
        name: np.asarray(
            [
                first_spike_time(rallpack3(n_comp, 5.0, dt=dt, second_order=name == "dt")[1], dt)
                for n_comp, dt in refined
            ]
        )
        for name, refined in CONVERGENCE.items()
    }
