"""Voltage, gates and currents of every channel; channels that share, overlap or are the user's own."""

from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
from reference_models import Arrays, Case, branch, cell, pulse, room, run

POSPISCHIL = {
    "Leak": ((), "i_Leak"),
    "Na": (("Na_m", "Na_h"), "i_Na"),
    "K": (("K_n",), "i_K"),
    "Km": (("Km_p",), "i_K"),
    "CaL": (("CaL_q", "CaL_r"), "i_Ca"),
    "CaT": (("CaT_u",), "i_Ca"),
}


def record_all(module: Any, names: tuple[str, ...]) -> None:
    """Record several states at the same place, in this order."""
    for name in names:
        module.record(name, verbose=False)


def hh(jx: ModuleType) -> Arrays:
    """HH with gates in their steady state."""
    comp = jx.Compartment()
    comp.insert(room(jx, "channels").HH())
    comp.set("v", -62.0)
    comp.init_states()
    comp.stimulate(pulse(300, 0.05), verbose=False)
    names = ("v", "HH_m", "HH_h", "HH_n", "i_HH")
    record_all(comp, names)
    return {"states": run(jx, comp, 300)}


def pospischil_one(jx: ModuleType, name: str) -> Arrays:
    """One channel of Pospischil et al. alone, with a leak."""
    channels = room(jx, "channels")
    comp = jx.Compartment()
    comp.insert(channels.Leak())
    if name != "Leak":
        comp.insert(getattr(channels, name)())
    comp.stimulate(pulse(200, 0.02), verbose=False)
    states, current = POSPISCHIL[name]
    record_all(comp, ("v", *states, current))
    return {"states": run(jx, comp, 200)}


def pospischil_together(jx: ModuleType) -> Arrays:
    """A cell that fires; K and Km share i_K and eK. No CaT: at a spike the reference clips its exponentials."""
    channels = room(jx, "channels")
    comp = jx.Compartment()
    comp.set("length", 60.0)
    comp.set("radius", 30.0)
    for name in ("Leak", "Na", "K", "Km", "CaL"):
        comp.insert(getattr(channels, name)())
    comp.set("vt", -58.0)
    comp.set("eNa", 53.0)
    comp.set("Km_gKm", 4e-5)
    comp.set("v", -70.0)
    comp.stimulate(pulse(400, 2.0, 20, 400), verbose=False)
    record_all(comp, ("v", "Na_m", "Na_h", "K_n", "Km_p", "CaL_q", "CaL_r", "i_Na", "i_K", "i_Ca", "i_Leak"))
    return {"states": run(jx, comp, 400)}


def fire(jx: ModuleType) -> Arrays:
    """A leaky integrate-and-fire neuron."""
    channels = room(jx, "channels")
    comp = jx.Compartment()
    comp.insert(channels.Leak())
    comp.insert(channels.Fire())
    comp.stimulate(pulse(400, 0.02, 20, 380), verbose=False)
    record_all(comp, ("v", "Fire_spikes"))
    return {"states": run(jx, comp, 400)}


def izhikevich(jx: ModuleType) -> Arrays:
    """The quadratic neuron."""
    comp = jx.Compartment()
    comp.insert(room(jx, "channels").Izhikevich())
    comp.stimulate(pulse(400, 0.01, 20, 380), verbose=False)
    record_all(comp, ("v", "Izhikevich_u"))
    return {"states": run(jx, comp, 400, dt=0.1)}


def adex(jx: ModuleType) -> Arrays:
    """The adaptive exponential neuron."""
    comp = jx.Compartment()
    comp.insert(room(jx, "channels").AdEx(surrogate_warning=False))
    comp.set("capacitance", 200.0)
    comp.set("v", -70.0)
    comp.stimulate(pulse(400, 0.4, 20, 380), verbose=False)
    record_all(comp, ("v", "AdEx_w", "AdEx_spikes"))
    return {"states": run(jx, comp, 400, dt=0.1)}


def rate(jx: ModuleType) -> Arrays:
    """A leaky rate unit."""
    comp = jx.Compartment()
    comp.insert(room(jx, "channels").Rate())
    comp.set("Rate_tau", 2.0)
    comp.set("v", 0.3)
    comp.stimulate(pulse(100, 0.01), verbose=False)
    record_all(comp, ("v",))
    return {"states": run(jx, comp, 100)}


def partial_insertion(jx: ModuleType) -> Arrays:
    """Channels in some compartments only, overlapping, in rows that are not contiguous."""
    channels = room(jx, "channels")
    tree = cell(jx)
    tree.insert(channels.Leak())
    tree.branch([0, 2, 4]).insert(channels.Na())
    tree.branch([0, 4, 5]).insert(channels.K())
    tree.branch([1, 4]).comp([0, 2]).insert(channels.Km())
    tree.branch(4).set("Na_gNa", 0.1)
    tree.branch(0).comp(0).stimulate(pulse(200, 1.0), verbose=False)
    tree.branch([0, 1, 4]).comp(0).record("v", verbose=False)
    tree.branch(4).comp([0, 2]).record("Km_p", verbose=False)
    tree.branch(4).comp([0, 1]).record("i_K", verbose=False)
    tree.branch([2, 4]).comp(1).record("Na_m", verbose=False)
    return {"states": run(jx, tree, 200)}


