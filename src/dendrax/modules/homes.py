"""Where the values of a name are: at compartments, or at the synapses of one type.

In the tables, rows of a synaptic name count all synapses, as the labels of `.edges` do. The engine counts the
synapses of each type by themselves, and so do recordings and inputs as users see them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dendrax.mechanisms.synapse import Synapse
from dendrax.modules import geometry
from dendrax.modules.geometry import FOLLOWING
from dendrax.modules.selection import Selection
from dendrax.modules.table import Table
from dendrax.modules.tables import DEFAULTS, Tables
from dendrax.modules.wiring import COLUMNS


@dataclass(frozen=True)
class Home:
    """A table of the model, and the type of synapse if it is that of synapses.

    Attributes:
        tables: All tables.
        synapse: The only type of synapse that has the name; None for compartments and for columns of the user's own.
        of_edges: Whether it is the table of synapses.
    """

    tables: Tables
    synapse: Synapse | None = None
    of_edges: bool = False

    @property
    def table(self) -> Table:
        """The table."""
        return self.tables.edges if self.of_edges else self.tables.nodes

    @property
    def what(self) -> str:
        """What a row is, for error texts."""
        return "synapses" if self.of_edges else "compartments"

    def rows_in_view(self, selection: Selection) -> np.ndarray:
        """The compartments in view, or the synapses in view that are of the type. (row,)."""
        if not self.of_edges:
            return selection.rows
        return (
            selection.edge_rows
            if self.synapse is None
            else self.tables.wiring.of_type(self.synapse, selection.edge_rows)
        )

    def mask(self, selection: Selection) -> np.ndarray:
        """Which rows of the table are in view. (row,) bool."""
        return selection.edge_mask if self.of_edges else selection.mask

    def numbers(self, key: str) -> np.ndarray:
        """A column as floats; where it was never set, the values that follow or the default. (row,)."""
        if key in FOLLOWING and not self.of_edges:
            return geometry.shape_of(self.table)[key]
        if key in DEFAULTS and key not in self.table:
            return np.full(self.table.length, DEFAULTS[key])
        return self.table.numbers(key)

    def write(self, key: str, rows: np.ndarray, values: np.ndarray) -> None:
        """Write values that have been checked; a new radius or length makes cylinders of the compartments."""
        table = self.table
        if key in (*DEFAULTS, *FOLLOWING) and key not in table and not self.of_edges:
            table.add(key, geometry.stored(table, key) if key in FOLLOWING else self.numbers(key))
        table.write(key, rows, values)
        if not self.of_edges and key in ("radius", "length", *FOLLOWING):
            if key not in FOLLOWING:
                geometry.forget(table, rows)
            if table.handed_out is not None:
                table.refill(geometry.shape_of(table))

    def place_of(self, row: int | np.integer) -> str:
        """Where a row is, for error texts."""
        structure = self.tables.structure
        if not self.of_edges:
            return structure.place_of(row)
        edges = self.tables.edges
        name, pre, post = (edges[column][row] for column in ("type", "pre_index", "post_index"))
        return f"synapse {int(row)} ({name}, from {structure.place_of(pre)} to {structure.place_of(post)})"

    def in_engine(self, rows: np.ndarray) -> np.ndarray:
        """The numbers under which the engine knows rows: compartments, or synapses within their type. (row,)."""
        return self.tables.edges["index_within_type"][rows].astype(int) if self.of_edges else rows

    @property
    def size_in_engine(self) -> int:
        """Length of the engine's arrays."""
        return self.tables.structure.n_comp if self.synapse is None else self.tables.wiring.count(self.synapse)


def home_of(tables: Tables, key: str) -> Home:
    """Where a parameter, state, current or column of the user's own is; for unknown names the compartments."""
    synapse = tables.wiring.type_with(key)
    own = (
        synapse is None
        and key not in (*FOLLOWING, *tables.nodes.names)
        and len(tables.wiring) > 0
        and key in tables.edges
    )
    return Home(tables, synapse, synapse is not None or (own and key not in COLUMNS))


def of_synapse(tables: Tables, synapse: Synapse) -> Home:
    """Where parameters, states and the current of a type of synapse are."""
    return Home(tables, synapse, of_edges=True)
