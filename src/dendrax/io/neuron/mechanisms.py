"""Inserts the density mechanisms of a model in NEURON, with their values, and sets its ions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dendrax.io.neuron.geometry import Sections
from dendrax.io.neuron.report import Report
from dendrax.io.nmodl.library import load
from dendrax.io.nmodl.machine import OFF
from dendrax.io.nmodl.mechanism import NmodlMechanism
from dendrax.io.nmodl.names import key_of, variables_of
from dendrax.io.nmodl.program import Program
from dendrax.mechanisms.ions import nernst_potential
from dendrax.modules.module import Module

BUILTIN = Path(__file__).parent / "builtin"
INIT_CONCENTRATION, INIT_REVERSAL, KEEP_REVERSAL = 4, 32, 64
"""What the bits of `ion_style` say: whether `finitialize` sets the concentration to its global initial value and the
reversal potential to its equilibrium, and whether the latter follows the concentrations in each step."""

Library = dict[str, type[NmodlMechanism]]


def with_builtin(library: Library) -> Library:
    """The library and NEURON's own density mechanisms."""
    return {"pas": load(BUILTIN / "pas.mod"), "hh": load(BUILTIN / "hh.mod"), **library}


def names_of(h: Any) -> list[str]:
    """The density mechanisms that NEURON knows, ions aside."""
    types, name, found = h.MechanismType(0), h.ref(""), []
    for number in range(int(types.count())):
        types.select(number)
        types.selected(name)
        found.append(str(name[0]))
    return [one for one in found if not one.endswith("_ion") and one not in ("capacitance", "morphology")]


def insert_all(h: Any, read: Sections, module: Module, library: Library, report: Report, table: str) -> None:
    """Insert every density mechanism that NEURON has in the sections, with its values, and set ions."""
    inserted: list[NmodlMechanism] = []
    for name in names_of(h):
        sections = [section for section in read.sections if section.has_membrane(name)]
        if not sections:
            continue
        if name not in library:
            report.leave_out(f"the mechanism {name} in {len(sections)} sections", missing=name)
            continue
        segments = [segment for section in sections for segment in section]
        mechanism = library[name](
            table=table if getattr(h, f"usetable_{name}", 1) else OFF,
            updates_reversal=_updates_reversal(h, library[name].program, sections, report),
        )
        _insert(h, mechanism, module.select(nodes=np.array([read.row_of(one) for one in segments])), segments)
        report.inserted[name] = len(segments)
        inserted.append(mechanism)
    _set_ions(h, read, module, inserted)


def _updates_reversal(h: Any, program: Program, sections: list[Any], report: Report) -> bool:
    """Whether reversal potentials follow the concentrations that a mechanism writes: everywhere or nowhere."""
    ions = [ion.name for ion in program.concentrations_written]
    keep = [bool(int(h.ion_style(f"{ion}_ion", sec=section)) & KEEP_REVERSAL) for ion in ions for section in sections]
    if any(keep) and not all(keep):
        where = [str(section) for section, kept in zip(sections * len(ions), keep, strict=True) if not kept]
        report.leave_out(
            f"that ion_style differs: reversal potentials of {', '.join(ions)} follow the concentrations everywhere, "
            f"also in {', '.join(where[:3])}{', ...' if len(where) > 3 else ''}"
        )
    return any(keep) or not ions


def _insert(h: Any, mechanism: NmodlMechanism, view: Module, segments: list[Any]) -> None:
    name, program = mechanism.name, mechanism.program
    view.insert(mechanism)
    for variable, default in program.parameters.items():
        values = _values(h, name, program, variable, segments)
        if values is not None and (values != default).any():
            view.set(key_of(name, variable), values)


def _values(h: Any, name: str, program: Program, variable: str, segments: list[Any]) -> np.ndarray | None:
    """The values of a parameter in NEURON, segment by segment; None where NEURON does not show it."""
    key = f"{variable}_{name}"
    try:
        if variable in program.file.neuron.ranges:
            return np.array([getattr(segment, key) for segment in segments], float)
        return np.full(len(segments), float(getattr(h, key)))
    except AttributeError:
        return None


def _set_ions(h: Any, read: Sections, module: Module, inserted: list[NmodlMechanism]) -> None:
    """Set reversal potentials and concentrations of ions to what they are when a run begins."""
    ions = {ion.name: mechanism for mechanism in inserted for ion in mechanism.program.file.neuron.ions}
    columns = module.tables.nodes
    for ion, owner in ions.items():
        sections = [section for section in read.sections if section.has_membrane(f"{ion}_ion")]
        segments = [segment for section in sections for segment in section]
        rows = np.array([read.row_of(one) for one in segments])
        begin = _beginning(h, ion, segments)
        for variable, one in variables_of(next(_ion_of(owner.program, ion))).items():
            if one.key in columns.names and variable in begin:
                values = columns.numbers(one.key)
                values[rows] = np.where(np.isnan(values[rows]), np.nan, begin[variable])
                columns.add(one.key, values)


def _ion_of(program: Program, name: str) -> Any:
    return (ion for ion in program.file.neuron.ions if ion.name == name)


def _beginning(h: Any, ion: str, segments: list[Any]) -> dict[str, np.ndarray]:
    """The variables of an ion after `finitialize`, segment by segment, by name."""

    def of(variable: str) -> np.ndarray:
        return np.array([getattr(segment, variable) for segment in segments], float)

    style = np.array([int(h.ion_style(f"{ion}_ion", sec=segment.sec)) for segment in segments])
    inside, outside, reversal = of(f"{ion}i"), of(f"{ion}o"), of(f"e{ion}")
    set_anew = (style & INIT_CONCENTRATION) > 0
    inside = np.where(set_anew, float(getattr(h, f"{ion}i0_{ion}_ion")), inside)
    outside = np.where(set_anew, float(getattr(h, f"{ion}o0_{ion}_ion")), outside)
    charge = float(h.ion_charge(f"{ion}_ion"))
    follows = (style & INIT_REVERSAL) > 0
    if follows.any():
        equilibrium = np.asarray(nernst_potential(inside, outside, charge, float(h.celsius)))
        reversal = np.where(follows, equilibrium, reversal)
    return {f"{ion}i": inside, f"{ion}o": outside, f"e{ion}": reversal}
