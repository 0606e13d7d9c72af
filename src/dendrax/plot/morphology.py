"""The shape of a cell: as lines, as points, as cylinders or frusta, or coloured by a value per compartment."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from mpl_toolkits.mplot3d.art3d import Poly3DCollection
from numpy.typing import ArrayLike

from dendrax.errors import ModelStateError, ModelValueError, ValueShapeError
from dendrax.plot.paths import cut, locate
from dendrax.plot.solids import silhouettes, surfaces
from dendrax.plot.space import add_lines, add_points, checked_dims, finish
from dendrax.plot.style import axes_or_new
from dendrax.trees.geometry import arc_lengths


def draw(
    xyzr: Sequence[np.ndarray],
    nodes: pd.DataFrame,
    ax: Axes | None = None,
    color: Any = "k",
    dims: Sequence[int] = (0, 1),
    type: str = "line",  # noqa: A002 - the reference's name
    **kwargs: Any,
) -> Axes:
    """Draw a morphology.

    Example:
        >>> import numpy as np, pandas as pd
        >>> from dendrax import plot
        >>> xyzr = [np.array([[0.0, 0.0, 0.0, 2.0], [50.0, 10.0, 0.0, 1.0]])]
        >>> nodes = pd.DataFrame(
        ...     {"x": [25.0], "y": [5.0], "z": [0.0], "radius": [1.5], "length": [51.0], "global_branch_index": [0]}
        ... )
        >>> ax = plot.draw(xyzr, nodes, type="morph", color="C0")

    Args:
        xyzr: Traced points and radii of every branch [um]. branch x (point, 4)
        nodes: The compartments of these branches: columns x, y, z, radius, length and global_branch_index. "line"
            and "scatter" do not need it, nor does "morph" where all radii are traced.
        ax: Where to draw; a new figure if None. Three `dims` need 3D axes.
        color: Any matplotlib colour.
        dims: The axes to show: two or three of 0, 1, 2.
        type: "line" joins the traced points, "scatter" shows them, "comp" shows compartments as cylinders, "morph"
            shows the volume, traced or made of compartments.
        **kwargs: Handed to the matplotlib artist.

    Returns:
        The axes.

    Raises:
        ModelValueError: Unknown type or dims.
        ModelStateError: The branches have no coordinates.
    """
    dims = checked_dims(dims)
    kinds: dict[str, Callable[[Axes], None]] = {
        "line": lambda ax: add_lines(ax, xyzr, dims, color=color, **kwargs),
        "scatter": lambda ax: add_points(ax, np.concatenate(xyzr), dims, color=color, **kwargs),
        "comp": lambda ax: _add_solids(ax, *_cylinders(xyzr, nodes), dims, facecolor=color, **kwargs),
        "morph": lambda ax: _add_solids(ax, *_volumes(xyzr, nodes), dims, facecolor=color, **kwargs),
    }
    if not isinstance(type, str) or type not in kinds:
        message = f"draw: type = {type!r} is unknown. Choose one of {', '.join(map(repr, kinds))}."
        raise ModelValueError(message)
    _check_coordinates(xyzr)
    ax = axes_or_new(ax, **({"projection": "3d"} if len(dims) == 3 else {}))
    kinds[type](ax)
    return finish(ax, dims, np.concatenate(xyzr))


def shape(
    xyzr: Sequence[np.ndarray],
    nodes: pd.DataFrame,
    values: ArrayLike,
    *,
    ax: Axes | None = None,
    dims: Sequence[int] = (0, 1),
    label: str = "membrane voltage [mV]",
    cmap: str = "viridis",
    limits: tuple[float, float] | None = None,
    **kwargs: Any,
) -> Axes:
    """Draw a morphology coloured by one value per compartment, with a colour bar.

    Example:
        >>> import numpy as np, pandas as pd
        >>> from dendrax import plot
        >>> xyzr = [np.array([[0.0, 0.0, 0.0, 2.0], [50.0, 0.0, 0.0, 1.0]])]
        >>> nodes = pd.DataFrame({"x": [12.5, 37.5], "y": 0.0, "z": 0.0, "radius": 1.5, "global_branch_index": 0})
        >>> ax = plot.shape(xyzr, nodes, [-70.0, -60.0])

    Args:
        xyzr: Traced points and radii of every branch [um]. branch x (point, 4)
        nodes: The compartments, in order: columns x, y, z, radius and global_branch_index. The radius counts where a
            branch has coordinates but no traced radii.
        values: What to show, such as `states["v"]`. (comp,)
        ax: Where to draw; a new figure if None.
        dims: The two axes to show.
        label: What the values are, with their unit.
        cmap: A matplotlib colour map.
        limits: Values at the ends of the colour map; those of the data if None.
        **kwargs: Handed to the matplotlib `PolyCollection`.

    Returns:
        The axes.

    Raises:
        ValueShapeError: Not one value per compartment.
        ModelStateError: The branches have no coordinates.
    """
    dims = checked_dims(dims)
    values = np.asarray(values, dtype=float)
    if values.shape != (len(nodes),):
        message = f"shape: values of shape {values.shape} for {len(nodes)} compartments. Give one for each."
        raise ValueShapeError(message)
    _check_coordinates(xyzr)
    ax = axes_or_new(ax)
    start, end, radii, row = _pieces(xyzr, nodes)
    # The thin outline keeps dendrites visible that are narrower than a pixel.
    style: dict[str, Any] = {"linewidth": 0.7, "edgecolor": "face", "cmap": cmap} | kwargs
    artist = PolyCollection(list(silhouettes(start, end, radii, (dims[0], dims[1]))), array=values[row], **style)
    artist.set_clim(*(limits or (float(np.nanmin(values)), float(np.nanmax(values)))))
    ax.add_collection(artist)
    ax.figure.colorbar(artist, ax=ax, label=label, shrink=0.7)
    return finish(ax, dims, np.concatenate(xyzr))


def _pieces(xyzr: Sequence[np.ndarray], nodes: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Frusta that each lie in one compartment, and the row of that compartment."""
    pieces, owners = [], []
    for points, rows in zip(xyzr, _rows_of_branch(nodes), strict=True):
        centre = locate(points, nodes[["x", "y", "z"]].to_numpy()[rows])
        order = np.argsort(centre)
        borders = (centre[order][1:] + centre[order][:-1]) / 2
        line = cut(points, borders) if len(points) > 1 else np.repeat(points, 2, axis=0)
        arc = arc_lengths(line)
        pieces.append(np.stack([line[:-1], line[1:]]))
        owners.append(rows[order][np.searchsorted(borders, (arc[1:] + arc[:-1]) / 2)])
    first, second = np.concatenate(pieces, axis=1)
    row = np.concatenate(owners)
    radii = np.stack([first[:, 3], second[:, 3]], axis=1)
    built = nodes["radius"].to_numpy(dtype=float)[row, None]
    return first[:, :3], second[:, :3], np.where(np.isnan(radii), built, radii), row


