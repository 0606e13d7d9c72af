"""What a run is refused for at the door, before anything is traced."""

from __future__ import annotations

import math
import operator
import re
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from dendrax.arguments import MOST, reals, whole
from dendrax.engine import inputs, memory
from dendrax.engine.compiling import is_traced
from dendrax.errors import (
    MemoryBudgetError,
    ModelTypeError,
    ModelValueError,
    ShortClampError,
    UnknownNameError,
    ValueShapeError,
)
from dendrax.modules import magnitudes
from dendrax.modules.homes import home_of
from dendrax.modules.module import Module

if TYPE_CHECKING:
    from dendrax.engine.system import Inputs, Recordings, System

UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def check_module(module: Any) -> None:
    """Refuse what is no whole module."""
    if not isinstance(module, Module):
        raise ModelTypeError(f"Pass a Compartment, Branch, Cell or Network to simulate, not {type(module).__name__}.")
    if module.is_view:
        raise ModelTypeError(
            "A view cannot be simulated alone, since its neighbours act on it. Pass the whole module (`view.base`)."
        )


def checked_step(delta_t: Any) -> float | Array:
    """The time step: a Python number, so that channels may compute with it, unless the caller traces it."""
    return delta_t if is_traced(delta_t) else _positive("delta_t", delta_t, "time step, for example 0.025")


def number_of_steps(acting: Inputs, t_max: float | None, delta_t: float | Array) -> int:
    """How many steps a run takes.

    Raises:
        ModelValueError: Neither a duration nor a stimulus; more steps than can be counted.
        ShortClampError: A clamp is shorter than the run.
        ModelTypeError: It depends on something traced.
    """
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
        raise ShortClampError(
            f"The clamp of {key!r} has {n} samples, but the run takes {n_steps} steps. Give it a value for every step, "
            f"or pass a shorter t_max."
        )
    return n_steps


def warn_of_step(delta_t: float | Array, t_max: float | None) -> None:
    """Say that a time step is no usual one, unless the caller traces it."""
    if not is_traced(delta_t):
        magnitudes.warn_of_step(float(delta_t), t_max)


def _steps_in(t_max: float, delta_t: float | Array) -> int:
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


def check_columns(recordings: Recordings, n_steps: int, every: int) -> None:
    """Refuse a run of which the columns alone are more than the device has memory.

    Raises:
        MemoryBudgetError: They are.
    """
    n_rows, n_columns = len(recordings.order), n_steps // every + 1
    needed, there = n_rows * n_columns * jnp.result_type(float).itemsize, memory.memory_of_device()
    if needed > there:
        raise MemoryBudgetError(
            f"{n_rows} recordings of {n_columns} columns are {memory.in_words(needed)}, but the memory of the device "
            f"is {memory.in_words(there)}. Record less, keep fewer columns with record_every, pass a shorter t_max, or "
            f"make several runs, each from the state of the one before (return_states, all_states)."
        )


def _positive(name: str, time: Any, what: str) -> float:
    try:
        number = float(time)
    except (TypeError, ValueError):
        raise ModelTypeError(f"{name} must be a number [ms], not {time!r}.") from None
    if not (math.isfinite(number) and number > 0):
        raise ModelValueError(f"{name} is {number} ms; pass a positive {what}.")
    return number


def checked_lengths(lengths: list[int] | None, n_steps: int) -> tuple[int, ...] | None:
    """Levels of checkpoints that cover a run of `n_steps`."""
    if lengths is None:
        return None
    try:
        integers = tuple(operator.index(one) for one in lengths)
    except TypeError:
        integers = ()
    if not integers or min(integers) < 1:
        raise ModelValueError(f"checkpoint_lengths={lengths!r}: pass a list of positive whole numbers.")
    if math.prod(integers) < n_steps:
        raise ModelValueError(
            f"checkpoint_lengths={lengths!r} cover {math.prod(integers)} steps, but the run takes {n_steps}. Make "
            f"their product at least that."
        )
    return integers


def checked_checkpoints(
    lengths: list[int] | None, memory: Any, n_steps: int
) -> tuple[tuple[int, ...] | None, float | None]:
    """Levels of checkpoints, or a budget to choose them from [bytes]; one of the two at most."""
    if lengths is not None and memory is not None:
        raise ModelValueError("Pass checkpoint_lengths, or memory to have them chosen, but not both.")
    return checked_lengths(lengths, n_steps), checked_memory(memory)


def checked_every(record_every: Any) -> int:
    """Steps from one column to the next."""
    return whole("record_every", record_every)


def checked_memory(memory: Any) -> float | None:
    """A number of bytes, from a number or a text such as "2 GB".

    Raises:
        ModelTypeError: Neither a number nor text.
        ModelValueError: Text that is no size, or nothing positive.

    Example:
        >>> checked_memory("1.5 GB")
        1500000000.0
        >>> checked_memory("2 GiB")
        2147483648.0
    """
    if memory is None:
        return None
    if isinstance(memory, str):
        match = re.fullmatch(r"\s*([0-9.]+(?:[eE][+-]?\d+)?)\s*([kKMGT]?i?B)\s*", memory)
        unit = {name.lower(): size for name, size in UNITS.items()}.get(match[2].lower()) if match else None
        if match is None or unit is None or match[1].count(".") > 1 or match[1] == ".":
            raise ModelValueError(f"memory={memory!r}: pass a number of bytes, or a text such as '2 GB' or '500 MiB'.")
        nbytes = float(match[1]) * unit
    elif isinstance(memory, (int, float, np.integer, np.floating)) and not isinstance(memory, bool):
        nbytes = float(memory)
    else:
        raise ModelTypeError(f"memory={memory!r}: pass a number of bytes, or a text such as '2 GB'.")
    if not nbytes > 0:
        raise ModelValueError(f"memory={memory!r}: pass a positive number of bytes.")
    return nbytes


def check_states(module: Module, system: System, all_states: Any) -> None:
    """Refuse a State that is not one of the model.

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
        if name not in system.storage:
            raise UnknownNameError(
                f"all_states hold {name!r}, which the module does not have. Its states are {sorted(system.storage)}."
            )
        total = system.storage[name].total
        values = value if is_traced(value) else reals(f"all_states[{name!r}]", value)
        if np.shape(values) != (total,):
            places = "compartments" if name in system.states_of_compartments else "synapses of that type"
            raise ValueShapeError(
                f"all_states[{name!r}] has shape {np.shape(values)}, but the module has {total} {places}."
            )
        if not is_traced(values):
            _check_finite(module, system, name, values)


def _check_finite(module: Module, system: System, name: str, values: np.ndarray) -> None:
    """Refuse NaN where the model has the state, and infinite voltages: the time of no spike yet may be infinite."""
    rows = system.storage[name].positions
    if (bad := ~np.isfinite(values[rows]) if name == "v" else np.isnan(values[rows])).any():
        row = int(rows[np.flatnonzero(bad)[0]])
        home = home_of(module.tables, name)
        of_table = row if home.synapse is None else int(module.tables.wiring.of_type(home.synapse)[row])
        raise ModelValueError(
            f"all_states[{name!r}] must be a finite number, but is {values[row]} in {home.place_of(of_table)}. "
            f"If it is from a run that came to no number, make that with check=True: it says when, where and why."
        )
