"""What a run with events needs besides its steps: thresholds, weights, delays, and the trains of its sources."""

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
from dendrax.engine.step import Loop
from dendrax.engine.system import System
from dendrax.errors import ModelTypeError
from dendrax.mechanisms.value import Values as Handed

_ROUNDING = 1e-3
"""Fraction of a step by which the beginning of a run may miss a whole number of steps."""

QUEUE = "queue"
"""Name in a flat State of what is under way: what arrives at each port in each of the steps to come. (slot, port)"""


class EventOptions(NamedTuple):
    """What is asked for of the events of a run.

    Attributes:
        grid: Whether a spike is at the end of its step and arrives at the nearest one.
        key: Of the noise of artificial sources.
        places: Of each kind of artificial source, how many spikes a train may have.
    """

    grid: bool = False
    key: Array | None = None
    places: tuple[int, ...] = ()


class Trains(eqx.Module):
    """The spikes of all artificial sources, in order.

    Attributes:
        times: When they are [steps since the run began]; infinite behind the last one. (spike,)
        source: Whose they are. (spike,)
        complete: Whether there were places for all of them.
        begin: When the run began [ms].
    """

    times: Float[Array, " spike"]
    source: Int[Array, " spike"]
    complete: Bool[Array, ""]
    begin: Float[Array, ""]


class Heard(eqx.Module):
    """Loop invariants of events.

    Attributes:
        events: The connections.
        threshold: Of each detector [mV].
        weights: Of `events.wires`, in their order; NaN where a delay is not one that it may have. (connection,) each
        delays: Of the same [steps]. (connection,) each
        plastic: For each rule its parameters, and the weights of its connections.
        trains: The spikes of artificial sources.
        grid: Whether a spike is at the end of its step and arrives at the nearest one.
    """

    events: Events
    threshold: Float[Array, " detector"]
    weights: tuple[Float[Array, " _"], ...]
    delays: tuple[Float[Array, " _"], ...]
    plastic: tuple[Params, ...]
    trains: Trains
    grid: bool = eqx.field(static=True)

    def crossing(self, before: Float[Array, " comp"], after: Float[Array, " comp"]) -> Float[Array, " detector"]:
        """Which fraction of the step had passed when each detector fired; -1 where none did.

        A spike is an upward crossing of the threshold by the voltage, which is a line within a step; `step.passing`
        says from where to where. So a jump by events is found that has decayed below the threshold at the end of its
        step, and a rise that ends by a reset. There is one spike in a step at most.
        """
        v, later = self.events.at_detectors(before), self.events.at_detectors(after)
        fired = (v <= self.threshold) & (later > self.threshold)
        rise = jnp.where(fired, later - v, 1.0)
        return jnp.where(fired, jnp.where(fired, self.threshold - v, 0.0) / rise, -1.0)

    def step(
        self, loop: Loop, state: State, values: dict[str, Array], arrived: Float[Array, " port"]
    ) -> tuple[State, Float[Array, " detector"]]:
        """The State one step later, and what fired: see `crossing`."""
        there, grid = arrived, self.grid
        both = list(zip(self.events.plastic, self.plastic, strict=True))
        for part, constants in both:
            state, arrived = part.deliver(constants, state, arrived, loop.dt)
        after, rises = loop.passing(state, values, arrived, shared_out=not grid)
        crossing = self.crossing(*rises[-1])
        for rise in rises[:-1]:
            earlier = self.crossing(*rise)
            crossing = jnp.where(earlier >= 0, earlier, crossing)
        seen = jnp.where(crossing >= 0, 1.0, crossing) if grid else crossing
        for part, constants in both:
            after = part.change(constants, after, there, seen, loop.dt)
        if any(name in loop.positions for part in self.events.plastic for name in part.rule.states):
            after = Acting(loop.positions, values).clamp(after)
        return after, crossing

    def delivered(
        self,
        queue: Float[Array, "slot port"],
        crossing: Float[Array, "step detector"],
        bounds: Int[Array, " bound"],
        origin: Int[Array, ""],
        base: Int[Array, ""],
    ) -> Float[Array, "slot port"]:
        """`queue` with what arrives of the spikes of some steps; see `deliver.Spikes`."""
        fired = (crossing, self.trains.times, self.trains.source, bounds, origin, base)
        for wires, weight, delay in zip(self.events.wires, self.weights, self.delays, strict=True):
            spikes = Spikes(*fired, jnp.asarray(wires.first), jnp.asarray(wires.target))
            queue = deliver(queue, weight, delay, spikes, grid=self.grid, shift=wires.shift)
        return queue

    def bounds(self, origin: Any, n_steps: int) -> Int[Array, " bound"]:
        """The first spike of a train in each of `n_steps` steps from `origin` on, and the first after them."""
        steps = origin + jnp.arange(n_steps + 1)
        times = jax.lax.stop_gradient(self.trains.times)
        return jnp.searchsorted(times, steps.astype(times.dtype)).astype(jnp.int32)


