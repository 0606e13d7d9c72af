"""What is simulated, as plain arrays: every simulator builds the same compartments from the same table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

DT = 0.025  # ms
V_INIT = -65.0  # mV
RESISTIVITY = 100.0  # ohm cm
PULSE = (1.0, 40.0, 2.5)  # delay [ms], duration [ms], current into the soma [nA]

CELL_OF_NETWORK = [-1, 0, 0]  # parents of the branches of a cell in the networks, four compartments each
NCOMP_OF_NETWORK = 4
PULSE_OF_NETWORK = (1.0, 10.0, 0.1)
EVERY = 10  # one in so many cells of a network is stimulated


@dataclass(frozen=True)
class CellTable:
    """A cell as cylinders.

    Attributes:
        parents: Parent of each branch, -1 for the root; parents come first, a child begins where its parent ends.
        ncomp: Compartments per branch.
        length: Length of each compartment [um].
        radius: Radius of each compartment [um].
    """

    parents: np.ndarray
    ncomp: int
    length: np.ndarray
    radius: np.ndarray

    @property
    def site(self) -> int:
        """Compartment of the first branch that is stimulated and recorded: the middle of the soma."""
        return self.ncomp // 2

    def save(self, file: Path) -> None:
        """Write the table for the processes that build it."""
        np.savez(file, parents=self.parents, ncomp=self.ncomp, length=self.length, radius=self.radius)

    @staticmethod
    def load(file: str | Path) -> CellTable:
        """Read a table."""
        with np.load(file) as kept:
            return CellTable(kept["parents"], int(kept["ncomp"]), kept["length"], kept["radius"])


def traced(file: Path, ncomp: int) -> CellTable:
    """The branches of an SWC file, cut into cylinders of the mean radius of the traced piece.

    Args:
        file: Path of the SWC file. Its first branch is to be the soma.
        ncomp: Compartments per branch.
    """
    import dendrax as jx  # noqa: PLC0415 - the processes of the peers load this file too

    cell = jx.read_swc(file, ncomp=ncomp)
    nodes = cell.nodes
    return CellTable(
        np.asarray(cell.comb_parents), ncomp, nodes["length"].to_numpy(float), nodes["radius"].to_numpy(float)
    )


def scales(n: int) -> np.ndarray:
    """What the cells of a batch multiply gNa of every compartment by."""
    return np.linspace(0.98, 1.02, n) if n > 1 else np.ones(1)


def wiring(n_cell: int, n_per_cell: int) -> np.ndarray:
    """Who projects to whom, (pre, post): each cell receives from as many others, drawn at random."""
    random = np.random.default_rng(0)
    matrix = np.zeros((n_cell, n_cell), bool)
    for post in range(n_cell):
        matrix[(post + 1 + random.choice(n_cell - 1, n_per_cell, replace=False)) % n_cell, post] = True
    return matrix


def count_spikes(v: np.ndarray) -> int:
    """Upward crossings of 0 mV in all traces, (..., time)."""
    v = np.asarray(v)
    return int(np.sum((v[..., :-1] < 0) & (v[..., 1:] >= 0)))
