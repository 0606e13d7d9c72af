"""The shape of a model in NEURON, exactly: what NEURON computes with, and not what follows from diameters.

Area and volume of a segment are NEURON's. Its axial resistances are those of `seg.ri()`, the resistance between the
centre of a segment and that of the one before it, or the joint for the first. In the order from the joint outwards,

    ri_1 = in_1        ri_i = out_{i-1} + in_i        ri_end = out_n        # [MOhm]

so that the resistances between centres, and those to both ends, are NEURON's. Nothing joins a section between two
centres: how ri_i is divided into two halves has no effect on a simulation. It is divided as the traced shape is, or a
row of cylinders where nothing was traced.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, SupportsFloat

import numpy as np

from dendrax import arguments
from dendrax.errors import ModelValueError, MorphologyError, SelectionError, UnknownNameError
from dendrax.io.neuron import lines
from dendrax.io.neuron.sections import Section, chosen, group_of_name, lists_of, node_of, order_of
from dendrax.modules.cell import Cell, cell_from_tree
from dendrax.modules.network import Network
from dendrax.trees.compartments import CompartmentTree
from dendrax.trees.geometry import cut_branches, cylinder

LOAD_PER_OHM = 1e2
"""1/um of resistive load per MOhm / (ohm cm)."""

MOST = 1e20
"""A resistance that stands for an open end [MOhm]."""

V_INIT = -65.0
"""NEURON's `v_init` where its standard run system is not loaded [mV]."""


