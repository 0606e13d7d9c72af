"""Pictures of cells, and of solids that are made of points."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from dendrax.modules.module import Module, check_module
from dendrax.plot import draw
from dendrax.plot.space import checked_dims
from dendrax.plot.style import axes_or_new
from dendrax.trees.chains import divide_chain

__all__ = [
    "compute_rotation_matrix",
    "create_cone_frustum_mesh",
    "create_cylinder_mesh",
    "create_sphere_mesh",
    "extract_outline",
    "plot_comps",
    "plot_graph",
    "plot_mesh",
    "plot_morph",
]


def plot_graph(
    xyzr: Sequence[np.ndarray],
    dims: Sequence[int] = (0, 1),
    color: Any = "k",
    ax: Axes | None = None,
    type: str = "line",  # noqa: A002 - the reference's name
    **kwargs: Any,
) -> Axes:
    """Draw traced points: `dendrax.plot.draw` without compartments.

    Args:
        xyzr: Points and radii of every branch [um]. branch x (point, 4)
        dims: The axes to show: two or three of 0, 1, 2.
        color: Any matplotlib colour.
        ax: Where to draw; a new figure if None.
        type: "line" or "scatter".
        **kwargs: Handed to the matplotlib artist.

    Returns:
        The axes.

    Example:
        >>> ax = plot_graph([np.array([[0.0, 0.0, 0.0, 1.0], [10.0, 5.0, 0.0, 1.0]])])
    """
    return draw(xyzr, pd.DataFrame(), ax=ax, color=color, dims=dims, type=type, **kwargs)


def plot_comps(
    module_or_view: Module,
    dims: Sequence[int] = (0, 1),
    color: Any = "k",
    ax: Axes | None = None,
    true_comp_length: bool = True,
    resolution: int = 100,  # noqa: ARG001 - outlines are exact here
    **kwargs: Any,
) -> Axes:
    """Draw compartments as cylinders.

    Args:
        module_or_view: What to draw.
        dims: The axes to show: two or three of 0, 1, 2.
        color: Any matplotlib colour.
        ax: Where to draw; a new figure if None.
        true_comp_length: Cylinders are as long as the neurite, and not as the straight line between its ends.
        resolution: Not used: outlines are exact.
        **kwargs: Handed to the matplotlib artist.

    Returns:
        The axes.

    Example:
        >>> import dendrax as jx
        >>> ax = plot_comps(jx.morphology.sample("interneuron"))
    """
    check_module(module_or_view, "plot_comps")
    module, nodes = module_or_view, module_or_view.nodes
    if not true_comp_length:
        counts = nodes["global_branch_index"].value_counts(sort=False)
        pieces = [piece for line, n in zip(module.xyzr, counts, strict=True) for piece in divide_chain(line, int(n))]
        ends = np.array([piece[-1, :3] - piece[0, :3] for piece in pieces])
        nodes = nodes.assign(length=np.linalg.norm(ends, axis=1))
    return draw(module.xyzr, nodes, ax=ax, color=color, dims=dims, type="comp", **kwargs)


def plot_morph(
    module_or_view: Module,
    dims: Sequence[int] = (0, 1),
    color: Any = "k",
    ax: Axes | None = None,
    resolution: int = 100,  # noqa: ARG001 - outlines are exact here
    **kwargs: Any,
) -> Axes:
    """Draw the traced volume: `module.vis(type="morph")`.

    Args:
        module_or_view: What to draw.
        dims: The axes to show: two or three of 0, 1, 2.
        color: Any matplotlib colour.
        ax: Where to draw; a new figure if None.
        resolution: Not used: outlines are exact.
        **kwargs: Handed to the matplotlib artist.

    Returns:
        The axes.

    Example:
        >>> import dendrax as jx
        >>> ax = plot_morph(jx.morphology.sample("interneuron"))
    """
    check_module(module_or_view, "plot_morph")
    return draw(module_or_view.xyzr, module_or_view.nodes, ax=ax, color=color, dims=dims, type="morph", **kwargs)


def plot_mesh(
    mesh_points: np.ndarray,
    orientation: np.ndarray,
    center: np.ndarray,
    dims: Sequence[int],
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Draw the outline of a solid, its axis turned from z to `orientation`, as seen along the axis not in `dims`.

    Args:
        mesh_points: Points of the solid [um]. (3, ...)
        orientation: Where its z axis shall point. (3,)
        center: Where its origin shall be [um]. (3,)
        dims: The two axes to show.
        ax: Where to draw; a new figure if None.
        **kwargs: Handed to `Axes.fill`.

    Returns:
        The axes.

    Example:
        >>> ax = plot_mesh(create_cylinder_mesh(10.0, 1.0, 20), np.array([1.0, 0.0, 0.0]), np.zeros(3), (0, 1))
    """
    seen = list(checked_dims(dims))
    points = _from_z_to(np.asarray(orientation, dtype=float)) @ np.reshape(mesh_points, (3, -1))
    corners = extract_outline((points + np.reshape(center, (3, 1)))[seen].T)
    ax = axes_or_new(ax)
    ax.fill(*corners.T, **kwargs)
    return ax


