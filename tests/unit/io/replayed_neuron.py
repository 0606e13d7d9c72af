"""The network of `small_network.py` as NEURON shows it: `Recorded` with mechanisms and point processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from recorded_neuron import Recorded, Section, Segment
from small_network import CELSIUS, CONNECTIONS, GLOBALS, MECHANISMS, POINTS, SECTIONS, STIM, V_INIT

RANGES: dict[str, dict[str, float]] = {
    "hh": {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.0003, "el": -54.3},
    "pas": {"g": 0.001, "e": -70.0},
    "pool": {"depth": 0.1, "tau": 12.0, "rest": 1e-4},
    "cachan": {"gbar": 0.0005},
    "kca": {"gbar": 0.002},
    "forked": {"gbar": 0.003},
}
"""NEURON's values of RANGE variables that nobody has set."""

IONS = {"na": {"hh"}, "k": {"hh", "kca", "forked"}, "ca": {"pool", "cachan", "kca"}}
OF_IONS = {
    "ena": 50.0, "ek": -77.0, "eca": 132.4579341637009, "nai": 10.0, "nao": 140.0, "ki": 54.4, "ko": 2.5, "cai": 5e-5,
    "cao": 2.0,
}  # fmt: skip
STYLE = {"na": 8, "k": 8, "ca": 247}
"""As `ion_style` answers: calcium is written, its concentration set anew, and its reversal potential follows."""


class ReplayedSegment(Segment):
    """A segment that knows the values of its mechanisms and ions."""

    def __getattr__(self, key: str) -> float:
        name, _, mechanism = key.rpartition("_")
        here = MECHANISMS.get(mechanism, {})
        if str(self.sec) in here and name in RANGES[mechanism]:
            return here[str(self.sec)].get(name, RANGES[mechanism][name])
        if key in OF_IONS:
            return OF_IONS[key]
        raise AttributeError(key)

    def point_processes(self) -> list[Point]:
        """Those at this segment."""
        here = [one for one in self.sec.h.points if one.place[0] == str(self.sec)]
        return [one for one in here if self.sec.node_of(one.place[1]) == self.sec.node_of(self.x)]


class ReplayedSection(Section):
    """A section that knows its mechanisms."""

    h: Any

    def __iter__(self):
        return (ReplayedSegment(self, (i + 0.5) / self.nseg) for i in range(self.nseg))

    def __call__(self, x: float) -> ReplayedSegment:
        return ReplayedSegment(self, x)

    def allseg(self):
        """Both ends and all segments."""
        return iter([self(0.0), *self, self(1.0)])

    def node_of(self, x: float) -> int:
        """The segment of a place; the ends are nodes of their own."""
        return {0.0: -1, 1.0: self.nseg}.get(x, int(x * self.nseg))

    def has_membrane(self, name: str) -> bool:
        """Whether it has a mechanism, or an ion that one of its mechanisms uses."""
        users = IONS.get(name.removesuffix("_ion"), {name})
        return any(str(self) in MECHANISMS.get(one, {}) for one in users)


ReplayedSection.__module__, ReplayedSection.__name__ = "nrn", "Section"


class Point:
    """A point process or artificial cell."""

    def __init__(self, h: Any, name: str, place: tuple[str, float] | None, values: Mapping[str, float]) -> None:
        self.h, self.name, self.place = h, name, place
        vars(self).update(values)

    def hname(self) -> str:
        """What hoc calls it."""
        return self.name

    def get_segment(self) -> ReplayedSegment:
        """Where it is."""
        assert self.place is not None
        return self.h.named[self.place[0]](self.place[1])


class Connection:
    """A NetCon."""

    def __init__(self, h: Any, number: int) -> None:
        source, target, weight, self.delay, self.threshold = CONNECTIONS[number]
        self.h, self.number, self.weight, self.is_active = h, number, [weight], True
        self.place, self.target = (None if source == "stim" else source), h.points[target]

    def hname(self) -> str:
        """What hoc calls it."""
        return f"NetCon[{self.number}]"

    def syn(self) -> Point:
        """Its target."""
        return self.target

    def active(self) -> bool:
        """Whether it delivers events."""
        return self.is_active

    def postseg(self) -> ReplayedSegment | None:
        """The segment where it ends, unless that is an artificial cell."""
        return None if self.target.place is None else self.target.get_segment()

    def pre(self) -> Point | None:
        """Its artificial source."""
        return self.h.stim if self.place is None else None

    def preseg(self) -> ReplayedSegment | None:
        """The segment where it starts."""
        return None if self.place is None else self.h.named[self.place[0]](self.place[1])


class Types:
    """MechanismType(0)."""

    names = ("morphology", "capacitance", *RANGES, *(f"{ion}_ion" for ion in IONS))

    def count(self) -> float:
        """How many there are."""
        return float(len(self.names))

    def select(self, number: int) -> None:
        """Choose one."""
        self.chosen = number

    def selected(self, name: list[str]) -> None:
        """The name of the chosen one."""
        name[0] = self.names[self.chosen]


class Replayed(Recorded):
    """NEURON's `h`."""

    def __init__(self, answers: Mapping[str, np.ndarray], *, without: tuple[str, ...] = ()) -> None:
        super().__init__(answers)
        for section in self.sections:
            section.__class__ = ReplayedSection
            section.h = self
            if section.joined is not None:
                section.joined = ReplayedSegment(section.joined.sec, section.joined.x)
        self.named = dict(zip(SECTIONS, self.sections, strict=True))
        self.styles: dict[tuple[str, str], int] = {}
        self.celsius, self.v_init, self.usetable_hh = CELSIUS, V_INIT, 0.0
        self.cai0_ca_ion, self.cao0_ca_ion = OF_IONS["cai"], OF_IONS["cao"]
        for name in ("na", "k"):
            for side in "io":
                setattr(self, f"{name}{side}0_{name}_ion", OF_IONS[f"{name}{side}"])
        vars(self).update(GLOBALS)
        chosen = [one for one in POINTS if one[0] not in without]
        self.points = [
            Point(self, f"{kind}[{i}]", (name, x), values) for i, (kind, name, x, values) in enumerate(chosen)
        ]
        self.stim = Point(self, "NetStim[0]", None, STIM)
        self.connections = [] if without else [Connection(self, i) for i in range(len(CONNECTIONS))]

    def List(self, name: str) -> Any:
        """All objects of a template."""
        return self.connections if name == "NetCon" else super().List(name)

    def MechanismType(self, kind: int) -> Types:
        """The density mechanisms."""
        assert kind == 0
        return Types()

    def ref(self, value: Any) -> list[Any]:
        """A reference."""
        return [value]

    def ion_style(self, name: str, sec: Section) -> float:
        """How an ion is used."""
        assert sec.has_membrane(name)
        if (str(sec), name) in self.styles:
            return float(self.styles[str(sec), name])
        written = any(str(sec) in MECHANISMS[one] for one in ("pool",))
        return float(STYLE[name.removesuffix("_ion")] if name != "ca_ion" or written else 8)

    def ion_charge(self, name: str) -> float:
        """Its charge."""
        return {"na_ion": 1.0, "k_ion": 1.0, "ca_ion": 2.0}[name]


Replayed.__module__ = "hoc"
