"""The statements of KINETIC: reactions, what they conserve, and the volumes in which they happen."""

from typing import Any

from dendrax.io.nmodl import arithmetic
from dendrax.io.nmodl.machine import Machine
from dendrax.io.nmodl.program import Slot
from dendrax.io.nmodl.tree import Compartment, Conserve, Reaction, Routine, names_in, walk


def compartment(machine: Machine, one: Compartment) -> None:
    """COMPARTMENT: the volumes of states."""
    for name in one.names:
        machine.volumes[name] = _volumes(machine, one, name)


def conserve(machine: Machine, one: Conserve) -> None:
    """CONSERVE: an equation that takes the place of that of a state."""
    machine.conserved.append(one)


def _volumes(machine: Machine, one: Compartment, name: str) -> Any:
    declared = machine.program.declared.get(name)
    if one.index is None or declared is None or not declared.length:
        return machine.evaluate(one.volume)
    found = []
    for number in range(declared.length):
        inside = machine.fork()
        inside.frames.append({one.index: number})
        found.append(inside.evaluate(one.volume))
    return found


def react(machine: Machine, one: Reaction) -> None:
    """Add the fluxes of a reaction to the rates of change of what takes part in it."""
    sides = [[(count, name.name, machine.index_of(name)) for count, name in side] for side in (one.left, one.right)]
    forward = machine.evaluate(one.forward)
    if one.arrow == "<<":
        for _, name, index in sides[0]:
            _add_flux(machine, name, index, forward)
        return
    flux = forward * _product(machine, sides[0])
    backward = 0.0
    if one.arrow == "<->" and one.backward is not None:
        backward = machine.evaluate(one.backward) * _product(machine, sides[1])
    machine.set("f_flux", flux)
    machine.set("b_flux", backward)
    net = flux - backward
    for side, sign in zip(sides, (-1, 1), strict=True):
        for count, name, index in side:
            _add_flux(machine, name, index, sign * count * net)


def _product(machine: Machine, side: list[tuple[int, str, int | None]]) -> Any:
    total = 1.0
    for count, name, index in side:
        amount = machine.amounts.get((name, index), machine.get(name, index))
        total = total * arithmetic.power(amount, count)
    return total


def _add_flux(machine: Machine, name: str, index: int | None, flux: Any) -> None:
    if name in machine.changing:
        machine.set(f"{name}'", machine.get(f"{name}'", index) + flux, index)


def is_of_first_order(routine: Routine) -> bool:
    """Whether a KINETIC block has reactions of a single state on each side alone."""
    reactions = [one for one in walk(*routine.body) if isinstance(one, Reaction)]
    sides = [side for one in reactions for side in (one.left, one.right)]
    return routine.kind == "KINETIC" and all(sum(count for count, _ in side) <= 1 for side in sides)


def missing(machine: Machine, one: Conserve, slots: list[Slot]) -> Any:
    """The difference between a conserved sum and its total; states count in proportion to their COMPARTMENT."""
    amounts = machine.fork()
    for name, index in slots:
        if name in machine.volumes:
            amounts.set(name, machine.get(name, index) * volume_of(machine, name, index), index)
    return machine.as_array(amounts.evaluate(one.left)) - machine.as_array(machine.evaluate(one.right))


def volume_of(machine: Machine, name: str, index: int | None) -> Any:
    """The volume in which a state is."""
    volume = machine.volumes[name]
    return volume[index] if isinstance(volume, list) and index is not None else volume


def row_of(slots: list[Slot], one: Conserve) -> int:
    """The state that a CONSERVE names last; where states begin at 0 it matters which one it is."""
    states = [name for name, _ in slots]
    last = [name for name in names_in(one.left) if name in states][-1]
    return max(number for number, name in enumerate(states) if name == last)
