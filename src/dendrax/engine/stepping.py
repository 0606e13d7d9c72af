"""One step at a time, between dicts of full length: what stepping by hand is made of. Each call is compiled once."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array

from dendrax.engine import inputs, overrides, step
from dendrax.engine.events import epochs, heard
from dendrax.engine.events.heard import QUEUE
from dendrax.engine.part import Time
from dendrax.engine.prepare import VOLTAGE, Prepared, prepare
from dendrax.engine.state import FlatState
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.steppers.fwd_euler import ForwardEuler
from dendrax.engine.system import Override, System
from dendrax.errors import ModelStateError
from dendrax.mechanisms.surrogate import Surrogate

TRANSITION = "exp_euler_transition"
"""Among the parameters: what exponential Euler computes once, for the voltage; for an ion, with "_" and its name."""

SPIKE_TIMES, SPIKE_SOURCES = "spike_times", "spike_sources"
"""Among the parameters: the spikes of artificial sources, in order [ms], and the source of each."""


@eqx.filter_jit
def parameters(
    system: System, overriding: tuple[Override, ...], dt: Time, stepper: Stepper, held: dict[str, Array] | None = None
) -> dict[str, Any]:
    """All parameters of full length; for exponential Euler its transition matrices for steps of `dt` [ms] too.

    Args:
        system: The lowered model.
        overriding: Traced values of parameters.
        dt: Time step [ms].
        stepper: The method of time integration.
        held: For "v" and diffused ions, where they are clamped in every step to come. (held,)
    """
    params = overrides.apply(system, overriding)[0]
    if not stepper.keeps_constants:
        return params
    prepared = prepare(system, params, dt, stepper, held=held)
    constants = {VOLTAGE: prepared.constants} | {ion: own for ion, (_, own) in prepared.diffusion.items()}
    return params | {key: constants[name] for name, key in _constants(system).items()}


@eqx.filter_jit
def initial(
    system: System, overriding: tuple[Override, ...], given: FlatState | None, params: dict[str, Array]
) -> FlatState:
    """All states of full length, and the currents that flow in them.

    Args:
        system: The lowered model.
        overriding: Traced values of parameters and initial states.
        given: States that take precedence.
        params: What `parameters` returned.
    """
    given = {} if given is None else given
    state = system.layout.compress(overrides.apply(system, overriding)[1] | given)
    return system.layout.expand(step.begin(system, _for_currents(system, params), state, known=given), params)


@eqx.filter_jit
def append_currents(system: System, state: FlatState, params: dict[str, Array]) -> FlatState:
    """`state` of full length with the currents of channels [mA/cm^2], pumps [mM/ms] and synapses [nA] in it."""
    compact = system.layout.compress({name: value for name, value in state.items() if name in system.storage})
    return system.layout.expand(step.begin(system, _for_currents(system, params), compact), params)


@eqx.filter_jit
def advance(
    system: System,
    params: dict[str, Array],
    state: FlatState,
    rows: dict[str, Array],
    values: dict[str, Array],
    dt: Time,
    stepper: Stepper,
    grid: bool = False,
    surrogate: Surrogate | None = None,
) -> FlatState:
    """The states of full length one step of `dt` [ms] later, and the queue of events.

    Where the voltage or an ion that diffuses is clamped, exponential Euler computes its matrix for this step alone.

    Args:
        system: The lowered model.
        params: What `parameters` returned.
        state: What `initial` or this function returned.
        rows: Per key, the compartments (or synapses) that are acted on.
        values: Per key, the injected currents or clamped values of this step.
        dt: Time step [ms].
        stepper: The method of time integration.
        grid: As in `EventOptions`.
        surrogate: As in `EventOptions`.
    """
    acting = inputs.Acting(inputs.locate(system, rows), values)
    outdated = {key for name, key in _constants(system).items() if name in rows}
    params = {name: value for name, value in params.items() if name not in outdated}
    prepared = prepare_from(system, params, dt, stepper, acting.positions)
    queue = state.get(QUEUE)
    compact = system.layout.compress({name: value for name, value in state.items() if name != QUEUE})
    if system.events is not None and queue is None:
        raise ModelStateError(
            f"The states lack {QUEUE!r}, which holds the events under way. Begin with `init_fn` of "
            f"build_init_and_step_fn."
        )
    if system.events is None or queue is None:
        return system.layout.expand(step.step(system, prepared, compact, acting, dt, stepper), params)
    now = jnp.zeros((), compact.v.dtype) if compact.t is None else compact.t[0]
    times = params[SPIKE_TIMES] / dt  # in steps, so that rounding cannot put a spike into two of them
    trains = heard.Trains(times, params[SPIKE_SOURCES], jnp.ones((), bool), jnp.zeros_like(now))
    hears = heard.prepare(system.events, params, dt, trains, grid=grid, surrogate=surrogate)
    loop = step.Loop(system, prepared, acting.positions, {}, dt, stepper)
    first, number = jnp.zeros((), jnp.int32), jnp.round(now / dt).astype(jnp.int32)
    after, queue = epochs.advance_one(loop, hears, compact, queue, first, number, values)
    return system.layout.expand(after, params) | {QUEUE: jnp.roll(queue, -1, axis=0)}


@eqx.filter_jit
def spike_trains(
    system: System, params: dict[str, Array], dt: Time, asked: heard.EventOptions, n_steps: int
) -> dict[str, Array]:
    """The spikes of artificial sources in `n_steps` steps of `dt` [ms]; add them to `parameters`."""
    if system.events is None:
        return {}
    trains = heard.trains_of(system.events, params, dt, asked, n_steps, 0.0)
    return {SPIKE_TIMES: jnp.where(trains.complete, trains.times * dt, jnp.nan), SPIKE_SOURCES: trains.source}


def prepare_from(
    system: System, params: dict[str, Any], dt: Time, stepper: Stepper, held: dict[str, Array] | None = None
) -> Prepared:
    """The loop invariants, from the parameters that `parameters` returned for the same `held`."""
    known = {name: params[key] for name, key in _constants(system).items() if key in params}
    return prepare(system, params, dt, stepper, known, held)


def _constants(system: System) -> dict[str, str]:
    """The parameters that hold the constants of the voltage and of each diffused ion, by name."""
    return {VOLTAGE: TRANSITION} | {ion: f"{TRANSITION}_{ion}" for ion in system.diffused}


def _for_currents(system: System, params: dict[str, Array]) -> Prepared:
    """What currents need to know: no time step and no method, so that the one that prepares nothing will do."""
    return prepare(system, params, 1.0, ForwardEuler())
