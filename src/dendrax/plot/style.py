"""How our pictures look, in one place."""

from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from dendrax.plot.palette import ABSENT, GRID, PALETTE

__all__ = ["ABSENT", "GRID", "PALETTE", "axes_or_new", "tidy"]


def axes_or_new(ax: Axes | None, **subplot_kw: Any) -> Axes:
    """The given axes, or those of a new figure."""
    if ax is not None:
        return ax
    return plt.subplots(layout="constrained", subplot_kw=subplot_kw)[1]


def tidy(ax: Axes) -> None:
    """Only the two spines that carry an axis, and a grid that stays behind the data."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(visible=True, color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
