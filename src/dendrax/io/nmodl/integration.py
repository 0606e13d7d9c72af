"""SOLVE: the methods of NMODL for differential equations, reactions and systems of equations."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from dendrax.io.nmodl import arithmetic, calls, implicit, kinetics
from dendrax.io.nmodl.machine import Machine
from dendrax.io.nmodl.program import Slot
from dendrax.io.nmodl.tree import (
    Assign,
    Equation,
    Routine,
    Solve,
)
from dendrax.mechanisms.exponentials import expm1
from dendrax.mechanisms.rates import quotient

EXPLICIT = ("euler", "runge")
IN_PLACE = ("cnexp", "after_cvode")
IMPLICIT = ("derivimplicit", "sparse", "sparse_thread", "newton")
STEADY_STEP = 1e9
"""The step by which NEURON comes to a steady state [ms]."""

METHODS = (*EXPLICIT, *IN_PLACE, *IMPLICIT)


def solve(machine: Machine, one: Solve) -> None:
    """Advance the states of a block by a step, or solve its equations."""
    routine = machine.program.routine(one.block)
    if routine is None or not machine.solves:  # blocks that do not exist are refused when the file is loaded
        return
    if routine.kind == "PROCEDURE":
        calls.call_routine(machine, routine, [], one)
    elif routine.kind in ("LINEAR", "NONLINEAR"):
        _solve_equations(machine, routine)
    elif one.steady:
        _finish(machine, routine, implicit.root(*_implicit(machine, routine, None)))
    elif routine.kind == "KINETIC" or one.method in IMPLICIT:
        _finish(machine, routine, implicit.root(*_implicit(machine, routine, machine.dt)))
    elif one.method in EXPLICIT:
        step = {"euler": _euler, "runge": _runge}[one.method]
        slots, start = _unknowns(machine, routine)
        _finish(machine, routine, step(lambda x: _rates(machine, routine, slots, x)[0], start, machine.dt))
    else:
        machine.in_place = True
        machine.run_block(routine.body)
        machine.in_place = False


def assign(machine: Machine, one: Assign) -> None:
    """An assignment. A differential equation is one step where equations are solved in place, or else a rate."""
    name, index = one.target.name, machine.index_of(one.target)
    if not one.target.order:
        machine.set(name, machine.evaluate(one.value), index)
    elif not machine.in_place:
        machine.set(f"{name}'", machine.evaluate(one.value), index)
    else:
        _step_exactly(machine, one, name, index)


def _step_exactly(machine: Machine, one: Assign, name: str, index: int | None) -> None:
    """A step that is exact for an equation that is linear in its state."""
    state = machine.as_array(machine.get(name, index))
    if name not in machine.program.flow.of_expressions(one.value).reads:
        machine.set(name, state + machine.dt * machine.evaluate(one.value), index)
        return

    def rate(x: Any) -> Any:
        inside = machine.fork()
        inside.set(name, x, index)
        return machine.as_array(inside.evaluate(one.value))

    now, slope = jax.jvp(rate, (state,), (jnp.ones_like(state),))
    is_flat = slope == 0.0
    bent = quotient(now, jnp.where(is_flat, 1.0, slope)) * expm1(machine.dt * slope)
    machine.set(name, state + jnp.where(is_flat, machine.dt * now, bent), index)


def equation(machine: Machine, one: Equation) -> None:
    """An equation of LINEAR or NONLINEAR."""
    machine.equations.append(machine.evaluate(one.left) - machine.evaluate(one.right))


def _unknowns(machine: Machine, routine: Routine) -> tuple[list[Slot], list[Any]]:
    """The entries of the states that a block changes, in the order of their declaration, and their values."""
    touched = machine.program.flow.of_routine(routine).touches
    states = [one.name for one in machine.program.file.states if one.name in touched]
    slots = [slot for name in states for slot in machine.program.slots[name]]
    return slots, [machine.as_array(machine.get(*slot)) for slot in slots]


def _rates(
    machine: Machine, routine: Routine, slots: list[Slot], x: list[Any], amounts: list[Any] | None = None
) -> tuple[list[Any], Machine]:
    """The rates of change of states with values `x`, and the machine that has computed them.

    Reactions take the values `amounts` of what reacts, where they are given.
    """
    inside = machine.fork()
    inside.amounts = {} if amounts is None else dict(zip(slots, amounts, strict=True))
    inside.changing = {name for name, _ in slots}
    for name in inside.changing:
        declared = machine.program.declared[name]
        inside.set(f"{name}'", [0.0] * declared.length if declared.length else 0.0)
    for slot, value in zip(slots, x, strict=True):
        inside.set(slot[0], value, slot[1])
    inside.run_block(routine.body)
    rates = [inside.get(f"{name}'", index) for name, index in slots]
    for number, (name, index) in enumerate(slots):
        if name in inside.volumes:
            rates[number] = arithmetic.divide(rates[number], kinetics.volume_of(inside, name, index))
    return [machine.as_array(rate) for rate in rates], inside


def _implicit(
    machine: Machine, routine: Routine, dt: Any
) -> tuple[Callable[[Machine, list[Any]], list[Any]], Machine, list[Any], list[int] | None]:
    """The residual of a step of backward Euler (of the steady state without `dt`), and where it starts.

    Each CONSERVE takes the place of the equation of the state that it names last; these equations are eliminated last.
    A steady state is solved with a search for pivots, since nothing keeps its diagonal away from 0. In a block whose
    reactions are all of first order, rates are those of the old states, and the steady state is a very long step:
    NEURON solves such a block once.
    """
    slots, start = _unknowns(machine, routine)
    conserved = _rates(machine, routine, slots, start)[1].conserved
    replaced = {kinetics.row_of(slots, one): one for one in conserved}
    is_linear = kinetics.is_of_first_order(routine)

    def residual(machine: Machine, x: list[Any]) -> list[Any]:
        if is_linear:
            rates, inside = _rates(machine, routine, slots, start_of(machine), x)
            inside = inside.fork()
            for slot, value in zip(slots, x, strict=True):
                inside.set(slot[0], value, slot[1])
        else:
            rates, inside = _rates(machine, routine, slots, x)
        found = []
        for number, (value, before, rate) in enumerate(zip(x, start_of(machine), rates, strict=True)):
            if number in replaced:
                row = kinetics.missing(inside, replaced[number], slots)
            elif dt is not None:
                row = value - before - machine.dt * rate
            else:
                row = (value - before) / STEADY_STEP - rate if is_linear else -rate
            found.append(row)
        return found

    def start_of(machine: Machine) -> list[Any]:
        return [machine.as_array(machine.get(*slot)) for slot in slots]

    order = [number for number in range(len(slots)) if number not in replaced]
    return residual, machine, start, None if dt is None else [*order, *replaced]


def _finish(machine: Machine, routine: Routine, x: list[Any]) -> None:
    """Set the states, and all that the block computes beside them, to what belongs to the new states."""
    slots, _ = _unknowns(machine, routine)
    _, inside = _rates(machine, routine, slots, x)
    machine.values |= {name: value for name, value in inside.values.items() if not name.endswith("'")}
    for (name, index), value in zip(slots, x, strict=True):
        machine.set(name, value, index)


def _euler(rates: Callable[[list[Any]], list[Any]], x: list[Any], dt: Any) -> list[Any]:
    return _moved(x, dt, rates(x))


def _runge(rates: Callable[[list[Any]], list[Any]], x: list[Any], dt: Any) -> list[Any]:
    """The classical method of fourth order."""
    first = rates(x)
    second = rates(_moved(x, dt / 2, first))
    third = rates(_moved(x, dt / 2, second))
    fourth = rates(_moved(x, dt, third))
    all_four = zip(first, second, third, fourth, strict=True)
    return _moved(x, dt / 6, [a + 2 * b + 2 * c + d for a, b, c, d in all_four])


def _moved(x: list[Any], by: Any, rates: list[Any]) -> list[Any]:
    return [value + by * rate for value, rate in zip(x, rates, strict=True)]


def _solve_equations(machine: Machine, routine: Routine) -> None:
    """LINEAR and NONLINEAR: as many equations as unknowns."""
    slots, start = _unknowns(machine, routine)

    def residual(machine: Machine, x: list[Any]) -> list[Any]:
        inside = machine.fork()
        for slot, value in zip(slots, x, strict=True):
            inside.set(slot[0], value, slot[1])
        inside.run_block(routine.body)
        return [machine.as_array(one) for one in inside.equations]

    for slot, value in zip(slots, implicit.root(residual, machine, start, None), strict=True):
        machine.set(slot[0], value, slot[1])
