"""The mechanism that a .mod file describes, on the engine's contract."""

from collections.abc import Mapping
from typing import Any, ClassVar

import jax.numpy as jnp

from dendrax.errors import MechanismError, NmodlError, NmodlSyntaxError
from dendrax.io.nmodl import refusals
from dendrax.io.nmodl.builtin import nernst
from dendrax.io.nmodl.interpreter import KINDS
from dendrax.io.nmodl.machine import CLAMP, TABLES, Machine
from dendrax.io.nmodl.names import SURROUNDINGS, IonVariable, default_of, ion_name, key_of, variables_of
from dendrax.io.nmodl.parser import parse
from dendrax.io.nmodl.program import Program
from dendrax.io.nmodl.tree import Block
from dendrax.io.nmodl.units import factors_of
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.value import Value, Values

LONGEST_TEXT = 1_000_000
"""Of a source in a model file [characters]."""

AROUND = ("inside", "outside")
"""The two sides of a membrane."""


class NmodlMechanism(Mechanism):
    """A mechanism that was read from a .mod file: `dendrax.io.nmodl.load` makes classes of this kind.

    Parameters and states are called as in the file, after the name of the mechanism: gbar of SUFFIX NaTg is
    `NaTg_gbar`. PARAMETER variables are parameters, those that are not RANGE too. STATE variables, variables of RANGE
    that the file computes, and variables that it needs from one step to the next are states. Entries of arrays are
    numbered: `ca[0]` is `cad_ca_0`. Ions are shared with all other mechanisms: ena is `eNa`, cai is `CaCon_i`, ica is
    `i_Ca`. A mechanism that changes a concentration also keeps the reversal potential up with it, as NEURON does.

    Args:
        name: Prefix of parameters and states; the SUFFIX or POINT_PROCESS of the file by default.
        updates_reversal: Whether a mechanism that changes a concentration also keeps the reversal potential of the ion
            in equilibrium with it, as NEURON does unless `ion_style` says otherwise.
        table: "clamp" computes the values of a TABLE exactly, within the range of the table, outside of which
            NEURON takes the value at its end; "exact" looks values up and interpolates them, as NEURON does; "off" has
            no such range, as `usetable_... = 0` in NEURON.

    Raises:
        ModelValueError: `table` has another value.

    Example:
        ```python
        Ih = nmodl.load("mechanisms/Ih.mod")
        cell.insert(Ih())
        cell.set("Ih_gIhbar", 2e-4)
        ```
    """

    program: ClassVar[Program]
    source: str

    def __init__(self, name: str | None = None, *, table: str = CLAMP, updates_reversal: bool = True) -> None:
        super().__init__(name or self.program.name)
        self.source = self.program.text
        self.table = refusals.one_of("table", table, TABLES)
        self.updates_reversal = updates_reversal
        program, prefix = self.program, self.name
        names = program.parameters
        self.parameters = {key_of(prefix, name): value for name, value in names.items()}
        self.states = {
            key_of(prefix, *slot): self._default(slot[0])
            for name in (*program.states, *program.carried, *program.shown)
            for slot in program.slots[name]
        }
        self.shared = self._shared()
        self.writes = self._written()
        ions = dict.fromkeys(ion and ion_name(ion) for ion in program.currents.values())
        self.carries = tuple(ions)

    def _default(self, name: str) -> float:
        declared = self.program.declared[name]
        return declared.default or 0.0

    def _shared(self) -> Mapping[str, float]:
        program = self.program
        found = {one.key: value for _, one, value in program.defaults_of_ions() if one.key not in self._own_currents}
        for ion in program.concentrations_written:
            found |= {
                one.key: found.get(one.key, default_of(name, one.what))
                for name, one in variables_of(ion).items()
                if one.what != "current" and (one.what != "reversal" or self.updates_reversal)
            }
        return found | ({"t": 0.0} if program.reads_time else {})

    @property
    def _ions(self) -> dict[str, IonVariable]:
        """The variables of ions that the file uses, and both concentrations of those whose concentration it changes."""
        changed = self.program.concentrations_written
        more = {name: one for ion in changed for name, one in variables_of(ion).items() if one.what in AROUND}
        return more | self.program.ions

    @property
    def _own_currents(self) -> set[str]:
        """Names of currents of ions that the mechanism writes and never reads before."""
        program = self.program
        return {
            one.key
            for name, one in program.ions.items()
            if one.what == "current" and name in program.currents and name not in program.read
        }

    def _written(self) -> tuple[str, ...]:
        program = self.program
        found = [one.key for one in program.ions_written.values()]
        if self.updates_reversal:
            found += [f"e{ion_name(ion.name)}" for ion in program.concentrations_written]
        return tuple(dict.fromkeys(found))

    # Copies and files, whose classes follow from the text

    def __reduce__(self) -> tuple[Any, ...]:
        """How to make it again: classes made of files are not in any module, their text is enough."""
        if type(self) is _CLASSES.get(self.source):
            return _restored, (self.source, dict(vars(self)))
        return _made_as, (type(self), dict(vars(self)))

    @classmethod
    def stored_class(cls) -> type["NmodlMechanism"]:
        """The class that a model file names: the text among the settings says the rest."""
        return NmodlMechanism if cls in _CLASSES.values() else cls

    def restored(self) -> "NmodlMechanism":
        """The mechanism that the settings of a model file describe, of the class that belongs to its text.

        Raises:
            MechanismError: The settings are not those of a mechanism with this text.
        """
        if type(self) is not NmodlMechanism:
            return self
        facts = dict(vars(self))
        text = facts.get("source")
        if not isinstance(text, str) or len(text) > LONGEST_TEXT:
            raise MechanismError(f"its source must be the text of a .mod file of at most {LONGEST_TEXT} characters.")
        try:
            kind = class_of_text(text)
        except (NmodlSyntaxError, NmodlError) as error:
            raise MechanismError(f"its source is damaged: {error}") from None
        if type(facts.get("_name")) is not str or type(facts.get("updates_reversal")) is not bool:
            raise MechanismError("it has no name, or does not say whether it updates reversal potentials.")
        model = kind(facts["_name"], table=str(facts.get("table")), updates_reversal=facts["updates_reversal"])
        if kind.program.text != text or any(_shape(facts.get(key)) != _shape(one) for key, one in vars(model).items()):
            raise MechanismError("its settings do not belong to its source.")
        vars(model).update({key: facts[key] for key in vars(model)})
        return model

    # The verbs of the contract

    def initial(self, states: Values, v: Value, params: Values, delta_t: Value) -> Values:
        """What INITIAL sets at voltage `v` [mV]; states that it leaves out begin at `state0`, 0 by default."""
        machine = self._machine(states, v, params, delta_t, derives=False)
        for name in self.program.states:
            start = machine.get(f"{name}0")
            length = self.program.declared[name].length
            machine.values[name] = [start] * length if length else start
        machine.run_block(self.program.body("INITIAL"))
        return self._after(machine)

    def advance(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """What the SOLVE statements of BREAKPOINT make of the states in a step of `dt` [ms]."""
        machine = self._machine(states, v, params, dt)
        for one in self.program.solved:
            machine.run_one(one)
        return self._after(machine)

    def receive(self, states: Values, weight: Any, params: Values) -> Values:
        """What NET_RECEIVE makes of the states when events with this sum of weights arrive."""
        machine = self._machine(states, states["v"], params, None)
        before = dict(machine.values)
        for routine in (one for one in self.program.file.routines if one.kind == "NET_RECEIVE"):
            machine.frames.append({name: weight for name, _ in routine.arguments[:1]})
            machine.run(one for one in routine.body if not isinstance(one, Block))  # INITIAL is that of the connection
            machine.frames.pop()
        changed = {name for name, value in machine.values.items() if value is not before.get(name)}
        kept = {*self.program.states, *self.program.carried}
        return {key_of(self.name, name): machine.as_array(machine.get(name)) for name in sorted(changed & kept)}

    @property
    def receives(self) -> bool:
        """Whether events may arrive: the file has a NET_RECEIVE."""
        return any(one.kind == "NET_RECEIVE" for one in self.program.file.routines)

    def currents(self, states: Values, v: Value, params: Values) -> Mapping[str | None, Value]:
        """The currents of BREAKPOINT: [mA/cm2], of point processes [nA]."""
        machine = self._machine(states, v, params, None)
        machine.run_without_solving(self.program.body("BREAKPOINT"))
        total: dict[str | None, Any] = {}
        for variable, ion in self.program.currents.items():
            name = ion and ion_name(ion)
            total[name] = total.get(name, 0.0) + machine.get(variable)
        return {ion: machine.as_array(value) for ion, value in total.items()}

    def _machine(self, states: Values, v: Value, params: Values, dt: Any, *, derives: bool = True) -> Machine:
        """The variables of the file, as a block finds them."""
        program, prefix = self.program, self.name
        like = jnp.asarray(v)
        values: dict[str, Any] = factors_of(program.file)
        values |= {one.name: one.default or 0.0 for one in program.file.constants}
        values |= {name: params[key_of(prefix, name)] for name in program.parameters}
        for name in (*program.states, *program.carried):
            entries = [states[key_of(prefix, *slot)] for slot in program.slots[name]]
            values[name] = entries if program.declared[name].length else entries[0]
        for name, one in self._ions.items():
            if one.key not in self._own_currents:
                source = states if one.what == "current" or one.key in self.writes else params
                values[name] = source[one.key]
        values |= {name: params[key] for name, key in SURROUNDINGS.items()}
        values |= {"v": like, "dt": 0.0 if dt is None else dt, "t": params.get("t", 0.0)}
        machine = Machine(program, values, like, dt, table=self.table, kinds=KINDS)
        if derives:
            self._derive(machine)
        return machine

    def _derive(self, machine: Machine) -> None:
        """Set what INITIAL computes of parameters alone."""
        if self.program.derived:
            first = machine.fork()
            first.run_block(self.program.derivation)
            machine.values |= {name: first.values[name] for name in self.program.derived}

    def _after(self, machine: Machine) -> Values:
        """States and what is kept beside them, after BREAKPOINT has computed its currents from the new states."""
        machine.run_without_solving(self.program.body("BREAKPOINT"))
        program, found = self.program, {}
        for name in (*program.states, *program.carried, *program.shown):
            value = machine.get(name)
            for slot in program.slots[name]:
                found[key_of(self.name, *slot)] = value if slot[1] is None else value[slot[1]]
        found |= {one.key: machine.get(name) for name, one in program.ions_written.items()}
        for ion in program.concentrations_written if self.updates_reversal else ():
            reversal = f"e{ion_name(ion.name)}"
            if reversal not in found:
                found[reversal] = self._reversal(machine, ion.name)
        return {key: machine.as_array(value) for key, value in found.items()}

    def _reversal(self, machine: Machine, ion: str) -> Any:
        inside, outside = machine.values[f"{ion}i"], machine.values[f"{ion}o"]
        return nernst(machine.get("celsius"), inside, outside, self.program.valences[ion])


def _shape(setting: Any) -> Any:
    """The part of a setting that follows from the source: everything except the values of defaults."""
    return [*setting] if isinstance(setting, dict) else setting


def class_of(program: Program) -> type[NmodlMechanism]:
    """The class of mechanisms that a program describes: one for each text.

    Raises:
        NmodlError: The file uses unsupported constructs.
    """
    if program.text not in _CLASSES:
        _CLASSES[program.text] = make(program)
    return _CLASSES[program.text]


def class_of_text(text: str) -> type[NmodlMechanism]:
    """The class of mechanisms that the text of a .mod file describes.

    Raises:
        NmodlSyntaxError: The text breaks the grammar.
        NmodlError: The file uses unsupported constructs.
    """
    return _CLASSES.get(text) or class_of(Program(parse(text, "")))


_CLASSES: dict[str, type[NmodlMechanism]] = {}


def make(program: Program) -> type[NmodlMechanism]:
    """The class of mechanisms that a program describes.

    Raises:
        NmodlError: The file uses unsupported constructs.
    """
    refusals.check(program)
    facts = {
        "program": program,
        "place": "density" if program.kind == "SUFFIX" else "point",
        "kind": "mechanism" if program.kind == "SUFFIX" else "point process",
        "electrode": bool(program.file.neuron.electrode),
        "__module__": __name__,
        "__doc__": f"The {program.kind} {program.name} of a .mod file.",
    }
    return type(program.name, (NmodlMechanism,), facts)


def _restored(text: str, facts: dict[str, Any]) -> NmodlMechanism:
    """A mechanism from the text of its file and its attributes: what pickle calls."""
    return _made_as(class_of_text(text), facts)


def _made_as(kind: type[NmodlMechanism], facts: dict[str, Any]) -> NmodlMechanism:
    made = object.__new__(kind)
    vars(made).update(facts)
    return made
