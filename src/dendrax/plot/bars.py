"""Scale bars in the place of axes, as papers have them."""

import re
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from mpl_toolkits.mplot3d.art3d import Line3DCollection
from mpl_toolkits.mplot3d.axes3d import Axes3D

from dendrax.errors import ModelStateError, ModelValueError
from dendrax.plot.thumbnail import round_below

SHARE = 0.2
"""Of the axis that a bar takes at most."""


def scale_bar(
    ax: Axes,
    x: float | None = None,
    y: float | None = None,
    *,
    color: Any = "k",
    linewidth: float = 2.0,
    fontsize: float = 9.0,
) -> Axes:
    """Put scale bars with their units in the place of the axes.

    A picture of a shape gets one bar, since its axes have one scale; curves get one for each axis, and a shape in three
    dimensions one for each direction. Units are read off the labels of the axes, such as "time [ms]".

    Example:
        >>> import dendrax as jx
        >>> ax = jx.plot.scale_bar(jx.morphology.sample("interneuron").vis())
        >>> ax = jx.plot.scale_bar(jx.plot.traces([0.0, 50.0], [-70.0, 10.0]), x=10.0, y=20.0)

    Args:
        ax: Axes that have been drawn on.
        x: Length of the bar along x [unit of that axis]; a round number of at most a fifth of the axis if None.
        y: Length of the bar along y, where there is one.
        color: Of bars and texts.
        linewidth: Of the bars [pt].
        fontsize: Of the texts [pt].

    Returns:
        The axes.

    Raises:
        ModelStateError: An axis has no unit, or is not linear.
        ModelValueError: A length is not positive.
    """
    names = "xyz" if isinstance(ax, Axes3D) else "xy"
    of_space = isinstance(ax, Axes3D) or ax.get_aspect() == 1.0
    ax.autoscale_view()
    limits = {name: np.array(getattr(ax, f"get_{name}lim")(), float) for name in names}
    units = {name: _unit(ax, name) for name in names}
    for length in (x, y):
        if length is not None and not 0 < length < np.inf:
            message = f"scale_bar: a bar of length {length} cannot be drawn. Give positive numbers."
            raise ModelValueError(message)
    asked = {"x": x, "y": x if of_space and y is None else y, "z": x}
    if of_space:  # one length for all directions
        largest = max(abs(np.ptp(limit)) for limit in limits.values())
        lengths = {name: asked[name] or round_below(SHARE * largest) for name in names}
    else:
        lengths = {name: asked[name] or round_below(SHARE * abs(np.ptp(limits[name]))) for name in names}
    if isinstance(ax, Axes3D):
        _bars_in_space(ax, limits, lengths, units, {"color": color, "linewidth": linewidth}, fontsize)
    else:
        shown = ("x",) if of_space and y is None else ("x", "y")
        _bars(ax, shown, limits, lengths, units, {"color": color, "linewidth": linewidth}, fontsize)
    ax.set_axis_off()
    return ax


def _bars(
    ax: Axes,
    shown: tuple[str, ...],
    limits: dict[str, np.ndarray],
    lengths: dict[str, float],
    units: dict[str, str],
    style: dict[str, Any],
    fontsize: float,
) -> None:
    """Bars below the data, at the right, and their texts."""
    (left, right), (bottom, top) = limits["x"], limits["y"]
    corner = np.array([right, bottom - 0.03 * (top - bottom)])
    end = corner - np.array([np.sign(right - left) * lengths["x"], 0.0])
    lines = [[end, corner]]
    text: dict[str, Any] = {
        "fontsize": fontsize,
        "color": style["color"],
        "textcoords": "offset points",
        "annotation_clip": False,
    }
    middle = ((corner + end) / 2).tolist()
    ax.annotate(f"{lengths['x']:g} {units['x']}", middle, xytext=(0, -4), ha="center", va="top", **text)
    if "y" in shown:
        tip = corner + np.array([0.0, np.sign(top - bottom) * lengths["y"]])
        lines.append([corner, tip])
        middle = ((corner + tip) / 2).tolist()
        ax.annotate(f"{lengths['y']:g} {units['y']}", middle, xytext=(4, 0), ha="left", va="center", **text)
    ax.add_collection(LineCollection(lines, clip_on=False, capstyle="butt", **style), autolim=False)


def _bars_in_space(
    ax: Axes3D,
    limits: dict[str, np.ndarray],
    lengths: dict[str, float],
    units: dict[str, str],
    style: dict[str, Any],
    fontsize: float,
) -> None:
    """Three bars from the corner of the box, each named."""
    corner = np.array([limits[name].min() for name in "xyz"])
    tips = corner + np.diag([lengths[name] for name in "xyz"])
    ax.add_collection(Line3DCollection([[corner, tip] for tip in tips], **style))
    for name, tip in zip("xyz", tips, strict=True):
        what = getattr(ax, f"get_{name}label")().split(" ")[0]
        ax.text(
            tip[0], tip[1], tip[2], f"{what} {lengths[name]:g} {units[name]}", fontsize=fontsize, color=style["color"]
        )


def _unit(ax: Axes, name: str) -> str:
    """The unit in the label of an axis.

    Raises:
        ModelStateError: There is none, or the axis is not linear.
    """
    label = getattr(ax, f"get_{name}label")()
    found = re.search(r"\[([^\]]+)\]", label)
    if found is None or getattr(ax, f"get_{name}scale")() != "linear":
        message = (
            f"scale_bar: the {name} axis ({label!r}) has no unit in brackets, as in 'time [ms]', or is not linear, so "
            f"that a length on it means nothing. Set the label first, or keep the axes."
        )
        raise ModelStateError(message)
    return found[1]
