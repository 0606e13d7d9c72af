"""record, stimulate, clamp and their data_* twins; what of them the engine gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dendrax.errors import ModelTypeError, ModelValueError, UnknownNameError, ValueShapeError
from dendrax.modules.editing import nearest, states_of
from dendrax.modules.tables import Input

if TYPE_CHECKING:
    from dendrax.engine.system import Inputs, Recordings
    from dendrax.modules.module import Module

DataInputs = tuple[list[str], list[Any], list[np.ndarray]]


def rows_with_state(module: Module, state: str, verb: str) -> np.ndarray:
    """The rows in view, all of which have `state`.

    Raises:
        UnknownNameError: There is no such state or current.
        ModelValueError: Some of the compartments do not have it.
    """
    places = states_of(module.tables)
    if state not in places:
        raise UnknownNameError(f"{verb}: no state or membrane current {state!r}.{nearest(state, places)}")
    rows = module.rows
    lacking = rows[~places[state][rows]]
    if len(lacking):
        raise ModelValueError(
            f"{verb}({state!r}): {len(lacking)} of {len(rows)} compartments in view do not have it, the first is "
            f"compartment {lacking[0]}. Select those that do, for example by the channel: `module.HH.{verb}(...)`."
        )
    return rows


def record(module: Module, state: str, verbose: bool) -> None:
    """Append a recording for each row in view that does not have it yet."""
    if not isinstance(state, str):
        raise ModelTypeError(f"record({state!r}): pass the name of a state or membrane current, such as 'v'.")
    rows = rows_with_state(module, state, "record")
    present = {row for name, row in module.tables.recordings if name == state}
    added = [(state, int(row)) for row in rows if int(row) not in present]
    module.tables.recordings = [*module.tables.recordings, *added]
    if verbose:
        print(f"Added {len(added)} recordings. See `.recordings` for details.")  # noqa: T201


def recordings(module: Module) -> pd.DataFrame:
    """The recordings in view as a table."""
    inside = set(module.rows.tolist())
    shown = [(row, name) for name, row in module.tables.recordings if row in inside]
    return pd.DataFrame(shown, columns=["rec_index", "state"])


def delete_recordings(module: Module) -> None:
    """Keep the recordings outside the view."""
    inside = set(module.rows.tolist())
    module.tables.recordings = [one for one in module.tables.recordings if one[1] not in inside]


def _matrix(values: Any, n: int, verb: str) -> Any:
    """Values over time as (n, time); traced values stay traced.

    Raises:
        ValueShapeError: Not (time,), (1, time) or (n, time).
    """
    shape = np.shape(values)
    if len(shape) not in (1, 2) or shape[-1] == 0 or (len(shape) == 2 and shape[0] not in (1, n)):
        raise ValueShapeError(
            f"{verb}: Number of comps and stimuli do not match: the values have shape {shape}, {n} compartments are in "
            f"view. Pass (time,), (1, time) or ({n}, time)."
        )
    return values[None, :] if len(shape) == 1 else values


def add_input(module: Module, key: str, values: Any, verbose: bool) -> None:
    """Append a stimulus (key "i") or clamp for the rows in view."""
    verb = "stimulate" if key == "i" else "clamp"
    rows = module.rows if key == "i" else rows_with_state(module, key, verb)
    if values is None:
        raise ModelTypeError(f"{verb}: pass the values over time, an array of shape (time,).")
    matrix = np.broadcast_to(array := _matrix(_numbers(values, verb), len(rows), verb), (len(rows), array.shape[-1]))
    tables = module.tables
    if key in tables.inputs:
        matrix = _appended(key, tables.inputs[key].values, matrix)
        rows = np.concatenate([tables.inputs[key].rows, rows])
    tables.inputs = {**tables.inputs, key: Input(rows, matrix)}
    if verbose:
        print(f"Added {len(module.rows)} external_states. See `.externals` for details.")  # noqa: T201


def _numbers(values: Any, verb: str) -> np.ndarray:
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ModelTypeError(f"{verb}: the values over time are not numbers: {error}") from None
    if not np.isfinite(array).all():
        raise ModelValueError(f"{verb}: the values over time hold NaN or infinity.")
    return array


def _appended(key: str, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Rows of both; a shorter current goes on with zeros, clamps must be equally long."""
    length = max(old.shape[1], new.shape[1])
    if key != "i" and old.shape[1] != new.shape[1]:
        raise ValueShapeError(
            f"clamp({key!r}): {new.shape[1]} values over time, but an earlier clamp of this state has {old.shape[1]}."
        )
    return np.concatenate([np.pad(one, ((0, 0), (0, length - one.shape[1]))) for one in (old, new)])


