"""The smallest module: one cylinder of membrane."""

from typing import ClassVar

import numpy as np

from dendrax.modules.module import Module
from dendrax.modules.structure import Structure
from dendrax.modules.table import Table
from dendrax.modules.tables import Tables


class Compartment(Module):
    """One compartment: a cylinder, 10 um long, with a radius of 1 um, at -70 mV.

    Subclasses may set other defaults in `compartment_params` (length [um], radius [um], axial_resistivity
    [ohm cm], capacitance [uF/cm2]) and `compartment_states` (v [mV]).

    Example:
        >>> import dendrax as jx
        >>> comp = jx.Compartment()
        >>> comp.set("length", 20.0)
    """

    _kind: ClassVar[str] = "compartment"
    compartment_params: ClassVar[dict[str, float]] = {
        "length": 10.0,
        "radius": 1.0,
        "axial_resistivity": 5_000.0,
        "capacitance": 1.0,
    }
    compartment_states: ClassVar[dict[str, float]] = {"v": -70.0}

    def __init__(self) -> None:
        """Make a compartment with the defaults of the class."""
        places = dict.fromkeys("xyz", np.nan)
        columns = {**self.compartment_params, **self.compartment_states, **places}
        nodes = Table({name: np.full(1, float(value)) for name, value in columns.items()}, 1)
        self._own(Tables("compartment", Structure.unbranched(1), nodes, [np.full((2, 4), np.nan)]))
