"""The tables of events: detectors, artificial sources, connections, their rules, and recordings of spikes.

A detector is a compartment and a threshold. Connections that start at the same compartment with the same threshold
share a detector, so that a run checks it once for any number of connections. Connections are stored as columns of
numbers, so that a model may have a million of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.plasticity import Plasticity
from dendrax.mechanisms.source import SpikeSource
from dendrax.modules.growing import Growing, Waiting
from dendrax.modules.table import Table
from dendrax.modules.typed import Typed

DEFAULT_THRESHOLD = 10.0
"""The default threshold, as in NEURON [mV]."""
CONNECTION_KEYS = ("weight", "delay")
DETECTOR_KEYS = ("threshold",)
RESERVED = frozenset(
    {
        *("source_kind", "source", "source_index", "target_type", "target", "target_index", "pre_index", "post_index"),
        *("delay", "threshold", "plasticity", "spiking_index"),
    }
)
"""Names of columns of connections that no weight of a mechanism's own can have."""
FROM_DETECTOR = -1
"""The `source_kind` of connections that start at a detector; other values count the kinds of artificial sources."""

NO_DETECTOR = -1
"""The postsynaptic detector of plastic connections whose rule ignores postsynaptic spikes."""

COMPARTMENT, DETECTOR, SOURCE = "compartment", "detector", "source"
"""Kinds of recorded places: a compartment with the threshold of its connections, a detector, an artificial source."""


