"""A run in chunks, for runs that are watched: between two chunks the caller has the State in hand.

The loop is the one of `simulate`, with a number of steps that is traced: one program serves every chunk, the last and
shorter one too, and every duration. The State is donated, so that it is updated in place from chunk to chunk.
"""

import math
from functools import partial
from typing import Any, cast

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from dendrax.engine import inputs, stepping
from dendrax.engine.checkpoint_plan import CheckpointOptions
from dendrax.engine.compiling import Compiled
from dendrax.engine.events import epochs, heard
from dendrax.engine.events.heard import QUEUE, Heard
from dendrax.engine.rows import AnyArray
from dendrax.engine.simulate import Found, Job, found_in
from dendrax.engine.state import FlatState, State
from dendrax.engine.step import Loop, observe
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.system import Inputs, Recordings, System

Values = dict[str, Float[AnyArray, "time _"]]

NUMBERS_PER_CHUNK = 2**24
"""Values of states that a chunk goes through: some forty milliseconds of work, so that what is done between two chunks
costs nothing, and for models of a million compartments not more than seconds, so that Ctrl-C is soon heard."""

SHORTEST, LONGEST = 16, 2**14


class Invariants(eqx.Module):
    """What stays the same during a run.

    Attributes:
        system: The lowered model.
        params: Parameters of full length, and what is computed from them once per run.
        rows: Per key, the compartments (or synapses) of stimuli and clamps.
        recordings: What to keep.
        dt: Time step [ms].
        stepper: The method of time integration.
        every: Steps from one column to the next.
        hears: The loop invariants of events; None without events.
    """

    system: System
    params: dict[str, Any]
    rows: dict[str, Int[AnyArray, " place"]]
    recordings: Recordings
    dt: float = eqx.field(static=True)
    stepper: Stepper = eqx.field(static=True)
    every: int = eqx.field(static=True)
    hears: Heard | None = None


class Going(eqx.Module):
    """Everything that changes during a run.

    Attributes:
        state: The State.
        queue: The events under way, row `step` modulo its length first; None without events. (row, port)
        step: Number of steps so far.
        fired: For each step of the last chunk and each recorded source, the fraction of the step before the spike; -1
            without a spike. It may have rows too many. None without events. (step, recorded)
    """

    state: State
    queue: Float[Array, "row port"] | None
    step: Int[Array, ""]
    fired: Float[Array, "step recorded"] | None = None


class Chunk(eqx.Module):
    """What a chunk left behind.

    Attributes:
        rows: What was observed, in the order of observation: one row for each multiple of `every` that was passed, and
            the rest is to be cut off. (row, recording)
        not_finite: For each state in sorted order, how many of its entries are NaN or infinite. (state,)
    """

    rows: Float[Array, "row recording"]
    not_finite: Int[Array, " state"]


