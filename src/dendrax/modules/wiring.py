"""The synapses of a model: the types there are, and a table with a row for each synapse.

Who connects cells one pair after the other must not pay for all earlier pairs again: new synapses wait in a list and
enter the table when someone looks at it.
"""

from collections.abc import Sequence

import numpy as np

from dendrax.errors import MechanismError
from dendrax.mechanisms.synapse import Synapse
from dendrax.modules.table import FIRST_LOOK, Table

COLUMNS = {
    "index_within_type": int,
    "pre_index": int,
    "post_index": int,
    "pre_locs": float,
    "post_locs": float,
    "type": object,
    "type_ind": int,
}
"""What every synapse has: its number within its type, its compartments, where these lie on their branches, its type."""

Waiting = tuple[int, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Synapses of one type that have been added: the number of the type, their compartments, and where these lie."""


class Wiring:
    """The synapses of a model.

    Attributes:
        types: The types of synapse, in the order of their first use; `type_ind` counts them.
    """

    def __init__(self, types: Sequence[Synapse] = (), table: Table | None = None) -> None:
        """Own `table`; None is no synapses."""
        self.types = list(types)
        empty = {name: np.zeros(0, dtype) for name, dtype in COLUMNS.items()}
        # The table, the synapses that wait, and their number: in one attribute, so that a thread that reads while
        # another enters them into the table counts each of them once.
        self._held: tuple[Table, list[Waiting], int] = (Table(empty, 0) if table is None else table, [], 0)

    def __len__(self) -> int:
        """Number of synapses."""
        table, _, n_waiting = self._held
        return table.length + n_waiting

    def append(
        self, synapse: Synapse, ends: tuple[np.ndarray, np.ndarray], locs: tuple[np.ndarray, np.ndarray]
    ) -> None:
        """Add synapses of one of `types`: pre- and postsynaptic compartments, and where these lie on their branches."""
        index = next(i for i, one in enumerate(self.types) if one.name == synapse.name)
        table, waiting, n_waiting = self._held
        waiting.append((index, *ends, *locs))
        self._held = (table, waiting, n_waiting + len(ends[0]))

    @property
    def table(self) -> Table:
        """All synapses. A DataFrame that was handed out before synapses were added is outdated."""
        if self._held[1]:
            with FIRST_LOOK:
                table, waiting, _ = self._held
                if waiting:  # no other thread was faster
                    self._held = (Table.join([table, self._arrived(table, waiting)]), [], 0)
        return self._held[0]

    def _arrived(self, table: Table, waiting: list[Waiting]) -> Table:
        """The waiting synapses as a table of their own."""
        pre, post, pre_locs, post_locs = (np.concatenate([one[i] for one in waiting]) for i in range(1, 5))
        type_ind = np.repeat([one[0] for one in waiting], [len(one[1]) for one in waiting])
        before = np.bincount(table["type_ind"].astype(int), minlength=len(self.types))
        number = np.empty(len(pre), int)
        values: dict[str, np.ndarray] = {}
        for index in np.unique(type_ind).tolist():
            rows, synapse = np.flatnonzero(type_ind == index), self.types[index]
            number[rows] = before[index] + np.arange(len(rows))
            for key, default in {**synapse.synapse_params, **synapse.synapse_states}.items():
                values[key] = np.full(len(pre), np.nan)
                values[key][rows] = float(default)
        names = np.array([one.name for one in self.types], dtype=object)[type_ind]
        columns = (number, pre, post, pre_locs, post_locs, names, type_ind)
        return Table({**dict(zip(COLUMNS, columns, strict=True)), **values}, len(pre))

    def named(self, name: str) -> Synapse | None:
        """The type of this name, if there is one."""
        return next((one for one in self.types if one.name == name), None)

    def type_with(self, key: str) -> Synapse | None:
        """The type that has a parameter, state or current of this name, if there is one."""
        return next((one for one in self.types if key in keys_of(one)), None)

    def of_type(self, synapse: Synapse, rows: np.ndarray | None = None) -> np.ndarray:
        """Those of `rows` (all, if None) that are synapses of a type."""
        type_ind = self.table["type_ind"]
        index = next(i for i, one in enumerate(self.types) if one.name == synapse.name)
        return np.flatnonzero(type_ind == index) if rows is None else rows[type_ind[rows] == index]

    def count(self, synapse: Synapse) -> int:
        """Number of synapses of a type."""
        return len(self.of_type(synapse))

    def part(self, rows: np.ndarray, new_comp: np.ndarray) -> "Wiring":
        """The synapses at `rows` alone, with compartments numbered by `new_comp`, and only the types that they have."""
        table = self.table.copy(rows)
        present, type_ind = np.unique(table["type_ind"].astype(int), return_inverse=True)
        number = np.empty(len(rows), int)
        for index in range(len(present)):
            number[type_ind == index] = np.arange(np.count_nonzero(type_ind == index))
        for end in ("pre_index", "post_index"):
            table.add(end, new_comp[table[end].astype(int)])
        table.add("type_ind", type_ind)
        table.add("index_within_type", number)
        types = [self.types[index] for index in present]
        gone = {key for one in self.types if one not in types for key in keys_of(one)}
        table.drop([name for name in table.names if name in gone])
        return Wiring(types, table)

    def check_same(self, synapse: Synapse) -> None:
        """Refuse a type that has the name of another."""
        same = self.named(synapse.name)
        if same is not None and same != synapse:
            raise MechanismError(
                f"connect: the network has another synapse named {synapse.name!r}, of another class or with other "
                f"settings. Give this one a name of its own, `{type(synapse).__name__}(name=...)` or `change_name`."
            )


def current_of(synapse: Synapse) -> str:
    """Name of the current of a type of synapse."""
    return f"i_{synapse.name}"


def keys_of(synapse: Synapse) -> tuple[str, ...]:
    """Everything that a synapse of this type has: parameters, states and its current."""
    return (*synapse.synapse_params, *synapse.synapse_states, current_of(synapse))
