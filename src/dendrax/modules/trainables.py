"""Which rows share which traced value: make_trainable, get, write, data_set; what of it the engine gets."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dendrax.errors import ModelTypeError, ModelValueError, ValueShapeError
from dendrax.modules import editing, magnitudes, shown, source_data
from dendrax.modules.homes import Home, home_of
from dendrax.modules.selection import Selection
from dendrax.modules.tables import Tables, Trainable, broadcast, numbers_of

if TYPE_CHECKING:
    from dendrax.engine.system import Override


def make_trainable(
    selection: Selection, key: str, init_val: Any, verbose: bool, bounds: Sequence[float | int] | None = None
) -> None:
    """Append a Trainable for the rows in view that have `key`. See `Module.make_trainable`."""
    tables = selection.tables
    source_data.check_is_no_data(tables, key, "make_trainable")
    home, rows = _distinct_rows(selection, key)
    names, group_of_row = np.unique(_groups_in_view(selection, home, rows), return_inverse=True)
    values = _initial_values(home, key, rows, group_of_row, len(names), init_val)
    limits = _checked_bounds(home, key, values, bounds)
    if key in ("radius", "length"):
        editing.warn_if_traced(tables, key, rows)
    _warn_if_trainable_already(home, key, rows)
    tables.trainables = [*tables.trainables, Trainable(key, rows, group_of_row, values, limits)]
    if verbose:
        print(  # noqa: T201
            f"Number of newly added trainable parameters: {len(values)}. "
            f"Total number of trainable parameters: {sum(len(one.values) for one in tables.trainables)}"
        )


def _checked_bounds(
    home: Home, key: str, values: np.ndarray, bounds: Sequence[float | int] | None
) -> tuple[float, float] | None:
    """The bounds of a delay, which a run has to know before it starts; other parameters have no bounds."""
    what = f"make_trainable({key!r})"
    if key not in editing.delays_of(home.tables):
        if bounds is not None:
            raise ModelValueError(
                f"{what}: only delays have bounds here. Use a transform to keep other parameters in bounds: "
                f"`jx.optimize.transforms`."
            )
        return None
    if bounds is None:
        raise ModelValueError(
            f"{what}: a run has to know the shortest and the longest delay. Pass bounds [ms], such as "
            f"`bounds=(1.0, 5.0)`."
        )
    limits = numbers_of(bounds, f"{what}: bounds must be two numbers [ms]")
    if limits.shape != (2,) or not np.isfinite(limits).all() or not 0 < limits[0] <= limits[1]:
        raise ModelValueError(f"{what}: bounds must be two positive numbers [ms] in order, but are {bounds!r:.80}.")
    low, high = limits.tolist()
    _check_within(what, values, (low, high))
    return low, high


def _check_within(what: str, values: np.ndarray, bounds: tuple[float, float]) -> None:
    """Refuse delays outside of their bounds, up to rounding, since they may come from float32."""
    low, high = bounds
    margin = 1e-6 * high
    if (wrong := (values < low - margin) | (values > high + margin)).any():
        raise ModelValueError(
            f"{what}: the delay {values[wrong][0]:g} ms is outside of the bounds, {low:g} to {high:g} ms. Make the "
            f"bounds wider, or keep it within them by a transform."
        )


def _distinct_rows(selection: Selection, key: str) -> tuple[Home, np.ndarray]:
    """Where `key` is, and the rows in view that have it, each once."""
    editing.settle(selection, key)
    home, rows = editing.find_rows(selection, key, simulated=True)
    if len(np.unique(rows)) != len(rows):
        raise ModelValueError(f"{key!r}: a {home.one} is in view more than once, but can have one value only.")
    return home, rows


def _warn_if_trainable_already(home: Home, key: str, rows: np.ndarray) -> None:
    for one in home.tables.trainables:
        if one.key == key and (both := np.isin(one.rows, rows)).any():
            warnings.warn(
                f"make_trainable({key!r}): it is trainable in {home.place_of(one.rows[both][0])} already. "
                f"The later one counts, so the earlier gets no gradient there; `delete_trainables` removes it.",
                stacklevel=4,
            )
            return


def _groups_in_view(selection: Selection, home: Home, rows: np.ndarray) -> np.ndarray:
    """The user's `controlled_by_param`, or what follows from how the view was made, for `rows` in view. (row,)."""
    if not (home.of_compartments or home.of_edges):
        return shown.group_of(selection, home, rows)
    in_view = selection.edge_rows if home.of_edges else selection.rows
    frame = shown.handed_out(selection, "edges" if home.of_edges else "nodes")
    if frame is None:
        groups = (shown.group_of_edge if home.of_edges else shown.group_of_row)(selection)
    else:
        column = frame.get("controlled_by_param")
        if column is None or len(column) != len(in_view) or column.isna().any():
            table = "edges" if home.of_edges else "nodes"
            raise ModelValueError(f"`.{table}['controlled_by_param']` must hold a group for every {home.one} in view.")
        groups = column.to_numpy()
    return groups if len(rows) == len(in_view) else groups[np.isin(in_view, rows)]


