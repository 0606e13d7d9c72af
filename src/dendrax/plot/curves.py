"""Curves over time and over the steps of a fit."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from dendrax.errors import ValueShapeError
from dendrax.plot.style import PALETTE, axes_or_new, tidy


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
        values: One recording, or one per row, as `integrate` returns them. (time,) or (recording, time)
        labels: A name for each recording.
        ylabel: What was recorded, with its unit.
        ax: Where to draw; a new figure if None.
        **kwargs: Handed to `Axes.plot`.

    Returns:
        The axes.

    Raises:
        ValueShapeError: Lengths of times, recordings and labels do not match.
    """
    time = np.asarray(time)
    rows = np.atleast_2d(np.asarray(values))
    if rows.ndim != 2 or time.shape != rows.shape[1:]:
        message = (
            f"traces: times of shape {time.shape} do not fit recordings of shape {rows.shape}. Give one per column."
        )
        raise ValueShapeError(message)
    if labels is not None and len(labels) != len(rows):
        message = f"traces: {len(labels)} labels for {len(rows)} recordings. Give one for each."
        raise ValueShapeError(message)
    ax = axes_or_new(ax)
    for index, row in enumerate(rows):
        style: dict[str, Any] = {"color": PALETTE[index % len(PALETTE)], "linewidth": 1.4}
        if labels is not None:
            style["label"] = labels[index]
        ax.plot(time, row, **(style | kwargs))
    tidy(ax)
    ax.set_xlabel("time [ms]")
    ax.set_ylabel(ylabel)
    ax.margins(x=0)
    if labels is not None:
        ax.legend(frameon=False)
    return ax


def descent(loss: ArrayLike, *, ylabel: str = "loss", ax: Axes | None = None, **kwargs: Any) -> Axes:
    """Draw the loss over the steps of a fit, on a logarithmic axis, with the best value so far as a line.

    Example:
        >>> from dendrax import plot
        >>> ax = plot.descent([10.0, 3.0, 4.0, 0.5], ylabel="mean squared error [mV²]")

    Args:
        loss: The loss before each step. (step,)
        ylabel: What the loss is, with its unit.
        ax: Where to draw; a new figure if None.
        **kwargs: Handed to `Axes.plot` for the points.

    Returns:
        The axes.
    """
    loss = np.asarray(loss, dtype=float)
    ax = axes_or_new(ax)
    step = np.arange(len(loss))
    style: dict[str, Any] = {
        "marker": "o",
        "markersize": 3,
        "linestyle": "none",
        "color": PALETTE[5],
        "alpha": 0.8,
    } | kwargs
    ax.plot(step, loss, label="every step", **style)
    ax.plot(step, np.minimum.accumulate(loss), color=PALETTE[0], linewidth=1.8, label="best so far")
    ax.set_yscale("log")
    tidy(ax)
    ax.set_xlabel("step of gradient descent")
    ax.set_ylabel(ylabel)
    ax.legend(frameon=False, loc="upper right")  # where a loss that falls leaves room
    return ax
