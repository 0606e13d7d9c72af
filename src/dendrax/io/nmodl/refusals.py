"""Unsupported constructs of .mod files, found with their lines when a file is loaded."""

from collections.abc import Iterator
from typing import NamedTuple

from dendrax.errors import ModelValueError, NmodlError
from dendrax.io.nmodl import arithmetic, events
from dendrax.io.nmodl.builtin import BUILTIN, IGNORED
from dendrax.io.nmodl.integration import METHODS
from dendrax.io.nmodl.program import Program
from dendrax.io.nmodl.tree import (
    Call,
    Compartment,
    Diffusion,
    ForAll,
    From,
    Local,
    Name,
    Place,
    Routine,
    Solve,
    Verbatim,
    Watch,
    walk,
)
from dendrax.io.nmodl.units import factor
from dendrax.io.nmodl.verbatim import is_harmless

ENTRIES = ("INITIAL", "BREAKPOINT", "NET_RECEIVE")
SOLVABLE = ("DERIVATIVE", "KINETIC", "PROCEDURE", "LINEAR", "NONLINEAR")


LONGEST_ARRAY = 10_000


class Refusal(NamedTuple):
    """A construct that is not supported.

    Attributes:
        place: Where it stands.
        construct: Its description.
    """

    place: Place
    construct: str


def check(program: Program) -> None:
    """Refuse a file with something that is not supported.

    Raises:
        NmodlError: The message gives each construct with its file and line.
    """
    found = list(refusals_of(program))
    if found:
        lines = "\n".join(f"  {one.place}: {one.construct}" for one in found[:10])
        more = f"\n  and {len(found) - 10} more" if len(found) > 10 else ""
        raise NmodlError(
            f"{program.file.path or program.name} uses constructs that Dendrax does not support:\n{lines}{more}"
        )


def refusals_of(program: Program) -> Iterator[Refusal]:
    """All constructs of a file that are not supported, in its order."""
    neuron = program.file.neuron
    if program.kind == "ARTIFICIAL_CELL":
        yield Refusal(neuron.place, "ARTIFICIAL_CELL")
    if not program.name:
        yield Refusal(neuron.place, "a file without SUFFIX or POINT_PROCESS")
    for kind, names in (
        ("POINTER", neuron.pointers),
        ("BBCOREPOINTER", neuron.core_pointers),
        ("RANDOM", neuron.randoms),
    ):
        for name in names:
            yield Refusal(neuron.place, f"{kind} {name}")
    yield from _of_arrays(program)
    yield from _of_ions(program)
    for name, text in program.file.factors.items():
        try:
            factor(text, program.file.units)
        except ValueError as error:
            yield Refusal(Place(program.file.path, 1, 1), f"the unit of {name}: {error}")
    for routine in program.file.routines:
        if routine.kind.startswith(("BEFORE", "AFTER")) or routine.kind in ("FUNCTION_TABLE", "DISCRETE"):
            yield Refusal(routine.place, routine.kind)
    for routine in reachable(program):
        yield from _of_routine(program, routine)
    if program.body("NET_RECEIVE"):
        yield from _of_events(program)
    if "dt" in program.effects["currents"].reads:
        yield Refusal(neuron.place, "dt in the currents of BREAKPOINT")


def reachable(program: Program) -> list[Routine]:
    """The blocks that run: INITIAL, BREAKPOINT, NET_RECEIVE, and those that they solve or call."""
    found = [one for one in program.file.routines if one.kind in ENTRIES]
    for routine in found:  # grows meanwhile
        for one in walk(*routine.body):
            name = one.name if isinstance(one, Call) else one.block if isinstance(one, Solve) else ""
            other = program.routine(name)
            found += [other] if other is not None and other not in found else []
    return found


def _of_arrays(program: Program) -> Iterator[Refusal]:
    """Arrays that users would have to set, and those that are too long to be states."""
    parameters = {one.name for one in program.file.parameters}
    for name, one in program.declared.items():
        if one.length > LONGEST_ARRAY:
            yield Refusal(one.place, f"{name}, an array with more than {LONGEST_ARRAY} entries")
        elif one.length and name in program.read and (name in parameters or name not in program.touched):
            yield Refusal(one.place, f"{name}, an array of parameters")


def _of_ions(program: Program) -> Iterator[Refusal]:
    for ion in program.file.neuron.ions:
        for name in (*ion.reads, *ion.writes):
            if name not in program.ions:
                yield Refusal(ion.place, f"{name}, which is not a variable of the ion {ion.name}")
    for ion in program.concentrations_written:
        if ion.name not in program.valences:
            yield Refusal(ion.place, f"the ion {ion.name}, whose concentration it writes, without a VALENCE")


def _of_names(program: Program, routine: Routine) -> Iterator[Refusal]:
    """Names that mean nothing."""
    own = {name for name, _ in routine.arguments} | {routine.name}
    own |= {"flag"} if routine.kind == "NET_RECEIVE" else set()
    for one in walk(*routine.body):
        own |= {name for name, _ in one.names} if isinstance(one, Local) else set()
        own |= {one.variable} if isinstance(one, From) else set()
        own |= {one.index} if isinstance(one, Compartment) and one.index else set()
    for one in walk(*routine.body):
        if isinstance(one, Name) and one.name not in own and one.name not in program.known_names:
            yield Refusal(one.place, f"the name {one.name}, which is not declared")


def _of_routine(program: Program, routine: Routine) -> Iterator[Refusal]:
    yield from _of_names(program, routine)
    for one in walk(*routine.body):
        if isinstance(one, Verbatim) and not is_harmless(one.text):
            yield Refusal(one.place, f"VERBATIM in {routine.kind} {routine.name}".rstrip())
        elif isinstance(one, Watch):
            yield Refusal(one.place, "WATCH")
        elif isinstance(one, ForAll):
            yield Refusal(one.place, "FOR_NETCONS")
        elif isinstance(one, Diffusion):
            yield Refusal(one.place, "LONGITUDINAL_DIFFUSION")
        elif isinstance(one, Solve):
            yield from _of_solve(program, one)
        elif isinstance(one, Call) and not _is_known(program, one.name):
            yield Refusal(one.place, f"a call of {one.name}")


def _is_known(program: Program, name: str) -> bool:
    if (routine := program.routine(name)) is not None:
        return routine.kind in ("FUNCTION", "PROCEDURE")
    return name == events.JUMP or name in IGNORED or name in BUILTIN or name in arithmetic.FUNCTIONS


def _of_solve(program: Program, one: Solve) -> Iterator[Refusal]:
    routine = program.routine(one.block)
    if routine is None or routine.kind not in SOLVABLE:
        yield Refusal(one.place, f"SOLVE {one.block}, which is not a block that can be solved")
    elif one.method and one.method not in METHODS:
        known = ", ".join(METHODS)
        yield Refusal(one.place, f"SOLVE {one.block} METHOD {one.method}, which is not one of {known}")
    elif routine.kind == "DERIVATIVE" and not one.method:
        yield Refusal(one.place, f"SOLVE {one.block} without METHOD")


def _of_events(program: Program) -> Iterator[Refusal]:
    for routine in (one for one in program.file.routines if one.kind == "NET_RECEIVE"):
        for place, reason in events.reasons_against(routine):
            yield Refusal(place, reason)


def one_of(what: str, value: str, choices: tuple[str, ...]) -> str:
    """`value`, which has to be one of `choices`.

    Raises:
        ModelValueError: It is not.
    """
    if value not in choices:
        raise ModelValueError(f"{what}={value!r}: choose one of {', '.join(map(repr, choices))}.")
    return value
