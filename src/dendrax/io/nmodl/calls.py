"""Calls of FUNCTIONs and PROCEDUREs, of functions of NEURON and C, and the TABLEs of the former.

A TABLE is one of the settings of a machine. "clamp" and "off" compute what stands in it. "exact" does as NEURON does:
values at the points of a grid, and straight lines between them.
"""

from typing import Any

import jax
import jax.numpy as jnp

from dendrax.errors import MechanismError
from dendrax.io.nmodl import arithmetic
from dendrax.io.nmodl.builtin import BUILTIN, IGNORED
from dendrax.io.nmodl.events import as_jump
from dendrax.io.nmodl.machine import CLAMP, EXACT, OFF, Machine
from dendrax.io.nmodl.tree import Call, Do, Routine, Solve, Table

DEEPEST = 40
"""Calls inside of calls."""


def do(machine: Machine, one: Do) -> None:
    """A call as a statement."""
    jump = as_jump(one)
    if jump is None:
        call(machine, one.call)
    else:
        machine.run_one(jump)


def call(machine: Machine, one: Call) -> Any:
    """Call a FUNCTION or PROCEDURE of the file, or a function of NEURON or C."""
    if (routine := machine.program.routine(one.name)) is not None:
        return call_routine(machine, routine, [machine.evaluate(argument) for argument in one.arguments], one)
    if one.name in IGNORED:
        return 0.0
    arguments = [machine.evaluate(argument) for argument in one.arguments]
    if (builtin := BUILTIN.get(one.name)) is not None:
        return builtin(machine.get("celsius"), *arguments)
    return arithmetic.FUNCTIONS[one.name](*arguments)


def call_routine(machine: Machine, routine: Routine, arguments: list[Any], where: Call | Solve) -> Any:
    """Run the statements of a block with arguments of its own, or look their results up."""
    if len(machine.frames) > DEEPEST:
        raise MechanismError(f"{where.place}: {routine.name} calls itself too often.")
    names = [name for name, _ in routine.arguments]
    if len(names) != len(arguments):
        raise MechanismError(
            f"{where.place}: {routine.name} takes {len(names)} arguments, {', '.join(names)}, not {len(arguments)}."
        )
    table = next((one for one in routine.body if isinstance(one, Table)), None)
    if table is None or not arguments or machine.table == OFF:
        return _run(machine, routine, arguments)
    if machine.table == EXACT and not arithmetic.is_known(arguments[0]):
        return _look_up(machine, routine, table, arguments)
    low, high = machine.evaluate(table.first), machine.evaluate(table.last)
    held = arithmetic.FUNCTIONS["fmin"](arithmetic.FUNCTIONS["fmax"](arguments[0], low), high)
    return _run(machine, routine, [held, *arguments[1:]])


def _run(machine: Machine, routine: Routine, arguments: list[Any]) -> Any:
    """Run the statements of a block. A FUNCTION returns the variable that has its name."""
    returned = {routine.name: 0.0} if routine.kind == "FUNCTION" else {}
    machine.frames.append({**dict(zip((name for name, _ in routine.arguments), arguments, strict=True)), **returned})
    machine.run(routine.body)
    return machine.frames.pop().get(routine.name, 0.0)


def _look_up(machine: Machine, routine: Routine, table: Table, arguments: list[Any]) -> Any:
    """Set the variables of a block with a TABLE, and return its value, from a table over its first argument.

    As in NEURON a table is that of all compartments: it is computed with the parameters of the first. Variables that
    the block sets beside those of the table have their value at the last point of the grid.
    """
    low, high, count = (machine.evaluate(one) for one in (table.first, table.last, table.count))
    count, step = int(count), (high - low) / int(count)
    grid = jnp.asarray(low + step * jnp.arange(count + 1), machine.like.dtype)
    inside = machine.fork()
    inside.values = {name: _entry(value, 0) for name, value in machine.values.items()}
    inside.frames, inside.like, inside.table = [], grid, CLAMP
    returned = _run(inside, routine, [grid, *(_entry(one, 0) for one in arguments[1:])])

    position = jnp.clip((arguments[0] - low) / step, 0, count)
    index = jnp.minimum(jnp.floor(position), count - 1).astype(int)

    def between(values: Any) -> Any:
        if isinstance(values, list):
            return [between(one) for one in values]
        column = jnp.broadcast_to(jnp.asarray(values, grid.dtype), grid.shape)
        return column[index] + (position - index) * (column[index + 1] - column[index])

    for name in sorted(machine.program.flow.of_routine(routine).touches):
        found = inside.get(name)
        machine.set(name, between(found) if name in table.names else _entry(found, -1))
    return between(returned) if routine.kind == "FUNCTION" else 0.0


def _entry(value: Any, index: int) -> Any:
    """One entry of an array over places or the grid; other values as they are."""
    if isinstance(value, list):
        return [_entry(one, index) for one in value]
    return value[index] if isinstance(value, jax.Array) and value.ndim else value
