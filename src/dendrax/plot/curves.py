"""Curves over time and over the steps of a fit."""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from dendrax import arguments
from dendrax.errors import ModelValueError, ValueShapeError
from dendrax.plot.palette import PALETTE
from dendrax.plot.style import canvas, check_labels, tidy
from dendrax.plot.typesetting import label

IN_ORDER = "viridis"
"""Colour map of curves that are more than our palette has colours: their order is seen."""
LAST = 0.92
"""Where on it the last of them is; what comes after is too bright for a white page."""
MOST_INSIDE = 4
"""A legend of more names stands beside the axes."""


def traces(
    time: ArrayLike,
    values: ArrayLike,
    *,
    labels: Sequence[str] | None = None,
    ylabel: str = "membrane voltage [mV]",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Draw recordings over time.

    Example:
        >>> import numpy as np
        >>> from dendrax import plot
        >>> time = np.arange(0.0, 10.0, 0.025)
        >>> ax = plot.traces(time, -70.0 + np.sin(time), labels=["soma"])

    Args:
        time: Times [ms]. (time,)
        values: One recording, or one per row, as `integrate` returns them; NaN is a gap. (time,) or (recording, time)
        labels: A name for each recording.
        ylabel: What was recorded, with its unit in brackets.
        ax: Where to draw; a new figure if None.
        **kwargs: Handed to `Axes.plot`.

    Returns:
        The axes.

    Raises:
        ValueShapeError: Lengths of times, recordings and labels do not match.
        ModelTypeError: Not numbers, or not axes.
        ModelValueError: Times that fall; matplotlib refuses a keyword.
    """
    times = arguments.reals("traces: time", time)
    rows = np.atleast_2d(arguments.reals("traces: values", values))
    if rows.ndim != 2 or times.shape != rows.shape[1:]:
        raise ValueShapeError(
            f"traces: times of shape {times.shape} do not fit recordings of shape {rows.shape}. Give one per column, "
            f"such as `np.arange(v.shape[1]) * delta_t`."
        )
    if (np.diff(times) < 0).any():
        raise ModelValueError("traces: the times fall. Give times first, then recordings: plot.traces(time, v).")
    check_labels("traces", labels, len(rows), "recordings")
    with canvas("traces", ax) as axes:
        for index, (row, color) in enumerate(zip(rows, _colors(len(rows)), strict=True)):
            style: dict[str, Any] = {"color": color, "linewidth": 1.4}
            if labels is not None:
                style["label"] = labels[index]
            axes.plot(times, row, **(style | kwargs))
        tidy(axes)
        axes.set_xlabel(label("time", "ms"))
        axes.set_ylabel(label(ylabel))
        axes.margins(x=0)
        if labels is not None:
            _add_names(axes, len(labels))
    return axes


def _colors(n: int) -> list[Any]:
    """A colour for each of `n` curves."""
    return list(PALETTE[:n]) if n <= len(PALETTE) else list(mpl.colormaps[IN_ORDER](np.linspace(0.0, LAST, n)))


def _add_names(ax: Axes, n: int) -> None:
    """A legend of `n` names where it hides no curve."""
    beside: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)} if n > MOST_INSIDE else {}
    ax.legend(frameon=False, **beside)


def descent(loss: ArrayLike, *, ylabel: str = "loss", ax: Axes | None = None, **kwargs: Any) -> Axes:
    """Draw the loss over the steps of a fit, with the best value so far as a line.

    The axis is logarithmic, unless a loss is not positive, as a log-likelihood may be.

    Example:
        >>> from dendrax import plot
        >>> ax = plot.descent([10.0, 3.0, 4.0, 0.5], ylabel="mean squared error [mV²]")

    Args:
        loss: The loss before each step, such as `FitResult.loss`; NaN is a gap. (step,)
        ylabel: What the loss is, with its unit in brackets.
        ax: Where to draw; a new figure if None.
        **kwargs: Handed to `Axes.plot` for the points.

    Returns:
        The axes.

    Raises:
        ValueShapeError: Not one number for each step.
        ModelTypeError: Not numbers, or not axes.
        ModelValueError: matplotlib refuses a keyword.
    """
    losses = arguments.reals("descent: loss", loss)
    if losses.ndim != 1:
        raise ValueShapeError(
            f"descent: losses of shape {losses.shape}. Give one number for each step, of one fit: loss[0]."
        )
    step = np.arange(len(losses))
    style: dict[str, Any] = {
        "label": "every step",
        "marker": "o",
        "markersize": 3,
        "linestyle": "none",
        "color": PALETTE[5],
        "alpha": 0.8,
    } | kwargs
    with canvas("descent", ax) as axes:
        axes.plot(step, losses, **style)
        axes.plot(step, np.fmin.accumulate(losses), color=PALETTE[0], linewidth=1.8, label="best so far")
        if (losses[np.isfinite(losses)] > 0).all():
            axes.set_yscale("log")
        tidy(axes)
        axes.set_xlabel("step of gradient descent")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))  # there is no half a step
        axes.set_ylabel(label(ylabel))
        axes.legend(frameon=False, loc="upper right")  # where a loss that falls leaves room
    return axes
