"""Settings of JAX that pay off: a cache of compiled programs that outlives the process, and a device for every core.

Also here: the state of a process in which JAX can compute nothing, after a fork.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import jax
from jax.experimental.compilation_cache import compilation_cache

from dendrax.arguments import whole
from dendrax.errors import ModelStateError, ModelTypeError, ModelValueError

__all__ = ["use_all_cores", "use_compilation_cache", "use_wide_vectors"]

_WIDE = "--xla_cpu_prefer_vector_width"
_FORKED = threading.Event()
"""This process was forked from one in which JAX had started."""


def use_all_cores(number: int | None = None) -> int:
    """Make one JAX device of every CPU core, for `map_many` and `integrate_many` to use all of them.

    JAX by itself has one CPU device, which computes a simulation on one core. To be called before anything is
    computed, best right after the imports.

    Args:
        number: How many; None: the cores that this process may use.

    Returns:
        The number of CPU devices.

    Raises:
        ModelStateError: JAX has started already, with another number of devices.

    Example:
        >>> import dendrax as jx
        >>> jx.use_all_cores(2)
        2
    """
    wanted = _cores() if number is None else whole("use_all_cores: number", number)
    try:
        jax.config.update("jax_num_cpu_devices", wanted)
    except RuntimeError:
        there = jax.local_device_count("cpu")
        if there != wanted:
            raise ModelStateError(
                f"use_all_cores: JAX has started with {there} CPU device{'s' if there > 1 else ''}, and that cannot be "
                f"changed. Call this before anything is computed, right after the imports; in a notebook, restart the "
                f"kernel first."
            ) from None
    return wanted


def use_wide_vectors(bits: int = 512) -> None:
    """Let JAX use vectors of 512 bits in all of its programs on CPUs that have them (AVX-512).

    JAX prefers 256 bits. `integrate`, `map_many` and `integrate_many` ask for 512 by themselves where the machine has
    them; for your own `jit` and `grad` around them it must be said to JAX before it starts, which this does through the
    environment variable XLA_FLAGS. A gradient is 10 to 20 % faster then.

    Args:
        bits: 128, 256 or 512.

    Raises:
        ModelStateError: JAX has started already.
        ModelValueError: Another number of bits.

    Example:
        ```python
        import dendrax as jx

        jx.use_wide_vectors()
        ```
    """
    if not isinstance(bits, int) or bits not in (128, 256, 512):
        raise ModelValueError(f"use_wide_vectors: bits={bits!r}; there are vectors of 128, 256 and 512 bits.")
    if _has_started():
        raise ModelStateError(
            "use_wide_vectors: JAX has started, and what it prefers cannot be changed any more. Call this before "
            "anything is computed, right after the imports; in a notebook, restart the kernel first."
        )
    others = [flag for flag in os.environ.get("XLA_FLAGS", "").split() if not flag.startswith(f"{_WIDE}=")]
    os.environ["XLA_FLAGS"] = " ".join([*others, f"{_WIDE}={bits}"])


def check_not_forked() -> None:
    """Refuse to compute in a process forked after JAX had started: JAX would wait for threads that stayed behind.

    Raises:
        ModelStateError: This is such a process.
    """
    if _FORKED.is_set():
        raise ModelStateError(
            "This process was forked after JAX had started, and JAX would wait forever in it. Start processes with "
            "multiprocessing.get_context('spawn') or 'forkserver' in place of 'fork' (for an executor mp_context=), or "
            "use map_many or integrate_many, which need no processes."
        )


def _note_fork() -> None:
    """Run in every forked process; a process that goes on to another program (subprocess) forgets it."""
    if _has_started():
        _FORKED.set()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_note_fork)


def _has_started() -> bool:
    """Whether JAX has its devices. JAX does not say, but it refuses to change how many they are then."""
    number = jax.config.values["jax_num_cpu_devices"]
    try:
        jax.config.update("jax_num_cpu_devices", number + 1)
    except RuntimeError:
        return True
    jax.config.update("jax_num_cpu_devices", number)
    return False


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))  # fewer than there are in a container or under taskset
    return os.cpu_count() or 1


def use_compilation_cache(path: str | os.PathLike[str] | None = None) -> Path:
    """Keep compiled programs on disk, so that the next process that needs them loads them.

    A program is found again if the model has the same shape and mechanisms and versions and device are the same.
    To be called once, best before anything is computed; what was compiled before is not in the cache.

    Args:
        path: Folder of the cache. None: "dendrax/jax" in the user's folder for caches (`$XDG_CACHE_HOME`, `~/.cache`,
            `~/Library/Caches` or `%LOCALAPPDATA%`). It may be deleted at any time.

    Returns:
        The folder.

    Raises:
        ModelTypeError: `path` is no path.

    Example:
        >>> import tempfile, jax, dendrax as jx
        >>> folder = jx.use_compilation_cache(tempfile.mkdtemp())
        >>> folder.is_dir()
        True
        >>> jax.config.update("jax_compilation_cache_dir", None)  # and off again
    """
    if path is not None and not isinstance(path, (str, os.PathLike)):
        raise ModelTypeError(f"use_compilation_cache: path must be a folder, but is {path!r}.")
    folder = Path(path).expanduser().resolve() if path is not None else _caches() / "dendrax" / "jax"
    folder.mkdir(parents=True, exist_ok=True)
    jax.config.update("jax_compilation_cache_dir", str(folder))
    # Small programs count too: a run has dozens of them, and to load one takes a tenth of compiling it.
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    compilation_cache.reset_cache()  # otherwise a process that has compiled something goes on without
    return folder


def _caches() -> Path:
    """The user's folder for caches."""
    if sys.platform == "win32" and "LOCALAPPDATA" in os.environ:
        return Path(os.environ["LOCALAPPDATA"])
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
