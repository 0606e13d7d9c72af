"""What a piece of neurite looks like from one side: the outline of a frustum."""

import numpy as np

DIRECTIONS = 24
SLICES = 8
"""Frusta that stand for a ball."""


def silhouettes(start: np.ndarray, end: np.ndarray, radii: np.ndarray, dims: tuple[int, int]) -> np.ndarray:
    """Outlines of frusta, seen along the axis that `dims` leaves out [um]. (frustum, corner, 2)

    The outline of a convex body holds, for every direction d in the picture, the body's farthest point along d. A
    frustum's is on one of its two end circles, which are seen as ellipses M (cos a, sin a) r around their centres; an
    ellipse's is M M^T d r / |M^T d|. What has no length, such as a soma of one point, is a ball: d r.
    """
    angle = np.arange(DIRECTIONS) * (2 * np.pi / DIRECTIONS)
    direction = np.stack([np.cos(angle), np.sin(angle)])  # (2, corner)
    seen = _end_planes(end - start)[:, list(dims)]  # M: (frustum, 2, 2)
    along = np.swapaxes(seen, 1, 2) @ direction  # M^T d
    size = np.linalg.norm(along, axis=1, keepdims=True)
    farthest = seen @ (along / np.where(size > 0, size, 1.0))  # (frustum, 2, corner)
    farthest = np.where(is_ball(start, end)[:, None, None], direction, farthest)
    corners = np.stack(
        [
            centre[:, list(dims), None] + radii[:, side, None, None] * farthest
            for side, centre in enumerate((start, end))
        ]
    )
    reach = np.einsum("efdc,dc->efc", corners, direction)
    chosen = np.where((reach[0] > reach[1])[:, None], corners[0], corners[1])
    return np.swapaxes(chosen, 1, 2)


def is_ball(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Which frusta have no length. (frustum,)"""
    return (start == end).all(axis=1)


def with_balls(
    start: np.ndarray, end: np.ndarray, radii: np.ndarray, row: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The frusta with their rows; a frustum of length 0 is replaced by the slices of a ball, which come last."""
    ball = is_ball(start, end)
    angle = np.linspace(0.0, np.pi, SLICES + 1)
    radius = radii[ball, :1]  # (ball, 1)
    centre = np.repeat(start[ball], SLICES, axis=0)
    height, width = (radius * shape for shape in (np.cos(angle), np.sin(angle)))  # (ball, slice + 1)
    up = np.array([0.0, 0.0, 1.0])
    return (
        np.concatenate([start[~ball], centre + height[:, :-1].reshape(-1, 1) * up]),
        np.concatenate([end[~ball], centre + height[:, 1:].reshape(-1, 1) * up]),
        np.concatenate([radii[~ball], np.stack([width[:, :-1], width[:, 1:]], axis=-1).reshape(-1, 2)]),
        np.concatenate([row[~ball], np.repeat(row[ball], SLICES)]),
    )


def surfaces(start: np.ndarray, end: np.ndarray, radii: np.ndarray, sides: int = 10) -> np.ndarray:
    """The lateral faces of frusta, quadrilaterals [um]. (frustum * sides, 4, 3)"""
    angle = np.arange(sides + 1) * (2 * np.pi / sides)
    circle = _end_planes(end - start) @ np.stack([np.cos(angle), np.sin(angle)])  # (frustum, 3, sides + 1)
    first = start[:, :, None] + radii[:, 0, None, None] * circle
    second = end[:, :, None] + radii[:, 1, None, None] * circle
    faces = np.stack([first[..., :-1], first[..., 1:], second[..., 1:], second[..., :-1]], axis=-1)
    return np.moveaxis(faces, 1, -1).reshape(-1, 4, 3)


def _end_planes(axis: np.ndarray) -> np.ndarray:
    """Two unit vectors across each axis, as columns. (frustum, 3, 2)"""
    length = np.linalg.norm(axis, axis=1, keepdims=True)
    unit = np.where(length > 0, axis / np.where(length > 0, length, 1.0), [0.0, 0.0, 1.0])
    # Any vector that is not nearly parallel will do: the coordinate axis to which `unit` is least inclined.
    helper = np.eye(3)[np.argmin(np.abs(unit), axis=1)]
    across = np.cross(unit, helper)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    return np.stack([across, np.cross(unit, across)], axis=-1)