def compute_rotation_matrix(axis: np.ndarray, angle: float) -> np.ndarray:
    """Rotation about an axis, counterclockwise as seen from its tip.

    Args:
        axis: The axis, of any length but 0. (3,)
        angle: The angle [rad].

    Returns:
        (3, 3)

    References:
        Rodrigues O (1840). J. Math. Pures Appl. 5:380-440.

    Example:
        >>> np.round(compute_rotation_matrix(np.array([0.0, 0.0, 2.0]), np.pi / 2) @ [1.0, 0.0, 0.0]) + 0.0
        array([0., 1., 0.])
    """
    x, y, z = np.asarray(axis, dtype=float) / np.linalg.norm(axis)
    across = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + np.sin(angle) * across + (1.0 - np.cos(angle)) * across @ across


def create_cylinder_mesh(length: float, radius: float, resolution: int = 100) -> np.ndarray:
    """Points on the side of a cylinder around the z axis with its centre in the origin.

    Args:
        length: Length [um].
        radius: Radius [um].
        resolution: Points along and around it.

    Returns:
        [um] (3, resolution, resolution)

    Example:
        >>> create_cylinder_mesh(10.0, 1.0, 8).shape
        (3, 8, 8)
    """
    z = np.linspace(-length / 2, length / 2, resolution)
    return _around_z(z, np.full(resolution, radius))


def create_cone_frustum_mesh(
    length: float,
    radius_bottom: float,
    radius_top: float,
    bottom_dome: bool = False,
    top_dome: bool = False,
    resolution: int = 100,
) -> np.ndarray:
    """Points on the side of a frustum around the z axis, which begins in the origin, with or without domes.

    Args:
        length: Length without domes [um].
        radius_bottom: Radius of the lower end [um].
        radius_top: Radius of the upper end [um].
        bottom_dome: Begin with half a sphere, which lifts the frustum by its radius.
        top_dome: End with half a sphere.
        resolution: Points along and around it.

    Returns:
        [um] (3, resolution, resolution)

    Example:
        >>> float(create_cone_frustum_mesh(10.0, 2.0, 1.0, True, True, 8)[2].max())
        13.0
    """
    begin = radius_bottom if bottom_dome else 0.0
    end = begin + length
    z = np.linspace(0.0, end + (radius_top if top_dome else 0.0), resolution)
    radius = np.interp(z, [begin, end], [radius_bottom, radius_top])
    below, above = np.maximum(begin - z, 0.0), np.maximum(z - end, 0.0)
    radius = np.where(below > 0, np.sqrt(np.maximum(radius_bottom**2 - below**2, 0.0)), radius)
    radius = np.where(above > 0, np.sqrt(np.maximum(radius_top**2 - above**2, 0.0)), radius)
    return _around_z(z, radius)


def create_sphere_mesh(radius: float, resolution: int = 100) -> np.ndarray:
    """Points on a sphere around the origin.

    Args:
        radius: Radius [um].
        resolution: Points from pole to pole (last axis) and around.

    Returns:
        [um] (3, resolution, resolution)

    Example:
        >>> create_sphere_mesh(2.0, 8).shape
        (3, 8, 8)
    """
    angle = np.linspace(0.0, np.pi, resolution)
    return np.swapaxes(_around_z(radius * np.cos(angle), radius * np.sin(angle)), 1, 2)


def extract_outline(points: np.ndarray) -> np.ndarray:
    """Corners of the convex hull.

    Args:
        points: (point, 2 or 3)

    Returns:
        In two dimensions counterclockwise. (corner, 2 or 3)

    Example:
        >>> len(extract_outline(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.5, 0.5]])))
        4
    """
    from scipy.spatial import ConvexHull  # noqa: PLC0415 - it takes longer to import than most of us

    return points[ConvexHull(points).vertices]


def _around_z(z: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Circles at heights `z`. (3, height, angle)"""
    angle = np.linspace(0.0, 2.0 * np.pi, len(z))
    height, turn = np.broadcast_arrays(z[:, None], angle)
    return np.stack([radius[:, None] * np.cos(turn), radius[:, None] * np.sin(turn), height])


def _from_z_to(direction: np.ndarray) -> np.ndarray:
    """The rotation that turns the z axis to a direction. (3, 3)"""
    z = np.array([0.0, 0.0, 1.0])
    unit = direction / np.linalg.norm(direction)
    axis = np.cross(z, unit)
    if np.linalg.norm(axis) < np.finfo(float).eps:  # along z already, up or down
        axis = np.array([1.0, 0.0, 0.0])
    return compute_rotation_matrix(axis, float(np.arccos(np.clip(unit @ z, -1.0, 1.0))))
