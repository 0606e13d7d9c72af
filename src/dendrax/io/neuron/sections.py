"""Which sections are read, what they are called, and in which groups they are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from dendrax.errors import ModelTypeError, MorphologyError, SelectionError

Section = Any
"""A `nrn.Section`."""


def chosen(h: Any, sections: Any) -> list[Section]:
    """The sections to read, each once, in the order in which they come.

    Args:
        h: NEURON's `h`.
        sections: A SectionList, sections, a cell with a SectionList `all`, or None for all that there are.
    """
    if sections is None:
        sections = h.allsec()
    elif _is_section(sections):
        raise ModelTypeError(
            f"read_sections: {sections} is one section. Pass a list, such as `{sections}.wholetree()` for its cell."
        )
    elif not isinstance(sections, Iterable) or not _iterates(sections):
        try:
            sections = getattr(sections, "all")  # noqa: B009 - an attribute of cells of hoc
        except AttributeError:
            raise ModelTypeError(
                f"read_sections: sections must be a SectionList, a list of sections, or a cell whose SectionList `all` "
                f"holds its sections, but is {sections!r:.80}."
            ) from None
    found = list(dict.fromkeys(sections))
    if odd := [one for one in found if not _is_section(one)]:
        raise ModelTypeError(f"read_sections: {odd[0]!r:.80} is not a section of NEURON.")
    if not found:
        raise MorphologyError("read_sections: there are no sections. Build the model in NEURON first.")
    return found


def _is_section(thing: Any) -> bool:
    return type(thing).__module__ == "nrn" and type(thing).__name__ == "Section"


def _iterates(thing: Any) -> bool:
    """Whether one can walk through a thing; the objects of hoc have `__iter__` all, but templates refuse."""
    try:
        iter(thing)
    except TypeError:
        return False
    return True


def group_of_name(name: str) -> str:
    """The group that a section belongs to by its name: `apic` of `Cell[0].apic[3]`.

    Example:
        >>> group_of_name("Cell[0].apic[3]")
        'apic'
    """
    own = re.sub(r"(\[\d+\])+$", "", name.rsplit(".", 1)[-1])
    return re.sub(r"\W+", "_", own) or "section"


def lists_of(h: Any, sections: list[Section]) -> dict[str, list[Section]]:
    """Our sections by the name of a list that holds them: SectionLists of hoc and of cells, lists of Python cells.

    Args:
        h: NEURON's `h`.
        sections: Ours.
    """
    ours, found = set(sections), {}
    owners = [h] if int(h.List("SectionList").count()) else []
    cells = [
        one for one in {id(one): one for one in (section.cell() for section in sections)}.values() if one is not None
    ]
    for owner in (*owners, *cells):
        for name, those in _lists_in(h, owner):
            if members := [one for one in those if one in ours]:
                found.setdefault(name, []).extend(members)
    return found


def _lists_in(h: Any, owner: Any) -> Iterable[tuple[str, list[Section]]]:
    """The lists of sections that are attributes of an object."""
    if type(owner).__module__ == "hoc":
        names = [name for name in dir(owner) if not name.startswith("_")]
        for name in names:
            try:
                value = getattr(owner, name)
            except Exception:  # noqa: BLE001, S112 - hoc has names that are declared and not there, with any error
                continue
            if isinstance(value, h.SectionList):
                yield name, list(value)
        return
    for name, value in getattr(owner, "__dict__", {}).items():
        of_sections = isinstance(value, (list, tuple)) and all(_is_section(one) for one in value)
        if of_sections or isinstance(value, h.SectionList):
            yield name, list(value)


def node_of(segment: Any) -> Any:
    """The segment that NEURON means by a place: the end by which a section is connected is a place on its parent."""
    parent = segment.sec.parentseg()
    if parent is None or segment.x != segment.sec.orientation():
        return segment
    return node_of(parent)


def is_end(segment: Any) -> bool:
    """Whether a place is the end of a section, which is a node without a membrane in NEURON."""
    return node_of(segment).x in (0.0, 1.0)


def order_of(sections: list[Section]) -> list[list[int]]:
    """The trees of some sections: their numbers, the root first and parents before children, else in the order given.

    Raises:
        SelectionError: The parent of a section is not among them.
    """
    number = {section: i for i, section in enumerate(sections)}
    root: dict[int, int] = {}
    trees: dict[int, list[int]] = {}
    placed: set[int] = set()
    for section in sections:
        chain, one = [], section
        while number[one] not in placed:
            chain.append(number[one])
            segment = one.parentseg()
            if segment is None:
                root[number[one]] = number[one]
                break
            if segment.sec not in number:
                raise SelectionError(
                    f"read_sections: {one} is connected to {segment.sec}, which is not among the sections. Pass whole "
                    f"trees, such as `{one}.wholetree()`, or disconnect {one} in NEURON."
                )
            one = segment.sec
        above = number[one] if number[one] in placed else chain[-1]
        for j in reversed(chain):
            root[j] = root[above]
            placed.add(j)
            trees.setdefault(root[j], []).append(j)
    return list(trees.values())
