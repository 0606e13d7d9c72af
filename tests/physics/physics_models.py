"""Cables and trees that several tests of physics simulate."""

from pathlib import Path
from typing import Any

import numpy as np

import dendrax as jx
from dendrax.channels import HH, Leak

RALLPACK_RESISTIVITY = 100.0  # [ohm cm]
RALLPACK_LEAK = 2.5e-5  # [S/cm2], 4 ohm m2


def passive(module: Any, *, leak: float = RALLPACK_LEAK, reversal: float = -65.0) -> Any:
    """Give a module the membrane and the axoplasm of the Rallpacks, at rest."""
    module.insert(Leak())
    module.set("Leak_gLeak", leak)
    module.set("Leak_eLeak", reversal)
    module.set("axial_resistivity", RALLPACK_RESISTIVITY)
    module.set("capacitance", 1.0)
    module.set("v", reversal)
    return module


def cable(n_comp: int, *, length: float = 1000.0, radius: float = 0.5) -> Any:
    """An unbranched cell of equal compartments."""
    cell = jx.Cell([jx.Branch(jx.Compartment(), ncomp=n_comp)], parents=[-1])
    cell.set("length", length / n_comp)
    cell.set("radius", radius)
    return cell


def tree(parents: list[int], ncomp: list[int], radius: list[float], length: list[float]) -> Any:
    """A cell of cylindrical branches, each cut into equal compartments; `length` is that of the whole branch."""
    comp = jx.Compartment()
    cell = jx.Cell([jx.Branch(comp, ncomp=n) for n in ncomp], parents=parents)
    cell.set("radius", np.repeat(radius, ncomp))
    cell.set("length", np.repeat(np.asarray(length) / ncomp, ncomp))
    return cell


def uneven_tree() -> Any:
    """Seven unequal branches with HH, at rest at -65 mV."""
    cell = tree(
        parents=[-1, 0, 0, 1, 1, 2, 5],
        ncomp=[1, 3, 2, 4, 2, 3, 2],
        radius=[8.0, 1.5, 1.0, 0.6, 0.9, 0.7, 0.4],
        length=[16.0, 150.0, 90.0, 200.0, 70.0, 120.0, 60.0],
    )
    cell.set("axial_resistivity", 120.0)
    cell.insert(HH())
    cell.set("v", -65.0)
    cell.init_states()
    return cell


GOLDEN = Path(__file__).parent / "golden"


def golden_of_neuron(name: str) -> dict[str, np.ndarray]:
    """What NEURON was given and what it computed."""
    with np.load(GOLDEN / f"neuron_{name}.npz") as file:
        return dict(file)


def traced_cell(golden: dict[str, np.ndarray]) -> Any:
    """The compartments that NEURON was given, cylinders in branches of equal ncomp or not, with HH at -65 mV."""
    comp = jx.Compartment()
    branches = [jx.Branch(comp, ncomp=int(n)) for n in golden["ncomp"]]
    cell = jx.Cell(branches, parents=[int(parent) for parent in golden["parents"]])
    cell.set("radius", golden["radius"])
    cell.set("length", golden["length"])
    cell.set("axial_resistivity", float(golden["axial_resistivity"]))
    cell.insert(HH())
    cell.set("v", -65.0)
    cell.init_states()
    return cell


def squid_cable(n_comp: int) -> Any:
    """Rallpack 3: the cable of Rallpack 1 with squid membrane."""
    cell = cable(n_comp)
    cell.insert(HH())
    cell.set("axial_resistivity", RALLPACK_RESISTIVITY)
    cell.set("HH_gLeak", RALLPACK_LEAK)
    cell.set("HH_eLeak", -65.0)
    cell.set("v", -65.0)
    cell.init_states()
    return cell


def steps(module: Any, n_steps: int, dt: float, **kwargs: Any) -> Any:
    """Integrate for exactly `n_steps`. (recording, n_steps + 1)."""
    return jx.integrate(module, t_max=n_steps * dt, delta_t=dt, **kwargs)


def observed_order(errors: list[float]) -> np.ndarray:
    """Orders seen at each halving. (len(errors) - 1,)."""
    return np.log2(np.asarray(errors[:-1]) / np.asarray(errors[1:]))
