"""Pumps, concentrations that they change, potentials that follow them, and diffusion along the cable."""

from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
from reference_models import Arrays, Case, branch, cell, pulse, room, run

STATES = ("v", "i_Ca", "CaCon_i")


def record_all(module: Any, names: tuple[str, ...]) -> None:
    """Record several states at the same place, in this order."""
    for name in names:
        module.record(name, verbose=False)


def driven_calcium(jx: ModuleType) -> Any:
    """A calcium channel as the reference's libraries have it: eCa is a state, which a pump changes."""
    base = room(jx, "channels").Channel
    gate = room(jx, "solver_gate")

    class Calcium(base):
        """Activates at once; its slope in the voltage is one number, so that finite differences are exact."""

        def __init__(self, name: str | None = None) -> None:
            self.current_is_in_mA_per_cm2 = True
            super().__init__(name)
            self.channel_params = {f"{self._name}_g": 5e-4}
            self.channel_states = {f"{self._name}_m": 0.1, "eCa": 60.0}
            self.current_name = "i_Ca"

        def update_states(self, states: Any, dt: Any, v: Any, params: Any) -> Any:
            """Relax towards a logistic curve."""
            steady = 1.0 / (1.0 + gate.save_exp(-(v + 50.0) / 8.0))
            return {f"{self._name}_m": gate.exponential_euler(states[f"{self._name}_m"], dt, steady, 2.0)}

        def compute_current(self, states: Any, v: Any, params: Any) -> Any:
            """Ohmic, linear in the gate."""
            return params[f"{self._name}_g"] * states[f"{self._name}_m"] * (v - states["eCa"])

    return Calcium()


def opened_by_calcium(jx: ModuleType) -> Any:
    """A potassium channel that reads the concentration of calcium."""
    base = room(jx, "channels").Channel

    class KCa(base):
        """Opened by calcium at once."""

        def __init__(self, name: str | None = None) -> None:
            self.current_is_in_mA_per_cm2 = True
            super().__init__(name)
            self.channel_params = {f"{self._name}_g": 5e-4, "eK": -90.0}
            self.channel_states = {"CaCon_i": 5e-5}
            self.current_name = "i_K"

        def update_states(self, states: Any, dt: Any, v: Any, params: Any) -> Any:
            """Nothing of its own."""
            return {}

        def compute_current(self, states: Any, v: Any, params: Any) -> Any:
            """Ohmic."""
            opened = states["CaCon_i"] / (states["CaCon_i"] + 1e-3)
            return params[f"{self._name}_g"] * opened * (v - params["eK"])

    return KCa()


def extrusion(jx: ModuleType) -> Any:
    """A pump of the user's own with a state and a parameter of its own, linear in the concentration."""
    base = room(jx, "pumps").Pump

    class Extrusion(base):
        """Towards a level that follows the voltage slowly."""

        def __init__(self, name: str | None = None) -> None:
            super().__init__(name)
            self.channel_params = {f"{self._name}_tau": 30.0}
            self.channel_states = {"CaCon_i": 5e-5, f"{self._name}_level": 1e-4}
            self.ion_name = "CaCon_i"
            self.current_name = "i_Extrusion"

        def update_states(self, states: Any, dt: Any, v: Any, params: Any) -> Any:
            """Forward Euler; it sees the currents of the step before."""
            level = states[f"{self._name}_level"]
            return {f"{self._name}_level": level + dt * (1e-6 * (v + 70.0) - 1e-2 * states["i_Ca"] - 0.1 * level)}

        def compute_current(self, states: Any, modified_state: Any, params: Any) -> Any:
            """Relaxation."""
            return (modified_state - states[f"{self._name}_level"]) / params[f"{self._name}_tau"]

        def init_state(self, states: Any, v: Any, params: Any, delta_t: Any) -> Any:
            """A level that depends on the voltage."""
            return {f"{self._name}_level": 1e-4 + 1e-6 * (v + 70.0)}

    return Extrusion()


def one_pump(jx: ModuleType, name: str, current: str) -> Arrays:
    """A pump behind the calcium current of Pospischil et al."""
    channels = room(jx, "channels")
    comp = jx.Compartment()
    comp.insert(channels.Leak())
    comp.insert(channels.CaL())
    comp.insert(getattr(room(jx, "pumps"), name)())
    comp.set("CaL_gCaL", 1e-3)
    comp.set("v", -40.0)
    comp.stimulate(pulse(200, 0.02), verbose=False)
    record_all(comp, (*STATES, current))
    return {"states": run(jx, comp, 200)}


def nernst_beside_a_parameter(jx: ModuleType, order: tuple[str, str]) -> Arrays:
    """CaL has eCa as a parameter: it keeps what the insertions left there, whatever the potential does."""
    comp = jx.Compartment()
    for name in order:
        comp.insert(getattr(room(jx, "channels" if name == "CaL" else "pumps"), name)())
    if order[-1] != "CaL":
        comp.set("eCa", 0.0)  # what the reference has then; ours keeps the parameter's default in either order
    comp.set("v", -40.0)
    record_all(comp, ("v", "i_Ca", "eCa"))
    return {"states": run(jx, comp, 40)}


