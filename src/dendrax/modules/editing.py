"""insert, delete, set and groups: everything is checked before anything is changed."""

from __future__ import annotations

import difflib
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from dendrax.errors import MechanismError, ModelTypeError, ModelValueError, UnknownNameError
from dendrax.mechanisms.channel import Channel, check_channel
from dendrax.modules.tables import INDEX_COLUMNS, Tables, broadcast
from dendrax.trees.geometry import cylinder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dendrax.modules.module import Module

GEOMETRY = ("radius", "length")
POSITIVE = (*GEOMETRY, "area", "volume", "resistive_load_in", "resistive_load_out", "axial_resistivity", "capacitance")


def insert(module: Module, channel: Channel) -> None:
    """Mark the rows in view and give them the channel's defaults."""
    check_channel(channel)
    tables, rows, name = module.tables, module.rows, channel.name
    _check_name_is_free(module, channel, rows)
    nodes = tables.nodes
    present = nodes[name].astype(bool) if name in nodes else np.zeros(nodes.length, bool)
    present[rows] = True
    nodes.add(name, present)
    for key, default in {**channel.channel_params, **channel.channel_states}.items():
        column = nodes[key].astype(float) if key in nodes else np.full(nodes.length, np.nan)
        column[rows] = float(default)
        nodes.add(key, column)
    tables.channels = [one for one in tables.channels if one.name != name or one == channel]
    if channel not in tables.channels:
        tables.channels.append(channel)


def _check_name_is_free(module: Module, channel: Channel, rows: np.ndarray) -> None:
    tables, name = module.tables, channel.name
    same = next((one for one in tables.channels if one.name == name), None)
    if name in tables.groups or hasattr(type(module), name) or (same is None and name in tables.nodes):
        raise MechanismError(f"insert: {name!r} is the name of a group, column or method already. Use `change_name`.")
    if same is not None and same != channel and not np.isin(np.flatnonzero(tables.has(same)), rows).all():
        raise MechanismError(
            f"insert: another channel named {name!r}, of another class or with other settings, is in compartments "
            f"outside this view. Delete it first, or rename this one with `change_name`."
        )
    keys = {*channel.channel_params, *channel.channel_states}
    taken = keys & {*tables.groups, *(one.name for one in tables.channels), *INDEX_COLUMNS}
    if taken:
        raise MechanismError(f"insert({name}): the keys {sorted(taken)} are names of groups, channels or columns.")


def delete(module: Module, channel: Channel) -> None:
    """Unmark the rows in view; values that no other channel there uses become NaN, unused columns go."""
    name = channel if isinstance(channel, str) else getattr(channel, "name", channel)
    tables, rows = module.tables, module.rows
    mine = next((one for one in tables.channels if one.name == name), None)
    if mine is None or not tables.has(mine)[rows].any():
        raise UnknownNameError(
            f"delete: no channel {name!r} in view; there are {[one.name for one in module.channels]}."
        )
    present = tables.has(mine).copy()
    present[rows] = False
    tables.nodes.add(mine.name, present)
    left = [one for one in tables.channels if one is not mine or present.any()]
    for key in (*mine.channel_params, *mine.channel_states):
        users = [tables.has(one) for one in left if key in one.channel_params or key in one.channel_states]
        if not users and key not in _BARE:
            tables.nodes.drop([key])
        elif users:
            unused = rows[~np.any(users, axis=0)[rows]]
            tables.nodes.write(key, unused, np.nan)
    if not present.any():
        tables.nodes.drop([mine.name])
    tables.channels = left
    _forget_what_is_gone(tables)


_BARE = ("v", *POSITIVE)


def states_of(tables: Tables) -> dict[str, np.ndarray]:
    """Everything that can be recorded or clamped at compartments, and where it is. name -> (comp,) bool."""
    places = {"v": np.ones(tables.structure.n_comp, bool)}
    for channel in tables.channels:
        has = tables.has(channel)
        for key in (*channel.channel_states, channel.current_name):
            places[key] = places.get(key, False) | has
    return places


