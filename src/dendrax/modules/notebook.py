"""What a module shows of itself in a notebook: counts, channels, groups and a small picture, in milliseconds."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from dendrax.modules import layout, shown
from dendrax.modules.homes import home_of
from dendrax.modules.inputs import CURRENT
from dendrax.plot.palette import ABSENT, PALETTE
from dendrax.plot.thumbnail import thumbnail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dendrax.modules.module import Module

MOST_BRANCHES = 1500
"""More are not drawn; of a network that has more, each cell is a dot."""
MOST_DOTS, MOST_WIRES, MOST_POINTS = 1500, 300, 30_000
MOST_NAMES = 20


def html(module: Module) -> str:
    """A module or view as HTML, for `_repr_html_`. It stands on light and on dark pages and runs no script."""
    if shown.is_outdated(module):
        return escape(shown.describe(module))
    color_of_group = _colors_of_groups(module)
    rows = [
        ("channels", _members(module, [one.name for one in module.channels])),
        ("pumps", _members(module, [one.name for one in module.pumps])),
        ("groups", _members(module, module.group_names, color_of_group)),
        ("synapses", _synapses(module)),
        ("recorded", _counted(Counter(name for name, row in module.tables.recordings if _sees(module, name)[row]))),
        ("stimuli, clamps", _counted(_acting(module))),
        ("trainable", _counted(_trainable(module))),
    ]
    table = "".join(
        f'<tr><td style="text-align:left;vertical-align:top;opacity:.65;padding:0 1em 0 0">{name}</td>'
        f'<td style="text-align:left;padding:0">{text}</td></tr>'
        for name, text in rows
        if text
    )
    what, counts = escape(shown.what(module)), escape(shown.counts(module))
    return (
        '<div style="display:flex;gap:2em;align-items:flex-start">'
        f"<div><div><b>{what}</b></div><div>{counts}</div>"
        f'<table style="margin:.5em 0 0 0;background:none">{table}</table></div>'
        f"{_picture(module, color_of_group)}</div>"
    )


def _sees(module: Module, key: str) -> np.ndarray:
    """Which rows of the table that has a key are in view."""
    return home_of(module.tables, key).mask(module)


def _members(module: Module, names: list[str], colors: dict[str, str] | None = None) -> str:
    """Names, and how many compartments in view have each if not all."""
    texts = []
    for name in names[:MOST_NAMES]:
        count = int(module.tables.nodes[name].astype(bool)[module.rows].sum())
        swatch = f'<span style="color:{colors[name]}">&#9632;</span> ' if colors else ""
        texts.append(f"{swatch}{escape(name)}" + ("" if count == len(module.rows) else f" ({count:,})"))
    return _listed(texts, len(names))


def _synapses(module: Module) -> str:
    """Types of synapse, and how many there are of each."""
    wiring, rows = module.tables.wiring, module.edge_rows
    return _counted({one.name: len(wiring.of_type(one, rows)) for one in module.synapses})


def _acting(module: Module) -> dict[str, int]:
    """How many stimuli and clamps there are in view."""
    names = {CURRENT: "stimulus"}
    return {
        names.get(key, key): int(sum(_sees(module, key)[one.rows].sum() for one in inputs))
        for key, inputs in module.tables.inputs.items()
    }


def _trainable(module: Module) -> dict[str, int]:
    """How many values of each parameter, that something in view takes, are trainable."""
    counts = Counter()
    for one in module.tables.trainables:
        counts[one.key] += len(np.unique(one.group_of_row[_sees(module, one.key)[one.rows]]))
    return counts


def _counted(counts: dict[str, int]) -> str:
    """Names with their numbers."""
    there = {name: count for name, count in counts.items() if count}
    return _listed([f"{escape(name)} ({count:,})" for name, count in list(there.items())[:MOST_NAMES]], len(there))


def _listed(texts: Iterable[str], n: int) -> str:
    return ", ".join([*texts, *([f"and {n - MOST_NAMES} more"] if n > MOST_NAMES else [])])


def _colors_of_groups(module: Module) -> dict[str, str]:
    """A colour for each group in view."""
    return {name: PALETTE[number % len(PALETTE)] for number, name in enumerate(module.group_names)}


def _picture(module: Module, color_of_group: dict[str, str]) -> str:
    """What is in view as lines or dots, and some of its synapses."""
    tables, branches = module.tables, module._branches
    structure = tables.structure
    if tables.kind == "network" and len(branches) > MOST_BRANCHES:
        cells = np.unique(structure.cell_of_branch[branches])
        if len(cells) > 1:
            return _dots(module, cells, color_of_group)
    if len(branches) > MOST_BRANCHES:  # the longest: without twigs a tree is still a tree
        length = np.bincount(structure.branch_of_comp, tables.nodes["length"], minlength=structure.n_branch)[branches]
        branches = np.sort(branches[np.argsort(-length, kind="stable")[:MOST_BRANCHES]])
    layout.place(module)
    stride = 1 + sum(len(tables.xyzr[branch]) for branch in branches) // MOST_POINTS
    radius, first = tables.nodes.numbers("radius"), structure.first_comp_of_branch
    lines = {branch: _every(tables.xyzr[branch], stride, float(radius[first[branch]])) for branch in branches.tolist()}
    lines = {branch: line for branch, line in lines.items() if len(line) and np.isfinite(line[:, :2]).all()}
    at = np.stack([tables.nodes.numbers(axis) for axis in "xy"], axis=1)
    wires = at[_some_wires(module)]
    return thumbnail(
        list(lines.values()),
        _colors(module, color_of_group, first[np.array(list(lines), int)]),
        wires=wires[np.isfinite(wires).all(axis=(1, 2))],
    )


def _dots(module: Module, cells: np.ndarray, color_of_group: dict[str, str]) -> str:
    """A dot where each cell begins; cells without places are not laid out for that."""
    tables, structure = module.tables, module.tables.structure
    begin = structure.first_branch_of_cell[:-1]

    def places(chosen: np.ndarray) -> np.ndarray:
        points = [tables.xyzr[branch][:1, :2] for branch in begin[chosen]]
        return np.concatenate([one if len(one) else np.full((1, 2), np.nan) for one in points] or [np.zeros((0, 2))])

    chosen = cells[:: 1 + len(cells) // MOST_DOTS]
    at = places(chosen)
    there = np.isfinite(at).all(axis=1)
    ends = structure.cell_of_comp[_some_wires(module)]
    wires = places(ends.ravel()).reshape(-1, 2, 2)
    colors = _colors(module, color_of_group, structure.first_comp_of_branch[begin[chosen[there]]])
    return thumbnail([], colors, dots=at[there], wires=wires[np.isfinite(wires).all(axis=(1, 2))])


def _some_wires(module: Module) -> np.ndarray:
    """Compartments at both ends of some of the synapses in view, evenly chosen. (wire, 2)"""
    rows = module.edge_rows
    rows = rows[:: 1 + len(rows) // MOST_WIRES]
    if len(rows) == 0:
        return np.zeros((0, 2), int)
    edges = module.tables.edges
    return np.stack([edges[end][rows].astype(int) for end in ("pre_index", "post_index")], axis=1)


def _colors(module: Module, color_of_group: dict[str, str], comps: np.ndarray) -> list[str]:
    """The colours of some compartments: each has that of the smallest group that it is in."""
    colors = [ABSENT if color_of_group else PALETTE[0]] * len(comps)
    members = {name: module.tables.members(name) for name in color_of_group}
    for name in sorted(members, key=lambda name: -int(members[name].sum())):
        for place in np.flatnonzero(members[name][comps]).tolist():
            colors[place] = color_of_group[name]
    return colors


def _every(points: np.ndarray, stride: int, radius: float) -> np.ndarray:
    """Every so many points of a line, and its last; `radius` [um] where none was traced. (point, 4)"""
    points = points if stride == 1 or len(points) < 3 else np.concatenate([points[:-1:stride], points[-1:]])
    return np.where(np.isnan(points), [np.nan, np.nan, np.nan, radius], points)
