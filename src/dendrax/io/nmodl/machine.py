"""Runs the statements of a .mod file on arrays with a number for each place that has the mechanism.

The syntax tree is interpreted while a program is traced. Nothing of it is left when the program runs.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from dendrax.errors import MechanismError
from dendrax.io.nmodl import arithmetic
from dendrax.io.nmodl.builtin import BUILTIN, IGNORED
from dendrax.io.nmodl.linoid import linoid
from dendrax.io.nmodl.program import Program, Slot
from dendrax.io.nmodl.tree import (
    Assign,
    Binary,
    Block,
    Call,
    Conserve,
    Do,
    Expression,
    From,
    If,
    Local,
    Name,
    Number,
    Routine,
    Solve,
    Statement,
    Table,
    Unary,
    While,
)

MOST_ROUNDS = 10_000
"""Of a loop, whose statements are written out one round after the other."""

DEEPEST = 40
"""Calls inside of calls."""

TABLES = CLAMP, EXACT, OFF = ("clamp", "exact", "off")
"""What stands in a TABLE is computed within its range, looked up as NEURON does, or computed everywhere."""

Values = dict[str, Any]
AnyMachine = TypeVar("AnyMachine", bound="Machine")


class Machine:
    """The variables of a mechanism while its statements run.

    Args:
        program: What the file means.
        values: The value of each variable: a number, an array (n,), or a list of these for an array of NMODL.
        like: An array (n,) of the kind that states are: the voltage.
        dt: The time step [ms]; None where none is taken.
        table: What becomes of TABLE, one of `TABLES`.
    """

    def __init__(self, program: Program, values: Values, like: Any, dt: Any, *, table: str) -> None:
        self.program = program
        self.values = values
        self.like = like
        self.dt = dt
        self.table = table
        self.frames: list[Values] = []
        self.in_place = False
        self.solves = True
        self.changing: set[str] = set()
        self.conserved: list[Conserve] = []
        self.equations: list[Any] = []
        self.volumes: Values = {}
        self.amounts: dict[Slot, Any] = {}

    def fork(self: AnyMachine) -> AnyMachine:  # noqa: PYI019 - beartype checks methods one by one
        """A machine with the same values, whose changes do not come back."""
        other = type(self)(self.program, dict(self.values), self.like, self.dt, table=self.table)
        other.frames = [dict(one) for one in self.frames]
        other.in_place, other.solves, other.changing = self.in_place, self.solves, self.changing
        other.volumes, other.amounts = dict(self.volumes), self.amounts
        other.equations = []
        return other

    # Variables

    def get(self, name: str, index: int | None = None) -> Any:
        """The value of a variable; 0 for one that has not been set, as in NEURON."""
        value = self._scope(name).get(name, self._unset(name))
        return value if index is None else value[index]

    def set(self, name: str, value: Any, index: int | None = None) -> None:
        """Set a variable."""
        scope = self._scope(name)
        if index is not None:
            entries = list(scope.get(name, self._unset(name)))
            entries[index] = value
            value = entries
        scope[name] = value

    def _unset(self, name: str) -> Any:
        declared = self.program.declared.get(name)
        return [0.0] * declared.length if declared is not None and declared.length else 0.0

    def _scope(self, name: str) -> Values:
        return self.frames[-1] if self.frames and name in self.frames[-1] else self.values

    def index_of(self, name: Name) -> int | None:
        """The index of an entry of an array."""
        if name.index is None:
            return None
        index = self.evaluate(name.index)
        if not arithmetic.is_known(index):
            raise MechanismError(f"{name.place}: the index of {name.name} depends on values that change during a run.")
        length = len(self.get(name.name)) if isinstance(self.get(name.name), list) else 0
        if not 0 <= int(index) < length:
            raise MechanismError(f"{name.place}: index {int(index)} of {name.name}, which has {length} entries.")
        return int(index)

    # Statements

    def run(self, statements: Iterable[Statement]) -> None:
        """Run statements, one after the other."""
        for one in statements:
            self.run_one(one)

    def run_block(self, statements: Iterable[Statement]) -> None:
        """Run the statements of a block, which has LOCAL variables of its own."""
        self.frames.append({})
        self.run(statements)
        self.frames.pop()

    def run_without_solving(self, statements: Iterable[Statement]) -> None:
        """Run a block without its SOLVE statements: NEURON computes currents so."""
        self.solves = False
        self.run_block(statements)
        self.solves = True

    def run_one(self, one: Statement) -> None:
        """Run a statement."""
        if isinstance(one, Assign):
            if one.target.order:
                self.integrate(one)
            else:
                self.set(one.target.name, self.evaluate(one.value), self.index_of(one.target))
        elif isinstance(one, Do):
            self.call(one.call)
        elif isinstance(one, If):
            self._branch(one)
        elif isinstance(one, (From, While)):
            self._loop(one)
        elif isinstance(one, Local):
            self.frames[-1] |= {name: [0.0] * length if length else 0.0 for name, length in one.names}
        elif isinstance(one, Block):
            self.run(one.body)
        elif isinstance(one, Solve):
            if self.solves:
                self.solve(one)
        else:
            self.collect(one)

    def _branch(self, one: If) -> None:
        condition = arithmetic.truth(self.evaluate(one.condition))
        if isinstance(condition, bool):
            self.run(one.then if condition else one.otherwise)
            return
        sides = [self.fork(), self.fork()]
        for side, statements in zip(sides, (one.then, one.otherwise), strict=True):
            side.run(statements)
        for mine, *both in zip(
            [self.values, *self.frames], *([side.values, *side.frames] for side in sides), strict=True
        ):
            for name in {**both[0], **both[1]}:
                a, b = (side.get(name, mine.get(name, self._unset(name))) for side in both)
                mine[name] = arithmetic.choose(condition, a, b)

    def _loop(self, one: From | While) -> None:
        rounds = self._rounds(one) if isinstance(one, From) else iter(int, 1)
        for count, number in enumerate(rounds):
            if isinstance(one, While):
                goes_on = arithmetic.truth(self.evaluate(one.condition))
                if not isinstance(goes_on, bool):
                    raise MechanismError(f"{one.place}: the end of this loop depends on values that change in a run.")
                if not goes_on:
                    return
            else:
                self.set(one.variable, number)
            if count >= MOST_ROUNDS:
                raise MechanismError(f"{one.place}: this loop takes more than {MOST_ROUNDS} rounds.")
            self.run(one.body)

    def _rounds(self, one: From) -> Iterable[int]:
        ends = [self.evaluate(end) for end in (one.first, one.last, one.step or Number(1.0, integer=True))]
        if not arithmetic.is_known(*ends):
            raise MechanismError(f"{one.place}: the ends of this loop depend on values that change during a run.")
        first, last, step = map(int, ends)
        return range(first, last + (1 if step > 0 else -1), step)

    # What `Interpreter` adds

    def integrate(self, one: Assign) -> None:
        """A differential equation."""
        raise NotImplementedError

    def solve(self, one: Solve) -> None:
        """SOLVE."""
        raise NotImplementedError

    def collect(self, one: Statement) -> None:
        """Any other statement."""
        raise NotImplementedError

    def look_up(self, routine: Routine, table: Table, arguments: list[Any], where: Call | Solve) -> Any:
        """What a block with a TABLE sets and returns, from its table."""
        raise NotImplementedError

    # Expressions

    def evaluate(self, one: Expression) -> Any:
        """The value of an expression."""
        if isinstance(one, Number):
            return int(one.value) if one.integer else one.value
        if isinstance(one, Name):
            return self.get(one.name, self.index_of(one))
        if isinstance(one, Unary):
            value = self.evaluate(one.operand)
            return -value if one.operator == "-" else arithmetic.opposite(value)
        if isinstance(one, Binary):
            return self._binary(one)
        return self.call(one) if isinstance(one, Call) else 0.0

    def _binary(self, one: Binary) -> Any:
        if one.operator == "/" and (smooth := linoid(one, self.evaluate)) is not None:
            return smooth
        return arithmetic.OPERATORS[one.operator](self.evaluate(one.left), self.evaluate(one.right))

    # Calls

    def call(self, one: Call) -> Any:
        """Call a FUNCTION or PROCEDURE of the file, or a function of NEURON or C."""
        if (routine := self.program.routine(one.name)) is not None:
            return self.call_routine(routine, [self.evaluate(argument) for argument in one.arguments], one)
        if one.name in IGNORED:
            return 0.0
        arguments = [self.evaluate(argument) for argument in one.arguments]
        if (builtin := BUILTIN.get(one.name)) is not None:
            return builtin(self.get("celsius"), *arguments)
        return arithmetic.FUNCTIONS[one.name](*arguments)

    def call_routine(
        self, routine: Routine, arguments: list[Any], where: Call | Solve, *, looks_up: bool = True
    ) -> Any:
        """Run the statements of a block with arguments of its own, or look their results up."""
        if len(self.frames) > DEEPEST:
            raise MechanismError(f"{where.place}: {routine.name} calls itself too often.")
        names = [name for name, _ in routine.arguments]
        if len(names) != len(arguments):
            raise MechanismError(
                f"{where.place}: {routine.name} takes {len(names)} arguments, {', '.join(names)}, not {len(arguments)}."
            )
        frame = dict(zip(names, arguments, strict=True))
        tables = [one for one in routine.body if isinstance(one, Table)]
        if tables and names and looks_up and self.table == EXACT and not arithmetic.is_known(arguments[0]):
            return self.look_up(routine, tables[0], arguments, where)
        if tables and names and looks_up and self.table != OFF:
            frame[names[0]] = self._held(frame[names[0]], tables[0])
        if routine.kind == "FUNCTION":
            frame[routine.name] = 0.0
        self.frames.append(frame)
        self.run(routine.body)
        return self.frames.pop().get(routine.name, 0.0)

    def _held(self, value: Any, table: Table) -> Any:
        low, high = self.evaluate(table.first), self.evaluate(table.last)
        return arithmetic.FUNCTIONS["fmin"](arithmetic.FUNCTIONS["fmax"](value, low), high)