def _volumes(xyzr: Sequence[np.ndarray], nodes: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Starts, ends and radii of the volume: what was traced, and the compartments where only places are known."""
    if any(np.isnan(points[:, 3]).any() for points in xyzr):
        return _pieces(xyzr, nodes)[:3]
    return _frusta(xyzr)


def _frusta(xyzr: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Starts, ends and radii of all traced segments; a single point counts as one that has no length."""
    lines = [points if len(points) > 1 else np.repeat(points, 2, axis=0) for points in xyzr]
    first = np.concatenate([line[:-1] for line in lines])
    second = np.concatenate([line[1:] for line in lines])
    return first[:, :3], second[:, :3], np.stack([first[:, 3], second[:, 3]], axis=1)


def _cylinders(xyzr: Sequence[np.ndarray], nodes: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Starts, ends and radii of the compartments, each along the branch at its centre and of its true length."""
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
    return centre - half, centre + half, np.stack([radius, radius], axis=1)


def _rows_of_branch(nodes: pd.DataFrame) -> list[np.ndarray]:
    """Positions in `nodes` of every branch's compartments, in order of first appearance."""
    codes, names = pd.factorize(nodes["global_branch_index"])
    return [np.flatnonzero(codes == code) for code in range(len(names))]


def _add_solids(ax: Axes, start: np.ndarray, end: np.ndarray, radii: np.ndarray, dims: tuple[int, ...], **style: Any):
    """Frusta: their outlines in two dimensions, their faces in three."""
    if len(dims) == 3:
        faces = surfaces(start[:, list(dims)], end[:, list(dims)], radii)
        ax.add_collection(Poly3DCollection(faces, **style))
    else:
        style = {"edgecolor": "face", "linewidth": 0.3} | style
        ax.add_collection(PolyCollection(list(silhouettes(start, end, radii, (dims[0], dims[1]))), **style))


def _check_coordinates(xyzr: Sequence[np.ndarray]) -> None:
    """Refuse branches that are nowhere."""
    for index, points in enumerate(xyzr):
        if len(points) == 0 or np.isnan(points[:, :3]).any():
            message = f"Branch {index} has no coordinates. Read the cell from SWC or call compute_xyz() first."
            raise ModelStateError(message)
