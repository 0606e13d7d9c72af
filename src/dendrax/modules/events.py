"""Who hears of whose spikes: detectors, artificial sources, connections, their rules, and whose spikes are recorded.

A detector is a compartment and a threshold; connections that start at the same compartment with the same threshold
share one, so that a spike is looked for once whatever the number of connections. A million connections are columns of
numbers and nothing else.
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
"""Where the voltage of a compartment counts as a spike unless somebody says otherwise, as in NEURON [mV]."""
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
"""The kind of source of connections that start at a detector; others count the kinds of artificial sources."""

NO_DETECTOR = -1
"""The postsynaptic detector of plastic connections whose rule does not hear of postsynaptic spikes."""

COMPARTMENT, DETECTOR, SOURCE = "compartment", "detector", "source"
"""What is recorded: a compartment with the threshold of its connections, a detector, or an artificial source."""


class Connections(Growing):
    """Connections: `source` counts detectors, or sources of the kind `source_kind`; `target` point processes of a type.

    The unit of a weight is what its target takes, uS of a conductance; delays are in ms. Where a target takes several
    weights these are columns under their names, NaN in the rows of others, and `weight` is NaN.

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
        """The number of the detector of each compartment (n,) and threshold (n,), which is added if there is none."""
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
        """The detector of each compartment and threshold; where two have come to be the same, the first."""
        if self._number_of is None:
            self._number_of = {}
            for row, pair in enumerate(zip(*(self.table[name].tolist() for name in self.columns), strict=True)):
                self._number_of.setdefault(pair, row)
        return self._number_of

    def forget_numbers(self) -> None:
        """Look at the table again, since somebody has written thresholds."""
        self._number_of = None


def _single(comps: np.ndarray, thresholds: np.ndarray) -> tuple[list[tuple[int, float]], np.ndarray, np.ndarray]:
    """`_distinct` of one pair or none."""
    at = np.arange(len(comps))
    return list(zip(comps.tolist(), thresholds.tolist(), strict=True)), at, at


def _distinct(comps: np.ndarray, thresholds: np.ndarray) -> tuple[list[tuple[int, float]], np.ndarray, np.ndarray]:
    """The distinct pairs in order of appearance, where each is first, and which of them every one is."""
    _, kind = np.unique(thresholds, return_inverse=True)
    code = comps.astype(np.int64) * (int(kind.max(initial=0)) + 1) + kind
    _, first, which = np.unique(code, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), int)
    rank[order] = np.arange(len(order))
    first = first[order]
    return list(zip(comps[first].tolist(), thresholds[first].tolist(), strict=True)), first, rank[which]


class Sources(Typed[SpikeSource]):
    """The artificial sources of a model; those of a kind share their settings and have parameters of their own."""

    verb: ClassVar[str] = "add_sources"

    def part(self, rows: np.ndarray) -> Sources:
        """The sources at `rows` alone, all of their kinds, and these kinds."""
        return Sources(*self.part_of(rows, np.zeros(0, int)))


class PlasticConnections(Typed[Plasticity]):
    """The plastic connections of a model; those of a rule have parameters and states of their own.

    `connection` is a row of the table of connections, of which each is here once at most; `post` is the detector whose
    spikes are the postsynaptic ones.
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
        """The rows of those of some connections that are plastic, in their order. (row,)"""
        if not len(self):
            return np.zeros(0, int)
        mine = self.connections
        row_of = np.full(max(int(mine.max()), int(connections.max(initial=0))) + 1, -1)
        row_of[mine] = np.arange(len(mine))
        rows = row_of[connections]
        return rows[rows >= 0]

    def part(self, rows: np.ndarray, new_connection: np.ndarray, new_detector: np.ndarray) -> PlasticConnections:
        """The plastic connections at `rows` alone, with connections and detectors under new numbers."""
        types, table = self.part_of(rows, new_connection)
        post = table["post"].astype(int)
        post[post != NO_DETECTOR] = new_detector[post[post != NO_DETECTOR]]
        table.add("post", post)
        return PlasticConnections(types, table)


def late_of(rule: Plasticity) -> str:
    """Name of the state that holds what a plastic connection still delivers in the next step of a run."""
    return f"{rule.name}_late"


@dataclass
class EventTables:
    """All events of a model.

    Attributes:
        detectors: A row for each distinct compartment and threshold.
        sources: The kinds of artificial source, and a row for each source.
        connections: A row for each connection.
        recorded: Whose spikes are recorded, in order: an ordered set of (what, row).
        plastic: The rules of plasticity, and a row for each connection that has one.
    """

    detectors: Detectors = field(default_factory=Detectors)
    sources: Sources = field(default_factory=Sources)
    connections: Connections = field(default_factory=Connections)
    recorded: dict[tuple[str, int], None] = field(default_factory=dict)
    plastic: PlasticConnections = field(default_factory=PlasticConnections)
