"""What the gradient of a run keeps in memory, and the levels of checkpoints that fit.

With n_1, ..., n_d blocks per level (outermost first), s bytes kept by a step, b by a block and c by the recordings, a
gradient takes the more of what is there at the turn from forward to backward, and in the midst of the way back:

    turn        n_1 b + 3 c                                   (n_1 s + 3 c where there is one level)
    way back    (n_1 + ... + n_(d-1)) b + n_d s + c

besides the intermediates of the one step that it is in. The 3 c are the recordings, the same as the scan gives them,
and their cotangent. What a step or a block keeps is not guessed but read off its own reverse pass: parts of the carry
that nothing reads, such as currents of synapses that nobody records, are not kept.
"""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from dendrax.engine import checkpoint
from dendrax.errors import MemoryBudgetError

SHARE_OF_MEMORY = 1 / 8
"""What the checkpoints of one run may take. A fixed share of what the machine has, not of what is free at the
moment, so that the same call makes the same program; small, since a vmap around it multiplies it unseen."""

CACHE = 32e6
"""What a CPU's last cache holds [bytes]. A gradient that keeps more is faster with a second level of checkpoints: to
write to and read from memory takes longer than one more forward run."""

FEW_LEVELS = 2
"""Levels that pay off by themselves; more are for what does not fit otherwise."""

FALLBACK_MEMORY = 8.0 * 2**30
DEEPEST = 4
STEP_IN_CARRIES = 8
"""The intermediates of one step and its reverse, in sizes of its carry: as compiled for cells of HH."""

COPIES_OF_COLUMNS = 3
"""At the turn from forward to backward."""

ABSTRACT_LENGTH = 2**31 - 1
"""A number of steps that no model has of anything else; arrays of that length are never made."""

_RUNS = ContextVar("runs", default=1)


class Kept(NamedTuple):
    """What a gradient keeps [bytes].

    Attributes:
        by_step: Each step of the innermost level.
        by_block: Each block of any other level.
        intermediates: The step that it is in.
        columns: What is recorded.
    """

    by_step: int
    by_block: int
    intermediates: int
    columns: int = 0

    def with_lengths(self, lengths: tuple[int, ...]) -> float:
        """With these blocks per level."""
        *outer, innermost = lengths
        turn = (outer[0] * self.by_block if outer else innermost * self.by_step) + COPIES_OF_COLUMNS * self.columns
        way_back = sum(outer) * self.by_block + innermost * self.by_step + self.columns
        return float(self.intermediates + max(turn, way_back))


def kept_by(step: checkpoint.Step, carry: Any, x: Any) -> Kept:
    """What the reverse pass of `step` keeps, from its own derivative; nothing is computed.

    Args:
        step: (carry, x) -> carry.
        carry: Arrays or their shapes.
        x: Inputs of one step.
    """
    solutions_too = _stacked(checkpoint.recomputed(step), carry, x)
    return Kept(solutions_too, _stacked(jax.checkpoint(step, prevent_cse=False), carry, x), _intermediates(carry))


def at_most(carry: Any, solution: int) -> Kept:
    """The same without looking: all of the carry, and `solution` bytes per step."""
    return Kept(_nbytes(carry) + solution, _nbytes(carry), _intermediates(carry))


def _stacked(step: checkpoint.Step, carry: Any, x: Any) -> int:
    """Bytes per step of what the derivative of a scan over `step` keeps of each."""

    def residuals(carry: Any) -> Any:
        return jax.vjp(lambda c: lax.scan(lambda c, _: (step(c, x), None), c, None, ABSTRACT_LENGTH)[0], carry)[1]

    leaves = jax.tree.leaves(jax.eval_shape(residuals, carry))
    return sum(
        math.prod(leaf.shape[1:]) * leaf.dtype.itemsize for leaf in leaves if leaf.shape[:1] == (ABSTRACT_LENGTH,)
    )


def _intermediates(carry: Any) -> int:
    return STEP_IN_CARRIES * _nbytes(carry)


def _nbytes(tree: Any) -> int:
    return sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree))


class Plan(NamedTuple):
    """The checkpoints of a run.

    Attributes:
        lengths: Blocks per level, outermost first.
        refusal: Why the run has no derivative; None where it has one.
    """

    lengths: tuple[int, ...]
    refusal: str | None = None


