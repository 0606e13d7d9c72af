"""A function over a batch: on all devices, in chunks that fit into memory, gathered on the host.

One program serves all chunks and devices. The last chunk is filled up with copies of the last run, which are cut off.
While the devices work on a chunk the host takes in the one before.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dendrax.engine.compiling import Compiled
from dendrax.engine.memory import in_words, memory_of_machine
from dendrax.errors import BatchInterrupted, MemoryBudgetError, ModelTypeError
from dendrax.running.devices import WHOLE, DeviceGroup, Devices, mapped
from dendrax.running.interruption import bar, interrupts

Call = Callable[[Any, Any], Any]


def over_batch(
    call: Call,
    shared: Any,
    batch_of: Callable[[np.ndarray], Any],
    n: int,
    devices: Devices,
    budget: float | None,
    progress: bool,
) -> Any:
    """`call(shared, one)` for each of `n` runs; what it returns, stacked, as NumPy arrays.

    Args:
        call: The function; known by its identity, so that the same one is compiled once.
        shared: What is the same for all runs; its arrays are arguments of the program.
        batch_of: The runs of these numbers: arrays with a leading axis.
        n: Number of runs.
        devices: Devices, or how many of those there are, or None for all.
        budget: What a chunk may take on all devices together [bytes]; None: half of their memory.
        progress: Whether to show a bar.

    Raises:
        MemoryBudgetError: A single run does not fit, or the results of all runs do not.
        BatchInterrupted: Ctrl-C.
    """
    group = DeviceGroup(devices)
    shared = group.placed(shared, WHOLE)

    def chunk_at(start: int, size: int) -> Any:
        return group.placed(batch_of(np.minimum(np.arange(start, start + size), n - 1)))

    def compiled_at(per_device: int) -> tuple[Any, Any]:
        program = _program.lower(call, group.mesh, shared, chunk_at(0, per_device * len(group.devices))).compile()
        return program, program.compiled

    program, per_device, executable = group.fitting(compiled_at, n, budget)
    size = per_device * len(group.devices)
    _check_results(executable, per_device, n)
    results: Any = None
    with interrupts() as request, bar(n, "run", progress) as shown:
        running = program(call, group.mesh, shared, chunk_at(0, size))
        for start in range(0, n, size):
            after = None
            if start + size < n and not request.made:
                after = program(call, group.mesh, shared, chunk_at(start + size, size))
            stop = min(start + size, n)
            results = _take_in(results, running, start, stop, n)
            shown.update(stop - start)
            if request.made:
                raise BatchInterrupted(
                    f"Interrupted after {stop} of {n} runs. They are in .results of this exception.",
                    done=stop,
                    results=jax.tree.map(lambda whole, stop=stop: whole[:stop], results),
                )
            running = after
    return results


def _on_devices(call: Call, mesh: Any, shared: Any, batch: Any) -> Any:
    return DeviceGroup(list(mesh.devices.flat)).split(partial(mapped, call))(shared, batch)


_program: Any = Compiled(_on_devices)


def _check_results(executable: Any, per_device: int, n: int) -> None:
    """Refuse results of all runs that the host cannot hold, before the first run."""
    analysis = executable.memory_analysis()
    needed = 0 if analysis is None else analysis.output_size_in_bytes / per_device * n
    if needed > (there := memory_of_machine()):
        raise MemoryBudgetError(
            f"The results of {n} runs are {in_words(needed)}, but the memory of this machine is {in_words(there)}. "
            f"Return less of each run: a number, fewer recordings, or fewer columns with `record_every`. Or make "
            f"several calls, and save the results of each."
        )


def _take_in(results: Any, chunk: Any, start: int, stop: int, n: int) -> Any:
    """`results` for all runs with those of a chunk; made with the first."""
    parts = jax.tree.map(_on_host, chunk)
    if results is None:
        results = jax.tree.map(lambda part: np.empty((n, *part.shape[1:]), part.dtype), parts)

    def write(whole: np.ndarray, part: np.ndarray) -> None:
        whole[start:stop] = part[: stop - start]

    jax.tree.map(write, results, parts)
    return results


def _on_host(leaf: Any) -> np.ndarray:
    if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        raise ModelTypeError(
            "The function returns random keys, which are no numbers; return their `jax.random.key_data`."
        )
    return np.asarray(leaf)
