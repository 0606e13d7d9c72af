"""What a module shows of itself in a notebook: counts, channels, groups and a small picture, in milliseconds."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from dendrax.modules import layout, shown
from dendrax.modules.homes import home_of
from dendrax.modules.inputs import CURRENT
from dendrax.modules.selection import Selection
from dendrax.plot.palette import ABSENT, PALETTE
from dendrax.plot.thumbnail import thumbnail

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_BRANCHES = 1500
"""More are not drawn; of a network that has more, each cell is a dot."""
MOST_DOTS, MOST_WIRES, MOST_POINTS = 1500, 300, 30_000
MOST_NAMES = 20


def html(selection: Selection, name: str) -> str:
    """The part in view as HTML, for `_repr_html_`; `name` is that of the class of the module.

    It stands on light and on dark pages and runs no script.
    """
    if selection.is_outdated:
        return escape(shown.describe(selection, name))
    color_of_group = _colors_of_groups(selection)
    rows = [
        ("channels", _members(selection, [one.name for one in selection.channels])),
        ("pumps", _members(selection, [one.name for one in selection.pumps])),
        ("groups", _members(selection, selection.groups, color_of_group)),
        ("synapses", _synapses(selection)),
        ("point processes", _counted(_points(selection))),
        (
            "recorded",
            _counted(Counter(name for name, row in selection.tables.recordings if _sees(selection, name)[row])),
        ),
        ("stimuli, clamps", _counted(_acting(selection))),
        ("trainable", _counted(_trainable(selection))),
    ]
    table = "".join(
        f'<tr><td style="text-align:left;vertical-align:top;opacity:.65;padding:0 1em 0 0">{name}</td>'
        f'<td style="text-align:left;padding:0">{text}</td></tr>'
        for name, text in rows
        if text
    )
    what, counts = escape(shown.what(selection, name)), escape(shown.counts(selection))
    return (
        '<div style="display:flex;gap:2em;align-items:flex-start">'
        f"<div><div><b>{what}</b></div><div>{counts}</div>"
        f'<table style="margin:.5em 0 0 0;background:none">{table}</table></div>'
        f"{_picture(selection, color_of_group)}</div>"
    )


def _sees(selection: Selection, key: str) -> np.ndarray:
    """Which rows of the table that has a key are in view."""
    return home_of(selection.tables, key).mask(selection)


def _members(selection: Selection, names: list[str], colors: dict[str, str] | None = None) -> str:
    """Names, and how many compartments in view have each if not all."""
    texts = []
    for name in names[:MOST_NAMES]:
        count = int(selection.tables.nodes[name].astype(bool)[selection.rows].sum())
        swatch = f'<span style="color:{colors[name]}">&#9632;</span> ' if colors else ""
        texts.append(f"{swatch}{escape(name)}" + ("" if count == len(selection.rows) else f" ({count:,})"))
    return _listed(texts, len(names))


def _synapses(selection: Selection) -> str:
    """Types of synapse, and how many there are of each."""
    wiring, rows = selection.tables.wiring, selection.edge_rows
    return _counted({one.name: len(wiring.of_type(one, rows)) for one in selection.synapses})


def _points(selection: Selection) -> dict[str, int]:
    """The number of point processes of each type in view."""
    points, rows = selection.tables.points, selection.point_rows
    return {one.name: len(points.of_type(one, rows)) for one in selection.point_types}


def _acting(selection: Selection) -> dict[str, int]:
    """How many stimuli and clamps there are in view."""
    names = {CURRENT: "stimulus"}
    return {
        names.get(key, key): int(sum(_sees(selection, key)[one.rows].sum() for one in inputs))
        for key, inputs in selection.tables.inputs.items()
    }


def _trainable(selection: Selection) -> dict[str, int]:
    """How many values of each parameter, that something in view takes, are trainable."""
    counts = Counter()
    for one in selection.tables.trainables:
        counts[one.key] += len(np.unique(one.group_of_row[_sees(selection, one.key)[one.rows]]))
    return counts


def _counted(counts: dict[str, int]) -> str:
    """Names with their numbers."""
    there = {name: count for name, count in counts.items() if count}
    return _listed([f"{escape(name)} ({count:,})" for name, count in list(there.items())[:MOST_NAMES]], len(there))


def _listed(texts: Iterable[str], n: int) -> str:
    return ", ".join([*texts, *([f"and {n - MOST_NAMES} more"] if n > MOST_NAMES else [])])


def _colors_of_groups(selection: Selection) -> dict[str, str]:
    """A colour for each group in view."""
    return {name: PALETTE[number % len(PALETTE)] for number, name in enumerate(selection.groups)}


def _picture(selection: Selection, color_of_group: dict[str, str]) -> str:
    """What is in view as lines or dots, and some of its synapses."""
    tables, branches = selection.tables, selection.branches
    structure = tables.structure
    if tables.kind == "network" and len(branches) > MOST_BRANCHES:
        cells = np.unique(structure.cell_of_branch[branches])
        if len(cells) > 1:
            return _dots(selection, cells, color_of_group)
    if len(branches) > MOST_BRANCHES:  # the longest: without twigs a tree is still a tree
        length = np.bincount(structure.branch_of_comp, tables.nodes["length"], minlength=structure.n_branch)[branches]
        branches = np.sort(branches[np.argsort(-length, kind="stable")[:MOST_BRANCHES]])
    layout.place(selection)
    stride = 1 + sum(len(tables.xyzr[branch]) for branch in branches) // MOST_POINTS
    radius, first = tables.nodes.numbers("radius"), structure.first_comp_of_branch
    lines = {branch: _every(tables.xyzr[branch], stride, float(radius[first[branch]])) for branch in branches.tolist()}
    lines = {branch: line for branch, line in lines.items() if len(line) and np.isfinite(line[:, :2]).all()}
    at = np.stack([tables.nodes.numbers(axis) for axis in "xy"], axis=1)
    wires = at[_some_wires(selection)]
    return thumbnail(
        list(lines.values()),
        _colors(selection, color_of_group, first[np.array(list(lines), int)]),
        wires=wires[np.isfinite(wires).all(axis=(1, 2))],
    )


def _dots(selection: Selection, cells: np.ndarray, color_of_group: dict[str, str]) -> str:
    """A dot where each cell begins; cells without places are not laid out for that."""
    tables, structure = selection.tables, selection.tables.structure
    begin = structure.first_branch_of_cell[:-1]

    def places(chosen: np.ndarray) -> np.ndarray:
        points = [tables.xyzr[branch][:1, :2] for branch in begin[chosen]]
        return np.concatenate([one if len(one) else np.full((1, 2), np.nan) for one in points] or [np.zeros((0, 2))])

    chosen = cells[:: 1 + len(cells) // MOST_DOTS]
    at = places(chosen)
    there = np.isfinite(at).all(axis=1)
    ends = structure.cell_of_comp[_some_wires(selection)]
    wires = places(ends.ravel()).reshape(-1, 2, 2)
    colors = _colors(selection, color_of_group, structure.first_comp_of_branch[begin[chosen[there]]])
    return thumbnail([], colors, dots=at[there], wires=wires[np.isfinite(wires).all(axis=(1, 2))])


def _some_wires(selection: Selection) -> np.ndarray:
    """Compartments at both ends of some of the synapses in view, evenly chosen. (wire, 2)"""
    rows = selection.edge_rows
    rows = rows[:: 1 + len(rows) // MOST_WIRES]
    if len(rows) == 0:
        return np.zeros((0, 2), int)
    edges = selection.tables.edges
    return np.stack([edges[end][rows].astype(int) for end in ("pre_index", "post_index")], axis=1)


def _colors(selection: Selection, color_of_group: dict[str, str], comps: np.ndarray) -> list[str]:
    """The colours of some compartments: each has that of the smallest group that it is in."""
    colors = [ABSENT if color_of_group else PALETTE[0]] * len(comps)
    members = {name: selection.tables.members(name) for name in color_of_group}
    for name in sorted(members, key=lambda name: -int(members[name].sum())):
        for place in np.flatnonzero(members[name][comps]).tolist():
            colors[place] = color_of_group[name]
    return colors


def _every(points: np.ndarray, stride: int, radius: float) -> np.ndarray:
    """Every so many points of a line, and its last; `radius` [um] where none was traced. (point, 4)"""
    points = points if stride == 1 or len(points) < 3 else np.concatenate([points[:-1:stride], points[-1:]])
    return np.where(np.isnan(points), [np.nan, np.nan, np.nan, radius], points)