def _initial_values(
    home: Home, key: str, rows: np.ndarray, group_of_row: np.ndarray, n: int, init_val: Any
) -> np.ndarray:
    if init_val is None:
        present = home.numbers(key)[rows]
        return np.bincount(group_of_row, present, n) / np.bincount(group_of_row, minlength=n)
    values = numbers_of(init_val, f"make_trainable({key!r}): init_val must be a float, list or None")
    if values.ndim > 1 or (values.ndim == 1 and len(values) != n):
        raise ValueShapeError(f"make_trainable({key!r}): init_val has shape {values.shape}, but there are {n} groups.")
    values = np.broadcast_to(values, (n,)).copy()
    editing.check_values(home, key, values[group_of_row], rows)
    magnitudes.warn_of_values(home, key, values[group_of_row], rows, "make_trainable")
    return values


def get_parameters(tables: Tables) -> list[dict[str, Any]]:
    """The initial values as JAX arrays, one dict for each Trainable."""
    import jax.numpy as jnp  # noqa: PLC0415 - only who asks for arrays imports jax

    return [{one.key: jnp.asarray(one.values, dtype=float)} for one in tables.trainables]


def padded_groups(one: Trainable) -> np.ndarray:
    """The rows of each group, shorter ones filled up with their last row. (group, row)."""
    order = np.argsort(one.group_of_row, kind="stable")
    counts = np.bincount(one.group_of_row)
    first = np.cumsum(counts) - counts
    within = np.minimum(np.arange(counts.max()), counts[:, None] - 1)
    return one.rows[order][first[:, None] + within]


def check_params(tables: Tables, params: Sequence[dict[str, Any]]) -> None:
    """Refuse parameters that are not what `get_parameters` returns."""
    trainables = tables.trainables
    if not isinstance(params, (list, tuple)) or not all(isinstance(one, dict) for one in params):
        raise ModelTypeError(f"params: pass the list of dicts that `get_parameters()` returns.{_instead(params)}")
    found = [{key: _shape_of(key, value) for key, value in one.items()} for one in params]
    wanted = [{one.key: one.values.shape} for one in trainables]
    if found != wanted:
        raise ValueShapeError(
            f"params do not match the trainable parameters of the module. Given: {found}; trainable: {wanted}. Pass "
            f"what `get_parameters()` returns, with the same keys and shapes.{_differently(params, found, wanted)}"
        )


def _instead(params: Any) -> str:
    """What is meant by parameters that are no list of dicts, as far as that can be told."""
    if isinstance(params, dict):
        return " Put the dict into a list."
    if isinstance(params, (int, float)):
        return " A duration is passed by name: `t_max=`."
    return ""


def _differently(params: Sequence[dict[str, Any]], found: list[dict], wanted: list[dict]) -> str:
    """What is meant by parameters that are others than those of the module, as far as that can be told."""
    if any("indices" in one for one in params):
        return " What `data_set` returns is passed as `param_state=`."
    if not wanted:
        return " None is trainable yet: call `make_trainable` first."
    if all(one in wanted for one in found) and len(found) == len(wanted):
        return " They are the same in another order."
    return ""


def _shape_of(key: Any, value: Any) -> tuple[int, ...]:
    try:
        return np.shape(value)
    except ValueError:  # rows of different lengths
        raise ModelTypeError(f"params: {key!r} must be an array of numbers, one for each group.") from None


