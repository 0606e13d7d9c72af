"""Tables -> Events: the connections sorted by source, as the engine needs them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from dendrax.engine.events.connections import Events, Values, Wires
from dendrax.engine.events.plastic import Plastic
from dendrax.engine.rows import Rows
from dendrax.mechanisms.mechanism import WEIGHT
from dendrax.modules.connecting import resolved
from dendrax.modules.editing import check_values
from dendrax.modules.events import FROM_DETECTOR, SOURCE, late_of
from dendrax.modules.homes import CONNECTIONS, DETECTORS, Home
from dendrax.modules.tables import Tables

if TYPE_CHECKING:
    from dendrax.engine.placed import Placed
    from dendrax.engine.wired import Wired
    from dendrax.mechanisms.source import SpikeSource

DELAY = "delay"
THRESHOLD = "threshold"


def has_events(tables: Tables, delayed: list[Wired]) -> bool:
    """Whether a run has to detect spikes."""
    events = tables.events
    return bool(len(events.connections) or events.recorded or delayed)


def params_of_events(tables: Tables) -> dict[str, Any]:
    """Weights and delays of all connections and thresholds of all detectors, if the model has any."""
    events = tables.events
    table, found = events.connections.table, {}
    if table.length:
        home, rows = Home(tables, CONNECTIONS), np.arange(table.length)
        found = {name: table.numbers(name) for name in events.connections.keys}
        for name, values in found.items():
            mine = rows if name == DELAY else rows[events.connections.have(name, tables.points.types)]
            check_values(home, name, values[mine], mine)
    _, thresholds, _ = resolved(tables)
    if len(thresholds):
        check_values(Home(tables, DETECTORS), THRESHOLD, thresholds, np.arange(len(thresholds)))
        found[THRESHOLD] = thresholds
    for kind in tables.events.sources.types:
        found |= {f"{kind.name}_{name}": np.asarray(values, float) for name, values in kind.data.items()}
    return found


def events_of(tables: Tables, points: tuple[Placed, ...], synapses: tuple[Wired, ...], n_port: int) -> Events | None:
    """All events of a model; None if it neither sends nor records spikes."""
    delayed = [part for part in synapses if part.port is not None]
    if not has_events(tables, delayed):
        return None
    comps, _, recorded = resolved(tables)
    sizes = [len(part.pre) for part in delayed]
    watched = np.concatenate([comps, *(part.pre for part in delayed)])
    order = np.argsort(watched, kind="stable")
    number = np.argsort(order)  # of each detector of the tables in the engine
    sources, targets = _ends(tables, points, number)
    first_of_delayed = len(comps) + np.cumsum([0, *sizes])
    sources = np.concatenate([sources, number[first_of_delayed[0] : first_of_delayed[-1]]])
    targets = np.concatenate(
        [targets, *(part.port + np.arange(len(part.pre)) for part in delayed if part.port is not None)]
    )
    kinds = tables.events.sources
    n_source = len(watched) + len(kinds)
    shortest, longest = _range_of_delays(tables, delayed)
    n, names = len(tables.events.connections), [part.mechanism.name for part in delayed]
    weights = _values((WEIGHT, n), *((None, size) for size in sizes))
    delays = _values((DELAY, n), *zip((f"{name}_delay" for name in names), sizes, strict=True))
    plastic = _plastic(tables, targets, n_port, number)
    changing = np.concatenate([np.zeros(0, int), *(part.rows for part in plastic)])
    n_plastic = len(changing)
    fixed = np.ones(len(sources), bool)
    fixed[changing] = False
    fixed[:n] &= tables.events.connections.have(WEIGHT, tables.points.types)
    wires = [Wires(*_sorted(np.flatnonzero(fixed), sources, targets[fixed], n_source), weights, delays)]
    for name in tables.events.connections.weights:
        numbers, ports = _of_weight(tables, points, name, targets)
        both = _values((name, n)), _values((DELAY, n))
        wires.append(Wires(*_sorted(numbers, sources, ports, n_source), *both))
    if n_plastic:
        targets = n_port + np.arange(n_plastic)
        counted = _values((None, len(sources)))
        wires.append(Wires(*_sorted(changing, sources, targets, n_source), counted, delays, n_plastic))
    watches = _recorded(tables, recorded, number)
    ids = np.argsort(watches)
    watched = watched[order]
    are_distinct = bool((np.diff(watched) > 0).all())
    return Events(
        watched=watched.astype(np.int32),
        order=order.astype(np.int32),
        rows=Rows.of(watched, tables.structure.n_comp) if are_distinct else None,
        wires=tuple(wires),
        plastic=plastic,
        recorded=watches[ids].astype(np.int32),
        ids=ids.astype(np.int32),
        records_detectors=np.array_equal(watches[ids], np.arange(len(watched))),
        thresholds=_values((THRESHOLD, len(comps)), *zip((f"{name}_v_th" for name in names), sizes, strict=True)),
        sources=tuple((_without_data(kind), kinds.count(kind)) for kind in kinds.types),
        n_port=n_port + 2 * n_plastic,
        shortest=shortest,
        longest=longest,
    )


def _of_weight(
    tables: Tables, points: tuple[Placed, ...], name: str, targets: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The connections that have a weight of a name, and its port at the target of each. (connection,) both.

    Args:
        tables: The model.
        points: The types of point process.
        name: The weight.
        targets: The port of the first weight at the target of each connection.
    """
    numbers = np.flatnonzero(tables.events.connections.have(name, tables.points.types))
    behind = [
        part.mechanism.weights.index(name) * part.size if name in part.mechanism.weights else 0 for part in points
    ]
    kinds = tables.events.connections.table["target_type"][numbers].astype(int)
    return numbers, targets[numbers] + np.array(behind, int)[kinds]