def longest(system: System) -> int:
    """Steps that a chunk may have; the same for all models of a shape."""
    n_values = sum(rows.size for rows in system.storage.values())
    return min(max(NUMBERS_PER_CHUNK // n_values, SHORTEST), LONGEST)


def begin(job: Job) -> tuple[Invariants, Going, Chunk]:
    """The invariants of a run, its beginning and a chunk of no steps.

    The beginning is a copy that no other code holds, so the first chunk may reuse its memory.

    Args:
        job: The run, of which nothing is traced; of its number of steps and of `acting` over time no program knows.
    """
    rows, dt = job.acting.rows, float(job.dt)
    n_steps = job.n_steps if job.system.events is not None and job.system.events.sources else 0
    asked = job._replace(
        acting=Inputs(rows, {}),
        dt=dt,
        n_steps=n_steps,
        every=1,
        checkpoints=CheckpointOptions(),
        events=job.events._replace(surrogate=None),  # nobody differentiates a run in chunks
    )
    params, hears, going, chunk = _begin(asked)
    run = Invariants(job.system, params, rows, job.recordings, dt, job.stepper, job.every, hears)
    # On the device once, not with each chunk.
    return jax.tree.map(lambda x: jnp.asarray(x) if isinstance(x, np.ndarray) else x, run), copied(going), chunk


@eqx.filter_jit
def _begin(job: Job) -> tuple[dict[str, Any], Heard | None, Going, Chunk]:
    system, dt = job.system, float(job.dt)
    held = inputs.locate(system, job.acting.rows)
    params = stepping.parameters(system, job.overriding, job.dt, job.stepper, held)
    given = {} if job.given is None else dict(job.given)
    hears, queue = heard.begin(system, params, job.dt, job.events, job.n_steps, given)
    given.pop(QUEUE, None)
    state = system.layout.compress(stepping.initial(system, job.overriding, given, params))
    first = observe(inputs.locate(system, job.recordings.rows), state)
    # What is fired in an epoch arrives at the latest a row further for each of its steps.
    ring = None if hears is None else epochs.with_rows(queue, len(queue) + _per_epoch(system, hears, dt))
    fired = None if hears is None else jnp.zeros(_shape_of_fired(system, hears, dt), state.v.dtype)
    going = Going(state, ring, jnp.zeros((), jnp.int32), fired)
    return params, hears, going, Chunk(first[None], _not_finite(state))


def copied(going: Going) -> Going:
    """The same values in arrays of their own."""
    return jax.tree.map(jnp.copy, going)


@partial(Compiled, donate="all-except-first")
def _advance(fixed: tuple[Invariants, Values, AnyArray, AnyArray], going: Going) -> tuple[Going, Chunk]:
    run, values, offset, n_steps = fixed
    system = run.system
    positions = inputs.locate(system, run.rows)
    prepared = stepping.prepare_from(system, run.params, run.dt, run.stepper, positions)
    recorded = inputs.locate(system, run.recordings.rows)
    loop = Loop(system, prepared, positions, recorded, run.dt, run.stepper)

    n_rows, dtype = math.ceil(longest(system) / run.every) + 1, going.state.v.dtype
    rows = jnp.zeros((n_rows, sum(map(len, recorded.values()))), dtype)

    def now(k: Array) -> dict[str, Array]:
        return {name: lax.dynamic_index_in_dim(over_time, k, keepdims=False) for name, over_time in values.items()}

    def observed(k: Array, state: State, rows: Array) -> Array:
        # A row is written by all steps that lead to it, and the last of them counts.
        return lax.dynamic_update_index_in_dim(rows, loop.observe(state), (offset + k) // run.every, 0)

    if run.hears is None or going.queue is None or going.fired is None:

        def step(k: Array, carry: tuple[State, Array]) -> tuple[State, Array]:
            state = loop.advance(carry[0], now(k))
            return state, observed(k, state, carry[1])

        state, rows = lax.fori_loop(0, n_steps, step, (going.state, rows))
        going = Going(state, None, going.step + n_steps)
    else:
        begin = (going.state, going.queue, going.step, going.fired, rows)
        state, queue, at, fired, rows = _in_epochs(run, loop, run.hears, begin, n_steps, (now, observed))
        going = Going(state, queue, at, fired)
    return going, Chunk(rows, _not_finite(going.state))


Carry = tuple[State, Array, Array, Array, Array]
"""The fields of `Going` in their order, and the rows of what was observed."""


def _in_epochs(
    run: Invariants, loop: Loop, hears: Heard, going: Carry, n_steps: AnyArray, acts: tuple[Any, Any]
) -> Carry:
    """`going` after `n_steps` steps with events."""
    now, observed = acts
    room, begin = _per_epoch(run.system, hears, run.dt), going[2]
    recorded = epochs.recorded(hears)

    def epoch(carry: Carry) -> Carry:
        state, queue, at, fired, rows = carry
        done = at - begin
        few = jnp.minimum(n_steps - done, room)
        state, queue, fractions, rows = epochs.advance_some(
            loop,
            hears,
            state,
            queue,
            at,
            few,
            room,
            lambda k: now(done + k),
            lambda k, *seen: observed(done + k, *seen),
            rows,
        )
        # The last epoch of a chunk may be a short one: there is room for a full one.
        fired = lax.dynamic_update_slice_in_dim(fired, recorded(fractions), done, 0)
        return state, queue, at + few, fired, rows

    return lax.while_loop(lambda carry: carry[2] - begin < n_steps, epoch, going)


def _per_epoch(system: System, hears: Heard, dt: float) -> int:
    return hears.events.steps_per_epoch(dt, longest(system))


def _shape_of_fired(system: System, hears: Heard, dt: float) -> tuple[int, int]:
    return longest(system) + _per_epoch(system, hears, dt), len(hears.events.recorded)


def spikes_in(going: Going, n_steps: int, first: int) -> Found:
    """The spikes in the first `n_steps` steps, from step `first` of the run on, of the chunk that `going` comes from.

    On a CPU they are read where they are, and nothing holds on to them: the next chunk writes to the same place.
    """
    fired = going.fired
    if fired is None:
        return found_in(np.zeros((0, 0)))
    on_cpu = all(device.platform == "cpu" for device in fired.devices())
    on_host = np.from_dlpack(cast("Any", fired)) if on_cpu else np.asarray(fired)
    return found_in(on_host[:n_steps], first)


def advance(
    run: Invariants, values: Values, offset: Int[AnyArray, ""], n_steps: Int[AnyArray, ""], going: Going
) -> tuple[Going, Chunk]:
    """A run after `n_steps` more steps, at most `longest`; it reuses the memory of `going`.

    Args:
        run: What `begin` returned.
        values: Per key, stimuli and clamps of each step. (longest, place)
        offset: Steps since the last column.
        n_steps: How many to take.
        going: The run so far.
    """
    return _advance((run, values, offset, n_steps), going)


@eqx.filter_jit
def expand(run: Invariants, going: Going) -> FlatState:
    """The State at full length, as users see it."""
    flat = run.system.layout.expand(going.state, run.params)
    if going.queue is None or run.hears is None:
        return flat
    n_slot = run.hears.events.slots(run.dt)
    return flat | {QUEUE: jnp.roll(going.queue, -going.step, axis=0)[:n_slot]}


def _not_finite(state: State) -> Int[Array, " state"]:
    flat = state.flat()
    return jnp.stack([jnp.sum(~jnp.isfinite(flat[name])) for name in sorted(flat)])
