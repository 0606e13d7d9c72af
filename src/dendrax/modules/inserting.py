"""insert and delete: which compartments have which channel or pump. All is checked before anything is changed."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from dendrax.errors import MechanismError, ModelTypeError
from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.constants import PROBES
from dendrax.mechanisms.contract import check_mechanism
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.plasticity import Plasticity
from dendrax.mechanisms.pump import Pump
from dendrax.mechanisms.source import SpikeSource
from dendrax.mechanisms.synapse import Synapse
from dendrax.modules import hints, removing
from dendrax.modules.editing import POSITIVE, known_keys, weights_of
from dendrax.modules.events import CONNECTION_KEYS, DETECTOR_KEYS
from dendrax.modules.homes import home_of, typed_tables
from dendrax.modules.inputs import places_of
from dendrax.modules.selection import Selection
from dendrax.modules.table import SHOWN
from dendrax.modules.tables import Tables, Trainable
from dendrax.modules.typed import keys_of

ALWAYS = ("v", "x", "y", "z", "temperature", *POSITIVE)
"""Columns that stay when no channel uses them."""


def insert(selection: Selection, channel: Mechanism, is_attribute: Callable[[str], bool]) -> None:
    """Mark the rows in view and give them the mechanism's defaults. See `Module.insert`."""
    _check_contract(channel)
    tables, rows, name = selection.tables, selection.rows, channel.name
    same = tables.mechanism_named(name)
    _check_name_is_free(selection, channel, same, is_attribute)
    _check_keys_are_free(tables, channel)
    if same is not None and same != channel:  # it is in these rows alone, and replaced
        _remove(tables, same, rows)
        same = None
    if same is None:
        tables.add(copy.deepcopy(channel))  # the user may change theirs afterwards
    nodes = tables.nodes
    present = nodes[name].astype(bool) if name in nodes else np.zeros(nodes.length, bool)
    present[rows] = True
    nodes.add(name, present)
    for key, default in {**channel.state_defaults, **channel.parameter_defaults}.items():
        column = nodes.numbers(key) if key in nodes else np.full(nodes.length, np.nan)
        column[rows if key in channel.parameter_defaults else rows[~_is_parameter(tables, key)[rows]]] = float(default)
        nodes.add(key, column)


def _is_parameter(tables: Tables, key: str) -> np.ndarray:
    """Where a mechanism has `key` as a parameter, whose value the state takes too. (comp,) bool."""
    places = [tables.has(one) for one in tables.mechanisms if key in one.parameter_defaults]
    return np.any([np.zeros(tables.structure.n_comp, bool), *places], axis=0)


def _check_contract(mechanism: Any) -> None:
    if isinstance(mechanism, Synapse):
        raise ModelTypeError(
            f"insert: {mechanism.name} is a synapse, which joins cells: `jx.connect(pre, post, synapse)`."
        )
    if isinstance(mechanism, (SpikeSource, Plasticity)) or (hints.is_point(mechanism) and mechanism.receives):
        raise ModelTypeError(f"insert:{hints.of_mechanism(mechanism)}")
    given = mechanism if isinstance(mechanism, type) else type(mechanism)
    kind = next((one for one in (Channel, Pump, Mechanism) if issubclass(given, one)), Channel)
    try:
        check_mechanism(mechanism, kind)
    except ModelTypeError as error:
        raise ModelTypeError(f"insert: {error}{hints.of_mechanism(mechanism)}") from None


def _check_name_is_free(
    selection: Selection, channel: Mechanism, same: Mechanism | None, is_attribute: Callable[[str], bool]
) -> None:
    tables, name = selection.tables, channel.name
    of_type = any(typed.named(name) is not None for typed in typed_tables(tables).values())
    if is_attribute(name) or (same is None and name in tables.nodes) or of_type:
        raise MechanismError(
            f"insert: {name!r} is the name of a group, column, synapse or method already, or of a point process. "
            f"Rename the {channel.kind} with `change_name`."
        )
    if same is not None and same.kind != channel.kind:  # a SUFFIX of NEURON that is the name of a channel of ours
        raise MechanismError(
            f"insert: the {same.kind} {name!r} is inserted already, and this {channel.kind} of the same name is "
            f"another model. Delete the {same.kind} first, or give this {channel.kind} another name: `change_name`, or "
            f'`nmodl.load(path)("other_name")` for a .mod file.'
        )
    if same is not None and same != channel and not np.isin(np.flatnonzero(tables.has(same)), selection.rows).all():
        raise MechanismError(
            f"insert: another {same.kind} named {name!r}, of another class or with other settings, is in compartments "
            f"outside this view. Delete it first, or rename this one with `change_name`."
        )


