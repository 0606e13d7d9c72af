"""The scan over time with events: epochs so short that their spikes arrive after them, and a delivery after each.

The queue is not a part of the carry of the steps, which a gradient stores. Delivery is linear in it, so the gradient
does not need its values. An epoch reads and writes it once.
"""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from dendrax.engine import checkpoint
from dendrax.engine.events.heard import Crossed, Heard
from dendrax.engine.state import State
from dendrax.engine.step import Loop

Crossings = Float[Array, "step detector"]


def step_of(loop: Loop, heard: Heard) -> checkpoint.Step:
    """A step of a scan: the carry is (State, its spikes), the input (stimuli and clamps, arrivals)."""

    def step(carry: tuple[State, Crossed], x: tuple[dict[str, Array], Array]) -> tuple[State, Crossed]:
        return heard.step(loop, carry[0], *x)

    return step


def advance_one(
    loop: Loop,
    heard: Heard,
    state: State,
    queue: Float[Array, "slot port"],
    row: Int[Array, ""],
    number: Int[Array, ""],
    values: dict[str, Array],
) -> tuple[State, Float[Array, "slot port"]]:
    """An epoch of one step, for runs that are made step by step.

    Args:
        loop: The loop invariants of a step.
        heard: The loop invariants of events.
        state: The State at its start.
        queue: The events under way; its rows go round.
        row: The row of the queue with the arrivals of this step.
        number: Number of the step, from the beginning of the run.
        values: Stimuli and clamps.

    Returns:
        The State and the queue after the step.
    """
    after, crossed = heard.step(loop, state, values, queue[row])
    # No spike arrives in its own step, so the row can be cleared after the delivery: in place, without a copy.
    epoch = jax.tree.map(lambda x: x[None], crossed)
    queue = heard.delivered(queue, epoch, heard.bounds(number, 1), number, row)
    return after, queue.at[row].set(0.0)


def advance_some(
    loop: Loop,
    heard: Heard,
    state: State,
    queue: Float[Array, "slot port"],
    number: Int[Array, ""],
    n_steps: Int[Array, ""],
    room: int,
    values: Callable[[Array], dict[str, Array]],
    observe: Callable[[Array, State, Any], Any],
    seen: Any,
) -> tuple[State, Float[Array, "slot port"], Crossings, Any]:
    """An epoch of as many steps as `n_steps` says, which is traced, for runs that are watched.

    Args:
        loop: What a step needs.
        heard: What events need.
        state: Where it starts.
        queue: What is under way, row `number` modulo its length first.
        number: Of the first step, from the beginning of the run.
        n_steps: Number of steps.
        room: As many as it may be.
        values: (k) -> stimuli and clamps of step k of the epoch.
        observe: (k, State, seen) -> seen, after each step.
        seen: What it begins with.

    Returns:
        The State and what is under way afterwards, what fired in each of `room` steps, and what was seen.
    """
    n_slot, dtype = queue.shape[0], state.v.dtype
    silent = jax.tree.map(lambda x: jnp.tile(x, (room, 1)), heard.silent(dtype))
    nothing = jnp.zeros(queue.shape[1], queue.dtype)

    def one(k: Array, carry: tuple[State, Crossed, Any]) -> tuple[State, Crossed, Any]:
        state, crossed, seen = carry
        arrived = lax.dynamic_index_in_dim(queue, (number + k) % n_slot, keepdims=False)
        state, now = heard.step(loop, state, values(k), arrived)
        crossed = jax.tree.map(lambda all_steps, x: lax.dynamic_update_index_in_dim(all_steps, x, k, 0), crossed, now)
        return state, crossed, observe(k, state, seen)

    def clear(k: Array, queue: Array) -> Array:
        return lax.dynamic_update_index_in_dim(queue, nothing, (number + k) % n_slot, 0)

    state, crossed, seen = lax.fori_loop(0, n_steps, one, (state, silent, seen))
    queue = heard.delivered(queue, crossed, heard.bounds(number, room, n_steps), number, number % n_slot)
    return state, lax.fori_loop(0, n_steps, clear, queue), crossed.fired, seen