def as_reals(what: str, values: Any) -> Any:
    """Numbers as a JAX array of floats; traced ones stay traced."""
    import jax.numpy as jnp  # noqa: PLC0415 - needed only for arrays of JAX

    try:
        array = jnp.asarray(values)
        if jnp.iscomplexobj(array):
            raise TypeError("they are complex")  # noqa: TRY301 - said below
        return array.astype(jnp.result_type(array.dtype, float))
    except (TypeError, ValueError, OverflowError) as error:
        raise ModelTypeError(f"{what}: the value is not a number: {error}") from None


def _check_known(home: Home, key: str, values: Any, group_of_row: np.ndarray, rows: np.ndarray) -> None:
    """Refuse invalid values unless they are traced: `values` (group,), and the group of each row (row,)."""
    from jax.core import Tracer  # noqa: PLC0415

    if not isinstance(values, Tracer):
        editing.check_values(home, key, np.asarray(values, float)[group_of_row], rows)


def _check_delay(home: Home, key: str, values: Any, bounds: tuple[float, float] | None) -> None:
    """Refuse delays of a run outside of their bounds, and traced delays without bounds."""
    from jax.core import Tracer  # noqa: PLC0415

    if bounds is None and key in editing.delays_of(home.tables):
        bounds = _known_delays(home, key)
        if isinstance(values, Tracer) and not any(one.key == key and one.bounds for one in home.tables.trainables):
            raise ModelValueError(
                f"{key!r} is traced, but a run has to know the shortest and the longest delay. Set bounds first: "
                f"`net.netcons.make_trainable('delay', bounds=(1.0, 5.0))`."
            )
    if bounds is not None and not isinstance(values, Tracer):
        _check_within(repr(key), np.ravel(np.asarray(values, float)), bounds)


def _known_delays(home: Home, key: str) -> tuple[float, float]:
    """The shortest and the longest delay in the tables and the bounds of trainables."""
    bounds = [one.bounds for one in home.tables.trainables if one.key == key and one.bounds is not None]
    present = home.numbers(key)
    everything = np.concatenate([present[np.isfinite(present)], np.ravel(np.array(bounds, float))])
    return float(everything.min()), float(everything.max())


def write_trainables(tables: Tables, params: list[dict[str, Any]]) -> None:
    """Write values into the tables, all checked before the first is written."""
    check_params(tables, params)
    trainables = tables.trainables
    values = [
        broadcast(given[one.key], len(one.values), f"write_trainables({one.key!r})")[one.group_of_row]
        for one, given in zip(trainables, params, strict=True)
    ]
    homes = [home_of(tables, one.key) for one in trainables]
    for home, one, array in zip(homes, trainables, values, strict=True):
        editing.check_values(home, one.key, array, one.rows)
    for home, one, array in zip(homes, trainables, values, strict=True):
        editing.write(home, one.key, one.rows, array)


def delete_trainables(selection: Selection) -> None:
    """Remove the rows in view from every trainable, and trainables that have none left."""
    tables = selection.tables
    kept = []
    for one in tables.trainables:
        mask = home_of(tables, one.key).mask(selection)
        outside = np.flatnonzero(~mask[one.rows])
        if len(outside):
            kept.append(one.part(outside, np.arange(len(mask))))
    tables.trainables = kept


def data_set(selection: Selection, key: str, values: Any, param_state: Any) -> list[dict]:
    """`param_state` and one more entry: indices (row, 1), key, val (row,); the values may be traced."""
    import jax.numpy as jnp  # noqa: PLC0415
    from jax.core import Tracer  # noqa: PLC0415

    earlier = checked_param_state(param_state, selection.tables)
    if (kind := source_data.kind_with(selection.tables, key)) is not None:
        return [*earlier, source_data.entry(selection, kind, key, as_reals(f"data_set({key!r})", values))]
    home, rows = _distinct_rows(selection, key)
    array = as_reals(f"data_set({key!r})", values)
    if array.ndim > 1 or (array.ndim == 1 and len(array) not in (1, len(rows))):
        raise ValueShapeError(
            f"data_set({key!r}): got values of shape {array.shape}, but {len(rows)} {home.what} in view have it."
        )
    full = jnp.broadcast_to(array, (len(rows),))
    _check_known(home, key, full, np.arange(len(rows)), rows)
    if not isinstance(full, Tracer):
        magnitudes.warn_of_values(home, key, np.asarray(full, float), rows, "data_set")
    return [*earlier, {"indices": rows[:, None], "key": key, "val": full}]


