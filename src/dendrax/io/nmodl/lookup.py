"""TABLE as NEURON has it: values at the points of a grid, and straight lines between them."""

from typing import Any

import jax
import jax.numpy as jnp

from dendrax.io.nmodl.machine import CLAMP, Machine
from dendrax.io.nmodl.tree import Call, Routine, Solve, Table


def look_up(machine: Machine, routine: Routine, table: Table, arguments: list[Any], where: Call | Solve) -> Any:
    """What a block with a TABLE sets and returns, from a table over its first argument.

    As in NEURON a table is that of all compartments: it is computed with the parameters of the first. Variables that
    the block sets beside those of the table have their value at the last point of the grid.
    """
    low, high, count = (machine.evaluate(one) for one in (table.first, table.last, table.count))
    count, step = int(count), (high - low) / int(count)
    grid = jnp.asarray(low + step * jnp.arange(count + 1), machine.like.dtype)
    inside = machine.fork()
    inside.values = {name: _of_first(value) for name, value in machine.values.items()}
    inside.frames, inside.like, inside.table = [], grid, CLAMP
    returned = inside.call_routine(routine, [grid, *map(_of_first, arguments[1:])], where, looks_up=False)

    position = jnp.clip((arguments[0] - low) / step, 0, count)
    index = jnp.minimum(jnp.floor(position), count - 1).astype(int)

    def between(values: Any) -> Any:
        if isinstance(values, list):
            return [between(one) for one in values]
        column = jnp.broadcast_to(jnp.asarray(values, grid.dtype), grid.shape)
        return column[index] + (position - index) * (column[index + 1] - column[index])

    for name in sorted(machine.program.flow.of_routine(routine).touches):
        found = inside.get(name)
        machine.set(name, between(found) if name in table.names else _at_end(found))
    return between(returned) if routine.kind == "FUNCTION" else 0.0


def _of_first(value: Any) -> Any:
    """The value in the first compartment."""
    if isinstance(value, list):
        return [_of_first(one) for one in value]
    return value[0] if isinstance(value, jax.Array) and value.ndim else value


def _at_end(value: Any) -> Any:
    if isinstance(value, list):
        return [_at_end(one) for one in value]
    return value[-1] if isinstance(value, jax.Array) and value.ndim else value
