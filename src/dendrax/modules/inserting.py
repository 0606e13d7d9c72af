"""insert and delete: which compartments have which channel. Everything is checked before anything is changed."""

from __future__ import annotations

import copy
import warnings
from typing import TYPE_CHECKING

import numpy as np

from dendrax.errors import MechanismError
from dendrax.mechanisms.channel import Channel, check_channel
from dendrax.modules.editing import POSITIVE, is_attribute
from dendrax.modules.inputs import places_of
from dendrax.modules.table import SHOWN
from dendrax.modules.tables import Tables

if TYPE_CHECKING:
    from dendrax.modules.module import Module

ALWAYS = ("v", "x", "y", "z", *POSITIVE)
"""Columns that stay when no channel uses them."""


def insert(module: Module, channel: Channel) -> None:
    """Mark the rows in view and give them the channel's defaults. See `Module.insert`."""
    check_channel(channel)
    tables, rows, name = module.tables, module.rows, channel.name
    same = tables.channel_named(name)
    _check_name_is_free(module, channel, same)
    if same is not None and same != channel:  # it is in these rows alone, and replaced
        _remove(tables, same, rows)
        same = None
    if same is None:
        tables.channels = [*tables.channels, copy.deepcopy(channel)]  # the user may change theirs afterwards
    nodes = tables.nodes
    present = nodes[name].astype(bool) if name in nodes else np.zeros(nodes.length, bool)
    present[rows] = True
    nodes.add(name, present)
    for key, default in {**channel.channel_params, **channel.channel_states}.items():
        column = nodes.numbers(key) if key in nodes else np.full(nodes.length, np.nan)
        column[rows] = float(default)
        nodes.add(key, column)


def _check_name_is_free(module: Module, channel: Channel, same: Channel | None) -> None:
    tables, name = module.tables, channel.name
    if is_attribute(module, name) or (same is None and name in tables.nodes):
        raise MechanismError(
            f"insert: {name!r} is the name of a group, column or method already. Rename the channel with `change_name`."
        )
    if same is not None and same != channel and not np.isin(np.flatnonzero(tables.has(same)), module.rows).all():
        raise MechanismError(
            f"insert: another channel named {name!r}, of another class or with other settings, is in compartments "
            f"outside this view. Delete it first, or rename this one with `change_name`."
        )
    keys = {*channel.channel_params, *channel.channel_states}
    taken = keys & {*tables.groups, *(one.name for one in tables.channels), name, *SHOWN, *ALWAYS}
    if taken:
        raise MechanismError(f"insert({name}): the keys {sorted(taken)} are names of groups, channels or columns.")


def delete(module: Module, channel: Channel) -> None:
    """Unmark the rows in view. See `Module.delete`."""
    name = channel if isinstance(channel, str) else getattr(channel, "name", channel)
    tables, rows = module.tables, module.rows
    mine = tables.channel_named(name) if isinstance(name, str) else None
    if mine is None or not tables.has(mine)[rows].any():
        raise MechanismError(f"delete: no channel {name!r} in view; there are {[one.name for one in module.channels]}.")
    _remove(tables, mine, rows)
    _forget_what_is_gone(tables)


def _remove(tables: Tables, mine: Channel, rows: np.ndarray) -> None:
    """Values that no other channel at `rows` uses become NaN; columns that no channel uses go."""
    nodes = tables.nodes
    present = tables.has(mine)
    present[rows] = False
    if present.any():
        nodes.add(mine.name, present)
    else:
        nodes.drop([mine.name])
        tables.channels = [one for one in tables.channels if one is not mine]
    for key in (*mine.channel_params, *mine.channel_states):
        users = [tables.has(one) for one in tables.channels if key in one.channel_params or key in one.channel_states]
        if users:
            nodes.write(key, rows[~np.any(users, axis=0)[rows]], np.nan)
        else:
            nodes.drop([key])


def _forget_what_is_gone(tables: Tables) -> None:
    """Remove recordings, clamps and trainables of what was deleted, and say so."""
    states = dict.fromkeys((*(name for name, _ in tables.recordings), *(key for key in tables.inputs if key != "i")))
    places = {name: places_of(tables, name) for name in states}
    recordings = {one: None for one in tables.recordings if places[one[0]][one[1]]}
    inputs = {
        key: kept
        for key, chunks in tables.inputs.items()
        if (kept := chunks if key == "i" else [one for one in chunks if places[key][one.rows].all()])
    }
    trainables = [
        one
        for one in tables.trainables
        if one.key in tables.nodes and np.isfinite(tables.nodes[one.key][one.rows]).all()
    ]
    counts = {
        "recordings": len(tables.recordings) - len(recordings),
        "clamps": sum(map(len, tables.inputs.values())) - sum(map(len, inputs.values())),
        "trainable parameters": len(tables.trainables) - len(trainables),
    }
    tables.recordings, tables.inputs, tables.trainables = recordings, inputs, trainables
    if gone := [f"{n} {what}" for what, n in counts.items() if n]:
        warnings.warn(f"delete: {', '.join(gone)} used what was deleted and were removed too.", stacklevel=4)
