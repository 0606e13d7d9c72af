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

    Outside of `jit` there is one entry for each spike. Inside of `jit`, where the number of spikes is not known, the
    arrays end with empty places: an infinite time and the id -1. Times are differentiable. Under `vmap` all fields get
    a leading axis; `run(i)` is one of the runs.

    Attributes:
        times: Times of the spikes, sorted [ms]. (spike,)
        ids: For each spike the place where it was recorded, in the order of the calls of `record_spikes`. (spike,)
        count: How many spikes there are.
        places: For each id the compartment or artificial source.

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
        """The spikes without empty places at the end; as they are inside of `jit`.

        Raises:
            ModelStateError: There were more spikes than places for them.
        """
        if self._traced:
            return self
        most, room = int(np.max(np.asarray(self.count), initial=0)), self.times.shape[-1]
        if most > room:
            raise ModelStateError(
                f"The run has recorded {most} spikes, but there was room for {room}. Record fewer compartments, or run "
                f"for a shorter time and go on with `all_states`."
            )
        return Spikes(self.times[..., :most], self.ids[..., :most], self.count, self.places)

    def run(self, number: int) -> "Spikes":
        """The spikes of one run of many.

        Args:
            number: Which one, from 0.

        Raises:
            SelectionError: There is no such run.
        """
        n = self.times.shape[0] if self._batched else 0
        if not self._batched or not -n <= number < n:
            raise SelectionError(f"There is no run {number}: these are the spikes of {n or 'one run'}.")
        count = self.count[number] if self._traced else np.asarray(self.count[number])
        return Spikes(self.times[number], self.ids[number], count, self.places).trimmed()

    def of(self, place: int) -> Float[AnyArray, " spike"]:
        """The times of the spikes of one id, sorted; inside of `jit` infinite in empty places [ms]. (spike,)

        Args:
            place: The id.

        Raises:
            SelectionError: There is no such id.
        """
        self._check_one("of")
        if place not in range(len(self.places)):
            raise SelectionError(f"There is no id {place}: spikes are recorded at {len(self.places)} places, from 0.")
        mine = self.ids == place
        return jnp.sort(jnp.where(mine, self.times, jnp.inf)) if self._traced else self.times[mine]

    def spike_trains(self) -> list[Any]:
        """The times of the spikes of each id [ms]. place x (spike,)"""
        self._check_one("spike_trains")
        if self._traced:
            return [self.of(place) for place in range(len(self.places))]
        times, ids = np.asarray(self.times), np.asarray(self.ids)
        order = np.argsort(ids, kind="stable")
        order = order[np.searchsorted(ids[order], 0) :]  # past the empty places, if there are any
        return np.split(times[order], np.searchsorted(ids[order], np.arange(1, len(self.places))))

    def trains(self, most: int) -> Float[Array, "place most"]:
        """The first spikes of each id, for losses: differentiable, and of a fixed shape inside of `jit` too.

        Args:
            most: How many spikes of each.

        Returns:
            Their times, infinite where there are fewer [ms]. (place, most)

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
        number = jnp.arange(len(ids)) - jnp.searchsorted(ids, ids, side="left")  # of each spike among those of its id
        rows = jnp.where(ids < 0, n, ids)  # what is out of bounds is dropped
        return jnp.full((n, most), jnp.inf, times.dtype).at[rows, number].set(times, mode="drop")

    def rates(self, t_max: float) -> Float[AnyArray, "*batch place"]:
        """Mean rate of each id over a run [Hz]. (place,)

        Args:
            t_max: How long the run was [ms].
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
            Columns `time` [ms], `id`, `cell`, `branch` and `comp`; where artificial sources are recorded, also `source`
            and `index`.

        Raises:
            ModelStateError: Inside of `jit`, or there are several runs.
        """
        pandas = import_module("pandas")  # slow to import, and many programs never look at a table
        times, ids = self._as_numpy("to_pandas")
        return pandas.DataFrame({"time": times, "id": ids, **self.places.columns(ids)})

    def to_neo(self, t_max: float) -> Any:
        """A segment of Neo, with a spike train for each id, annotated with its place.

        Args:
            t_max: How long the run was [ms].

        Raises:
            MissingExtraError: Neo is not installed.
            ModelStateError: Inside of `jit`, or there are several runs.
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
        """How many spikes there are, and of how many places."""
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
                f"{what}: these are the spikes of {self.times.shape[0]} runs. Take one of them first: spikes.run(0)."
            )

    def _as_numpy(self, what: str) -> tuple[np.ndarray, np.ndarray]:
        """Times and ids of all spikes."""
        self._check_one(what)
        if self._traced:
            raise ModelStateError(f"{what}: spikes are not known inside of `jit`. Return them, and call it outside.")
        there = np.asarray(self.ids) >= 0
        return np.asarray(self.times)[there], np.asarray(self.ids)[there]
