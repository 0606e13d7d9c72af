"""The scan over time."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from dendrax.engine import checkpoint, checkpoint_plan, inputs, overrides
from dendrax.engine.job import Job
from dendrax.engine.loop import Loop
from dendrax.engine.prepare import prepare
from dendrax.engine.state import FlatState
from dendrax.engine.step import begin


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
        loop.advance,
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
