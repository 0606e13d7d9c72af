"""Delete connections, point processes and artificial sources, with everything that depends on them."""

from __future__ import annotations

import warnings

import numpy as np

from dendrax.mechanisms.mechanism import Mechanism
from dendrax.modules.copying import Renumbered, new_numbers, take_events
from dendrax.modules.events import FROM_DETECTOR
from dendrax.modules.homes import COMPARTMENTS, CONNECTIONS, DETECTORS, PLASTIC, POINTS, SOURCES, home_of
from dendrax.modules.points import shared_parameters
from dendrax.modules.selection import Selection
from dendrax.modules.tables import Input, Tables


def delete_connections(tables: Tables, rows: np.ndarray) -> None:
    """Remove connections, and detectors that are neither used nor recorded any more."""
    kept = np.setdiff1d(np.arange(len(tables.events.connections)), rows)
    _renumber(tables, np.arange(len(tables.points)), kept, np.arange(len(tables.events.sources)))


def delete_sources(tables: Tables, rows: np.ndarray) -> None:
    """Remove artificial sources, the connections that start there and the recordings of their spikes."""
    events = tables.events
    sources = np.setdiff1d(np.arange(len(events.sources)), rows)
    table = events.connections.table
    connections = np.ones(len(events.connections), bool)
    artificial = np.flatnonzero(table["source_kind"] != FROM_DETECTOR)
    begins = events.sources.rows_of(table["source_kind"][artificial], table["source"][artificial])
    connections[artificial] = ~np.isin(begins, rows)
    n_connections, n_recorded = len(events.connections), len(events.recorded)
    counts = _renumber(tables, np.arange(len(tables.points)), np.flatnonzero(connections), sources)
    counts = {
        "connections": n_connections - len(tables.events.connections),
        "spike recordings": n_recorded - len(tables.events.recorded),
        **counts,
    }
    _tell(counts)


def delete_points(selection: Selection, mechanism: Mechanism) -> None:
    """Remove the point processes of a type in view, and the connections that end there."""
    tables = selection.tables
    gone = tables.points.of_type(mechanism, selection.point_rows)
    comps = np.unique(tables.points.table["comp_index"][gone].astype(int))
    points = np.setdiff1d(np.arange(len(tables.points)), gone)
    connections = np.flatnonzero(~np.isin(tables.target_rows, gone))
    n_gone = len(tables.events.connections) - len(connections)
    counts = _renumber(tables, points, connections, np.arange(len(tables.events.sources)))
    _unshare(tables, mechanism, comps)
    _tell({"connections": n_gone, **counts}, level=5)


def _tell(counts: dict[str, int], level: int = 4) -> None:
    """Warn of what went along; `level` is that of the caller of the public method."""
    if told := [f"{n} {what}" for what, n in counts.items() if n]:
        warnings.warn(f"delete: {', '.join(told)} used what was deleted and were removed too.", stacklevel=level)


def _renumber(tables: Tables, points: np.ndarray, connections: np.ndarray, sources: np.ndarray) -> dict[str, int]:
    """Keep only some point processes, connections and sources; return the number of things removed with the others."""
    everywhere = np.arange(tables.structure.n_comp)
    new: Renumbered = {COMPARTMENTS: everywhere, POINTS: new_numbers(points, len(tables.points))}
    whats = {name: home_of(tables, name).what for name in _attached_names(tables)}
    part = Tables(tables.kind, tables.structure, tables.nodes, tables.xyzr)
    part.points = tables.points.part(points, everywhere)
    events, renumbered = take_events(tables, part, new, connections, sources)
    if len(sources) == len(tables.events.sources):
        events.sources = tables.events.sources  # views of sources go on
    new |= renumbered
    changed = (POINTS, CONNECTIONS, DETECTORS, SOURCES, PLASTIC)

    def number_of(name: str, row: int) -> int:
        return int(new[whats[name]][row]) if whats[name] in changed else row

    recordings = {(name, number_of(name, row)): None for name, row in tables.recordings}
    recordings = {one: None for one in recordings if one[1] >= 0}
    inputs: dict[str, list[Input]] = {}
    for key, chunks in tables.inputs.items():
        if whats.get(key) in changed:
            numbers = new[whats[key]]
            inside = [(one, np.flatnonzero(numbers[one.rows] >= 0)) for one in chunks]
            chunks = [one.part(of, numbers) for one, of in inside if len(of)]  # noqa: PLW2901
        if chunks:
            inputs[key] = chunks
    trainables = []
    for one in tables.trainables:
        if whats[one.key] not in changed:
            trainables.append(one)
            continue
        numbers = new[whats[one.key]]
        if len(chosen := np.flatnonzero(numbers[one.rows] >= 0)):
            trainables.append(one.part(chosen, numbers))
    counts = {
        "recordings": len(tables.recordings) - len(recordings),
        "clamps": sum(map(len, tables.inputs.values())) - sum(map(len, inputs.values())),
        "trainable parameters": len(tables.trainables) - len(trainables),
    }
    tables.recordings, tables.inputs, tables.trainables = recordings, inputs, trainables
    tables.points, tables.events = part.points, events
    return counts


def _attached_names(tables: Tables) -> list[str]:
    names = (*(name for name, _ in tables.recordings), *tables.inputs, *(one.key for one in tables.trainables))
    return list(dict.fromkeys(names))


def _unshare(tables: Tables, mechanism: Mechanism, comps: np.ndarray) -> None:
    """Set shared values that only removed point processes used to NaN, and remove unused columns."""
    for key in shared_parameters(mechanism):
        users = tables.users_of(key)
        if not users:
            tables.nodes.drop([key])
        else:
            tables.nodes.write(key, comps[~np.any(users, axis=0)[comps]], np.nan)
