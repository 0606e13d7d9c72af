"""The front door of simulation: integrate, and the same step by step."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from dendrax.engine import inputs, simulate, stepping
from dendrax.engine.methods import SOLVERS, STEPPERS, choose_solver, choose_stepper
from dendrax.errors import ModelTypeError, ModelValueError, UnknownNameError, ValueShapeError
from dendrax.modules import inputs as module_inputs
from dendrax.modules import trainables
from dendrax.modules.lower import lower
from dendrax.modules.module import Module

if TYPE_CHECKING:
    from dendrax.engine.system import Inputs, System

States = dict[str, Array]
Externals = dict[str, Any]
DataInputs = tuple[list[str], list[Any], list[Any]]

__all__ = ["SOLVERS", "STEPPERS", "add_clamps", "add_stimuli", "build_init_and_step_fn", "integrate"]

_run = eqx.filter_jit(simulate.simulate)


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
            product must be at least the number of steps. None: as few levels as fit into memory.
        all_states: State to start from, as returned with `return_states`; takes precedence over all other
            initial states.
        return_states: Whether to return the state after the last step too.

    Returns:
        The recordings, one row for each row of `module.recordings`, (recording, step + 1); with `return_states` a
        pair of these and a dict of states, each (comp,) or, of a type of synapse, (synapse,).

    Raises:
        ModelTypeError: `module` is a view or no module at all.
        ModelValueError: No recordings; neither a duration nor a stimulus; a bad time step or option; a clamp that
            is shorter than the run; checkpoint lengths that do not cover it.
        ValueShapeError: `params` do not match the trainable parameters, or `all_states` the compartments or synapses.

    Example:
        >>> import dendrax as jx
        >>> from dendrax.channels import HH
        >>> cell = jx.Cell()
        >>> cell.insert(HH())
        >>> cell.record("v", verbose=False)
        >>> jx.integrate(cell, t_max=10.0).shape
        (1, 401)
    """
    _check_module(module)
    stepper, back_end = choose_stepper(solver), choose_solver(voltage_solver)
    recordings = module_inputs.recorded(module)
    if not recordings.rows:
        raise ModelValueError("No recordings are set. Please set them: for example `module.record('v')`.")
    overriding = trainables.overrides(module, params, param_state)
    acting = inputs.without_overwritten(module_inputs.gather(module, data_stimuli, data_clamps))
    dt = _checked_step(delta_t)
    n_steps = _number_of_steps(acting, t_max, dt)
    lengths = _checked_lengths(checkpoint_lengths, n_steps)
    system = lower(module, back_end)
    _check_states(system, all_states)
    columns, state = _run(system, overriding, all_states, acting, recordings, dt, stepper, n_steps, lengths)
    return (columns, state) if return_states else columns


def build_init_and_step_fn(
    module: Module, voltage_solver: str = "jaxley.dhs", solver: str = "bwd_euler"
) -> tuple[Callable[..., tuple[States, dict[str, Array]]], Callable[..., States]]:
    """Two functions for stepping by hand; columns computed with them are those of `integrate`.

    Both are pure and can be jitted, vmapped and differentiated; neither changes its arguments. What is edited in
    the module afterwards does not reach them.

    Args:
        module: What to simulate, not a view.
        voltage_solver: As in `integrate`.
        solver: As in `integrate`.

    Returns:
        `init_fn(params, all_states=None, param_state=None, delta_t=0.025) -> (all_states, all_params)`: initial states,
        currents included (of channels [mA/cm^2], pumps [mM/ms], synapses [nA]), and parameters, each (comp,) or, of a
        type of synapse, (synapse,).
        `step_fn(all_states, all_params, externals, external_inds=module's, delta_t=0.025) -> all_states`: the
        states one step later; `externals` holds per key the stimuli or clamps of this step, `external_inds`
        their compartments or synapses. With solver="exp_euler" give both the same `delta_t`.

    Raises:
        ModelTypeError: `module` is a view or no module at all.
        ModelValueError: An unknown option.

    Example:
        >>> import dendrax as jx
        >>> cell = jx.Cell()
        >>> init_fn, step_fn = build_init_and_step_fn(cell)
        >>> states, params = init_fn(cell.get_parameters())
        >>> states = step_fn(states, params, {}, {}, delta_t=0.025)
        >>> states["v"].shape
        (1,)
    """
    _check_module(module)
    stepper, back_end = choose_stepper(solver), choose_solver(voltage_solver)
    system = lower(module, back_end)
    module_inds = {key: np.asarray(rows) for key, rows in module.external_inds.items()}

    def init_fn(
        params: list[dict[str, Any]],
        all_states: States | None = None,
        param_state: list[dict[str, Any]] | None = None,
        delta_t: float | Array = 0.025,
    ) -> tuple[States, dict[str, Array]]:
        _check_states(system, all_states)
        overriding = trainables.overrides(module, params, param_state)
        all_params = stepping.parameters(system, overriding, _checked_step(delta_t), stepper)
        return stepping.initial(system, overriding, all_states, all_params), all_params

    def step_fn(
        all_states: States,
        all_params: dict[str, Array],
        externals: Externals,
        external_inds: Externals | None = None,
        delta_t: float | Array = 0.025,
    ) -> States:
        inds = module_inds if external_inds is None else external_inds
        without = sorted(set(externals) - set(inds))
        if without:
            raise UnknownNameError(f"step_fn: externals hold {without[0]!r}, but external_inds do not say where.")
        rows = {key: jnp.asarray(inds[key]) for key in externals}
        values = {key: jnp.asarray(value, float) for key, value in externals.items()}
        return stepping.advance(system, all_params, all_states, rows, values, _checked_step(delta_t), stepper)

    return init_fn, step_fn


