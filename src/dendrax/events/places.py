"""The compartments and artificial sources that the ids of spikes stand for."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from dendrax.errors import SelectionError, ValueShapeError

NOWHERE = -1
"""Cell, branch and compartment of an artificial source."""

COLUMNS = ("cell", "branch", "comp", "threshold", "source", "index")


class Places:
    """For each id of recorded spikes, its compartment or artificial source.

    Columns have an entry for each id. Places never change, compare by value, and are a static part of `Spikes`.

    Args:
        cell: Cell, -1 for artificial sources. (id,)
        branch: Branch within the cell, or -1. (id,)
        comp: Compartment within the branch, or -1. (id,)
        threshold: Threshold [mV], NaN for artificial sources. (id,)
        source: Name of the artificial source, "" for compartments; None if all ids are compartments. (id,)
        index: Number of the source within its kind, or -1. (id,)
        groups: The ids of each group by its name, for pictures.

    Raises:
        ValueShapeError: The columns have different lengths.
        SelectionError: A group contains an unknown id.

    Example:
        >>> places = Places(cell=[0, 1, -1], source=["", "", "NetStim"], index=[-1, -1, 4], groups={"exc": [0, 1]})
        >>> len(places), places.label(1), places.label(2)
        (3, 'cell 1', 'NetStim 4')
    """

    def __init__(
        self,
        *,
        cell: ArrayLike,
        branch: ArrayLike | None = None,
        comp: ArrayLike | None = None,
        threshold: ArrayLike | None = None,
        source: Sequence[str] | None = None,
        index: ArrayLike | None = None,
        groups: Mapping[str, ArrayLike] | None = None,
    ) -> None:
        self.cell = np.array(cell, int)
        n = len(self.cell)
        artificial = self.cell == NOWHERE
        self.branch = np.where(artificial, NOWHERE, 0) if branch is None else np.array(branch, int)
        self.comp = np.where(artificial, NOWHERE, 0) if comp is None else np.array(comp, int)
        self.threshold = np.full(n, np.nan) if threshold is None else np.array(threshold, float)
        self.source = np.full(n, "") if source is None else np.array(source, str)
        self.index = np.full(n, NOWHERE) if index is None else np.array(index, int)
        for name in COLUMNS:
            column = getattr(self, name)
            if column.shape != (n,):
                raise ValueShapeError(f"Places: {name} has shape {column.shape} for {n} ids. Give one for each.")
            column.flags.writeable = False
        self.groups = {name: np.array(ids, int) for name, ids in (groups or {}).items()}
        for name, ids in self.groups.items():
            if ids.size and not (ids.min() >= 0 and ids.max() < n):
                raise SelectionError(f"Places: the group {name!r} has an id outside of 0 to {n - 1}. Leave it out.")

    def __len__(self) -> int:
        return len(self.cell)

    def label(self, at: int) -> str:
        """A name for an id: its cell, branch and compartment; or its source."""
        if self.source[at]:
            return f"{self.source[at]} {self.index[at]}"
        if self.branch[at] == 0 and self.comp[at] == 0:
            return f"cell {self.cell[at]}"
        return f"cell {self.cell[at]}, branch {self.branch[at]}, comp {self.comp[at]}"

    def columns(self, ids: np.ndarray) -> dict[str, np.ndarray]:
        """Columns of a table with a row for each of `ids`; columns of artificial sources only if an id is one."""
        shown = COLUMNS[:3] + (COLUMNS[4:] if (self.cell == NOWHERE).any() else ())
        return {name: getattr(self, name)[ids] for name in shown}

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Places):
            return NotImplemented
        same = all(_same(getattr(self, name), getattr(other, name)) for name in COLUMNS)
        return (
            same
            and self.groups.keys() == other.groups.keys()
            and all(_same(ids, other.groups[name]) for name, ids in self.groups.items())
        )

    def __hash__(self) -> int:
        return hash((Places, len(self)))

    def __repr__(self) -> str:
        """The numbers of compartments and artificial sources."""
        artificial = int((self.cell == NOWHERE).sum())
        return f"<Places of {len(self) - artificial} compartments and {artificial} artificial sources>"


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    """Equal in shape and entries; NaN equals NaN."""
    return one.shape == other.shape and one.tobytes() == other.tobytes()
