"""Who belongs to whom: compartments in branches, branches in cells, children on parents.

A branch begins somewhere on its parent: at the parent's end, which is usual, at its start, or at the centre of one of
its compartments. `joint_of_branch` says where, as a place from 0 to 1 along the parent. A place in between belongs to
the compartment that contains it, however many there are, so that it stays where it is when the parent is cut anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

import numpy as np


class Meets(IntEnum):
    """Where on a compartment branches are joined to it."""

    END = 0
    CENTER = 1
    START = 2


class Hosts(NamedTuple):
    """What the branches are joined to.

    Attributes:
        comp: The compartment, -1 for roots. (branch,)
        at: Where on it, a `Meets`. (branch,)
    """

    comp: np.ndarray
    at: np.ndarray


@dataclass(frozen=True, eq=False)
class Structure:
    """The shape of a model without its sizes. Never edited in place: a new structure takes the place of an old one.

    Attributes:
        cell_of_branch: Cell of each branch, rising. (branch,)
        parent_of_branch: Branch on which it begins, -1 for roots. (branch,)
        ncomp_of_branch: Number of compartments. (branch,)
        joint_of_branch: Where on its parent it begins: 0 at the start, 1 at the end, in between at the centre of the
            compartment that contains this place; 1 for roots. (branch,)
        first_branch_of_cell: Its first branch; one more entry, the number of branches. (cell + 1,)
        first_comp_of_branch: Row of its first compartment; one more entry, the number of compartments. (branch + 1,)
        branch_of_comp: Branch of each compartment. (comp,)
        cell_of_comp: Cell of each compartment. (comp,)
    """

    cell_of_branch: np.ndarray
    parent_of_branch: np.ndarray
    ncomp_of_branch: np.ndarray
    joint_of_branch: np.ndarray
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

    @property
    def ends_only(self) -> bool:
        """Whether every branch begins at the end of its parent."""
        return bool((self.joint_of_branch == 1).all())

    def hosts(self) -> Hosts:
        """Which compartments the branches are joined to, and where.

        The start of a branch with a parent is where that one is joined to its own parent, and so on.
        """
        parent, joint = self.parent_of_branch.copy(), self.joint_of_branch.copy()
        while (through := np.flatnonzero((joint == 0) & (parent >= 0) & (parent[parent] >= 0))).size:
            above = parent[through]  # by pointer doubling: both right sides are complete before anything is written
            parent[through], joint[through] = parent[above], joint[above]
        comp = self.first_comp_of_branch[parent] + comp_at(joint, self.ncomp_of_branch[parent])
        at = np.where(joint == 1, Meets.END, np.where(joint == 0, Meets.START, Meets.CENTER))
        return Hosts(np.where(parent < 0, -1, comp), at)

    def places(self, length: np.ndarray) -> np.ndarray:
        """Where on its parent each branch begins, from 0 to 1 of its length, at a centre if not at an end. (branch,).

        Args:
            length: Of each compartment [um]. (comp,)
        """
        first, parent, joint = self.first_comp_of_branch[:-1], self.parent_of_branch, self.joint_of_branch
        whole = np.bincount(self.branch_of_comp, length, minlength=self.n_branch)[parent]
        center = np.cumsum(length) - length / 2
        comp = first[parent] + comp_at(joint, self.ncomp_of_branch[parent])
        before = (np.cumsum(length) - length)[first[parent]]
        return np.where((joint == 0) | (joint == 1), joint, (center[comp] - before) / whole)

    def place_of(self, row: int | np.integer) -> str:
        """Where a compartment is, for error texts."""
        cell, branch, comp = (int(index[0]) for index in self.indices(np.array([row])).values())
        of_cell = f"cell {cell}, " if self.n_cell > 1 else ""
        return f"compartment {int(row)} ({of_cell}branch {branch}, comp {comp})"

    @classmethod
    def unbranched(cls, ncomp: int) -> "Structure":
        """One branch of `ncomp` compartments."""
        return cls(np.zeros(1, int), np.full(1, -1), np.full(1, ncomp), np.ones(1))

    @classmethod
    def join(
        cls,
        parts: Sequence["Structure"],
        parent_of_part: np.ndarray | None = None,
        joint_of_part: np.ndarray | None = None,
    ) -> "Structure":
        """One structure of several.

        Args:
            parts: In order.
            parent_of_part: None keeps every part's cells apart; else each part is a branch of one cell and this is
                its parent, -1 for the root.
            joint_of_part: Where on its parent each of these branches begins; None: all at ends.
        """
        ncomp = np.concatenate([part.ncomp_of_branch for part in parts])
        if parent_of_part is not None:
            joint = np.ones(len(ncomp)) if joint_of_part is None else joint_of_part
            return cls(np.zeros(len(ncomp), int), np.asarray(parent_of_part, int), ncomp, joint)
        branches = np.array([part.n_branch for part in parts])
        cells = np.array([part.n_cell for part in parts])
        parent = np.concatenate([part.parent_of_branch for part in parts])
        shift = np.repeat(np.cumsum(branches) - branches, branches)
        cell = np.concatenate([part.cell_of_branch for part in parts]) + np.repeat(np.cumsum(cells) - cells, branches)
        joint = np.concatenate([part.joint_of_branch for part in parts])
        return cls(cell, np.where(parent < 0, -1, parent + shift), ncomp, joint)


def center_of(comp: np.ndarray, ncomp: np.ndarray) -> np.ndarray:
    """Where along a branch of `ncomp` compartments the centre of one is, from 0 to 1."""
    return (comp + 0.5) / ncomp


def turned_places(place: np.ndarray, ncomp: np.ndarray) -> np.ndarray:
    """The places of joints on branches whose compartments are counted from the other end."""
    comp = ncomp - 1 - comp_at(place, ncomp)
    there = 1 - place
    return np.where((place == 0) | (place == 1) | (comp_at(there, ncomp) == comp), there, center_of(comp, ncomp))


def comp_at(place: np.ndarray, ncomp: np.ndarray) -> np.ndarray:
    """Number within its branch of the compartment that contains a place from 0 to 1."""
    return np.minimum((place * ncomp).astype(int), ncomp - 1)
