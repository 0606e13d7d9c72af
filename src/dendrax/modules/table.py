"""Named columns of one length: numpy while a program builds, a DataFrame from the moment a user asks for one.

A dict of numpy columns makes a view integer work and building a model microseconds. The DataFrame that is handed out
takes the place of the columns: what the user writes to it is the model, and what the program writes shows in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dendrax.errors import ModelStateError, ModelValueError
from dendrax.modules import frames

if TYPE_CHECKING:
    import pandas as pd

INDEX_COLUMNS = tuple(f"{scope}_{level}_index" for scope in ("local", "global") for level in ("cell", "branch", "comp"))
SHOWN = (*INDEX_COLUMNS, "global_edge_index", "local_edge_index", "controlled_by_param")
"""Columns that a DataFrame has and the model has not."""


class Table:
    """Named columns of one length."""

    def __init__(self, columns: dict[str, np.ndarray], length: int):
        """Own `columns`: the table alone writes to these arrays."""
        self._columns = columns
        self._frame: pd.DataFrame | None = None  # once there, it holds the columns
        self.length = length

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        if self._frame is None:
            return list(self._columns)
        return [name for name in self._frame.columns if isinstance(name, str) and name not in SHOWN]

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """All columns, to read."""
        return {name: self[name] for name in self.names}

    def __contains__(self, name: str) -> bool:
        """Whether there is a column of this name."""
        if self._frame is None:
            return name in self._columns
        return name in self._frame and name not in SHOWN

    def __getitem__(self, name: str) -> np.ndarray:
        """One column, to read.

        Raises:
            ModelStateError: The user took rows or columns away from the DataFrame, or sorted it.
        """
        if self._frame is None:
            return self._columns[name]
        index = self._frame.index
        if len(index) != self.length or not (index.to_numpy() == np.arange(self.length)).all():
            raise ModelStateError(
                "The rows of `.nodes` or `.edges` were sorted, removed or labelled anew in place. Undo that, and work "
                "on a copy: `.nodes.copy()`."
            )
        if name not in self._frame:
            raise ModelStateError(f"The column {name!r} was removed from `.nodes` or `.edges`, but the model needs it.")
        return self._frame[name].to_numpy()

    def numbers(self, name: str) -> np.ndarray:
        """One column as floats.

        Raises:
            ModelValueError: The user wrote something else into it.
        """
        try:
            return self[name].astype(float)
        except (TypeError, ValueError) as error:
            raise ModelValueError(
                f"The column {name!r} of the table holds something that is no number: {error}."
            ) from None

    def write(self, name: str, rows: np.ndarray | slice, values: float | np.ndarray) -> None:
        """Set `values` at `rows` of a column, which becomes one of floats if it has to."""
        column = self[name]
        dtype = np.result_type(column, values)
        if self._frame is None and column.dtype == dtype:
            column[rows] = values
            return
        column = column.astype(dtype)
        column[rows] = values
        self.add(name, column)

    def add(self, name: str, column: np.ndarray) -> None:
        """Add or replace a column, which the table then owns."""
        if self._frame is None:
            self._columns[name] = column
        else:
            frames.put(self._frame, name, column)

    def drop(self, names: Sequence[str]) -> None:
        """Remove columns."""
        for name in names:
            (self._columns if self._frame is None else self._frame).pop(name)

    @property
    def handed_out(self) -> pd.DataFrame | None:
        """The DataFrame whose changes count, if a user asked for one."""
        return self._frame

    def hand_out(self, shown: dict[str, np.ndarray]) -> pd.DataFrame:
        """The table as the DataFrame whose changes count, with `shown` columns added."""
        if self._frame is None:
            self._frame = self.frame(np.arange(self.length), shown)
            self._columns = {}
        return self._frame

    def frame(self, rows: np.ndarray, shown: dict[str, np.ndarray]) -> pd.DataFrame:
        """A copy of some rows as a DataFrame; `shown` are added columns of the length of `rows`."""
        before = {name: column for name, column in shown.items() if name.startswith(("local_", "global_edge"))}
        after = {name: column for name, column in shown.items() if name not in before}
        return frames.frame_of({**before, **{name: self[name][rows] for name in self.names}, **after}, rows)

    def copy(self, rows: np.ndarray | None = None) -> Table:
        """An independent table of all or some rows."""
        taken = np.arange(self.length) if rows is None else rows
        return Table({name: column[taken] for name, column in self.columns.items()}, len(taken))

    @classmethod
    def join(cls, parts: Sequence[Table]) -> Table:
        """The rows of all `parts`; where a part lacks a column it is NaN, or False for booleans."""
        if all(part is parts[0] for part in parts):
            return cls({n: np.tile(c, len(parts)) for n, c in parts[0].columns.items()}, parts[0].length * len(parts))
        everyone = [part.columns for part in parts]
        lengths = [part.length for part in parts]
        samples = {name: column for columns in reversed(everyone) for name, column in columns.items()}
        joined = {}
        for name in dict.fromkeys(name for columns in everyone for name in columns):
            fill = False if samples[name].dtype == bool else np.nan
            joined[name] = np.concatenate(
                [c[name] if name in c else np.full(n, fill) for c, n in zip(everyone, lengths, strict=True)]
            )
        return cls(joined, sum(lengths))
