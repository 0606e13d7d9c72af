"""Blocks that declare: NEURON, UNITS, and the lists of variables in PARAMETER, ASSIGNED, STATE and CONSTANT."""

from collections.abc import Callable
from dataclasses import replace

from dendrax.io.nmodl.cursor import Cursor
from dendrax.io.nmodl.tree import Declared, Ion, Neuron

LISTS = {
    "NONSPECIFIC_CURRENT": "nonspecific",
    "ELECTRODE_CURRENT": "electrode",
    "RANGE": "ranges",
    "GLOBAL": "globals",
    "POINTER": "pointers",
    "BBCOREPOINTER": "core_pointers",
    "EXTERNAL": "externals",
    "RANDOM": "randoms",
}


def neuron(at: Cursor, before: Neuron) -> Neuron:
    """`{...}` after NEURON, added to what a NEURON block `before` has said."""
    kind, name, threadsafe, ions = before.kind, before.name, before.threadsafe, list(before.ions)
    lists = {entry: list[str](getattr(before, entry)) for entry in LISTS.values()}
    place = at.place
    at.expect("{")
    while not at.accept("}"):
        if at.at("SUFFIX", "POINT_PROCESS", "ARTIFICIAL_CELL"):
            kind, name = at.take().text, at.name("the name of the mechanism")
        elif entry := LISTS.get(at.token.text):
            at.take()
            lists[entry].extend(at.names())
        elif at.at("USEION"):
            ions.append(_ion(at))
        elif at.accept("THREADSAFE"):
            threadsafe = True
        else:
            raise at.error("SUFFIX, USEION, RANGE or another word of the NEURON block, or `}`")
    names = {entry: tuple(found) for entry, found in lists.items()}
    return Neuron(kind, name, tuple(ions), **names, threadsafe=threadsafe, place=place)


def _ion(at: Cursor) -> Ion:
    """`USEION ca READ cai, cao WRITE ica VALENCE 2`; the parts in any order."""
    place = at.take().place
    ion = Ion(at.name("the name of an ion"), place=place)
    while True:
        if at.accept("READ"):
            ion = replace(ion, reads=ion.reads + at.names())
        elif at.accept("WRITE"):
            ion = replace(ion, writes=ion.writes + at.names())
        elif at.accept("VALENCE"):
            ion = replace(ion, valence=at.number())
        elif at.token.kind == "represents":
            ion = replace(ion, represents=at.take().text.split()[1])
        else:
            return ion


def units(at: Cursor, found: dict[str, str], factors: dict[str, str]) -> None:
    """`{...}` after UNITS: abbreviations as `(mV) = (millivolt)`, constants as `F = (faraday) (coulomb)`."""
    at.expect("{")
    while not at.accept("}"):
        if at.accept("UNITSOFF") or at.accept("UNITSON"):
            continue
        if (name := at.unit()) is not None:
            at.expect("=")
            found[name] = _needed(at)
        else:
            factor = at.name("`(unit) = (unit)`, `name = (constant) (unit)` or `}`")
            at.expect("=")
            value = at.take().text if at.token.kind == "number" else f"({_needed(at)})"
            unit = at.unit()
            factors[factor] = value if unit is None else f"{value} ({unit})"


def _needed(at: Cursor) -> str:
    if (unit := at.unit()) is None:
        raise at.error("a unit in parentheses")
    return unit


def declared(at: Cursor) -> tuple[Declared, ...]:
    """`{ name = default (unit) <low, high> ... }`."""
    found: list[Declared] = []
    at.expect("{")
    while not at.accept("}"):
        if at.accept("UNITSOFF") or at.accept("UNITSON") or (found and at.accept(",")):
            continue
        place = at.place
        entry = Declared(at.name("the name of a variable or `}`"), length=at.length(), place=place)
        while read := ATTRIBUTES.get(at.token.text):
            entry = read(at, entry)
        found.append(entry)
    return tuple(found)


def _default(at: Cursor, entry: Declared) -> Declared:
    at.take()
    return replace(entry, default=at.number())


def _unit(at: Cursor, entry: Declared) -> Declared:
    return replace(entry, unit=at.unit())


def _limits(at: Cursor, entry: Declared) -> Declared:
    """`<low, high>`; `<tolerance>` gives way to FROM low TO high."""
    at.take()
    low = at.number()
    if at.accept(","):
        entry = replace(entry, low=low, high=at.number())
    elif entry.low is None:
        entry = replace(entry, low=low)
    at.expect(">")
    return entry


def _from(at: Cursor, entry: Declared) -> Declared:
    at.take()
    low = at.number()
    at.expect("TO")
    return replace(entry, low=low, high=at.number())


def _start(at: Cursor, entry: Declared) -> Declared:
    at.take()
    return replace(entry, start=at.number())


ATTRIBUTES: dict[str, Callable[[Cursor, Declared], Declared]] = {
    "=": _default,
    "(": _unit,
    "<": _limits,
    "FROM": _from,
    "START": _start,
}
