"""One fit, or many side by side: in one program, spread over devices, so many at a time on each as fit into memory."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from dendrax.engine import memory
from dendrax.engine.compiling import for_machine
from dendrax.optimize.leaves import anywhere
from dendrax.optimize.program import by_shape, program_of
from dendrax.optimize.step import Rule, State
from dendrax.running.spread import chosen_devices, fitting, memory_of

AXIS = "start"
ALONG, WHOLE = PartitionSpec(AXIS), PartitionSpec()


class Layout:
    """A single fit: nothing has an axis of starts."""

    n = 1

    def begin(self, rule: Rule, unbounded: Any) -> State:
        """The state before the first step."""
        return rule.begin(unbounded)

    def compiled(self, rule: Rule) -> Callable[..., Any]:
        """`rule.step` as one program."""
        return program_of(rule.step)

    def placed(self, state: State) -> State:
        """A state that was read from a checkpoint, on the devices."""
        return state

    def cut(self, tree: Any) -> Any:
        """Without what only fills up the devices."""
        return tree

    def one(self, tree: Any, number: int) -> Any:
        """What belongs to one start."""
        del number
        return tree

    def params(self, rule: Rule, unbounded: Any) -> Any:
        """Parameters of the model, of all starts."""
        return rule.objective.forward(anywhere(unbounded))

    def params_of_one(self, rule: Rule, unbounded: Any, number: int) -> Any:
        """Parameters of the model, of one start."""
        return rule.objective.forward(anywhere(self.one(unbounded, number)))


class SideBySide(Layout):
    """Many fits: every array of a state has a first axis of starts.

    The axis is split over the devices. Where they do not share it evenly it is filled up with copies of the last start.
    Each device works on as many of its starts at a time as the budget allows, one such chunk after the other.

    Args:
        n: Number of starts.
        devices: Devices, or how many of those there are, or None for all.
        budget: What a step may take on all devices together [bytes]; None: half of their memory.
    """

    def __init__(self, n: int, devices: int | Sequence[Any] | None, budget: float | None = None) -> None:
        chosen = chosen_devices(devices)
        self.n, self.budget = n, budget
        self.mesh = Mesh(np.array(chosen[:n]), (AXIS,))
        self.filled = np.minimum(np.arange(-(-n // self.mesh.size) * self.mesh.size), n - 1)

    def begin(self, rule: Rule, unbounded: Any) -> State:
        """The state before the first step."""
        return self.placed(jax.vmap(rule.begin)(unbounded))

    def compiled(self, rule: Rule) -> Callable[..., Any]:
        """`rule.step` for all starts as one program."""
        return self._mapped(rule.step)

    def evaluated(self, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """A function of one start for all of them, as one program, with its results on the host."""
        program = self._mapped(function)
        return lambda batch: self.cut(jax.device_get(program(self.placed(batch))))

    def placed(self, state: Any) -> Any:
        """Filled up, and on the devices."""
        sharding = NamedSharding(self.mesh, ALONG)
        return jax.tree.map(lambda leaf: jax.device_put(jnp.asarray(leaf)[self.filled], sharding), state)

    def cut(self, tree: Any) -> Any:
        """Without what only fills up the devices."""
        return jax.tree.map(lambda leaf: leaf[: self.n], tree)

    def one(self, tree: Any, number: int) -> Any:
        """What belongs to one start."""
        return jax.tree.map(lambda leaf: leaf[number], tree)

    def params(self, rule: Rule, unbounded: Any) -> Any:
        """Parameters of the model, of all starts."""
        return eqx.filter_vmap(rule.objective.forward)(anywhere(self.cut(unbounded)))

    def _mapped(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function(one, *shared)` for the part of each start. Compiled when it meets arrays of new shapes."""
        whole = NamedSharding(self.mesh, WHOLE)
        program = by_shape(functools.partial(self._fitted, function))
        return lambda parts, *shared: program(parts, *jax.device_put(shared, whole))

    def _fitted(self, function: Callable[..., Any], parts: Any, *shared: Any) -> Any:
        """The program for as many starts at a time as fit."""

        def compiled_at(size: int) -> tuple[Any, float]:
            mapped = jax.shard_map(
                lambda parts, *shared: _in_chunks(function, size, parts, shared),
                mesh=self.mesh,
                in_specs=(ALONG, *(WHOLE for _ in shared)),
                out_specs=ALONG,
                # The parts are independent, so that there is nothing for JAX to verify about who varies along the axis.
                check_vma=False,
            )
            compiled = jax.jit(mapped, compiler_options=for_machine()).lower(parts, *shared).compile()
            return compiled, memory_of(compiled)

        return fitting(compiled_at, list(self.mesh.devices.flat), self.n, self.budget)[0]


def _in_chunks(function: Callable[..., Any], size: int, parts: Any, shared: tuple[Any, ...]) -> Any:
    """`function(one, *shared)` for all parts on a device, `size` of them at a time."""
    n = len(jax.tree.leaves(parts)[0])

    def chunk(some: Any) -> Any:
        with memory.side_by_side(len(jax.tree.leaves(some)[0])):
            return jax.vmap(lambda one: function(one, *shared))(some)

    if size >= n:
        return chunk(parts)
    n_chunks = -(-n // size)
    # The last chunk is filled up with copies of the last part, which are cut off.
    rows = np.minimum(np.arange(n_chunks * size), n - 1).reshape(n_chunks, size)
    results = jax.lax.map(chunk, jax.tree.map(lambda leaf: leaf[rows], parts))
    return jax.tree.map(lambda leaf: leaf.reshape(n_chunks * size, *leaf.shape[2:])[:n], results)
