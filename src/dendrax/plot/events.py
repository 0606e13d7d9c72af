"""Events in time: when which cell has spiked."""

import reprlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError, SelectionError, ValueShapeError
from dendrax.plot.palette import ABSENT, PALETTE
from dendrax.plot.style import canvas, check_labels
from dendrax.plot.typesetting import label

MOST_COLLECTIONS = 300
"""Largest number of rows that are drawn one by one."""
ROWS_APART = 250
"""Number of rows that a picture can separate; with more rows, ticks are longer than a row to stay visible."""
IN_ONE = {"linelengths", "linewidths", "colors", "alpha", "zorder", "rasterized"}
"""Keywords that work for any number of rows."""


@runtime_checkable
class Recorded(Protocol):
    """Spikes of a run, as `integrate(..., return_spikes=True)` returns them."""

    places: Any

    def spike_trains(self) -> list[Any]:
        """The times of the spikes of each id [ms]."""
        ...


def raster(
    times: ArrayLike | Sequence[ArrayLike] | Recorded,
    mask: ArrayLike | None = None,
    *,
    groups: Mapping[str, ArrayLike] | None = None,
    labels: Sequence[str] | None = None,
    ylabel: str | None = None,
    color: Any = None,
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Draw a row of ticks for each cell, a tick for each of its spikes; the first cell is at the bottom.

    You can colour cells by group. For the spikes of a run, the default is the groups of the network. A cell in several
    groups has the colour of the last group.

    Example:
        >>> import numpy as np
        >>> from dendrax import plot
        >>> ax = plot.raster([[1.0, 5.0, 9.0], [], [4.0]])
        >>> from dendrax.features import spike_times
        >>> v = np.where(np.arange(200) % 50 == 25, 20.0, -70.0)  # mV, every 0.1 ms
        >>> ax = plot.raster(*spike_times(np.stack([v, -v]), 0.1))
        >>> from dendrax.events import Places, Spikes
        >>> spikes = Spikes(np.array([1.0, 2.5, 4.0]), np.array([1, 0, 2]), np.array(3), Places(cell=[0, 1, 2]))
        >>> ax = plot.raster(spikes, groups={"excitatory": [0, 1], "inhibitory": [2]})

    Args:
        times: The spikes of a run; or times of the spikes of each cell [ms], with NaN in empty places.
            cell x (spike,), or (cell, spike)
        mask: Which of these are spikes, as `features.spike_times` returns it. (cell, spike) bool
        groups: The rows of each group by its name, counted from 0. Each group has a colour, and a legend names it.
        labels: A name for each cell, instead of its number.
        ylabel: Label of the rows; None: "cell", or "id" if some rows are not cells.
        color: Any matplotlib colour, or one for each cell.
        ax: Where to draw; a new figure if None.
        **kwargs: Handed to `Axes.eventplot`.

    Returns:
        The axes.

    Raises:
        ValueShapeError: The mask or the labels do not fit the times, or these are not one row for each cell.
        SelectionError: A group contains an unknown row.
        ModelTypeError: Not times, not a mask (voltages and a time step, for instance), or not axes.
        ModelValueError: Voltages in place of times, or padded times without their mask; both `color` and `groups`;
            matplotlib refuses a colour or keyword.
    """
    if isinstance(times, Recorded):
        groups = times.places.groups if groups is None and color is None else groups
        cells = np.asarray(times.places.cell)
        ylabel = "id" if ylabel is None and not np.array_equal(cells, np.arange(len(cells))) else ylabel
        times = times.spike_trains()
    rows = _rows("times", times)
    if mask is not None:
        kept = _rows("mask", mask)
        if [row.shape for row in kept] != [row.shape for row in rows]:
            raise ValueShapeError(
                f"raster: a mask for {len(kept)} cells does not fit the times of {len(rows)}. Give both alike."
            )
        rows = [row[there.astype(bool)] for row, there in zip(rows, kept, strict=True)]
    rows = [row[np.isfinite(row)] for row in rows]
    _check_times(rows)
    check_labels("raster", labels, len(rows), "cells")
    style: dict[str, Any] = {"linelengths": max(0.8, len(rows) / ROWS_APART), "linewidths": 1.2} | kwargs
    of_group = _colours(groups or {}, len(rows))
    if of_group and color is not None:
        raise ModelValueError("raster: groups already have colours. Leave out `color` or `groups`.")
    style["colors"] = _by_row(groups, of_group, len(rows)) if groups else PALETTE[0] if color is None else color
    with canvas("raster", ax) as axes:
        if rows:
            _draw(axes, rows, style)
        if of_group:
            handles = [Line2D([], [], color=colour, linewidth=3.0, label=name) for name, colour in of_group.items()]
            axes.legend(handles=handles, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_ylim(-0.6, max(len(rows), 1) - 0.4)
        axes.set_xlabel(label("time", "ms"))
        axes.set_ylabel("cell" if ylabel is None else ylabel)
        if labels is None:
            axes.yaxis.set_major_locator(MaxNLocator(integer=True))  # there is no cell 0.5
        else:
            axes.set_yticks(range(len(rows)), labels)
    return axes


def _draw(axes: Axes, rows: list[np.ndarray], style: dict[str, Any]) -> None:
    """Draw the ticks; with many rows as one interrupted line for each colour, since a collection takes 1 ms."""
    if len(rows) <= MOST_COLLECTIONS or not style.keys() <= IN_ONE or np.ndim(style["linelengths"]):
        axes.eventplot(rows, lineoffsets=list(range(len(rows))), **style)
        return
    half, width, colours = 0.5 * style.pop("linelengths"), style.pop("linewidths"), style.pop("colors")
    of_row: list[Any] = colours if isinstance(colours, list) and len(colours) == len(rows) else [colours] * len(rows)
    rows_of: dict[Any, list[int]] = {}
    for row, colour in enumerate(map(to_rgba, of_row)):
        rows_of.setdefault(colour, []).append(row)
    for colour, those in rows_of.items():
        at = np.concatenate([rows[row] for row in those])
        y = np.repeat(those, [len(rows[row]) for row in those])
        gap = np.full(len(at), np.nan)
        x, y = (np.stack(one, 1).ravel() for one in ((at, at, gap), (y - half, y + half, gap)))
        axes.plot(x, y, color=colour, linewidth=width, solid_capstyle="butt", **style)


def _colours(groups: Mapping[str, ArrayLike], n_rows: int) -> dict[str, str]:
    """A colour for each group."""
    if not isinstance(groups, Mapping):
        raise ModelTypeError(f'raster: groups must be a dict such as {{"exc": [0, 1]}}, not {reprlib.repr(groups)}.')
    for name, rows in groups.items():
        numbers = np.asarray(rows)
        if numbers.size and not (
            numbers.dtype.kind in "iu" and numbers.ndim == 1 and numbers.min() >= 0 and numbers.max() < n_rows
        ):
            raise SelectionError(
                f"raster: the group {name!r} must be a list of rows from 0 to {n_rows - 1}, not {reprlib.repr(rows)}."
            )
    return {name: PALETTE[at % len(PALETTE)] for at, name in enumerate(groups)}


def _by_row(groups: Mapping[str, ArrayLike] | None, colours: Mapping[str, str], n_rows: int) -> list[str]:
    """The colour of each row."""
    of_row = [ABSENT] * n_rows
    for name, rows in (groups or {}).items():
        for row in np.asarray(rows, int):
            of_row[row] = colours[name]
    return of_row


def _check_times(rows: list[np.ndarray]) -> None:
    """Refuse values that are not times: voltages, which are negative and fall, and padding, which is 0."""
    for cell, row in enumerate(rows):
        if (row < 0).any() and (np.diff(row) <= 0).any():
            raise ModelValueError(
                f"raster: the numbers of cell {cell} are negative and do not rise, as voltages and not as times of "
                f"spikes. Find the spikes first: plot.raster(*features.spike_times(v, dt))."
            )
        if len(row) > 1 and row[-1] == 0.0 <= row[-2]:
            raise ModelValueError(
                f"raster: the times of cell {cell} end with 0 ms, as padding does. Pass the mask too: "
                f"plot.raster(*features.spike_times(v, dt))."
            )


def _rows(what: str, given: Any) -> list[np.ndarray]:
    """A row for each cell. cell x (spike,)"""
    try:
        listed = list(np.asarray(given) if hasattr(given, "shape") else given)
    except TypeError:
        raise ModelTypeError(
            f"raster: {what} must hold a row for each cell, but is {reprlib.repr(given)}. If you have voltages and a "
            f"time step, find the spikes first: plot.raster(*features.spike_times(v, dt))."
        ) from None
    rows = [arguments.reals(f"raster: {what}", row) for row in listed]
    if any(row.ndim != 1 for row in rows):
        raise ValueShapeError(
            f"raster: {what} must be one row for each cell; give [[1.0, 5.0]] also where there is one cell."
        )
    return rows
