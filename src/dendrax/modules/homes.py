"""The table that holds the values of a name: of compartments, synapses or point processes of a type, and so on.

In the tables, rows of a synaptic name count all synapses, as the labels of `.edges` do, and rows of a point process
count all point processes. The engine counts those of each type separately, and so do recordings and inputs as users see
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.synapse import Synapse
from dendrax.modules import geometry
from dendrax.modules.events import DETECTOR_KEYS, late_of
from dendrax.modules.events_in_view import connection_rows, detector_rows, plastic_rows, source_rows
from dendrax.modules.geometry import FOLLOWING
from dendrax.modules.selection import Selection
from dendrax.modules.table import Table
from dendrax.modules.tables import DEFAULTS, Tables
from dendrax.modules.typed import Typed
from dendrax.modules.wiring import COLUMNS

COMPARTMENTS, SYNAPSES, POINTS = "compartments", "synapses", "point processes"
CONNECTIONS, DETECTORS, SOURCES = "connections", "detectors", "artificial sources"
PLASTIC = "plastic connections"
ONE = {
    COMPARTMENTS: "compartment",
    SYNAPSES: "synapse",
    POINTS: "point process",
    CONNECTIONS: "connection",
    DETECTORS: "detector",
    SOURCES: "artificial source",
    PLASTIC: "plastic connection",
}
"""The word for a row of each table, for error texts."""


@dataclass(frozen=True)
class Home:
    """A table of the model, and the type that has the name if the table holds things of several types.

    Attributes:
        tables: All tables.
        what: The kind of its rows, a key of `ONE`.
        owner: The type of synapse, point process or source, or the rule, that has the name; None for compartments,
            connections, detectors, and columns that the user added.
    """

    tables: Tables
    what: str = COMPARTMENTS
    owner: Mechanism | None = None

    @property
    def of_compartments(self) -> bool:
        """Whether it is the table of compartments."""
        return self.what == COMPARTMENTS

    @property
    def of_edges(self) -> bool:
        """Whether it is the table of synapses."""
        return self.what == SYNAPSES

    @property
    def synapse(self) -> Synapse | None:
        """The type of synapse that has the name, if it is a name of synapses."""
        return self.owner if isinstance(self.owner, Synapse) else None

    @property
    def one(self) -> str:
        """What a row is, for error texts."""
        return ONE[self.what]

    @property
    def _typed(self) -> Typed[Any] | None:
        return typed_tables(self.tables).get(self.what)

    @property
    def table(self) -> Table:
        """The table."""
        if (typed := self._typed) is not None:
            return typed.table
        events = self.tables.events
        others = {CONNECTIONS: events.connections, DETECTORS: events.detectors}
        return others[self.what].table if self.what in others else self.tables.nodes

    def rows_in_view(self, selection: Selection) -> np.ndarray:
        """The rows in view, of the type if the home has one. (row,)."""
        in_view = {
            COMPARTMENTS: lambda: selection.rows,
            SYNAPSES: lambda: selection.edge_rows,
            POINTS: lambda: selection.point_rows,
            CONNECTIONS: lambda: connection_rows(selection),
            DETECTORS: lambda: detector_rows(selection),
            SOURCES: lambda: source_rows(selection),
            PLASTIC: lambda: plastic_rows(selection),
        }
        rows, typed = in_view[self.what](), self._typed
        return rows if typed is None or self.owner is None else typed.of_type(self.owner, rows)

    def mask(self, selection: Selection) -> np.ndarray:
        """Which rows of the table are in view. (row,) bool."""
        if self.of_compartments or self.of_edges:
            return selection.edge_mask if self.of_edges else selection.mask
        mask = np.zeros(self.table.length, bool)
        mask[self.rows_in_view(selection)] = True
        return mask

    def numbers(self, key: str) -> np.ndarray:
        """A column as floats, with derived values or the default for unset entries. (row,)."""
        if key in FOLLOWING and self.of_compartments:
            return geometry.shape_of(self.table)[key]
        if key in DEFAULTS and key not in self.table:
            return np.full(self.table.length, DEFAULTS[key])
        return self.table.numbers(key)

    def write(self, key: str, rows: np.ndarray, values: np.ndarray) -> None:
        """Write values that have been checked; a new radius or length makes cylinders of the compartments."""
        table = self.table
        if key in (*DEFAULTS, *FOLLOWING) and key not in table and self.of_compartments:
            table.add(key, geometry.stored(table, key) if key in FOLLOWING else self.numbers(key))
        table.write(key, rows, values)
        if self.what == DETECTORS:
            self.tables.events.detectors.forget_numbers()
        if self.of_compartments and key in ("radius", "length", *FOLLOWING):
            if key not in FOLLOWING:
                geometry.forget(table, rows)
            if table.handed_out is not None:
                table.refill(geometry.shape_of(table))

    def place_of(self, row: int | np.integer) -> str:
        """Where a row is, for error texts."""
        place_of, table = self.tables.structure.place_of, self.table
        if self.of_compartments:
            return place_of(row)
        if self.of_edges:
            name, pre, post = (table[column][row] for column in ("type", "pre_index", "post_index"))
            return f"synapse {int(row)} ({name}, from {place_of(pre)} to {place_of(post)})"
        if self.what == POINTS:
            return point_of(self.tables, row)
        if self.what in (CONNECTIONS, PLASTIC):
            number = int(row if self.what == CONNECTIONS else table["connection"][row])
            return f"connection {number} ({self.tables.ends_of_connection(number)})"
        if self.what == DETECTORS:
            return f"detector {int(row)} (of {place_of(table['comp_index'][row])})"
        return f"source {int(table['index_within_type'][row])} of {table['type'][row]}"

    def comps_of(self, rows: np.ndarray) -> np.ndarray:
        """The compartments of rows of compartments, synapses (postsynaptic ones) or point processes. (row,)."""
        column = {SYNAPSES: "post_index", POINTS: "comp_index"}.get(self.what)
        return rows if column is None else self.table[column][rows].astype(int)

    def in_engine(self, rows: np.ndarray) -> np.ndarray:
        """The numbers that the engine uses for rows: within their type, if they have types. (row,)."""
        typed = self._typed
        return rows if typed is None else typed.table["index_within_type"][rows].astype(int)

    def in_table(self, numbers: np.ndarray) -> np.ndarray:
        """The rows that the engine knows under these numbers. (row,)."""
        typed = self._typed
        return numbers if typed is None or self.owner is None else typed.of_type(self.owner)[numbers]

    @property
    def size_in_engine(self) -> int:
        """Length of the engine's arrays."""
        typed = self._typed
        if typed is not None and self.owner is not None:
            return typed.count(self.owner)
        return self.tables.structure.n_comp if self.of_compartments or self.of_edges else self.table.length


