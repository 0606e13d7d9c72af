"""The tables that are the model, and how the tables of parts are joined into those of a whole.

A table is a dict of numpy columns, so that a view is integer work and building a model costs microseconds.
pandas appears when a user asks for it: the DataFrame handed out is kept as a mirror, what the user writes to it
is read back before the next use, and what the program writes shows in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dendrax.errors import MechanismError, ValueShapeError
from dendrax.mechanisms.channel import Channel

INDEX_COLUMNS = tuple(f"{scope}_{level}_index" for scope in ("local", "global") for level in ("cell", "branch", "comp"))


@dataclass(frozen=True)
class Structure:
    """Who belongs to whom: compartments in branches, branches in cells, children on parents. Never edited in place."""

    cell_of_branch: np.ndarray
    parent_of_branch: np.ndarray
    ncomp_of_branch: np.ndarray
    first_comp_of_branch: np.ndarray = field(init=False)  # one more entry than branches
    branch_of_comp: np.ndarray = field(init=False)
    cell_of_comp: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        """Derive the maps from compartments."""
        derive = lambda name, value: object.__setattr__(self, name, value)  # noqa: E731 - frozen
        derive("first_comp_of_branch", np.concatenate([[0], np.cumsum(self.ncomp_of_branch)]))
        derive("branch_of_comp", np.repeat(np.arange(len(self.ncomp_of_branch)), self.ncomp_of_branch))
        derive("cell_of_comp", np.repeat(self.cell_of_branch, self.ncomp_of_branch))

    @property
    def n_comp(self) -> int:
        """Number of compartments."""
        return int(self.first_comp_of_branch[-1])

    @property
    def n_branch(self) -> int:
        """Number of branches."""
        return len(self.ncomp_of_branch)

    @property
    def n_cell(self) -> int:
        """Number of cells."""
        return int(self.cell_of_branch[-1]) + 1

    @property
    def position_in_branch(self) -> np.ndarray:
        """Number of each compartment within its branch. (comp,)."""
        return np.arange(self.n_comp) - self.first_comp_of_branch[self.branch_of_comp]

    @classmethod
    def join(cls, parts: Sequence["Structure"], parent_of_part: np.ndarray | None = None) -> "Structure":
        """One structure of several.

        Args:
            parts: In order.
            parent_of_part: None keeps every part's cells apart; else each part is a branch of one cell and this is
                its parent, -1 for the root.
        """
        ncomp = np.concatenate([part.ncomp_of_branch for part in parts])
        if parent_of_part is not None:
            return cls(np.zeros(len(ncomp), int), np.asarray(parent_of_part, int), ncomp)
        branches = np.array([part.n_branch for part in parts])
        cells = np.array([part.n_cell for part in parts])
        parent = np.concatenate([part.parent_of_branch for part in parts])
        shift = np.repeat(np.cumsum(branches) - branches, branches)
        cell = np.concatenate([part.cell_of_branch for part in parts]) + np.repeat(np.cumsum(cells) - cells, branches)
        return cls(cell, np.where(parent < 0, -1, parent + shift), ncomp)


class Table:
    """Named columns of one length."""

    def __init__(self, columns: dict[str, np.ndarray], length: int):
        """Own `columns`; arrays are replaced or written in place by this table alone."""
        self._columns = columns
        self._mirror: pd.DataFrame | None = None
        self.length = length

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """The columns, with what users wrote to the DataFrame. Not to be changed; see `write`, `add` and `drop`."""
        if self._mirror is not None:
            for name in self._mirror.columns:
                if name not in INDEX_COLUMNS and name != "controlled_by_param":
                    self._columns[str(name)] = self._mirror[name].to_numpy()
        return self._columns

    def __contains__(self, name: str) -> bool:
        """Whether there is a column of this name."""
        return name in self.columns

    def __getitem__(self, name: str) -> np.ndarray:
        """One column, to read."""
        return self.columns[name]

    def write(self, name: str, rows: np.ndarray | slice, values: float | np.ndarray) -> None:
        """Set `values` at `rows` of a column."""
        column = self.columns[name].copy()
        column[rows] = values
        self.add(name, column)

    def add(self, name: str, column: np.ndarray) -> None:
        """Add or replace a column."""
        self._columns = {**self.columns, name: column}
        if self._mirror is not None:
            self._mirror[name] = column

    def drop(self, names: Sequence[str]) -> None:
        """Remove columns."""
        self._columns = {name: column for name, column in self.columns.items() if name not in names}
        if self._mirror is not None:
            for name in names:
                self._mirror.pop(name)

    def mirror(self, extra: dict[str, np.ndarray]) -> pd.DataFrame:
        """The table as the DataFrame whose changes count, with `extra` columns that are only shown."""
        if self._mirror is None:
            self._mirror = self.frame(np.arange(self.length), extra)
        return self._mirror

    @property
    def handed_out(self) -> pd.DataFrame | None:
        """The mirror, if there is one."""
        return self._mirror

    def frame(self, rows: np.ndarray, extra: dict[str, np.ndarray]) -> pd.DataFrame:
        """A copy of some rows as a DataFrame; `extra` are added columns of the length of `rows`."""
        local = {name: column for name, column in extra.items() if name.startswith("local_")}
        rest = {name: column for name, column in extra.items() if name not in local}
        return pd.DataFrame({**local, **{n: c[rows] for n, c in self.columns.items()}, **rest}, index=rows)

    def copy(self, rows: np.ndarray | None = None) -> "Table":
        """An independent table of all or some rows."""
        taken = np.arange(self.length) if rows is None else rows
        return Table({name: column[taken] for name, column in self.columns.items()}, len(taken))

    @classmethod
    def join(cls, parts: Sequence["Table"]) -> "Table":
        """The rows of all `parts`; where a part lacks a column it is NaN, or False for booleans."""
        if all(part is parts[0] for part in parts):
            return cls({n: np.tile(c, len(parts)) for n, c in parts[0].columns.items()}, parts[0].length * len(parts))
        everyone = [part.columns for part in parts]
        names = dict.fromkeys(name for columns in everyone for name in columns)
        lengths = [part.length for part in parts]
        joined = {}
        for name in names:
            sample = next(columns[name] for columns in everyone if name in columns)
            fill = False if sample.dtype == bool else np.nan
            joined[name] = np.concatenate(
                [c[name] if name in c else np.full(n, fill) for c, n in zip(everyone, lengths, strict=True)]
            )
        return cls(joined, sum(lengths))


@dataclass
class Input:
    """Values over time for some rows: a stimulus or a clamp. rows (n,), values (n, time)."""

    rows: np.ndarray
    values: np.ndarray


@dataclass
class Trainable:
    """A parameter that is learnt, and which rows share which of its values.

    Attributes:
        key: Name of the parameter or state.
        rows: Rows of the node table. (row,)
        group_of_row: Which value a row takes. (row,)
        values: The initial values. (group,)
    """

    key: str
    rows: np.ndarray
    group_of_row: np.ndarray
    values: np.ndarray


@dataclass
class Tables:
    """All there is of a model."""

    kind: str  # compartment, branch, cell or network
    structure: Structure
    nodes: Table
    edges: Table
    xyzr: list[np.ndarray]
    channels: list[Channel] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    recordings: list[tuple[str, int]] = field(default_factory=list)
    inputs: dict[str, Input] = field(default_factory=dict)
    trainables: list[Trainable] = field(default_factory=list)

    @classmethod
    def join(cls, kind: str, parts: Sequence["Tables"], parent_of_part: np.ndarray | None = None) -> "Tables":
        """Tables of a whole: groups and channels are carried up; recordings, inputs and trainables are not."""
        return cls(
            kind,
            Structure.join([part.structure for part in parts], parent_of_part),
            Table.join([part.nodes for part in parts]),
            Table({}, 0),
            [points.copy() for part in parts for points in part.xyzr],
            merge_channels([part.channels for part in parts]),
            list(dict.fromkeys(group for part in parts for group in part.groups)),
        )

    def has(self, channel: Channel) -> np.ndarray:
        """Which compartments have a channel. (comp,) bool."""
        return self.nodes[channel.name].astype(bool)


def merge_channels(lists: Sequence[list[Channel]]) -> list[Channel]:
    """Every channel once, in order of appearance."""
    merged: dict[str, Channel] = {}
    for channels in {id(one): one for one in lists}.values():
        for channel in channels:
            if merged.setdefault(channel.name, channel) != channel:
                raise MechanismError(
                    f"Two parts of the model have channels named {channel.name!r} that differ in class or settings. "
                    f"Rename one with `change_name` before it is inserted."
                )
    return list(merged.values())


def broadcast(values: object, n: int, what: str) -> np.ndarray:
    """`values` as (n,) floats.

    Raises:
        ValueShapeError: They are neither one value nor n.
    """
    array = np.asarray(values, dtype=float)
    if array.ndim > 1 or (array.ndim == 1 and len(array) not in (1, n)):
        raise ValueShapeError(f"{what}: got values of shape {array.shape}, but {n} are in view. Pass one or {n}.")
    return np.broadcast_to(array, (n,)).copy()
