"""A run that is to be made, as one value, and the scan over time that makes it."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from dendrax.engine import checkpoint, checkpoint_plan, inputs, overrides
from dendrax.engine.checkpoint_plan import CheckpointOptions
from dendrax.engine.prepare import prepare
from dendrax.engine.state import FlatState
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


def simulate(job: Job) -> tuple[Float[Array, "recording column"], FlatState]:
    """Make a run.

    What of the State no step reads, such as currents of synapses that nobody records, is not kept for the gradient. A
    run of which not even the deepest nesting of checkpoints fits into memory can be made, but has no derivative.

    Returns:
        Recordings, column 0 before the first step; and the state after the last step, of full length.
    """
    system, n_steps, every = job.system, job.n_steps, job.every
    params, initial = overrides.apply(system, job.overriding)
    positions = inputs.locate(system, job.acting.rows)
    prepared = prepare(system, params, job.dt, job.stepper, held=positions)
    given = {} if job.given is None else job.given
    state = begin(system, prepared, system.layout.compress(initial | given), known=given)
    over_time = inputs.over_time(job.acting, n_steps)
    recorded = inputs.locate(system, job.recordings.rows)
    loop = Loop(system, prepared, positions, recorded, job.dt, job.stepper)
    itemsize = state.v.dtype.itemsize
    nesting = checkpoint_plan.plan(
        lambda state, values: loop.advance(state, values),  # noqa: PLW0108 - a method of a pytree has no hash
        state,
        {name: values[0] for name, values in over_time.items()},
        n_steps,
        job.checkpoints,
        solution=system.cable.n_node * itemsize,
        columns=sum(map(len, recorded.values())) * (n_steps // every) * itemsize,
    )
    if nesting.refusal is not None:
        loop, state, over_time = checkpoint_plan.refuse_derivative((loop, state, over_time), nesting.refusal)
    first = loop.observe(state)
    state, rest = checkpoint.scan(loop.advance, loop.observe, state, over_time, n_steps, nesting.lengths, every)
    columns = jnp.concatenate([first[None], rest])[:, job.recordings.order].T
    return columns, system.layout.expand(state, params)
