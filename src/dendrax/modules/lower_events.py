"""Tables -> Events: who hears of whose spikes, sorted by source, as the engine takes it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from dendrax.engine.events.connections import Events, Values, Wires
from dendrax.modules.connecting import resolved
from dendrax.modules.editing import check_values
from dendrax.modules.events import CONNECTION_KEYS, DETECTOR, FROM_DETECTOR, SOURCE
from dendrax.modules.homes import CONNECTIONS, DETECTORS, Home
from dendrax.modules.tables import Tables

if TYPE_CHECKING:
    from dendrax.engine.placed import Placed
    from dendrax.engine.wired import Wired
    from dendrax.mechanisms.source import SpikeSource

WEIGHT, DELAY = CONNECTION_KEYS
THRESHOLD = "threshold"


def has_events(tables: Tables, delayed: list[Wired]) -> bool:
    """Whether a run has to look for spikes."""
    events = tables.events
    return bool(len(events.connections) or events.recorded or delayed)


def params_of_events(tables: Tables) -> dict[str, Any]:
    """Weights and delays of all connections and thresholds of all detectors, as far as there are any."""
    events = tables.events
    table, found = events.connections.table, {}
    if table.length:
        home, rows = Home(tables, CONNECTIONS), np.arange(table.length)
        found = {name: table.numbers(name) for name in CONNECTION_KEYS}
        for name, values in found.items():
            check_values(home, name, values, rows)
    _, thresholds, _ = resolved(tables)
    if len(thresholds):
        check_values(Home(tables, DETECTORS), THRESHOLD, thresholds, np.arange(len(thresholds)))
        found[THRESHOLD] = thresholds
    for kind in tables.events.sources.types:
        found |= {f"{kind.name}_{name}": np.asarray(values, float) for name, values in kind.data.items()}
    return found


def events_of(tables: Tables, points: tuple[Placed, ...], synapses: tuple[Wired, ...], n_port: int) -> Events | None:
    """All events of a model; None where nobody looks for a spike."""
    delayed = [part for part in synapses if part.port is not None]
    if not has_events(tables, delayed):
        return None
    comps, _, recorded = resolved(tables)
    sizes = [len(part.pre) for part in delayed]
    watched = np.concatenate([comps, *(part.pre for part in delayed)])
    sources, targets = _ends(tables, points, len(watched))
    first_of_delayed = len(comps) + np.cumsum([0, *sizes])
    sources = np.concatenate([sources, np.arange(first_of_delayed[0], first_of_delayed[-1])])
    targets = np.concatenate(
        [targets, *(part.port + np.arange(len(part.pre)) for part in delayed if part.port is not None)]
    )
    kinds = tables.events.sources
    n_source = len(watched) + len(kinds)
    order = np.argsort(sources.astype(np.min_scalar_type(n_source)), kind="stable")  # by radix where 16 bits do
    shortest, longest = _range_of_delays(tables, delayed)
    n, names = len(tables.events.connections), [part.mechanism.name for part in delayed]
    return Events(
        watched=watched.astype(np.int32),
        wires=(
            Wires(
                first=np.searchsorted(sources[order], np.arange(n_source + 1)).astype(np.int32),
                target=targets[order].astype(np.int32),
                order=order.astype(np.int32),
                weights=_values((WEIGHT, n), *((None, size) for size in sizes)),
                delays=_values((DELAY, n), *zip((f"{name}_delay" for name in names), sizes, strict=True)),
            ),
        ),
        plastic=(),
        recorded=_recorded(tables, recorded, len(watched)).astype(np.int32),
        thresholds=_values((THRESHOLD, len(comps)), *zip((f"{name}_v_th" for name in names), sizes, strict=True)),
        sources=tuple((_without_data(kind), kinds.count(kind)) for kind in kinds.types),
        n_port=n_port,
        shortest=shortest,
        longest=longest,
    )


def _without_data(kind: SpikeSource) -> SpikeSource:
    """A kind of source whose data are among the parameters, so that sources with other data share a program."""
    bare = copy.copy(kind)
    bare.data = dict.fromkeys(kind.data)
    return bare


def _values(*parts: tuple[str | None, int]) -> tuple[Values, ...]:
    return tuple(Values(key, size) for key, size in parts if size)


def _first_trains(tables: Tables, n_watched: int) -> np.ndarray:
    """The number of the first train of each kind of artificial source among all sources. (kind,)."""
    sizes = np.array([tables.events.sources.count(kind) for kind in tables.events.sources.types], int)
    return n_watched + np.cumsum(sizes) - sizes


def _ends(tables: Tables, points: tuple[Placed, ...], n_watched: int) -> tuple[np.ndarray, np.ndarray]:
    """The source and the port of each connection of the table. (connection,) both."""
    table = tables.events.connections.table
    sources, kinds = table["source"].astype(int), table["source_kind"].astype(int)
    artificial = kinds != FROM_DETECTOR
    sources[artificial] += _first_trains(tables, n_watched)[kinds[artificial]]
    ports = np.array([-1 if part.port is None else part.port for part in points], int)
    return sources, ports[table["target_type"].astype(int)] + table["target"].astype(int)


def _recorded(tables: Tables, recorded: list[tuple[str, int]], n_watched: int) -> np.ndarray:
    """Which sources are recorded, in order. (recorded,)."""
    table, first = tables.events.sources.table, _first_trains(tables, n_watched)
    numbers = []
    for what, row in recorded:
        train = first[int(table["type_ind"][row])] + int(table["index_within_type"][row]) if what == SOURCE else row
        numbers.append(row if what == DETECTOR else int(train))
    return np.array(numbers, int)


def _range_of_delays(tables: Tables, delayed: list[Wired]) -> tuple[float, float]:
    """The shortest and longest delay of any run: of the tables, and what trainable ones may be [ms]."""
    keys = [f"{part.mechanism.name}_delay" for part in delayed]
    in_tables = [tables.events.connections.table[DELAY]]
    in_tables += [
        tables.edges.numbers(key)[tables.wiring.of_type(part.mechanism)]
        for key, part in zip(keys, delayed, strict=True)
    ]
    bounds = [one.bounds for one in tables.trainables if one.key in (DELAY, *keys) and one.bounds is not None]
    everything = np.concatenate([*in_tables, np.ravel(np.array(bounds, float))])
    return float(everything.min(initial=np.inf)), float(everything.max(initial=0.0))
