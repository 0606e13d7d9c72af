"""What memory there is, and how many runs share it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from jax.extend.backend import get_default_device

CACHE = 32e6
"""What a CPU's last cache holds [bytes]."""

FALLBACK_MEMORY = 8.0 * 2**30
"""Of a machine that does not say what it has [bytes]."""

_RUNS = ContextVar("runs", default=1)


def memory_of_device(device: Any = None) -> float:
    """Memory of a device, or of the machine where that is the device [bytes]; by default of JAX's default device."""
    device = get_default_device() if device is None else device
    stats = device.memory_stats() if device.platform != "cpu" else None
    return float(stats["bytes_limit"]) if stats and "bytes_limit" in stats else memory_of_machine()


def memory_of_machine() -> float:
    """Memory of this machine [bytes]."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf
        return FALLBACK_MEMORY


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
