"""The scan over time."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from dendrax.engine import checkpoint, inputs, memory, overrides, states
from dendrax.engine.prepare import Prepared, prepare
from dendrax.engine.step import step
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.system import Inputs, Override, Recordings, System

State = dict[str, Float[Array, " _"]]


def simulate(
    system: System,
    overriding: tuple[Override, ...],
    given: State | None,
    acting: Inputs,
    recordings: Recordings,
    dt: float | Float[Array, ""],
    stepper: Stepper,
    n_steps: int,
    lengths: tuple[int, ...] | None,
    every: int = 1,
    budget: float | None = None,
    runs: int = 1,
) -> tuple[Float[Array, "recording column"], State]:
    """Run a model for `n_steps`.

    What of the State no step reads, such as currents of synapses that nobody records, is not kept for the gradient.

    Args:
        system: The lowered model.
        overriding: Traced values of parameters and initial states.
        given: A state of full length to start from, instead of the model's.
        acting: Stimuli and clamps.
        recordings: What to keep.
        dt: Time step [ms].
        stepper: The method of time integration.
        n_steps: Number of steps.
        lengths: Blocks per level of checkpointing; None: chosen from `budget`.
        every: Steps from one column to the next.
        budget: For the checkpoints of a gradient [bytes]; None: a share of the memory of the device. If not even the
            deepest nesting fits into it, or into that memory, the run can be made, but has no derivative.
        runs: How many such runs go side by side and share the memory of the device.

    Returns:
        Recordings, column 0 before the first step; and the state after the last step, of full length.
    """
    params, initial = overrides.apply(system, overriding)
    prepared = prepare(system, params, dt, stepper)
    given = {} if given is None else given
    state = states.with_currents(system, prepared, states.compress(system, initial | given), known=given)
    positions = inputs.locate(system, acting.rows)
    recorded = inputs.locate(system, recordings.rows)
    over_time = inputs.over_time(acting, n_steps)

    def advance(prepared: Prepared, state: State, values: dict[str, Array]) -> State:
        return step(system, prepared, state, inputs.Acting(positions, values), dt, stepper)

    plan = memory.plan(
        lambda state, values: advance(prepared, state, values),
        state,
        {name: values[0] for name, values in over_time.items()},
        n_steps,
        lengths,
        budget,
        solution=system.cable.n_node * state["v"].dtype.itemsize,
        columns=sum(map(len, recorded.values())) * (n_steps // every) * state["v"].dtype.itemsize,
        runs=runs,
    )
    if plan.refusal is not None:
        arrays, rest = eqx.partition((prepared, state, over_time), eqx.is_inexact_array)
        prepared, state, over_time = eqx.combine(memory.refuse_derivative(arrays, plan.refusal), rest)
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
    columns = jnp.concatenate([first[None], rest])[:, recordings.order].T
    return columns, states.expand(system, state)


def observe(positions: dict[str, Int[Array, " _"]], state: State) -> Float[Array, " recording"]:
    """The recorded entries of a State, key by key in sorted order."""
    return jnp.concatenate([state[name][where] for name, where in sorted(positions.items())])
