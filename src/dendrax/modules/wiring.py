"""The synapses of a model: their types, and a table with a row for each synapse."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from dendrax.mechanisms.synapse import Synapse
from dendrax.modules.typed import Typed

COLUMNS: dict[str, type] = {
    "index_within_type": int,
    "pre_index": int,
    "post_index": int,
    "pre_locs": float,
    "post_locs": float,
    "type": object,
    "type_ind": int,
}
"""What every synapse has: its number within its type, its compartments, where these lie on their branches, its type."""


class Wiring(Typed[Synapse]):
    """The synapses of a model.

    Attributes:
        types: The types of synapse, in the order of their first use; `type_ind` counts them.
    """

    columns: ClassVar[Mapping[str, type]] = COLUMNS
    ends: ClassVar[tuple[str, ...]] = ("pre_index", "post_index")
    verb: ClassVar[str] = "connect"

    def part(self, rows: np.ndarray, new_comp: np.ndarray) -> "Wiring":
        """The synapses at `rows` alone, with compartments numbered by `new_comp`, and only the types that they have."""
        return Wiring(*self.part_of(rows, new_comp))


def current_of(synapse: Synapse) -> str:
    """Name of the current of a type of synapse."""
    return f"i_{synapse.name}"
