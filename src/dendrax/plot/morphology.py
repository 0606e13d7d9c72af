"""The shape of a cell: as lines, as points, as cylinders or frusta, in one colour or in colours that say something."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from mpl_toolkits.mplot3d.art3d import Poly3DCollection
from mpl_toolkits.mplot3d.axes3d import Axes3D
from numpy.typing import ArrayLike

from dendrax.errors import ModelStateError, ModelTypeError, ModelValueError, ValueShapeError
from dendrax.plot.colouring import ByValue, Colouring, check_count, with_options
from dendrax.plot.pieces import Pieces, cut_at_compartments, cylinders, frusta, owners_of_points
from dendrax.plot.solids import silhouettes, surfaces, with_balls
from dendrax.plot.space import add_lines, add_points, checked_dims, finish
from dendrax.plot.style import canvas

SIDES = 10
"""Faces of a frustum in three dimensions."""
ON_TOP = 2
"""Drawing order of solids: that of lines, so that what is drawn later is above what is there."""


@runtime_checkable
class Drawable(Protocol):
    """What has a shape: every module and view."""

    @property
    def xyzr(self) -> list[np.ndarray]:
        """Traced points and radii of every branch [um]. branch x (point, 4)."""
        ...

    def show(self, param_names: list[str]) -> pd.DataFrame:
        """The table of compartments: indices, and these columns."""
        ...


def draw(
    xyzr: Sequence[np.ndarray],
    nodes: pd.DataFrame,
    ax: Axes | None = None,
    color: Any = "k",
    dims: Sequence[int] = (0, 1),
    type: str = "line",  # noqa: A002 - the reference's name
    **kwargs: Any,
) -> Axes:
    """Draw a morphology.

    Example:
        >>> import numpy as np, pandas as pd
        >>> from dendrax import plot
        >>> xyzr = [np.array([[0.0, 0.0, 0.0, 2.0], [50.0, 10.0, 0.0, 1.0]])]
        >>> nodes = pd.DataFrame(
        ...     {"x": [25.0], "y": [5.0], "z": [0.0], "radius": [1.5], "length": [51.0], "global_branch_index": [0]}
        ... )
        >>> ax = plot.draw(xyzr, nodes, type="morph", color="C0")

    Args:
        xyzr: Traced points and radii of every branch [um]. branch x (point, 4)
        nodes: The compartments of these branches, in any order: columns x, y, z, radius, length and
            global_branch_index, which rises along `xyzr`. In one colour "line" and "scatter" do not need it, nor does
            "morph" where all radii are traced.
        ax: Where to draw; a new figure if None. Three `dims` need 3D axes.
        color: Any matplotlib colour; or `ByValue` or `ByName`, which add a colour bar or a legend.
        dims: The axes to show: two or three of 0, 1, 2.
        type: "line" joins the traced points, "scatter" shows them, "comp" shows compartments as cylinders, "morph"
            shows the volume, traced or made of compartments.
        **kwargs: Handed to the matplotlib artist; with `ByValue`, `cmap` and `limits` say how it is coloured.

    Returns:
        The axes.

    Raises:
        ModelTypeError: Not branches and a table, or not axes of as many dimensions as `dims` has.
        ModelValueError: Unknown type or dims, or matplotlib refuses a colour or keyword.
        ModelStateError: The branches have no coordinates.
        ValueShapeError: Colours that are not one for each compartment, or no branch.
    """
    dims = checked_dims(dims)
    with canvas("draw", ax, space=len(dims) == 3) as axes:
        add_cells(axes, xyzr, nodes, dims, color, type, **kwargs)
        finish(axes, dims, np.concatenate(xyzr))
    return axes


def add_cells(
    ax: Axes,
    xyzr: Sequence[np.ndarray],
    nodes: pd.DataFrame,
    dims: tuple[int, ...],
    color: Any,
    type: str = "line",  # noqa: A002 - as in draw
    **style: Any,
) -> None:
    """Add morphologies, and the legend or colour bar of their colours, to axes. See `draw`."""
    kinds: dict[str, Callable[..., None]] = {
        "line": _add_branches,
        "scatter": _add_traced_points,
        "comp": _add_compartments,
        "morph": _add_volumes,
    }
    if not isinstance(type, str) or type not in kinds:
        raise ModelValueError(f"draw: type = {type!r} is unknown. Choose one of {', '.join(map(repr, kinds))}.")
    _check_branches(xyzr, nodes)
    check_count(color, len(nodes), "compartments")
    color, style = with_options(color, style)
    kinds[type](ax, xyzr, nodes, dims, color, style)
    if isinstance(color, Colouring):
        color.explain(ax)


def shape(
    cell: Drawable,
    values: ArrayLike,
    *,
    ax: Axes | None = None,
    dims: Sequence[int] = (0, 1),
    type: str = "morph",  # noqa: A002 - as in vis
    label: str = "membrane voltage [mV]",
    cmap: Any = "viridis",
    limits: tuple[float, float] | None = None,
    **kwargs: Any,
) -> Axes:
    """Draw a morphology coloured by one value per compartment, such as a state, with a colour bar.

    Example:
        >>> import dendrax as jx
        >>> cell = jx.morphology.sample("interneuron", ncomp=2)
        >>> cell.branch(0).comp(0).record("v", verbose=False)
        >>> _, states = jx.integrate(cell, t_max=1.0, return_states=True)
        >>> ax = jx.plot.shape(cell, states["v"])

    Args:
        cell: A module or view.
        values: What to show; NaN is grey. (comp,), in the order of `cell.nodes`
        ax: Where to draw; a new figure if None. Three `dims` need 3D axes.
        dims: The axes to show: two or three of 0, 1, 2.
        type: "line", "scatter", "comp" or "morph", see `draw`.
        label: What the values are, with their unit.
        cmap: A matplotlib colour map.
        limits: Values at the ends of the colour map; those of the data if None.
        **kwargs: Handed to the matplotlib artist.

    Returns:
        The axes.

    Raises:
        ModelTypeError: Not a module, not numbers, or not axes of as many dimensions as `dims` has.
        ValueShapeError: Not one value per compartment.
        ModelStateError: The branches have no coordinates.
        ModelValueError: Unknown type, dims, colour map or keyword, no limits, or all values are NaN.
    """
    if not isinstance(cell, Drawable):
        raise ModelTypeError(f"shape: pass a module or a view of one, such as `cell.branch(0)`, not {_name(cell)}.")
    xyzr = cell.xyzr
    nodes = cell.show(["x", "y", "z", "radius", "length"])
    color = ByValue(values, label, cmap, limits)
    return draw(xyzr, nodes, ax=ax, color=color, dims=dims, type=type, **kwargs)


def _add_branches(
    ax: Axes, xyzr: Sequence[np.ndarray], nodes: pd.DataFrame, dims: tuple[int, ...], color: Any, style: dict[str, Any]
) -> None:
    """Join the traced points."""
    if not isinstance(color, Colouring):
        return add_lines(ax, xyzr, dims, **({"color": color} | style))
    pieces = cut_at_compartments(xyzr, nodes)
    order = color.order(pieces.row)
    lines = np.stack([pieces.start, pieces.end], axis=1)[order]
    # Round ends close the gaps where pieces meet at an angle.
    return add_lines(ax, lines, dims, **({"capstyle": "round"} | color.of_pieces(pieces.row[order], "color") | style))


def _add_traced_points(
    ax: Axes, xyzr: Sequence[np.ndarray], nodes: pd.DataFrame, dims: tuple[int, ...], color: Any, style: dict[str, Any]
) -> None:
    """Show the traced points as dots."""
    points, colours = np.concatenate(xyzr), {"color": color}
    if isinstance(color, Colouring):
        row = owners_of_points(xyzr, nodes)
        order = color.order(row)
        points, colours = points[order], {"c": color.rgba(row[order])}
    add_points(ax, points, dims, **(colours | style))


def _add_compartments(
    ax: Axes, xyzr: Sequence[np.ndarray], nodes: pd.DataFrame, dims: tuple[int, ...], color: Any, style: dict[str, Any]
) -> None:
    """Show compartments as cylinders."""
    _add_solids(ax, cylinders(xyzr, nodes), dims, color, style)


def _add_volumes(
    ax: Axes, xyzr: Sequence[np.ndarray], nodes: pd.DataFrame, dims: tuple[int, ...], color: Any, style: dict[str, Any]
) -> None:
    """Show what was traced, and the compartments where only places are known."""
    in_parts = isinstance(color, Colouring) or any(np.isnan(points[:, 3]).any() for points in xyzr)
    _add_solids(ax, cut_at_compartments(xyzr, nodes) if in_parts else frusta(xyzr), dims, color, style)


def _add_solids(ax: Axes, solids: Pieces, dims: tuple[int, ...], color: Any, style: dict[str, Any]) -> None:
    """Frusta: their outlines in two dimensions, their faces in three."""
    coloured = isinstance(color, Colouring)
    if coloured:
        order = color.order(solids.row)
        solids = Pieces(*(part[order] for part in solids))
    # The thin outline keeps dendrites visible that are narrower than a pixel; where colours say something, more of it.
    outline: dict[str, Any] = {"linewidth": 0.7 if coloured else 0.3}
    if isinstance(ax, Axes3D):
        reach = solids.radii.max(axis=1, keepdims=True)
        corners = np.concatenate(
            [np.minimum(solids.start, solids.end) - reach, np.maximum(solids.start, solids.end) + reach]
        )
        ax.auto_scale_xyz(*corners[:, list(dims)].T, had_data=True)
        start, end, radii, row = with_balls(*solids)
        shown = color.rgba(np.repeat(row, SIDES)) if coloured else color
        faces = surfaces(start[:, list(dims)], end[:, list(dims)], radii, SIDES)
        style = outline | {"facecolor": shown, "edgecolor": shown} | style
        ax.add_collection(Poly3DCollection(faces, **style))
    else:
        shown = color.of_pieces(solids.row, "facecolor") if coloured else {"facecolor": color}
        outlines = list(silhouettes(*solids[:3], (dims[0], dims[1])))
        style = outline | {"edgecolor": "face", "zorder": ON_TOP} | shown | style
        ax.add_collection(PolyCollection(outlines, **style))


def _name(thing: object) -> str:
    """What somebody handed over; `type` is an argument of the pictures."""
    return thing.__class__.__name__


def _check_branches(xyzr: Sequence[np.ndarray], nodes: pd.DataFrame) -> None:
    """Refuse anything but branches and their compartments, and branches without coordinates."""
    if not isinstance(nodes, pd.DataFrame) or not all(isinstance(points, np.ndarray) for points in xyzr):
        raise ModelTypeError(
            "draw: pass arrays of points and the table of their compartments, such as `cell.xyzr, cell.nodes`."
        )
    if len(xyzr) == 0:
        raise ValueShapeError("draw: there is no branch to draw.")
    for index, points in enumerate(xyzr):
        if points.ndim != 2 or points.shape[1] != 4:
            raise ValueShapeError(
                f"draw: branch {index} has the shape {points.shape}. Give x, y, z and radius of its points."
            )
        if len(points) == 0 or np.isnan(points[:, :3]).any():
            raise ModelStateError(
                f"Branch {index} has no coordinates. Read the cell from SWC or call compute_xyz() first."
            )
