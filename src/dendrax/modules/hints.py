"""What to say to someone who looks for a name that is not there: what it is called here, what brings it, what is near.

Many come from NEURON, so the words that they type first are here. Only who errs reads these tables.
"""

from __future__ import annotations

import difflib
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.plasticity import Plasticity
from dendrax.mechanisms.pump import Pump
from dendrax.mechanisms.source import SpikeSource
from dendrax.mechanisms.synapse import Synapse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dendrax.modules.tables import Tables
    from dendrax.modules.typed import Typed


class Here(NamedTuple):
    """What something is called here.

    Attributes:
        names: Our names of it; the first of them that the model has is meant.
        unit: Its unit, and what else there is to know.
    """

    names: tuple[str, ...]
    unit: str


PARAMETERS = {
    **dict.fromkeys(("Ra", "ra", "rho"), Here(("axial_resistivity",), "ohm cm")),
    **dict.fromkeys(("cm", "Cm", "c_m", "C_m"), Here(("capacitance",), "uF/cm^2")),
    **dict.fromkeys(("diam", "diameter"), Here(("radius",), "um, half the diameter")),
    "L": Here(("length",), "um, of each compartment"),
    "celsius": Here(("temperature",), "celsius"),
    **dict.fromkeys(("vm", "v_m", "voltage", "potential", "v_init", "e_rest"), Here(("v",), "mV")),
    **dict.fromkeys(("gnabar_hh", "gnabar"), Here(("HH_gNa", "Na_gNa"), "S/cm^2")),
    **dict.fromkeys(("gkbar_hh", "gkbar"), Here(("HH_gK", "K_gK"), "S/cm^2")),
    "gl_hh": Here(("HH_gLeak",), "S/cm^2"),
    "el_hh": Here(("HH_eLeak",), "mV"),
    **{f"{gate}_hh": Here((f"HH_{gate}",), "1") for gate in "mhn"},
    "ena": Here(("HH_eNa", "eNa"), "mV"),
    "ek": Here(("HH_eK", "eK"), "mV"),
    "eca": Here(("eCa",), "mV"),
    "g_pas": Here(("Leak_gLeak",), "S/cm^2"),
    "e_pas": Here(("Leak_eLeak",), "mV"),
    "cai": Here(("CaCon_i",), "mM"),
    "cao": Here(("CaCon_e",), "mM"),
    "ina": Here(("i_Na", "i_HH"), "mA/cm^2"),
    "ik": Here(("i_K", "i_HH"), "mA/cm^2"),
    "ica": Here(("i_Ca",), "mA/cm^2"),
    "i_pas": Here(("i_Leak",), "mA/cm^2"),
}
"""Parameters, states and currents, as NEURON and others call them."""

_RUN = "`jx.integrate(module, t_max=...)` runs a model."
_REGION = "Groups are made by `read_swc`, or by hand: `cell.branch(0).add_to_group({name!r})`."
_TREE = "Branches are joined by `jx.Cell(branches, parents=...)`, cells by `jx.morphology.morph_connect`"
ATTRIBUTES = {
    "nseg": "It is `ncomp` here, and `set_ncomp(n)` changes it.",
    **dict.fromkeys(("run", "simulate", "integrate", "continuerun", "solve", "fadvance"), _RUN),
    "connect": f"{_TREE}, synapses by `jx.connect(pre, post, synapse)`.",
    "netcon": "Point processes are sent spikes by `jx.netcon(source, net.E, weight=..., delay=...)`.",
    **dict.fromkeys(("sections", "allsec", "sec", "section"), "Iterate over `.branches`."),
    **dict.fromkeys(("segments", "allseg", "seg", "compartments"), "Iterate over `.comps`."),
    **dict.fromkeys(("children", "parentseg", "trueparentseg"), "Parents are in `comb_parents`."),
    "psection": "`show()` is a table of all values.",
    **dict.fromkeys(("n3d", "x3d", "y3d", "z3d", "diam3d", "pt3dadd"), "Traced points are in `.xyzr`."),
    "uninsert": "It is `delete(channel)` here.",
    **dict.fromkeys(("plot", "draw", "view3d"), "`vis()` draws a module, `jx.view3d(module)` makes a page of it."),
    **dict.fromkeys(("soma", "dend", "dendrite", "axon", "apic", "apical", "basal"), _REGION),
}
"""What people look for on a module."""

