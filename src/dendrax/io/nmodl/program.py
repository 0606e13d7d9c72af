"""The roles of the variables of a .mod file: parameters, states, currents and ions of a mechanism."""

from collections.abc import Iterator
from functools import cached_property

from dendrax.io.nmodl.flow import NOTHING, Effect, Flow
from dendrax.io.nmodl.names import GIVEN, VALENCES, IonVariable, default_of, variables_of
from dendrax.io.nmodl.source import source
from dendrax.io.nmodl.tree import Declared, File, Ion, Routine, Solve, Statement, walk

Slot = tuple[str, int | None]
"""A variable, or an entry of an array."""


FLUXES = ("f_flux", "b_flux")
"""Of the last reaction: forward and backward."""


class Program:
    """A .mod file, and what follows from it alone.

    Args:
        file: The syntax tree.

    Attributes:
        text: The file as NMODL, with what it includes: files of the same text are the same mechanism.
    """

    def __init__(self, file: File) -> None:
        self.file = file
        self.text = source(file)
        self.name = file.neuron.name
        self.kind = file.neuron.kind or "SUFFIX"
        self._routines = {one.name: one for one in file.routines if one.name}
        self.flow = Flow(self.routine)
        self.flow_of_currents = Flow(self.routine, skip_solve=True)

    def routine(self, name: str) -> Routine | None:
        """The block of a name."""
        return self._routines.get(name)

    def body(self, kind: str) -> tuple[Statement, ...]:
        """The statements of INITIAL, BREAKPOINT or NET_RECEIVE."""
        return tuple(one for routine in self.file.routines if routine.kind == kind for one in routine.body)

    # Declarations

    @cached_property
    def declared(self) -> dict[str, Declared]:
        """Every variable that the file declares, by name."""
        file = self.file
        hidden = tuple(Declared(name, length=length) for name, length in file.locals)
        return {one.name: one for part in (hidden, file.assigned, file.states, file.parameters) for one in part}

    @cached_property
    def known_names(self) -> frozenset[str]:
        """All names that mean something anywhere in the file."""
        file = self.file
        constants = {one.name for one in file.constants} | {f"{one.name}0" for one in file.states}
        return frozenset({*self.declared, *self.ions, *self.currents, *GIVEN, *file.factors, *constants, *FLUXES})

    @cached_property
    def ions(self) -> dict[str, IonVariable]:
        """Variables of ions by name, as far as the file uses them."""
        found = {}
        for ion in self.file.neuron.ions:
            possible = variables_of(ion)
            found |= {name: possible[name] for name in (*ion.reads, *ion.writes) if name in possible}
        return found

    @cached_property
    def ions_written(self) -> dict[str, IonVariable]:
        """The concentrations and reversal potentials that the mechanism writes."""
        names = {name for ion in self.file.neuron.ions for name in ion.writes}
        return {name: one for name, one in self.ions.items() if name in names and one.what != "current"}

    @cached_property
    def currents(self) -> dict[str, str | None]:
        """Variables that are currents of the mechanism, and the ion that each carries; None for a nonspecific one.

        That of an ion with a valence of 0 flows, too.
        """
        neuron = self.file.neuron
        of_ions: dict[str, str | None] = {
            name: self.ions[name].ion
            for ion in neuron.ions
            for name in ion.writes
            if name in self.ions and self.ions[name].what == "current"
        }
        return of_ions | dict.fromkeys((*neuron.nonspecific, *neuron.electrode))

    @cached_property
    def states(self) -> tuple[str, ...]:
        """Variables of STATE, those aside that are the concentration of an ion."""
        return tuple(one.name for one in self.file.states if one.name not in self.ions)

    @cached_property
    def slots(self) -> dict[str, list[Slot]]:
        """For each variable its entries: itself, or those of the array."""
        return {
            name: [(name, i) for i in range(one.length)] if one.length else [(name, None)]
            for name, one in self.declared.items()
        }

    # What is set where

    @cached_property
    def solved(self) -> list[Solve]:
        """The SOLVE statements of BREAKPOINT."""
        return [one for one in walk(*self.body("BREAKPOINT")) if isinstance(one, Solve)]

    @cached_property
    def effects(self) -> dict[str, Effect]:
        """What INITIAL, the step of the states, the currents, and the reception of events do."""
        step = NOTHING
        for one in self.solved:
            step = step.then(self.flow.of_one(one))
        return {
            "initial": self.flow.of(self.body("INITIAL")),
            "step": step,
            "currents": self.flow_of_currents.of(self.body("BREAKPOINT")),
            "receive": self.flow.of(self.body("NET_RECEIVE")),
        }

    @cached_property
    def touched(self) -> frozenset[str]:
        """All variables that some block may set."""
        return frozenset(name for one in self.effects.values() for name in one.touches)

    @cached_property
    def parameters(self) -> dict[str, float]:
        """Default of each variable that keeps the value that users give it."""
        given = {*GIVEN, *self.ions, *self.states, *self.currents}
        file = self.file
        # INITIAL may change a parameter by others: it begins as users set it, and the change follows in every step.
        free = {*self.derived} & self.effects["initial"].reads
        fixed = self.touched - free
        settable = [one for one in file.parameters if one.name not in given and one.name not in fixed]
        unset = [  # ASSIGNED variables that nothing in the file sets
            one
            for one in self.declared.values()
            if one.name not in given and one.name not in self.touched and one.name in self.read
        ]
        return {one.name: one.default or 0.0 for one in (*settable, *unset) if not one.length}

    @cached_property
    def read(self) -> frozenset[str]:
        """All variables that some block may read before it sets them."""
        return frozenset(name for one in self.effects.values() for name in one.reads)

    @cached_property
    def variables(self) -> frozenset[str]:
        """What blocks compute beside states, currents and ions."""
        return frozenset(
            name for name in self.touched if name in self.declared and name not in {*GIVEN, *self.ions, *self.states}
        )

    @cached_property
    def derived(self) -> tuple[str, ...]:
        """Variables that INITIAL alone sets, from parameters alone: they follow from these in every step."""
        touched_later = {name for key in ("step", "currents", "receive") for name in self.effects[key].touches}
        tainted = {*GIVEN, *self.ions, *self.states, *touched_later} - {"celsius", "diam", "area"}
        for one in self.body("INITIAL"):
            effect = self.flow.of_one(one)
            if effect.reads & tainted or any(isinstance(inner, Solve) for inner in walk(one)):
                tainted |= effect.touches
        only = self.effects["initial"].touches - tainted
        return tuple(sorted(name for name in only if name in self.variables))

    @cached_property
    def derivation(self) -> tuple[Statement, ...]:
        """The statements of INITIAL from which the derived variables follow."""
        wanted, kept = {*self.derived}, []
        for one in reversed(self.body("INITIAL")):
            effect = self.flow.of_one(one)
            if effect.touches & wanted:
                kept.append(one)
                wanted |= effect.reads
        return tuple(reversed(kept))

    @cached_property
    def carried(self) -> tuple[str, ...]:
        """Variables whose value a later block or step needs."""
        needed = {name for key in ("step", "currents", "receive") for name in self.effects[key].reads}
        return tuple(sorted((needed & self.variables) - {*self.derived, *self.currents}))

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """Variables that are recorded beside states and currents: those of RANGE that the mechanism sets."""
        return tuple(
            name
            for name in self.file.neuron.ranges
            if name in self.variables and name not in {*self.carried, *self.currents, *self.parameters}
        )

    @cached_property
    def reads_time(self) -> bool:
        """Whether it uses the time."""
        return "t" in self.read

    @cached_property
    def concentrations_written(self) -> tuple[Ion, ...]:
        """The ions whose concentration it changes."""
        return tuple(
            ion
            for ion in self.file.neuron.ions
            if any(name in self.ions and self.ions[name].what in ("inside", "outside") for name in ion.writes)
        )

    @cached_property
    def valences(self) -> dict[str, float]:
        """The charge of each ion, where it is known [elementary charges]."""
        given = {ion.name: ion.valence or VALENCES.get(ion.name) for ion in self.file.neuron.ions}
        return {name: value for name, value in given.items() if value is not None}

    def defaults_of_ions(self) -> Iterator[tuple[str, IonVariable, float]]:
        """Each variable of an ion with the value that it has in NEURON before anybody sets it."""
        for name, one in self.ions.items():
            yield name, one, default_of(name, one.what)
