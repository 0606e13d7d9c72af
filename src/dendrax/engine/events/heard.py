"""The loop invariants of events: thresholds, weights, delays, and the trains of artificial sources."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from dendrax.engine.events.connections import Events, Values
from dendrax.engine.events.deliver import Spikes, deliver
from dendrax.engine.inputs import Acting
from dendrax.engine.part import Params
from dendrax.engine.state import TIME, State
from dendrax.engine.step import Loop, Rises
from dendrax.engine.system import System
from dendrax.errors import ModelTypeError
from dendrax.mechanisms.surrogate import Surrogate, spike
from dendrax.mechanisms.value import Values as Handed

_ROUNDING = 1e-3
"""Fraction of a step by which the beginning of a run may differ from a whole number of steps."""

QUEUE = "queue"
"""Name of the queue in a flat State: the arrivals at each port in each of the next steps. (slot, port)"""


NEARLY = 2.0
"""Stands in for the fraction of a step where a detector came near its threshold and did not fire: with a surrogate that
is an event of amount 0 at the end of the step, which delivers nothing, but has a derivative."""

NEAR = 1e-3
"""Where a surrogate is below this share of its value at the threshold, a detector is not near."""


class EventOptions(NamedTuple):
    """The options for the events of a run.

    Attributes:
        grid: Whether a spike is at the end of its step and arrives at the nearest step.
        key: The key for the noise of artificial sources.
        places: For each kind of artificial source, the largest number of spikes of a train.
        surrogate: Stands in for the derivative of whether a detector fires by its distance to the threshold [1/mV];
            None for the exact derivative, zero.
    """

    grid: bool = False
    key: Array | None = None
    places: tuple[int, ...] = ()
    surrogate: Surrogate | None = None


class Trains(eqx.Module):
    """The spikes of all artificial sources, in order.

    Attributes:
        times: Times of the spikes [steps since the run began]; infinite behind the last one. (spike,)
        source: Sources of the spikes. (spike,)
        complete: Whether all spikes fit into their places.
        begin: Time at which the run began [ms].
    """

    times: Float[Array, " spike"]
    source: Int[Array, " spike"]
    complete: Bool[Array, ""]
    begin: Float[Array, ""]


class Crossed(NamedTuple):
    """The spikes of a step, or of some steps.

    Attributes:
        fraction: The fraction of the step before the spike of each detector; -1 without a spike; `NEARLY`.
        amount: With a surrogate 1 for each spike, 0 elsewhere; without one no entries.
    """

    fraction: Float[Array, " *step detector"]
    amount: Float[Array, " *step _"]

    @property
    def fired(self) -> Float[Array, " *step detector"]:
        """The fraction of the step before the spike of each detector; -1 without a spike."""
        return self.fraction if not self.amount.size else jnp.where(self.fraction == NEARLY, -1.0, self.fraction)


class Heard(eqx.Module):
    """Loop invariants of events.

    Attributes:
        events: The connections.
        threshold: Threshold of each detector [mV].
        weights: Weights of `events.wires`, in their order; NaN where a delay is out of bounds. (connection,) each
        delays: Delays of the same connections [steps]. (connection,) each
        plastic: The parameters of each rule, and the weights of its connections.
        trains: The spikes of artificial sources.
        grid: Whether a spike is at the end of its step and arrives at the nearest step.
        surrogate: As in `EventOptions`.
    """

    events: Events
    threshold: Float[Array, " detector"]
    weights: tuple[Float[Array, " _"], ...]
    delays: tuple[Float[Array, " _"], ...]
    plastic: tuple[Params, ...]
    trains: Trains
    grid: bool = eqx.field(static=True)
    surrogate: Surrogate | None = eqx.field(static=True, default=None)

    def crossed(self, before: Float[Array, " comp"], after: Float[Array, " comp"]) -> Crossed:
        """The spikes of a step.

        A spike is an upward crossing of the threshold by the voltage, which is linear within a step.
        """
        v, later = self.events.at_detectors(before), self.events.at_detectors(after)
        fired = (v <= self.threshold) & (later > self.threshold)
        rise = jnp.where(fired, later - v, 1.0)
        fraction = jnp.where(fired, jnp.where(fired, self.threshold - v, 0.0) / rise, -1.0)
        if self.surrogate is None:
            return Crossed(fraction, fraction[:0])
        distance = later - self.threshold
        slope = self.surrogate(jax.lax.stop_gradient(jnp.stack([distance, jnp.zeros_like(distance)])))
        near = (v <= self.threshold) & (slope[0] >= NEAR * slope[1])
        return Crossed(jnp.where(fired | ~near, fraction, NEARLY), spike(fired, distance, self.surrogate))

    def crossed_in(self, rises: Rises) -> Crossed:
        """The spikes of a step in which the voltage rises several times; each detector fires once at most.

        `step.passing` returns the rises. So a detector also finds a jump by events that has decayed below the threshold
        at the end of its step, and a rise that ends with a reset. The first spike counts, or else the last rise that
        came near the threshold.
        """
        crossed = self.crossed(*rises[-1])
        for rise in reversed(rises[:-1]):
            earlier = self.crossed(*rise)
            low, high = (self.events.at_detectors(v) for v in rise)
            # Where nothing reset the rise has no length: it is not near the threshold, the end of the last step was.
            first = (high > low) & ((earlier.fired >= 0) | (crossed.fraction < 0))
            fraction = jnp.where(first, earlier.fraction, crossed.fraction)
            amount = crossed.amount
            if self.surrogate is not None:
                amount = jnp.where(first, earlier.amount, amount)
            crossed = Crossed(fraction, amount)
        return crossed

    def silent(self, dtype: Any) -> Crossed:
        """A step without spikes."""
        nothing = jnp.full(self.events.n_detector, -1.0, dtype)
        return Crossed(nothing, jnp.zeros_like(nothing if self.surrogate is not None else nothing[:0]))

    def step(
        self, loop: Loop, state: State, values: dict[str, Array], arrived: Float[Array, " port"]
    ) -> tuple[State, Crossed]:
        """The State one step later, and the spikes of the step."""
        there, grid = arrived, self.grid
        both = list(zip(self.events.plastic, self.plastic, strict=True))
        for part, constants in both:
            state, arrived = part.deliver(constants, state, arrived, loop.dt)
        after, rises = loop.passing(state, values, arrived, shared_out=not grid)
        crossed = self.crossed_in(rises)
        fired = crossed.fired
        seen = jnp.where(fired >= 0, 1.0, fired) if grid else fired
        for part, constants in both:
            after = part.change(constants, after, there, seen, loop.dt)
        if any(name in loop.positions for part in self.events.plastic for name in part.rule.states):
            after = Acting(loop.positions, values).clamp(after)
        return after, crossed

    def delivered(
        self,
        queue: Float[Array, "slot port"],
        crossed: Crossed,
        bounds: Int[Array, " bound"],
        origin: Int[Array, ""],
        base: Int[Array, ""],
    ) -> Float[Array, "slot port"]:
        """`queue` plus the arrivals of the spikes of some steps; see `deliver.Spikes`."""
        trains = self.trains
        for wires, weight, delay in zip(self.events.wires, self.weights, self.delays, strict=True):
            first, target = jnp.asarray(wires.first), jnp.asarray(wires.target)
            spikes = Spikes(*crossed, trains.times, trains.source, bounds, origin, base, first, target)
            queue = deliver(queue, weight, delay, spikes, grid=self.grid, shift=wires.shift)
        return queue

    def bounds(self, origin: Any, n_steps: int, made: Any = None) -> Int[Array, " bound"]:
        """The first train spike in each of `n_steps` steps from `origin` on, and the first after them.

        If `made` is given, only so many of these steps take place, and the others have no spikes.
        """
        steps = jnp.arange(n_steps + 1)
        steps = origin + (steps if made is None else jnp.minimum(steps, made))
        times = jax.lax.stop_gradient(self.trains.times)
        return jnp.searchsorted(times, steps.astype(times.dtype)).astype(jnp.int32)


def prepare(
    events: Events, params: Params, dt: Any, trains: Trains, *, grid: bool, surrogate: Surrogate | None = None
) -> Heard:
    """The loop invariants of events.

    Args:
        events: The connections.
        params: Parameters of full length.
        dt: Time step [ms].
        trains: The spikes of artificial sources.
        grid: Whether a spike is at the end of its step and arrives at the nearest step.
        surrogate: As in `EventOptions`.
    """
    weights, delays = [], []
    for wires in events.wires:
        delay = _values(wires.delays, params)[wires.order]
        allowed = (delay >= events.shortest * (1 - 1e-5)) & (delay <= events.longest * (1 + 1e-5))
        weights.append(jnp.where(allowed & trains.complete, _values(wires.weights, params)[wires.order], jnp.nan))
        delays.append(jnp.where(allowed, delay, events.shortest) / dt)
    plastic = tuple(one.prepare(params) for one in events.plastic)
    thresholds = _values(events.thresholds, params)[events.order]
    return Heard(events, thresholds, tuple(weights), tuple(delays), plastic, trains, grid, surrogate)


def begin(
    system: System, params: Params, dt: Any, asked: EventOptions, n_steps: int, given: Mapping[str, Array]
) -> tuple[Heard | None, Float[Array, "slot port"]]:
    """The loop invariants of events, and the queue at the beginning: empty, or the queue of the `given` State.

    Raises:
        ModelTypeError: The time step is traced.
    """
    events, dtype = system.events, jnp.result_type(float)
    if events is None:
        return None, jnp.zeros((0, 0), dtype)
    if not isinstance(dt, (int, float)):
        raise ModelTypeError("delta_t is traced, but a model with events needs to know how many steps a delay is.")
    times = {**system.state, **given}.get(TIME)
    trains = trains_of(events, params, dt, asked, n_steps, 0.0 if times is None else times[0])
    hears = prepare(events, params, dt, trains, grid=asked.grid, surrogate=asked.surrogate)
    queue = jnp.asarray(given[QUEUE], dtype) if QUEUE in given else nothing(events, dt)
    return hears, queue


def nothing(events: Events, dt: Any) -> Float[Array, "slot port"]:
    """The empty queue."""
    return jnp.zeros((events.slots(dt), events.n_port), jnp.result_type(float))


def _values(parts: tuple[Values, ...], params: Params) -> Float[Array, " _"]:
    dtype = jnp.result_type(float)
    arrays = [jnp.ones(size, dtype) if key is None else jnp.asarray(params[key], dtype) for key, size in parts]
    return jnp.concatenate([jnp.zeros(0, dtype), *arrays])


def trains_of(
    events: Events, params: Mapping[str, Any], dt: Any, asked: EventOptions, n_steps: int, begin: Any
) -> Trains:
    """All spikes of artificial sources, in the order of their times and, at equal times, of their sources.

    Args:
        events: The connections, with their sources.
        params: Parameters of full length.
        dt: Time step [ms].
        asked: The key, and the largest number of spikes of a train.
        n_steps: Number of steps of the run.
        begin: Time at which the run begins [ms].
    """
    dtype = jnp.result_type(float)
    times, source, first = [jnp.zeros(0, dtype)], [jnp.zeros(0, jnp.int32)], events.n_detector
    complete = jnp.ones((), bool)
    for number, ((kind, n), places) in enumerate(zip(events.sources, asked.places, strict=True)):
        key = None if asked.key is None else jax.random.fold_in(asked.key, number)
        names = (*kind.parameters, *(f"{kind.name}_{name}" for name in kind.data))
        own: Handed = {name: jnp.asarray(params[name], dtype) for name in names}
        # One place more than any train needs: a spike in it before the end of the run shows that places are missing.
        given = jnp.asarray(kind.trains(key, own, places + 1), dtype)
        complete &= jnp.all(given[:, -1] >= begin + n_steps * dt)
        times.append(given.ravel())
        source.append(jnp.repeat(jnp.arange(first, first + n, dtype=jnp.int32), places + 1))
        first += n
    all_times, all_sources = jnp.concatenate(times), jnp.concatenate(source)
    order = jnp.argsort(jax.lax.stop_gradient(all_times), stable=True)
    # A continued run counts steps as the previous run did, so that each spike is in exactly one of them.
    steps = jnp.asarray(begin, dtype) / dt
    whole = jnp.round(steps)
    steps = jnp.where(jnp.abs(steps - whole) < _ROUNDING, whole, steps)
    return Trains(all_times[order] / dt - steps, all_sources[order], complete, jnp.asarray(begin, dtype))
