"""Programs for the machine at hand, each compiled once for arrays of the same shapes, wherever these are.

`jax.jit` compiles again when arguments have moved. That is what they do where a loss is split over devices: the first
step begins on one of them, and what it returns is on all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from dendrax.engine.compiling import for_machine


def program_of(function: Callable[..., Any]) -> Callable[..., Any]:
    """`jax.jit(function)`, compiled by the shapes of its arguments alone.

    Args:
        function: Its first argument has the same shapes in all calls.
    """
    jitted = jax.jit(function, compiler_options=for_machine())

    def made(*args: Any) -> Callable[..., Any]:
        program = jitted.lower(*args).compile()
        where = program.input_shardings[0]
        if all(len(one.device_set) == 1 for one in jax.tree.leaves(where)):
            return program
        return lambda *args: program(*jax.device_put(args, where))

    return by_shape(made)


def by_shape(made: Callable[..., Callable[..., Any]]) -> Callable[..., Any]:
    """A program that is made when it meets arrays of new shapes.

    Args:
        made: `made(first, *others)` compiles a program for arguments like these. The first has the same shapes always.
    """
    programs: dict[Any, Callable[..., Any]] = {}

    def call(first: Any, *others: Any) -> Any:
        leaves, treedef = jax.tree.flatten(others)
        key = (treedef, *((np.shape(leaf), leaf.dtype) for leaf in leaves))
        if key not in programs:
            programs[key] = made(first, *others)
        return programs[key](first, *others)

    return call
