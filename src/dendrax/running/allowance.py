"""What memory a run is allowed: refused at the door, before anything is traced."""

from __future__ import annotations

import math
import operator
import re
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from dendrax.engine.checkpoint_plan import CheckpointOptions
from dendrax.engine.memory import in_words, memory_of_device, runs_side_by_side
from dendrax.errors import MemoryBudgetError, ModelTypeError, ModelValueError

if TYPE_CHECKING:
    from dendrax.engine.system import Recordings

UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def check_columns(recordings: Recordings, n_steps: int, every: int) -> None:
    """Refuse a run of which the columns alone are more than the device has memory.

    Raises:
        MemoryBudgetError: They are.
    """
    n_rows, n_columns = len(recordings.order), n_steps // every + 1
    needed, there = n_rows * n_columns * jnp.result_type(float).itemsize, memory_of_device()
    if needed > there:
        raise MemoryBudgetError(
            f"{n_rows} recordings of {n_columns} columns are {in_words(needed)}, but the memory of the device "
            f"is {in_words(there)}. Record less, keep fewer columns with record_every, pass a shorter t_max, or "
            f"make several runs, each from the state of the one before (return_states, all_states)."
        )


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


def checked_checkpoints(lengths: list[int] | None, memory: Any, n_steps: int) -> CheckpointOptions:
    """Levels of checkpoints, or a budget to choose them from; one of the two at most."""
    if lengths is not None and memory is not None:
        raise ModelValueError("Pass checkpoint_lengths, or memory to have them chosen, but not both.")
    return CheckpointOptions(checked_lengths(lengths, n_steps), checked_memory(memory), runs_side_by_side())


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
