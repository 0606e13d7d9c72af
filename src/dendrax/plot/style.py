"""How our pictures look, in one place."""

from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

# Okabe and Ito's palette, which colour-blind readers can tell apart (https://jfly.uni-koeln.de/color/).
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#222222")
GRID = "#E4E4E4"
ABSENT = "#BDBDBD"
"""What has no value or no name."""


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
