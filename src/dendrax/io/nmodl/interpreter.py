"""A machine that solves equations and looks up tables, too."""

from typing import Any

from dendrax.io.nmodl import integration, lookup
from dendrax.io.nmodl.machine import Machine
from dendrax.io.nmodl.tree import Assign, Call, Routine, Solve, Statement, Table


class Interpreter(Machine):
    """Runs all statements of a .mod file: those of `Machine`, and those that have to do with equations."""

    def integrate(self, one: Assign) -> None:
        """A differential equation: one step of it where equations are solved in place, or else its rate of change."""
        integration.integrate(self, one)

    def solve(self, one: Solve) -> None:
        """Advance the states of a block by a step, or solve its equations."""
        integration.solve(self, one)

    def collect(self, one: Statement) -> None:
        """A statement of KINETIC, LINEAR or NONLINEAR; all others compute nothing."""
        integration.collect(self, one)

    def look_up(self, routine: Routine, table: Table, arguments: list[Any], where: Call | Solve) -> Any:
        """What a block with a TABLE sets and returns, from its table."""
        return lookup.look_up(self, routine, table, arguments, where)