@dataclass(frozen=True)
class Sections:
    """The shape of sections of NEURON, and where each of them is in our tables: a section is a branch.

    A section that is connected by its end 1 is read from there, so that every branch begins at its joint.

    Attributes:
        trees: Of each cell, see `CompartmentTree`. (cell,)
        sections: NEURON's sections, in the order of our branches. (branch,)
        turned: Whether a section's end 1 is where its branch begins. (branch,) bool
        first_comp_of_branch: The row of its first compartment; one more entry, the number of all. (branch + 1,)
        axial_resistivity: [ohm cm] (comp,)
        capacitance: [uF/cm2] (comp,)
        v: NEURON's `v_init` [mV].
        groups: The branches in each group.
    """

    trees: tuple[CompartmentTree, ...]
    sections: tuple[Section, ...]
    turned: np.ndarray
    first_comp_of_branch: np.ndarray
    axial_resistivity: np.ndarray
    capacitance: np.ndarray
    v: float
    groups: dict[str, list[int]]
    _branch_of_section: dict[Section, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Number the sections."""
        object.__setattr__(self, "_branch_of_section", {one: i for i, one in enumerate(self.sections)})

    @property
    def names(self) -> list[str]:
        """The names of the sections. (branch,)."""
        return [section.name() for section in self.sections]

    def row(self, section: Section | str, x: SupportsFloat) -> int:
        """The compartment that NEURON means by `section(x)`.

        The ends 0 and 1, which are nodes of their own in NEURON, belong to the compartments next to them.

        Args:
            section: One of the sections, or its name.
            x: Where on it, from 0 to 1, as NEURON counts.

        Returns:
            The row in `.nodes` of what `build` returns.

        Raises:
            UnknownNameError: The section is not among those that were read.
            SelectionError: Several sections have this name.
            ModelValueError: `x` is not from 0 to 1.
        """
        branch = self._named(section) if isinstance(section, str) else self._branch_of_section.get(section, -1)
        if branch < 0:
            raise UnknownNameError(f"row: the section {section} is not among those that were read.")
        place = arguments.real("row: x", x)
        if not 0 <= place <= 1:
            raise ModelValueError(f"row: x must be from 0 to 1, but is {x}.")
        first, last = self.first_comp_of_branch[branch : branch + 2]
        comp = _comp_at(place, int(last - first), turned=bool(self.turned[branch]))
        return int(first + comp)

    def row_of(self, segment: Any) -> int:
        """The compartment of a segment of NEURON, such as `soma(0.5)` or `point_process.get_segment()`.

        The end by which a section is connected is where NEURON has it: `dend(0)` is in the soma if it is connected to
        `soma(0.5)`.
        """
        node = node_of(segment)
        return self.row(node.sec, node.x)

    def _named(self, name: str) -> int:
        found = [branch for branch, other in enumerate(self.names) if other == name]
        if len(found) > 1:
            raise SelectionError(f"row: {len(found)} sections have the name {name!r}. Pass the section itself.")
        return found[0] if found else -1

    def build(self) -> Cell | Network:
        """A cell, or a network of several, of this shape.

        Groups are those of NEURON's names and lists; the column `section` of `.nodes` has the name of the section.
        Axial resistivity, capacitance and the initial voltage are set, and no mechanism is inserted.

        Returns:
            A `Cell` for one tree, else a `Network` with a cell for each.
        """
        cells = [cell_from_tree(tree) for tree in self.trees]
        module = cells[0] if len(cells) == 1 else Network(cells)
        module.set("axial_resistivity", self.axial_resistivity)
        module.set("capacitance", self.capacitance)
        module.set("v", self.v)
        ncomp = np.diff(self.first_comp_of_branch)
        module.tables.nodes.add("section", np.repeat(np.array(self.names, dtype=object), ncomp))
        for name, branches in self.groups.items():
            rows = np.flatnonzero(np.repeat(np.isin(np.arange(len(ncomp)), branches), ncomp))
            try:
                module.select(nodes=rows).add_to_group(name)
            except ModelValueError:
                warnings.warn(
                    f"NEURON's sections {name!r} are not a group: a column or method has this name. Select them by the "
                    f"column `section` of `.nodes`.",
                    stacklevel=2,
                )
        return module


def read_sections(h: Any, sections: Any = None) -> Sections:
    """Read the shape of a model that is loaded in NEURON, exactly.

    Read are nseg, areas, volumes, axial resistances, where sections are connected and by which end, 3D points, Ra, cm
    and v_init. A section is in the group of its name without indices (`apic` for `Cell[0].apic[3]`), and in one for
    each SectionList that holds it: public ones of its template, those that hoc variables name, and attributes of a cell
    in Python. NEURON's model stays as it is.

    Args:
        h: NEURON, `from neuron import h`.
        sections: A SectionList, a list of sections, or a cell with a SectionList `all`; None for all sections.

    Returns:
        What was read; `.build()` makes a cell or a network of it, `.row("soma[0]", 0.5)` says where a segment is.

    Raises:
        ModelTypeError: Something else than sections.
        MorphologyError: The model has no sections, or a segment has no area or resistance; the message names it.
        SelectionError: The parent of a section is not among them.

    Example:
        ```python
        from neuron import h
        h.load_file("cell.hoc")
        read = read_sections(h)
        cell = read.build()
        cell.apic.set("capacitance", 2.0)
        cell.select(nodes=read.row("soma[0]", 0.5)).record()
        ```
    """
    given = chosen(h, sections)
    trees = order_of(given)
    order = [given[i] for numbers in trees for i in numbers]
    names = {section: branch for branch, section in enumerate(order)}
    groups: dict[str, list[int]] = {}
    for branch, section in enumerate(order):
        groups.setdefault(group_of_name(section.name()), []).append(branch)
    for name, members in lists_of(h, given).items():
        groups[name] = sorted({*groups.get(name, ()), *(names[one] for one in members)})
    ncomp = np.array([section.nseg for section in order])
    return Sections(
        trees=tuple(_tree([given[i] for i in numbers]) for numbers in trees),
        sections=tuple(order),
        turned=np.array([_is_turned(section) for section in order]),
        first_comp_of_branch=np.concatenate([[0], np.cumsum(ncomp)]),
        axial_resistivity=np.repeat([float(section.Ra) for section in order], ncomp),
        capacitance=np.array([segment.cm for section in order for segment in _segments(section)]),
        v=_initial_voltage(h),
        groups=groups,
    )


def _initial_voltage(h: Any) -> float:
    try:
        return float(h.v_init)
    except AttributeError:  # until `stdrun.hoc` is loaded
        return V_INIT


def _is_turned(section: Section) -> bool:
    return section.parentseg() is not None and section.orientation() == 1


def _segments(section: Section) -> list[Any]:
    """The segments from the joint outwards."""
    segments = list(section)
    return segments[::-1] if _is_turned(section) else segments


def _comp_at(x: float, n: int, *, turned: bool) -> int:
    """Number, from the joint outwards, of the segment that NEURON means by x, which it counts from end 0."""
    comp = min(int(n * x), n - 1)
    return n - 1 - comp if turned else comp


def _tree(sections: Sequence[Section]) -> CompartmentTree:
    """One tree, its root first."""
    number = {section: branch for branch, section in enumerate(sections)}
    above = [section.parentseg() for section in sections]
    parents = np.array([-1 if one is None else number[one.sec] for one in above])
    joints = np.array([1.0 if one is None else _joint(one) for one in above])
    ncomp = np.array([section.nseg for section in sections])
    chains = [lines.points_of(section, turned=_is_turned(section)) for section in sections]
    drawn = lines.without_gaps(chains, parents, joints, [section.L for section in sections])
    shapes = [_shape(section, chain) for section, chain in zip(sections, chains, strict=True)]
    length, radius, area, volume, toward, away = map(np.concatenate, zip(*shapes, strict=True))
    return CompartmentTree(
        parent_of_branch=parents,
        ncomp_of_branch=ncomp,
        xyz=np.concatenate([lines.centers(chain, int(n)) for chain, n in zip(drawn, ncomp, strict=True)]),
        xyzr=tuple(drawn),
        joint_of_branch=joints,
        length=length,
        radius=radius,
        area=area,
        volume=volume,
        resistive_load_in=toward,
        resistive_load_out=away,
    )


def _joint(segment: Any) -> float:
    """Where on the branch of its parent a section begins, from what NEURON calls it.

    The place itself if it is in the segment that NEURON joins, else the centre of that. They differ where the parent is
    turned and the place is on the border of two segments.
    """
    x, n, turned = float(segment.x), int(segment.sec.nseg), _is_turned(segment.sec)
    place = 1.0 - x if turned else x
    if x in (0.0, 1.0):
        return place
    comp = _comp_at(x, n, turned=turned)
    return place if _comp_at(place, n, turned=False) == comp else (comp + 0.5) / n


class _Shape(NamedTuple):
    """Columns of `CompartmentTree`. (segment,) each."""

    length: np.ndarray
    radius: np.ndarray
    area: np.ndarray
    volume: np.ndarray
    toward: np.ndarray
    away: np.ndarray


def _shape(section: Section, chain: np.ndarray | None) -> _Shape:
    """The shape of all segments, from the joint outwards."""
    segments, n = _segments(section), section.nseg
    length = np.full(n, section.L / n)
    radius = np.array([segment.diam for segment in segments]) / 2
    area, volume = (np.array([getattr(one, name)() for one in segments]) for name in ("area", "volume"))
    end = section(0 if _is_turned(section) else 1)
    between = np.array([segment.ri() for segment in (*segments, end)])
    for what, values in (("area", area), ("volume", volume), ("resistance", between)):
        if (bad := ~(np.isfinite(values) & (values > 0) & (values < MOST))).any():
            at = (*segments, end)[bad.argmax()]
            raise MorphologyError(
                f"read_sections: {at} has {what} {values[bad.argmax()]}, which must be positive. Correct its L, "
                f"diam and Ra, or its 3D points, in NEURON."
            )
    toward, away = _halves(between * (LOAD_PER_OHM / section.Ra), radius, length, chain)
    return _Shape(length, radius, area, volume, toward, away)


def _halves(
    between: np.ndarray, radius: np.ndarray, length: np.ndarray, chain: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Loads of both halves of every segment [1/um] from those between centres and to the ends (segment + 1,)."""
    *_, half = cylinder(radius, length)
    toward = away = half
    if chain is not None:
        cut = cut_branches([chain], np.array([len(radius)]))
        toward, away = cut.resistive_load_in, cut.resistive_load_out
    inner = between[1:-1] * (away[:-1] / (away[:-1] + toward[1:]))
    return np.append(between[0], between[1:-1] - inner), np.append(inner, between[-1])
