"""What is true of the tables of every model, checked after a file is read; each part alone is right by then."""

from __future__ import annotations

from typing import Any

import numpy as np

from dendrax.errors import DendraxError, ModelFileError
from dendrax.io.model import events
from dendrax.mechanisms.plasticity import Plasticity
from dendrax.mechanisms.source import SpikeSource
from dendrax.modules.editing import DIFFUSION, MEMBRANE, PLACE, known_keys, states_of
from dendrax.modules.homes import home_of, typed_tables
from dendrax.modules.inputs import CURRENT, currents_of, own_states_of
from dendrax.modules.points import shared_parameters
from dendrax.modules.table import Table
from dendrax.modules.tables import Tables
from dendrax.modules.typed import Typed, own_values


def check(tables: Tables) -> None:
    """Refuse tables that do not belong together."""
    _check_kind(tables)
    _check_names(tables)
    _check_nodes(tables)
    _check_synapses(tables)
    _check_typed(tables)
    events.check(tables)
    _check_attached(tables)


def _check_kind(tables: Tables) -> None:
    structure = tables.structure
    most = {"compartment": structure.n_comp, "branch": structure.n_branch, "cell": structure.n_cell, "network": 1}
    if most[tables.kind] != 1:
        raise ModelFileError(f"it is a {tables.kind}, but of {structure.n_cell} cells, {structure.n_branch} branches.")


def _check_names(tables: Tables) -> None:
    """Every mechanism and group has a name of its own."""
    types = (one for typed in typed_tables(tables).values() for one in typed.types)
    names = [*(one.name for one in (*tables.mechanisms, *types)), *tables.groups]
    if twice := [name for number, name in enumerate(names) if name in names[:number]]:
        raise ModelFileError(f"two channels, pumps, synapses, point processes or groups are named {twice[0]!r}.")


def _check_nodes(tables: Tables) -> None:
    """Every mechanism, group and ion has its columns."""
    keys = (key for one in tables.mechanisms for key in (*one.parameter_defaults, *one.state_defaults))
    ions = (name for ion in tables.diffused for name in (ion, DIFFUSION + ion))
    shared = (key for one in tables.points.types for key in shared_parameters(one))
    for name in dict.fromkeys((*MEMBRANE, *PLACE, "v", *keys, *ions, *shared)):
        check_numbers(tables.nodes, "nodes", name)
    for name in (*(one.name for one in tables.mechanisms), *tables.groups):
        if name not in tables.nodes:
            raise ModelFileError(f"`.nodes` has no column {name!r}, which says where it is.")


def check_numbers(table: Table, which: str, name: str) -> np.ndarray:
    """A column that has to be there, as numbers."""
    if name not in table:
        raise ModelFileError(f"`.{which}` has no column {name!r}.")
    try:
        return table.numbers(name)
    except DendraxError as error:
        raise ModelFileError(str(error)) from None


def _check_synapses(tables: Tables) -> None:
    """Every synapse joins two compartments of the model and has what its type has."""
    _check_things(tables.wiring, "edges", tables.structure.n_comp)


def _check_typed(tables: Tables) -> None:
    """Point processes are on compartments of the model; they, sources and rules have the values of their types."""
    _check_things(tables.points, "points", tables.structure.n_comp)
    _check_things(tables.events.sources, "sources", tables.structure.n_comp)
    _check_things(tables.events.plastic, "plastic", len(tables.events.connections))
    for one in tables.points.types:
        if one.place != "point" or one.electrode or one.writes:
            raise ModelFileError(f"{one.name!r} is among the point processes, but it cannot be placed.")
    sources, plastic = tables.events.sources, tables.events.plastic
    for source in sources.types:
        n = sources.count(source)
        if source.size not in (None, n):
            raise ModelFileError(f"the model has {n} sources {source.name!r}, but data for {source.size}.")
    for source in sources.types:
        _check_ranges(source, sources.table, sources.of_type(source))
    for rule in plastic.types:
        _check_ranges(rule, plastic.table, plastic.of_type(rule))


def _check_ranges(one: SpikeSource | Plasticity, table: Table, rows: np.ndarray) -> None:
    """Parameters are within the ranges that sources and rules declare."""
    try:
        one.check({name: table.numbers(name)[rows] for name in one.parameters})
    except DendraxError as error:
        raise ModelFileError(str(error)) from None


def _check_things(typed: Typed[Any], which: str, n_comp: int) -> None:
    """Things of several types are numbered in order within each type and have the values of their types."""
    table = typed.table
    for name, kind in typed.columns.items():
        if kind is not object:
            check_numbers(table, which, name)
    for name, most in {**dict.fromkeys(typed.ends, n_comp), "type_ind": len(typed.types)}.items():
        _check_counts(table.numbers(name), most, f"`.{which}`: {name!r}")
    if table.length == 0:
        return
    for one in typed.types:
        rows = typed.of_type(one)
        if (table.numbers("index_within_type")[rows] != np.arange(len(rows))).any():
            raise ModelFileError(f"`.{which}`: entries of the type {one.name!r} are not counted one after the other.")
        for name in own_values(one):
            if len(rows):
                check_numbers(table, which, name)


def _check_counts(values: np.ndarray, most: int, what: str) -> None:
    """Refuse what are no whole numbers from 0 to below `most`."""
    wrong = ~((values >= 0) & (values < most) & (values == np.floor(values)))
    if wrong.any():
        raise ModelFileError(f"{what} is {values[wrong][0]}, but there are {most}.")


def _check_attached(tables: Tables) -> None:
    """Recordings, inputs and trainables are of what is there, and where it is."""
    states = {*states_of(tables), *currents_of(tables), *own_states_of(tables)}
    recorded: dict[str, list[int]] = {}
    for name, row in tables.recordings:
        recorded.setdefault(name, []).append(row)
    _check_rows(tables, "recorded", {name: [np.array(rows)] for name, rows in recorded.items()}, states)
    stimulated = {key: [one.rows for one in chunks] for key, chunks in tables.inputs.items()}
    _check_rows(tables, "stimulated or clamped", stimulated, {*states, CURRENT})
    for key, chunks in tables.inputs.items():
        if key != CURRENT and len({one.values.shape[1] for one in chunks}) > 1:
            raise ModelFileError(f"clamps of {key!r} differ in length.")
    trained: dict[str, list[np.ndarray]] = {}
    for one in tables.trainables:
        trained.setdefault(one.key, []).append(one.rows)
        if not np.isfinite(one.values).all():
            raise ModelFileError(f"a trainable value of {one.key!r} is NaN or infinite.")
    _check_rows(tables, "trainable", trained, set(known_keys(tables)))


def _check_rows(tables: Tables, what: str, rows_of_key: dict[str, list[np.ndarray]], known: set[str]) -> None:
    """Refuse keys that nothing has, and rows that are not in the table of their key."""
    for key, parts in rows_of_key.items():
        if key not in known:
            raise ModelFileError(f"{key!r} is {what}, but no part of the model has it.")
        home = home_of(tables, key)
        places = np.arange(home.table.length) if home.owner is None else home.in_table(np.arange(home.size_in_engine))
        rows = np.concatenate(parts)
        if wrong := rows[~np.isin(rows, places)].tolist():
            raise ModelFileError(f"{key!r} is {what} in row {wrong[0]} of the {home.what}, where it is not.")
