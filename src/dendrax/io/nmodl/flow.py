"""Which variables a block reads before it sets them, and which it sets: what has to be kept from step to step."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from dendrax.io.nmodl.events import as_jump
from dendrax.io.nmodl.tree import (
    Assign,
    Binary,
    Block,
    Call,
    Conserve,
    Do,
    Equation,
    Expression,
    From,
    If,
    Local,
    Reaction,
    Routine,
    Solve,
    Statement,
    Table,
    Unary,
    While,
    names_in,
)


@dataclass(frozen=True)
class Effect:
    """What statements do to variables.

    Attributes:
        reads: Variables whose earlier value they may need.
        sets: Variables that they set whatever happens.
        touches: Variables that they may set.
    """

    reads: frozenset[str] = frozenset()
    sets: frozenset[str] = frozenset()
    touches: frozenset[str] = frozenset()

    def then(self, later: "Effect") -> "Effect":
        """The effect of both, one after the other."""
        return Effect(self.reads | (later.reads - self.sets), self.sets | later.sets, self.touches | later.touches)

    def without(self, names: Iterable[str]) -> "Effect":
        """The effect on all other variables."""
        gone = frozenset(names)
        return Effect(self.reads - gone, self.sets - gone, self.touches - gone)


NOTHING = Effect()


def reads(names: Iterable[str]) -> Effect:
    """The effect of reading."""
    return Effect(reads=frozenset(names))


def writes(name: str) -> Effect:
    """The effect of an assignment."""
    return Effect(sets=frozenset((name,)), touches=frozenset((name,)))


class Flow:
    """The effects of the blocks of a file.

    Args:
        routine: Finds a block by its name.
        skip_solve: Whether SOLVE has no effect: the statements of BREAKPOINT that compute currents.
    """

    def __init__(self, routine: Callable[[str], Routine | None], *, skip_solve: bool = False) -> None:
        self.routine = routine
        self.skip_solve = skip_solve
        self.known: dict[str, Effect] = {}
        self.kinds: dict[type, Callable[[Any], Effect]] = {
            Assign: self._of_assignment,
            Do: self._of_call,
            If: lambda one: self.of_expressions(one.condition).then(either(self.of(one.then), self.of(one.otherwise))),
            While: lambda one: self.of_expressions(one.condition).then(either(self.of(one.body), NOTHING)),
            From: self._of_loop,
            Block: lambda one: self.of(one.body),
            Solve: self._of_solve,
            Conserve: self._of_equation,
            Equation: self._of_equation,
            Reaction: self._of_reaction,
            Table: lambda one: self.of_expressions(one.first, one.last),
        }

    def of_routine(self, routine: Routine) -> Effect:
        """The effect of a call; arguments and what a FUNCTION returns are its own."""
        key = f"{routine.kind} {routine.name}"
        if key not in self.known:
            self.known[key] = NOTHING  # a call of itself
            own = {*(name for name, _ in routine.arguments), *((routine.name,) if routine.kind == "FUNCTION" else ())}
            self.known[key] = self.of(routine.body).without(own)
        return self.known[key]

    def of(self, statements: Iterable[Statement]) -> Effect:
        """The effect of statements, one after the other."""
        total, local = NOTHING, set()
        for one in statements:
            if isinstance(one, Local):
                local |= {name for name, _ in one.names}
            total = total.then(self.of_one(one))
        return total.without(local)

    def of_one(self, one: Statement) -> Effect:
        """The effect of a statement."""
        of_kind = self.kinds.get(type(one))
        return NOTHING if of_kind is None else of_kind(one)

    def _of_assignment(self, one: Assign) -> Effect:
        before = self.of_expressions(one.value, *(() if one.target.index is None else (one.target.index,)))
        if one.target.order:  # a differential equation reads its state, too
            before = before.then(reads((one.target.name,)))
        return before.then(writes(one.target.name))

    def _of_call(self, one: Do) -> Effect:
        jump = as_jump(one)
        return self.of_expressions(one.call) if jump is None else self._of_assignment(jump)

    def _of_loop(self, one: From) -> Effect:
        ends = self.of_expressions(*(end for end in (one.first, one.last, one.step) if end is not None))
        return ends.then(self.of(one.body).without((one.variable,)))

    def _of_solve(self, one: Solve) -> Effect:
        found = self.routine(one.block)
        return NOTHING if self.skip_solve or found is None else self.of_routine(found)

    def _of_equation(self, one: Conserve | Equation) -> Effect:
        names = frozenset(names_in(one.left, one.right))
        return self.of_expressions(one.left, one.right).then(Effect(touches=names))

    def _of_reaction(self, one: Reaction) -> Effect:
        rates = self.of_expressions(*(rate for rate in (one.forward, one.backward) if rate is not None))
        names = frozenset(name.name for _, name in (*one.left, *one.right))
        return rates.then(Effect(reads=names, touches=names))

    def of_expressions(self, *those: Expression) -> Effect:
        """The effect of evaluating expressions: what they read, and what the functions do that they call."""
        total = NOTHING
        for one in those:
            if isinstance(one, Call):
                total = total.then(self.of_expressions(*one.arguments))
                found = self.routine(one.name)
                total = total if found is None else total.then(self.of_routine(found))
            elif isinstance(one, Unary):
                total = total.then(self.of_expressions(one.operand))
            elif isinstance(one, Binary):
                total = total.then(self.of_expressions(one.left, one.right))
            else:
                total = total.then(reads(names_in(one)))
                index = getattr(one, "index", None)
                total = total if index is None else total.then(self.of_expressions(index))
        return total


def either(a: Effect, b: Effect) -> Effect:
    """The effect of one of two branches."""
    return Effect(a.reads | b.reads, a.sets & b.sets, a.touches | b.touches)
