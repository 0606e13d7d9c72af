"""set and groups, and the checks of what may be written: everything is checked before anything is changed."""

from __future__ import annotations

import difflib
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from dendrax.errors import ModelTypeError, ModelValueError, UnknownNameError
from dendrax.modules.tables import Tables, broadcast
from dendrax.trees.geometry import cylinder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dendrax.modules.module import Module

SHAPE = ("length", "radius", "area", "volume", "resistive_load_in", "resistive_load_out")
MEMBRANE = ("axial_resistivity", "capacitance")
POSITIVE = (*SHAPE, *MEMBRANE)
PLACE = ("x", "y", "z")


def params_of(tables: Tables) -> list[str]:
    """Names of all parameters that a simulation uses."""
    return list(dict.fromkeys((*POSITIVE, *(key for one in tables.channels for key in one.channel_params))))


def states_of(tables: Tables) -> list[str]:
    """Names of all states that have an initial value."""
    return list(dict.fromkeys(("v", *(key for one in tables.channels for key in one.channel_states))))


def find_rows(module: Module, key: str, *, simulated: bool = False) -> np.ndarray:
    """The rows in view that have parameter or state `key`.

    Args:
        module: A module or view.
        key: Name of a parameter or state.
        simulated: Whether it must be one that a simulation uses, not a position or a column of the user's own.

    Raises:
        UnknownNameError: None has; the text names the nearest.
    """
    tables, rows = module.tables, module.rows
    known = [*params_of(tables), *states_of(tables)]
    if key in PLACE and not simulated:
        return rows
    if key not in known and (simulated or not _is_own_column(tables, key)):
        raise UnknownNameError(f"No parameter or state {key!r} in this {tables.kind}.{nearest(key, known)}")
    found = rows[~np.isnan(tables.nodes.numbers(key)[rows])]
    if len(found) == 0:
        owners = [one.name for one in tables.channels if key in {**one.channel_params, **one.channel_states}]
        raise UnknownNameError(
            f"No compartment in view has {key!r}: insert {' or '.join(owners)} there first."
            if owners
            else f"No compartment in view has a value of {key!r}."
        )
    return found


def _is_own_column(tables: Tables, key: str) -> bool:
    """Whether a user added this column of numbers to `.nodes`."""
    if key not in tables.nodes or key in tables.groups or tables.channel_named(key):
        return False
    return tables.nodes[key].dtype.kind in "fiu"


def nearest(key: str, known: Iterable[str]) -> str:
    """A hint for an error text."""
    near = difflib.get_close_matches(str(key), list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else f" There are {sorted(known)}."


def set_values(module: Module, key: str, values: Any) -> None:
    """Set a parameter or state of the rows in view that have it. See `Module.set`."""
    rows = find_rows(module, key)
    array = broadcast(values, len(rows), f"set({key!r})")
    check_values(module.tables, key, array, rows)
    write(module.tables, key, rows, array)


def check_values(tables: Tables, key: str, values: np.ndarray, rows: np.ndarray) -> None:
    """Refuse what no compartment can have.

    Raises:
        ModelValueError: NaN or infinite, or not positive where it must be; names the compartment.
    """
    bad = ~np.isfinite(values)
    what = "must be a finite number"
    if key in POSITIVE and not bad.any():
        bad, what = values <= 0, "must be positive"
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        raise ModelValueError(f"{key!r} {what}, but is {values[first]} in {tables.structure.place_of(rows[first])}.")


def write(tables: Tables, key: str, rows: np.ndarray, values: np.ndarray) -> None:
    """Write checked values; a new radius or length makes cylinders of the compartments."""
    tables.nodes.write(key, rows, values)
    if key in ("radius", "length"):
        warn_if_traced(tables, key, rows)
        area, volume, load = cylinder(tables.nodes["radius"][rows], tables.nodes["length"][rows])
        for name, column in zip(SHAPE[2:], (area, volume, load, load), strict=True):
            tables.nodes.write(name, rows, column)


def warn_if_traced(tables: Tables, key: str, rows: np.ndarray) -> None:
    """Say that a traced shape is replaced."""
    branches = np.unique(tables.structure.branch_of_comp[rows])
    if any(is_traced(tables.xyzr[branch]) for branch in branches):
        warnings.warn(
            f"{key!r} is changed in compartments with a traced shape (from an SWC file): their area, volume and "
            f"resistive loads become those of cylinders.",
            stacklevel=5,
        )


def is_traced(xyzr: np.ndarray) -> bool:
    """Whether a branch has traced radii, so that its shape is not that of cylinders."""
    return len(xyzr) > 0 and not bool(np.isnan(xyzr[:, 3]).any())


def add_to_group(module: Module, name: str) -> None:
    """Mark the rows in view as members of a group. See `Module.add_to_group`."""
    tables = module.tables
    if not isinstance(name, str) or not name:
        raise ModelTypeError(f"add_to_group({name!r}): the name of a group is a string that is not empty.")
    if name not in tables.groups and (name in tables.nodes or is_attribute(module, name)):
        raise ModelValueError(f"add_to_group({name!r}): this is the name of a channel, column or method already.")
    is_new = name not in tables.groups
    members = np.zeros(tables.nodes.length, bool) if is_new else tables.members(name)
    members[module.rows] = True
    tables.nodes.add(name, members)
    if is_new:
        tables.groups.append(name)


def is_attribute(module: Module, name: str) -> bool:
    """Whether a name means something else on a module already, so that no group or channel can have it."""
    return hasattr(type(module.base), name) or name in vars(module.base)