def prepare(events: Events, params: Params, dt: Any, trains: Trains, *, grid: bool) -> Heard:
    """All that is constant of events during a run.

    Args:
        events: The connections.
        params: Parameters of full length.
        dt: Time step [ms].
        trains: The spikes of artificial sources.
        grid: Whether a spike is at the end of its step and arrives at the nearest one.
    """
    weights, delays = [], []
    for wires in events.wires:
        delay = _values(wires.delays, params)[wires.order]
        allowed = (delay >= events.shortest * (1 - 1e-5)) & (delay <= events.longest * (1 + 1e-5))
        weights.append(jnp.where(allowed & trains.complete, _values(wires.weights, params)[wires.order], jnp.nan))
        delays.append(jnp.where(allowed, delay, events.shortest) / dt)
    plastic = tuple(one.prepare(params) for one in events.plastic)
    return Heard(events, _values(events.thresholds, params), tuple(weights), tuple(delays), plastic, trains, grid)


def begin(
    system: System, params: Params, dt: Any, asked: EventOptions, n_steps: int, given: Mapping[str, Array]
) -> tuple[Heard | None, Float[Array, "slot port"]]:
    """What events of a run need, and what is under way when it begins: nothing, or what is `given` of a State.

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
    hears = prepare(events, params, dt, trains, grid=asked.grid)
    queue = jnp.asarray(given[QUEUE], dtype) if QUEUE in given else nothing(events, dt)
    return hears, queue


def nothing(events: Events, dt: Any) -> Float[Array, "slot port"]:
    """The queue when nothing is under way."""
    return jnp.zeros((events.slots(dt), events.n_port), jnp.result_type(float))


def _values(parts: tuple[Values, ...], params: Params) -> Float[Array, " _"]:
    dtype = jnp.result_type(float)
    arrays = [jnp.ones(size, dtype) if key is None else jnp.asarray(params[key], dtype) for key, size in parts]
    return jnp.concatenate([jnp.zeros(0, dtype), *arrays])


def trains_of(
    events: Events, params: Mapping[str, Any], dt: Any, asked: EventOptions, n_steps: int, begin: Any
) -> Trains:
    """All spikes of artificial sources; those of one time in the order of their sources.

    Args:
        events: The sources.
        params: Parameters of full length.
        dt: Time step [ms].
        asked: The key, and how many spikes trains may have.
        n_steps: For how many steps they are needed.
        begin: When the run begins [ms].
    """
    dtype = jnp.result_type(float)
    times, source, first = [jnp.zeros(0, dtype)], [jnp.zeros(0, jnp.int32)], events.n_detector
    complete = jnp.ones((), bool)
    for number, ((kind, n), places) in enumerate(zip(events.sources, asked.places, strict=True)):
        key = None if asked.key is None else jax.random.fold_in(asked.key, number)
        names = (*kind.parameters, *(f"{kind.name}_{name}" for name in kind.data))
        own: Handed = {name: jnp.asarray(params[name], dtype) for name in names}
        # One place more than any train needs: where it is taken before the end, there were more spikes than places.
        given = jnp.asarray(kind.trains(key, own, places + 1), dtype)
        complete &= jnp.all(given[:, -1] >= begin + n_steps * dt)
        times.append(given.ravel())
        source.append(jnp.repeat(jnp.arange(first, first + n, dtype=jnp.int32), places + 1))
        first += n
    all_times, all_sources = jnp.concatenate(times), jnp.concatenate(source)
    order = jnp.argsort(jax.lax.stop_gradient(all_times), stable=True)
    # A run that goes on counts steps as the one before did, so that no spike is in both of them, or in neither.
    steps = jnp.asarray(begin, dtype) / dt
    whole = jnp.round(steps)
    steps = jnp.where(jnp.abs(steps - whole) < _ROUNDING, whole, steps)
    return Trains(all_times[order] / dt - steps, all_sources[order], complete, jnp.asarray(begin, dtype))
