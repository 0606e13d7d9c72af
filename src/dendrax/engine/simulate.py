"""The scan over time."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from dendrax.engine import checkpoint, inputs, overrides, states
from dendrax.engine.prepare import prepare
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
) -> tuple[Float[Array, "recording column"], State]:
    """Run a model for `n_steps`.

    Args:
        system: The lowered model.
        overriding: Traced values of parameters and initial states.
        given: A state of full length to start from, instead of the model's.
        acting: Stimuli and clamps.
        recordings: What to keep.
        dt: Time step [ms].
        stepper: The method of time integration.
        n_steps: Number of steps.
        lengths: Blocks per level of checkpointing; None: chosen from the memory of the device.

    Returns:
        Recordings, column 0 before the first step; and the state after the last step, of full length.
    """
    params, initial = overrides.apply(system, overriding)
    prepared = prepare(system, params, dt, stepper)
    given = {} if given is None else given
    state = states.with_currents(system, prepared, states.compress(system, initial | given), known=given)
    positions = inputs.locate(system, acting.rows)
    recorded = inputs.locate(system, recordings.rows)

    def body(state: State, values: dict[str, Array]) -> tuple[State, Array]:
        after = step(system, prepared, state, inputs.Acting(positions, values), dt, stepper)
        return after, observe(recorded, after)

    if lengths is None:
        kept = sum(leaf.nbytes for leaf in jax.tree.leaves(state)) + system.cable.n_node * state["v"].dtype.itemsize
        lengths = checkpoint.choose_lengths(n_steps, kept)
    first = observe(recorded, state)
    state, rest = checkpoint.scan(body, state, inputs.over_time(acting, n_steps), n_steps, lengths)
    columns = jnp.concatenate([first[None], rest])[:, recordings.order].T
    return columns, states.expand(system, state)


def observe(positions: dict[str, Int[Array, " _"]], state: State) -> Float[Array, " recording"]:
    """The recorded entries of a State, key by key in sorted order."""
    return jnp.concatenate([state[name][where] for name, where in sorted(positions.items())])
