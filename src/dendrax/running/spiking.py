"""The options for the events of a run, checked at the door; and its spikes, as users get them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from dendrax import arguments
from dendrax.engine.compiling import is_staged, is_traced
from dendrax.engine.events.heard import EventOptions
from dendrax.engine.simulate import Found, found_in
from dendrax.errors import ModelStateError, ModelTypeError, ModelValueError
from dendrax.events import Places, Spikes
from dendrax.events.waits import needs_key
from dendrax.mechanisms.value import Values
from dendrax.modules.connecting import recorded_places
from dendrax.running.checks import steps_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dendrax.engine.simulate import Fired, Job
    from dendrax.engine.system import Override, System
    from dendrax.mechanisms.source import SpikeSource
    from dendrax.modules.module import Module

MODES = ("interpolated", "grid")


def checked_events(
    system: System,
    events: Any,
    key: Any,
    dt: float | Array,
    n_steps: int,
    begin: float = 0.0,
    overriding: Sequence[Override] = (),
) -> EventOptions:
    """The options for the events of a run.

    Args:
        system: The lowered model.
        events: "interpolated" or "grid".
        key: A key of `jax.random`, or None.
        dt: Time step [ms].
        n_steps: Number of steps.
        begin: Time at which the run begins [ms].
        overriding: The values that replace values of the tables.

    Raises:
        ModelTypeError: The key is not a key of JAX, or the time step is traced.
        ModelValueError: An unknown mode; a delay shorter than the time step; a random source without a key.
    """
    if events not in MODES:
        raise ModelValueError(f"events={events!r}: pass one of {MODES}.")
    if key is not None and not _is_key(key):
        raise ModelTypeError(f"key: pass a key of JAX, for example jax.random.key(0), not {type(key).__name__}.")
    heard = system.events
    if heard is None:
        return EventOptions()
    if is_traced(dt):
        raise ModelTypeError("delta_t is traced, but a model with events needs to know how many steps a delay is.")
    heard.steps_per_epoch(float(dt), max(n_steps, 1))
    places = []
    for kind, _ in heard.sources:
        names = (*kind.parameters, *(f"{kind.name}_{one}" for one in kind.data))
        in_tables: Values = {name: system.params[name] for name in names}
        given, numbers = _given(kind, in_tables, overriding)
        if key is None and kind.random(given):
            raise ModelValueError(needs_key(kind.name))
        horizon = begin + n_steps * float(dt)
        places.append(_rounded(max(kind.most(horizon, one) for one in (in_tables, numbers))))
    return EventOptions(events == "grid", key if heard.sources else None, tuple(places))


def _given(kind: SpikeSource, in_tables: Values, overriding: Sequence[Override]) -> tuple[Values, Values]:
    """Own parameters and data of a run, some perhaps traced; and numbers from which to compute the room for spikes."""
    given, numbers = {**in_tables}, {**in_tables}
    for one in overriding:
        if one.key not in given:
            continue
        if is_traced(one.values):
            given[one.key] = one.values
            if one.rows is None:
                name = one.key.removeprefix(f"{kind.name}_")
                numbers[one.key] = kind.stand_in(name, np.asarray(in_tables[one.key]), one.values.shape)
            continue
        values = np.asarray(one.values)
        if one.rows is not None:
            full = np.array(numbers[one.key], float)
            full[np.asarray(one.rows)] = values
            values = full
        numbers[one.key] = values
        if not is_traced(given[one.key]):
            given[one.key] = values
    return given, numbers


def without_recorded(system: System) -> System:
    """`system`, whose runs return no spikes."""
    if system.events is None:
        return system
    nothing = np.zeros(0, np.int32)
    return replace(system, events=replace(system.events, recorded=nothing, ids=nothing, records_detectors=False))


def steps_of_trains(system: System, t_max: Any, dt: float | Array) -> int:
    """Number of steps for which a run by hand needs the trains of artificial sources.

    Raises:
        ModelValueError: The model has such sources, but `t_max` is None.
    """
    if system.events is None or not system.events.sources:
        return 1
    if t_max is None:
        raise ModelValueError(
            "init_fn: the model has artificial sources, whose spikes are computed before the first step. Pass t_max, "
            "the duration of your steps together [ms]."
        )
    return steps_in(t_max, dt) or 1


def begin_of(system: System, all_states: Any) -> float:
    """The time at which a run that continues from `all_states` begins [ms]."""
    time = (all_states or {}).get("t", system.state.get("t"))
    return 0.0 if time is None or is_traced(time) else float(np.asarray(time)[0])


def places_of(module: Module) -> Places:
    """The places that the ids of the recorded spikes of a model stand for."""
    return Places(**recorded_places(module.tables))


def spikes_of(places: Places, job: Job, fired: Fired | None, max_spikes: Any = None) -> Spikes:
    """The spikes that a run has recorded.

    Args:
        places: The places of recorded spikes.
        job: The run.
        fired: The third result of `simulate`.
        max_spikes: Largest number of spikes inside of `jit`; None makes room for the largest possible number.
    """
    if fired is None:
        return Spikes(np.zeros(0), np.zeros(0, int), np.array(0), places)
    crossing = fired.crossing
    if isinstance(crossing, Found) or not is_staged(fired, job.system.events):
        return Spikes(*_in_order(*_detected(job, fired), *_of_trains(job, fired)), places)
    room = None if max_spikes is None else arguments.whole("max_spikes", max_spikes)
    times, ids, count = _with_room(job, fired, crossing, room)
    order = jnp.lexsort((ids, jax.lax.stop_gradient(times)))[:room]
    return Spikes(times[order], ids[order], count, places)


def check_complete(fired: Fired | None) -> None:
    """Refuse a run in which an artificial source had more spikes than places.

    Raises:
        ModelStateError: A source had more spikes.
    """
    if fired is not None and not is_staged(fired.complete) and not bool(fired.complete):
        raise ModelStateError(
            "An artificial source has more spikes in this run than its values in the tables suggest, and the run would "
            "lose some of them. Set the shortest interval, or the highest rate, of all runs in the tables, with `set`."
        )


def _detected(job: Job, fired: Fired) -> tuple[np.ndarray, np.ndarray]:
    """Times and ids of spikes of compartments."""
    crossing = fired.crossing
    found = crossing if isinstance(crossing, Found) else found_in(np.asarray(crossing))
    fraction = 1.0 if job.events.grid else found.fraction
    return np.asarray(fired.begin) + (found.step + fraction) * job.dt, np.asarray(_ids(job))[found.place]


def _of_trains(job: Job, fired: Fired) -> tuple[np.ndarray, np.ndarray]:
    """Times and ids of the recorded spikes of artificial sources."""
    steps, ids = np.asarray(fired.trains), np.asarray(fired.ids)
    there = (ids >= 0) & (steps >= 0) & (steps < job.n_steps)
    return np.asarray(fired.begin) + steps[there] * job.dt, ids[there]


def _in_order(*parts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times and ids in the order of time, and their number."""
    times, ids = np.concatenate(parts[::2]), np.concatenate(parts[1::2])
    order = np.lexsort((ids, times))
    return times[order].astype(jnp.result_type(float)), ids[order].astype(np.int32), np.array(len(order))


