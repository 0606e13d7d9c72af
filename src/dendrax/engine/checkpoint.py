"""A scan whose gradient fits into memory: checkpoints in nested blocks.

In reverse mode a plain scan keeps every intermediate of every step. Here each step keeps its carry and the
solution of its linear system, which is small and costly, and computes the rest again; with more levels, blocks
of steps keep the carry of their beginning alone, at the price of one more forward pass per level.
"""

import math
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

SHARE_OF_MEMORY = 1 / 8
"""What the checkpoints of one run may take. A fixed share of what the machine has, not of what is free at the
moment, so that the same call makes the same program; small, since a vmap around it multiplies it unseen."""

FALLBACK_MEMORY = 8 * 2**30
DEEPEST = 4


def scan(body: Callable, carry: Any, xs: Any, length: int, lengths: tuple[int, ...]) -> tuple[Any, Any]:
    """`lax.scan` over exactly `length` steps with nested checkpoints.

    Args:
        body: (carry, x) -> (carry, y).
        carry: Where it starts.
        xs: Inputs, leading axis `length`.
        length: Number of steps; blocks that it does not fill are cut short, never padded.
        lengths: Blocks per level, outermost first; their product is at least `length`.

    Returns:
        The carry after `length` steps, and all y stacked.
    """
    if len(lengths) <= 1:
        return lax.scan(jax.checkpoint(body, prevent_cse=False, policy=_is_solution), carry, xs, length)
    per_block = math.prod(lengths[1:])
    n_blocks, n_rest = divmod(length, per_block)
    parts = []
    if n_blocks:
        block = partial(scan, body, length=per_block, lengths=lengths[1:])
        checkpointed = jax.checkpoint(block, prevent_cse=False)
        in_blocks = jax.tree.map(lambda x: x[: length - n_rest].reshape(n_blocks, per_block, *x.shape[1:]), xs)
        carry, ys = lax.scan(checkpointed, carry, in_blocks, n_blocks)
        parts.append(jax.tree.map(lambda y: y.reshape(length - n_rest, *y.shape[2:]), ys))
    if n_rest:
        rest = jax.checkpoint(partial(scan, body, length=n_rest, lengths=lengths[1:]))
        carry, ys = rest(carry, jax.tree.map(lambda x: x[length - n_rest :], xs))
        parts.append(ys)
    return carry, parts[0] if len(parts) == 1 else jax.tree.map(lambda *ys: jnp.concatenate(ys), *parts)


def _is_solution(primitive: Any, *_: Any, **__: Any) -> bool:
    """Whether to keep what this primitive gives for the reverse pass."""
    return primitive.name == "custom_linear_solve"  # JAX exports no object to compare with


def choose_lengths(length: int, bytes_per_step: int, budget: float | None = None) -> tuple[int, ...]:
    """As few levels as keep the checkpoints of a run within `budget` bytes, by default a share of the memory.

    Args:
        length: Number of steps.
        bytes_per_step: What one step keeps.
        budget: [bytes]
    """
    budget = SHARE_OF_MEMORY * memory_of_device() if budget is None else budget
    for depth in range(1, DEEPEST):
        lengths = even_lengths(length, depth)
        if sum(lengths) * bytes_per_step <= budget:
            return lengths
    return even_lengths(length, DEEPEST)


def even_lengths(length: int, depth: int) -> tuple[int, ...]:
    """`depth` numbers of about the same size with a product of at least `length`, as small as can be."""
    if depth == 1 or length <= 1:
        return (max(length, 1),)
    root = math.ceil(round(length ** (1 / depth), 9))
    return (root, *even_lengths(math.ceil(length / root), depth - 1))


def memory_of_device() -> int:
    """Memory of the default device, or of the machine where that is the device [bytes]."""
    device = jax.devices()[0]
    stats = device.memory_stats() if device.platform != "cpu" else None
    if stats and "bytes_limit" in stats:
        return stats["bytes_limit"]
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf
        return FALLBACK_MEMORY
