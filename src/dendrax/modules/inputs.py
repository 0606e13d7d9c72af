"""record, stimulate, clamp and their data_* twins; what of them the engine gets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dendrax.errors import ModelTypeError, ModelValueError, UnknownNameError, ValueShapeError
from dendrax.mechanisms.constants import PROBES
from dendrax.modules import frames, magnitudes
from dendrax.modules.connecting import delete_spike_recordings
from dendrax.modules.editing import nearest, states_of, why_nothing_has
from dendrax.modules.homes import Home, home_of
from dendrax.modules.points import ionic_currents
from dendrax.modules.selection import Selection
from dendrax.modules.tables import Input, Tables, numbers_of
from dendrax.modules.trainables import as_reals
from dendrax.modules.typed import own_currents, own_states
from dendrax.stimulus import Sampled, sampled

if TYPE_CHECKING:
    import pandas as pd

    from dendrax.engine.system import Inputs, Recordings

DataInputs = tuple[list[str], list[Any], list[np.ndarray]]
CURRENT = "i"
"""The key of injected current; every other key is a state or membrane current that is clamped."""


def currents_of(tables: Tables) -> list[str]:
    """Names of the currents of the inserted mechanisms, and of ions through point processes, each once."""
    of_points = (name for one in tables.points.types for name in ionic_currents(one))
    return list(dict.fromkeys((*(name for one in tables.mechanisms for name in one.current_names), *of_points)))


def own_states_of(tables: Tables) -> list[str]:
    """Names of the states and currents of synapses and point processes, and of the states of plastic connections."""
    types = (*tables.synapses, *tables.points.types, *tables.events.plastic.types)
    return [key for one in types for key in (*own_states(one), *own_currents(one))]


def places_of(tables: Tables, name: str) -> np.ndarray:
    """Which compartments have a state or membrane current. (comp,) bool."""
    if name in ("v", *PROBES, *tables.diffused):
        return np.ones(tables.structure.n_comp, bool)
    places = np.zeros(tables.structure.n_comp, bool)
    for one in tables.mechanisms:
        if name in (*one.state_defaults, *one.current_names):
            places |= tables.has(one)
    for one in tables.points.types:
        if name in ionic_currents(one):
            places |= tables.has_point(one)
    return places


def clamped_in_view(selection: Selection, state: Any) -> list[str]:
    """The states whose clamps `delete_clamps` removes: `state`, or all if it is None."""
    known = [CURRENT, *_known(selection.tables)]
    if state is None:
        return [name for name in selection.tables.inputs if name != CURRENT]
    if not isinstance(state, str) or state not in known:
        raise UnknownNameError(f"delete_clamps: no state or current {state!r}.{nearest(state, known)}")
    return [state]


def _known(tables: Tables) -> list[str]:
    """Names of all states and currents, of compartments, synapses, point processes and plastic connections."""
    return [*states_of(tables), *currents_of(tables), *own_states_of(tables)]


def has_state(selection: Selection, state: str, verb: str) -> tuple[Home, np.ndarray, np.ndarray]:
    """Where `state` is, the compartments or synapses of its type in view, and which of these have it; some do."""
    if not isinstance(state, str):
        raise ModelTypeError(
            f"{verb}({state!r}): pass the name of a state or membrane current, such as 'v', one at a time."
        )
    tables = selection.tables
    known = [*_known(tables), *(PROBES if verb == "record" else ())]
    if state not in known:
        what = "what is injected is in `.externals`." if state == CURRENT else nearest(state, known).strip()
        raise UnknownNameError(f"{verb}: no state or membrane current {state!r}; {what}")
    home = home_of(tables, state)
    rows = home.rows_in_view(selection)
    there = places_of(tables, state)[rows] if home.of_compartments else np.ones(len(rows), bool)
    if not there.any():
        why = why_nothing_has(home, state)
        raise UnknownNameError(f"{verb}: {why[0].lower()}{why[1:]}")
    return home, rows, there


def record(selection: Selection, state: str, verbose: bool) -> None:
    """Append a recording for each row in view that does not have it yet. See `Module.record`."""
    home, rows, there = has_state(selection, state, "record")
    tables = selection.tables
    if state not in currents_of(tables) and not there.all():
        raise ModelValueError(
            f"record({state!r}): {np.count_nonzero(~there)} of {len(rows)} compartments in view do not have it, the "
            f"first is {home.place_of(rows[~there][0])}. Select those that do, for example by the name of "
            f"the channel: `module.HH.record(...)`."
        )
    before = len(tables.recordings)
    tables.recordings.update(dict.fromkeys((state, row) for row in rows.tolist()))
    if verbose:
        print(f"Added {len(tables.recordings) - before} recordings. See `.recordings` for details.")  # noqa: T201


def recordings(selection: Selection) -> pd.DataFrame:
    """The recordings in view as a table."""
    masks = _masks(selection, [name for name, _ in selection.tables.recordings])
    inside = [(name, row) for name, row in selection.tables.recordings if masks[name][row]]
    names = np.array([name for name, _ in inside], dtype=object)
    return frames.frame_of({"rec_index": _in_engine(selection.tables, inside), "state": names})


def _masks(selection: Selection, keys: Iterable[str]) -> dict[str, np.ndarray]:
    """For each key, which rows of its table are in view."""
    return {key: home_of(selection.tables, key).mask(selection) for key in dict.fromkeys(keys)}


def _in_engine(tables: Tables, places: Sequence[tuple[str, int]]) -> np.ndarray:
    """The numbers under which the engine knows the rows of some keys. (place,)."""
    rows = np.array([row for _, row in places], dtype=int)
    names = np.array([name for name, _ in places], dtype=object)
    for name in dict.fromkeys(names):
        rows[names == name] = home_of(tables, name).in_engine(rows[names == name])
    return rows


def delete_recordings(selection: Selection) -> None:
    """Keep the recordings outside the view."""
    masks = _masks(selection, [name for name, _ in selection.tables.recordings])
    selection.tables.recordings = {one: None for one in selection.tables.recordings if not masks[one[0]][one[1]]}
    delete_spike_recordings(selection)


def matrix_of(values: Any, n: int, verb: str) -> Any:
    """Values over time as (n, time) or (1, time); traced values stay traced."""
    shape = np.shape(values)
    if len(shape) not in (1, 2) or shape[-1] == 0 or (len(shape) == 2 and shape[0] not in (1, n)):
        raise ValueShapeError(
            f"{verb}: Number of comps and stimuli do not match: the values have shape {shape}, {n} compartments are in "
            f"view. Pass (time,), (1, time) or ({n}, time){_what_is_meant(shape, n, verb)}."
        )
    return values[None, :] if len(shape) == 1 else values


def _what_is_meant(shape: tuple[int, ...], n: int, verb: str) -> str:
    """How a shape that has been refused would be right."""
    if shape == ():
        pulse = ", or a pulse, `jx.step_current`" if verb.endswith("stimulate") else ""
        return f": one value for each time step, such as `value * np.ones(400)`{pulse}"
    if len(shape) == 2 and shape[1] in (1, n):
        return ": the transpose of these"
    return ""


def add_input(selection: Selection, key: str, values: Any, verbose: bool) -> None:
    """Append a stimulus (key "i") or clamp for the rows in view. See `Module.stimulate` and `Module.clamp`."""
    verb = "stimulate" if _is_current(key) else "clamp"
    rows, there = _rows_acted_on(selection, key, values, verb)
    tables = selection.tables
    earlier = tables.inputs.get(key, [])
    if callable(values):
        _check_function(values, len(there), verb)
        tables.inputs[key] = [*earlier, Input(rows, np.zeros((len(rows), 0)), function=values)]
        return _say(len(rows), "external_states. See `.externals` for details", verbose)
    matrix = matrix_of(_numbers(values, verb), len(there), verb)
    matrix = np.broadcast_to(matrix, (len(there), matrix.shape[1]))[there]
    if key != CURRENT:  # the last clamp of a compartment counts
        if earlier and (length := earlier[0].values.shape[1]) != matrix.shape[1]:
            raise ValueShapeError(
                f"clamp({key!r}): {matrix.shape[1]} values over time, but an earlier clamp of this state has {length}. "
                f"Make them equally long, or delete that one with `delete_clamps({key!r})`."
            )
        earlier = without(earlier, home_of(tables, key).mask(selection))
    _warn_of_odd(tables, key, rows, matrix, verb)
    tables.inputs[key] = [*earlier, Input(rows, matrix, _step_of(values))]
    return _say(len(rows), "external_states. See `.externals` for details", verbose)


def _say(n: int, what: str, verbose: bool) -> None:
    if verbose:
        print(f"Added {n} {what}.")  # noqa: T201


def _step_of(values: Any) -> float | None:
    """The time step of values that know it [ms]."""
    return values.delta_t if isinstance(values, Sampled) else None


def _check_function(function: Callable[[Any], Any], n: int, verb: str) -> None:
    """Refuse a function that is not a function of time, before a run calls it."""
    if verb.endswith("clamp"):
        raise ModelTypeError(f"{verb}: pass the values over time, (time,); only currents may be functions of time.")
    evaluated(function, np.array([0.0, 0.025]), n, verb)


def evaluated(function: Callable[[Any], Any], times: Any, n: int, verb: str) -> Any:
    """A current as a function of time, at the times of all steps. (n, time)

    Args:
        function: Maps the times [ms], (time,), to a number, (time,) or (n, time) [nA], which may be traced.
        times: When the steps begin [ms]. (time,)
        n: Number of compartments.
        verb: The method that was given the function, for errors.
    """
    import jax.numpy as jnp  # noqa: PLC0415

    try:
        values = as_reals("its result", function(times))
    except Exception as error:
        what = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelTypeError(
            f"{verb}: the function of time failed: {what}. It is called once, with the times of all steps [ms], "
            f"(time,), and gives the currents [nA], (time,): write `jnp.where(t < 5.0, 0.1, 0.0)` in place of an if."
        ) from error
    values = jnp.broadcast_to(values, times.shape) if values.ndim == 0 else values
    if values.shape[-1] != len(times):
        raise ValueShapeError(f"{verb}: the function gives {values.shape} for {len(times)} times; give one for each.")
    return jnp.broadcast_to(matrix_of(values, n, verb), (n, len(times)))


def at_steps(values: Any, own: float | None, delta_t: Any) -> Any:
    """Values over time at the steps of a run: at each step the sample of that time. (n, time)

    Values with a time step of their own last equally long in every run; all others are one sample per step. If
    `delta_t` is traced, all values are one sample per step, since the number of steps could not be known.
    """
    if own is None or not isinstance(delta_t, (int, float)) or abs(own - delta_t) <= 1e-9 * own:
        return np.asarray(values)
    n = round((values.shape[-1] - 1) * own / delta_t) + 1
    sample = np.floor(np.arange(n) * (delta_t / own) + 1e-6).astype(int)
    return np.asarray(values)[..., np.minimum(sample, values.shape[-1] - 1)]


def resampled(data: Any, delta_t: Any) -> Any:
    """The result of data_stimulate or data_clamp, with values at the steps of a run."""
    if data is None:
        return None
    values = [at_steps(one, one.delta_t, delta_t) if isinstance(one, Sampled) else one for one in data[1]]
    return data[0], values, data[2]


def _warn_of_odd(tables: Tables, key: str, rows: np.ndarray, matrix: np.ndarray, verb: str) -> None:
    if key == CURRENT:
        magnitudes.warn_of_currents(tables, rows, matrix, verb)
    else:
        magnitudes.warn_of_clamp(home_of(tables, key), key, rows, matrix, verb)


def _is_current(key: Any) -> bool:
    """Whether a key is that of injected current; a user may have passed anything."""
    return isinstance(key, str) and key == CURRENT


def _rows_acted_on(selection: Selection, key: str, values: Any, verb: str) -> tuple[np.ndarray, np.ndarray]:
    """The rows in view on which an input can act, and which of those in view they are."""
    if _is_current(key):
        what, rows, there = "compartment", selection.rows, np.ones(len(selection.rows), bool)
    else:
        home, rows, there = has_state(selection, key, verb)
        what = home.one
    if values is None:
        raise ModelTypeError(f"{verb}: pass the values over time, an array of shape (time,).")
    if key != CURRENT and len(np.unique(rows)) != len(rows):
        raise ModelValueError(f"{verb}({key!r}): a {what} is in view more than once, but is clamped once only.")
    return rows[there], there


def _numbers(values: Any, verb: str) -> np.ndarray:
    wanted = f"{verb} takes numbers over time, and none that JAX traces (there is data_{verb} for these)"
    array = numbers_of(values, wanted)
    if not np.isfinite(array).all():
        raise ModelValueError(f"{verb}: the values over time hold NaN or infinity.")
    return array


def without(chunks: list[Input], mask: np.ndarray) -> list[Input]:
    """Inputs, less those of the masked rows."""
    kept = []
    for one in chunks:
        outside = ~mask[one.rows]
        if outside.all():
            kept.append(one)
        elif outside.any():
            kept.append(one.part(outside))
    return kept


def in_view(selection: Selection, delta_t: Any = None) -> dict[str, Input]:
    """Stimuli and clamps in view, joined for each key, with rows as the engine counts them; no functions.

    A shorter current goes on with zeros. With `delta_t` [ms] the values are those at the steps of a run.
    """
    masks = _masks(selection, selection.tables.inputs)
    found = {key: without(chunks, ~masks[key]) for key, chunks in selection.tables.inputs.items()}
    joined = {}
    for key, all_of_key in found.items():
        chunks = [(one.rows, at_steps(one.values, one.delta_t, delta_t)) for one in all_of_key if one.function is None]
        if chunks:
            rows = np.concatenate([rows for rows, _ in chunks])
            values = np.zeros((len(rows), max(part.shape[1] for _, part in chunks)))
            ends = np.cumsum([len(part) for _, part in chunks])
            for (_, part), end in zip(chunks, ends, strict=True):
                values[end - len(part) : end, : part.shape[1]] = part
            joined[key] = Input(home_of(selection.tables, key).in_engine(rows), values)
    return joined


def delete_inputs(selection: Selection, keys: list[str]) -> None:
    """Remove the inputs in view of the given keys."""
    inputs, masks = selection.tables.inputs, _masks(selection, selection.tables.inputs)
    kept = {key: without(chunks, masks[key]) if key in keys else chunks for key, chunks in inputs.items()}
    selection.tables.inputs = {key: chunks for key, chunks in kept.items() if chunks}


def data_input(selection: Selection, key: str, values: Any, earlier: Any, verbose: bool) -> DataInputs:
    """The twin of `add_input` that may be traced: returns (names, values, rows), the earlier ones first."""
    import jax.numpy as jnp  # noqa: PLC0415 - building a model without traced values imports no jax
    from jax.core import Tracer  # noqa: PLC0415

    verb = "data_stimulate" if _is_current(key) else "data_clamp"
    names, arrays, indices = ([], [], []) if earlier is None else checked_data(earlier, selection.tables, verb)
    rows, there = _rows_acted_on(selection, key, values, verb)
    if callable(values):
        _check_function(values, len(there), verb)
        _say(len(rows), "stimuli", verbose)
        return [*names, key], [*arrays, values], [*indices, rows]
    array = as_reals(f"{verb}: the values over time", values)
    if not isinstance(array, Tracer) and not np.isfinite(np.asarray(array)).all():
        raise ModelValueError(f"{verb}: the values over time hold NaN or infinity.")
    matrix = matrix_of(array, len(there), verb)
    matrix = jnp.broadcast_to(matrix, (len(there), matrix.shape[1]))
    if not isinstance(array, Tracer):  # inside of `jit` the matrix is one all the same
        plain = matrix_of(np.asarray(array), len(there), verb)
        _warn_of_odd(selection.tables, key, rows, np.broadcast_to(plain, matrix.shape)[there], verb)
    rows = rows if key == CURRENT else home_of(selection.tables, key).in_engine(rows)
    _say(len(rows), "stimuli" if key == CURRENT else "clamps", verbose)
    matrix = matrix if there.all() else matrix[np.flatnonzero(there)]
    if (own := _step_of(values)) is not None:  # numpy, since inside of `jit` what JAX makes is traced
        known = matrix_of(np.asarray(values, array.dtype), len(there), verb)
        matrix = sampled(np.broadcast_to(known, (len(there), known.shape[1]))[there], own)
    return [*names, key], [*arrays, matrix], [*indices, rows]


def checked_data(data: Any, tables: Tables, where: str) -> DataInputs:
    """`data` as data_stimulate and data_clamp return it."""
    if not is_data(data, functions=True):
        raise ModelTypeError(f"{where}: pass what data_stimulate or data_clamp returned, and nothing else.")
    known = [CURRENT, *_known(tables)]
    for key, index in zip(data[0], data[2], strict=True):
        if key not in known or np.max(index, initial=-1) >= home_of(tables, key).size_in_engine:
            raise ModelValueError(
                f"{where}: the data for {key!r} were made with another module than this {tables.kind}."
            )
    return tuple(data)


def is_data(data: Any, *, functions: bool = False) -> bool:
    """Whether something is three lists of equal length: names, values (n, time), or `functions`, and n places."""
    if not isinstance(data, (tuple, list)) or len(data) != 3 or not all(isinstance(one, (list, tuple)) for one in data):
        return False
    names, values, places = data
    try:
        return len(names) == len(values) == len(places) and all(
            isinstance(name, str)
            and np.ndim(rows) == 1
            and np.asarray(rows).dtype.kind in "iu"
            and ((functions and callable(value)) or _is_matrix(value, len(rows)))
            for name, value, rows in zip(names, values, places, strict=True)
        )
    except (TypeError, ValueError):  # rows of different lengths have no shape
        return False


def _is_matrix(value: Any, n: int) -> bool:
    kind = (value.dtype if hasattr(value, "dtype") else np.asarray(value).dtype).kind
    return np.ndim(value) == 2 and np.shape(value)[0] == n and kind not in "cOSUMm"


def gather(
    tables: Tables, data_stimuli: Any, data_clamps: Any, delta_t: Any = None, n_steps: int | None = None
) -> Inputs:
    """All inputs of a run: those of the tables, then those given as data.

    Args:
        tables: The model.
        data_stimuli: What `data_stimulate` returned, or None; checked here.
        data_clamps: What `data_clamp` returned, or None.
        delta_t: Time step of the run [ms], which may be traced.
        n_steps: Number of steps; None: as many as the longest input has values.
    """
    import jax.numpy as jnp  # noqa: PLC0415

    from dendrax.engine.system import Inputs  # noqa: PLC0415

    set_in_tables = in_view(Selection(tables), delta_t)
    rows: dict[str, Any] = {key: one.rows.astype(np.int32) for key, one in set_in_tables.items()}
    values: dict[str, Any] = {key: one.values for key, one in set_in_tables.items()}
    given = {"data_stimuli": data_stimuli, "data_clamps": data_clamps}
    entries = [("stimulate", CURRENT, one.function, one.rows) for one in tables.inputs.get(CURRENT, []) if one.function]
    for where, data in ((where, data) for where, data in given.items() if data is not None):
        here = resampled(checked_data(data, tables, where), delta_t)
        entries += [(where, *one) for one in zip(*here, strict=True)]
    entries.sort(key=lambda one: callable(one[2]))  # how long a run is may follow from the others
    for where, key, array, index in entries:
        index = np.asarray(index, np.int32)  # noqa: PLW2901
        if callable(array):
            length = max((one.shape[1] for one in values.values()), default=None) if n_steps is None else n_steps
            if length is None:
                raise ModelValueError("For how long? A current that is a function of time needs t_max [ms].")
            array = evaluated(array, np.arange(length) * delta_t, len(index), where)  # noqa: PLW2901
        if key not in rows:
            rows[key], values[key] = index, array
            continue
        kept = np.flatnonzero(np.isin(rows[key], index, invert=True) | (key == CURRENT))  # the last clamp counts
        before, now = _equally_long(key, values[key][kept], array, jnp)
        rows[key], values[key] = np.concatenate([rows[key][kept], index]), jnp.concatenate([before, now])
    return Inputs(rows, values)


def _equally_long(key: str, one: Any, other: Any, jnp: Any) -> list[Any]:
    """Both of the longer length: a current goes on with zeros, clamps must agree."""
    length = max(one.shape[1], other.shape[1])
    if key != CURRENT and one.shape[1] != other.shape[1]:
        raise ValueShapeError(
            f"Clamps of {key!r} have different numbers of values over time: {one.shape[1]} and {other.shape[1]}."
        )
    return [jnp.pad(jnp.asarray(array), ((0, 0), (0, length - array.shape[1]))) for array in (one, other)]


def recorded(tables: Tables) -> Recordings:
    """What the engine keeps at every step, grouped by state."""
    from dendrax.engine.system import Recordings  # noqa: PLC0415

    names = np.array([name for name, _ in tables.recordings], dtype=str)
    rows = _in_engine(tables, list(tables.recordings)).astype(np.int32)
    keys = sorted(set(names.tolist()))
    by_key = np.concatenate([np.flatnonzero(names == key) for key in keys]) if keys else np.zeros(0, int)
    order = np.empty(len(rows), np.int32)
    order[by_key] = np.arange(len(rows))
    return Recordings({key: rows[names == key] for key in keys}, order)
