"""Who belongs to whom: compartments in branches, branches in cells, children on parents."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Structure:
    """The shape of a model without its sizes. Never edited in place: a new structure takes the place of an old one.

    Attributes:
        cell_of_branch: Cell of each branch, rising. (branch,)
        parent_of_branch: Branch at whose end 1 it begins, -1 for roots. (branch,)
        ncomp_of_branch: Number of compartments. (branch,)
        first_branch_of_cell: Its first branch; one more entry, the number of branches. (cell + 1,)
        first_comp_of_branch: Row of its first compartment; one more entry, the number of compartments. (branch + 1,)
        branch_of_comp: Branch of each compartment. (comp,)
        cell_of_comp: Cell of each compartment. (comp,)
    """

    cell_of_branch: np.ndarray
    parent_of_branch: np.ndarray
    ncomp_of_branch: np.ndarray
    first_branch_of_cell: np.ndarray = field(init=False)
    first_comp_of_branch: np.ndarray = field(init=False)
    branch_of_comp: np.ndarray = field(init=False)
    cell_of_comp: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        """Derive the maps from compartments."""
        branches_of_cell = np.bincount(self.cell_of_branch)
        derived = {
            "first_branch_of_cell": np.concatenate([[0], np.cumsum(branches_of_cell)]),
            "first_comp_of_branch": np.concatenate([[0], np.cumsum(self.ncomp_of_branch)]),
            "branch_of_comp": np.repeat(np.arange(len(self.ncomp_of_branch)), self.ncomp_of_branch),
            "cell_of_comp": np.repeat(self.cell_of_branch, self.ncomp_of_branch),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)  # the class is frozen

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
        return len(self.first_branch_of_cell) - 1

    @property
    def position_in_branch(self) -> np.ndarray:
        """Number of each compartment within its branch. (comp,)."""
        return np.arange(self.n_comp) - self.first_comp_of_branch[self.branch_of_comp]

    def indices(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """The cell of some compartments, their branch within the cell, and their number within the branch. (row,)"""
        branch = self.branch_of_comp[rows]
        cell = self.cell_of_branch[branch]
        in_branch = rows - self.first_comp_of_branch[branch]
        return {"cell": cell, "branch": branch - self.first_branch_of_cell[cell], "comp": in_branch}

    def locs(self, rows: np.ndarray) -> np.ndarray:
        """Where the centres of compartments lie on their branches, from 0 to 1. (row,)."""
        branches = self.branch_of_comp[rows]
        return (rows - self.first_comp_of_branch[branches] + 0.5) / self.ncomp_of_branch[branches]

    def place_of(self, row: int | np.integer) -> str:
        """Where a compartment is, for error texts."""
        cell, branch, comp = (int(index[0]) for index in self.indices(np.array([row])).values())
        of_cell = f"cell {cell}, " if self.n_cell > 1 else ""
        return f"compartment {int(row)} ({of_cell}branch {branch}, comp {comp})"

    @classmethod
    def unbranched(cls, ncomp: int) -> "Structure":
        """One branch of `ncomp` compartments."""
        return cls(np.zeros(1, int), np.full(1, -1), np.full(1, ncomp))

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
