"""Named columns of one length: numpy while a program builds, a DataFrame from the moment a user asks for one.

A dict of numpy columns makes a view integer work and building a model microseconds. The DataFrame that is handed out
takes the place of the columns: what the user writes to it is the model, and what the program writes shows in it.
"""

from __future__ import annotations

import threading
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


FIRST_LOOK = threading.RLock()
"""Held while something is made since someone looks at it for the first time: DataFrames, places, the table of synapses
that were added. So a model may be read from several threads; who edits it there must see to it that nobody reads."""


class Table:
    """Named columns of one length.

    Attributes:
        as_shown: The columns when the DataFrame was handed out; None before.
    """

    as_shown: dict[str, np.ndarray] | None = None

    def __init__(self, columns: dict[str, np.ndarray], length: int):
        """Own `columns`: the table alone writes to these arrays."""
        self._filled: dict[str, np.ndarray] = {}  # values that the DataFrame shows in place of the model's NaN
        # Columns until a DataFrame is handed out that holds them. One attribute for either, so that a thread that
        # reads while another hands out sees all of the one or all of the other.
        self._held: dict[str, np.ndarray] | pd.DataFrame = columns
        self.length = length

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        held = self._held
        if isinstance(held, dict):
            return list(held)
        return [name for name in held.columns if isinstance(name, str) and name in self]

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """All columns, to read."""
        return {name: self[name] for name in self.names}

    def __contains__(self, name: str) -> bool:
        """Whether there is a column of this name."""
        held = self._held
        if isinstance(held, dict) or name not in held:
            return name in held
        return name not in SHOWN and not (name in self._filled and (held[name].to_numpy() == self._filled[name]).all())

    def __getitem__(self, name: str) -> np.ndarray:
        """One column, to read."""
        held = self._held
        if isinstance(held, dict):
            return held[name]
        index = held.index
        if len(index) != self.length or not (index.to_numpy() == np.arange(self.length)).all():
            raise ModelStateError(
                "The rows of `.nodes` or `.edges` were sorted, removed or labelled anew in place. Undo that, and work "
                "on a copy: `.nodes.copy()`."
            )
        if name not in held:
            raise ModelStateError(f"The column {name!r} was removed from `.nodes` or `.edges`, but the model needs it.")
        column, filled = held[name].to_numpy(), self._filled.get(name)
        return column if filled is None else np.where(column == filled, np.nan, column)

    def numbers(self, name: str) -> np.ndarray:
        """One column as floats."""
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
        if isinstance(self._held, dict) and column.dtype == dtype:
            column[rows] = values
            return
        column = column.astype(dtype)
        column[rows] = values
        self.add(name, column)

    def add(self, name: str, column: np.ndarray) -> None:
        """Add or replace a column, which the table then owns."""
        if isinstance(self._held, dict):
            self._held[name] = column
        else:
            frames.put(self._held, name, column)

    def drop(self, names: Sequence[str]) -> None:
        """Remove columns."""
        for name in names:
            self._held.pop(name)

    @property
    def handed_out(self) -> pd.DataFrame | None:
        """The DataFrame whose changes count, if a user asked for one."""
        return None if isinstance(self._held, dict) else self._held

    def hand_out(self, shown: dict[str, np.ndarray], filled: dict[str, np.ndarray]) -> pd.DataFrame:
        """The table as the DataFrame whose changes count, with `shown` columns added.

        Args:
            shown: Columns that the model does not have.
            filled: Columns of which the model has only some values; the others follow from further columns.
        """
        with FIRST_LOOK:
            if isinstance(self._held, dict):
                frame = self.frame(np.arange(self.length), shown, filled)
                self._filled = {name: self._follows(name, values) for name, values in filled.items()}
                self.as_shown, self._held = self._held, frame
            return self._held

    def _follows(self, name: str, values: np.ndarray) -> np.ndarray:
        """The values that fill up a column: NaN where the model has a value of its own."""
        return np.where(np.isnan(self[name]), values, np.nan) if name in self else values

    def refill(self, filled: dict[str, np.ndarray]) -> None:
        """Let the DataFrame that was handed out show, in some columns, `filled` where the model has nothing."""
        with FIRST_LOOK:
            for name, values in filled.items():
                follows = self._follows(name, values)
                if not np.array_equal(follows, self._filled[name], equal_nan=True):
                    self.add(name, values)
                    self._filled[name] = follows

    def filled_up(self, filled: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """All columns, with the `filled` behind the voltage in place of the model's columns of these names."""
        columns = {name: column for name, column in self.columns.items() if name not in filled}
        names = list(columns)
        place = names.index("v") + 1 if "v" in names else len(names)
        return {name: {**columns, **filled}[name] for name in (*names[:place], *filled, *names[place:])}

    def frame(
        self, rows: np.ndarray, shown: dict[str, np.ndarray], filled: dict[str, np.ndarray] | None = None
    ) -> pd.DataFrame:
        """A copy of some rows as a DataFrame; `shown` are added columns of the length of `rows`."""
        before = {name: column for name, column in shown.items() if name.startswith(("local_", "global_edge"))}
        after = {name: column for name, column in shown.items() if name not in before}
        columns = {name: column[rows] for name, column in self.filled_up(filled or {}).items()}
        return frames.frame_of({**before, **columns, **after}, rows)

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
