"""What a morphology is drawn of: lines, points, cylinders and frusta, and the compartment that each belongs to."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from dendrax.trees.geometry import arc_lengths


class Pieces(NamedTuple):
    """Frusta.

    Attributes:
        start: Centres of one end [um]. (piece, 3)
        end: Centres of the other [um]. (piece, 3)
        radii: Radii of both ends [um]. (piece, 2)
        row: Position in the table of the compartment that it lies in. (piece,)
    """

    start: np.ndarray
    end: np.ndarray
    radii: np.ndarray
    row: np.ndarray


def cut_at_compartments(xyzr: Sequence[np.ndarray], nodes: pd.DataFrame) -> Pieces:
    """What was traced, cut into pieces that each lie in one compartment."""
    pieces, owners = [], []
    places = nodes[["x", "y", "z"]].to_numpy(dtype=float)
    for points, rows in zip(xyzr, _rows_of_branch(nodes), strict=True):
        order, borders = _borders(points, places[rows])
        line = points if len(points) > 1 else np.repeat(points, 2, axis=0)
        if len(borders):
            line = cut(line, borders)
        pieces.append(np.stack([line[:-1], line[1:]]))
        owners.append(rows[order][_between(borders, line, middles=True)])
    first, second = np.concatenate(pieces, axis=1)
    row = np.concatenate(owners)
    radii = np.stack([first[:, 3], second[:, 3]], axis=1)
    built = nodes["radius"].to_numpy(dtype=float)[row, None]
    return Pieces(first[:, :3], second[:, :3], np.where(np.isnan(radii), built, radii), row)


def owners_of_points(xyzr: Sequence[np.ndarray], nodes: pd.DataFrame) -> np.ndarray:
    """Position in the table of the compartment that each traced point lies in. (point,)"""
    places = nodes[["x", "y", "z"]].to_numpy(dtype=float)
    owners = []
    for points, rows in zip(xyzr, _rows_of_branch(nodes), strict=True):
        order, borders = _borders(points, places[rows])
        owners.append(rows[order][_between(borders, points, middles=False)])
    return np.concatenate(owners)


def frusta(xyzr: Sequence[np.ndarray]) -> Pieces:
    """All traced segments of all compartments; a single point counts as a segment of length 0."""
    lines = [points if len(points) > 1 else np.repeat(points, 2, axis=0) for points in xyzr]
    first = np.concatenate([line[:-1] for line in lines])
    second = np.concatenate([line[1:] for line in lines])
    radii = np.stack([first[:, 3], second[:, 3]], axis=1)
    return Pieces(first[:, :3], second[:, :3], radii, np.zeros(len(first), int))


def cylinders(xyzr: Sequence[np.ndarray], nodes: pd.DataFrame) -> Pieces:
    """The compartments, each along the branch at its centre and of its true length."""
    centre = nodes[["x", "y", "z"]].to_numpy(dtype=float)
    direction = np.zeros_like(centre)
    for points, rows in zip(xyzr, _rows_of_branch(nodes), strict=True):
        if len(points) > 1:
            arc = arc_lengths(points)
            segment = np.clip(np.searchsorted(arc, locate(points, centre[rows]), side="right") - 1, 0, len(arc) - 2)
            direction[rows] = np.diff(points[:, :3], axis=0)[segment]
    size = np.linalg.norm(direction, axis=1, keepdims=True)
    half = direction / np.where(size > 0, size, 1.0) * nodes["length"].to_numpy(dtype=float)[:, None] / 2
    radius = nodes["radius"].to_numpy(dtype=float)
    return Pieces(centre - half, centre + half, np.stack([radius, radius], axis=1), np.arange(len(nodes)))


def _borders(points: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The order of compartments along their branch, and the arc lengths half way between neighbours [um]."""
    if len(places) == 1:  # a network may have a hundred thousand such branches
        return np.zeros(1, int), np.zeros(0)
    centre = locate(points, places)
    order = np.argsort(centre)
    return order, (centre[order][1:] + centre[order][:-1]) / 2


def _between(borders: np.ndarray, line: np.ndarray, *, middles: bool) -> np.ndarray:
    """Between which borders the points of a line lie, or the middles of its segments."""
    if len(borders) == 0:
        return np.zeros(len(line) - middles, int)
    arc = arc_lengths(line)
    return np.searchsorted(borders, (arc[1:] + arc[:-1]) / 2 if middles else arc)


def _rows_of_branch(nodes: pd.DataFrame) -> list[np.ndarray]:
    """Positions in `nodes` of every branch's compartments; branches by rising number, as modules list them."""
    _, branch = np.unique(nodes["global_branch_index"].to_numpy(), return_inverse=True)
    return np.split(np.argsort(branch, kind="stable"), np.cumsum(np.bincount(branch))[:-1])


def locate(points: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Arc lengths [um] of the points of a line (point, 4) that are nearest to `places` (place, 3) [um]. (place,)"""
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
