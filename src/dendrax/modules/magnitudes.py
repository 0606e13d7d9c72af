"""Numbers that are fine as numbers but not as what they stand for: a radius in metres, a temperature in kelvin.

A warning, never an error. The limits are wide enough for every published model that we know: the squid's giant axon, a
myelin sheath, an axial resistivity of next to nothing that makes a cell isopotential. So they find a wrong unit where
it is wrong by a factor of thousands, and not every one. What JAX traces is not looked at.
"""

from __future__ import annotations

import re
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dendrax.errors import MagnitudeWarning
from dendrax.modules.geometry import shape_of

if TYPE_CHECKING:
    from dendrax.modules.homes import Home
    from dendrax.modules.tables import Tables

PACKAGE = str(Path(__file__).resolve().parents[1])


class Usual(NamedTuple):
    """What a parameter may be without a question: from the one to the other, in its unit."""

    low: float
    high: float
    unit: str


USUAL = {
    "radius": Usual(1e-3, 500.0, "um"),  # half the widest squid axon, Young (1939), Cold Spring Harb. Symp. 4, 1-6
    "length": Usual(1e-3, 1e5, "um"),
    "axial_resistivity": Usual(0.1, 1e5, "ohm cm"),
    "capacitance": Usual(1e-4, 1000.0, "uF/cm^2"),  # a sheath of hundreds of membranes in series has 1e-3
    "temperature": Usual(-50.0, 100.0, "celsius"),
    "v": Usual(-1000.0, 1000.0, "mV"),
}
HIGHEST_CONDUCTANCE = 50.0
"""In S/cm^2, ten times that of a node of Ranvier; in uS, that of a large cell with all channels open."""
CONDUCTANCE = re.compile(r"_g(_?[A-Z]\w*|bar\w*|max)?$")
"""How names of conductances end: HH_gNa, IonotropicSynapse_gS, NMDA_gbar."""
REST_IN_VOLTS = (-0.15, -0.03)
"""Where all resting potentials are, in volts; hardly ever where a voltage is in mV."""
STRONGEST = 50.0
"""Hardly an electrode gives more to a cell [nA], and 100 pA must not pass; to giant cells, per area as below."""
WEAKEST = 1e-7
"""A thousandth of what a single channel lets through [nA]; currents in ampere are smaller."""
STRONGEST_PER_AREA = 0.01
"""1 mA/cm^2, a hundred times what the squid's axon needs [nA/um^2]."""
SHORTEST_STEP, LONGEST_STEP = 1e-4, 10.0
"""Time steps of simulations [ms]."""


def warn_of_values(home: Home, key: str, values: np.ndarray, rows: np.ndarray, verb: str) -> None:
    """Say which of some values is no usual one; the first of them, in one warning.

    Args:
        home: Where `key` is.
        key: Name of a parameter or state.
        values: One for each row.
        rows: Compartments or synapses.
        verb: Who was called with them.
    """
    usual = usual_of(home.tables, key)
    if usual is None or len(values) == 0:
        return
    odd = (values < usual.low) | (values > usual.high)
    if key == "v" and not odd.any():
        odd = _in_volts(values)
    if odd.any():
        first = int(np.flatnonzero(odd)[0])
        warn(
            f"{verb}({key!r}): {values[first]:.6g} in {home.place_of(rows[first])} is no usual value; the unit is "
            f"{usual.unit}."
        )


def usual_of(tables: Tables, key: str) -> Usual | None:
    """The limits of a parameter or state, if there are any."""
    if key in USUAL or not CONDUCTANCE.search(key):
        return USUAL.get(key)
    for one in tables.channels:
        if 0 < one.channel_params.get(key, 0.0) < HIGHEST_CONDUCTANCE:  # its own unit is not another one
            return Usual(-np.inf, HIGHEST_CONDUCTANCE, "S/cm^2")
    for one in tables.synapses:
        if 0 < one.synapse_params.get(key, 0.0) < HIGHEST_CONDUCTANCE:
            return Usual(-np.inf, HIGHEST_CONDUCTANCE, "uS")
    return None


def _in_volts(values: np.ndarray) -> np.ndarray:
    """Which are resting potentials in volts, where all are small."""
    low, high = REST_IN_VOLTS
    return (values >= low) & (values <= high) & bool((np.abs(values) <= -low).all())


def warn_of_currents(tables: Tables, rows: np.ndarray, values: np.ndarray, verb: str) -> None:
    """Say which stimulus is stronger than any electrode's, or so weak that nothing can come of it.

    Args:
        tables: The model.
        rows: Compartments. (row,)
        values: Currents over time [nA]. (row, time)
        verb: Who was called with them.
    """
    strongest = np.abs(values).max(axis=1, initial=0.0)
    odd = (strongest > 0) & (strongest < WEAKEST) & (strongest.max(initial=0.0) < WEAKEST)
    if (strongest > STRONGEST).any():
        structure = tables.structure
        area_of_cell = np.bincount(structure.cell_of_comp, shape_of(tables.nodes)["area"])
        odd |= strongest > np.maximum(STRONGEST, STRONGEST_PER_AREA * area_of_cell[structure.cell_of_comp[rows]])
    if odd.any():
        first = int(np.flatnonzero(odd)[0])
        place = tables.structure.place_of(rows[first])
        warn(f"{verb}: {strongest[first]:.6g} in {place} is no usual current; the unit is nA.")


def warn_of_clamp(home: Home, key: str, rows: np.ndarray, values: np.ndarray, verb: str) -> None:
    """Say which clamp is at no usual value, of the largest over time. See `warn_of_values`."""
    if usual_of(home.tables, key) is not None:
        furthest = np.take_along_axis(values, np.abs(values).argmax(axis=1)[:, None], axis=1)[:, 0]
        warn_of_values(home, key, furthest, rows, verb)


def warn_of_step(dt: float, t_max: float | None) -> None:
    """Say that a time step is no usual one, or longer than the run [ms]."""
    if t_max is not None and dt > t_max:
        warn(f"integrate: delta_t = {dt:g} is longer than t_max = {t_max:g}: there is a single step. Both are in ms.")
    elif not SHORTEST_STEP <= dt <= LONGEST_STEP:
        warn(f"integrate: delta_t = {dt:g} is no usual time step; the unit is ms.")


def warn(text: str, category: type[Warning] = MagnitudeWarning) -> None:
    """Warn where the user's own code made the call."""
    frame, level = sys._getframe(1), 2
    while frame is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame, level = frame.f_back, level + 1
    if category is MagnitudeWarning:
        text += " If it is meant, silence dendrax.errors.MagnitudeWarning with `warnings.filterwarnings`."
    warnings.warn(text, category, stacklevel=level)
