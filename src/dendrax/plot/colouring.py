"""Colours that say something: a value or a name for each compartment, and the colour bar or legend that explains it."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, is_color_like, to_rgba_array
from matplotlib.patches import Patch
from mpl_toolkits.mplot3d.axes3d import Axes3D

from dendrax import arguments
from dendrax.errors import ModelValueError, ValueShapeError
from dendrax.plot.palette import ABSENT, PALETTE
from dendrax.plot.typesetting import label

ROOM_IN_SPACE = 0.12
"""Between axes and colour bar, as a share of the axes: the label of z is there."""
AROUND = 0.1
"""Where all values are the same, the colour bar reaches so far to both sides, as a share of it."""


@dataclass(frozen=True, eq=False)
class ByValue:
    """A colour by a number, with a colour bar. Hand it to `vis(color=...)`.

    Attributes:
        values: What to show; NaN is grey. (comp,), or (cell,) where a cell is a dot
        label: What the values are, with their unit.
        cmap: A matplotlib colour map.
        limits: Values at the ends of the colour map; those of the data if None.

    Raises:
        ModelTypeError: Not numbers.
        ValueShapeError: Not one number for each.
        ModelValueError: All values are NaN, there is no such colour map, or the limits are not two rising numbers.

    Example:
        >>> import dendrax as jx
        >>> cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
        >>> ax = cell.vis(color=jx.plot.ByValue(range(6), label="number of the compartment"), type="comp")
    """

    values: Any
    label: str = ""
    cmap: Any = "viridis"
    limits: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Turn the values into floats, and check all that is there."""
        values = arguments.reals(f"A picture of {self.label or 'values'}: what is shown", self.values)
        if values.ndim != 1:
            raise ValueShapeError(
                f"A picture of {self.label or 'values'}: values of shape {values.shape}. Give one for each."
            )
        check_cmap("A picture", self.cmap)
        if self.limits is not None:
            object.__setattr__(self, "limits", _checked_limits(self.limits))
        if not np.isfinite(values).any():
            raise ModelValueError(
                f"A picture of {self.label or 'values'}: all of them are NaN, so there is nothing to show."
            )
        object.__setattr__(self, "values", values)

    def __len__(self) -> int:
        """Number of values."""
        return len(self.values)

    def of_pieces(self, row: np.ndarray, what: str) -> dict[str, Any]:
        """Keywords for a collection whose pieces belong to the compartments `row`."""
        del what  # lines and faces take the same
        return {"array": self.values[row], "cmap": self._scale.cmap, "clim": self._scale.get_clim()}

    def order(self, row: np.ndarray) -> np.ndarray:
        """In which order to draw the compartments `row`: what has no value is below the rest. (row,)"""
        return np.argsort(np.isfinite(self.values[row]), kind="stable")

    def rgba(self, row: np.ndarray) -> np.ndarray:
        """The colours of the compartments `row`. (row, 4)"""
        return self._scale.to_rgba(np.ma.masked_invalid(self.values[row]))

    def explain(self, ax: Axes) -> None:
        """Add the colour bar."""
        room: dict[str, Any] = {"pad": ROOM_IN_SPACE} if isinstance(ax, Axes3D) else {}
        ax.figure.colorbar(self._scale, ax=ax, label=label(self.label), shrink=0.7, **room)

    def of_cells(self, cell_of_comp: np.ndarray) -> "ByValue":
        """The mean over the compartments of each cell; NaN where none has a value."""
        _, cell = np.unique(cell_of_comp, return_inverse=True)
        known = np.isfinite(self.values)
        count = np.bincount(cell[known], minlength=cell.max() + 1)
        total = np.bincount(cell[known], self.values[known], minlength=cell.max() + 1)
        means = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        return ByValue(means, self.label, self.cmap, self.limits)

    @property
    def _scale(self) -> ScalarMappable:
        """From values to colours."""
        cmap = mpl.colormaps[self.cmap].with_extremes(bad=ABSENT) if isinstance(self.cmap, str) else self.cmap
        scale = ScalarMappable(cmap=cmap)
        scale.set_clim(*(self.limits or self._range))
        return scale

    @property
    def _range(self) -> tuple[float, float]:
        """Least and greatest value; where they are the same, a range that has it in the middle."""
        seen = self.values[np.isfinite(self.values)]
        low, high = float(seen.min()), float(seen.max())
        around = (abs(low) * AROUND or 1.0) if low == high else 0.0
        return low - around, high + around


