"""The common parts of the models in Arbor: cable cells with HH, and a timed run."""

from __future__ import annotations

import time
from typing import Any

import arbor
from arbor import units

from benchmarks import models


class CableCells(arbor.recipe):
    """Cable cells without connections."""

    def __init__(self, cells: list) -> None:
        super().__init__()
        self.cells = cells

    def num_cells(self) -> int:
        """Number of cells."""
        return len(self.cells)

    def cell_kind(self, gid: Any) -> Any:
        """All cells are cable cells."""
        del gid
        return arbor.cell_kind.cable

    def cell_description(self, gid: Any) -> Any:
        """The cell of a number."""
        return self.cells[gid]

    def global_properties(self, kind: Any) -> Any:
        """Ions as in NEURON."""
        del kind
        return arbor.neuron_cable_properties()


def simulation_of(recipe: Any) -> Any:
    """A simulation on a single thread."""
    context = arbor.context(threads=1)
    return arbor.simulation(recipe, context, arbor.partition_load_balance(recipe, context))


def timed(simulation: Any, t_max: float) -> float:
    """Duration of a run of `t_max` [ms], without the reset [s]."""
    simulation.reset()
    start = time.perf_counter()
    simulation.run(t_max * units.ms, models.DT * units.ms)
    return time.perf_counter() - start


def squid(gnabar: float = 0.12) -> Any:
    """Membrane properties of HH at 6.3 degrees Celsius, with a sodium conductance [S/cm2]."""
    decor = arbor.decor()
    decor.set_property(
        Vm=models.V_INIT * units.mV,
        cm=0.01 * units.F / units.m2,
        rL=models.RESISTIVITY * units.Ohm * units.cm,
        tempK=(273.15 + 6.3) * units.Kelvin,
    )
    decor.set_ion("na", rev_pot=50.0 * units.mV)
    decor.set_ion("k", rev_pot=-77.0 * units.mV)
    decor.paint("(all)", arbor.density("hh", {"gnabar": gnabar}))
    return decor
