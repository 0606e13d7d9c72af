"""Connections, detectors, artificial sources and spike recordings, as a file has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from dendrax.errors import ModelFileError
from dendrax.io.model.arrays import INDEX, Arrays
from dendrax.io.model.fields import exactly
from dendrax.modules.events import (
    COMPARTMENT,
    DETECTOR,
    FROM_DETECTOR,
    SOURCE,
    Connections,
    Detectors,
    EventTables,
    Sources,
)
from dendrax.modules.growing import Growing
from dendrax.modules.table import Table

if TYPE_CHECKING:
    from dendrax.modules.tables import Tables

RECORDED = (COMPARTMENT, DETECTOR, SOURCE)
"""What can be recorded, by the numbers that a file has."""
AnyGrowing = TypeVar("AnyGrowing", bound=Growing)
FLOAT = np.dtype(np.float64)


def write(
    events: EventTables, arrays: dict[str, np.ndarray], write_sources: Callable[[Sources], Any]
) -> dict[str, Any]:
    """The events as a document, with their columns in `arrays`."""
    for which, table in (("connections", events.connections), ("detectors", events.detectors)):
        for name, kind in table.columns.items():
            arrays[f"events/{which}/{name}"] = table.table[name].astype(INDEX if kind is int else FLOAT)
    pairs = [(RECORDED.index(what), row) for what, row in events.recorded]
    arrays["events/recorded"] = np.array(pairs, INDEX).reshape(-1, 2)
    return {"sources": write_sources(events.sources)}


def read(document: Any, arrays: Arrays, read_sources: Callable[[Any], Sources]) -> EventTables:
    """The events of a document; `check` says whether they belong to the model."""
    sources = read_sources(exactly("'events'", document, "sources")["sources"])
    connections, detectors = _read(Connections, arrays), _read(Detectors, arrays)
    pairs = arrays.take("events/recorded", (None, 2), dtype=INDEX)
    if not np.isin(pairs[:, 0], np.arange(len(RECORDED))).all():
        raise ModelFileError("arrays.safetensors: 'events/recorded' holds a kind of recording that there is not.")
    recorded = {(RECORDED[what], row): None for what, row in pairs.tolist()}
    if len(recorded) != len(pairs):
        raise ModelFileError("the spikes of something are recorded twice.")
    return EventTables(detectors, sources, connections, recorded)


def _read(kind: type[AnyGrowing], arrays: Arrays) -> AnyGrowing:
    """A table of numbers alone."""
    which, columns, n = kind.__name__.lower(), {}, None
    for name, of in kind.columns.items():
        columns[name] = arrays.take(f"events/{which}/{name}", (n,), dtype=INDEX if of is int else FLOAT)
        n = len(columns[name])
        if of is float and not np.isfinite(columns[name]).all():
            raise ModelFileError(f"arrays.safetensors: 'events/{which}/{name}' holds NaN or infinity.")
    return kind(Table(columns, n or 0))


def check(tables: Tables) -> None:
    """Refuse events that do not belong to the model; each table alone is right by then."""
    events, points = tables.events, tables.points
    detectors, table = events.detectors.table, events.connections.table
    _counts(detectors["comp_index"], tables.structure.n_comp, "the compartment of a detector")
    _counts(table["target_type"], len(points.types), "the type of the target of a connection")
    _counts(table["source_kind"] - FROM_DETECTOR, len(events.sources.types) + 1, "the kind of source of a connection")
    for kind in np.unique(table["source_kind"]).tolist():
        n = len(events.detectors) if kind == FROM_DETECTOR else events.sources.count(events.sources.types[kind])
        _counts(table["source"][table["source_kind"] == kind], n, "the source of a connection")
    for of_type in np.unique(table["target_type"]).tolist():
        one = points.types[of_type]
        if not one.receives:
            raise ModelFileError(f"a connection ends at {one.name!r}, which takes no events.")
        _counts(table["target"][table["target_type"] == of_type], points.count(one), "the target of a connection")
    if (table["delay"] <= 0).any():
        raise ModelFileError("the delay of a connection is not positive.")
    rows = {COMPARTMENT: tables.structure.n_comp, DETECTOR: len(events.detectors), SOURCE: len(events.sources)}
    for what, row in events.recorded:
        _counts(np.array([row]), rows[what], f"a {what} whose spikes are recorded")


def _counts(values: np.ndarray, most: int, what: str) -> None:
    """Refuse numbers that are not from 0 to below `most`."""
    if (wrong := (values < 0) | (values >= most)).any():
        raise ModelFileError(f"{what} is number {values[wrong][0]}, but there are {most}.")
