"""A part of a module as tables of their own."""

from __future__ import annotations

import numpy as np

from dendrax.errors import ModelStateError
from dendrax.modules.events import (
    COMPARTMENT,
    DETECTOR,
    FROM_DETECTOR,
    NO_DETECTOR,
    SOURCE,
    Connections,
    EventTables,
)
from dendrax.modules.homes import COMPARTMENTS, CONNECTIONS, DETECTORS, PLASTIC, POINTS, SOURCES, SYNAPSES, home_of
from dendrax.modules.points import shared_parameters
from dendrax.modules.selection import KINDS, Selection
from dendrax.modules.structure import Structure, center_of, comp_at
from dendrax.modules.tables import Tables
from dendrax.trees.geometry import arc_lengths

Renumbered = dict[str, np.ndarray]
"""The new numbers of the rows of each kind, see `homes`; -1 for rows that are not kept."""


def part(selection: Selection) -> Tables:
    """Tables of the part in view; see `Module.copy`."""
    tables = extract(selection.tables, np.unique(selection.rows))
    tables.kind = _kind_of_part(selection, tables.structure)
    return tables


def _kind_of_part(selection: Selection, part: Structure) -> str:
    """The smallest kind of module that can hold a part, but the kind that it was selected as."""
    has = 3 if part.n_cell > 1 else 2 if part.n_branch > 1 else 1 if part.n_comp > 1 else 0
    selected_as = {"comp": 0, "loc": 0, "select": 0, "edge": 0, "branch": 1, "cell": 2}.get(selection.level, 2)
    return KINDS[min(max(has, selected_as), KINDS.index(selection.tables.kind))]


def extract(tables: Tables, rows: np.ndarray) -> Tables:
    """Tables of some compartments, with everything attached to them."""
    old = tables.structure
    branches = np.unique(old.branch_of_comp[rows])
    position = old.position_in_branch[rows]
    ncomp = np.bincount(old.branch_of_comp[rows], minlength=old.n_branch)[branches]
    new_branch = np.full(old.n_branch + 1, -1)
    new_branch[branches] = np.arange(len(branches))
    begin = position[np.concatenate([[0], np.cumsum(ncomp)[:-1]])]
    above, joints = _joined_to(old, branches)
    parents = new_branch[above]
    _, cells = np.unique(old.cell_of_branch[branches], return_inverse=True)
    if (np.bincount(cells[parents < 0]) > 1).any() or not _without_gaps(old, rows, position, branches, parents, joints):
        raise ModelStateError(
            "copy(as_module=True): the compartments in view are not connected within their cell. Select whole branches "
            "that hang together, or neighbouring compartments of one branch."
        )
    new_row = np.full(old.n_comp, -1)
    new_row[rows] = np.arange(len(rows))
    part = Tables(
        tables.kind,
        Structure(cells, parents, ncomp, _places_on_parts(old, branches, parents, joints, begin, ncomp)),
        tables.nodes.copy(rows),
        _points_of_part(tables, branches, begin, ncomp),
        [channel for channel in tables.channels if tables.has(channel)[rows].any()],
        [name for name in tables.groups if tables.members(name)[rows].any()],
        pumps=[pump for pump in tables.pumps if tables.has(pump)[rows].any()],
        diffused=list(tables.diffused),
        order=tables.order,
    )
    points = np.flatnonzero(new_row[tables.points.table["comp_index"].astype(int)] >= 0)
    part.points = tables.points.part(points, new_row)
    _drop_unused_columns(tables, part)
    ends = [tables.edges[end].astype(int) for end in ("pre_index", "post_index")]
    synapses = np.flatnonzero((new_row[ends[0]] >= 0) & (new_row[ends[1]] >= 0))
    part.wiring = tables.wiring.part(synapses, new_row)
    for side in ("pre", "post"):
        part.edges.add(f"{side}_locs", part.structure.locs(part.edges[f"{side}_index"]))
    new = {COMPARTMENTS: new_row, SYNAPSES: new_numbers(synapses, len(tables.wiring))}
    new[POINTS] = new_numbers(points, len(tables.points))
    inside = _connections_between(tables, new)
    part.events, renumbered = take_events(tables, part, new, inside, _sources_of(tables, inside))
    _take_what_is_attached(tables, part, {**new, **renumbered})
    return part


def new_numbers(kept: np.ndarray, n: int) -> np.ndarray:
    """The new number of each of n rows, -1 for rows that are not kept. (row,)."""
    new = np.full(n, -1)
    new[kept] = np.arange(len(kept))
    return new


