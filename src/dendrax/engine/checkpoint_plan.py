"""The levels of checkpoints with which the gradient of a run fits into memory, and what is done where none do.

As few levels as fit, since each costs one more forward pass. Two pay off by themselves: a gradient that keeps more than
the cache of a CPU holds is faster with the second, since to write to and read from memory takes longer than that pass.
"""

from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.extend.backend import get_default_device

from dendrax.engine import checkpoint, memory
from dendrax.engine.kept import Kept, at_most, kept_by
from dendrax.engine.memory import in_words
from dendrax.errors import MemoryBudgetError

SHARE_OF_MEMORY = 1 / 8
"""What the checkpoints of one run may take. A fixed share of what the machine has, not of what is free at the
moment, so that the same call makes the same program; small, since a vmap around it multiplies it unseen."""

FEW_LEVELS = 2
"""Levels that pay off by themselves; more are for what does not fit otherwise."""

DEEPEST = 4


class CheckpointOptions(NamedTuple):
    """What is asked for of the checkpoints of a gradient.

    Attributes:
        lengths: Blocks per level, outermost first; None: as few levels as fit into `budget`.
        budget: [bytes] None: a share of the memory of the device, and on CPUs its cache if two levels are enough.
        runs: How many such runs go side by side. They share what is aimed at; but who puts them side by side sees what
            they take together, and takes fewer, so that only what a single run cannot have is refused.
    """

    lengths: tuple[int, ...] | None = None
    budget: float | None = None
    runs: int = 1


class Nesting(NamedTuple):
    """The checkpoints of a run.

    Attributes:
        lengths: Blocks per level, outermost first.
        refusal: Why the run has no derivative; None where it has one.
    """

    lengths: tuple[int, ...]
    refusal: str | None = None


def plan(
    step: checkpoint.Step, carry: Any, x: Any, length: int, asked: CheckpointOptions, solution: int, columns: int
) -> Nesting:
    """Levels of checkpoints for `length` calls of `step`, and whether its gradient fits at all.

    The derivative of a step is looked at only where a bound that costs nothing does not do.

    Args:
        step: (carry, x) -> carry.
        carry: Where it starts.
        x: Inputs of one step.
        length: Number of steps.
        asked: What the user asks for.
        solution: Bytes of the solution of a linear system of a step, for the bound.
        columns: Bytes of what is recorded.
    """
    if asked.budget is not None:
        most = aim = fast = asked.budget
    else:
        most = memory.memory_of_device()
        aim = SHARE_OF_MEMORY * most / asked.runs
        fast = min(memory.CACHE / asked.runs, aim) if get_default_device().platform == "cpu" else aim

    def chosen(kept: Kept) -> tuple[int, ...]:
        if asked.lengths is not None:
            return asked.lengths
        few = choose_lengths(length, kept, fast, FEW_LEVELS)
        return few if kept.with_lengths(few) <= aim else choose_lengths(length, kept, aim)

    kept = at_most(carry, solution, columns)
    lengths = chosen(kept)
    if kept.with_lengths(lengths) <= most and (asked.lengths is not None or len(lengths) <= FEW_LEVELS):
        return Nesting(lengths)
    kept = kept_by(step, carry, x, columns)
    lengths = chosen(kept)
    if kept.with_lengths(lengths) <= most:
        return Nesting(lengths)
    return Nesting(lengths, _refusal(length, kept, most, asked))


def choose_lengths(length: int, kept: Kept, budget: float, deepest: int = DEEPEST) -> tuple[int, ...]:
    """As few levels as keep the gradient of `length` steps within `budget` bytes, or `deepest`."""
    for depth in range(1, deepest):
        lengths = checkpoint.even_lengths(length, depth)
        if kept.with_lengths(lengths) <= budget:
            return lengths
    return checkpoint.even_lengths(length, deepest)


def _refusal(length: int, kept: Kept, most: float, asked: CheckpointOptions) -> str:
    """What a gradient needs, what there is, and what would fit."""
    lengths = checkpoint.even_lengths(length, DEEPEST) if asked.lengths is None else asked.lengths
    limit = "the memory of the device is" if asked.budget is None else "memory= allows"
    text = [
        (
            f"The gradient of {length} steps needs about {in_words(kept.with_lengths(lengths))} with "
            f"checkpoint_lengths={list(lengths)}, but {limit} {in_words(most)}."
        )
    ]
    deeper = (checkpoint.even_lengths(length, depth) for depth in range(1, length.bit_length() + 1))
    fitting = next((one for one in deeper if kept.with_lengths(one) <= most), None)
    if fitting is not None:
        text.append(
            f"checkpoint_lengths={list(fitting)} needs {in_words(kept.with_lengths(fitting))}, at the price of a "
            f"forward pass per level."
        )
    if kept.columns > most / 10:
        text.append(f"The recordings alone are {in_words(float(kept.columns))}: record less, or use record_every.")
    if fitting is None:
        text.append("No checkpointing fits: make the run shorter, or the model or the batch smaller.")
    if jnp.result_type(float) == jnp.float64:
        text.append("In float32 (jax_enable_x64 off) it needs half.")
    text.append("Without a derivative the run can be made as it is.")
    return " ".join(text)


def refuse_derivative(values: Any, text: str) -> Any:
    """`values` as they are; who takes their derivative gets a `MemoryBudgetError` with `text` before it is compiled."""
    arrays, rest = eqx.partition(values, eqx.is_inexact_array)
    return eqx.combine(_without_derivative(arrays, text), rest)


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def _without_derivative(arrays: Any, text: str) -> Any:
    del text
    return arrays


@_without_derivative.defjvp
def _refuse(text: str, *_: Any) -> Any:
    raise MemoryBudgetError(text)