def _sorted(
    numbers: np.ndarray, sources: np.ndarray, ports: np.ndarray, n_source: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Some connections by their source: the first of each source, their ports and their numbers.

    Args:
        numbers: Which connections.
        sources: The source of all connections.
        ports: The port of each of `numbers`.
        n_source: Number of sources.
    """
    mine = sources[numbers].astype(np.min_scalar_type(n_source))  # by radix where 16 bits do
    order = np.argsort(mine, kind="stable")
    first = np.searchsorted(mine[order], np.arange(n_source + 1).astype(mine.dtype))
    return first.astype(np.int32), ports[order].astype(np.int32), numbers[order].astype(np.int32)


def _plastic(tables: Tables, targets: np.ndarray, n_port: int, number: np.ndarray) -> tuple[Plastic, ...]:
    """The plastic connections, rule by rule. The ports that count their events begin at `n_port`; sums come behind.

    Args:
        tables: The model.
        targets: The port of the target of each connection.
        n_port: Number of ports of targets.
        number: Of each detector of the tables in the engine. (detector,)
    """
    plastic, made, port = tables.events.plastic, [], n_port
    for rule in plastic.types:
        rows = plastic.of_type(rule)
        if not len(rows):
            continue
        connections = plastic.connections[rows].astype(np.int32)
        post = plastic.table["post"][rows].astype(int)
        heard = np.where(post < 0, post, number[post] if len(number) else -1).astype(np.int32)
        made.append(Plastic(rule, targets[connections].astype(np.int32), heard, connections, port, len(plastic)))
        port += len(rows)
    return tuple(made)


def states_of_events(tables: Tables) -> dict[str, np.ndarray]:
    """The late amounts of plastic connections at the beginning of a run: zeros."""
    plastic = tables.events.plastic
    return {late_of(rule): np.zeros(plastic.count(rule)) for rule in plastic.types}


def _without_data(kind: SpikeSource) -> SpikeSource:
    """A kind of source whose data are passed as parameters, so that sources with other data share a program."""
    bare = copy.copy(kind)
    bare.data = dict.fromkeys(kind.data)
    return bare


def _values(*parts: tuple[str | None, int]) -> tuple[Values, ...]:
    return tuple(Values(key, size) for key, size in parts if size)


def _first_trains(tables: Tables, n_watched: int) -> np.ndarray:
    """The number of the first train of each kind of artificial source among all sources. (kind,)."""
    sizes = np.array([tables.events.sources.count(kind) for kind in tables.events.sources.types], int)
    return n_watched + np.cumsum(sizes) - sizes


def _ends(tables: Tables, points: tuple[Placed, ...], number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Source and port of each connection of the table; `number` is that of each detector. (connection,) both."""
    table = tables.events.connections.table
    sources, kinds = table["source"].astype(int), table["source_kind"].astype(int)
    artificial = kinds != FROM_DETECTOR
    sources[artificial] += _first_trains(tables, len(number))[kinds[artificial]]
    sources[~artificial] = number[sources[~artificial]]
    ports = np.array([-1 if part.port is None else part.port for part in points], int)
    return sources, ports[table["target_type"].astype(int)] + table["target"].astype(int)


def _recorded(tables: Tables, recorded: list[tuple[str, int]], number: np.ndarray) -> np.ndarray:
    """The recorded sources, in the order of `Spikes.ids`; `number` is that of each detector. (recorded,)."""
    table, first = tables.events.sources.table, _first_trains(tables, len(number))
    is_train = np.array([what == SOURCE for what, _ in recorded], bool)
    rows = np.array([row for _, row in recorded], int)
    numbers, trains = np.zeros(len(rows), int), rows[is_train]
    numbers[~is_train] = number[rows[~is_train]]
    numbers[is_train] = first[table["type_ind"][trains].astype(int)] + table["index_within_type"][trains].astype(int)
    return numbers


def _range_of_delays(tables: Tables, delayed: list[Wired]) -> tuple[float, float]:
    """The shortest and the longest delay of any run, from the tables and the bounds of trainables [ms]."""
    keys = [f"{part.mechanism.name}_delay" for part in delayed]
    in_tables = [tables.events.connections.table[DELAY]]
    in_tables += [
        tables.edges.numbers(key)[tables.wiring.of_type(part.mechanism)]
        for key, part in zip(keys, delayed, strict=True)
    ]
    bounds = [one.bounds for one in tables.trainables if one.key in (DELAY, *keys) and one.bounds is not None]
    everything = np.concatenate([*in_tables, np.ravel(np.array(bounds, float))])
    return float(everything.min(initial=np.inf)), float(everything.max(initial=0.0))