def _forget_what_is_gone(tables: Tables) -> None:
    """Remove recordings, clamps and trainables of what was deleted, and say so."""
    places = states_of(tables)
    has = lambda key, row: key in places and bool(places[key][row])  # noqa: E731
    recordings = [one for one in tables.recordings if has(*one)]
    inputs = {key: one for key, one in tables.inputs.items() if key == "i" or all(has(key, row) for row in one.rows)}
    trainables = [
        one
        for one in tables.trainables
        if one.key in tables.nodes and np.isfinite(tables.nodes[one.key][one.rows]).all()
    ]
    gone = [
        f"{len(tables.recordings) - len(recordings)} recordings",
        f"{len(tables.inputs) - len(inputs)} clamped states",
        f"{len(tables.trainables) - len(trainables)} trainables",
    ]
    gone = [text for text in gone if not text.startswith("0 ")]
    if gone:
        warnings.warn(f"delete: {', '.join(gone)} used what was deleted and were removed too.", stacklevel=5)
    tables.recordings, tables.inputs, tables.trainables = recordings, inputs, trainables


def find_rows(module: Module, key: str) -> np.ndarray:
    """The rows in view that have parameter or state `key`.

    Raises:
        UnknownNameError: None has; the text names the nearest.
    """
    tables, rows = module.tables, module.rows
    settable = settable_keys(tables)
    if key not in settable:
        raise UnknownNameError(f"No parameter or state {key!r} in this {tables.kind}.{nearest(key, settable)}")
    found = rows[~np.isnan(tables.nodes[key][rows].astype(float))]
    if len(found) == 0:
        owners = [one.name for one in tables.channels if key in {**one.channel_params, **one.channel_states}]
        raise UnknownNameError(f"No compartment in view has {key!r}: insert {' or '.join(owners) or 'it'} there first.")
    return found


def settable_keys(tables: Tables) -> list[str]:
    """Names of all parameters and states."""
    flags = {*tables.groups, *(channel.name for channel in tables.channels)}
    return [key for key, column in tables.nodes.columns.items() if key not in flags and column.dtype != object]


def nearest(key: str, known: Iterable[str]) -> str:
    """A hint for an error text."""
    near = difflib.get_close_matches(str(key), list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else f" There are {sorted(known)}."


def set_values(module: Module, key: str, values: Any) -> None:
    """Set a parameter or state of the rows in view that have it."""
    rows = find_rows(module, key)
    array = broadcast(values, len(rows), f"set({key!r})")
    check_values(key, array, rows)
    write(module.tables, key, rows, array)


def check_values(key: str, values: np.ndarray, rows: np.ndarray) -> None:
    """Refuse what no compartment can have.

    Raises:
        ModelValueError: NaN or infinite, or not positive where it must be; names the compartment.
    """
    bad = ~np.isfinite(values)
    what = "must be a finite number"
    if key in POSITIVE and not bad.any():
        bad, what = values <= 0, "must be positive"
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise ModelValueError(f"{key!r} {what}, but is {values[row]} in compartment {rows[row]}.")


def write(tables: Tables, key: str, rows: np.ndarray, values: np.ndarray) -> None:
    """Write checked values; a new radius or length makes cylinders of the compartments."""
    tables.nodes.write(key, rows, values)
    if key in GEOMETRY:
        warn_if_traced(tables, key, rows)
        area, volume, load = cylinder(tables.nodes["radius"][rows], tables.nodes["length"][rows])
        shapes = {"area": area, "volume": volume, "resistive_load_in": load, "resistive_load_out": load}
        for name, column in shapes.items():
            tables.nodes.write(name, rows, column)


def warn_if_traced(tables: Tables, key: str, rows: np.ndarray) -> None:
    """Say that a traced shape is replaced."""
    branches = np.unique(tables.structure.branch_of_comp[rows])
    if any(is_traced(tables.xyzr[branch]) for branch in branches):
        warnings.warn(
            f"{key!r} is changed in compartments with a traced shape (from an SWC file): their area, volume and "
            f"resistive loads become those of cylinders.",
            stacklevel=5,
        )


def is_traced(xyzr: np.ndarray) -> bool:
    """Whether a branch has traced radii, so that its shape is not that of cylinders."""
    return len(xyzr) > 0 and not bool(np.isnan(xyzr[:, 3]).any())


def add_to_group(module: Module, name: str) -> None:
    """Mark the rows in view as members of a group."""
    tables = module.tables
    if not isinstance(name, str) or not name:
        raise ModelTypeError(f"add_to_group({name!r}): the name of a group is a string that is not empty.")
    taken = name in tables.nodes and name not in tables.groups
    if taken or hasattr(type(module), name):
        raise ModelValueError(f"add_to_group({name!r}): this is the name of a channel, column or method already.")
    members = tables.nodes[name].astype(bool) if name in tables.nodes else np.zeros(tables.nodes.length, bool)
    members[module.rows] = True
    tables.nodes.add(name, members)
    if name not in tables.groups:
        tables.groups.append(name)