NAMES = {
    "h": "Nothing is global here: a model is an object, such as `jx.Cell`, and `jx.integrate` runs it.",
    **dict.fromkeys(("Section", "Segment"), "A section is a `jx.Branch` of `ncomp` compartments."),
    **dict.fromkeys(
        ("IClamp", "CurrentClamp"),
        "Currents are injected by `view.stimulate(jx.step_current(i_delay, i_dur, i_amp, delta_t, t_max))`.",
    ),
    "SEClamp": "It is inserted: `view.insert(dendrax.electrodes.SEClamp())`. An ideal clamp is `view.clamp`.",
    **dict.fromkeys(("VClamp", "VoltageClamp"), "Voltages are held by `view.clamp('v', values)`."),
    "NetCon": "It is `jx.netcon(source, net.E, weight=..., delay=...)` here; `view.place(ExpSyn('E'))` makes targets.",
    "IntFire1": "It is a compartment with `dendrax.channels.LIF` and a point process `dendrax.synapses.DeltaSyn` here.",
    "hh": "It is `dendrax.channels.HH` here.",
    "pas": "It is `dendrax.channels.Leak` here.",
    "Vector": "What is to be recorded is chosen by `view.record('v')`; `jx.integrate` returns it.",
    "APCount": "Spikes are recorded by `view.record_spikes(threshold)`, and counted in traces by `dendrax.features`.",
    "finitialize": "Initial voltages are set by `module.set('v', -65.0)`, states by `module.init_states()`.",
    **dict.fromkeys(("run", "simulate", "continuerun", "fadvance", "tstop", "dt"), _RUN),
    "celsius": "A temperature is set by `module.set('temperature', 37.0)`.",
    **dict.fromkeys(("load_swc", "Import3d_SWC_read"), "Morphologies are read by `jx.read_swc(file, ncomp=1)`."),
}
"""What people look for in `dendrax` itself."""

PUBLIC = ("channels", "synapses", "events", "pumps", "optimize", "morphology", "stimulus", "features", "io", "errors")
"""Where else a name may be, most likely first."""


def nearest(key: str, known: Iterable[str]) -> str:
    """A hint for an error text: which of the known names is meant, or what brings the name.

    Example:
        >>> nearest("Ra", ["axial_resistivity", "radius"])
        " Here it is 'axial_resistivity' [ohm cm]."
        >>> nearest("gNa", ["HH_gNa", "HH_gK"])
        " Did you mean 'HH_gNa'?"
    """
    key, known = str(key), list(known)
    same = [one for one in known if one.lower() == key.lower()]
    same = same or [one for one in known if key and one.lower().endswith(f"_{key.lower()}")]
    if same:
        return f" Did you mean {' or '.join(map(repr, same[:4]))}?"
    if key in PARAMETERS:
        return _here(PARAMETERS[key], known)
    if owner := _owner(key, known):
        return f" {owner}"
    near = difflib.get_close_matches(key, known, n=1)
    return f" Did you mean {near[0]!r}?" if near else f" There are {sorted(known)}."


