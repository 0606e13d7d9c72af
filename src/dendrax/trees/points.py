"""Traced points, as an SWC file lists them; the form between reading a file and cutting it into compartments."""

from dataclasses import dataclass

import numpy as np


class SwcWarning(UserWarning):
    """An SWC file was mended, or looks as if it does not mean what it says."""


@dataclass(frozen=True)
class TracedPoints:
    """The points of one traced neuron, sorted by id; a tree with exactly one root.

    Attributes:
        id: Number of each point in its file, increasing. (point,)
        type: What was traced: 0 undefined, 1 soma, 2 axon, 3 basal, 4 apical, larger: custom. (point,)
        xyzr: Position and radius [um]. (point, 4)
        parent: Row of the parent, -1 for the root. (point,)
        line: Line of the file that each point stands in, from 1. (point,)
        source: Name of the file, for messages.
    """

    id: np.ndarray
    type: np.ndarray
    xyzr: np.ndarray
    parent: np.ndarray
    line: np.ndarray
    source: str = "<points>"

    def __len__(self) -> int:
        return len(self.id)

    def total_length(self) -> float:
        """Sum of the distances between all points and their parents [um]."""
        child = np.flatnonzero(self.parent >= 0)
        steps = self.xyzr[child, :3] - self.xyzr[self.parent[child], :3]
        return float(np.sqrt((steps**2).sum(axis=1)).sum())
