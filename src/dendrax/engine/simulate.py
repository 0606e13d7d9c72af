"""The scan over time."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from dendrax.engine import checkpoint, checkpoint_plan, inputs, overrides
from dendrax.engine.job import Job
from dendrax.engine.prepare import Prepared, prepare
from dendrax.engine.state import FlatState, State
from dendrax.engine.step import begin, step


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
    recorded = inputs.locate(system, job.recordings.rows)
    over_time = inputs.over_time(job.acting, n_steps)

    def advance(prepared: Prepared, state: State, values: dict[str, Array]) -> State:
        return step(system, prepared, state, inputs.Acting(positions, values), job.dt, job.stepper)

    itemsize = state.v.dtype.itemsize
    plan = checkpoint_plan.plan(
        lambda state, values: advance(prepared, state, values),
        state,
        {name: values[0] for name, values in over_time.items()},
        n_steps,
        job.checkpoints,
        solution=system.cable.n_node * itemsize,
        columns=sum(map(len, recorded.values())) * (n_steps // every) * itemsize,
    )
    if plan.refusal is not None:
        prepared, state, over_time = checkpoint_plan.refuse_derivative((prepared, state, over_time), plan.refusal)
    first = observe(recorded, state)
    state, rest = checkpoint.scan(
        lambda state, values: advance(prepared, state, values),
        lambda state: observe(recorded, state),
        state,
        over_time,
        n_steps,
        plan.lengths,
        every,
    )
    columns = jnp.concatenate([first[None], rest])[:, job.recordings.order].T
    return columns, system.layout.expand(state)


def observe(positions: dict[str, Int[Array, " _"]], state: State) -> Float[Array, " recording"]:
    """The recorded entries of a State, key by key in sorted order."""
    return jnp.concatenate([state[name][where] for name, where in sorted(positions.items())])
