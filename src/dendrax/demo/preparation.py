"""The preparation of the demo: a cell with Hodgkin-Huxley channels, a current into its soma, electrodes along it."""

import time
from dataclasses import dataclass
from os import PathLike

import jax
import numpy as np

from dendrax.channels import HH
from dendrax.integrate import integrate
from dendrax.io import read_swc
from dendrax.modules import Cell, Module
from dendrax.stimulus import step_current

DURATION = 100.0  # [ms]
DELTA_T = 0.025  # [ms]
ONSET, OFFSET = 5.0, 95.0  # of the current [ms]
AXIAL_RESISTIVITY = 100.0  # [ohm cm], Rall (1977), Handbook of Physiology; the modules' default is 50 times as large
REST = -65.0  # of the Hodgkin-Huxley model [mV]
SPIKE = 0.0  # what an upward crossing of makes a spike [mV]
PARTS = ("soma", "axon", "basal", "apical")
WHOLE = "cell"
FIRST_AMPLITUDE, DOUBLINGS, ENOUGH_SPIKES = 0.1, 12, 3  # [nA]


@dataclass(frozen=True)
class Preparation:
    """A cell that is ready to run.

    Attributes:
        cell: The cell, stimulated.
        groups: Names of the parts of the cell, each of them a group, or `WHOLE` for all of it.
        electrodes: Compartment that stands for each part; the first is where the current goes in.
        amplitude: Of the current [nA].
    """

    cell: Cell
    groups: tuple[str, ...]
    electrodes: dict[str, int]
    amplitude: float

    def part(self, group: str) -> Module:
        """The compartments of one part."""
        return self.cell if group == WHOLE else getattr(self.cell, group)


@dataclass(frozen=True)
class Simulation:
    """A simulation and how long it took.

    Attributes:
        time: Times [ms]. (time,)
        v: Membrane voltage of every compartment [mV]. (comp, time)
        first: Wall-clock time of the first call, with compilation [s].
        again: Wall-clock time of a later call [s].
    """

    time: np.ndarray
    v: np.ndarray
    first: float
    again: float


def set_up(swc: str | PathLike[str]) -> Cell:
    """Read a cell and give it Hodgkin-Huxley channels, at rest.

    Raises:
        SwcError: The file is not a neuron.
        OSError: The file cannot be opened.
    """
    cell = read_swc(swc, ncomp=1)
    cell.set("axial_resistivity", AXIAL_RESISTIVITY)
    cell.insert(HH())
    cell.set("v", REST)
    cell.init_states()
    return cell


def simulate(cell: Cell) -> tuple[Preparation, Simulation]:
    """Find a current that makes the cell fire, and record all of it."""
    groups = _parts(cell)
    electrodes = _place_electrodes(cell, groups)
    cell.record(verbose=False)
    site = next(iter(electrodes.values()))
    started = time.perf_counter()
    _voltage(cell, site, 0.0)
    first = time.perf_counter() - started
    amplitude = _firing_amplitude(cell, site)
    started = time.perf_counter()
    v = _voltage(cell, site, amplitude)
    again = time.perf_counter() - started
    cell.delete_recordings()
    times = DELTA_T * np.arange(v.shape[1])
    return Preparation(cell, groups, electrodes, amplitude), Simulation(times, v, first, again)


def count_spikes(v: np.ndarray) -> int:
    """How often a voltage rises through 0 mV. (time,)"""
    return int(np.count_nonzero((v[1:] >= SPIKE) & (v[:-1] < SPIKE)))


def _parts(cell: Cell) -> tuple[str, ...]:
    """The groups of a cell, from the soma outwards."""
    names = [name for name in cell.group_names if cell.nodes[name].to_numpy().any()]
    usual = [name for name in PARTS if name in names]
    return tuple(usual + [name for name in names if name not in usual]) or (WHOLE,)


def _voltage(cell: Cell, site: int, amplitude: float) -> np.ndarray:
    """Voltages while a current flows into one compartment [mV]. (recording, time)"""
    cell.delete_stimuli()
    current = step_current(ONSET, OFFSET - ONSET, amplitude, DELTA_T, DURATION)
    cell.select(nodes=[site]).stimulate(current, verbose=False)
    return np.asarray(jax.block_until_ready(integrate(cell, delta_t=DELTA_T, t_max=DURATION)))


def _firing_amplitude(cell: Cell, site: int) -> float:
    """The first of 0.1, 0.2, 0.4, ... nA that makes several spikes, or that which makes most [nA].

    What a cell needs depends on its size, over three orders of magnitude; too much of it blocks firing.
    """
    best, most = FIRST_AMPLITUDE, -1
    for amplitude in FIRST_AMPLITUDE * 2.0 ** np.arange(DOUBLINGS):
        spikes = count_spikes(_voltage(cell, site, float(amplitude))[site])
        if spikes > most:
            best, most = float(amplitude), spikes
        if spikes >= ENOUGH_SPIKES:
            break
    return best


def _place_electrodes(cell: Cell, groups: tuple[str, ...]) -> dict[str, int]:
    """The widest compartment of the soma, and of every other part the one at the median distance from it."""
    nodes = cell.nodes
    place = nodes[["x", "y", "z"]].to_numpy()
    radius = nodes["radius"].to_numpy()
    rows = {name: np.arange(len(nodes)) if name == WHOLE else np.flatnonzero(nodes[name]) for name in groups}
    first = "soma" if "soma" in rows else groups[0]
    site = int(rows[first][np.argmax(radius[rows[first]])])
    electrodes = {first: site}
    for name in groups:
        if name != first:
            distance = np.linalg.norm(place[rows[name]] - place[site], axis=1)
            electrodes[name] = int(rows[name][np.argsort(distance)[len(distance) // 2]])
    return electrodes
