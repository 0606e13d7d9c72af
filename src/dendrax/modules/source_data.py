"""data_set of what belongs to artificial sources in rows, such as given times: arrays that a run takes for its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dendrax.errors import ModelTypeError, ModelValueError, UnknownNameError, ValueShapeError
from dendrax.mechanisms.source import SpikeSource
from dendrax.modules.events_in_view import source_rows
from dendrax.modules.selection import Selection
from dendrax.modules.tables import Tables

if TYPE_CHECKING:
    from dendrax.engine.system import Override

AXES = "axes"
"""Key of an entry of a parameter state that says how many axes its values have, where it is more than one."""


def data_keys(kind: SpikeSource) -> dict[str, str]:
    """The names of the data of a kind of source, under the names that they have in a model."""
    return {f"{kind.name}_{name}": name for name in kind.data}


def kind_with(tables: Tables, key: Any) -> SpikeSource | None:
    """The kind of source that has data of this name, if there is one."""
    return next((kind for kind in tables.events.sources.types if key in data_keys(kind)), None)


def check_is_no_data(tables: Tables, key: Any, verb: str) -> None:
    """Refuse data where parameters are meant."""
    if (kind := kind_with(tables, key)) is not None:
        raise UnknownNameError(
            f"{verb}: {key!r} are the data of {type(kind).__name__}, which are given when the sources are made. A run "
            f"takes others, which may be traced, by `data_set({key!r}, values, None)`, and has derivatives by them."
        )


def entry(selection: Selection, kind: SpikeSource, key: str, values: Any) -> dict[str, Any]:
    """The entry of a parameter state by which the sources of a kind in view have other data.

    Args:
        selection: The sources in view.
        kind: Their kind.
        key: Name of the data in the model.
        values: As an array of JAX, one row for all of them, or one for each: (place,) or (source, place), where data
            have two axes.

    Returns:
        indices (source, 1), key, val of (source, place) or (1, place), and how many axes that has.

    Raises:
        UnknownNameError: No source of the kind is in view.
        ValueShapeError: Neither one row nor one for each; or a source in view twice; or another number of places, where
            not all sources of the kind are in view.
        ModelValueError: A value that cannot be.
    """
    sources, what = selection.tables.events.sources, f"data_set({key!r})"
    rows = sources.of_type(kind, source_rows(selection))
    if not len(rows):
        raise UnknownNameError(f"{what}: no source of {kind.name!r} is in view.")
    if len(np.unique(rows)) != len(rows):
        raise ModelValueError(f"{what}: a source is in view more than once, but can have one train only.")
    present = np.asarray(kind.data[data_keys(kind)[key]])
    array = values[None] if values.ndim == present.ndim - 1 else values
    if array.ndim != present.ndim or array.shape[0] not in (1, len(rows)) or not array.size:
        raise ValueShapeError(
            f"{what}: got values of shape {np.shape(values)}, but {len(rows)} sources are in view, with "
            f"{present.shape[1:]} values each. Pass one row for all of them, or an array with one for each."
        )
    if len(rows) < sources.count(kind):
        _check_same_row(what, array.shape[1:], present.shape[1:])
    made = {"indices": rows[:, None], "key": key, "val": array, AXES: present.ndim}
    check_values(kind, made)
    return made


def check_entry(tables: Tables, kind: SpikeSource, made: dict[str, Any]) -> None:
    """Refuse an entry of a parameter state that `entry` has not made for this model."""
    rows, shape = np.ravel(made["indices"]), np.shape(made["val"])
    axes = np.ndim(kind.data[data_keys(kind)[made["key"]]])
    mine = tables.events.sources.of_type(kind)
    if not np.isin(rows, mine).all():
        raise ModelValueError(f"param_state: the value of {made['key']!r} was made with another module.")
    if len(shape) != axes or shape[0] not in (1, len(rows)):
        raise ModelTypeError(
            f"param_state: the values of {made['key']!r} have shape {shape}. Pass the list that `data_set` returned."
        )


def _check_same_row(what: str, given: tuple[int, ...], others: tuple[int, ...]) -> None:
    """Refuse rows of another size for some of the sources."""
    if given != others:
        raise ValueShapeError(
            f"{what}: each row has {given} values, but the sources of the kind that are left as they are have {others}."
            f" Give these as many, or set all sources at once."
        )


def check_values(kind: SpikeSource, made: dict[str, Any]) -> None:
    """Refuse values that the data of a source cannot have, unless they are traced."""
    from jax.core import Tracer  # noqa: PLC0415

    if not isinstance(made["val"], Tracer):
        kind.check_data(data_keys(kind)[made["key"]], np.asarray(made["val"], float))


def overrides(tables: Tables, entries: list[dict[str, Any]]) -> list[Override]:
    """What takes the place of data in a run: of each name one array for all sources of the kind.

    A later entry counts where two are of the same source.
    """
    import jax.numpy as jnp  # noqa: PLC0415

    from dendrax.engine.system import Override  # noqa: PLC0415

    found: dict[str, Any] = {}
    for one in entries:
        key = one["key"]
        kind = kind_with(tables, key)
        if kind is None:
            continue
        check_values(kind, one)
        sources = tables.events.sources
        rows = sources.table["index_within_type"][np.ravel(one["indices"])].astype(int)
        n, base = sources.count(kind), np.asarray(kind.data[data_keys(kind)[key]], float)
        values = jnp.asarray(one["val"], jnp.result_type(float))
        shape = (n, *values.shape[1:])
        if len(values) == len(base) == 1 and len(rows) == n:  # one row does for all in the model, and so it does here
            found[key] = values
        elif len(rows) == n:
            found[key] = jnp.zeros(shape, values.dtype).at[rows].set(values)
        else:
            before = found.get(key, base)
            _check_same_row(f"param_state: {key!r}", values.shape[1:], before.shape[1:])
            found[key] = jnp.broadcast_to(jnp.asarray(before, values.dtype), shape).at[rows].set(values)
    return [Override(None, values, key) for key, values in found.items()]
