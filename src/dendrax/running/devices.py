"""The devices that share work: batches of runs, starts of fits and rows of data are split over them here alone.

Each device works on its own part with the same program, and the parts do not speak to each other. A batch that is to be
mapped goes side by side on each device, as many at a time as fit into memory.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from dendrax.engine.compiling import for_machine
from dendrax.engine.memory import in_words, memory_of_device, side_by_side
from dendrax.errors import MemoryBudgetError, ModelTypeError, ModelValueError

Devices = int | Sequence[Any] | None
ALONG, WHOLE = PartitionSpec("part"), PartitionSpec()

SHARE_OF_MEMORY = 1 / 2
"""Share of the memory of a device for the chunk that runs on it."""

PER_DEVICE = {"cpu": 64}
"""Runs of a chunk per device. On a CPU enough of them fill its vector registers, and fewer stay in its caches."""

PER_OTHER_DEVICE = 1024
MARGIN = 0.9
"""Share of the budget that is used when a chunk is made smaller, since memory is not quite proportional to it."""


def chosen_devices(devices: Devices) -> list[Any]:
    """The devices to use.

    Raises:
        ModelTypeError: Neither a number nor devices.
        ModelValueError: No device, or more than there are.
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


class DeviceGroup:
    """Some devices, each of which gets a part of every array.

    Args:
        devices: Devices, or their number, or None for all.
        most: The largest number of devices to use.
    """

    def __init__(self, devices: Devices, most: int | None = None) -> None:
        self.mesh = Mesh(np.array(chosen_devices(devices)[:most]), tuple(ALONG))
        self.devices = list(self.mesh.devices.flat)

    def placed(self, tree: Any, spec: PartitionSpec = ALONG) -> Any:
        """The arrays of a pytree, split over the devices or, with WHOLE, on each of them."""
        arrays, rest = eqx.partition(tree, lambda leaf: isinstance(leaf, (jax.Array, np.ndarray)))
        return eqx.combine(jax.device_put(arrays, NamedSharding(self.mesh, spec)), rest)

    def split(self, function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        """`function(shared, part)` on each device, with all of `shared` and its part; the results put together."""

        def on_all(shared: Any, parts: Any) -> Any:
            arrays, rest = eqx.partition(shared, eqx.is_array)
            on_one = lambda arrays, part: function(eqx.combine(arrays, rest), part)  # noqa: E731
            # JAX cannot verify what varies along the axis: scans and calls of the native kernels do not say it.
            return jax.shard_map(on_one, mesh=self.mesh, in_specs=(WHOLE, ALONG), out_specs=ALONG, check_vma=False)(
                arrays, parts
            )

        return on_all

    def fitting(
        self, compiled_at: Callable[[int], tuple[Any, Any]], n: int, budget: float | None
    ) -> tuple[Any, int, Any]:
        """A program that fits into memory. It is compiled once where a chunk of the usual size fits.

        Args:
            compiled_at: The program for so many runs per device at a time, and its compiled form.
            n: Number of runs on all devices.
            budget: Memory of the program on all devices together [bytes]; None: half of their memory.

        Returns:
            The program, how many runs each device works on at a time, and its compiled form.

        Raises:
            MemoryBudgetError: A single run does not fit.
        """
        on, kind = len(self.devices), self.devices[0].platform
        available = memory_of_device(self.devices[0]) if kind == "cpu" else sum(map(memory_of_device, self.devices))
        allowed = (SHARE_OF_MEMORY * available if budget is None else budget) / on
        most = available / on if budget is None else allowed
        per_device = _even(n, on, PER_DEVICE.get(kind, PER_OTHER_DEVICE))
        while True:
            program, executable = compiled_at(per_device)
            needed = memory_of(executable)
            if needed <= allowed or per_device == 1:
                break
            per_device = _even(n, on, max(min(int(MARGIN * per_device * allowed / needed), per_device - 1), 1))
        if needed > most:
            limit = "there are" if budget is None else "memory= allows"
            raise MemoryBudgetError(
                f"A single run needs {in_words(needed)} on its device, but {limit} {in_words(most)} for each. For a "
                f"gradient pass a smaller `memory` or deeper `checkpoint_lengths` to `integrate`; record less, or use "
                f"`record_every`; use float32; or use fewer devices where these share their memory."
            )
        return program, per_device, executable


def mapped(function: Callable[[Any, Any], Any], shared: Any, parts: Any, size: int | None = None) -> Any:
    """`function(shared, one)` for all parts on a device, `size` of them at a time, as a part of a larger program."""
    n = len(jax.tree.leaves(parts)[0])

    def chunk(some: Any) -> Any:
        with side_by_side(len(jax.tree.leaves(some)[0])):
            return jax.vmap(lambda one: function(shared, one))(some)

    if size is None or size >= n:
        return chunk(parts)
    n_chunks = -(-n // size)
    # The last chunk is filled up with copies of the last part, which are cut off.
    rows = np.minimum(np.arange(n_chunks * size), n - 1).reshape(n_chunks, size)
    results = jax.lax.map(chunk, jax.tree.map(lambda leaf: leaf[rows], parts))
    return jax.tree.map(lambda leaf: leaf.reshape(n_chunks * size, *leaf.shape[2:])[:n], results)


class Alone:
    """Runs a function of a single state, which stays on its device: no array has an axis of many."""

    n = 1

    def program(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function(one, *shared)`, compiled when it meets arrays of new shapes, wherever these are.

        `jax.jit` compiles again when arguments have moved. They move where a loss is split over devices: the first
        step begins on one device, and its result is on all of them.
        """
        jitted = jax.jit(function, compiler_options=for_machine())

        def made(*args: Any) -> Callable[..., Any]:
            program = jitted.lower(*args).compile()
            where = program.input_shardings[0]
            if all(len(one.device_set) == 1 for one in jax.tree.leaves(where)):
                return program
            return lambda *args: program(*jax.device_put(args, where))

        return _by_shape(made)

    def each(self, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """`function`, since there is a single state."""
        return function

    def placed(self, tree: Any) -> Any:
        """The arrays on the devices."""
        return tree

    def cut(self, tree: Any) -> Any:
        """The arrays without copies that fill up the devices."""
        return tree

    def one(self, tree: Any, number: int) -> Any:
        """The arrays of entry `number`."""
        del number
        return tree


class SideBySide(Alone):
    """The same for many: every array has a first axis that counts them, and stays split over the devices.

    Where the devices do not share the axis evenly it is filled up with copies of the last one. Each device works on as
    many at a time as the budget allows, one such chunk after the other, in one program.

    Args:
        n: How many.
        devices: Devices, or their number, or None for all.
        budget: Memory of a step on all devices together [bytes]; None: half of their memory.
    """

    def __init__(self, n: int, devices: Devices, budget: float | None = None) -> None:
        self.n, self.budget = n, budget
        self.group = DeviceGroup(devices, n)
        on = len(self.group.devices)
        self.filled = np.minimum(np.arange(-(-n // on) * on), n - 1)

    def program(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function(one, *shared)` for all of them, so many at a time as fit."""

        def of_part(shared: Any, part: Any, size: int) -> Any:
            return mapped(lambda shared, one: function(one, *shared), shared, part, size)

        def made(parts: Any, *shared: Any) -> Callable[..., Any]:
            def compiled_at(size: int) -> tuple[Any, Any]:
                on_all = self.group.split(functools.partial(of_part, size=size))
                program = jax.jit(on_all, compiler_options=for_machine()).lower(shared, parts).compile()
                return program, program

            program = self.group.fitting(compiled_at, self.n, self.budget)[0]
            return lambda parts, *shared: program(shared, parts)

        program = _by_shape(made)
        return lambda parts, *shared: program(parts, *self.group.placed(shared, WHOLE))

    def each(self, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """`function` applied to every entry."""
        return eqx.filter_vmap(function)

    def placed(self, tree: Any) -> Any:
        """The arrays on the devices, filled up with copies."""
        return self.group.placed(jax.tree.map(lambda leaf: jnp.asarray(leaf)[self.filled], tree))

    def cut(self, tree: Any) -> Any:
        """The arrays without the copies that fill up the devices."""
        return jax.tree.map(lambda leaf: leaf[: self.n], tree)

    def one(self, tree: Any, number: int) -> Any:
        """The arrays of entry `number`."""
        return jax.tree.map(lambda leaf: leaf[number], tree)


def memory_of(compiled: Any) -> float:
    """Memory of a program on each device, arguments included [bytes]; 0 where JAX does not know."""
    analysis = compiled.memory_analysis()
    if analysis is None:
        return 0.0
    return float(
        analysis.temp_size_in_bytes
        + analysis.argument_size_in_bytes
        + analysis.output_size_in_bytes
        - analysis.alias_size_in_bytes
    )


def _by_shape(made: Callable[..., Callable[..., Any]]) -> Callable[..., Any]:
    """A program that `made(first, *others)` compiles for others of new shapes; the first has the same shapes always."""
    programs: dict[Any, Callable[..., Any]] = {}

    def call(first: Any, *others: Any) -> Any:
        leaves, treedef = jax.tree.flatten(others)
        key = (treedef, *((np.shape(leaf), leaf.dtype) for leaf in leaves))
        if key not in programs:
            programs[key] = made(first, *others)
        return programs[key](first, *others)

    return call


def _even(n: int, n_devices: int, most: int) -> int:
    """Runs per chunk and device, `most` or a little fewer, so that the last chunk is nearly full."""
    n_chunks = math.ceil(n / (n_devices * most))
    return math.ceil(n / (n_chunks * n_devices))
