"""Positions along the traced line of a branch."""

import numpy as np

from dendrax.trees.geometry import arc_lengths


def locate(points: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Where along the line the points nearest to `places` are [um].

    Args:
        points: Traced points and radii [um]. (point, 4)
        places: Positions on the line or near it [um]. (place, 3)

    Returns:
        Arc lengths [um]. (place,)
    """
    if len(points) == 1:
        return np.zeros(len(places))
    arc = arc_lengths(points)
    start, step = points[:-1, :3], np.diff(points[:, :3], axis=0)
    squared = np.maximum((step**2).sum(axis=1), np.finfo(float).tiny)
    offset = places[:, None] - start
    share = np.clip((offset * step).sum(axis=2) / squared, 0.0, 1.0)
    distance = np.linalg.norm(offset - share[..., None] * step, axis=2)
    nearest = np.argmin(distance, axis=1)
    return arc[nearest] + share[np.arange(len(places)), nearest] * np.diff(arc)[nearest]


def cut(points: np.ndarray, arcs: np.ndarray) -> np.ndarray:
    """The line with further points at the given arc lengths, interpolated in place and radius. (point, 4)"""
    arc = arc_lengths(points)
    every = np.sort(np.concatenate([arc, arcs]))
    return np.stack([np.interp(every, arc, column) for column in points.T], axis=1)
