"""What NEURON said about a model once, answered again where NEURON is not installed.

`record` asks NEURON; `Recorded` answers as `h` does, with sections and segments that have the methods that
`dendrax.io.neuron` calls. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def record(sections: list) -> dict[str, np.ndarray]:
    """The answers of NEURON's sections, section by section, and segment by segment from end 0 to end 1."""
    number = {section: i for i, section in enumerate(sections)}
    joined = [section.parentseg() for section in sections]
    ends = [list(section.allseg()) for section in sections]
    points = [[(one.x3d(i), one.y3d(i), one.z3d(i), one.diam3d(i)) for i in range(int(one.n3d()))] for one in sections]
    return {
        "name": np.array([section.name() for section in sections]),
        "parent": np.array([-1 if one is None else number[one.sec] for one in joined]),
        "parent_x": np.array([np.nan if one is None else one.x for one in joined]),
        "orientation": np.array([section.orientation() for section in sections]),
        "nseg": np.array([section.nseg for section in sections]),
        "L": np.array([section.L for section in sections]),
        "Ra": np.array([section.Ra for section in sections]),
        "n3d": np.array([len(those) for those in points]),
        "points": np.array([point for those in points for point in those]).reshape(-1, 4),
        "diam": np.array([segment.diam for section in sections for segment in section]),
        "area": np.array([segment.area() for section in sections for segment in section]),
        "volume": np.array([segment.volume() for section in sections for segment in section]),
        "cm": np.array([segment.cm for section in sections for segment in section]),
        "ri": np.array([segment.ri() for those in ends for segment in those]),  # with both ends of each section
    }


class Segment:
    """A place on a section, with the answers of the segment that it is in."""

    def __init__(self, section: Section, x: float) -> None:
        self.sec, self.x = section, x

    def __repr__(self) -> str:
        return f"{self.sec}({self.x:g})"

    def _answer(self, key: str) -> float:
        row = min(int(self.x * self.sec.nseg), self.sec.nseg - 1)
        return float(self.sec.answers[key][row])

    @property
    def diam(self) -> float:
        return self._answer("diam")

    @property
    def cm(self) -> float:
        return self._answer("cm")

    def area(self) -> float:
        return self._answer("area")

    def volume(self) -> float:
        return self._answer("volume")

    def ri(self) -> float:
        at_end = {0: 0, 1: self.sec.nseg + 1}
        row = at_end.get(self.x, 1 + min(int(self.x * self.sec.nseg), self.sec.nseg - 1))
        return float(self.sec.answers["ri"][row])


class Section:
    """A section, with its own answers."""

    def __init__(self, name: str, answers: Mapping[str, Any], owner: Any = None) -> None:
        self._name, self.answers, self.joined, self._owner = name, answers, None, owner
        self.nseg, self.L, self.Ra = int(answers["nseg"]), float(answers["L"]), float(answers["Ra"])

    def __repr__(self) -> str:
        return self._name

    def __iter__(self):
        return (Segment(self, (i + 0.5) / self.nseg) for i in range(self.nseg))

    def __call__(self, x: float) -> Segment:
        return Segment(self, x)

    def name(self) -> str:
        return self._name

    def cell(self) -> Any:
        return self._owner

    def parentseg(self) -> Segment | None:
        return self.joined

    def orientation(self) -> float:
        return float(self.answers["orientation"])

    def n3d(self) -> int:
        return len(self.answers["points"])

    def x3d(self, i: int) -> float:
        return float(self.answers["points"][i, 0])

    def y3d(self, i: int) -> float:
        return float(self.answers["points"][i, 1])

    def z3d(self, i: int) -> float:
        return float(self.answers["points"][i, 2])

    def diam3d(self, i: int) -> float:
        return float(self.answers["points"][i, 3])


Section.__module__ = "nrn"  # by which NEURON's sections are known, without an import of NEURON


class SectionList(list):
    """A list of sections with NEURON's name."""


class Count:
    """NEURON's list of all SectionLists."""

    def __init__(self, n: int) -> None:
        self.n = n

    def count(self) -> float:
        return float(self.n)


class Recorded:
    """NEURON's `h`, with the sections of a record and lists of them by name."""

    SectionList = SectionList

    def __init__(self, record: Mapping[str, np.ndarray], owner: Any = None, **lists: list[int]) -> None:
        first, first_point = np.cumsum(record["nseg"]) - record["nseg"], np.cumsum(record["n3d"]) - record["n3d"]
        self.sections = []
        for i, name in enumerate(record["name"].tolist()):
            segments = slice(first[i], first[i] + record["nseg"][i])
            with_ends = slice(first[i] + 2 * i, first[i] + 2 * i + record["nseg"][i] + 2)
            answers = {key: record[key][i] for key in ("nseg", "L", "Ra", "orientation")}
            answers |= {key: record[key][segments] for key in ("diam", "area", "volume", "cm")}
            answers["ri"] = record["ri"][with_ends]
            answers["points"] = record["points"][first_point[i] : first_point[i] + record["n3d"][i]]
            self.sections.append(Section(name, answers, owner))
        for section, parent, x in zip(self.sections, record["parent"], record["parent_x"].tolist(), strict=True):
            section.joined = None if parent < 0 else Segment(self.sections[parent], x)
        for name, numbers in lists.items():
            setattr(self, name, SectionList(self.sections[i] for i in numbers))

    def allsec(self):
        return iter(self.sections)

    def List(self, name: str) -> Count:
        assert name == "SectionList"
        return Count(len([one for one in vars(self).values() if isinstance(one, SectionList)]))


Recorded.__module__ = "hoc"  # as the classes of NEURON's own objects are
