"""Networks: their cells as morphologies or as dots, and their synapses as lines between them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from dendrax import arguments
from dendrax.errors import ModelStateError, ModelValueError
from dendrax.plot.colouring import Colouring, check_count, with_options
from dendrax.plot.morphology import add_cells
from dendrax.plot.space import add_lines, add_points, checked_dims, finish
from dendrax.plot.style import canvas

DETAILS = ("full", "point")
BELOW, ABOVE = 1.5, 2.5
"""Drawing orders: cells seen as lines are at 2."""


def draw_network(
    xyzr: Sequence[np.ndarray],
    nodes: pd.DataFrame,
    edges: pd.DataFrame,
    detail: str = "full",
    ax: Axes | None = None,
    color: Any = "k",
    synapse_color: Any = "b",
    dims: Sequence[int] = (0, 1),
    cell_plot_kwargs: Mapping[str, Any] | None = None,
    synapse_plot_kwargs: Mapping[str, Any] | None = None,
    synapse_scatter_kwargs: Mapping[str, Any] | None = None,
) -> Axes:
    """Draw a network. A synapse is a line that ends in a dot on its postsynaptic compartment.

    Example:
        >>> import numpy as np, pandas as pd
        >>> from dendrax import plot
        >>> xyzr = [np.array([[0.0, y, 0.0, np.nan], [10.0, y, 0.0, np.nan]]) for y in (0.0, 50.0)]
        >>> nodes = pd.DataFrame({"x": 5.0, "y": [0.0, 50.0], "z": 0.0, "global_cell_index": [0, 1]})
        >>> edges = pd.DataFrame({"pre_index": [0], "post_index": [1]})
        >>> ax = plot.draw_network(xyzr, nodes, edges, detail="point")

    Args:
        xyzr: Points and radii of every branch [um]. branch x (point, 4)
        nodes: The compartments, labelled by index: columns x, y, z, global_cell_index and what `draw` needs.
        edges: The synapses: columns pre_index and post_index, labels of `nodes`. It may have no rows; those that
            begin or end elsewhere are left out.
        detail: "full" draws morphologies, "point" a dot at the mean of each cell's compartments.
        ax: Where to draw; a new figure if None. Three `dims` need 3D axes.
        color: Colour of the cells, as in `draw`; for "point" there may be one for each, also as `ByValue` or `ByName`.
        synapse_color: Colour of the synapses.
        dims: The axes to show: two or three of 0, 1, 2.
        cell_plot_kwargs: Handed to `draw` for "full", such as `{"type": "morph"}`, and to `Axes.scatter` for "point",
            where a type has no meaning.
        synapse_plot_kwargs: Handed to the `LineCollection` of the synapses.
        synapse_scatter_kwargs: Handed to `Axes.scatter` for the ends of the synapses; only "full" shows them.

    Returns:
        The axes.

    Raises:
        ModelTypeError: Keywords that are no dict, or not axes of as many dimensions as `dims` has.
        ModelValueError: Unknown detail or dims, or matplotlib refuses a colour or keyword.
        ModelStateError: A compartment or branch has no coordinates.
        ValueShapeError: Colours that are not one for each compartment, or for "point" for each cell.
    """
    if not isinstance(detail, str) or detail not in DETAILS:
        raise ModelValueError(f"vis: detail = {detail!r} is unknown. It must be one of 'full' and 'point'.")
    dims = checked_dims(dims)
    cells = arguments.keywords("vis: cell_plot_kwargs", cell_plot_kwargs)
    lines = arguments.keywords("vis: synapse_plot_kwargs", synapse_plot_kwargs)
    ends = arguments.keywords("vis: synapse_scatter_kwargs", synapse_scatter_kwargs)
    places = nodes[["x", "y", "z"]].to_numpy(dtype=float)
    if np.isnan(places).any():
        raise ModelStateError(
            f"vis: compartment {nodes.index[np.isnan(places).any(axis=1).argmax()]} has no coordinates. Call "
            f"compute_compartment_centers() or set x, y and z."
        )
    cells = {"color": color} | cells
    pre, post = _ends(nodes.index, edges)
    with canvas("vis", ax, space=len(dims) == 3) as axes:
        if detail == "full":
            add_cells(axes, xyzr, nodes, dims, **cells)
        else:
            dots, cell = _means(places, nodes["global_cell_index"].to_numpy())
            places = dots[cell]
            _add_dots(axes, dots, dims, cells)
        if len(pre):
            lines = {"color": synapse_color, "linewidth": 0.8, "zorder": BELOW} | lines
            add_lines(axes, np.stack([places[pre], places[post]], axis=1), dims, **lines)
            if detail == "full":
                ends = {"color": synapse_color, "s": 12, "zorder": ABOVE} | ends
                add_points(axes, places[post], dims, **ends)
        finish(axes, dims, np.concatenate([*(points[:, :3] for points in xyzr), places]))
    return axes


def _add_dots(ax: Axes, dots: np.ndarray, dims: tuple[int, ...], style: dict[str, Any]) -> None:
    """A dot for each cell."""
    color, style = with_options(style.pop("color"), style)
    style.pop("type", None)
    check_count(color, len(dots), "cells")
    colours = {"color": color}
    if isinstance(color, Colouring):
        colours = {"c": color.rgba(np.arange(len(dots)))}
        color.explain(ax)
    add_points(ax, dots, dims, **({"s": 40, "zorder": ABOVE} | colours | style))


def _ends(labels: pd.Index, edges: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Positions among `labels` of both ends of the synapses that have both of them there. (edge,)."""
    pre, post = (labels.get_indexer(edges[end].to_numpy(dtype=int)) for end in ("pre_index", "post_index"))
    there = (pre >= 0) & (post >= 0)
    return pre[there], post[there]


def _means(places: np.ndarray, cell_of_comp: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean place of each cell (cell, 3), and which of them each compartment belongs to (comp,)."""
    _, cell, count = np.unique(cell_of_comp, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(cell, column) for column in places.T], axis=1)
    return sums / count[:, None], cell
