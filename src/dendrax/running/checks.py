"""What a run is refused for at the door, before anything is traced."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from jax.dtypes import canonicalize_dtype
from jaxtyping import Array

from dendrax.arguments import MOST, reals
from dendrax.engine import inputs
from dendrax.engine.compiling import is_traced
from dendrax.engine.events.heard import QUEUE
from dendrax.errors import ModelTypeError, ModelValueError, ShortClampError, UnknownNameError, ValueShapeError
from dendrax.modules import inputs as module_inputs
from dendrax.modules import magnitudes
from dendrax.modules.homes import home_of
from dendrax.modules.module import Module

if TYPE_CHECKING:
    from dendrax.engine.events.connections import Events
    from dendrax.engine.system import Inputs, Recordings, System


def check_module(module: Any) -> None:
    """Refuse what is no whole module."""
    if not isinstance(module, Module):
        raise ModelTypeError(f"Pass a Compartment, Branch, Cell or Network to simulate, not {type(module).__name__}.")
    if module.is_view:
        raise ModelTypeError(
            "A view cannot be simulated alone, since its neighbours act on it. Pass the whole module (`view.base`)."
        )


def checked_recordings(module: Module, of_spikes: bool = False) -> Recordings:
    """The recordings to keep; refuses a run without any, unless it returns spikes."""
    recordings = module_inputs.recorded(module.tables)
    if not recordings.rows and not of_spikes:
        raise ModelValueError("No recordings are set. Please set them: for example `module.record('v')`.")
    return recordings


def checked_step(delta_t: Any) -> float | Array:
    """The time step: a Python number, so that channels may compute with it, unless the caller traces it."""
    return delta_t if is_traced(delta_t) else _positive("delta_t", delta_t, "time step, for example 0.025")


def number_of_steps(acting: Inputs, wanted: int | None) -> int:
    """How many steps a run takes: as many as are wanted, or as many as the longest input has values.

    Raises:
        ModelValueError: Neither a duration nor a stimulus.
        ShortClampError: A clamp is shorter than the run.
    """
    lengths = {key: values.shape[1] for key, values in acting.values.items()}
    if wanted is None and not lengths:
        raise ModelValueError(
            "For how long? Pass t_max [ms], or stimulate or clamp the module: then the run is as long as that."
        )
    n_steps = max(lengths.values()) if wanted is None else wanted
    short = {key: n for key, n in lengths.items() if key != inputs.CURRENT and n < n_steps}
    if short:
        key, n = next(iter(short.items()))
        raise ShortClampError(
            f"The clamp of {key!r} has {n} samples, but the run takes {n_steps} steps. Give it a value for every step, "
            f"or pass a shorter t_max."
        )
    return n_steps


def warn_of_step(delta_t: float | Array, t_max: float | None) -> None:
    """Warn of a time step that is unusual, or too short for the precision, unless it is traced."""
    if not is_traced(delta_t):
        magnitudes.warn_of_step(float(delta_t), t_max, canonicalize_dtype(float) == np.float32)


def steps_in(t_max: float | None, delta_t: float | Array) -> int | None:
    """How many steps a duration takes.

    Raises:
        ModelTypeError: It depends on something traced.
        ModelValueError: More steps than can be counted.
    """
    if t_max is None:
        return None
    if is_traced(t_max, delta_t):
        raise ModelTypeError(
            "The number of steps t_max / delta_t must be known when compiling, but one of them is traced. Pass both as "
            "Python numbers, or omit t_max and give a stimulus of the wanted length."
        )
    n_steps = _positive("t_max", t_max, "duration") / float(delta_t)
    if n_steps > MOST:
        raise ModelValueError(
            f"t_max = {t_max} ms in steps of {delta_t} ms are {n_steps:.3g} steps, but a run can have {MOST} of them. "
            f"Both are in ms: pass a shorter t_max, or make several runs, each from the state of the one before."
        )
    return max(round(n_steps), 1)


def _positive(name: str, time: Any, what: str) -> float:
    try:
        number = float("text" if isinstance(time, (str, bytes)) else time)  # Python would read a number from text
    except (TypeError, ValueError, OverflowError):
        raise ModelTypeError(f"{name} must be a number [ms], not {time!r:.80}.") from None
    if not (math.isfinite(number) and number > 0):
        raise ModelValueError(f"{name} is {number} ms; pass a positive {what}.")
    return number


def check_states(module: Module, system: System, all_states: Any, dt: float | Array | None) -> None:
    """Refuse a State of another model, or with a queue of events for another time step than `dt` [ms].

    Raises:
        ModelTypeError: No dict, or something that is no array of numbers.
        UnknownNameError: A state that the model does not have.
        ValueShapeError: Not one value for each compartment or synapse.
        ModelValueError: NaN or an infinite voltage, unless traced; names the compartment or synapse.
    """
    if all_states is not None and not isinstance(all_states, dict):
        raise ModelTypeError(
            f"all_states: pass the dict that `integrate(..., return_states=True)` returned, not "
            f"{type(all_states).__name__}."
        )
    for name, value in (all_states or {}).items():
        if name == QUEUE and system.events is not None:
            _check_queue(system.events, value, dt)
            continue
        if name not in system.storage:
            raise UnknownNameError(
                f"all_states hold {name!r}, which the module does not have. Its states are {sorted(system.storage)}."
            )
        total = system.storage[name].total
        values = value if is_traced(value) else reals(f"all_states[{name!r}]", value)
        if np.shape(values) != (total,):
            places = "synapses of that type" if name in system.layout.of_synapses else "compartments"
            raise ValueShapeError(
                f"all_states[{name!r}] has shape {np.shape(values)}, but the module has {total} {places}."
            )
        if not is_traced(values):
            _check_finite(module, system, name, values)


def _check_queue(events: Events, queue: Any, dt: float | Array | None) -> None:
    """Refuse a queue of events of another model or time step."""
    if is_traced(dt):
        raise ModelTypeError(f"all_states has {QUEUE!r}, the events under way, but delta_t is traced. Pass a number.")
    shape = (np.shape(queue)[0] if dt is None else events.slots(float(dt)), events.n_port)
    if np.shape(queue) != shape:
        raise ValueShapeError(
            f"all_states[{QUEUE!r}] has shape {np.shape(queue)}, but events of this model and time step need {shape}. "
            f"Pass the states of a run of the same model with the same delta_t."
        )
    if not is_traced(queue):
        reals(f"all_states[{QUEUE!r}]", queue)


def _check_finite(module: Module, system: System, name: str, values: np.ndarray) -> None:
    """Refuse NaN where the model has the state, and infinite voltages: the time of no spike yet may be infinite."""
    rows = system.storage[name].positions
    if (bad := ~np.isfinite(values[rows]) if name == "v" else np.isnan(values[rows])).any():
        row = int(rows[np.flatnonzero(bad)[0]])
        home = home_of(module.tables, name)
        of_table = int(home.in_table(np.array([row]))[0])
        raise ModelValueError(
            f"all_states[{name!r}] must be a finite number, but is {values[row]} in {home.place_of(of_table)}. "
            f"If it is from a run that came to no number, make that with check=True: it says when, where and why."
        )
