"""Many runs: a function over a batch, on all devices, in chunks that fit into memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jax.core import Tracer

from dendrax import arguments
from dendrax.engine import inputs
from dendrax.engine.checkpoint_plan import CheckpointOptions
from dendrax.engine.compiling import is_staged
from dendrax.engine.memory import runs_side_by_side
from dendrax.engine.methods import choose_solver, choose_stepper
from dendrax.engine.simulate import Job, simulate
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.system import Recordings, System
from dendrax.errors import ModelTypeError, ValueShapeError
from dendrax.events import Places, Spikes
from dendrax.modules import inputs as module_inputs
from dendrax.modules import trainables
from dendrax.modules.lower import lower
from dendrax.modules.module import Module
from dendrax.running import allowance, checks, spiking
from dendrax.running.runs import Runs, gathered
from dendrax.running.spread import over_batch

__all__ = ["integrate_many", "map_many"]


def map_many(
    function: Callable[..., Any],
    *batches: Any,
    devices: int | Sequence[Any] | None = None,
    memory: float | str | None = None,
    progress: bool = True,
) -> Any:
    """A function of one run for a whole batch of runs: `jax.vmap`, on all devices, in chunks that fit into memory.

    A chunk is one program on all devices: up to 64 runs at a time on each CPU, 1024 on each GPU, fewer where these do
    not fit. On CPUs JAX has one device unless told otherwise: call `dendrax.use_all_cores()` first. The same function
    (the same object, not a new one that does the same) is compiled once.

    Args:
        function: Takes as many arguments as there are `batches` and returns arrays. It may be anything that JAX can
            trace: a loss, its gradient, several calls of `integrate`. What it should take that is the same for all
            runs it closes over.
        *batches: Its arguments for all runs: arrays, or lists and dicts of them, and each array has one more axis than
            the function takes: the first one, which counts the runs.
        devices: How many devices to use, or which; None: all of this machine.
        memory: What a chunk may take on all devices together, bytes or text such as "8 GB". None: half of what they
            have.
        progress: Whether to show a progress bar with the time that is left.

    Returns:
        What the function returns, as NumPy arrays whose first axis counts the runs.

    Raises:
        ValueShapeError: The arrays have not all the same number of runs.
        ModelTypeError: Inside of jit, grad or vmap, where nothing can be gathered.
        MemoryBudgetError: Not even one run per device fits.
        BatchInterrupted: Ctrl-C, after the present chunk; it carries the results so far.

    Example:
        >>> import jax, jax.numpy as jnp, dendrax as jx
        >>> cell = jx.Cell()
        >>> cell.record(verbose=False)
        >>> cell.make_trainable("capacitance", verbose=False)
        >>> def loss(params):
        ...     return jnp.mean((jx.integrate(cell, params, t_max=1.0) + 65.0) ** 2)
        >>> starts = [{"capacitance": jnp.linspace(0.5, 2.0, 10)[:, None]}]  # ten sets of parameters
        >>> values, gradients = jx.map_many(jax.value_and_grad(loss), starts, progress=False)
        >>> values.shape, gradients[0]["capacitance"].shape
        ((10,), (10, 1))
    """
    if not callable(function):
        raise ModelTypeError(f"map_many: pass a function first, not {type(function).__name__}.")
    if is_staged(batches):
        raise ModelTypeError("map_many: inside of jit, grad or vmap use jax.vmap: results cannot be gathered there.")
    arrays = [leaf if isinstance(leaf, jax.Array) else np.asarray(leaf) for leaf in jax.tree.leaves(batches)]
    sizes = {np.shape(leaf)[0] if np.ndim(leaf) else 0 for leaf in arrays}
    if len(sizes) != 1 or 0 in sizes:
        raise ValueShapeError(
            f"map_many: every array must have a first axis that counts the runs, of the same length in all of them; "
            f"their shapes are {[np.shape(leaf) for leaf in arrays]}."
        )
    treedef = jax.tree.structure(batches)

    def batch_of(runs: np.ndarray) -> Any:
        return jax.tree.unflatten(treedef, [leaf[runs] for leaf in arrays])

    budget, shown = allowance.checked_memory(memory), arguments.flag("map_many: progress", progress)
    return over_batch(_apply, function, batch_of, sizes.pop(), devices, budget, shown)


def _apply(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    return function(*arguments)


def integrate_many(
    module: Module,
    params: Any = None,
    *,
    data_stimuli: Any = None,
    data_clamps: Any = None,
    all_states: Any = None,
    param_state: Any = None,
    t_max: float | None = None,
    delta_t: float = 0.025,
    solver: str = "bwd_euler",
    voltage_solver: str = "jaxley.dhs",
    return_states: bool = False,
    record_every: int = 1,
    devices: int | Sequence[Any] | None = None,
    memory: float | str | None = None,
    progress: bool = True,
    events: str = "interpolated",
    key: Any = None,
    return_spikes: bool = False,
    max_spikes: int | None = None,
    order: str | None = None,
) -> Any:
    """Simulate a module many times: with many sets of parameters, stimuli, clamps or initial states.

    Each of `params`, `data_stimuli`, `data_clamps`, `all_states` and `param_state` is what `integrate` takes, either

    - as a list with one entry for each run, such as `[cell.data_stimulate(current) for current in currents]`, or
    - with arrays that have one more axis than `integrate` takes, the first one, which counts the runs.

    Arrays without that axis are the same for all runs, and so is what is left out. The rest is as in `map_many`; for
    gradients call that with `jax.value_and_grad` of a loss.

    Args:
        module: What to simulate, not a view.
        params: Parameters, as `get_parameters()` returns them. Many: arrays of shape (run, parameter).
        data_stimuli: What `data_stimulate` returned. Many: arrays of shape (run, compartment, time).
        data_clamps: What `data_clamp` returned, likewise.
        all_states: States to start from. Many: arrays of shape (run, compartment).
        param_state: What `data_set` returned. Many: "val" of shape (run, row).
        t_max: Duration [ms], as in `integrate`.
        delta_t: Time step [ms].
        solver: As in `integrate`.
        voltage_solver: As in `integrate`.
        return_states: Whether to return the states after the last step too.
        record_every: Keep every k-th column alone.
        devices: How many devices to use, or which; None: all of this machine.
        memory: What a chunk may take on all devices together, bytes or text such as "8 GB". None: half of what they
            have.
        progress: Whether to show a progress bar with the time that is left.
        events: As in `integrate`.
        key: A key of `jax.random` for all runs, which then have the same noise, or an array with a key for each run.
        return_spikes: Whether to return the recorded spikes too.
        max_spikes: Largest number of spikes of a run; None makes room for the largest possible number.
        order: As in `integrate`.

    Returns:
        Recordings as a NumPy array, (run, recording, step // record_every + 1); with `return_states` followed by a dict
        of states, each (run, comp) or (run, synapse), and with `return_spikes` by the `dendrax.events.Spikes` of all
        runs; `spikes.run(i)` returns those of one run.

    Raises:
        ModelTypeError: An argument is not what `integrate` takes; or inside of jit, grad or vmap.
        ModelValueError: Nothing is given for many runs; and what `integrate` raises.
        ValueShapeError: Different numbers of runs, or arrays with too many or too few axes.
        MemoryBudgetError: Not even one run per device fits.
        BatchInterrupted: Ctrl-C, after the present chunk; it carries the results so far.

    Example:
        >>> import numpy as np, dendrax as jx
        >>> cell = jx.Cell()
        >>> cell.record(verbose=False)
        >>> amplitudes = np.linspace(0.0, 0.1, 20)
        >>> stimuli = [cell.data_stimulate(amplitude * np.ones(100)) for amplitude in amplitudes]
        >>> jx.integrate_many(cell, data_stimuli=stimuli, progress=False).shape
        (20, 1, 101)
    """
    checks.check_module(module)
    return_states = arguments.flag("integrate_many: return_states", return_states)
    progress = arguments.flag("integrate_many: progress", progress)
    stepper, back_end = choose_stepper(solver, order, module.tables.order), choose_solver(voltage_solver)
    return_spikes = arguments.flag("integrate_many: return_spikes", return_spikes)
    recordings = checks.checked_recordings(module, return_spikes)
    runs = gathered(
        params=params, data_stimuli=data_stimuli, data_clamps=data_clamps, all_states=all_states,
        param_state=param_state, key=key,
    )  # fmt: skip
    if is_staged(runs.values, delta_t):
        raise ModelTypeError("integrate_many: inside of jit, grad or vmap use jax.vmap of integrate.")
    dt, every = checks.checked_step(delta_t), arguments.whole("record_every", record_every)
    steps = checks.steps_in(t_max, dt)
    runs = replace(
        runs,
        data_stimuli=module_inputs.resampled(runs.data_stimuli, dt),
        data_clamps=module_inputs.resampled(runs.data_clamps, dt),
    )
    budget = allowance.checked_memory(memory)
    system = lower(module.tables, back_end)
    jobs = _Jobs(
        module, system if return_spikes else spiking.without_recorded(system), runs,
        recordings=recordings, dt=dt, steps=steps, stepper=stepper, every=every, events=events,
    )  # fmt: skip
    shared = jobs.split(np.zeros(1, int))[0]
    checks.warn_of_step(dt, t_max)
    places = spiking.places_of(module) if return_spikes else None
    run = _OfRun((0, *([1] if return_states else []), *([2] if return_spikes else [])), places, max_spikes)
    found = over_batch(run, shared, lambda numbers: jobs.split(numbers)[1], runs.n, devices, budget, progress)
    parts = [one.trimmed() if isinstance(one, Spikes) else one for one in found]
    return tuple(parts) if len(parts) > 1 else parts[0]


@dataclass(frozen=True)
class _Jobs:
    """The jobs of many runs.

    Attributes:
        module: The model.
        system: The lowered model.
        runs: The values of all runs.
        recordings: The states and currents to keep.
        dt: Time step [ms].
        steps: Number of steps; None: as many as the longest stimulus has.
        stepper: The method of time integration.
        every: Steps from one column to the next.
        events: The mode of events.
    """

    module: Module
    system: System
    runs: Runs
    recordings: Recordings
    dt: float | jax.Array
    steps: int | None
    stepper: Stepper
    every: int
    events: str

    def of(self, one: Runs) -> Job:
        """The job of a single run."""
        tables, system, dt = self.module.tables, self.system, self.dt
        overriding = trainables.overrides(tables, one.params, one.param_state)
        given = module_inputs.gather(tables, one.data_stimuli, one.data_clamps, dt, self.steps)
        acting = inputs.without_overwritten(given)
        n_steps = checks.number_of_steps(acting, self.steps)
        states = one.all_states
        checks.check_states(self.module, system, states, dt)
        begin = spiking.begin_of(system, states)
        asked = spiking.checked_events(system, self.events, one.key, dt, n_steps, begin, overriding)
        return Job(
            system, overriding, states, acting, self.recordings, dt, self.stepper, n_steps, self.every, events=asked
        )

    def split(self, numbers: np.ndarray) -> tuple[Job, Job]:
        """The jobs of some runs: the part that they share, and the part that depends on their own values, batched.

        Under vmap exactly the latter is traced.
        """
        shared: list[Any] = []

        def of_one(values: Any) -> Any:
            own, common = eqx.partition(self.of(self.runs.with_values(values)), lambda leaf: isinstance(leaf, Tracer))
            shared.append(common)
            return own

        batched = jax.vmap(of_one)(self.runs.of(numbers))
        return shared[0], batched


@dataclass(frozen=True)
class _OfRun:
    """Makes a run and returns the wanted results; the rest stays on the device. Compares by value to compile once.

    Attributes:
        wanted: 0 for recordings, 1 for states, 2 for spikes.
        places: The places of recorded spikes; None if spikes are not wanted.
        max_spikes: Largest number of spikes of a run.
    """

    wanted: tuple[int, ...]
    places: Places | None
    max_spikes: int | None

    def __call__(self, shared: Job, own: Job) -> Any:
        job = eqx.combine(own, shared)._replace(checkpoints=CheckpointOptions(runs=runs_side_by_side()))
        columns, states, fired = simulate(job)
        spikes = None if self.places is None else spiking.spikes_of(self.places, job, fired, self.max_spikes)
        return tuple((columns, states, spikes)[one] for one in self.wanted)