def _check_keys_are_free(tables: Tables, channel: Mechanism) -> None:
    """Refuse a mechanism that would write over what others mean by a name."""
    name = channel.name
    keys = {*channel.parameter_defaults, *channel.state_defaults}
    types = (one for typed in typed_tables(tables).values() for one in typed.types)
    of_types = {key for one in types for key in (*keys_of(one), one.name)}
    of_types |= weights_of(tables) - {*CONNECTION_KEYS}
    if len(tables.events.connections) or tables.events.recorded:
        of_types |= {*CONNECTION_KEYS, *DETECTOR_KEYS}
    taken = keys & {*tables.groups, *(one.name for one in tables.mechanisms), name, *SHOWN, *ALWAYS, *of_types}
    taken |= {*channel.current_names} & {*of_types, *PROBES}
    if taken:
        taken = sorted(taken)
        raise MechanismError(f"insert({name}): the keys {taken} are names of groups, channels, synapses or columns.")


def delete(selection: Selection, channel: Mechanism) -> None:
    """Unmark the rows in view. See `Module.delete`."""
    if isinstance(channel, type):
        raise ModelTypeError(f"delete: expected a channel, got the class {channel.__name__} itself. Pass an instance.")
    name = channel if isinstance(channel, str) else getattr(channel, "name", channel)
    tables, rows = selection.tables, selection.rows
    if isinstance(name, str) and (point := tables.points.named(name)) in selection.point_types and point is not None:
        removing.delete_points(selection, point)
        forget_what_is_gone(tables)
        return
    mine = tables.mechanism_named(name) if isinstance(name, str) else None
    if mine is None or not tables.has(mine)[rows].any():
        present = [one.name for one in (*selection.mechanisms, *selection.point_types)]
        view = (
            f" Artificial sources are deleted by their view: `net.{name}.delete()`." if _is_source(tables, name) else ""
        )
        raise MechanismError(f"delete: no channel {name!r} in view; there are {present}.{view}")
    _remove(tables, mine, rows)
    forget_what_is_gone(tables)


def _is_source(tables: Tables, name: object) -> bool:
    return isinstance(name, str) and tables.events.sources.named(name) is not None


def _remove(tables: Tables, mine: Mechanism, rows: np.ndarray) -> None:
    """Values that nothing else at `rows` uses become NaN; columns that nothing uses go. What diffuses stays."""
    nodes = tables.nodes
    present = tables.has(mine)
    present[rows] = False
    if present.any():
        nodes.add(mine.name, present)
    else:
        nodes.drop([mine.name])
        tables.channels = [one for one in tables.channels if one is not mine]
        tables.pumps = [one for one in tables.pumps if one is not mine]
    for key in (*mine.parameter_defaults, *mine.state_defaults):
        if key in tables.diffused:
            continue
        if users := tables.users_of(key):
            nodes.write(key, rows[~np.any(users, axis=0)[rows]], np.nan)
        else:
            nodes.drop([key])


def forget_what_is_gone(tables: Tables, verb: str = "delete") -> None:
    """Remove recordings, clamps and trainables of what was deleted, and say so."""
    states = dict.fromkeys((*(name for name, _ in tables.recordings), *(key for key in tables.inputs if key != "i")))
    homes = {name: home_of(tables, name) for name in states}
    places = {
        name: places_of(tables, name) if home.of_compartments else np.ones(home.table.length, bool)
        for name, home in homes.items()
    }
    recordings = {one: None for one in tables.recordings if places[one[0]][one[1]]}
    inputs = {
        key: kept
        for key, chunks in tables.inputs.items()
        if (kept := chunks if key == "i" else [one for one in chunks if places[key][one.rows].all()])
    }
    trainables = [one for one in tables.trainables if _is_there(tables, one)]
    counts = {
        "recordings": len(tables.recordings) - len(recordings),
        "clamps": sum(map(len, tables.inputs.values())) - sum(map(len, inputs.values())),
        "trainable parameters": len(tables.trainables) - len(trainables),
    }
    tables.recordings, tables.inputs, tables.trainables = recordings, inputs, trainables
    if gone := [f"{n} {what}" for what, n in counts.items() if n]:
        warnings.warn(f"{verb}: {', '.join(gone)} used what was deleted and were removed too.", stacklevel=4)


def _is_there(tables: Tables, one: Trainable) -> bool:
    """Whether what is trained is still a parameter or state of all these rows."""
    return one.key in known_keys(tables) and bool(
        np.isfinite(home_of(tables, one.key).numbers(one.key)[one.rows]).all()
    )
