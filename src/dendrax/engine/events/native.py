"""The native kernels of events: they compute the same as the rules in JAX, in time proportional to the arrivals."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from dendrax.engine import native

Rule = Callable[..., Any]


def or_else(task: str, rule: Rule) -> Rule:
    """The kernel of a task, or `rule` without the native library; the choice is made when a program is lowered."""

    def either(*operands: Array, grid: bool, shift: int | None, moving: bool) -> Any:
        if native.library() is None:
            return rule(*operands, grid=grid, shift=shift, moving=moving)
        queue, weight = operands[0], operands[-11]
        bits = 64 if queue.dtype == jnp.float64 else 32
        results = (*operands[-11:-6], weight if moving else weight[:0])
        shapes: Any = [jax.ShapeDtypeStruct(one.shape, one.dtype) for one in results]
        aliases = None
        if task == "deliver":  # adds to the queue in place
            shapes, aliases = jax.ShapeDtypeStruct(queue.shape, queue.dtype), {0: 0}
        kernel = jax.ffi.ffi_call(f"dendrax_{task}_f{bits}", shapes, input_output_aliases=aliases)
        return kernel(*operands, grid=grid, shift=np.int64(-1 if shift is None else shift), moving=moving)

    return either
