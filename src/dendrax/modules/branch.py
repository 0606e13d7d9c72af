"""A branch: compartments in a row."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError
from dendrax.modules.compartment import Compartment
from dendrax.modules.module import Module
from dendrax.modules.structure import Structure
from dendrax.modules.tables import Tables


class Branch(Module):
    """An unbranched cable of compartments.

    Args:
        compartments: One compartment, to be repeated `ncomp` times, or a list of them; None is one default.
        ncomp: How often to repeat a single compartment.

    Raises:
        ModelTypeError: Not compartments, or a single one without `ncomp`.

    Example:
        >>> import dendrax as jx
        >>> len(jx.Branch(jx.Compartment(), ncomp=4))
        4
    """

    _kind: ClassVar[str] = "branch"
    branch_params: ClassVar[dict[str, float]] = {}
    branch_states: ClassVar[dict[str, float]] = {}

    def __init__(
        self, compartments: Compartment | Sequence[Compartment] | None = None, ncomp: int | np.integer | None = None
    ) -> None:
        """See the class."""
        parts = _repeated(compartments, ncomp)
        tables = Tables.join("branch", [part.tables for part in parts])
        tables.structure = Structure.unbranched(len(parts))
        tables.xyzr = [np.full((2, 4), np.nan)]
        self._own(tables)

    def __len__(self) -> int:
        """Number of compartments."""
        return self.tables.structure.n_comp


def _repeated(
    compartments: Compartment | Sequence[Compartment] | None, ncomp: int | np.integer | None
) -> list[Compartment]:
    if compartments is None:
        compartments = Compartment()
        ncomp = 1 if ncomp is None else ncomp
    if isinstance(compartments, Compartment):
        if ncomp is None:
            raise ModelTypeError("Branch: a single compartment needs ncomp, `Branch(comp, ncomp=4)`.")
        return [compartments] * arguments.whole("Branch: ncomp", ncomp)
    if not isinstance(compartments, (list, tuple)) or not all(isinstance(c, Compartment) for c in compartments):
        raise ModelTypeError(
            "Branch: pass a Compartment and ncomp, or a list of Compartments. Make one of a view with "
            "`view.copy(as_module=True)`."
        )
    if not compartments:
        raise ModelValueError("Branch: the list of compartments is empty.")
    return list(compartments)