def add_stimuli(
    externals: Externals, external_inds: Externals, data_stimuli: DataInputs | None = None
) -> tuple[Externals, Externals]:
    """`externals` and `external_inds` with what `data_stimulate` returned; the arguments stay as they are.

    Args:
        externals: Per key values over time, (n, time).
        external_inds: Per key the compartments, (n,).
        data_stimuli: What `data_stimulate` returned.

    Example:
        >>> import dendrax as jx
        >>> cell = jx.Cell()
        >>> data = cell.data_stimulate(jx.step_current(1.0, 2.0, 0.1, 0.025, 10.0))
        >>> externals, external_inds = add_stimuli({}, {}, data)
        >>> externals["i"].shape, external_inds["i"].shape
        ((1, 401), (1,))
    """
    return _joined(externals, external_inds, data_stimuli)


def add_clamps(
    externals: Externals, external_inds: Externals, data_clamps: DataInputs | None = None
) -> tuple[Externals, Externals]:
    """`externals` and `external_inds` with what `data_clamp` returned; the arguments stay as they are.

    Args:
        externals: Per key values over time, (n, time).
        external_inds: Per key the compartments, (n,).
        data_clamps: What `data_clamp` returned.

    Example:
        >>> import numpy as np, dendrax as jx
        >>> cell = jx.Cell()
        >>> externals, external_inds = add_clamps({}, {}, cell.data_clamp("v", -70.0 * np.ones(400)))
        >>> externals["v"].shape
        (1, 400)
    """
    return _joined(externals, external_inds, data_clamps)


def _joined(externals: Externals, external_inds: Externals, data: DataInputs | None) -> tuple[Externals, Externals]:
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


def _check_module(module: Any) -> None:
    if not isinstance(module, Module):
        raise ModelTypeError(f"Pass a Compartment, Branch, Cell or Network to simulate, not {type(module).__name__}.")
    if module.is_view:
        raise ModelTypeError(
            "A view cannot be simulated alone, since its neighbours act on it. Pass the whole module (`view.base`)."
        )


def _checked_step(delta_t: Any) -> float | Array:
    """The time step: a Python number, so that channels may compute with it, unless the caller traces it."""
    return delta_t if _is_traced(delta_t) else _positive("delta_t", delta_t, "time step, for example 0.025")


def _is_traced(value: Any) -> bool:
    """Whether the value is unknown until the program runs."""
    if not isinstance(value, jax.Array):
        return False
    try:
        float(value)
    except jax.errors.ConcretizationTypeError:
        return True
    return False


def _number_of_steps(acting: Inputs, t_max: float | None, delta_t: float | Array) -> int:
    lengths = {key: values.shape[1] for key, values in acting.values.items()}
    if t_max is None:
        if not lengths:
            raise ModelValueError(
                "For how long? Pass t_max [ms], or stimulate or clamp the module: then the run is as long as that."
            )
        n_steps = max(lengths.values())
    else:
        n_steps = _steps_in(t_max, delta_t)
    short = {key: n for key, n in lengths.items() if key != inputs.CURRENT and n < n_steps}
    if short:
        key, n = next(iter(short.items()))
        raise ModelValueError(
            f"The clamp of {key!r} has {n} samples, but the run takes {n_steps} steps. Give it a value for every step, "
            f"or pass a shorter t_max."
        )
    return n_steps


def _steps_in(t_max: float, delta_t: float | Array) -> int:
    if _is_traced(t_max) or _is_traced(delta_t):
        raise ModelTypeError(
            "The number of steps t_max / delta_t must be known when compiling, but one of them is traced. Pass both as "
            "Python numbers, or omit t_max and give a stimulus of the wanted length."
        )
    return max(round(_positive("t_max", t_max, "duration") / float(delta_t)), 1)


def _positive(name: str, time: Any, what: str) -> float:
    try:
        number = float(time)
    except (TypeError, ValueError):
        raise ModelTypeError(f"{name} must be a number [ms], not {time!r}.") from None
    if not (math.isfinite(number) and number > 0):
        raise ModelValueError(f"{name} is {number} ms; pass a positive {what}.")
    return number


def _checked_lengths(lengths: list[int] | None, n_steps: int) -> tuple[int, ...] | None:
    if lengths is None:
        return None
    try:
        whole = tuple(operator.index(one) for one in lengths)
    except TypeError:
        whole = ()
    if not whole or min(whole) < 1:
        raise ModelValueError(f"checkpoint_lengths={lengths!r}: pass a list of positive whole numbers.")
    if math.prod(whole) < n_steps:
        raise ModelValueError(
            f"checkpoint_lengths={lengths!r} cover {math.prod(whole)} steps, but the run takes {n_steps}. Make their "
            f"product at least that."
        )
    return whole


def _check_states(system: System, all_states: States | None) -> None:
    if all_states is not None and not isinstance(all_states, dict):
        raise ModelTypeError(
            f"all_states: pass the dict that `integrate(..., return_states=True)` returned, not "
            f"{type(all_states).__name__}."
        )
    for name, value in (all_states or {}).items():
        if name not in system.storage:
            raise UnknownNameError(
                f"all_states hold {name!r}, which the module does not have. Its states are {sorted(system.storage)}."
            )
        total = system.storage[name].total
        if np.shape(value) != (total,):
            places = "compartments" if name in system.states_of_compartments else "synapses of that type"
            raise ValueShapeError(
                f"all_states[{name!r}] has shape {np.shape(value)}, but the module has {total} {places}."
            )
