"""A table that takes new rows, one at a time or a million, in amortised constant time.

New rows wait in a list and enter the table at its next use. So a loop that connects one pair of cells after the other
does not copy all earlier rows each time.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from dendrax.modules.table import FIRST_LOOK, Table

Waiting = dict[str, np.ndarray]
"""Columns of rows that were added together."""


class Growing:
    """Rows that calls add one after the other.

    Attributes:
        columns: Names and types of the columns of every row.
    """

    columns: ClassVar[Mapping[str, type]] = {}

    def __init__(self, table: Table | None = None) -> None:
        """Own `table`; None: no rows."""
        empty = {name: np.zeros(0, dtype) for name, dtype in self.columns.items()}
        # The table, the waiting rows, and their number: in one attribute, so that a thread that reads while another
        # enters the rows into the table counts each row once.
        self._held: tuple[Table, list[Waiting], int] = (Table(empty, 0) if table is None else table, [], 0)

    def __len__(self) -> int:
        """Number of rows."""
        table, _, n_waiting = self._held
        return table.length + n_waiting

    def add(self, rows: Waiting) -> None:
        """Add rows, whose columns the table then owns."""
        table, waiting, n_waiting = self._held
        waiting.append(rows)
        self._held = (table, waiting, n_waiting + len(next(iter(rows.values()))))

    @property
    def table(self) -> Table:
        """All rows. New rows make DataFrames that were handed out before outdated."""
        if self._held[1]:
            with FIRST_LOOK:
                table, waiting, _ = self._held
                if waiting:  # no other thread was faster
                    self._held = (Table.join([table, self._arrived(table, waiting)]), [], 0)
        return self._held[0]

    def _arrived(self, table: Table, waiting: list[Waiting]) -> Table:
        """A table of the waiting rows."""
        del table
        names = [name for name in self.columns if name in waiting[0]]
        columns = {name: np.concatenate([rows[name] for rows in waiting]) for name in names}
        return Table(columns, len(next(iter(columns.values()))))