def checked_param_state(param_state: Any, tables: Tables) -> list[dict]:
    """`param_state` as `data_set` returns it; an empty list if it is None."""
    entries = [] if param_state is None else param_state
    if not isinstance(entries, (list, tuple)) or not all(map(_is_entry, entries)):
        raise ModelTypeError("param_state: pass the list that `data_set` returned.")
    known = set(editing.known_keys(tables))
    for one in entries:
        indices = np.asarray(one["indices"])
        if (kind := source_data.kind_with(tables, one["key"])) is not None:
            source_data.check_entry(tables, kind, one)
            continue
        if np.size(one["val"]) not in (1, len(indices)):
            raise ModelTypeError(f"param_state: the value of {one['key']!r} is not what `data_set` returned.")
        if one["key"] not in known or indices.max() >= home_of(tables, one["key"]).table.length or indices.min() < 0:
            raise ModelValueError(
                f"param_state: the value of {one['key']!r} was made with another module than this {tables.kind}."
            )
    return list(entries)


def _is_entry(one: Any) -> bool:
    """Whether something is a dict of a key, indices (group, row) and val, an array."""
    if not isinstance(one, dict) or not {"indices", "key", "val"} <= set(one) or not isinstance(one["key"], str):
        return False
    try:
        indices, _ = np.asarray(one["indices"]), np.size(one["val"])
    except (TypeError, ValueError):  # rows of different lengths
        return False
    return indices.ndim == 2 and indices.size > 0 and indices.dtype.kind in "iu"


def overrides(tables: Tables, params: Sequence[dict[str, Any]], param_state: list[dict] | None) -> tuple[Override, ...]:
    """The values that replace those of the tables in a run: trainables, then data_set."""
    from dendrax.engine.system import Override  # noqa: PLC0415

    if isinstance(params, (list, tuple)) and not params:
        trainables = []  # without params a run has the values of the tables
    else:
        check_params(tables, params)
        trainables = tables.trainables

    made = []
    for one, given in zip(trainables, params, strict=True):
        home, values = home_of(tables, one.key), as_reals(f"params: {one.key!r}", given[one.key])
        _check_known(home, one.key, given[one.key], one.group_of_row, one.rows)
        _check_delay(home, one.key, given[one.key], one.bounds)
        values = values[one.group_of_row.astype(np.int32)]
        made.append(Override(home.in_engine(one.rows).astype(np.int32), values, one.key))
    return (*made, *overrides_of(tables, param_state))


def overrides_of(tables: Tables, param_state: list[dict] | None) -> tuple[Override, ...]:
    """Overrides from `data_set` or the parameter state of trainables: a value for each row of indices, (group, row)."""
    import jax.numpy as jnp  # noqa: PLC0415
    from jax.core import Tracer  # noqa: PLC0415

    from dendrax.engine.system import Override  # noqa: PLC0415

    entries = checked_param_state(param_state, tables)
    made = source_data.overrides(tables, entries)
    for entry in entries:
        if source_data.kind_with(tables, entry["key"]) is not None:
            continue
        key, indices, home = entry["key"], np.asarray(entry["indices"]), home_of(tables, entry["key"])
        values, rows = as_reals(f"param_state: {key!r}", entry["val"]), indices.ravel()
        _check_delay(home, key, entry["val"], None)
        if not isinstance(entry["val"], Tracer):
            group_of_row = np.minimum(np.repeat(np.arange(len(indices)), indices.shape[1]), np.size(entry["val"]) - 1)
            _check_known(home, key, np.ravel(entry["val"]), group_of_row, rows)
        values = jnp.broadcast_to(jnp.reshape(values, (-1, 1)), indices.shape)  # one value may be that of all
        made.append(Override(home.in_engine(rows).astype(np.int32), values.ravel(), key))
    return tuple(made)
