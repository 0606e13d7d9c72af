"""A table to which rows are added, one at a time or a million, in amortised constant time.

Who connects cells one pair after the other must not pay for all earlier pairs again: new rows wait in a list and enter
the table when someone looks at it.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from dendrax.modules.table import FIRST_LOOK, Table

Waiting = dict[str, np.ndarray]
"""Columns of rows that have been added together."""


class Growing:
    """Rows that are added, call by call.

    Attributes:
        columns: What every row has: names and types.
    """

    columns: ClassVar[Mapping[str, type]] = {}

    def __init__(self, table: Table | None = None) -> None:
        """Own `table`; None is no rows."""
        empty = {name: np.zeros(0, dtype) for name, dtype in self.columns.items()}
        # The table, rows that wait, and how many these are: in one attribute, so that a thread that looks while
        # another enters them into the table counts none of them twice.
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
        """All rows. A DataFrame that was handed out before rows were added is outdated."""
        if self._held[1]:
            with FIRST_LOOK:
                table, waiting, _ = self._held
                if waiting:  # no other thread was faster
                    self._held = (Table.join([table, self._arrived(table, waiting)]), [], 0)
        return self._held[0]

    def _arrived(self, table: Table, waiting: list[Waiting]) -> Table:
        """The waiting rows as a table of their own."""
        del table
        names = [name for name in self.columns if name in waiting[0]]
        columns = {name: np.concatenate([rows[name] for rows in waiting]) for name in names}
        return Table(columns, len(next(iter(columns.values()))))