def _connections_between(tables: Tables, new: Renumbered) -> np.ndarray:
    """The connections whose ends are both kept, with the place of postsynaptic spikes if they are plastic.

    Connections from artificial sources have one end.
    """
    events = tables.events
    table = events.connections.table
    kept = new[POINTS][tables.target_rows] >= 0
    of_detectors = table["source_kind"] == FROM_DETECTOR
    comps = events.detectors.table["comp_index"][table["source"][of_detectors]]
    kept[of_detectors] &= new[COMPARTMENTS][comps] >= 0
    post, plastic = events.plastic.table["post"].astype(int), events.plastic.connections
    hears = post != NO_DETECTOR
    kept[plastic[hears]] &= new[COMPARTMENTS][events.detectors.table["comp_index"][post[hears]]] >= 0
    return np.flatnonzero(kept)


def _sources_of(tables: Tables, connections: np.ndarray) -> np.ndarray:
    """All artificial sources of the kinds at which some connections start: their trains depend on their numbers."""
    kinds = np.unique(tables.events.connections.table["source_kind"][connections])
    return np.flatnonzero(np.isin(tables.events.sources.table["type_ind"].astype(int), kinds))


def take_events(
    tables: Tables, part: Tables, new: Renumbered, connections: np.ndarray, sources: np.ndarray
) -> tuple[EventTables, Renumbered]:
    """The events of a part (some connections and artificial sources) and their new numbers.

    Args:
        tables: The whole.
        part: The part, with its point processes.
        new: New numbers of compartments and point processes, -1 for those outside of the part.
        connections: Which connections; those from artificial sources must start at some of `sources`.
        sources: Which artificial sources.
    """
    old, made = tables.events, EventTables()
    table = old.connections.table.copy(connections)
    of_detectors = table["source_kind"] == FROM_DETECTOR
    recorded = [row for what, row in old.recorded if what == DETECTOR]
    plastic = old.plastic.of_connections(connections)
    post = old.plastic.table["post"][plastic].astype(int)
    used = np.concatenate([table["source"][of_detectors], recorded, post[post != NO_DETECTOR]])
    used = np.unique(used.astype(int))
    used = used[new[COMPARTMENTS][old.detectors.table["comp_index"][used]] >= 0]
    renumbered = {
        CONNECTIONS: new_numbers(connections, len(old.connections)),
        DETECTORS: new_numbers(used, len(old.detectors)),
        SOURCES: new_numbers(sources, len(old.sources)),
        PLASTIC: new_numbers(plastic, len(old.plastic)),
    }
    made.sources = old.sources.part(sources)
    if len(used):
        detectors = old.detectors.table.copy(used)
        made.detectors.add({**detectors.columns, "comp_index": new[COMPARTMENTS][detectors["comp_index"]]})
    if len(connections):
        targets = new[POINTS][tables.target_rows[connections]]
        source, kind = table["source"].copy(), table["source_kind"].copy()
        source[of_detectors] = renumbered[DETECTORS][source[of_detectors]]
        begins = renumbered[SOURCES][old.sources.rows_of(kind[~of_detectors], source[~of_detectors])]
        kind[~of_detectors] = made.sources.table["type_ind"][begins].astype(int)
        source[~of_detectors] = made.sources.table["index_within_type"][begins].astype(int)
        ends = {
            "source_kind": kind,
            "source": source,
            "target_type": part.points.table["type_ind"][targets].astype(int),
        }
        ends["target"] = part.points.table["index_within_type"][targets].astype(int)
        weights = {name for name in old.connections.weights if not np.isnan(table[name]).all()}
        kept = {name: column for name, column in table.columns.items() if name in {*Connections.columns, *weights}}
        made.connections.add({**kept, **ends})
    made.plastic = old.plastic.part(plastic, renumbered[CONNECTIONS], renumbered[DETECTORS])
    new_row = {COMPARTMENT: new[COMPARTMENTS], DETECTOR: renumbered[DETECTORS], SOURCE: renumbered[SOURCES]}
    kept = [(what, int(new_row[what][row])) for what, row in old.recorded]
    made.recorded = {(what, row): None for what, row in kept if row >= 0}
    return made, renumbered


