"""Scale bars in the place of axes, as papers have them."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from mpl_toolkits.mplot3d.art3d import Line3DCollection
from mpl_toolkits.mplot3d.axes3d import Axes3D

from dendrax import arguments
from dendrax.errors import ModelStateError
from dendrax.plot.style import canvas, check_axes
from dendrax.plot.thumbnail import round_below
from dendrax.plot.typesetting import typeset

SHARE = 0.2
"""Of the axis that a bar takes at most."""


@dataclass(frozen=True)
class _Bar:
    """One axis and its bar.

    Attributes:
        limits: Of the axis, first what is at the left or at the bottom. (2,)
        length: Of the bar, in the unit of the axis.
        text: The length with its unit.
    """

    limits: np.ndarray
    length: float
    text: str


@dataclass(frozen=True)
class _Pen:
    """How bars and texts look: keywords of their artists."""

    line: dict[str, Any]
    text: dict[str, Any]


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
        ModelTypeError: Not axes, or a length is not a number.
        ModelStateError: An axis has no unit, or is not linear.
        ModelValueError: A length is not positive, or matplotlib does not know the colour.
    """
    check_axes("scale_bar", ax, space=isinstance(ax, Axes3D))  # None makes no new ones
    with canvas("scale_bar", ax, space=isinstance(ax, Axes3D)) as axes:
        pen = _Pen({"color": color, "linewidth": linewidth}, {"color": color, "fontsize": fontsize})
        bars = _lengths(axes, x, y)
        if isinstance(axes, Axes3D):
            _draw_in_space(axes, bars, pen)
        else:
            _draw(axes, bars, pen, upright=axes.get_aspect() != 1.0 or y is not None)
        axes.set_axis_off()
    return axes


def _lengths(ax: Axes, x: float | None, y: float | None) -> dict[str, _Bar]:
    """How long the bar along each axis is: as asked for, else a round number. axis -> bar"""
    names = "xyz" if isinstance(ax, Axes3D) else "xy"
    asked = {
        name: None if length is None else arguments.positive(f"scale_bar: {name}", length)
        for name, length in (("x", x), ("y", y))
    }
    units = {name: _unit(ax, name) for name in names}
    ax.autoscale_view()
    limits = {name: np.array(getattr(ax, f"get_{name}lim")(), float) for name in names}
    extents = {name: float(abs(np.ptp(limit))) for name, limit in limits.items()}
    if len(names) == 3 or ax.get_aspect() == 1.0:  # space has one scale, and a bar of one length
        extents = dict.fromkeys(names, max(extents.values()))
        asked = {"x": asked["x"], "y": asked["y"] or asked["x"], "z": asked["x"]}
    lengths = {name: asked[name] or round_below(SHARE * extents[name]) for name in names}
    return {name: _Bar(limits[name], lengths[name], f"{lengths[name]:g} {units[name]}".strip()) for name in names}


def _draw(ax: Axes, bars: dict[str, _Bar], pen: _Pen, *, upright: bool) -> None:
    """A bar below the data, at the right, one along y if it is to be there, and their texts."""
    (left, right), (bottom, top) = bars["x"].limits, bars["y"].limits
    corner = np.array([right, bottom - 0.03 * (top - bottom)])
    end = corner - np.array([np.sign(right - left) * bars["x"].length, 0.0])
    lines = [[end, corner]]
    beside: dict[str, Any] = {"textcoords": "offset points", "annotation_clip": False, **pen.text}
    ax.annotate(bars["x"].text, ((corner + end) / 2).tolist(), xytext=(0, -4), ha="center", va="top", **beside)
    if upright:
        tip = corner + np.array([0.0, np.sign(top - bottom) * bars["y"].length])
        lines.append([corner, tip])
        ax.annotate(bars["y"].text, ((corner + tip) / 2).tolist(), xytext=(4, 0), ha="left", va="center", **beside)
    ax.add_collection(LineCollection(lines, clip_on=False, capstyle="butt", **pen.line), autolim=False)


def _draw_in_space(ax: Axes3D, bars: dict[str, _Bar], pen: _Pen) -> None:
    """Three bars from the corner of the box, each named."""
    corner = np.array([bar.limits.min() for bar in bars.values()])
    tips = corner + np.diag([bar.length for bar in bars.values()])
    ax.add_collection(Line3DCollection([[corner, tip] for tip in tips], **pen.line))
    for (axis, bar), tip in zip(bars.items(), tips, strict=True):
        shown = getattr(ax, f"get_{axis}label")().split(" ")[0]  # which of x, y and z this axis is
        ax.text(tip[0], tip[1], tip[2], f"{shown} {bar.text}", **pen.text)


def _unit(ax: Axes, name: str) -> str:
    """The unit in the label of an axis."""
    label = getattr(ax, f"get_{name}label")()
    found = re.search(r"\[([^\]]+)\]", label)
    if found is None or getattr(ax, f"get_{name}scale")() != "linear":
        raise ModelStateError(
            f"scale_bar: the {name} axis ({label!r}) has no unit in brackets, as in 'time [ms]', or is not linear, so "
            f"that a length on it means nothing. Set the label first, or keep the axes."
        )
    return typeset(found[1])
