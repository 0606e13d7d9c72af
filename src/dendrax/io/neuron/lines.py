"""Where sections of NEURON are drawn: their 3D points, and straight lines for those that have none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dendrax.trees.geometry import arc_lengths


def points_of(section: Any, *, turned: bool) -> np.ndarray | None:
    """The 3D points and radii of a section from its joint outwards [um], (point, 4); None without a traced shape."""
    points = np.array(
        [[section.x3d(i), section.y3d(i), section.z3d(i), section.diam3d(i) / 2] for i in range(section.n3d())]
    )
    if len(points) < 2 or not (points[:, 3] > 0).all() or not np.diff(points[:, :3], axis=0).any():
        return None
    return points[::-1].copy() if turned else points


def without_gaps(
    chains: Sequence[np.ndarray | None], parents: np.ndarray, places: np.ndarray, lengths: Sequence[float]
) -> list[np.ndarray]:
    """Points for every branch of a cell; parents come before children.

    A branch without points continues from its joint away from the root, straight and without a radius, as long as it
    is. In a cell without any points there are none, and it is laid out when someone looks.

    Args:
        chains: Points of each branch from its joint outwards [um]. branch x (point, 4)
        parents: -1 for the root. (branch,)
        places: Where on its parent each one begins, from 0 to 1. (branch,)
        lengths: Of each [um]. (branch,)
    """
    if all(chain is None for chain in chains):
        return [np.full((2, 4), np.nan) for _ in chains]
    drawn: list[np.ndarray] = []
    for branch, chain in enumerate(chains):
        if chain is None:
            begin = _on_line(drawn[parents[branch]], places[branch]) if branch else np.zeros(3)
            way = begin - (drawn[0][:, :3].mean(axis=0) if branch else np.zeros(3))
            size = np.linalg.norm(way)
            direction = way / size if size > 0 else np.array([0.0, -1.0, 0.0])
            two = np.stack([begin, begin + lengths[branch] * direction])
            chain = np.column_stack([two, [np.nan, np.nan]])  # noqa: PLW2901
        drawn.append(chain)
    return drawn


def centers(chain: np.ndarray, n: int) -> np.ndarray:
    """The middle of each of n equal parts of a line. (n, 3)."""
    return np.stack([_on_line(chain, place) for place in (np.arange(n) + 0.5) / n])


def _on_line(chain: np.ndarray, place: float) -> np.ndarray:
    """The point at a fraction of the length of a line."""
    arc = arc_lengths(chain)
    return np.array([np.interp(place * arc[-1], arc, column) for column in chain[:, :3].T])
