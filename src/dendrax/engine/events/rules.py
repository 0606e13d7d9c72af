"""`deliver` and `collect` in JAX: loops over the spikes of an epoch and their connections, in order.

They run without the native kernels, which compute the same; `deliver.py` has the equations.
"""

from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

WIDTH = 64
"""Number of connections of a spike that one iteration handles."""

_TIE = 1e-4
"""Fraction of a step within which an arrival in the middle between two steps goes to the earlier one."""


def spread(queue: Array, d_weight: Array, *operands: Any, grid: bool, shift: int | None, moving: bool) -> Array:
    """`deliver`: the queue plus the arrivals of each event; `moving` is whether times and amounts have a direction."""
    (d_delay, d_crossing, d_train, d_amount), (weight, delay, *times), (*rest, base, first, target) = _sorted(operands)
    n_slot = queue.shape[0]
    shared = shift is None  # out between two steps

    def add(queue: Array, event: _Event) -> Array:
        slot, p = _arrival(event, delay, grid)
        whole = event.amount * d_weight[event.rows]
        if moving and event.is_sized:
            whole = whole + d_amount[event.at] * weight[event.rows]
        whole = jnp.where(event.there, whole, 0)
        early, late = (1 - p) * whole if shared else whole, p * whole
        if moving and not grid:
            d_time = (d_crossing if event.of_detector else d_train)[event.at] + d_delay[event.rows]
            moved = jnp.where(event.there, event.amount * weight[event.rows] * d_time, 0)
            early, late = early - moved if shared else early, late + moved
        port = target[event.rows]
        queue = queue.at[(base + slot) % n_slot, port].add(early)
        return queue if grid else queue.at[(base + slot + shared) % n_slot, port + (shift or 0)].add(late)

    return _for_each_event(add, queue, times, rest, first, target.shape[0], grid)


def gather(queue: Array, *operands: Any, grid: bool, shift: int | None, moving: bool) -> list[Array]:
    """`collect`: by weight, delay, crossing, train, amount, and the derivative of the first along the others."""
    (d_delay, d_crossing, d_train, d_amount), (weight, delay, *times), (*rest, base, first, target) = _sorted(operands)
    n_slot = queue.shape[0]
    shared = shift is None

    def take(found: tuple[Array, ...], event: _Event) -> tuple[Array, ...]:
        by_weight, by_delay, by_crossing, by_train, by_amount, moved = found
        slot, p = _arrival(event, delay, grid)
        port, rows = target[event.rows], event.rows
        early = jnp.where(event.there, queue[(base + slot) % n_slot, port], 0)
        late = early if grid else queue[(base + slot + shared) % n_slot, port + (shift or 0)]
        rise = 0 * early if grid else jnp.where(event.there, late - early if shared else late, 0)
        arrived = early if grid else early + p * rise
        by_weight = by_weight.at[rows].add(event.amount * arrived)
        by_time = event.amount * weight[rows] * rise
        if event.of_detector:
            by_crossing = by_crossing.at[event.at].add(jnp.sum(by_time))
        else:
            by_train = by_train.at[event.at].add(jnp.sum(by_time))
        if event.is_sized:
            by_amount = by_amount.at[event.at].add(jnp.sum(weight[rows] * arrived))
        if moving:
            d_time = (d_crossing if event.of_detector else d_train)[event.at] + d_delay[rows]
            more = event.amount * d_time * rise + (d_amount[event.at] * arrived if event.is_sized else 0)
            moved = moved.at[rows].add(more)
        return by_weight, by_delay.at[rows].add(by_time), by_crossing, by_train, by_amount, moved

    nothing = tuple(jnp.zeros_like(one) for one in (weight, delay, *times, weight if moving else weight[:0]))
    return list(_for_each_event(take, nothing, times, rest, first, target.shape[0], grid))


class _Event(NamedTuple):
    """A spike and some of its connections."""

    step: Array  # since the epoch began
    fraction: Array  # of the step that had passed
    rows: Array  # connections; the last may belong to other sources
    there: Array  # whether they are connections of this source
    at: Any  # where its time is, in `crossing` or `train`
    of_detector: bool
    amount: Any  # 1 for a whole spike
    is_sized: bool  # whether the amount has an entry of its own


def _arrival(event: _Event, delay: Array, grid: bool) -> tuple[Array, Array]:
    """The step in which an event arrives, and the fraction of the step by which it is late."""
    steps = event.fraction + delay[event.rows]
    slot = jnp.ceil(steps - (0.5 + _TIE)) if grid else jnp.floor(steps)
    return event.step + slot.astype(jnp.int32), jnp.zeros_like(steps) if grid else steps - slot


def _for_each_event(act: Any, carry: Any, times: Any, numbers: Any, first: Array, n_connection: int, grid: bool) -> Any:
    """`carry` after `act(carry, event)` for each spike, a few connections at a time, in order."""
    (crossing, train, amount), (source, bounds, origin) = times, numbers
    n_step, n_detector = crossing.shape
    width = min(WIDTH, n_connection)
    if not width:
        return carry

    def one(carry: Any, who: Array, step: Array, fraction: Array, at: Any) -> Any:
        def some(k: Array, carry: Any) -> Any:
            rows = first[who] + k * width + jnp.arange(width, dtype=first.dtype)
            there, is_detector = rows < first[who + 1], isinstance(at, tuple)
            is_sized = is_detector and amount.size > 0
            how = (is_detector, amount[at] if is_sized else 1, is_sized)
            return act(carry, _Event(step, fraction, jnp.minimum(rows, n_connection - 1), there, at, *how))

        return lax.fori_loop(0, (first[who + 1] - first[who] + width - 1) // width, some, carry)

    def of_trains(step: Array, carry: Any) -> Any:
        def this(j: Array, carry: Any) -> Any:
            return one(carry, source[j], step, train[j] - (origin + step).astype(train.dtype), j)

        return lax.fori_loop(bounds[step], bounds[step + 1], this, carry)

    def of_detectors(step: Array, carry: Any) -> Any:
        fired = crossing[step] >= 0
        who = jnp.nonzero(fired, size=n_detector, fill_value=0)[0].astype(first.dtype)

        def this(j: Array, carry: Any) -> Any:
            fraction = jnp.ones((), crossing.dtype) if grid else jnp.minimum(crossing[step, who[j]], 1)
            return one(carry, who[j], step, fraction, (step, who[j]))

        return lax.fori_loop(0, jnp.sum(fired), this, carry)

    def in_step(step: Array, carry: Any) -> Any:
        if train.shape[0]:
            carry = of_trains(step, carry)
        if n_detector:
            is_silent = jnp.all(crossing[step] < 0)
            carry = lax.cond(is_silent, lambda carry: carry, lambda carry: of_detectors(step, carry), carry)
        return carry

    return lax.fori_loop(0, n_step, in_step, carry)


def _sorted(operands: Any) -> tuple[Any, Any, Any]:
    """The directions of delay, crossing and train; weight, delay, crossing and train; and the integers."""
    return operands[:4], operands[4:9], operands[9:]
