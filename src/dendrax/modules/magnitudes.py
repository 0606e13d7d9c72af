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
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.units import unit_of
from dendrax.modules.geometry import shape_of

if TYPE_CHECKING:
    from dendrax.modules.homes import Home
    from dendrax.modules.tables import Tables

PACKAGE = str(Path(__file__).resolve().parents[1])


class Usual(NamedTuple):
    """The usual values of a parameter, which need no warning.

    Attributes:
        low: The least magnitude except 0, or the least value if the sign counts.
        high: The largest.
        unit: Its unit.
        elsewhere: A range of magnitudes that are typical in another unit.
    """

    low: float
    high: float
    unit: str
    elsewhere: tuple[float, float] = (np.inf, np.inf)


IN_VOLTS = (0.03, 0.15)
"""Where all potentials are, in volts; hardly ever where a voltage is in mV."""
USUAL = {
    "radius": Usual(1e-3, 500.0, "um"),  # half the widest squid axon, Young (1939), Cold Spring Harb. Symp. 4, 1-6
    "length": Usual(0.05, 1e5, "um"),  # shorter than a spine's neck; 500 um are 0.05 cm
    "axial_resistivity": Usual(5.0, 1e5, "ohm cm"),  # sea water has 20; 0.35 to 3 ohm m
    "capacitance": Usual(1e-4, 50.0, "uF/cm^2", (0.006, 0.015)),  # a sheath of hundreds of membranes has 1e-3; F/m^2
    "temperature": Usual(-50.0, 100.0, "celsius"),
    "v": Usual(-1000.0, 1000.0, "mV", IN_VOLTS),
}
POTENTIAL = Usual(-1000.0, 1000.0, "mV")
OF_UNIT = {
    "S/cm2": Usual(-np.inf, 50.0, "S/cm^2"),  # ten times a node of Ranvier
    "uS": Usual(-np.inf, 1.0, "uS"),  # a whole calyx of Held has 0.1
    "nA": Usual(-np.inf, 5.0, "nA"),
    "mV": POTENTIAL,
    "ms": Usual(0.005, 1e5, "ms"),
    "mM": Usual(-np.inf, 1000.0, "mM"),
    "um": Usual(1e-4, 1000.0, "um"),
    "cm/s": Usual(-np.inf, 0.1, "cm/s"),
}
"""Usual values of the parameters and states of mechanisms, by the units that their docstrings name."""
POINT_NEURON = ("nS", "pA")
"""Units of models of a whole cell, whose compartment stands for any area: its capacitance may be anything."""
FURTHEST = 900.0
"""A quantity of another unit may be larger than its default by less than this; a thousand is the usual mistake."""
CONDUCTANCE = re.compile(r"_g(_?[A-Z]\w*|bar\w*|max)?$")
"""How names of conductances end where no docstring names their unit: Mine_gNa, Mine_gS, Mine_gbar."""
STRONGEST = 50.0
"""Hardly an electrode gives more to a cell [nA], and 100 pA must not pass; to giant cells, per area as below."""
WEAKEST = 1e-7
"""A thousandth of what a single channel lets through [nA]; currents in ampere are smaller."""
STRONGEST_PER_AREA = 0.01
"""1 mA/cm^2, a hundred times what the squid's axon needs [nA/um^2]."""
SHORTEST_STEP, LONGEST_STEP = 1e-4, 10.0
"""Time steps of simulations [ms]."""
SHORTEST_IN_FLOAT32 = 2e-4
"""Below, a step adds so few units in the last place of a float32 that rounding takes more than 1 % of a change [ms].

Measured over 20000 steps: at 1e-4 ms 0.5 % of a passive voltage 5 mV from rest and 0.9 % of a calcium concentration
that decays in 80 ms; at 3e-5 ms 5 % and 17 %; at 1e-6 ms everything, of the gate h of HH too."""


def warn_of_values(home: Home, key: str, values: np.ndarray, rows: np.ndarray, verb: str) -> None:
    """Say in one warning which of the values of `key`, one for each row, is the first that is unusual."""
    usual = usual_of(home.tables, key)
    if usual is None or len(values) == 0:
        return
    size = np.abs(values)
    odd = (values < usual.low) | (values > usual.high)
    if usual.low > 0:
        odd &= values != 0  # whether a time constant or delay may be 0 is checked elsewhere
    odd |= (usual.elsewhere[0] <= size) & (size <= usual.elsewhere[1]) & bool((size <= usual.elsewhere[1]).all())
    if odd.any():
        first = int(np.flatnonzero(odd)[0])
        warn(
            f"{verb}({key!r}): {values[first]:.6g} in {home.place_of(rows[first])} is an unusual value; the unit is "
            f"{usual.unit}."
        )


