"""place: checks a point process and puts it on compartments."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from dendrax.errors import MechanismError, ModelTypeError
from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.checks import check_call
from dendrax.mechanisms.contract import check_mechanism
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.plasticity import Plasticity
from dendrax.mechanisms.pump import Pump
from dendrax.mechanisms.source import SpikeSource
from dendrax.mechanisms.synapse import Synapse
from dendrax.modules import hints
from dendrax.modules.editing import check_names_are_free, mechanism_keys, params_of
from dendrax.modules.events import RESERVED
from dendrax.modules.homes import typed_tables
from dendrax.modules.points import COLUMNS, shared_parameters
from dendrax.modules.selection import Selection
from dendrax.modules.tables import Tables
from dendrax.modules.typed import keys_of


def place(selection: Selection, mechanism: Mechanism, is_attribute: Callable[[str], bool]) -> None:
    """Put one more point process on each compartment in view. See `Module.place`."""
    tables, rows = selection.tables, selection.rows
    same = tables.points.named(getattr(mechanism, "name", "")) if isinstance(mechanism, Mechanism) else None
    if same is None or same != mechanism:  # a mechanism that equals a checked one needs no check
        _check_point(mechanism)
        tables.points.check_same(mechanism)
    if same is None:
        check_names_are_free(tables, mechanism, keys_of(mechanism), COLUMNS, is_attribute, "place")
        _check_weights(tables, mechanism)
        _check_what_it_shares(tables, mechanism)
        tables.points.types = [*tables.points.types, copy.deepcopy(mechanism)]  # the user may change the original
    _share(tables, mechanism, rows)
    tables.points.append(mechanism, {"comp_index": rows.copy()}, len(rows))


def _check_point(mechanism: Any) -> None:
    """Refuse anything but a point process."""
    if isinstance(mechanism, Synapse):
        raise ModelTypeError(
            f"place: {mechanism.name} is a synapse, which joins two compartments: `jx.connect(pre, post, synapse)`."
        )
    if isinstance(mechanism, SpikeSource):
        raise ModelTypeError(
            f"place: {mechanism.name} is an artificial source of spikes. Add it by `net.add_sources(source)`."
        )
    if isinstance(mechanism, (Channel, Plasticity, Pump)):
        raise ModelTypeError(f"place:{hints.of_mechanism(mechanism)}")
    try:
        check_mechanism(mechanism)
    except ModelTypeError as error:
        raise ModelTypeError(f"place: {error}{hints.of_mechanism(mechanism)}") from None
    what = f"place: the mechanism {mechanism.name!r}"
    if mechanism.place != "point" or mechanism.electrode:
        raise MechanismError(
            f"{what} is {'an electrode' if mechanism.electrode else 'a density over the membrane'}, not a point "
            f"process. Insert it: `view.insert(...)`."
        )
    if mechanism.writes:
        raise MechanismError(
            f"{what} writes {mechanism.writes[0]!r}, but a compartment has only one such value for all of its point "
            f"processes. Write it in a mechanism that you insert."
        )
    if mechanism.receives:
        check_call(mechanism, "receive", ("states", "weight", "params"))


def _check_weights(tables: Tables, mechanism: Mechanism) -> None:
    """Refuse weights with names that mean something else; several types may have a weight of one name."""
    if not mechanism.has_own_weights:
        return
    types = (one for typed in typed_tables(tables).values() for one in typed.types)
    taken = {*tables.nodes.names, *tables.groups, *mechanism_keys(tables), *keys_of(mechanism), mechanism.name, "v"}
    taken |= {*(key for one in types for key in (one.name, *keys_of(one))), *RESERVED}
    taken |= {name for one in tables.mechanisms for name in (one.name, *one.current_names)}
    if both := [name for name in mechanism.weights if name in taken]:
        raise MechanismError(
            f"place({mechanism.name}): {both[0]!r}, one of its weights, is the name of a column, parameter or "
            f"mechanism already. Call the weight otherwise."
        )


def _check_what_it_shares(tables: Tables, mechanism: Mechanism) -> None:
    """Refuse a shared quantity whose name has another meaning in the model."""
    taken = {*tables.groups, *(one.name for one in tables.mechanisms), "v", mechanism.name}
    if both := sorted(taken & {*shared_parameters(mechanism)}):
        raise MechanismError(f"place({mechanism.name}): the key {both[0]!r} is the name of a group or channel.")


def _share(tables: Tables, mechanism: Mechanism, rows: np.ndarray) -> None:
    """Give compartments the parameters that the point process shares with others, unless they have a value."""
    nodes = tables.nodes
    for key, default in shared_parameters(mechanism).items():
        column = nodes.numbers(key) if key in nodes else np.full(nodes.length, np.nan)
        lacking = rows[np.isnan(column[rows])]
        if key not in nodes or key not in params_of(tables) or len(lacking):
            column[lacking] = float(default)
            nodes.add(key, column)
