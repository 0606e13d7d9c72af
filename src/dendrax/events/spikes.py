"""The spikes of a run."""

import math
from importlib import import_module
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float, Int

from dendrax import arguments
from dendrax.errors import MissingExtraError, ModelStateError, SelectionError
from dendrax.events.places import Places

AnyArray = Array | np.ndarray


class Spikes(eqx.Module):
    """The spikes that a run has recorded, in the order of their times.

    Outside of `jit` the arrays have an entry for each spike. Inside of `jit`, where the number of spikes is unknown,
    they end with empty places: an infinite time and the id -1. Times are differentiable. Under `vmap` all fields get
    a leading axis; `run(i)` returns the spikes of one run.

    Attributes:
        times: Times of the spikes, sorted [ms]. (spike,)
        ids: Id of the place of each spike, in the order of the calls of `record_spikes`. (spike,)
        count: Number of spikes.
        places: The compartment or artificial source of each id.

    Example:
        >>> spikes = Spikes(np.array([1.0, 2.5, 4.0]), np.array([1, 0, 1]), np.array(3), Places(cell=[0, 1]))
        >>> spikes.of(1).tolist(), [train.tolist() for train in spikes.spike_trains()]
        ([1.0, 4.0], [[2.5], [1.0, 4.0]])
        >>> spikes.rates(100.0).tolist()
        [10.0, 20.0]
        >>> spikes
        <3 spikes of 2 places>
    """

    times: Float[AnyArray, "*batch spike"]
    ids: Int[AnyArray, "*batch spike"]
    count: Int[AnyArray, "*batch"]
    places: Places = eqx.field(static=True)

    def trimmed(self) -> "Spikes":
        """The spikes without the empty places at the end; unchanged inside of `jit`.

        Raises:
            ModelStateError: The run had more spikes than places.
        """
        if self._traced:
            return self
        most, room = int(np.max(np.asarray(self.count), initial=0)), self.times.shape[-1]
        if most > room:
            raise ModelStateError(
                f"The run has recorded {most} spikes, but has room for {room}. Raise `max_spikes`, record fewer "
                f"compartments, or run for a shorter time and continue with `all_states`."
            )
        return Spikes(self.times[..., :most], self.ids[..., :most], self.count, self.places)

    def run(self, number: int) -> "Spikes":
        """The spikes of one run of many.

        Args:
            number: Number of the run, from 0.

        Raises:
            SelectionError: The number is out of range.
        """
        n = self.times.shape[0] if self._batched else 0
        if not self._batched or not -n <= number < n:
            what = f"{n} runs. Pass a number from 0 to {n - 1}" if n else "one run. Leave out `run`"
            raise SelectionError(f"run({number}): these are the spikes of {what}.")
        count = self.count[number] if self._traced else np.asarray(self.count[number])
        return Spikes(self.times[number], self.ids[number], count, self.places).trimmed()

    def of(self, place: int) -> Float[AnyArray, " spike"]:
        """The sorted times of the spikes of an id; inside of `jit` padded with infinity [ms]. (spike,)

        Args:
            place: The id.

        Raises:
            SelectionError: The id is out of range.
        """
        self._check_one("of")
        if place not in range(len(self.places)):
            n = len(self.places)
            raise SelectionError(f"of({place}): spikes are recorded at {n} places. Pass an id from 0 to {n - 1}.")
        mine = self.ids == place
        return jnp.sort(jnp.where(mine, self.times, jnp.inf)) if self._traced else self.times[mine]

    def spike_trains(self) -> list[Any]:
        """The times of the spikes of each id [ms]. place x (spike,)"""
        self._check_one("spike_trains")
        if self._traced:
            return [self.of(place) for place in range(len(self.places))]
        times, ids = np.asarray(self.times), np.asarray(self.ids)
        order = np.argsort(ids, kind="stable")
        order = order[np.searchsorted(ids[order], 0) :]  # without empty places
        return np.split(times[order], np.searchsorted(ids[order], np.arange(1, len(self.places))))

    def trains(self, most: int) -> Float[Array, "place most"]:
        """The first spikes of each id, for losses: differentiable, and with a fixed shape inside of `jit` too.

        Args:
            most: Number of spikes of each id.

        Returns:
            Their times, padded with infinity [ms]. (place, most)

        Example:
            >>> spikes = Spikes(np.array([1.0, 2.5, 4.0]), np.array([1, 0, 1]), np.array(3), Places(cell=[0, 1]))
            >>> spikes.trains(2).tolist()
            [[2.5, inf], [1.0, 4.0]]
        """
        self._check_one("trains")
        most, n = arguments.whole("trains: most", most), len(self.places)
        ids = jnp.asarray(self.ids)
        order = jnp.argsort(ids, stable=True)
        ids, times = ids[order], jnp.asarray(self.times)[order]
        number = jnp.arange(len(ids)) - jnp.searchsorted(ids, ids, side="left")  # of each spike within its id
        rows = jnp.where(ids < 0, n, ids)  # row n is out of bounds, so empty places are dropped
        return jnp.full((n, most), jnp.inf, times.dtype).at[rows, number].set(times, mode="drop")

    def rates(self, t_max: float) -> Float[AnyArray, "*batch place"]:
        """Mean rate of each id over a run [Hz]. (place,)

        Args:
            t_max: Duration of the run [ms].
        """
        t_max, n = arguments.positive("rates: t_max [ms]", t_max), len(self.places)
        ids = jnp.asarray(self.ids)
        runs = math.prod(ids.shape[:-1])
        rows = jnp.where(ids < 0, n, ids).reshape((runs, ids.shape[-1])) + (n + 1) * jnp.arange(runs)[:, None]
        counts = jnp.bincount(rows.ravel(), length=runs * (n + 1)).reshape((*ids.shape[:-1], n + 1))
        return counts[..., :n] * (1000.0 / t_max)

    def to_pandas(self) -> Any:
        """A DataFrame with a row for each spike.

        Returns:
            Columns `time` [ms], `id`, `cell`, `branch` and `comp`; with recorded artificial sources also `source` and
            `index`.

        Raises:
            ModelStateError: Inside of `jit`, or for the spikes of several runs.
        """
        pandas = import_module("pandas")  # slow to import, and many programs never need a table
        times, ids = self._as_numpy("to_pandas")
        return pandas.DataFrame({"time": times, "id": ids, **self.places.columns(ids)})

    def to_neo(self, t_max: float) -> Any:
        """A segment of Neo, with a spike train for each id, annotated with its place.

        Args:
            t_max: Duration of the run [ms].

        Raises:
            MissingExtraError: Neo is not installed.
            ModelStateError: Inside of `jit`, or for the spikes of several runs.
        """
        try:
            neo = import_module("neo")
        except ImportError as error:
            raise MissingExtraError(
                "to_neo: Neo is not installed. Install it with `pip install dendrax[neo]`."
            ) from error
        t_max = arguments.positive("to_neo: t_max [ms]", t_max)
        self._as_numpy("to_neo")
        segment = neo.Segment()
        for place, train in enumerate(self.spike_trains()):
            own = {name: column[0].item() for name, column in self.places.columns(np.array([place])).items()}
            times, name = np.asarray(train), self.places.label(place)
            segment.spiketrains.append(neo.SpikeTrain(times, units="ms", t_stop=t_max, name=name, **own))
        return segment

    def __repr__(self) -> str:
        """The numbers of spikes and of places."""
        if self._traced or not all(hasattr(one, "shape") for one in (self.times, self.ids, self.count)):
            return f"<spikes of {len(self.places)} places>"
        return f"<{int(np.sum(self.count))} spikes of {len(self.places)} places>"

    @property
    def _traced(self) -> bool:
        return any(isinstance(one, Tracer) for one in (self.times, self.ids, self.count))

    @property
    def _batched(self) -> bool:
        return self.times.ndim > 1

    def _check_one(self, what: str) -> None:
        if self._batched:
            raise ModelStateError(
                f"{what}: these are the spikes of {self.times.shape[0]} runs. Select one run first: spikes.run(0)."
            )

    def _as_numpy(self, what: str) -> tuple[np.ndarray, np.ndarray]:
        """Times and ids of all spikes."""
        self._check_one(what)
        if self._traced:
            raise ModelStateError(f"{what}: inside of `jit` spikes are unknown. Return them, and call {what} outside.")
        there = np.asarray(self.ids) >= 0
        return np.asarray(self.times)[there], np.asarray(self.ids)[there]
