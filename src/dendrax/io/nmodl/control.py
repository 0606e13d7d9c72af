"""Statements that decide which others run: if, loops, and blocks inside of blocks."""

from collections.abc import Iterable

from dendrax.errors import MechanismError
from dendrax.io.nmodl import arithmetic
from dendrax.io.nmodl.machine import Machine
from dendrax.io.nmodl.tree import Block, From, If, Local, Number, While

MOST_ROUNDS = 10_000
"""Of a loop, whose statements are written out one round after the other."""


def branch(machine: Machine, one: If) -> None:
    """Run one side if the condition is known, else both, and choose between their values in each place."""
    condition = arithmetic.truth(machine.evaluate(one.condition))
    if isinstance(condition, bool):
        machine.run(one.then if condition else one.otherwise)
        return
    sides = [machine.fork(), machine.fork()]
    for side, statements in zip(sides, (one.then, one.otherwise), strict=True):
        side.run(statements)
    all_scopes = ([each.values, *each.frames] for each in (machine, *sides))
    for mine, *both in zip(*all_scopes, strict=True):
        for name in {**both[0], **both[1]}:
            a, b = (scope.get(name, mine.get(name, machine.unset(name))) for scope in both)
            mine[name] = arithmetic.choose(condition, a, b)


def count(machine: Machine, one: From) -> None:
    """FROM i = a TO b BY c."""
    ends = [machine.evaluate(end) for end in (one.first, one.last, one.step or Number(1.0, integer=True))]
    if not arithmetic.is_known(*ends):
        raise MechanismError(f"{one.place}: the ends of this loop depend on values that change during a run.")
    first, last, step = map(int, ends)
    for number in _limited(range(first, last + (1 if step > 0 else -1), step), one):
        machine.set(one.variable, number)
        machine.run(one.body)


def repeat(machine: Machine, one: While) -> None:
    """while."""
    for _ in _limited(iter(int, 1), one):
        goes_on = arithmetic.truth(machine.evaluate(one.condition))
        if not isinstance(goes_on, bool):
            raise MechanismError(f"{one.place}: the end of this loop depends on values that change during a run.")
        if not goes_on:
            return
        machine.run(one.body)


def _limited(rounds: Iterable[int], one: From | While) -> Iterable[int]:
    for done, number in enumerate(rounds):
        if done >= MOST_ROUNDS:
            raise MechanismError(f"{one.place}: this loop takes more than {MOST_ROUNDS} rounds.")
        yield number


def declare(machine: Machine, one: Local) -> None:
    """LOCAL inside of a block."""
    machine.frames[-1] |= {name: [0.0] * length if length else 0.0 for name, length in one.names}


def block(machine: Machine, one: Block) -> None:
    """Braces without a keyword."""
    machine.run(one.body)
