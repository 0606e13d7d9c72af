"""A run that is to be made, as one value, and the scan over time that makes it."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from dendrax.engine import checkpoint, checkpoint_plan, inputs, overrides
from dendrax.engine.checkpoint_plan import CheckpointOptions, Nesting
from dendrax.engine.events import epochs, heard
from dendrax.engine.events.heard import QUEUE, EventOptions, Heard
from dendrax.engine.prepare import prepare
from dendrax.engine.state import FlatState, State
from dendrax.engine.step import Loop, begin
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.system import Inputs, Override, Recordings, System


class Job(NamedTuple):
    """The full description of a run; one scan (`simulate`) and many chunks (`chunks.begin`) give the same columns.

    As an argument of a compiled program its arrays are traced and everything else is static. A different stepper or
    number of steps, or a different `dt` that is a Python number, therefore compiles another program.

    Attributes:
        system: The lowered model.
        overriding: Traced values of parameters and initial states.
        given: A state of full length to start from, instead of the model's.
        acting: Stimuli and clamps.
        recordings: The states and currents to keep.
        dt: Time step [ms].
        stepper: The method of time integration.
        n_steps: Number of steps.
        every: Steps from one column to the next.
        checkpoints: The options for the checkpoints of a gradient.
        events: The options for events.
    """

    system: System
    overriding: tuple[Override, ...]
    given: FlatState | None
    acting: Inputs
    recordings: Recordings
    dt: float | Float[Array, ""]
    stepper: Stepper
    n_steps: int
    every: int = 1
    checkpoints: CheckpointOptions = CheckpointOptions()
    events: EventOptions = EventOptions()


class Found(NamedTuple):
    """Crossings of thresholds, an entry for each.

    Attributes:
        step: The step of each. (spike,)
        place: The number in `Events.recorded` of the source of each. (spike,)
        fraction: The fraction of the step before each. (spike,)
    """

    step: np.ndarray
    place: np.ndarray
    fraction: np.ndarray


def found_in(crossing: np.ndarray, first: int = 0) -> Found:
    """The crossings of some steps from `first` on, from an array (step, recorded) as in `Fired`."""
    flat = crossing.ravel()
    at = np.flatnonzero(flat >= 0)  # of one dimension, ten times as fast as of two
    step, place = np.divmod(at, max(crossing.shape[1], 1))
    return Found(step + first, place, flat[at])


class Fired(NamedTuple):
    """The spikes of a run.

    Attributes:
        crossing: For each step and each of `Events.recorded`, the fraction of the step before the spike; -1 without a
            spike. After a run in chunks, the `Found` crossings.
        trains: Times of the spikes of artificial sources [steps since the run began], in order. (spike,)
        ids: For each spike of a train the number of its source in `Spikes.ids`, -1 if not recorded. (spike,)
        begin: Time at which the run began [ms].
        complete: Whether all spikes of artificial sources fit into their places.
    """

    crossing: Float[Array, "step recorded"] | Found
    trains: Float[Array, " spike"]
    ids: Int[Array, " spike"]
    begin: Float[Array, ""]
    complete: Bool[Array, ""]


def fired_of(hears: Heard, crossing: Float[Array, "step recorded"] | Found) -> Fired:
    """The spikes of a run with these crossings."""
    events, trains = hears.events, hears.trains
    ids = jnp.full(events.n_source, -1).at[events.recorded].set(events.ids)
    return Fired(crossing, trains.times, ids[trains.source], trains.begin, trains.complete)


def simulate(job: Job) -> tuple[Float[Array, "recording column"], FlatState, Fired | None]:
    """Make a run.

    What of the State no step reads, such as currents of synapses that nobody records, is not kept for the gradient. A
    run of which not even the deepest nesting of checkpoints fits into memory can be made, but has no derivative.

    Returns:
        Recordings, column 0 before the first step; the state after the last step, of full length; and the spikes.
    """
    system, n_steps, every = job.system, job.n_steps, job.every
    params, initial = overrides.apply(system, job.overriding)
    positions = inputs.locate(system, job.acting.rows)
    prepared = prepare(system, params, job.dt, job.stepper, held=positions)
    given = {} if job.given is None else dict(job.given)
    hears, queue = heard.begin(system, params, job.dt, job.events, n_steps, given)
    given.pop(QUEUE, None)
    state = begin(system, prepared, system.layout.compress(initial | given), known=given)
    over_time = inputs.over_time(job.acting, n_steps)
    recorded = inputs.locate(system, job.recordings.rows)
    loop = Loop(system, prepared, positions, recorded, job.dt, job.stepper)
    nesting = _nesting(job, loop, hears, state, over_time, recorded)
    if nesting.refusal is not None:
        loop, state, over_time = checkpoint_plan.refuse_derivative((loop, state, over_time), nesting.refusal)
    first = loop.observe(state)
    fired = None
    if hears is None:
        state, rest = checkpoint.scan(loop.advance, loop.observe, state, over_time, n_steps, nesting.lengths, every)
    else:
        state, queue, rest, crossing = epochs.scan(
            loop, hears, state, queue, over_time, n_steps, nesting.lengths, every
        )
        fired = fired_of(hears, crossing)
    columns = jnp.concatenate([first[None], rest])[:, job.recordings.order].T
    flat = system.layout.expand(state, params)
    return columns, flat if hears is None else flat | {QUEUE: queue}, fired


def _nesting(
    job: Job, loop: Loop, hears: Heard | None, state: State, over_time: dict[str, Array], recorded: dict[str, Any]
) -> Nesting:
    """The levels of checkpoints of a gradient; the arrivals in a step count as one of its inputs."""
    system, itemsize = job.system, state.v.dtype.itemsize
    x = {name: values[0] for name, values in over_time.items()}
    arrived = None if hears is None else jnp.zeros(hears.events.n_port, state.v.dtype)
    return checkpoint_plan.plan(
        lambda state, x: loop.advance(state, x[0]) if hears is None else hears.step(loop, state, *x)[0],
        state,
        (x, arrived),
        job.n_steps,
        job.checkpoints,
        solution=system.cable.n_node * itemsize,
        columns=sum(map(len, recorded.values())) * (job.n_steps // job.every) * itemsize,
    )