def _with_room(job: Job, fired: Fired, crossing: Array, most: int | None) -> tuple[Array, Array, Array]:
    """Times and ids with a place for at least `most` spikes, or for each possible one; and the number of all spikes.

    Empty places are infinity, -1. A cell that resets or jumps may fire in each step.
    """
    n_steps, n_recorded = crossing.shape
    flat = crossing.ravel()
    # Spikes of one step are in the order of their places: room for one step more has all that come before the last.
    size = flat.size if most is None else min(flat.size, most + n_recorded)
    at = jnp.nonzero(flat >= 0, size=size, fill_value=flat.size)[0]
    there = at < flat.size
    at = jnp.where(there, at, 0)
    fraction = 1.0 if job.events.grid else jnp.where(there, flat[at], 0.0)
    sent = (fired.ids >= 0) & (fired.trains >= 0) & (fired.trains < n_steps)
    steps = jnp.concatenate([at // max(n_recorded, 1) + fraction, jnp.where(sent, fired.trains, 0.0)])
    there = jnp.concatenate([there, sent])
    times = jnp.where(there, fired.begin + steps * job.dt, jnp.inf)
    of_detectors = _ids(job)[at % max(n_recorded, 1)]
    ids = jnp.where(there, jnp.concatenate([of_detectors, fired.ids]), -1)
    return times, ids.astype(jnp.int32), jnp.sum(flat >= 0) + jnp.sum(sent)


def _ids(job: Job) -> Array:
    """The number in `Spikes.ids` of each of `Events.recorded`. (recorded,)"""
    events = job.system.events
    return jnp.zeros(0, jnp.int32) if events is None else jnp.asarray(events.ids)


def _rounded(places: int) -> int:
    """A rounded number of places, so that runs of about the same length share a program."""
    step = 2 ** max(places.bit_length() - 4, 0)
    return -(-places // step) * step


def _is_key(key: Any) -> bool:
    dtype = getattr(key, "dtype", None)
    is_typed = dtype is not None and jnp.issubdtype(dtype, jax.dtypes.prng_key)
    return is_typed or (dtype == np.uint32 and np.shape(key) == (2,))
