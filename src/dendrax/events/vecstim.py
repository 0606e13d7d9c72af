"""Spikes at given times."""

import reprlib
from typing import Any

import jax.numpy as jnp
import numpy as np

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError, ValueShapeError
from dendrax.mechanisms.source import SpikeSource
from dendrax.mechanisms.value import Value, Values


class VecStim(SpikeSource):
    """Sources that spike at given times, one for each list of times, as NEURON's VecStim plays a Vector.

    The times may be in any order and may coincide; the source sorts them and compares by value. `data` holds them as
    "times", padded with infinity. (source, place)

    You can pass other times to a run. JAX may trace them, and the run has gradients by them:
    `integrate(..., param_state=view.data_set("VecStim_times", times, None))`.

    Args:
        times: The times of each source [ms]: a list of lists or arrays; an array (source, place) with NaN or infinity
            in empty places; one list of numbers, for one source; or a DataFrame with columns `time` and `id`, whose
            ids count the sources from 0.
        name: "VecStim" by default. Two sets of times in one model need two names.

    Raises:
        ModelTypeError: Not times.
        ValueShapeError: An array of more than two dimensions.
        ModelValueError: A time is negative, or in a list NaN or infinite; or an id is not a whole number from 0.

    Example:
        >>> source = VecStim([[7.5, 2.0], [4.0]])
        >>> source.size, source.trains(None, {}, 3).tolist()
        (2, [[2.0, 7.5, inf], [4.0, inf, inf]])
    """

    def __init__(self, times: Any, *, name: str | None = None) -> None:
        super().__init__(name)
        self.data = {"times": _padded(_rows(times))}

    def check_data(self, name: str, values: np.ndarray) -> None:
        """Refuse times that are NaN or negative; an infinite one is an empty place."""
        self._refuse(name, values, ~(values >= 0.0), "Set it to a time from 0 ms on, or to infinity without a spike")

    def stand_in(self, name: str, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Times of which all are in a run, as those that are traced may be."""
        del name, values
        return np.zeros(shape)

    def most(self, horizon: float, params: Values) -> int:
        """The number of places for all times up to `horizon` [ms], plus one."""
        times = np.sort(np.asarray(self.given(params, "times")), axis=1)
        return int((times <= horizon).sum(axis=1).max(initial=0)) + 1

    def trains(self, key: Any, params: Values, places: int) -> Value:
        """The first `places` times of each source [ms]. (n, places)"""
        del key
        times = jnp.sort(jnp.asarray(self.given(params, "times")), axis=1)[:, :places]
        return jnp.pad(times, ((0, 0), (0, places - times.shape[1])), constant_values=jnp.inf)


def _rows(times: Any) -> list[np.ndarray]:
    """The times of each source, from any of the forms that `VecStim` accepts."""
    if hasattr(times, "columns"):
        return _from_frame(times)
    if getattr(times, "ndim", 0) > 2:
        raise ValueShapeError(f"VecStim: an array of times must be (source, place), not {np.shape(times)}.")
    if getattr(times, "ndim", 0) == 2:
        array = arguments.reals("VecStim: times", times)
        return [row[np.isfinite(row)] for row in _not_negative(array)]
    try:
        rows = list(times)
    except TypeError:
        raise ModelTypeError(
            f"VecStim: times must be a list of the times of each source, such as [[2.0, 7.5], [4.0]], but is "
            f"{reprlib.repr(times)}."
        ) from None
    if rows and all(np.ndim(row) == 0 for row in rows):
        rows = [rows]
    found = [arguments.reals(f"VecStim: times of source {at}", row) for at, row in enumerate(rows)]
    for at, row in enumerate(found):
        if row.ndim != 1:
            raise ValueShapeError(f"VecStim: the times of source {at} must be one list of numbers.")
        if not np.isfinite(row).all():
            raise ModelValueError(f"VecStim: source {at} has a time that is NaN or infinite. Leave it out.")
    return _not_negative(found)


def _from_frame(frame: Any) -> list[np.ndarray]:
    """The times of each id of a table."""
    if missing := {"time", "id"} - set(frame.columns):
        raise ModelTypeError(f"VecStim: the table has no column {min(missing)!r}. It needs `time` and `id`.")
    times, ids = (arguments.reals(f"VecStim: column {name!r}", frame[name]) for name in ("time", "id"))
    wrong = ~((ids >= 0) & (ids == np.round(ids)) & (ids < arguments.MOST))
    if wrong.any():
        raise ModelValueError(f"VecStim: the id {ids[wrong][0]:g} must be a whole number from 0.")
    if not np.isfinite(times).all():
        raise ModelValueError("VecStim: a time in the table is NaN or infinite. Leave the row out.")
    ids = ids.astype(int)
    order = np.lexsort((times, ids))
    n = int(ids.max(initial=-1)) + 1
    return _not_negative(np.split(times[order], np.searchsorted(ids[order], np.arange(1, n))) if n else [])


def _not_negative(rows: Any) -> Any:
    """The rows, after a check for negative times."""
    for at, row in enumerate(rows):
        if (row < 0).any():
            raise ModelValueError(f"VecStim: source {at} has the time {row[row < 0][0]:g} ms. A run begins at 0 ms.")
    return rows


def _padded(rows: list[np.ndarray]) -> np.ndarray:
    """The rows, sorted, in one array that ends with infinity."""
    padded = np.full((len(rows), max(map(len, rows), default=0)), np.inf)
    for at, row in enumerate(rows):
        padded[at, : len(row)] = np.sort(row)
    return padded
