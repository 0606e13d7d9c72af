"""Scans with nested checkpoints."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from dendrax.errors import ModelValueError

__all__ = ["nested_checkpoint_scan"]


def nested_checkpoint_scan(
    f: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any,
    length: int | None = None,
    *,
    nested_lengths: Sequence[int],
    scan_fn: Callable[..., Any] = jax.lax.scan,
    checkpoint_fn: Callable[..., Any] = jax.checkpoint,
) -> tuple[Any, Any]:
    """A scan in blocks of blocks, of which only the beginnings are kept for the reverse pass.

    `integrate` has a scan of its own, whose blocks need not come out even and which keeps the linear solutions.

    Args:
        f: (carry, x) -> (carry, y).
        init: The carry at the beginning.
        xs: Inputs, with a leading axis of `length`.
        length: Number of steps; that of `xs` if None.
        nested_lengths: Blocks per level, outermost first; their product is `length`.
        scan_fn: Called for each level, as `jax.lax.scan`.
        checkpoint_fn: Wraps each block, as `jax.checkpoint`.

    Returns:
        The carry at the end, and all y stacked. (length, ...)

    Raises:
        ModelValueError: The product of `nested_lengths` is not `length`.

    Example:
        >>> carry, ys = nested_checkpoint_scan(lambda c, x: (c + x, c), 0, jnp.arange(6), nested_lengths=[2, 3])
        >>> int(carry), ys.tolist()
        (15, [0, 0, 1, 3, 6, 10])
    """
    lengths = tuple(int(one) for one in nested_lengths)
    leaves = jax.tree.leaves(xs)
    found = {length} if length is not None else set()
    found |= {leaf.shape[0] for leaf in leaves}
    if found != {math.prod(lengths)}:
        raise ModelValueError(
            f"nested_checkpoint_scan: nested_lengths={list(lengths)} make {math.prod(lengths)} steps, but length and "
            f"xs say {sorted(found)}. Choose lengths with that product."
        )
    in_blocks = jax.tree.map(lambda x: jnp.reshape(x, (*lengths, *x.shape[1:])), xs)

    def level(carry: Any, block: Any, left: tuple[int, ...]) -> tuple[Any, Any]:
        if len(left) == 1:
            return scan_fn(f, carry, block, left[0])
        return scan_fn(checkpoint_fn(lambda c, x: level(c, x, left[1:])), carry, block, left[0])

    carry, ys = level(init, in_blocks, lengths)
    return carry, jax.tree.map(lambda y: y.reshape(-1, *y.shape[len(lengths) :]), ys)
