"""A network: cells side by side, to be joined by synapses."""

from collections.abc import Sequence
from typing import ClassVar

from dendrax.errors import ModelTypeError, ModelValueError
from dendrax.modules.cell import Cell
from dendrax.modules.module import Module
from dendrax.modules.tables import Tables


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
