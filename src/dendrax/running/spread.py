"""A function over a batch: on all devices, in chunks that fit into memory, gathered on the host.

One program serves all chunks and devices: `vmap` of the function over a chunk, split over the devices by `shard_map`,
so that each works on its own part and they never speak to each other. The last chunk is filled up with copies of the
last run, which are cut off. While the devices work on a chunk the host takes in the one before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from dendrax.engine.compiling import Compiled
from dendrax.engine.memory import in_words, memory_of_device, side_by_side
from dendrax.errors import BatchInterrupted, MemoryBudgetError, ModelTypeError, ModelValueError
from dendrax.running.interruption import bar, interrupts

AXIS = "batch"
SHARE_OF_MEMORY = 1 / 2
"""Of the memory of a device, for the chunk that runs on it."""

PER_DEVICE = {"cpu": 64}
"""Runs of a chunk per device. On a CPU enough of them fill its vector registers, and fewer stay in its caches."""

PER_OTHER_DEVICE = 1024
MARGIN = 0.9
"""What is left out of the budget when a chunk is made smaller, since memory is not quite proportional to it."""

Call = Callable[[Any, Any], Any]
BatchOf = Callable[[np.ndarray], Any]


class Chunked(NamedTuple):
    """A program for chunks of `size` runs."""

    program: Any
    size: int


def over_batch(
    call: Call,
    shared: Any,
    batch_of: BatchOf,
    n: int,
    devices: int | Sequence[Any] | None,
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
        MemoryBudgetError: A single run does not fit.
        BatchInterrupted: Ctrl-C.
    """
    mesh = Mesh(np.array(chosen_devices(devices)), (AXIS,))
    shared = _placed(shared, NamedSharding(mesh, PartitionSpec()))
    spread = NamedSharding(mesh, PartitionSpec(AXIS))

    def chunk_at(start: int, size: int) -> Any:
        return _placed(batch_of(np.minimum(np.arange(start, start + size), n - 1)), spread)

    program, size = _fitting(call, mesh, shared, chunk_at, n, budget)
    results: Any = None
    with interrupts() as request, bar(n, "run", progress) as shown:
        running = program(call, mesh, shared, chunk_at(0, size))
        for start in range(0, n, size):
            after = None
            if start + size < n and not request.made:
                after = program(call, mesh, shared, chunk_at(start + size, size))
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


def _mapped(call: Call, mesh: Mesh, shared: Any, batch: Any) -> Any:
    arrays, rest = eqx.partition(shared, eqx.is_array)

    def on_device(arrays: Any, part: Any) -> Any:
        with side_by_side(len(jax.tree.leaves(part)[0])):
            return jax.vmap(lambda one: call(eqx.combine(arrays, rest), one))(part)

    along, whole = PartitionSpec(AXIS), PartitionSpec()
    # The parts are independent, so that there is nothing for JAX to verify about who varies along the axis.
    return jax.shard_map(on_device, mesh=mesh, in_specs=(whole, along), out_specs=along, check_vma=False)(arrays, batch)


_program: Any = Compiled(_mapped)


def chosen_devices(devices: int | Sequence[Any] | None) -> list[Any]:
    """The devices to use.

    Raises:
        ModelTypeError: Neither a number nor devices.
        ModelValueError: None, or more than there are.
    """
    there = jax.local_devices()
    if devices is None:
        return there
    if isinstance(devices, (int, np.integer)) and not isinstance(devices, bool):
        if not 1 <= devices <= len(there):
            more = " `dendrax.use_all_cores()` makes one of every core." if there[0].platform == "cpu" else ""
            raise ModelValueError(f"devices={devices}: there are {len(there)} of kind {there[0].platform}.{more}")
        return there[:devices]
    if not isinstance(devices, Sequence) or not all(isinstance(one, type(there[0])) for one in devices):
        raise ModelTypeError("devices: pass a number, or a list of those that `jax.local_devices()` returns.")
    if not devices or len(set(devices)) != len(devices):
        raise ModelValueError("devices: pass at least one device, and each once.")
    return list(devices)


def _placed(tree: Any, sharding: NamedSharding) -> Any:
    """The arrays of a pytree on the devices."""
    arrays, rest = eqx.partition(tree, lambda leaf: isinstance(leaf, (jax.Array, np.ndarray)))
    return eqx.combine(jax.tree.map(lambda leaf: jax.device_put(leaf, sharding), arrays), rest)


def _fitting(
    call: Call, mesh: Mesh, shared: Any, chunk_at: Callable[[int, int], Any], n: int, budget: float | None
) -> Chunked:
    """A program that takes no more memory than there is."""
    on = list(mesh.devices.flat)

    def compiled_at(per_device: int) -> tuple[Any, float]:
        program = _program.lower(call, mesh, shared, chunk_at(0, per_device * len(on))).compile()
        return program, memory_of(program.compiled)

    program, per_device = fitting(compiled_at, on, n, budget)
    return Chunked(program, per_device * len(on))


def fitting(
    compiled_at: Callable[[int], tuple[Any, float]], on: Sequence[Any], n: int, budget: float | None
) -> tuple[Any, int]:
    """A program that takes no more memory than there is. It is compiled once where a chunk of the usual size fits.

    Args:
        compiled_at: The program for so many runs per device at a time, and what it takes on each device [bytes].
        on: The devices.
        n: Number of runs on all of them.
        budget: What the program may take on all devices together [bytes]; None: half of their memory.

    Returns:
        The program, and how many runs each device works on at a time.

    Raises:
        MemoryBudgetError: A single run does not fit.
    """
    available = sum(map(memory_of_device, on)) if on[0].platform != "cpu" else memory_of_device(on[0])
    allowed = (SHARE_OF_MEMORY * available if budget is None else budget) / len(on)
    most = available / len(on) if budget is None else allowed
    per_device = _even(n, len(on), PER_DEVICE.get(on[0].platform, PER_OTHER_DEVICE))
    while True:
        program, needed = compiled_at(per_device)
        if needed <= allowed or per_device == 1:
            break
        per_device = _even(n, len(on), max(min(int(MARGIN * per_device * allowed / needed), per_device - 1), 1))
    if needed > most:
        limit = "there are" if budget is None else "memory= allows"
        raise MemoryBudgetError(
            f"A single run needs {in_words(needed)} on its device, but {limit} {in_words(most)} for each. For a "
            f"gradient pass a smaller `memory` or deeper `checkpoint_lengths` to `integrate`; record less, or use "
            f"`record_every`; use float32; or use fewer devices where these share their memory."
        )
    return program, per_device


def _even(n: int, n_devices: int, most: int) -> int:
    """Runs per chunk and device, `most` or a little fewer, so that the last chunk is nearly full."""
    n_chunks = math.ceil(n / (n_devices * most))
    return math.ceil(n / (n_chunks * n_devices))


def memory_of(compiled: Any) -> float:
    """What a program takes on each device, its arguments included [bytes]; 0 where JAX does not know."""
    analysis = compiled.memory_analysis()
    if analysis is None:
        return 0.0
    return float(
        analysis.temp_size_in_bytes
        + analysis.argument_size_in_bytes
        + analysis.output_size_in_bytes
        - analysis.alias_size_in_bytes
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
