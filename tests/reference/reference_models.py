"""Models that both programs build: `jx` is either `jaxley` or `dendrax`."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

DATA = Path(__file__).parents[3] / "shared" / "data"

Arrays = dict[str, np.ndarray]
Case = Callable[[ModuleType], Arrays]

DT = 0.025
"""Time step of the cases that name no other [ms]."""

NCOMP = (1, 3, 2, 4, 5, 2, 3)
PARENTS = (-1, 0, 1, 1, 3, 3, 0)
"""Unequal branches; branch 2 and 3 fork from 1, 4 and 5 from 3, and 1 and 6 from the root."""


def room(jx: ModuleType, name: str) -> ModuleType:
    """Submodule of either program, such as `channels`."""
    return import_module(f"{jx.__name__}.{name}")


def run(jx: ModuleType, module: Any, n_steps: int, dt: float = DT, **kwargs: Any) -> Any:
    """Integrate for exactly `n_steps`; this t_max means as many steps in both conventions of counting."""
    return jx.integrate(module, t_max=(n_steps - 0.25) * dt, delta_t=dt, **kwargs)


def pulse(n_steps: int, amplitude: float = 0.2, start: int = 20, stop: int = 80) -> np.ndarray:
    """Rectangular current [nA]."""
    current = np.zeros(n_steps)
    current[start:stop] = amplitude
    return current


def branch(jx: ModuleType) -> Any:
    """Five compartments, none like another."""
    made = jx.Branch(jx.Compartment(), ncomp=5)
    made.set("radius", np.linspace(0.5, 2.5, 5))
    made.set("length", np.linspace(12.0, 30.0, 5))
    made.set("axial_resistivity", np.linspace(100.0, 300.0, 5))
    made.set("capacitance", np.linspace(0.8, 1.5, 5))
    return made


def cell(jx: ModuleType, scale: float = 1.0) -> Any:
    """Seven branches of unequal ncomp; radius, length, Ra and capacitance differ in every compartment."""
    comp = jx.Compartment()
    made = jx.Cell([jx.Branch(comp, ncomp=n) for n in NCOMP], parents=list(PARENTS))
    n = sum(NCOMP)
    made.set("radius", scale * (1.2 + 0.7 * np.sin(np.arange(n))))
    made.set("length", scale * (25.0 + 10.0 * np.cos(1.3 * np.arange(n))))
    made.set("axial_resistivity", 200.0 + 60.0 * np.sin(0.7 * np.arange(n)))
    made.set("capacitance", 1.0 + 0.3 * np.cos(2.1 * np.arange(n)))
    return made


def hh_cell(jx: ModuleType) -> Any:
    """The branched cell with HH everywhere and its gates at rest at -65 mV."""
    made = cell(jx)
    made.insert(room(jx, "channels").HH())
    made.set("v", -65.0)
    made.init_states()
    return made


def network(jx: ModuleType) -> Any:
    """A point neuron, a cable and two branched cells, unconnected."""
    point = jx.Cell([jx.Branch(jx.Compartment(), ncomp=1)], parents=[-1])
    point.set("length", 20.0)
    point.set("radius", 10.0)
    cable = jx.Cell([jx.Branch(jx.Compartment(), ncomp=4)], parents=[-1])
    return jx.Network([point, cable, cell(jx), cell(jx, scale=0.8)])


def grouped_network(jx: ModuleType) -> Any:
    """Three branched cells with groups of cells and of branches that cross one another."""
    cells = []
    for _ in range(3):
        one = cell(jx)
        one.branch([0, 1]).add_to_group("trunk")
        one.branch(4).comp([1, 3]).add_to_group("patch")
        cells.append(one)
    net = jx.Network(cells)
    net.cell([0, 2]).add_to_group("exc")
    net.cell(1).add_to_group("inh")
    return net


def soma_and_tips(module: Any) -> None:
    """Record v at the root and at the tips of three branches."""
    for index in (0, 2, 4, 6):
        module.branch(index).loc(1.0).record("v", verbose=False)
