"""Events in time: when which cell has spiked."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from dendrax.errors import ValueShapeError
from dendrax.plot.style import PALETTE, axes_or_new


def raster(
    times: ArrayLike | Sequence[ArrayLike],
    mask: ArrayLike | None = None,
    *,
    labels: Sequence[str] | None = None,
    ylabel: str = "cell",
    color: Any = None,
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Draw a row of ticks for each cell, a tick for each of its spikes; the first cell is at the bottom.

    Example:
        >>> import numpy as np
        >>> from dendrax import plot
        >>> ax = plot.raster([[1.0, 5.0, 9.0], [], [4.0]])
        >>> from dendrax.features import spike_times
        >>> v = np.where(np.arange(200) % 50 == 25, 20.0, -70.0)  # mV, every 0.1 ms
        >>> ax = plot.raster(*spike_times(np.stack([v, -v]), 0.1))

    Args:
        times: Times of the spikes of each cell [ms]; NaN is none. cell x (spike,), or (cell, spike)
        mask: Which of these are spikes, as `features.spike_times` returns it. (cell, spike) bool
        labels: A name for each cell, instead of its number.
        ylabel: What the rows are.
        color: Any matplotlib colour, or one for each cell.
        ax: Where to draw; a new figure if None.
        **kwargs: Handed to `Axes.eventplot`.

    Returns:
        The axes.

    Raises:
        ValueShapeError: The mask or the labels do not fit the times, or these are not one row for each cell.
    """
    rows = [np.asarray(row, dtype=float) for row in times]  # pyright: ignore[reportGeneralTypeIssues]
    if any(row.ndim != 1 for row in rows):
        message = "raster: give one row of times for each cell, also where there is one cell: [[1.0, 5.0]]."
        raise ValueShapeError(message)
    if mask is not None:
        kept = [np.asarray(row, dtype=bool) for row in mask]  # pyright: ignore[reportGeneralTypeIssues]
        if [row.shape for row in kept] != [row.shape for row in rows]:
            message = f"raster: a mask for {len(kept)} cells does not fit the times of {len(rows)}. Give both alike."
            raise ValueShapeError(message)
        rows = [row[there] for row, there in zip(rows, kept, strict=True)]
    if labels is not None and len(labels) != len(rows):
        message = f"raster: {len(labels)} labels for {len(rows)} cells. Give one for each."
        raise ValueShapeError(message)
    ax = axes_or_new(ax)
    style: dict[str, Any] = {"linelengths": 0.8, "linewidths": 1.2} | kwargs
    style["colors"] = PALETTE[0] if color is None else color
    ax.eventplot([row[np.isfinite(row)] for row in rows], lineoffsets=list(range(len(rows))), **style)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_ylim(-0.6, max(len(rows), 1) - 0.4)
    ax.set_xlabel("time [ms]")
    ax.set_ylabel(ylabel)
    if labels is None:
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))  # there is no cell 0.5
    else:
        ax.set_yticks(range(len(rows)), labels)
    return ax