def loop(jx: ModuleType) -> Arrays:
    """Calcium current, two pumps of one ion, its potential and a current that it opens; initial states by rule."""
    channels, pumps = room(jx, "channels"), room(jx, "pumps")
    comp = jx.Compartment()
    for mechanism in (
        channels.Leak(),
        driven_calcium(jx),
        opened_by_calcium(jx),
        pumps.CaNernstReversal(),
        pumps.CaPump(),
        pumps.CaFaradayConcentrationChange(),
        extrusion(jx),
    ):
        comp.insert(mechanism)
    comp.set("v", -55.0)
    comp.init_states()
    comp.stimulate(pulse(300, 0.02), verbose=False)
    record_all(comp, (*STATES, "eCa", "i_K", "i_CaPump", "i_CaCurrent", "i_Extrusion", "Extrusion_level"))
    return {"states": run(jx, comp, 300)}


def partial_insertion(jx: ModuleType) -> Arrays:
    """Pumps in some compartments only, overlapping, in rows that are not contiguous."""
    channels, pumps = room(jx, "channels"), room(jx, "pumps")
    tree = cell(jx)
    tree.insert(channels.Leak())
    tree.branch([0, 1, 4]).insert(driven_calcium(jx))
    tree.branch([0, 4]).insert(pumps.CaPump())
    tree.branch([1, 4]).comp([0, 2]).insert(extrusion(jx))
    tree.branch([1, 4]).comp([0, 2]).insert(pumps.CaNernstReversal())
    tree.branch(4).set("CaPump_decay", 20.0)
    tree.branch(0).comp(0).stimulate(pulse(200, 0.5), verbose=False)
    tree.branch([0, 1, 4]).comp(0).record("v", verbose=False)
    tree.branch([1, 4]).comp([0, 2]).record("CaCon_i", verbose=False)
    tree.branch(0).comp(0).record("CaCon_i", verbose=False)
    tree.branch([1, 4]).comp([0, 2]).record("eCa", verbose=False)
    tree.record("i_CaPump", verbose=False)  # the reference knows it on whole modules alone
    return {"states": run(jx, tree, 200)}


def clamped(jx: ModuleType) -> Arrays:
    """A clamped concentration, in one of two compartments that have the pump."""
    pumps = room(jx, "pumps")
    cable = branch(jx)
    cable.insert(room(jx, "channels").Leak())
    cable.insert(driven_calcium(jx))
    cable.insert(opened_by_calcium(jx))
    cable.insert(pumps.CaPump())
    cable.insert(pumps.CaNernstReversal())
    cable.comp(1).clamp("CaCon_i", 1e-4 * (1.0 + np.sin(0.1 * np.arange(160)) ** 2), verbose=False)
    cable.comp([0, 1]).record("v", verbose=False)
    cable.comp([0, 1]).record("CaCon_i", verbose=False)
    cable.comp([0, 1]).record("i_K", verbose=False)
    cable.comp([0, 1]).record("eCa", verbose=False)
    return {"states": run(jx, cable, 150)}


def diffusing(jx: ModuleType, shape: str, solver: str = "bwd_euler") -> Arrays:
    """Calcium enters at one place, diffuses along an uneven cable or tree and decays everywhere."""
    module = {"branch": branch, "cell": cell}[shape](jx)
    module.insert(room(jx, "channels").Leak())
    module.insert(room(jx, "pumps").CaPump())
    module.insert(driven_calcium(jx))
    n = module.nodes.shape[0]
    module.set("CaCon_i", 1e-4 * (1.5 + np.sin(np.arange(n))))
    module.diffuse("CaCon_i")
    for k, part in enumerate(module.branches if shape == "cell" else module.comps):  # the reference sets one at a time
        part.set("axial_diffusion_CaCon_i", 1.0 + 0.4 * k)
    first = module.branch(0).comp(0) if shape == "cell" else module.comp(0)
    first.stimulate(pulse(150, 0.3), verbose=False)
    module.record("CaCon_i", verbose=False)
    first.record("v", verbose=False)
    return {"states": run(jx, module, 150, solver=solver)}


CASES: dict[str, Case] = {
    "one_pump[CaPump]": partial(one_pump, name="CaPump", current="i_CaPump"),
    "one_pump[CaFaradayConcentrationChange]": partial(
        one_pump, name="CaFaradayConcentrationChange", current="i_CaCurrent"
    ),
    "nernst_beside_a_parameter[pump last]": partial(nernst_beside_a_parameter, order=("CaL", "CaNernstReversal")),
    "nernst_beside_a_parameter[pump first]": partial(nernst_beside_a_parameter, order=("CaNernstReversal", "CaL")),
    "loop": loop,
    "partial_insertion": partial_insertion,
    "clamped": clamped,
    "diffusing[branch]": partial(diffusing, shape="branch"),
    "diffusing[branch, crank_nicolson]": partial(diffusing, shape="branch", solver="crank_nicolson"),
    "diffusing[cell]": partial(diffusing, shape="cell"),
}