def renamed(jx: ModuleType) -> Arrays:
    """The same channel twice under two names."""
    channels = room(jx, "channels")
    cable = branch(jx)
    cable.insert(channels.Leak())
    cable.insert(channels.Leak().change_name("Shunt"))
    cable.comp([1, 2]).insert(channels.HH().change_name("Squid"))
    cable.set("Shunt_eLeak", -40.0)
    cable.comp(3).set("Shunt_gLeak", 5e-4)
    cable.comp(0).stimulate(pulse(200, 0.3), verbose=False)
    cable.record("v", verbose=False)
    cable.comp(1).record("Squid_m", verbose=False)
    cable.comp(2).record("i_HH", verbose=False)
    return {"states": run(jx, cable, 200)}


def users_own(jx: ModuleType) -> Arrays:
    """Channels written against the reference's contract: one reads another's current and changes a shared state."""
    base = room(jx, "channels").Channel
    gate = room(jx, "solver_gate")

    class Calcium(base):
        """A linear calcium current with a voltage-dependent gate."""

        def __init__(self, name: str | None = None) -> None:
            self.current_is_in_mA_per_cm2 = True
            super().__init__(name)
            self.channel_params = {f"{self._name}_g": 1e-4, "eCa": 60.0}
            self.channel_states = {f"{self._name}_m": 0.1}
            self.current_name = "i_Ca"

        def update_states(self, states: Any, dt: Any, v: Any, params: Any) -> Any:
            """Relax towards a logistic curve; the time constant depends on the radius."""
            steady = 1.0 / (1.0 + gate.save_exp(-(v + 50.0) / 8.0))
            m = states[f"{self._name}_m"]
            return {f"{self._name}_m": gate.exponential_euler(m, dt, steady, 1.0 + params["radius"])}

        def compute_current(self, states: Any, v: Any, params: Any) -> Any:
            """Ohmic, linear in the gate."""
            return params[f"{self._name}_g"] * states[f"{self._name}_m"] * (v - params["eCa"])

    class Shell(base):
        """Calcium in a shell and a potassium current that it opens."""

        def __init__(self, name: str | None = None) -> None:
            self.current_is_in_mA_per_cm2 = True
            super().__init__(name)
            self.channel_params = {f"{self._name}_g": 5e-4, "eK": -90.0}
            self.channel_states = {"CaCon_i": 5e-5}
            self.current_name = "i_KCa"

        def update_states(self, states: Any, dt: Any, v: Any, params: Any) -> Any:
            """Explicit: influx of the previous step's i_Ca."""
            conc = states["CaCon_i"]
            return {"CaCon_i": conc + dt * (-0.5 * states["i_Ca"] - (conc - 5e-5) / 20.0)}

        def compute_current(self, states: Any, v: Any, params: Any) -> Any:
            """Ohmic, opened by calcium."""
            opened = states["CaCon_i"] / (states["CaCon_i"] + 1e-3)
            return params[f"{self._name}_g"] * opened * (v - params["eK"])

    cable = branch(jx)
    cable.insert(room(jx, "channels").Leak())
    cable.comp([0, 1, 3]).insert(Calcium())
    cable.comp([0, 1, 3]).insert(Shell())
    cable.comp(0).stimulate(pulse(300, 0.2), verbose=False)
    cable.record("v", verbose=False)
    cable.comp([0, 3]).record("CaCon_i", verbose=False)
    cable.comp(0).record("Calcium_m", verbose=False)
    cable.comp([0, 1]).record("i_Ca", verbose=False)
    cable.comp(1).record("i_KCa", verbose=False)
    return {"states": run(jx, cable, 300)}


def steady_states(jx: ModuleType) -> Arrays:
    """init_states over a range of voltages (Km and CaT, which the reference initialises wrongly, are absent)."""
    channels = room(jx, "channels")
    cable = jx.Branch(jx.Compartment(), ncomp=9)
    for name in ("HH", "Na", "K", "CaL"):
        cable.insert(getattr(channels, name)())
    cable.set("v", np.linspace(-93.7, 41.3, 9))
    cable.init_states()
    gates = ("HH_m", "HH_h", "HH_n", "Na_m", "Na_h", "K_n", "CaL_q", "CaL_r")
    return {gate: cable.nodes[gate].to_numpy() for gate in gates}


CASES: dict[str, Case] = {
    "hh": hh,
    **{f"pospischil_one[{name}]": partial(pospischil_one, name=name) for name in POSPISCHIL},
    "pospischil_together": pospischil_together,
    "fire": fire,
    "izhikevich": izhikevich,
    "adex": adex,
    "rate": rate,
    "partial_insertion": partial_insertion,
    "renamed": renamed,
    "users_own": users_own,
    "steady_states": steady_states,
}