def in_view(module: Module) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Stimuli and clamps in view. key -> rows (input,), values (input, time)."""
    inputs = module.tables.inputs
    if not module.is_view:
        return {key: (one.rows, one.values) for key, one in inputs.items()}
    masks = {key: np.isin(one.rows, module.rows) for key, one in inputs.items()}
    return {key: (one.rows[masks[key]], one.values[masks[key]]) for key, one in inputs.items() if masks[key].any()}


def delete_inputs(module: Module, keys: list[str]) -> None:
    """Remove the inputs in view of the given keys."""
    kept = dict(module.tables.inputs)
    for key in keys:
        if key not in kept:
            continue
        outside = ~np.isin(kept[key].rows, module.rows)
        kept[key] = Input(kept[key].rows[outside], kept[key].values[outside])
        if not outside.any():
            del kept[key]
    module.tables.inputs = kept


def data_input(module: Module, key: str, values: Any, earlier: DataInputs | None, verbose: bool) -> DataInputs:
    """The twin of `add_input` that may be traced: returns (names, values, rows), the earlier ones first."""
    import jax.numpy as jnp  # noqa: PLC0415 - building a model without traced values imports no jax

    verb = "data_stimulate" if key == "i" else "data_clamp"
    rows = module.rows if key == "i" else rows_with_state(module, key, verb)
    if values is None:
        raise ModelTypeError(f"{verb}: pass the values over time, an array of shape (time,).")
    array = jnp.asarray(values)
    array = array.astype(jnp.result_type(array.dtype, float))
    matrix = _matrix(array, len(rows), verb)
    matrix = jnp.broadcast_to(matrix, (len(rows), matrix.shape[-1]))
    names, arrays, indices = ([], [], []) if earlier is None else earlier
    if verbose:
        print(f"Added {len(rows)} stimuli.")  # noqa: T201
    return [*names, key], [*arrays, matrix], [*indices, rows]


def gather(module: Module, data_stimuli: DataInputs | None, data_clamps: DataInputs | None) -> Inputs:
    """All inputs of a run: those of the tables, then those given as data.

    Raises:
        ValueShapeError: Clamps of one state differ in length.
    """
    import jax.numpy as jnp  # noqa: PLC0415

    from dendrax.engine.system import Inputs  # noqa: PLC0415

    rows: dict[str, list] = {key: [one.rows] for key, one in module.tables.inputs.items()}
    values: dict[str, list] = {key: [one.values] for key, one in module.tables.inputs.items()}
    for names, arrays, indices in (given for given in (data_stimuli, data_clamps) if given is not None):
        for key, array, index in zip(names, arrays, indices, strict=True):
            rows.setdefault(key, []).append(index)
            values.setdefault(key, []).append(array)
    joined = {}
    for key, arrays in values.items():
        lengths = {array.shape[-1] for array in arrays}
        if len(lengths) > 1 and key != "i":
            raise ValueShapeError(f"Clamps of {key!r} have different numbers of values over time: {sorted(lengths)}.")
        padded = [_padded(array, max(lengths), jnp) for array in arrays]
        joined[key] = padded[0] if len(padded) == 1 else jnp.concatenate([jnp.asarray(array) for array in padded])
    return Inputs({key: np.concatenate(index).astype(np.int32) for key, index in rows.items()}, joined)


def _padded(array: Any, length: int, jnp: Any) -> Any:
    missing = length - array.shape[-1]
    return jnp.pad(array, ((0, 0), (0, missing))) if missing else array


def recorded(module: Module) -> Recordings:
    """What the engine keeps at every step, grouped by state."""
    from dendrax.engine.system import Recordings  # noqa: PLC0415

    names = np.array([name for name, _ in module.tables.recordings], dtype=str)
    rows = np.array([row for _, row in module.tables.recordings], dtype=np.int32)
    keys = sorted(set(names.tolist()))
    by_key = np.concatenate([np.flatnonzero(names == key) for key in keys]) if keys else np.zeros(0, int)
    order = np.empty(len(rows), np.int32)
    order[by_key] = np.arange(len(rows))
    return Recordings({key: rows[names == key] for key in keys}, order)
