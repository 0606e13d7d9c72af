"""Connections, their rules, detectors, artificial sources and spike recordings in a model file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from dendrax.errors import ModelFileError
from dendrax.io.model.arrays import INDEX, Arrays
from dendrax.io.model.fields import exactly, of_kind
from dendrax.mechanisms.mechanism import WEIGHT
from dendrax.modules.events import (
    COMPARTMENT,
    DETECTOR,
    FROM_DETECTOR,
    NO_DETECTOR,
    RESERVED,
    SOURCE,
    Connections,
    Detectors,
    EventTables,
    PlasticConnections,
    Sources,
)
from dendrax.modules.growing import Growing
from dendrax.modules.table import Table

if TYPE_CHECKING:
    from dendrax.modules.tables import Tables

RECORDED = (COMPARTMENT, DETECTOR, SOURCE)
"""Kinds of recorded places, by their numbers in a file."""
AnyGrowing = TypeVar("AnyGrowing", bound=Growing)
FLOAT = np.dtype(np.float64)


def write(
    events: EventTables,
    arrays: dict[str, np.ndarray],
    write_sources: Callable[[Sources], Any],
    write_plastic: Callable[[PlasticConnections], Any],
) -> dict[str, Any]:
    """The events as a document, with their columns in `arrays`."""
    for which, table in (("connections", events.connections), ("detectors", events.detectors)):
        for name, kind in table.columns.items():
            arrays[f"events/{which}/{name}"] = table.table[name].astype(INDEX if kind is int else FLOAT)
    weights = list(events.connections.weights)
    for number, name in enumerate(weights):
        arrays[f"events/weights/{number}"] = events.connections.table[name].astype(FLOAT)
    pairs = [(RECORDED.index(what), row) for what, row in events.recorded]
    arrays["events/recorded"] = np.array(pairs, INDEX).reshape(-1, 2)
    return {
        "sources": write_sources(events.sources),
        "plastic": write_plastic(events.plastic),
        "weights": weights,
    }


def read(
    document: Any,
    arrays: Arrays,
    read_sources: Callable[[Any], Sources],
    read_plastic: Callable[[Any], PlasticConnections],
) -> EventTables:
    """The events of a document; `check` says whether they belong to the model."""
    found = exactly("'events'", document, "sources", "plastic", "weights")
    sources, plastic = read_sources(found["sources"]), read_plastic(found["plastic"])
    connections, detectors = (
        _with_weights(_read(Connections, arrays), found["weights"], arrays),
        _read(Detectors, arrays),
    )
    pairs = arrays.take("events/recorded", (None, 2), dtype=INDEX)
    if not np.isin(pairs[:, 0], np.arange(len(RECORDED))).all():
        raise ModelFileError("arrays.safetensors: 'events/recorded' holds a kind of recording that does not exist.")
    recorded = {(RECORDED[what], row): None for what, row in pairs.tolist()}
    if len(recorded) != len(pairs):
        raise ModelFileError("the spikes of a compartment or source are recorded twice.")
    return EventTables(detectors, sources, connections, recorded, plastic)


def _read(kind: type[AnyGrowing], arrays: Arrays) -> AnyGrowing:
    """A table whose columns are all numbers."""
    which, columns, n = kind.__name__.lower(), {}, None
    for name, of in kind.columns.items():
        columns[name] = arrays.take(f"events/{which}/{name}", (n,), dtype=INDEX if of is int else FLOAT)
        n = len(columns[name])
        if of is float and name != WEIGHT and not np.isfinite(columns[name]).all():
            raise ModelFileError(f"arrays.safetensors: 'events/{which}/{name}' holds NaN or infinity.")
    return kind(Table(columns, n or 0))


def _with_weights(connections: Connections, document: Any, arrays: Arrays) -> Connections:
    """`connections` with the columns of weights of other names."""
    names = [of_kind("a weight", name, str) for name in of_kind("'weights'", document, list)]
    if len({*names}) < len(names) or {*names} & {*Connections.columns, *RESERVED}:
        raise ModelFileError(f"model.json: 'weights' should be names that are not taken, but is {names!r}.")
    n = len(connections)
    columns = {name: arrays.take(f"events/weights/{k}", (n,), dtype=FLOAT) for k, name in enumerate(names)}
    return Connections(Table({**connections.table.columns, **columns}, n))


def check(tables: Tables) -> None:
    """Refuse events that do not belong to the model, after the checks of each table."""
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
    for name in (WEIGHT, *events.connections.weights):
        if (np.isfinite(table[name]) != events.connections.have(name, points.types)).any():
            raise ModelFileError(
                f"a connection has no finite weight {name!r}, which its target takes, or has one that it does not take."
            )
    if lacking := {name for one in points.types for name in one.weights} - {WEIGHT, *events.connections.weights}:
        having = [one for one in points.types if lacking & {*one.weights}]
        if any((table["target_type"] == points.number_of(one)).any() for one in having):
            raise ModelFileError(f"the connections have no weights {sorted(lacking)}, which their targets take.")
    if (table["delay"] <= 0).any():
        raise ModelFileError("the delay of a connection is not positive.")
    _check_plastic(events)
    rows = {COMPARTMENT: tables.structure.n_comp, DETECTOR: len(events.detectors), SOURCE: len(events.sources)}
    for what, row in events.recorded:
        _counts(np.array([row]), rows[what], f"a {what} whose spikes are recorded")


def _check_plastic(events: EventTables) -> None:
    """Refuse a second rule for a connection, and postsynaptic detectors that do not exist."""
    connections, post = events.plastic.connections, events.plastic.table.numbers("post")
    if len(np.unique(connections)) < len(connections):
        raise ModelFileError("a connection changes by two rules of plasticity.")
    if (post != np.floor(post)).any():
        raise ModelFileError("the detector of postsynaptic spikes is not a whole number.")
    _counts(post[post != NO_DETECTOR].astype(int), len(events.detectors), "the detector of postsynaptic spikes")


def _counts(values: np.ndarray, most: int, what: str) -> None:
    """Refuse numbers outside of 0 to `most` - 1."""
    if (wrong := (values < 0) | (values >= most)).any():
        raise ModelFileError(f"{what} is number {values[wrong][0]}, but there are {most}.")
