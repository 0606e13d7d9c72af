"""set and groups, and the checks of what may be written: everything is checked before anything is changed."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from dendrax.errors import MechanismError, ModelTypeError, ModelValueError, UnknownNameError
from dendrax.mechanisms.constants import ZERO_CELSIUS
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.modules import geometry, magnitudes
from dendrax.modules.events import CONNECTION_KEYS, DETECTOR_KEYS
from dendrax.modules.geometry import FOLLOWING
from dendrax.modules.hints import nearest
from dendrax.modules.homes import COMPARTMENTS, PLASTIC, SOURCES, SYNAPSES, Home, home_of, typed_tables
from dendrax.modules.points import ionic_currents, shared_parameters
from dendrax.modules.selection import Selection
from dendrax.modules.table import SHOWN
from dendrax.modules.tables import Tables, broadcast
from dendrax.modules.typed import own_currents, own_values
from dendrax.modules.wiring import COLUMNS
from dendrax.synapses.event import EventSynapse

SHAPE = ("length", "radius", *FOLLOWING)
MEMBRANE = ("axial_resistivity", "capacitance")
POSITIVE = (*SHAPE, *MEMBRANE)
PLACE = ("x", "y", "z")
DIFFUSION = "axial_diffusion_"
"""Before the name of an ion: its diffusion constant, a parameter of every compartment."""


def params_of(tables: Tables) -> list[str]:
    """Names of all parameters of compartments that a simulation uses."""
    of_ions = (DIFFUSION + ion for ion in tables.diffused)
    of_mechanisms = (key for one in tables.mechanisms for key in one.parameter_defaults)
    of_points = (key for one in tables.points.types for key in shared_parameters(one))
    return list(dict.fromkeys((*POSITIVE, "temperature", *of_ions, *of_mechanisms, *of_points)))


def states_of(tables: Tables) -> list[str]:
    """Names of all states of compartments that have an initial value."""
    of_mechanisms = (key for one in tables.mechanisms for key in one.state_defaults)
    return list(dict.fromkeys(("v", *of_mechanisms, *tables.diffused)))


def known_keys(tables: Tables) -> list[str]:
    """Names of all parameters and states, of compartments, synapses, point processes and events."""
    of_connections = tables.events.connections.keys
    return [*mechanism_keys(tables), *of_connections, *(DETECTOR_KEYS if len(tables.events.detectors) else ())]


def mechanism_keys(tables: Tables) -> list[str]:
    """Names of all parameters and states, without those of connections and detectors."""
    of_types = (key for typed in typed_tables(tables).values() for one in typed.types for key in own_values(one))
    return [*params_of(tables), *states_of(tables), *of_types]


def weights_of(tables: Tables) -> set[str]:
    """Names of the weights that point processes of the model take."""
    return {name for one in tables.points.types for name in one.weights}


def find_rows(selection: Selection, key: str, *, simulated: bool = False) -> tuple[Home, np.ndarray]:
    """Where `key` is (if `simulated`, a key that simulations use), and the rows in view that have it."""
    tables, known = selection.tables, known_keys(selection.tables)
    if not isinstance(key, str):
        raise UnknownNameError(f"No parameter or state {key!r}: pass a name, such as 'radius', one at a time.")
    if key in PLACE and not simulated:
        return home_of(tables, key), selection.rows
    home = home_of(tables, key)
    if key not in known and (simulated or not _is_own_column(home, key)):
        raise UnknownNameError(f"No parameter or state {key!r} in this {tables.kind}.{nearest(key, known)}")
    rows = home.rows_in_view(selection)
    found = rows[~np.isnan(home.numbers(key)[rows])]
    if len(found) == 0:
        raise UnknownNameError(why_nothing_has(home, key))
    return home, found


def settle(selection: Selection, key: str) -> None:
    """Let recorded compartments in view have a threshold if that is what is asked for."""
    alone = selection.connections_chosen is None and selection.sources_chosen is None
    if isinstance(key, str) and key in DETECTOR_KEYS and alone:
        selection.tables.events.settle(selection.mask)


def why_nothing_has(home: Home, key: str) -> str:
    """Why no row in view has a key that the model has."""
    if home.owner is not None:
        return f"No {home.one} in view has {key!r}: the view contains no {home.owner.name}."
    owners = [
        one.name
        for one in home.tables.mechanisms
        if key in (*one.parameter_defaults, *one.state_defaults, *one.current_names)
    ]
    if owners:
        return f"No compartment in view has {key!r}: insert {' or '.join(owners)} there first."
    return f"None of the {home.what} in view has a value of {key!r}."


def _is_own_column(home: Home, key: str) -> bool:
    """Whether a user added this column of numbers to `.nodes` or `.edges`."""
    tables = home.tables
    if key not in home.table or key in tables.groups or key in COLUMNS or tables.mechanism_named(key):
        return False
    if home.what not in (COMPARTMENTS, SYNAPSES):
        return False
    return home.table[key].dtype.kind in "fiu"


def set_values(selection: Selection, key: str, values: Any) -> None:
    """Set a parameter or state of the rows in view that have it. See `Module.set`."""
    settle(selection, key)
    home, rows = find_rows(selection, key)
    array = broadcast(values, len(rows), f"set({key!r})")
    check_values(home, key, array, rows)
    magnitudes.warn_of_values(home, key, array, rows, "set")
    write(home, key, rows, array)


def check_values(home: Home, key: str, values: np.ndarray, rows: np.ndarray) -> None:
    """Refuse values that a compartment, synapse, connection or the like cannot have."""
    if home.what in (SOURCES, PLASTIC) and home.owner is not None and key in home.owner.parameters:
        _check_ranges(home, key, values, rows)
        if home.what == SOURCES:  # some of their parameters may be infinite
            return
    bad = ~np.isfinite(values)
    what = "must be a finite number"
    tables = home.tables
    events = tables.events
    mechanisms = (*tables.mechanisms, *tables.points.types, *events.sources.types, *events.plastic.types)
    positive = {*POSITIVE, *(f"{one.name}_{name}" for one in mechanisms for name in one.positive)}
    if not bad.any() and (key in positive or key.startswith(DIFFUSION)):
        bad, what = values <= 0, "must be positive"
    if not bad.any() and (key in delays_of(tables)):
        bad, what = values <= 0, "[ms] must be positive: an event takes at least one time step"
    if not bad.any() and key == "temperature":
        bad, what = values <= -ZERO_CELSIUS, f"[celsius] must be above {-ZERO_CELSIUS}"
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        raise ModelValueError(f"{key!r} {what}, but is {values[first]} in {home.place_of(rows[first])}.")


def _check_ranges(home: Home, key: str, values: np.ndarray, rows: np.ndarray) -> None:
    """Refuse values that are not valid for a kind of source or a rule; the kind or rule checks them."""
    owner: Any = home.owner
    params = {name: home.numbers(name) for name in owner.parameters}
    params[key][rows] = values
    owner.check({name: column[home.in_table(np.arange(home.size_in_engine))] for name, column in params.items()})


def delays_of(tables: Tables) -> list[str]:
    """Names of the parameters that are delays: of connections, and of types of synapse with a delay."""
    of_synapses = [f"{one.name}_delay" for one in tables.synapses if isinstance(one, EventSynapse) and one.delayed]
    return [*(CONNECTION_KEYS[1:] if len(tables.events.connections) else ()), *of_synapses]


def write(home: Home, key: str, rows: np.ndarray, values: np.ndarray) -> None:
    """Write checked values; warn if a traced shape is replaced."""
    home.write(key, rows, values)
    if key in ("radius", "length"):
        warn_if_traced(home.tables, key, rows)


def warn_if_traced(tables: Tables, key: str, rows: np.ndarray) -> None:
    """Say that a traced shape is replaced."""
    branches = np.unique(tables.structure.branch_of_comp[rows])
    if any(is_traced(tables.xyzr[branch]) for branch in branches):
        warnings.warn(
            f"{key!r} is changed in compartments with a traced shape (from an SWC file): their area, volume and "
            f"resistive loads become those of cylinders.",
            stacklevel=5,
        )


def warn_if_shape_is_old(tables: Tables) -> None:
    """Say that the radius or length of a shape of its own was written to `.nodes`: area and all do not follow."""
    nodes, before = tables.nodes, tables.nodes.as_shown
    if before is None or len(before["radius"]) != nodes.length:
        return
    old = np.any([nodes.numbers(name) != before[name] for name in ("radius", "length")], axis=0)
    shape = {name: geometry.stored(nodes, name) for name in FOLLOWING}
    old &= ~np.all([np.isnan(own) for own in shape.values()], axis=0)
    for name, own in shape.items():
        old &= np.isnan(own) | (own == before.get(name, np.nan))
    if old.any():
        first = tables.structure.place_of(np.flatnonzero(old)[0])
        magnitudes.warn(
            f"The radius or length was changed in `.nodes`, first in {first}, but area, volume and resistive loads are "
            f"as before, and these are what is simulated. Write it with `set`, which makes cylinders of them.",
            UserWarning,
        )


def is_traced(xyzr: np.ndarray) -> bool:
    """Whether a branch has traced radii, so that its shape is not that of cylinders."""
    return len(xyzr) > 0 and not bool(np.isnan(xyzr[:, 3]).any())


def add_to_group(selection: Selection, name: str, is_attribute: Callable[[str], bool]) -> None:
    """Mark the rows in view as members of a group. See `Module.add_to_group`."""
    tables = selection.tables
    if not isinstance(name, str) or not name:
        raise ModelTypeError(f"add_to_group({name!r}): the name of a group is a string that is not empty.")
    if name not in tables.groups and is_taken(tables, name, is_attribute):
        raise ModelValueError(f"add_to_group({name!r}): this is the name of a channel, column or method already.")
    is_new = name not in tables.groups
    members = np.zeros(tables.nodes.length, bool) if is_new else tables.members(name)
    members[selection.rows] = True
    tables.nodes.add(name, members)
    if is_new:
        tables.groups.append(name)


def is_taken(tables: Tables, name: str, is_attribute: Callable[[str], bool]) -> bool:
    """Whether a name is that of a column, a synapse or its current, or an attribute: no new thing can have it."""
    types = (one for typed in typed_tables(tables).values() for one in typed.types)
    of_types = {name for one in types for name in (one.name, *own_currents(one))}
    return name in tables.nodes or name in {*known_keys(tables), *of_types} or is_attribute(name)


def check_names_are_free(
    tables: Tables,
    one: Mechanism,
    keys: Iterable[str],
    columns: Iterable[str],
    is_attribute: Callable[[str], bool],
    verb: str,
) -> None:
    """Refuse a new type of synapse, point process, source or rule if its name or one of its `keys` is taken."""
    currents = {
        *(name for other in tables.mechanisms for name in other.current_names),
        *(name for other in tables.points.types for name in ionic_currents(other)),
    }
    weights = weights_of(tables)
    reserved = {*columns, *SHOWN, *currents, *CONNECTION_KEYS, *DETECTOR_KEYS, *weights}
    taken = [name for name in (one.name, *keys) if name in reserved or is_taken(tables, name, is_attribute)]
    if taken:
        raise MechanismError(
            f"{verb}: {taken[0]!r}, of the {one.kind} {one.name!r}, is already the name of a group, channel, column, "
            f"parameter or method. Give the {one.kind} another name, `{type(one).__name__}(name=...)` or "
            f"`change_name`."
        )