def scan(
    loop: Loop,
    heard: Heard,
    state: State,
    queue: Float[Array, "slot port"],
    over_time: dict[str, Array],
    n_steps: int,
    lengths: tuple[int, ...],
    every: int,
) -> tuple[State, Float[Array, "slot port"], Float[Array, "column recording"], Crossings]:
    """`n_steps` steps.

    Args:
        loop: The loop invariants of a step.
        heard: The loop invariants of events.
        state: The State at the start.
        queue: The events under way at the start, the next step first; as many slots as `Events.slots`.
        over_time: Stimuli and clamps of each step.
        n_steps: Number of steps.
        lengths: Blocks per level of checkpoints, outermost first.
        every: Steps from one column to the next.

    Returns:
        The State and the queue afterwards, the columns without the first, and the spikes of `recorded` in each step:
        the fraction of the step before the spike, -1 without a spike.
    """
    n_slot, n_port = queue.shape
    per_epoch = heard.events.steps_per_epoch(loop.dt, max(n_steps, 1))
    n_epoch, n_rest = divmod(n_steps, per_epoch)
    # Spikes of an epoch arrive in the next one at the earliest, and at most `n_slot` steps after its end.
    n_kept = math.ceil((n_slot + per_epoch) / per_epoch) * per_epoch
    ring = with_rows(queue, n_kept)
    bounds = heard.bounds(0, n_steps)
    step = step_of(loop, heard)
    watched = recorded(heard)
    by_epoch, outer, inner = _levels(lengths, per_epoch, n_epoch)

    def observe(carry: tuple[State, Crossed]) -> tuple[Array, Crossed]:
        return loop.observe(carry[0]), carry[1]

    def epoch(carry: tuple[State, Array], x: tuple[Any, Array], length: int = per_epoch) -> tuple[Any, Any]:
        (state, ring), (values, number) = carry, x
        origin = number * per_epoch
        base = origin % n_kept
        arrived = lax.dynamic_slice_in_dim(ring, base, per_epoch)[:length]
        here = lax.dynamic_slice_in_dim(bounds, origin, length + 1)
        silent = heard.silent(state.v.dtype)

        def made(state: State, ring: Array, arrived: Array) -> tuple[State, Array, Array, Crossed]:
            steps = (values, arrived)
            (state, _), (columns, crossed) = checkpoint.scan(step, observe, (state, silent), steps, length, inner)
            return state, heard.delivered(ring, crossed, here, origin, base), columns, crossed

        # As a block it stores the state and its arrivals. Delivery needs neither the ring, in which it is linear, nor
        # the crossings, which are computed again with the steps.
        made = jax.checkpoint(made, prevent_cse=False) if by_epoch else made
        state, ring, columns, crossed = made(state, ring, arrived)
        # Clear the rows after the last read of the ring: in place, without a copy.
        ring = lax.dynamic_update_slice_in_dim(ring, jnp.zeros((length, n_port), ring.dtype), base, 0)
        return (state, ring), (_of_columns(columns, origin, every), watched(crossed.fired))

    numbers = jnp.arange(n_epoch + 1, dtype=jnp.int32)
    in_epochs = jax.tree.map(lambda x: x[: n_steps - n_rest].reshape(n_epoch, per_epoch, *x.shape[1:]), over_time)
    carry, parts = (state, ring), []
    if n_epoch:
        carry, ys = checkpoint.nested(epoch, carry, (in_epochs, numbers[:n_epoch]), n_epoch, outer)
        parts.append(jax.tree.map(lambda y: y.reshape(y.shape[0] * y.shape[1], *y.shape[2:]), ys))
    if n_rest:
        rest = jax.tree.map(lambda x: x[n_steps - n_rest :], over_time)
        carry, ys = epoch(carry, (rest, numbers[n_epoch]), n_rest)
        parts.append(ys)
    (state, ring), (columns, fired) = carry, jax.tree.map(lambda *ys: jnp.concatenate(ys), *parts)
    kept = _kept([*[per_epoch] * n_epoch, *([n_rest] if n_rest else [])], every)
    under_way = jnp.roll(ring, -(n_steps % n_kept), axis=0)[:n_slot]
    return state, under_way, columns[kept], fired


def _levels(lengths: tuple[int, ...], per_epoch: int, n_epoch: int) -> tuple[bool, tuple[int, ...], tuple[int, ...]]:
    """Whether an epoch is the innermost block of checkpoints, the levels over epochs, and those within one."""
    if len(lengths) > 1 and 2 * per_epoch >= lengths[-1]:
        return True, checkpoint.even_lengths(n_epoch, len(lengths) - 1), (per_epoch,)
    outer, inner = checkpoint.split_lengths(lengths, per_epoch) if lengths else ((), ())
    return False, outer, inner


def with_rows(queue: Float[Array, "slot port"], n_row: int) -> Float[Array, "row port"]:
    """`queue` with further rows, of which nothing arrives."""
    return jnp.zeros((n_row, queue.shape[1]), queue.dtype).at[: len(queue)].set(queue)


def recorded(heard: Heard) -> Any:
    """A function from the crossings of all detectors to those of recorded sources, -1 for trains."""
    events = heard.events
    if events.records_detectors:
        return lambda crossing: crossing
    if not events.n_detector:
        return lambda crossing: jnp.full((len(crossing), len(events.recorded)), -1.0, crossing.dtype)
    source = jnp.asarray(events.recorded)
    is_detector = source < events.n_detector
    return lambda crossing: jnp.where(is_detector, crossing[:, jnp.minimum(source, events.n_detector - 1)], -1.0)


def _of_columns(columns: Float[Array, "step recording"], origin: Int[Array, ""], every: int) -> Array:
    """The columns of an epoch at every few steps of the run, and perhaps a few columns too many."""
    if every == 1:
        return columns
    first = (every - 1 - origin) % every
    chosen = first + every * jnp.arange(math.ceil(len(columns) / every))
    return columns[jnp.minimum(chosen, len(columns) - 1)]


def _kept(lengths: list[int], every: int) -> np.ndarray:
    """The indices of the columns to keep among those of all epochs."""
    kept, origin, rows = [], 0, 0
    for length in lengths:
        n_rows, first = math.ceil(length / every), (every - 1 - origin) % every
        kept.append(rows + np.arange(len(range(first, length, every))))
        origin, rows = origin + length, rows + n_rows
    return np.concatenate(kept) if kept else np.zeros(0, int)