def plan(
    step: checkpoint.Step,
    carry: Any,
    x: Any,
    length: int,
    lengths: tuple[int, ...] | None,
    budget: float | None,
    solution: int,
    columns: int,
    runs: int = 1,
) -> Plan:
    """Levels of checkpoints for `length` calls of `step`, and whether its gradient fits at all.

    The derivative of a step is looked at only where a bound that costs nothing does not do.

    Args:
        step: (carry, x) -> carry.
        carry: Where it starts.
        x: Inputs of one step.
        length: Number of steps.
        lengths: What the user asks for; None: as few levels as fit into `budget`.
        budget: [bytes] None: a share of the memory of the device, and on CPUs its cache if two levels are enough.
        solution: Bytes of the solution of a linear system of a step, for the bound.
        columns: Bytes of what is recorded.
        runs: How many such runs go side by side. They share what is aimed at; but who puts them side by side sees what
            they take together, and takes fewer, so that only what a single run cannot have is refused.
    """
    most = memory_of_device() if budget is None else budget
    aim = SHARE_OF_MEMORY * most / runs if budget is None else most
    fast = CACHE / runs if budget is None and jax.default_backend() == "cpu" else aim

    def chosen(kept: Kept) -> tuple[int, ...]:
        few = choose_lengths(length, kept, min(fast, aim), FEW_LEVELS)
        return few if kept.with_lengths(few) <= aim else choose_lengths(length, kept, aim)

    kept = at_most(carry, solution)._replace(columns=columns)
    of_bound = chosen(kept) if lengths is None else lengths
    if kept.with_lengths(of_bound) <= most and (lengths is not None or len(of_bound) <= FEW_LEVELS):
        return Plan(of_bound)
    kept = kept_by(step, carry, x)._replace(columns=columns)
    of_derivative = chosen(kept) if lengths is None else lengths
    needed = kept.with_lengths(of_derivative)
    return Plan(of_derivative, None if needed <= most else _refusal(length, lengths, kept, most, budget))


def _refusal(length: int, asked: tuple[int, ...] | None, kept: Kept, most: float, budget: float | None) -> str:
    """What a gradient needs, what there is, and what would fit."""
    lengths = checkpoint.even_lengths(length, DEEPEST) if asked is None else asked
    limit = "the memory of the device is" if budget is None else "memory= allows"
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


def choose_lengths(length: int, kept: Kept, budget: float, deepest: int = DEEPEST) -> tuple[int, ...]:
    """As few levels as keep the gradient of `length` steps within `budget` bytes, or `deepest`."""
    for depth in range(1, deepest):
        lengths = checkpoint.even_lengths(length, depth)
        if kept.with_lengths(lengths) <= budget:
            return lengths
    return checkpoint.even_lengths(length, deepest)


@contextmanager
def side_by_side(runs: int) -> Iterator[None]:
    """Says that what is traced inside is one of so many runs that go side by side, as under a vmap of our own."""
    token = _RUNS.set(_RUNS.get() * runs)
    try:
        yield
    finally:
        _RUNS.reset(token)


def runs_side_by_side() -> int:
    """How many runs go side by side, as far as we know: nobody can see the vmap of a user."""
    return _RUNS.get()


def memory_of_device(device: Any = None) -> float:
    """Memory of a device, or of the machine where that is the device [bytes]; by default of the first."""
    device = jax.devices()[0] if device is None else device
    stats = device.memory_stats() if device.platform != "cpu" else None
    if stats and "bytes_limit" in stats:
        return float(stats["bytes_limit"])
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf
        return FALLBACK_MEMORY


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def refuse_derivative(values: Any, text: str) -> Any:
    """`values` as they are; who takes their derivative gets a `MemoryBudgetError` with `text` before it is compiled."""
    del text
    return values


@refuse_derivative.defjvp
def _refuse(text: str, *_: Any) -> Any:
    raise MemoryBudgetError(text)


def in_words(nbytes: float) -> str:
    """A number of bytes to be read.

    Example:
        >>> in_words(2.5e9)
        '2.5 GB'
    """
    for unit in ("B", "kB", "MB", "GB"):
        if nbytes < 1000:
            return f"{nbytes:.3g} {unit}"
        nbytes /= 1000
    return f"{nbytes:.3g} TB"
