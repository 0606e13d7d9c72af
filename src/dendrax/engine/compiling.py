"""Programs of our own, compiled for the machine at hand.

XLA's CPU compiler uses vectors of 256 bits even where the machine has 512, unless it is asked for more; the rates of
gates then take nearly half the time. JAX takes such options for whole programs only: in a user's own `jit` the flag
`--xla_cpu_prefer_vector_width=512` does the same, see `dendrax.use_wide_vectors`.
"""

import functools
import threading
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.core import Tracer

from dendrax.engine import native
from dendrax.settings import check_not_forked

_MAKING = threading.Lock()


class Compiled:
    """`eqx.filter_jit(function, **options)`, for the machine at hand where it is a program of its own.

    Where it is called inside of jit, grad or vmap it is a part of that.
    """

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:
        functools.update_wrapper(self, function)
        self._function, self._options = function, options
        self._as_part: Any = eqx.filter_jit(function, **options)
        self._whole: Any = None

    def __call__(self, *args: Any) -> Any:
        """What the function returns."""
        return (self._as_part if is_staged(*args) else self._as_whole)(*args)

    def lower(self, *args: Any) -> Any:
        """As `jax.jit(...).lower`, of the program of its own."""
        return self._as_whole.lower(*args)

    @property
    def _as_whole(self) -> Any:
        """Made by the first call, since it looks at the devices; once, whoever calls at the same time."""
        with _MAKING:
            if self._whole is None:
                options: dict[str, Any] = {"compiler_options": for_machine(), **self._options}
                self._whole = eqx.filter_jit(self._function, **options) if for_machine() else self._as_part
            return self._whole

    def n_programs(self) -> int:
        """How many programs it has compiled."""
        return sum(one._cached._cache_size() for one in {self._as_part, self._as_whole})


def for_machine() -> dict[str, Any]:
    """Options for XLA: vectors as wide as the CPU has them; programs for other devices do not heed it."""
    return {"xla_cpu_prefer_vector_width": 512} if native.isa() == "avx512" else {}


def is_traced(*trees: Any) -> bool:
    """Whether a value is unknown until a program runs: inside of jit, grad, vmap and the like."""
    return any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(trees))


def is_staged(*trees: Any) -> bool:
    """Whether a computation with these would be part of a larger program, even if all of them are concrete.

    Raises:
        ModelStateError: The process was forked after JAX had started.
    """
    check_not_forked()
    return is_traced(*trees) or is_traced(jnp.zeros(()))
