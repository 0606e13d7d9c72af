"""A network: cells side by side, to be joined by synapses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, SupportsFloat

import numpy as np

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError
from dendrax.modules import placement, shown
from dendrax.modules.cell import Cell
from dendrax.modules.module import Module
from dendrax.modules.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes


class Network(Module):
    """Cells, equal or not.

    Args:
        cells: The cells; the same object may be repeated, `[cell] * 100`.
        vectorize_cells: Taken for compatibility: the solver is chosen by `integrate(..., voltage_solver=)`.

    Raises:
        ModelTypeError: Not a list of cells.

    Example:
        >>> import dendrax as jx
        >>> jx.Network([jx.Cell()] * 3).shape
        (3, 3, 3)
    """

    _kind: ClassVar[str] = "network"
    network_params: ClassVar[dict[str, float]] = {}
    network_states: ClassVar[dict[str, float]] = {}

    def __init__(self, cells: Sequence[Cell], vectorize_cells: bool | None = None) -> None:
        """See the class."""
        if not isinstance(cells, (list, tuple)) or not all(isinstance(one, Cell) for one in cells):
            raise ModelTypeError("Network: pass a list of Cells. Make one of a view with `view.copy(as_module=True)`.")
        if not cells:
            raise ModelValueError("Network: the list of cells is empty.")
        del vectorize_cells
        self._own(Tables.join("network", [cell.tables for cell in cells]))

    def arrange_in_layers(
        self,
        layers: Sequence[int] | np.ndarray,
        within_layer_offset: SupportsFloat = 500.0,
        between_layer_offset: SupportsFloat = 1500.0,
        vertical_layers: bool = False,
    ) -> None:
        """Put the cells in rows, layer by layer.

        Args:
            layers: How many cells each layer has, in the order of the cells.
            within_layer_offset: Distance of cells in one layer [um].
            between_layer_offset: Distance of layers [um].
            vertical_layers: Whether the first layer is on top and the others below it, instead of on its right.

        Raises:
            ValueShapeError: The layers have more or fewer cells than the network.
            ModelTypeError: Not numbers of cells.

        Example:
            >>> import dendrax as jx
            >>> net = jx.Network([jx.Cell()] * 3)
            >>> net.arrange_in_layers([2, 1])
            >>> [points[0, :2].tolist() for points in net.xyzr]
            [[0.0, -250.0], [0.0, 250.0], [1500.0, 0.0]]
        """
        placement.arrange_in_layers(
            self._selection, layers, (within_layer_offset, between_layer_offset), vertical_layers=vertical_layers
        )

    def vis(  # pyright: ignore[reportIncompatibleMethodOverride] - so it is in the reference
        self,
        detail: str = "full",
        ax: Axes | None = None,
        color: Any = "k",
        synapse_color: Any = "b",
        dims: Sequence[int] = (0, 1),
        cell_plot_kwargs: Mapping[str, Any] | None = None,
        synapse_plot_kwargs: Mapping[str, Any] | None = None,
        synapse_scatter_kwargs: Mapping[str, Any] | None = None,
        *,
        color_by: Any = None,
        **kwargs: Any,
    ) -> Axes:
        """Draw the cells, and the synapses as lines that end in a dot on the postsynaptic compartment.

        Views take the same arguments by name: `net.cell([0, 1]).vis(detail="point")` draws these cells and the synapses
        among them, `net.IonotropicSynapse.vis(detail="point")` the synapses of a type and the cells that they join.

        Args:
            detail: "full" draws morphologies, "point" a dot for each cell.
            ax: Where to draw; a new figure if None. Three `dims` need 3D axes.
            color: Colour of the cells; for "point" there may be one for each.
            synapse_color: Colour of the synapses.
            dims: The axes to show: two or three of 0, 1, 2.
            cell_plot_kwargs: For the cells: `{"type": "morph"}` and the like for "full", of `Axes.scatter` for "point",
                where a type has no meaning.
            synapse_plot_kwargs: For the lines of the synapses, of a matplotlib `LineCollection`.
            synapse_scatter_kwargs: For the ends of the synapses, of `Axes.scatter`.
            color_by: What the colours of the cells say, see `Module.vis`; a dot shows the mean over its cell, or what
                most of its compartments have.
            **kwargs: Go with `cell_plot_kwargs`.

        Returns:
            The axes.

        Raises:
            ModelValueError: Unknown detail or dims.
            ModelStateError: Parts of the network have no coordinates.
            UnknownNameError: Nothing is named `color_by`; the text names the nearest.
            ValueShapeError: Not one value for each compartment in view.

        Example:
            >>> import dendrax as jx
            >>> net = jx.Network([jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])] * 3)
            >>> net.arrange_in_layers([2, 1], within_layer_offset=50.0, between_layer_offset=100.0)
            >>> ax = net.vis(cell_plot_kwargs={"linewidth": 2.0})
        """
        return shown.picture(
            self._selection,
            arguments.keywords("vis: cell_plot_kwargs", cell_plot_kwargs) | kwargs,
            color_by,
            detail=detail,
            ax=ax,
            color=color,
            synapse_color=synapse_color,
            dims=dims,
            synapse_plot_kwargs=synapse_plot_kwargs,
            synapse_scatter_kwargs=synapse_scatter_kwargs,
        )