@dataclass(frozen=True, eq=False)
class ByName:
    """A colour for each of some names, with a legend. Hand it to `vis(color=...)`.

    Attributes:
        index: Which of the names a compartment has, -1 for none, which is grey. (comp,), or (cell,) for dots
        names: What the legend says.
        colors: A colour for each name; our palette if None.

    Raises:
        ModelTypeError: An index is not a number.
        ModelValueError: An index is not that of a name, or a colour is none that matplotlib knows.
        ValueShapeError: Fewer colours than names, or not one index for each.

    Example:
        >>> import dendrax as jx
        >>> cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
        >>> ax = cell.vis(color=jx.plot.ByName([0, 0, 1, 1, -1, -1], ["trunk", "left"]))
    """

    index: Any
    names: Sequence[str]
    colors: Sequence[Any] | None = None

    def __post_init__(self) -> None:
        """Check that there is a colour for each name, and a name for each index."""
        index = arguments.reals("ByName: index", self.index)
        if index.ndim != 1:
            raise ValueShapeError(f"ByName: index has the shape {index.shape}. Give one number for each compartment.")
        if not np.isin(index, np.arange(-1, len(self.names))).all():
            wrong = index[~np.isin(index, np.arange(-1, len(self.names)))][0]
            raise ModelValueError(
                f"ByName: index {wrong:g} does not match any of the {len(self.names)} names. Give 0, 1, ..., or -1."
            )
        if unknown := [color for color in self.colors or () if not is_color_like(color)]:
            raise ModelValueError(
                f"ByName: matplotlib has no colour {unknown[0]!r}. Give names such as 'C0', or '#0072B2'."
            )
        if self.colors is not None and len(self.colors) < len(self.names):
            raise ValueShapeError(
                f"{len(self.colors)} colours for the {len(self.names)} names {list(self.names)}. Give one each."
            )
        object.__setattr__(self, "index", index.astype(int))

    def __len__(self) -> int:
        """Number of compartments."""
        return len(self.index)

    def of_pieces(self, row: np.ndarray, what: str) -> dict[str, Any]:
        """Keywords for a collection whose pieces belong to the compartments `row`; `what` is "color" or "facecolor"."""
        return {what: self.rgba(row)}

    def order(self, row: np.ndarray) -> np.ndarray:
        """In which order to draw the compartments `row`: none first, the rarest name, such as the soma, last. (row,)"""
        count = np.bincount(self.index[self.index >= 0], minlength=len(self.names))
        return np.argsort(np.append(-count, -len(self) - 1)[self.index[row]], kind="stable")

    def rgba(self, row: np.ndarray) -> np.ndarray:
        """The colours of the compartments `row`. (row, 4)"""
        return self._table[self.index[row]]

    def explain(self, ax: Axes) -> None:
        """Add the legend, beside the axes."""
        used = [number for number in range(len(self.names)) if (self.index == number).any()]
        handles = [Patch(color=self._table[number], label=self.names[number]) for number in used]
        ax.legend(handles=handles, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))

    def of_cells(self, cell_of_comp: np.ndarray) -> "ByName":
        """What most compartments of each cell have."""
        _, cell = np.unique(cell_of_comp, return_inverse=True)
        count = np.zeros((cell.max() + 1, len(self.names) + 1), int)
        np.add.at(count, (cell, self.index), 1)  # -1 counts in the last column
        most = count.argmax(axis=1)
        return ByName(np.where(most == len(self.names), -1, most), self.names, self.colors)

    @property
    def _table(self) -> np.ndarray:
        """A colour for each name, and at the end, where -1 points, that of none. (name + 1, 4)"""
        n = len(self.names)
        ours = PALETTE if n <= len(PALETTE) else mpl.colormaps["tab20"](np.arange(20))
        colors = [ours[number % len(ours)] for number in range(n)] if self.colors is None else list(self.colors)[:n]
        return to_rgba_array([*colors, ABSENT])


Colouring = ByValue | ByName


def check_cmap(what: str, cmap: Any) -> None:
    """Refuse anything but a colour map."""
    if isinstance(cmap, Colormap) or (isinstance(cmap, str) and cmap in mpl.colormaps):
        return
    near = difflib.get_close_matches(str(cmap), list(mpl.colormaps), n=1)
    hint = f" Did you mean {near[0]!r}?" if near else " `list(matplotlib.colormaps)` names all."
    raise ModelValueError(f"{what}: matplotlib has no colour map {cmap!r}.{hint}")


def _checked_limits(limits: Any) -> tuple[float, float]:
    """The values at the ends of a colour map."""
    ends = arguments.reals("A picture: limits", limits)
    if ends.shape != (2,) or not np.isfinite(ends).all() or not ends[0] < ends[1]:
        raise ModelValueError(
            f"A picture: limits = {limits!r} are no range. Give two rising numbers; colours the other way round are "
            f"another colour map, such as 'viridis_r'."
        )
    return float(ends[0]), float(ends[1])


def with_options(color: Any, style: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The colour with what the keywords `cmap` and `limits` say, and the other keywords.

    The artists would take a colour map, too, but then the colour bar would show another.
    """
    if not isinstance(color, ByValue):
        return color, style
    options = {name: value for name, value in style.items() if name in ("cmap", "limits")}
    return replace(color, **options), {name: value for name, value in style.items() if name not in options}


def check_count(color: Any, n: int, things: str) -> None:
    """Refuse a colouring whose length is not the number of things to colour."""
    if isinstance(color, Colouring) and len(color) != n:
        raise ValueShapeError(f"Colours for {len(color)} {things}, but {n} are drawn. Give one value for each.")
