"""Units of all that a model has a number for, in ASCII, as docstrings and messages have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dendrax.mechanisms import units
from dendrax.mechanisms.constants import PROBES
from dendrax.modules.editing import DIFFUSION, PLACE, delays_of
from dendrax.modules.homes import typed_tables
from dendrax.modules.typed import keys_of

if TYPE_CHECKING:
    from dendrax.mechanisms.mechanism import Mechanism
    from dendrax.modules.tables import Tables

COLUMNS = {
    "length": "um",
    "radius": "um",
    "area": "um2",
    "volume": "um3",
    "resistive_load_in": "1/um",
    "resistive_load_out": "1/um",
    "axial_resistivity": "ohm cm",
    "capacitance": "uF/cm2",
    **dict.fromkeys(PROBES, "nA"),
    "temperature": "celsius",
    "v": "mV",
    **dict.fromkeys(PLACE, "um"),
    "delay": "ms",
    "threshold": "mV",
}
"""Of what every compartment has."""
DIFFUSIVITY = "um2/ms"


def _names_of(mechanism: Mechanism) -> tuple[str, ...]:
    return (*mechanism.parameter_defaults, *mechanism.state_defaults, *mechanism.current_names)


def unit_of(tables: Tables, key: str) -> str | None:
    """The unit of a column, parameter, state or current, "1" for a pure number; None if nobody says.

    Where several mechanisms share a key, such as eNa, the first that says a unit counts.
    """
    if key in delays_of(tables):
        return COLUMNS["delay"]
    if key in COLUMNS:
        return COLUMNS[key]
    if key.startswith(DIFFUSION):
        return DIFFUSIVITY
    sharing = [one for one in tables.mechanisms if key in _names_of(one)]
    types = (one for typed in typed_tables(tables).values() for one in typed.types)
    sharing += [one for one in types if key in keys_of(one)]
    return next(filter(None, (units.unit_of(one, key) for one in sharing)), None)
