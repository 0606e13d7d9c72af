"""One fit, or many side by side in one program, spread over devices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from dendrax.optimize.step import Rule, State
from dendrax.running.spread import chosen_devices

AXIS = "start"


class Layout:
    """A single fit: nothing has an axis of starts."""

    n = 1

    def begin(self, rule: Rule, unbounded: Any) -> State:
        """The state before the first step."""
        return rule.begin(unbounded)

    def compiled(self, rule: Rule) -> Callable[..., Any]:
        """`rule.step` as one program."""
        return jax.jit(rule.step)

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
        return rule.objective.forward(unbounded)

    def params_of_one(self, rule: Rule, unbounded: Any, number: int) -> Any:
        """Parameters of the model, of one start."""
        return rule.objective.forward(self.one(unbounded, number))


class SideBySide(Layout):
    """Many fits: every array of a state has a first axis of starts.

    The axis is split over the devices. Where they do not share it evenly it is filled up with copies of the last start.

    Args:
        n: Number of starts.
        devices: Devices, or how many of those there are, or None for all.
    """

    def __init__(self, n: int, devices: int | Sequence[Any] | None) -> None:
        chosen = chosen_devices(devices)
        self.n = n
        self.mesh = Mesh(np.array(chosen[:n]), (AXIS,))
        self.filled = np.minimum(np.arange(-(-n // self.mesh.size) * self.mesh.size), n - 1)

    def begin(self, rule: Rule, unbounded: Any) -> State:
        """The state before the first step."""
        return self.placed(jax.vmap(rule.begin)(unbounded))

    def compiled(self, rule: Rule) -> Callable[..., Any]:
        """`rule.step` for all starts as one program."""
        along, whole = PartitionSpec(AXIS), PartitionSpec()
        step = jax.vmap(rule.step, in_axes=(0, None, None))
        # The parts are independent, so that there is nothing for JAX to verify about who varies along the axis.
        return jax.jit(
            jax.shard_map(step, mesh=self.mesh, in_specs=(along, whole, whole), out_specs=along, check_vma=False)
        )

    def evaluated(self, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """A function of one start for all of them, as one program, with its results on the host."""
        along = PartitionSpec(AXIS)
        mapped = jax.shard_map(jax.vmap(function), mesh=self.mesh, in_specs=along, out_specs=along, check_vma=False)
        program = jax.jit(mapped)
        return lambda batch: self.cut(jax.device_get(program(self.placed(batch))))

    def placed(self, state: Any) -> Any:
        """Filled up, and on the devices."""
        sharding = NamedSharding(self.mesh, PartitionSpec(AXIS))
        return jax.tree.map(lambda leaf: jax.device_put(jnp.asarray(leaf)[self.filled], sharding), state)

    def cut(self, tree: Any) -> Any:
        """Without what only fills up the devices."""
        return jax.tree.map(lambda leaf: leaf[: self.n], tree)

    def one(self, tree: Any, number: int) -> Any:
        """What belongs to one start."""
        return jax.tree.map(lambda leaf: leaf[number], tree)

    def params(self, rule: Rule, unbounded: Any) -> Any:
        """Parameters of the model, of all starts."""
        return eqx.filter_vmap(rule.objective.forward)(self.cut(unbounded))
