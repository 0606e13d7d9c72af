"""The variables of a mechanism while the statements of its .mod file run, on arrays with a number for each place.

The syntax tree is interpreted while a program is traced. Nothing of it is left when the program runs. What each kind of
statement does stands in `control`, `calls`, `integration` and `kinetics`; `interpreter.KINDS` is the list.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jax.numpy as jnp

from dendrax.errors import MechanismError
from dendrax.io.nmodl import arithmetic
from dendrax.io.nmodl.linoid import linoid
from dendrax.io.nmodl.program import Program, Slot
from dendrax.io.nmodl.tree import Binary, Call, Conserve, Expression, Name, Number, Statement, Unary

TABLES = CLAMP, EXACT, OFF = ("clamp", "exact", "off")
"""Compute the values of a TABLE within its range, look them up as NEURON does, or compute them everywhere."""

Values = dict[str, Any]
Kinds = Mapping[type, Callable[["Machine", Any], Any]]
"""What runs each kind of statement, and calls; statements of other kinds compute nothing."""


class Machine:
    """The variables of a mechanism while its statements run.

    Args:
        program: The analysed file.
        values: The value of each variable: a number, an array (n,), or a list of these for an array of NMODL.
        like: An array (n,) of the kind that states are: the voltage.
        dt: The time step [ms]; None where none is taken.
        table: How to evaluate a TABLE, one of `TABLES`.
        kinds: What runs each kind of statement.
    """

    def __init__(self, program: Program, values: Values, like: Any, dt: Any, *, table: str, kinds: Kinds) -> None:
        self.program = program
        self.values = values
        self.like = like
        self.dt = dt
        self.table = table
        self.kinds = kinds
        self.frames: list[Values] = []
        self.in_place = False
        self.solves = True
        self.changing: set[str] = set()
        self.conserved: list[Conserve] = []
        self.equations: list[Any] = []
        self.volumes: Values = {}
        self.amounts: dict[Slot, Any] = {}

    def fork(self) -> "Machine":
        """A machine with the same values, whose changes do not come back."""
        other = Machine(self.program, dict(self.values), self.like, self.dt, table=self.table, kinds=self.kinds)
        other.frames = [dict(one) for one in self.frames]
        other.in_place, other.solves, other.changing = self.in_place, self.solves, self.changing
        other.volumes, other.amounts = dict(self.volumes), self.amounts
        return other

    # Variables

    def get(self, name: str, index: int | None = None) -> Any:
        """The value of a variable; 0 for one that has not been set, as in NEURON."""
        value = self._scope(name).get(name, self.unset(name))
        return value if index is None else value[index]

    def set(self, name: str, value: Any, index: int | None = None) -> None:
        """Set a variable."""
        scope = self._scope(name)
        if index is not None:
            entries = list(scope.get(name, self.unset(name)))
            entries[index] = value
            value = entries
        scope[name] = value

    def unset(self, name: str) -> Any:
        """The value of a variable that has not been set."""
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
        value = self.get(name.name)
        length = len(value) if isinstance(value, list) else 0
        if not 0 <= int(index) < length:
            raise MechanismError(f"{name.place}: index {int(index)} of {name.name}, which has {length} entries.")
        return int(index)

    def as_array(self, value: Any) -> Any:
        """A value as an array with an entry for each place."""
        return jnp.broadcast_to(jnp.asarray(value, self.like.dtype), self.like.shape)

    # Statements

    def run(self, statements: Iterable[Statement]) -> None:
        """Run statements, one after the other."""
        for one in statements:
            self.run_one(one)

    def run_one(self, one: Statement) -> None:
        """Run a statement."""
        if (kind := self.kinds.get(type(one))) is not None:
            kind(self, one)

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
        return self.kinds[Call](self, one) if isinstance(one, Call) else 0.0

    def _binary(self, one: Binary) -> Any:
        if one.operator == "/" and (smooth := linoid(one, self.evaluate)) is not None:
            return smooth
        return arithmetic.OPERATORS[one.operator](self.evaluate(one.left), self.evaluate(one.right))