def _take_what_is_attached(tables: Tables, part: Tables, renumbered: Renumbered) -> None:
    """Give a part the recordings, inputs and trainables of its rows."""

    def new_number(key: str) -> np.ndarray:
        return renumbered[home_of(tables, key).what]

    of_key = {key: new_number(key) for key in dict.fromkeys(name for name, _ in tables.recordings)}
    recorded = [(name, int(of_key[name][row])) for name, row in tables.recordings]
    part.recordings = {(name, row): None for name, row in recorded if row >= 0}
    for key, chunks in tables.inputs.items():
        new = new_number(key)
        inside = [(one, np.flatnonzero(new[one.rows] >= 0)) for one in chunks]
        if kept := [one.part(of, new) for one, of in inside if len(of)]:
            part.inputs[key] = kept
    for one in tables.trainables:
        new = new_number(one.key)
        chosen = np.flatnonzero(new[one.rows] >= 0)
        if len(chosen):
            part.trainables.append(one.part(chosen, new))


def _drop_unused_columns(whole: Tables, part: Tables) -> None:
    """Take away the columns of channels and groups that are not in the part."""
    used = {key for one in part.mechanisms for key in (*one.parameter_defaults, *one.state_defaults)}
    used |= {*part.diffused, *(key for one in part.points.types for key in shared_parameters(one))}
    for channel in whole.mechanisms:
        if channel not in part.mechanisms:
            keys = dict.fromkeys((channel.name, *channel.parameter_defaults, *channel.state_defaults))
            part.nodes.drop([key for key in keys if key not in used and key in part.nodes])
    part.nodes.drop([name for name in whole.groups if name not in part.groups])


def _joined_to(old: Structure, branches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest branches of a part that its branches are joined to, and where on them. (branch,), (branch,).

    A branch at the start of one that is not in the part is joined to what that one is joined to.
    """
    above, joints = old.parent_of_branch[branches], old.joint_of_branch[branches]
    while (through := np.flatnonzero((joints == 0) & (above >= 0) & ~np.isin(above, branches))).size:
        above[through], joints[through] = (
            old.parent_of_branch[above[through]],
            old.joint_of_branch[above[through]],
        )
    return above, joints


def _places_on_parts(
    old: Structure,
    branches: np.ndarray,
    parents: np.ndarray,
    joints: np.ndarray,
    begin: np.ndarray,
    ncomp: np.ndarray,
) -> np.ndarray:
    """The places of joints on the copied parts of the parents. (branch,)."""
    whole = old.ncomp_of_branch[branches][parents]
    inside = (joints > 0) & (joints < 1) & (ncomp[parents] < whole)
    moved = center_of(comp_at(joints, whole) - begin[parents], ncomp[parents])
    return np.where(parents < 0, 1.0, np.where(inside, moved, joints))


def _points_of_part(tables: Tables, branches: np.ndarray, begin: np.ndarray, ncomp: np.ndarray) -> list[np.ndarray]:
    """The traced points of every branch, between the ends of what is taken of it."""
    whole = tables.structure.ncomp_of_branch[branches]
    points = [tables.xyzr[branch] for branch in branches]
    return [
        one.copy() if n == of else _between(one, first / of, (first + n) / of)
        for one, first, n, of in zip(points, begin, ncomp, whole, strict=True)
    ]


def _between(points: np.ndarray, begin: float, end: float) -> np.ndarray:
    """The points between two fractions of a polyline's length, and its points there. (point, 4)."""
    arc = arc_lengths(points)
    if len(points) < 2 or not np.isfinite(arc[-1]):  # a sphere, or no points at all
        return points.copy()
    ends = np.array([begin, end]) * arc[-1]
    inner = points[(arc > ends[0]) & (arc < ends[1])]
    first, last = np.stack([np.interp(ends, arc, column) for column in points.T], axis=1)
    return np.concatenate([first[None], inner, last[None]])


def _without_gaps(
    old: Structure,
    rows: np.ndarray,
    position: np.ndarray,
    branches: np.ndarray,
    parents: np.ndarray,
    joints: np.ndarray,
) -> bool:
    """Whether neighbours in the new tables are neighbours in the old ones."""
    branch = old.branch_of_comp[rows]
    inner = branch[1:] == branch[:-1]
    if (np.diff(position)[inner] != 1).any():
        return False
    begins = position[np.concatenate([[True], ~inner])]
    ends = position[np.concatenate([~inner, [True]])]
    joined = parents >= 0
    above = parents[joined]
    host = comp_at(joints[joined], old.ncomp_of_branch[branches][above])
    return bool((begins[joined] == 0).all() and (begins[above] <= host).all() and (host <= ends[above]).all())