def of_attribute(tables: Tables, name: str, known: Iterable[str], attributes: Callable[[], Iterable[str]]) -> str:
    """A hint for an error text: how to get `name`, which is not an attribute of a module but may be in `known`."""
    known = list(known)
    if value := _value(tables, name, known):
        return f" {value}"
    public = [one for one in attributes() if not one.startswith("_")]
    if same := [one for one in public if one.lower() == name.lower()]:
        return f" Did you mean {same[0]!r}?"
    if name in ATTRIBUTES:
        return " " + ATTRIBUTES[name].format(name=name)
    if found := _mechanism(name):
        return f" {_brought(found, name)}"
    near = difflib.get_close_matches(name, public, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def of_assignment(tables: Tables, name: str, known: Iterable[str], follows: bool) -> str | None:
    """A hint for an assignment to a name that is `known` or `follows` from the model; None for other names."""
    if value := _value(tables, name, list(known)):
        return value
    if name == "nseg":
        return ATTRIBUTES[name]
    if follows:
        return "It follows from the model; what can be changed has a method, such as `set`, or is a column of `.nodes`."
    return None


def of_name(name: str) -> str:
    """A hint for whoever looks for a name in `dendrax` that is not there; empty where there is none to give.

    Example:
        >>> of_name("HH")
        'It is `dendrax.channels.HH`.'
    """
    if name in NAMES:
        return NAMES[name]
    for package in PUBLIC:
        if name in getattr(import_module(f"dendrax.{package}"), "__all__", ()):
            return f"It is `dendrax.{package}.{name}`."
    return ""


def is_point(thing: object) -> TypeGuard[Mechanism]:
    """Whether something is a point process that may be placed, rather than a synapse or an electrode."""
    return (
        isinstance(thing, Mechanism)
        and not isinstance(thing, (Synapse, SpikeSource))
        and thing.place == "point"
        and not thing.electrode
    )


def of_mechanism(thing: object) -> str:
    """A hint for whoever inserts what is no channel, or connects by what is no synapse; empty if there is none."""
    if isinstance(thing, str):
        names = {"hh": "HH", "pas": "Leak"}
        found = _mechanism(names.get(thing.lower(), thing))
        return f" Pass an instance: `from dendrax.{found[0]} import {found[1]}`, {found[1]}()." if found else ""
    if isinstance(thing, ModuleType):
        return of_mechanism(thing.__name__.rpartition(".")[2])
    if isinstance(thing, (list, tuple)):
        return " Pass one after the other."
    if how := _use_of(thing):
        return how
    if any(
        one.__name__ in ("Channel", "Synapse", "Pump") and one.__module__.startswith("jaxley.")
        for one in type(thing).__mro__
    ):
        return " It is written for Jaxley: call `dendrax.compat.install()` before the import that brings it."
    return ""


def _use_of(thing: object) -> str:
    """The call that adds a channel, pump, source, rule or point process to a model; empty for anything else."""
    if isinstance(thing, (Channel, Pump)):
        return f" {thing.name} is a {thing.kind}, which is inserted into compartments: `view.insert(...)`."
    if isinstance(thing, SpikeSource):
        return f" {thing.name} is an artificial source of spikes: `net.add_sources(...)`."
    if isinstance(thing, Plasticity):
        return f" {thing.name} is a rule of plasticity: `jx.netcon(..., plasticity={type(thing).__name__}())`."
    if is_point(thing):
        return f" {thing.name} is a point process: place it by `view.place(...)`; `jx.netcon` sends it spikes."
    return ""


def _here(one: Here, known: list[str]) -> str:
    """Its name here, and the mechanism that has to be inserted first, if any."""
    ours = _chosen(one, known)
    owner = _owner(ours, known)
    return f" Here it is {ours!r} [{one.unit}]." + (f" {owner}" if owner else "")


def _chosen(one: Here, known: list[str]) -> str:
    return next((name for name in one.names if name in known), one.names[0])


def _value(tables: Tables, name: str, known: list[str]) -> str:
    """How a parameter or state is read and written, by whatever name; empty if it is none."""
    if name not in known and name not in PARAMETERS:
        return ""
    ours = name if name in known else _chosen(PARAMETERS[name], known)
    if ours.startswith("i_"):
        how = f"It is recorded by `record({ours!r})`."
    else:
        table = next((name for name, typed in _shown_in(tables).items() if typed.type_with(ours)), "nodes")
        how = f"It is read by `.{table}[{ours!r}]` and written by `set({ours!r}, ...)`."
    return how if name in known else f"{_here(PARAMETERS[name], known).strip()} {how}"


def _shown_in(tables: Tables) -> dict[str, Typed[Any]]:
    """The tables of a module that show things of several types."""
    events = tables.events
    return {
        "edges": tables.wiring,
        "points": tables.points,
        "sources": events.sources,
        "netcons.to_pandas()": events.plastic,
    }


def _owner(key: str, known: list[str]) -> str:
    """What brings a name that begins with that of a mechanism of ours, unless the model has that."""
    found = _mechanism(key.removeprefix("i_").split("_")[0])
    if found is None or key in known or any(one.startswith(f"{found[1]}_") for one in known):
        return ""
    return _brought(found, key)


def _brought(found: tuple[str, str], key: str) -> str:
    package, name = found
    if package == "synapses" and not issubclass(getattr(import_module("dendrax.synapses"), name), Synapse):
        what = f"a point process: `view.place({name}())` puts it there"
    elif package == "synapses":
        what = f"a synapse: `jx.connect(pre, post, {name}())` makes one"
    else:
        what = f"a {package[:-1]} that is not there yet: `insert({name}())`"
    return f"{name} is {what}." if key == name else f"{key!r} is of {name}, {what}."


def _mechanism(name: str) -> tuple[str, str] | None:
    """The package and name of one of our mechanisms, whatever its capitals."""
    for package in ("channels", "pumps", "synapses"):
        for one in import_module(f"dendrax.{package}").__all__:
            if one.lower() == name.lower() and one not in ("Channel", "PointSynapse", "Pump", "Synapse"):
                return package, one
    return None
