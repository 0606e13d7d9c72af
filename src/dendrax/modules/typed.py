"""Things of several types: the types, and a table with a row for each thing.

A type is a mechanism, and its name identifies it. Its parameters and states are columns, with NaN in rows of other
types.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

import numpy as np

from dendrax.errors import MechanismError
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.modules.growing import Growing, Waiting
from dendrax.modules.table import Table

Type = TypeVar("Type", bound=Mechanism)


class Typed(Growing, Generic[Type]):
    """A table of things and their types.

    Attributes:
        columns: The columns that all types have; `index_within_type`, `type` and `type_ind` are among these.
        ends: The columns that hold compartments.
        verb: The function that adds things, for messages.
        types: The types in the order of their first use; `type_ind` counts them.
    """

    columns: ClassVar[Mapping[str, type]] = {"index_within_type": int, "type": object, "type_ind": int}
    ends: ClassVar[tuple[str, ...]] = ()
    verb: ClassVar[str] = ""

    def __init__(self, types: Sequence[Type] = (), table: Table | None = None) -> None:
        """Own `table`; None: an empty one."""
        super().__init__(table)
        self.types = list(types)

    def append(self, one: Type, own: Waiting, n: int) -> None:
        """Add `n` things of one of `types`, with values for `columns`; the columns of the type follow from it.

        Parameters and states may be among them; missing ones take their defaults.
        """
        self.add({"type_ind": np.full(n, self.number_of(one)), **own})

    def number_of(self, one: Type) -> int:
        """The index of a type in `types`."""
        return next(i for i, other in enumerate(self.types) if other.name == one.name)

    def _arrived(self, table: Table, waiting: list[Waiting]) -> Table:
        """A table of the waiting things, with the defaults of their types."""
        given = super()._arrived(table, waiting)
        type_ind, n = given["type_ind"], given.length
        before = np.bincount(table["type_ind"].astype(int), minlength=len(self.types))
        number = np.empty(n, int)
        values: dict[str, np.ndarray] = {}
        for index in np.unique(type_ind).tolist():
            rows = np.flatnonzero(type_ind == index)
            number[rows] = before[index] + np.arange(len(rows))
            for key, default in own_values(self.types[index]).items():
                values[key] = np.full(n, np.nan)
                values[key][rows] = float(default)
        for rows, end in zip(waiting, np.cumsum([len(rows["type_ind"]) for rows in waiting]), strict=True):
            for key in rows.keys() - self.columns.keys():
                values[key][end - len(rows[key]) : end] = rows[key]
        names = np.array([one.name for one in self.types], dtype=object)[type_ind]
        made = {**given.columns, "index_within_type": number, "type": names}
        return Table({**{name: made[name] for name in self.columns}, **values}, n)

    def named(self, name: str) -> Type | None:
        """The type of this name, or None."""
        return next((one for one in self.types if one.name == name), None)

    def type_with(self, key: str) -> Type | None:
        """The type that has a parameter, state or current of this name, or None."""
        return next((one for one in self.types if key in keys_of(one)), None)

    def of_type(self, one: Type, rows: np.ndarray | None = None) -> np.ndarray:
        """The rows of a type among `rows` (None: all)."""
        type_ind, index = self.table["type_ind"], self.number_of(one)
        return np.flatnonzero(type_ind == index) if rows is None else rows[type_ind[rows] == index]

    def rows_of(self, type_ind: np.ndarray, number: np.ndarray) -> np.ndarray:
        """The rows of things by their type and their number within it. (row,)."""
        all_types = self.table["type_ind"].astype(int)
        order = np.argsort(all_types, kind="stable")
        first = np.searchsorted(all_types[order], np.arange(len(self.types)))
        return order[first[type_ind.astype(int)] + number] if len(type_ind) else np.zeros(0, int)

    def count(self, one: Type) -> int:
        """Number of things of a type."""
        return len(self.of_type(one))

    def part_of(self, rows: np.ndarray, new_comp: np.ndarray) -> tuple[list[Type], Table]:
        """The types and the table of `rows`, with compartments numbered by `new_comp`."""
        table = self.table.copy(rows)
        present, type_ind = np.unique(table["type_ind"].astype(int), return_inverse=True)
        for end in self.ends:
            table.add(end, new_comp[table[end].astype(int)])
        table.add("type_ind", type_ind)
        table.add("index_within_type", numbers_within(type_ind))
        types = [self.types[index] for index in present]
        gone = {key for one in self.types if one not in types for key in keys_of(one)}
        table.drop([name for name in table.names if name in gone])
        return types, table

    def check_same(self, one: Mechanism) -> None:
        """Refuse a type with the name of a different one."""
        same = self.named(one.name)
        if same is not None and same != one:
            raise MechanismError(
                f"{self.verb}: the model has another {same.kind} named {one.name!r}, of another class or with other "
                f"settings. Give this one another name, `{type(one).__name__}(name=...)` or `change_name`."
            )


def numbers_within(type_ind: np.ndarray) -> np.ndarray:
    """The number of each thing among those of its type, in order. (row,)."""
    number = np.empty(len(type_ind), int)
    for index in np.unique(type_ind):
        rows = type_ind == index
        number[rows] = np.arange(np.count_nonzero(rows))
    return number


def own_values(one: Mechanism) -> dict[str, float]:
    """Defaults of the parameters and states of each thing of a type."""
    parameters, states = (getattr(one, table) for table in one.tables)
    return {**parameters, **states}


def own_parameters(one: Mechanism) -> tuple[str, ...]:
    """Names of the parameters of each thing of a type."""
    return tuple(getattr(one, one.tables[0]))


def own_states(one: Mechanism) -> tuple[str, ...]:
    """Names of the states of each thing of a type."""
    return tuple(getattr(one, one.tables[1]))


def own_currents(one: Mechanism) -> tuple[str, ...]:
    """Names of the nonspecific currents of each thing [nA], which can be recorded."""
    return tuple(one.name_of_current(None) for ion in one.carries if ion is None)


def keys_of(one: Mechanism) -> tuple[str, ...]:
    """Names of the parameters, states and currents of each thing of a type."""
    return (*own_values(one), *own_currents(one))
