"""The front door of simulation: integrate, and the same step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from dendrax import arguments
from dendrax.engine import inputs, stepping
from dendrax.engine.compiling import Compiled, is_staged
from dendrax.engine.events.heard import QUEUE, nothing
from dendrax.engine.methods import SOLVERS, STEPPERS, choose_solver, choose_stepper
from dendrax.engine.simulate import Job, simulate
from dendrax.errors import ModelTypeError, ModelValueError, ValueShapeError
from dendrax.mechanisms.surrogate import Surrogate, find_surrogate
from dendrax.modules import by_hand, trainables
from dendrax.modules import inputs as module_inputs
from dendrax.modules.lower import lower
from dendrax.modules.module import Module
from dendrax.running import allowance, checks, chunked, spiking

States = dict[str, Array]
Externals = dict[str, Any]
DataInputs = tuple[list[str], list[Any], list[Any]]

__all__ = ["SOLVERS", "STEPPERS", "add_clamps", "add_stimuli", "build_init_and_step_fn", "integrate"]


# The State is a result even where nobody wants it, so that the columns are the same whatever else is asked for: without
# currents that nobody reads XLA fuses, and so rounds, in another way. Keeping them costs nothing that can be measured.
_run = Compiled(simulate)


def integrate(
    module: Module,
    params: list[dict[str, Any]] = [],  # noqa: B006 - the reference's default; never written to
    *,
    param_state: list[dict[str, Any]] | None = None,
    data_stimuli: DataInputs | None = None,
    data_clamps: DataInputs | None = None,
    t_max: float | None = None,
    delta_t: float | Array = 0.025,
    solver: str = "bwd_euler",
    voltage_solver: str = "jaxley.dhs",
    checkpoint_lengths: list[int] | None = None,
    all_states: States | None = None,
    return_states: bool = False,
    progress: bool = False,
    check: bool = False,
    record_every: int = 1,
    memory: float | str | None = None,
    events: str = "interpolated",
    key: Any = None,
    return_spikes: bool = False,
    max_spikes: int | None = None,
    surrogate: str | Surrogate | None = None,
    order: str | None = None,
) -> Any:
    """Simulate a module and return what is recorded.

    A run takes round(t_max / delta_t) steps. Column k of the result is the state at time k delta_t: column 0 is
    the initial state, column k + 1 follows from the stimuli and clamps at index k. The simulation is compiled
    inside, once per model shape; it can be a part of your own `jit`, `grad`, `vmap` or any other transformation.

    Args:
        module: What to simulate, not a view.
        params: Values of the trainable parameters, as `get_parameters()` returns them; [] for the values of the tables.
        param_state: What `data_set` returned.
        data_stimuli: What `data_stimulate` returned.
        data_clamps: What `data_clamp` returned.
        t_max: Duration [ms]. A longer stimulus is cut off, a shorter one goes on as zero. None: as long as the
            longest stimulus or clamp.
        delta_t: Time step [ms]. May be traced where t_max is omitted.
        solver: Method of time integration: "bwd_euler", "crank_nicolson", "fwd_euler" or "exp_euler". Gap junctions are
            solved together with the cable, and ions that diffuse by the same method as the voltage; ions that do not
            always take steps of backward Euler.
        voltage_solver: Method of the linear solves: "jaxley.dhs" (as the device asks for), "jaxley.dhs.cpu"
            (one compartment after the other), "jaxley.dhs.gpu" (level by level), "jaxley.stone" (recursive doubling,
            for unbranched cables), "jax.sparse" or "dense".
        checkpoint_lengths: For gradients, the number of blocks at every level of checkpointing, outermost first; the
            product must be at least the number of steps. None: as few levels as fit into `memory`.
        all_states: State to start from, as returned with `return_states`; takes precedence over all other
            initial states.
        return_states: Whether to return the state after the last step too.
        progress: Whether to show a progress bar with the time that is left.
        check: Whether to stop at the first state that is NaN or infinite. A chunk of steps is looked at when it is
            done, so that this costs nothing per step.
        record_every: Keep columns 0, k, 2k, ... alone, for recordings that take that much less memory. Steps after
            the last of these are made, but not recorded.
        memory: For gradients, what checkpoints may take: bytes, or text such as "2 GB". None: what the cache of a CPU
            holds, and more, up to an eighth of the memory of the device, where two levels need it. A `vmap` around
            the run multiplies what it takes; a smaller value then makes gradients faster too.

        events: The mode of events. "interpolated": a spike is where a line between the voltages of two steps crosses
            the threshold, and an event that arrives within a step is shared out between the two ends of the step. The
            derivatives by weights, delays, thresholds and everything before them are exact for the discretisation.
            "grid": a spike is at the end of its step and arrives at the nearest step, as in NEURON with a fixed step.
        key: A key of `jax.random`, for artificial sources that are random.
        return_spikes: Whether to return the spikes that `record_spikes` records.
        max_spikes: Largest number of spikes to return inside of `jit`, where their number is unknown; None makes room
            for the largest possible number. Outside of `jit` the run returns all of them.
        surrogate: For gradients, what stands in for the derivative of whether a compartment spikes, by its distance to
            the threshold in each step: "superspike", "sigmoid", "triangle", or a function of the distance [mV]
            (`dendrax.mechanisms`). It lets a gradient see spikes that are about to appear or vanish. It never changes
            values. None: the exact derivative, which sees only the times of the spikes that there are.

        order: The order of a step. "states first": mechanisms are advanced at the voltage of the beginning of the step,
            and then the voltage, with their currents. "neuron": the voltage first, and then the mechanisms at the new
            voltage, as NEURON does. The two differ where the initial states are not in equilibrium. None: NEURON's for
            what `from_neuron` made, else "states first".

    A run with `progress` or `check`, and any run that takes long, goes in chunks of some forty milliseconds of work.
    Ctrl-C then ends it with what was simulated so far. The columns are the same, bit for bit.

    Returns:
        The recordings, one row for each row of `module.recordings`, (recording, step // record_every + 1); with
        `return_states` followed by a dict of states, each (comp,) or, of a type of synapse, (synapse,), with the events
        under way; and with `return_spikes` by the `dendrax.events.Spikes`.

    Raises:
        ModelTypeError: `module` is a view or no module at all.
        ModelValueError: No recordings; neither a duration nor a stimulus; a bad time step or option; a clamp that
            is shorter than the run (`ShortClampError`); checkpoint lengths that do not cover it; more steps than can be
            counted; NaN, or what no compartment can have, in `params`, `param_state` or `all_states` (unless traced).
        MorphologyError: `voltage_solver` is for unbranched cables, and the module is none (`BranchedCableError`).
        ValueShapeError: `params` do not match the trainable parameters, or `all_states` the compartments or synapses.
        RunInterrupted: Ctrl-C, in a run that goes in chunks; it carries what was recorded and the state.
        NotFiniteError: With `check`; it says when and where, and carries what was recorded before.
        MemoryBudgetError: What is recorded does not fit into memory; or, when a derivative of the run is compiled, not
            even the deepest nesting of checkpoints does.

    Warns:
        MagnitudeWarning: `delta_t` is unusually short or long, longer than `t_max`, or below 2e-4 ms in float32.

    Example:
        >>> import dendrax as jx
        >>> from dendrax.channels import HH
        >>> cell = jx.Cell()
        >>> cell.insert(HH())
        >>> cell.record("v", verbose=False)
        >>> jx.integrate(cell, t_max=10.0).shape
        (1, 401)
    """
    checks.check_module(module)
    stepper, back_end = choose_stepper(solver, order, module.tables.order), choose_solver(voltage_solver)
    return_spikes = arguments.flag("integrate: return_spikes", return_spikes)
    recordings = checks.checked_recordings(module, return_spikes)
    overriding = trainables.overrides(module.tables, params, param_state)
    dt = checks.checked_step(delta_t)
    steps = checks.steps_in(t_max, dt)
    acting = inputs.without_overwritten(module_inputs.gather(module.tables, data_stimuli, data_clamps, dt, steps))
    n_steps = checks.number_of_steps(acting, steps)
    checks.warn_of_step(dt, t_max)
    checkpoints = allowance.checked_checkpoints(checkpoint_lengths, memory, n_steps)
    every = arguments.whole("record_every", record_every)
    allowance.check_columns(recordings, n_steps, every)
    return_states = arguments.flag("integrate: return_states", return_states)
    progress = arguments.flag("integrate: progress", progress)
    check = arguments.flag("integrate: check", check)
    system = lower(module.tables, back_end)
    if not return_spikes:
        system = spiking.without_recorded(system)
    checks.check_states(module, system, all_states, dt)
    begin = spiking.begin_of(system, all_states)
    asked = spiking.checked_events(system, events, key, dt, n_steps, begin, overriding)._replace(
        surrogate=find_surrogate(surrogate)
    )
    job = Job(system, overriding, all_states, acting, recordings, dt, stepper, n_steps, every, checkpoints, asked)
    in_chunks = _goes_in_chunks(job, progress, check)
    columns, state, fired = chunked.run_in_chunks(module, job, progress, check) if in_chunks else _run(job)
    spiking.check_complete(fired)
    returned = [columns, *([state] if return_states else [])]
    if return_spikes:
        returned.append(spiking.spikes_of(spiking.places_of(module), job, fired, max_spikes))
    return tuple(returned) if len(returned) > 1 else columns


def _goes_in_chunks(job: Job, progress: bool, check: bool) -> bool:
    """Whether a run goes in chunks: it is watched, or long, and is no part of a larger program."""
    if not (progress or check or chunked.is_long(job)):
        return False
    if not is_staged(job):
        return True
    if progress or check:
        raise ModelValueError(
            f"{'progress' if progress else 'check'}=True: inside of jit, grad, vmap and the like a run is a part of a "
            f"larger program, which nobody can look into while it runs. Leave the option out there; for many runs "
            f"`dendrax.map_many` shows progress, and a run that fails can be made again outside with check=True."
        )
    return False


def build_init_and_step_fn(
    module: Module,
    voltage_solver: str = "jaxley.dhs",
    solver: str = "bwd_euler",
    *,
    events: str = "interpolated",
    surrogate: str | Surrogate | None = None,
    order: str | None = None,
) -> tuple[Callable[..., tuple[States, dict[str, Array]]], Callable[..., States]]:
    """Two functions for stepping by hand; columns computed with them are those of `integrate`.

    Both are pure and can be jitted, vmapped and differentiated; neither changes its arguments. What is edited in
    the module afterwards does not reach them.

    Args:
        module: What to simulate, not a view.
        voltage_solver: As in `integrate`.
        solver: As in `integrate`.
        events: As in `integrate`.
        surrogate: As in `integrate`.
        order: As in `integrate`.

    Returns:
        `init_fn(params, all_states=None, param_state=None, delta_t=0.025, key=None, t_max=None) -> (all_states,
        all_params)`: initial states, currents included (of channels [mA/cm^2], pumps [mM/ms], synapses [nA]), and
        parameters, each (comp,) or, of a type of synapse, (synapse,). A model with artificial sources needs `t_max`,
        the duration [ms] for which it computes their spikes, and `key` if they are random.
        `step_fn(all_states, all_params, externals, external_inds=module's, delta_t=0.025) -> all_states`: the
        states one step later; `externals` holds per key the stimuli or clamps of this step, `external_inds`
        their compartments or synapses. With solver="exp_euler" give both the same `delta_t`.

    Raises:
        ModelTypeError: `module` is a view or no module at all; (both functions) something is no array of numbers.
        ModelValueError: An unknown option; (`init_fn`) what `integrate` raises for the same arguments.
        UnknownNameError: (`step_fn`) A state or parameter is missing; externals of what is not there.
        ValueShapeError: (both) Not one value for each compartment, synapse or place; a place beyond the module.

    Example:
        >>> import dendrax as jx
        >>> cell = jx.Cell()
        >>> init_fn, step_fn = build_init_and_step_fn(cell)
        >>> states, params = init_fn(cell.get_parameters())
        >>> states = step_fn(states, params, {}, {}, delta_t=0.025)
        >>> states["v"].shape
        (1,)
    """
    checks.check_module(module)
    stepper, back_end = choose_stepper(solver, order, module.tables.order), choose_solver(voltage_solver)
    stand_in = find_surrogate(surrogate)
    system = lower(module.tables, back_end)
    module_inds = {key: np.asarray(rows) for key, rows in module.external_inds.items()}

    def init_fn(
        params: list[dict[str, Any]],
        all_states: States | None = None,
        param_state: list[dict[str, Any]] | None = None,
        delta_t: float | Array = 0.025,
        key: Any = None,
        t_max: float | None = None,
    ) -> tuple[States, dict[str, Array]]:
        dt = checks.checked_step(delta_t)
        checks.check_states(module, system, all_states, dt)
        overriding = trainables.overrides(module.tables, params, param_state)
        checks.warn_of_step(dt, None)
        all_params = stepping.parameters(system, overriding, dt, stepper)
        given = {name: value for name, value in (all_states or {}).items() if name != QUEUE}
        states = stepping.initial(system, overriding, given, all_params)
        if system.events is not None:
            n_steps = spiking.steps_of_trains(system, t_max, dt)
            asked = spiking.checked_events(system, events, key, dt, n_steps, overriding=overriding)
            all_params = all_params | stepping.spike_trains(system, all_params, dt, asked, n_steps)
            states = states | {QUEUE: (all_states or {}).get(QUEUE, nothing(system.events, dt))}
        return jax.tree.map(jnp.asarray, (states, all_params))

    def step_fn(
        all_states: States,
        all_params: dict[str, Array],
        externals: Externals,
        external_inds: Externals | None = None,
        delta_t: float | Array = 0.025,
    ) -> States:
        by_hand.check_states(system, all_states, "step_fn")
        by_hand.check_parameters(system, all_params, "step_fn")
        inds = module_inds if external_inds is None else external_inds
        rows, values = by_hand.placed_externals(system, externals, inds, "step_fn")
        dt = checks.checked_step(delta_t)
        return stepping.advance(system, all_params, all_states, rows, values, dt, stepper, events == "grid", stand_in)

    return init_fn, step_fn


def add_stimuli(
    externals: Externals, external_inds: Externals, data_stimuli: DataInputs | None = None
) -> tuple[Externals, Externals]:
    """`externals` and `external_inds` with what `data_stimulate` returned; the arguments stay as they are.

    Args:
        externals: Per key values over time, (n, time).
        external_inds: Per key the compartments, (n,).
        data_stimuli: What `data_stimulate` returned.

    Raises:
        ModelTypeError: One of them is something else.
        ValueShapeError: Data of one key differ in length.

    Example:
        >>> import dendrax as jx
        >>> cell = jx.Cell()
        >>> data = cell.data_stimulate(jx.step_current(1.0, 2.0, 0.1, 0.025, 10.0))
        >>> externals, external_inds = add_stimuli({}, {}, data)
        >>> externals["i"].shape, external_inds["i"].shape
        ((1, 401), (1,))
    """
    return _joined("add_stimuli", externals, external_inds, data_stimuli)


def add_clamps(
    externals: Externals, external_inds: Externals, data_clamps: DataInputs | None = None
) -> tuple[Externals, Externals]:
    """`externals` and `external_inds` with what `data_clamp` returned; the arguments stay as they are.

    Args:
        externals: Per key values over time, (n, time).
        external_inds: Per key the compartments, (n,).
        data_clamps: What `data_clamp` returned.

    Raises:
        ModelTypeError: One of them is something else.
        ValueShapeError: Data of one key differ in length.

    Example:
        >>> import numpy as np, dendrax as jx
        >>> cell = jx.Cell()
        >>> externals, external_inds = add_clamps({}, {}, cell.data_clamp("v", -70.0 * np.ones(400)))
        >>> externals["v"].shape
        (1, 400)
    """
    return _joined("add_clamps", externals, external_inds, data_clamps)


def _joined(
    verb: str, externals: Externals, external_inds: Externals, data: DataInputs | None
) -> tuple[Externals, Externals]:
    if not _are_externals(externals, external_inds):
        raise ModelTypeError(
            f"{verb}: externals and external_inds are dicts of the same keys, values over time (n, time) and places "
            f"(n,): pass `module.externals` and `module.external_inds`, or {{}} and {{}}."
        )
    if data is not None and not module_inputs.is_data(data):
        raise ModelTypeError(f"{verb}: pass what data_stimulate or data_clamp returned, or None.")
    externals, external_inds = dict(externals), dict(external_inds)
    for key, values, rows in zip(*(data or ([], [], [])), strict=True):
        if key in externals:
            present = externals[key]
            if np.shape(present)[1] != np.shape(values)[1]:
                raise ValueShapeError(
                    f"Data for {key!r} have {np.shape(values)[1]} samples, but those that it is added to have "
                    f"{np.shape(present)[1]}. Make them equally long."
                )
            externals[key] = jnp.concatenate([jnp.asarray(present), jnp.asarray(values)])
            external_inds[key] = np.concatenate([np.asarray(external_inds[key]), np.asarray(rows)])
        else:
            externals[key], external_inds[key] = values, rows
    return externals, external_inds


def _are_externals(externals: Any, external_inds: Any) -> bool:
    """Whether both are dicts, and for each key there are places and as many rows of values."""
    if (
        not isinstance(externals, dict)
        or not isinstance(external_inds, dict)
        or externals.keys() - external_inds.keys()
    ):
        return False
    return module_inputs.is_data((list(externals), list(externals.values()), [external_inds[key] for key in externals]))