def usual_of(tables: Tables, key: str) -> Usual | None:
    """The limits of a parameter or state, if there are any."""
    if key == "capacitance" and any(
        unit_of(one, name) in POINT_NEURON for one in tables.channels for name in one.parameter_defaults
    ):
        return None
    if key in USUAL:
        return USUAL[key]
    events = tables.events
    of_events = (*events.sources.types, *events.plastic.types)
    for one in (*tables.mechanisms, *tables.synapses, *tables.points.types, *of_events):
        values = one.parameter_defaults | one.state_defaults
        if key in values:
            return _usual_in(unit_of(one, key), key, float(values[key]), one)
    return None


def _usual_in(unit: str | None, key: str, default: float, owner: Mechanism) -> Usual | None:
    """The usual values of a parameter, by its unit; a default beyond them is in another unit."""
    if unit is None and CONDUCTANCE.search(key):
        unit = "uS" if owner.place == "point" else "S/cm2"
    usual = OF_UNIT.get(unit or "")
    if usual is None:
        is_rate = unit and "/ms" in unit and default > 0
        return Usual(-np.inf, FURTHEST * default, unit) if is_rate and unit else None
    if usual is POTENTIAL and (default == 0 or abs(default) >= 20):  # rather than a slope or a width
        return usual._replace(elsewhere=IN_VOLTS)
    if unit == "S/cm2":
        usual = usual._replace(high=min(usual.high, max(1.0, 1e5 * default)))  # a million of uS/cm^2 are 1 S/cm^2
    return usual if usual.low <= default <= usual.high or default == 0 else None


def warn_of_currents(tables: Tables, rows: np.ndarray, values: np.ndarray, verb: str) -> None:
    """Say which stimulus (row, time) is stronger than any electrode's, or so weak that nothing can come of it [nA]."""
    strongest = np.abs(values).max(axis=1, initial=0.0)
    odd = (strongest > 0) & (strongest < WEAKEST) & (strongest.max(initial=0.0) < WEAKEST)
    if (strongest > STRONGEST).any():
        structure = tables.structure
        area_of_cell = np.bincount(structure.cell_of_comp, shape_of(tables.nodes)["area"])
        odd |= strongest > np.maximum(STRONGEST, STRONGEST_PER_AREA * area_of_cell[structure.cell_of_comp[rows]])
    if odd.any():
        first = int(np.flatnonzero(odd)[0])
        place = tables.structure.place_of(rows[first])
        warn(f"{verb}: {strongest[first]:.6g} in {place} is an unusual current; the unit is nA.")


def warn_of_clamp(home: Home, key: str, rows: np.ndarray, values: np.ndarray, verb: str) -> None:
    """Say which clamp is at no usual value, of the largest over time. See `warn_of_values`."""
    if usual_of(home.tables, key) is not None:
        furthest = np.take_along_axis(values, np.abs(values).argmax(axis=1)[:, None], axis=1)[:, 0]
        warn_of_values(home, key, furthest, rows, verb)


def warn_of_step(dt: float, t_max: float | None, single_precision: bool) -> None:
    """Warn of a time step [ms] that is unusual, longer than the run, or too short for the precision."""
    if t_max is not None and dt > t_max:
        warn(f"delta_t = {dt:g} is longer than t_max = {t_max:g}: there is a single step. Both are in ms.")
    elif single_precision and dt < SHORTEST_IN_FLOAT32:
        warn(
            f"delta_t = {dt:g} ms is too short for float32: rounding takes more than 1 % of the changes of voltages, "
            f"gates and concentrations per step, and those that are slow do not change at all. Use float64: "
            f'jax.config.update("jax_enable_x64", True), right after the imports.'
        )
    elif not SHORTEST_STEP <= dt <= LONGEST_STEP:
        warn(f"delta_t = {dt:g} is an unusual time step; the unit is ms.")


def warn(text: str, category: type[Warning] = MagnitudeWarning) -> None:
    """Warn where the user's own code made the call."""
    frame, level = sys._getframe(1), 2
    while frame is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame, level = frame.f_back, level + 1
    if category is MagnitudeWarning:
        text += " If it is meant, silence dendrax.errors.MagnitudeWarning with `warnings.filterwarnings`."
    warnings.warn(text, category, stacklevel=level)
