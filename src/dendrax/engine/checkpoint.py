"""A scan whose gradient fits into memory: checkpoints in nested blocks.

In reverse mode a plain scan keeps every intermediate of every step. Here each step keeps the parts of its carry that it
reads and the solution of its linear system, which is small and costly, and computes the rest again; with more levels,
blocks of steps keep the carry of their beginning alone, at the price of one more forward pass per level.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from dendrax.engine.solvers.change import SOLUTION

UNEVEN = 1.6
"""How far a number of blocks may be from all the same, as a factor, to divide the number of steps."""

Step = Callable[[Any, Any], Any]
Observe = Callable[[Any], Any]


def scan(
    step: Step, observe: Observe, carry: Any, xs: Any, length: int, lengths: tuple[int, ...], every: int = 1
) -> tuple[Any, Any]:
    """`length` steps with nested checkpoints, observed after every step or every few of them.

    Args:
        step: (carry, x) -> carry.
        observe: carry -> y.
        carry: Where it starts.
        xs: Inputs, leading axis `length`.
        length: Number of steps; blocks that it does not fill are cut short, never padded.
        lengths: Blocks per level, outermost first; their product is at least `length`.
        every: Steps from one y to the next; the last ones that do not fill that are made, but not observed.

    Returns:
        The carry after `length` steps, and all y stacked, (length // every, ...).
    """
    if every == 1:
        remade = recomputed(lambda carry, x: _both(step(carry, x), observe))
        return nested(remade, carry, xs, length, lengths)
    outer, inner = split_lengths(lengths, every)

    def group(carry: Any, xs: Any) -> tuple[Any, Any]:
        return _both(scan(step, _nothing, carry, xs, every, inner)[0], observe)

    n_groups, n_rest = divmod(length, every)
    grouped = jax.tree.map(lambda x: x[: length - n_rest].reshape(n_groups, every, *x.shape[1:]), xs)
    carry, ys = nested(group, carry, grouped, n_groups, outer)
    if n_rest:
        rest = jax.tree.map(lambda x: x[length - n_rest :], xs)
        carry, _ = scan(step, _nothing, carry, rest, n_rest, inner)
    return carry, ys


def recomputed(step: Callable) -> Callable:
    """`step`, whose reverse pass keeps what it reads and the solutions of its linear systems alone."""
    return jax.checkpoint(step, prevent_cse=False, policy=_KEPT)


def _is_linear_solve(primitive: Any, *_: Any, **__: Any) -> bool:
    return primitive.name == "custom_linear_solve"  # JAX exports no object to compare with


_KEPT = jax.checkpoint_policies.save_from_both_policies(
    _is_linear_solve, jax.checkpoint_policies.save_only_these_names(SOLUTION)
)
"""What of the inside of a step a reverse pass keeps."""


def _both(carry: Any, observe: Observe) -> tuple[Any, Any]:
    return carry, observe(carry)


def _nothing(_: Any) -> None:
    return None


def nested(body: Callable, carry: Any, xs: Any, length: int, lengths: tuple[int, ...]) -> tuple[Any, Any]:
    """A scan over `length` calls of `body` in blocks that keep the carry of their beginning."""
    if len(lengths) <= 1 or length == 0:
        return lax.scan(body, carry, xs, length)
    per_block = math.prod(lengths[1:])
    n_blocks, n_rest = divmod(length, per_block)
    parts = []
    if n_blocks:
        block = partial(nested, body, length=per_block, lengths=lengths[1:])
        checkpointed = jax.checkpoint(block, prevent_cse=False)
        in_blocks = jax.tree.map(lambda x: x[: length - n_rest].reshape(n_blocks, per_block, *x.shape[1:]), xs)
        carry, ys = lax.scan(checkpointed, carry, in_blocks, n_blocks)
        parts.append(jax.tree.map(lambda y: y.reshape(length - n_rest, *y.shape[2:]), ys))
    if n_rest:
        rest = jax.checkpoint(partial(nested, body, length=n_rest, lengths=lengths[1:]))
        carry, ys = rest(carry, jax.tree.map(lambda x: x[length - n_rest :], xs))
        parts.append(ys)
    return carry, parts[0] if len(parts) == 1 else jax.tree.map(lambda *ys: jnp.concatenate(ys), *parts)


def split_lengths(lengths: tuple[int, ...], every: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Blocks over groups of `every` steps, and blocks over the steps of a group, that keep no more than `lengths`.

    The innermost levels that hold a group go on inside of it; the level that the group ends in is divided between both.

    Example:
        >>> split_lengths((100, 100), 10)
        ((100, 10), (10,))
        >>> split_lengths((100, 100), 1000)
        ((10,), (10, 100))
    """
    level = max((j for j in range(len(lengths)) if math.prod(lengths[j:]) >= every), default=0)
    below = lengths[level + 1 :]
    outer = (*lengths[:level], math.ceil(math.prod(lengths[level:]) / every))
    return outer, (math.ceil(every / math.prod(below)), *below)


def even_lengths(length: int, depth: int) -> tuple[int, ...]:
    """`depth` numbers of about the same size with a product of at least `length`, as small as can be.

    Exactly `length` where it has factors of about that size: then no block is cut short, for which the step would have
    to be compiled once more.

    Example:
        >>> even_lengths(4000, 2), even_lengths(4001, 2)
        ((50, 80), (64, 63))
    """
    if depth == 1 or length <= 1:
        return (max(length, 1),)
    root = length ** (1 / depth)
    factors = [n for n in range(math.ceil(root / UNEVEN), math.floor(root * UNEVEN) + 1) if length % n == 0]
    first = min(factors, key=lambda n: abs(math.log(n / root))) if factors else math.ceil(round(root, 9))
    return (first, *even_lengths(math.ceil(length / first), depth - 1))
