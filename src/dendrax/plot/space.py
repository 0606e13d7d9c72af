"""Axes that show space: two or three of x, y and z, in um and at equal scales."""

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator
from mpl_toolkits.mplot3d.art3d import Line3DCollection
from mpl_toolkits.mplot3d.axes3d import Axes3D

from dendrax.errors import ModelValueError
from dendrax.plot.typesetting import label

AXIS_NAMES = "xyz"
MOST_TICKS = 6
ZOOM = 0.85
"""Of the box in space, so that the labels of a long one are inside of the figure, too."""
LABEL_PAD = 12.0
"""Between an axis in space and its label [pt], so that this stands clear of the numbers."""


def checked_dims(dims: Sequence[int]) -> tuple[int, ...]:
    """The axes to show as integers."""
    try:
        chosen = tuple(operator.index(dim) for dim in dims)
    except TypeError:
        chosen = ()
    if len(chosen) not in (2, 3) or len(set(chosen)) < len(chosen) or not set(chosen) <= {0, 1, 2}:
        raise ModelValueError(f"dims = {dims} are not valid axes. Give two or three of 0 (x), 1 (y), 2 (z), each once.")
    return chosen


def checked_plane(dims: Sequence[int]) -> tuple[int, int]:
    """Two axes. See `checked_dims`."""
    chosen = checked_dims(dims)
    if len(chosen) != 2:
        raise ModelValueError(
            f"dims = {dims}: this picture is flat. Give two different ones of 0 (x), 1 (y) and 2 (z)."
        )
    return chosen[0], chosen[1]


def add_lines(ax: Axes, lines: Sequence[np.ndarray] | np.ndarray, dims: tuple[int, ...], **style: Any) -> None:
    """Join the points of each line. line x (point, 3 or more)."""
    axes = list(dims)
    seen = list(lines[..., axes]) if isinstance(lines, np.ndarray) else [line[:, axes] for line in lines]
    ax.add_collection((Line3DCollection if len(dims) == 3 else LineCollection)(seen, **style))


def add_points(ax: Axes, points: np.ndarray, dims: tuple[int, ...], **style: Any) -> None:
    """Show points as dots. (point, 3 or more)."""
    # matplotlib would make those far away pale, so that they had no colour that the colour bar has.
    full: dict[str, Any] = {"depthshade": False} if len(dims) == 3 else {}
    ax.scatter(*points[:, list(dims)].T, **({"s": 4} | full | style))


def finish(ax: Axes, dims: tuple[int, ...], points: np.ndarray) -> Axes:
    """Name the axes with their unit, give them equal scales and make room for points. (point, 3 or more)."""
    for axis, dim in zip("xyz", dims, strict=False):
        getattr(ax, f"set_{axis}label")(label(AXIS_NAMES[dim], "um"))
    if isinstance(ax, Axes3D):
        ax.auto_scale_xyz(*points[:, list(dims)].T, had_data=True)
        extent = [float(abs(np.ptp(getattr(ax, f"get_{axis}lim")()))) for axis in "xyz"]
        # A box as long as the data are has equal scales.
        ax.set_box_aspect((extent[0], extent[1], extent[2]), zoom=ZOOM)  # pyright: ignore[reportArgumentType] - no int
        for axis, size in zip("xyz", extent, strict=True):  # so that numbers have room along a short axis, too
            shown = getattr(ax, f"{axis}axis")
            shown.set_major_locator(MaxNLocator(max(1, round(MOST_TICKS * size / max(extent)))))
            shown.labelpad = LABEL_PAD
    else:
        ax.autoscale_view()
        ax.set_aspect("equal", adjustable="datalim")
        ax.spines[["top", "right"]].set_visible(False)
    return ax
