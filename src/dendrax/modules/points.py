"""The point processes of a model: their types, and a table with a row for each point process."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from dendrax.mechanisms.mechanism import Mechanism
from dendrax.modules.table import Table
from dendrax.modules.typed import Typed, numbers_within, own_values

COLUMNS: dict[str, type] = {"index_within_type": int, "comp_index": int, "type": object, "type_ind": int}
"""The columns of every point process: its number within its type, its compartment, its type."""


class Points(Typed[Mechanism]):
    """The point processes of a model; a compartment may have any number of them.

    Attributes:
        types: The types of point process, in the order of their first use; `type_ind` counts them.
    """

    columns: ClassVar[Mapping[str, type]] = COLUMNS
    ends: ClassVar[tuple[str, ...]] = ("comp_index",)
    verb: ClassVar[str] = "place"

    def part(self, rows: np.ndarray, new_comp: np.ndarray) -> "Points":
        """The point processes at `rows`, with compartments numbered by `new_comp`."""
        return Points(*self.part_of(rows, new_comp))

    def comps_of(self, rows: np.ndarray) -> np.ndarray:
        """The compartments of the point processes at `rows`. (row,)."""
        return self.table["comp_index"][rows].astype(int)

    @classmethod
    def join(cls, parts: Sequence["Points"], n_comp: Sequence[int], types: list[Mechanism]) -> "Points":
        """The point processes of all `parts`, which have `n_comp` compartments each, with their common `types`."""
        if not any(map(len, parts)):
            return cls()
        number = {one.name: index for index, one in enumerate(types)}
        copies, comps, kinds = [], [], []
        for part, first in zip(parts, np.cumsum(n_comp) - n_comp, strict=True):
            if len(part):
                copies.append(part.table)
                comps.append(part.table["comp_index"].astype(int) + first)
                new = np.array([number[one.name] for one in part.types])
                kinds.append(new[part.table["type_ind"].astype(int)])
        table = Table.join(copies)
        type_ind = np.concatenate(kinds)
        table.add("comp_index", np.concatenate(comps))
        table.add("type_ind", type_ind)
        table.add("index_within_type", numbers_within(type_ind))
        return cls(types, table)


def shared_parameters(mechanism: Mechanism) -> dict[str, float]:
    """Defaults of the parameters of its compartment that a point process shares with other mechanisms."""
    own = own_values(mechanism)
    return {name: value for name, value in mechanism.parameter_defaults.items() if name not in own}


def ionic_currents(mechanism: Mechanism) -> tuple[str, ...]:
    """Names of the currents that ions carry, which are membrane currents of the compartment."""
    return tuple(mechanism.name_of_current(ion) for ion in mechanism.carries if ion is not None)