class Connections(Growing):
    """Connections: `source` counts detectors, or sources of the kind `source_kind`; `target` point processes of a type.

    A weight has the unit of its target, uS for a conductance; delays are in ms. If a target takes several weights,
    these are columns under their names, NaN in the rows of other connections, and `weight` is NaN.

    Attributes:
        weights: Names of these columns.
    """

    columns: ClassVar[Mapping[str, type]] = {
        "source_kind": int,
        "source": int,
        "target_type": int,
        "target": int,
        "weight": float,
        "delay": float,
    }

    def __init__(self, table: Table | None = None) -> None:
        """Own `table`; None is no connections."""
        super().__init__(table)
        self.weights = [name for name in self._held[0].names if name not in self.columns]

    def add(self, rows: Waiting) -> None:
        """Add connections, some of which may have weights of other names."""
        self.weights += [name for name in rows if name not in (*self.columns, *self.weights)]
        super().add(rows)

    def _arrived(self, table: Table, waiting: list[Waiting]) -> Table:
        if not self.weights:
            return super()._arrived(table, waiting)
        lengths = [len(rows["source"]) for rows in waiting]
        columns = {
            name: np.concatenate(
                [rows[name] if name in rows else np.full(n, np.nan) for rows, n in zip(waiting, lengths, strict=True)]
            )
            for name in (*self.columns, *self.weights)
        }
        return Table(columns, sum(lengths))

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the parameters of connections."""
        return (*CONNECTION_KEYS, *self.weights) if len(self) else ()

    def have(self, weight: str, types: Sequence[Mechanism]) -> np.ndarray:
        """Which connections have a weight, as their targets, of `types`, take it. (connection,) bool."""
        takes = np.array([weight in one.weights for one in types], bool)
        return takes[self.table["target_type"].astype(int)] if len(self) else np.zeros(0, bool)


class Detectors(Growing):
    """Compartments and the threshold above which each spikes [mV]."""

    columns: ClassVar[Mapping[str, type]] = {"comp_index": int, "threshold": float}
    _number_of: dict[tuple[int, float], int] | None = None

    def numbered(self, comps: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
        """The number of the detector of each compartment (n,) and threshold (n,); adds missing detectors."""
        pairs, first, which = _distinct(comps, thresholds) if len(comps) > 1 else _single(comps, thresholds)
        known, new = self._numbers(), []
        numbers = np.empty(len(pairs), int)
        for i, pair in enumerate(pairs):
            number = known.get(pair)
            if number is None:
                number = known[pair] = len(self) + len(new)
                new.append(first[i])
            numbers[i] = number
        if new:
            self.add({"comp_index": comps[new].astype(int), "threshold": thresholds[new].astype(float)})
        return numbers[which]

    def _numbers(self) -> dict[tuple[int, float], int]:
        """The detector of each compartment and threshold; the first, if `set` has made two of them the same."""
        if self._number_of is None:
            self._number_of = {}
            for row, pair in enumerate(zip(*(self.table[name].tolist() for name in self.columns), strict=True)):
                self._number_of.setdefault(pair, row)
        return self._number_of

    def forget_numbers(self) -> None:
        """Forget the cached detectors after a write of thresholds."""
        self._number_of = None


def _single(comps: np.ndarray, thresholds: np.ndarray) -> tuple[list[tuple[int, float]], np.ndarray, np.ndarray]:
    """`_distinct` of one pair or none."""
    at = np.arange(len(comps))
    return list(zip(comps.tolist(), thresholds.tolist(), strict=True)), at, at


def _distinct(comps: np.ndarray, thresholds: np.ndarray) -> tuple[list[tuple[int, float]], np.ndarray, np.ndarray]:
    """The distinct pairs in order of appearance, the first index of each, and the number of each pair among them."""
    _, kind = np.unique(thresholds, return_inverse=True)
    code = comps.astype(np.int64) * (int(kind.max(initial=0)) + 1) + kind
    _, first, which = np.unique(code, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), int)
    rank[order] = np.arange(len(order))
    first = first[order]
    return list(zip(comps[first].tolist(), thresholds[first].tolist(), strict=True)), first, rank[which]


class Sources(Typed[SpikeSource]):
    """The artificial sources of a model; those of a kind share their settings, and each has its own parameters."""

    verb: ClassVar[str] = "add_sources"

    def part(self, rows: np.ndarray) -> Sources:
        """The sources at `rows`, and their kinds with the data of these sources."""
        types, table = self.part_of(rows, np.zeros(0, int))
        numbers = self.table["index_within_type"].astype(int)
        return Sources([one.of_sources(numbers[self.of_type(one, rows)]) for one in types], table)


class PlasticConnections(Typed[Plasticity]):
    """The plastic connections of a model; each has its own parameters and states of its rule.

    `connection` is a row of the table of connections, each at most once; `post` is the detector of the postsynaptic
    spikes.
    """

    columns: ClassVar[Mapping[str, type]] = {
        "index_within_type": int,
        "connection": int,
        "post": int,
        "type": object,
        "type_ind": int,
    }
    ends: ClassVar[tuple[str, ...]] = ("connection",)
    verb: ClassVar[str] = "netcon"

    @property
    def connections(self) -> np.ndarray:
        """The connection of each row. (row,)"""
        return self.table["connection"].astype(int)

    def of_connections(self, connections: np.ndarray) -> np.ndarray:
        """The rows of the plastic connections among some connections, in their order. (row,)"""
        if not len(self):
            return np.zeros(0, int)
        mine = self.connections
        row_of = np.full(max(int(mine.max()), int(connections.max(initial=0))) + 1, -1)
        row_of[mine] = np.arange(len(mine))
        rows = row_of[connections]
        return rows[rows >= 0]

    def part(self, rows: np.ndarray, new_connection: np.ndarray, new_detector: np.ndarray) -> PlasticConnections:
        """The plastic connections at `rows`, with new numbers of connections and detectors."""
        types, table = self.part_of(rows, new_connection)
        post = table["post"].astype(int)
        post[post != NO_DETECTOR] = new_detector[post[post != NO_DETECTOR]]
        table.add("post", post)
        return PlasticConnections(types, table)


def late_of(rule: Plasticity) -> str:
    """Name of the state for the amount that a plastic connection delivers in the next step of a run."""
    return f"{rule.name}_late"


@dataclass
class EventTables:
    """All events of a model.

    Attributes:
        detectors: A row for each distinct compartment and threshold.
        sources: The kinds of artificial source, and a row for each source.
        connections: A row for each connection.
        recorded: The places of recorded spikes, an ordered set of (what, row).
        plastic: The rules of plasticity, and a row for each plastic connection.
    """

    detectors: Detectors = field(default_factory=Detectors)
    sources: Sources = field(default_factory=Sources)
    connections: Connections = field(default_factory=Connections)
    recorded: dict[tuple[str, int], None] = field(default_factory=dict)
    plastic: PlasticConnections = field(default_factory=PlasticConnections)

    def settle(self, inside: np.ndarray) -> None:
        """Give recorded compartments that have no threshold yet a detector of their own, so that it can be set.

        These are recorded without a threshold and start no connection, which would bring one.

        Args:
            inside: Which compartments are asked for. (comp,) bool
        """
        table = self.connections.table
        used = table["source"][table["source_kind"] == FROM_DETECTOR]
        starting = set(self.detectors.table["comp_index"][used].tolist())
        lacking = [row for what, row in self.recorded if what == COMPARTMENT and inside[row] and row not in starting]
        if not lacking:
            return
        first = len(self.detectors)
        new = {(COMPARTMENT, row): (DETECTOR, first + number) for number, row in enumerate(lacking)}
        self.detectors.add(
            {"comp_index": np.array(lacking, int), "threshold": np.full(len(lacking), DEFAULT_THRESHOLD)}
        )
        self.detectors.forget_numbers()
        self.recorded = {new.get(one, one): None for one in self.recorded}