def typed_tables(tables: Tables) -> dict[str, Typed[Any]]:
    """The tables of things of several types, by the kind of their rows."""
    events = tables.events
    return {SYNAPSES: tables.wiring, POINTS: tables.points, SOURCES: events.sources, PLASTIC: events.plastic}


def home_of(tables: Tables, key: str) -> Home:
    """Where a parameter, state, current or column of the user's own is; for unknown names the compartments."""
    for what, typed in typed_tables(tables).items():
        if (owner := typed.type_with(key)) is not None:
            return Home(tables, what, owner)
    for rule in tables.events.plastic.types:
        if key == late_of(rule):  # users cannot ask for it, but the error of a failed run may name it
            return Home(tables, PLASTIC, rule)
    if key in tables.events.connections.keys:
        return Home(tables, CONNECTIONS)
    if key in DETECTOR_KEYS and len(tables.events.detectors):
        return Home(tables, DETECTORS)
    own = key not in (*FOLLOWING, *tables.nodes.names) and len(tables.wiring) > 0 and key in tables.edges
    return Home(tables, SYNAPSES if own and key not in COLUMNS else COMPARTMENTS)


def of_synapse(tables: Tables, synapse: Synapse) -> Home:
    """Where parameters, states and the current of a type of synapse are."""
    return Home(tables, SYNAPSES, synapse)


def of_points(tables: Tables, mechanism: Mechanism) -> Home:
    """The home of parameters, states and the current of a type of point process."""
    return Home(tables, POINTS, mechanism)


def of_source(tables: Tables, source: Mechanism) -> Home:
    """The home of parameters of a kind of artificial source."""
    return Home(tables, SOURCES, source)


def point_of(tables: Tables, row: int | np.integer) -> str:
    """The name and place of a point process, for error texts."""
    table = tables.points.table
    number, name, comp = (table[column][row] for column in ("index_within_type", "type", "comp_index"))
    return f"{name} {int(number)} (in {tables.structure.place_of(comp)})"
