"""What `vis(color_by=...)` means: the values or names that compartments in view are coloured by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dendrax import arguments
from dendrax.errors import ModelTypeError, UnknownNameError, ValueShapeError
from dendrax.modules import layout
from dendrax.modules.editing import PLACE, find_rows, known_keys, nearest
from dendrax.modules.selection import Selection
from dendrax.modules.units import unit_of
from dendrax.plot.typesetting import label

if TYPE_CHECKING:
    from dendrax.plot.colouring import ByName, ByValue

SETS = ("groups", "channels")


def colouring(selection: Selection, color_by: Any) -> ByName | ByValue:
    """The colours that `color_by` stands for. See `Module.vis`."""
    from dendrax.plot.colouring import ByName, ByValue  # noqa: PLC0415 - matplotlib is imported for a picture

    if isinstance(color_by, ByName | ByValue):
        return color_by
    if isinstance(color_by, str):
        return _by_one_name(selection, color_by)
    if isinstance(color_by, list | tuple) and color_by and all(isinstance(one, str) for one in color_by):
        return _by_membership(selection, list(color_by))
    values = arguments.reals("vis: color_by", color_by)
    if values.shape != (len(selection.rows),):
        raise ValueShapeError(
            f"vis: color_by has the shape {values.shape}, but {len(selection.rows)} compartments are in view. Give one "
            f"value for each, or the name of a group, channel, parameter or state."
        )
    return ByValue(values)


def _by_one_name(selection: Selection, name: str) -> ByName | ByValue:
    """By all groups or channels, by one of them, or by a parameter or state."""
    from dendrax.plot.colouring import ByValue  # noqa: PLC0415

    tables = selection.tables
    memberships = [*tables.groups, *(one.name for one in tables.mechanisms)]
    if name in memberships:
        return _by_membership(selection, [name])
    if name in SETS:
        inserted = [one.name for one in selection.mechanisms]
        if names := selection.groups if name == "groups" else inserted:
            return _by_membership(selection, names)
        raise UnknownNameError(f"vis: there are no {name} in view to colour by. Use add_to_group or insert first.")
    try:
        home, _ = find_rows(selection, name)
    except UnknownNameError:
        known = known_keys(tables)
        if name in known:
            raise  # it says what to insert
        raise UnknownNameError(
            f"vis: nothing is named {name!r} that compartments could be coloured by."
            f"{nearest(name, [*SETS, *memberships, *known])}"
        ) from None
    if not home.of_compartments:
        raise ModelTypeError(f"vis: {name!r} belongs to {home.what}, and cannot colour compartments.")
    if name in PLACE:
        layout.place(selection)
    return ByValue(home.numbers(name)[selection.rows], label(name, unit_of(tables, name)))


def _by_membership(selection: Selection, names: list[str]) -> ByName:
    """By which of some groups and channels a compartment has; each combination that occurs has a colour."""
    from dendrax.plot.colouring import ByName  # noqa: PLC0415

    tables = selection.tables
    there = [*tables.groups, *(one.name for one in tables.mechanisms)]
    if unknown := [name for name in names if name not in there]:
        raise UnknownNameError(f"vis: no group or channel {unknown[0]!r}.{nearest(unknown[0], there)}")
    has = np.zeros((len(selection.rows), len(names)), bool)
    for column, name in enumerate(names):
        has[:, column] = tables.nodes[name].astype(bool)[selection.rows]
    combinations, index = np.unique(has, axis=0, return_inverse=True)
    # From the one that has the first name alone to that which has none, in the order that the user gave.
    order = np.lexsort((*~combinations.T[::-1], combinations.sum(axis=1)))
    order = order[combinations[order].any(axis=1)]
    new_index = np.full(len(combinations), -1)
    new_index[order] = np.arange(len(order))
    return ByName(new_index[index.ravel()], [" + ".join(np.array(names)[combinations[k]]) for k in order])
