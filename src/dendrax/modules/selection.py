"""Selection: which compartments and synapses of a model are in view. Index expressions make one of another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dendrax.errors import ModelStateError, ModelTypeError, SelectionError
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.pump import Pump
from dendrax.mechanisms.synapse import Synapse
from dendrax.modules import indexing
from dendrax.modules.events import FROM_DETECTOR
from dendrax.modules.indexing import LEVELS, NOTHING
from dendrax.modules.structure import Structure
from dendrax.modules.tables import Inserted, Tables

if TYPE_CHECKING:
    import pandas as pd

PLURAL = {"cell": "cells", "branch": "branches", "comp": "comps"}
KINDS = ("compartment", "branch", "cell", "network")


@dataclass(frozen=True, eq=False)
class Selection:
    """A part of a model, or all of it. Everything that is done to a model is done to a selection.

    Attributes:
        tables: The model, shared by all selections.
        comps: Indices of the compartments in view; None is all, which saves looking at each. (comp,)
        synapses_chosen: Indices of the synapses in view; None is those with both ends in view. (edge,)
        points_chosen: Indices of the point processes in view; None is those of the compartments in view. (point,)
        connections_chosen: Indices of the connections in view; None is those with both ends in view. (connection,)
        sources_chosen: Indices of the artificial sources in view; None is all of them on a whole model, and none on
            a view. (source,)
        scope: Whether indices are counted within what is in view ("local") or in the model ("global").
        level: What the last step of selection was.
        at: Where along its branch a selection made by `loc` is.
        is_view: Whether it was made by a step of selection, rather than being the whole model.
        structure: That for which the compartments were chosen.
        frames: The DataFrames that the user has seen of this view.
    """

    tables: Tables
    comps: np.ndarray | None = None
    synapses_chosen: np.ndarray | None = None
    scope: str = "local"
    level: str = "module"
    at: Any = None
    is_view: bool = False
    points_chosen: np.ndarray | None = None
    connections_chosen: np.ndarray | None = None
    sources_chosen: np.ndarray | None = None
    structure: Structure = field(init=False)
    frames: dict[str, pd.DataFrame] = field(init=False)

    def __post_init__(self) -> None:
        """Note the present structure: when `set_ncomp` replaces it, the rows mean nothing any more."""
        vars(self).update(structure=self.tables.structure, frames={})  # the class is frozen

    # -- What is in view ------------------------------------------------------------------------------------------

    @property
    def is_outdated(self) -> bool:
        """Whether `set_ncomp` changed the compartments since the selection was made."""
        return self.comps is not None and self.structure is not self.tables.structure

    @property
    def rows(self) -> np.ndarray:
        """Indices of the compartments in view. (comp,)."""
        if self.comps is None:
            return np.arange(self.tables.structure.n_comp)
        if self.is_outdated:
            raise ModelStateError(
                "This view was made before `set_ncomp` changed the compartments of the model. Select it again."
            )
        return self.comps

    @property
    def _present(self) -> np.ndarray | None:
        """The rows, or None for all of them."""
        return None if self.comps is None else self.rows

    @property
    def mask(self) -> np.ndarray:
        """Which compartments of the model are in view. (comp,) bool."""
        return _marked(self.rows, self.tables.structure.n_comp)

    @property
    def edge_rows(self) -> np.ndarray:
        """Indices of the synapses in view: those selected, else those with both ends in view. (edge,)."""
        if self.synapses_chosen is not None:
            return self.synapses_chosen
        n = len(self.tables.wiring)
        return np.arange(n) if self.comps is None or n == 0 else np.flatnonzero(self._joins(self.mask, slice(None)))

    @property
    def edge_mask(self) -> np.ndarray:
        """Which synapses of the model are in view. (edge,) bool."""
        return _marked(self.edge_rows, len(self.tables.wiring))

    def _joins(self, inside: np.ndarray, edge_rows: np.ndarray | slice) -> np.ndarray:
        """Which synapses have both compartments `inside`. (edge,) bool."""
        table = self.tables.edges
        pre, post = (inside[table[end][edge_rows].astype(int)] for end in ("pre_index", "post_index"))
        return pre & post

    @property
    def point_rows(self) -> np.ndarray:
        """Indices of the point processes in view: those selected, else those of the compartments in view. (point,)."""
        if self.points_chosen is not None:
            return self.points_chosen
        n = len(self.tables.points)
        if self._present is None or n == 0:
            return np.arange(n)
        return np.flatnonzero(self.mask[self.tables.points.table["comp_index"].astype(int)])

    @property
    def source_rows(self) -> np.ndarray:
        """Indices of the artificial sources in view, which belong to no compartment. (source,)."""
        if self.sources_chosen is not None:
            return self.sources_chosen
        return np.arange(0 if self.is_view and self.comps is not None else len(self.tables.events.sources))

    @property
    def detector_rows(self) -> np.ndarray:
        """Indices of the detectors of the connections that were selected, else of the compartments in view."""
        events = self.tables.events
        if self.connections_chosen is not None:
            table = events.connections.table
            from_detectors = table["source_kind"][self.connections_chosen] == FROM_DETECTOR
            return np.unique(table["source"][self.connections_chosen][from_detectors])
        if self._present is None:
            return np.arange(len(events.detectors))
        return np.flatnonzero(self.mask[events.detectors.table["comp_index"]])

    @property
    def connection_rows(self) -> np.ndarray:
        """Indices of the connections in view: those selected, else those with both ends in view. (connection,).

        A connection that starts at an artificial source is in view where its target is.
        """
        if self.connections_chosen is not None:
            return self.connections_chosen
        n = len(self.tables.events.connections)
        if n == 0 or (self._present is None and self.points_chosen is None):
            return np.arange(n)
        table, points = self.tables.events.connections.table, self.tables.points
        inside = np.zeros(n, bool)
        in_view = _marked(self.point_rows, len(points))
        for index, one in enumerate(points.types):
            mine = np.flatnonzero(table["target_type"] == index)
            inside[mine] = in_view[points.of_type(one)[table["target"][mine]]]
        if self.points_chosen is None:
            from_detectors = np.flatnonzero(table["source_kind"] == FROM_DETECTOR)
            comps = self.tables.events.detectors.table["comp_index"][table["source"][from_detectors]]
            inside[from_detectors] &= self.mask[comps]
        return np.flatnonzero(inside)

    @property
    def branches(self) -> np.ndarray:
        """The branches in view. (branch,)."""
        structure = self.tables.structure
        return np.arange(structure.n_branch) if self.comps is None else np.unique(structure.branch_of_comp[self.rows])

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of parts that a model of this kind has."""
        return LEVELS[3 - KINDS.index(self.tables.kind) :]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of cells, branches and compartments in view, as far as the model has these levels."""
        structure, rows = self.tables.structure, self.rows
        ids = [indexing.global_ids(structure, level, rows) for level in LEVELS[:2]]
        counts = [int(np.count_nonzero(np.bincount(one))) for one in ids]
        return tuple([*counts, len(rows)][3 - len(self.levels) :])

    def _in_view(self, mechanisms: list[Inserted]) -> list[Inserted]:
        rows = self.rows
        return [one for one in mechanisms if self.comps is None or self.tables.has(one)[rows].any()]

    @property
    def channels(self) -> list[Mechanism]:
        """The channels in view, in the order of insertion."""
        return self._in_view(self.tables.channels)

    @property
    def pumps(self) -> list[Pump]:
        """The pumps in view, in the order of insertion."""
        return self._in_view(self.tables.pumps)

    @property
    def mechanisms(self) -> list[Mechanism]:
        """The channels and pumps in view."""
        return [*self.channels, *self.pumps]

    @property
    def synapses(self) -> list[Synapse]:
        """The types of synapse in view, in the order of their first use."""
        wiring = self.tables.wiring
        return [one for one in wiring.types if self._present is None or len(wiring.of_type(one, self.edge_rows))]

    @property
    def point_types(self) -> list[Mechanism]:
        """The types of point process in view, in the order of their first use."""
        points, rows = self.tables.points, self.point_rows
        return [one for one in points.types if len(points.of_type(one, rows))]

    @property
    def groups(self) -> list[str]:
        """Names of the groups in view."""
        return [name for name in self.tables.groups if self.tables.members(name)[self.rows].any()]

    def check_whole(self, verb: str, error: type[Exception] = ModelStateError) -> None:
        """Refuse views."""
        if self.is_view:
            raise error(f"{verb} works on a whole module: call it on `view.base`.")

    # -- Steps of selection ---------------------------------------------------------------------------------------

    def view(
        self,
        comps: np.ndarray | None,
        level: str,
        *,
        edges: np.ndarray | None = None,
        points: np.ndarray | None = None,
        at: Any = None,
    ) -> Selection:
        """These compartments alone, of those in view."""
        if edges is None and self.synapses_chosen is not None:  # a part of a view of synapses has no other synapses
            inside = self.mask if comps is None else _marked(comps, self.tables.structure.n_comp)
            edges = self.synapses_chosen[self._joins(inside, self.synapses_chosen)]
        if points is None and self.points_chosen is not None:  # nor other point processes
            inside = self.mask if comps is None else _marked(comps, self.tables.structure.n_comp)
            points = self.points_chosen[inside[self._comps_of_points(self.points_chosen)]]
        return Selection(self.tables, comps, edges, self.scope, level, at, is_view=True, points_chosen=points)

    def everything(self) -> Selection:
        """A view of everything that is in view."""
        return self.view(self._present, self.level, edges=self.synapses_chosen, points=self.points_chosen)

    def within_scope(self, scope: str) -> Selection:
        """The same with indices counted in another scope."""
        if not isinstance(scope, str) or scope not in ("local", "global"):
            raise SelectionError(f'scope({scope!r}): a scope is "local" or "global".')
        same = replace(self, scope=scope)
        vars(same).update(structure=self.structure, frames=self.frames)
        return same

    def check_level(self, level: str) -> None:
        """Refuse a level of parts that the model does not have."""
        if level not in self.levels:
            has = " and ".join(PLURAL[one] for one in self.levels) or "no parts"
            raise ModelTypeError(f"A {self.tables.kind} has no {PLURAL[level]} to select; it has {has}.")

    def at_level(self, level: str, index: Any) -> Selection:
        """The cells, branches or compartments of some indices. See `Module.cell`."""
        self.check_level(level)
        return self.view(indexing.rows_at(self.tables.structure, level, index, self._present, self.scope), level)

    def at_loc(self, at: Any) -> Selection:
        """The compartments at places along branches. See `Module.loc`."""
        if self.tables.kind == "compartment":
            raise ModelTypeError("A compartment has no locations to select: loc is for branches, cells and networks.")
        return self.view(indexing.rows_at_loc(self.tables.structure, at, self.rows), "loc", at=at)

    def at_edge(self, index: Any) -> Selection:
        """The synapses of some indices, and their compartments. See `Module.edge`."""
        rows = self.edge_rows
        ids = rows if self.scope == "global" else np.arange(len(rows))
        wanted = indexing.integers(index, int(ids.max()) + 1 if len(ids) else 0, "edge")
        return self._of_edges(rows[np.isin(ids, wanted)], f"edge({index!r})", level="edge")

    def at_labels(self, nodes: Any, edges: Any, *, in_order: bool) -> Selection:
        """The compartments and synapses of some labels. See `Module.select`."""
        order = np.sort if in_order else np.asarray
        if self.points_chosen is not None and nodes is not None and edges is None:
            return self._points_of_labels(order(self._numbers_of_points(nodes)))
        edge_rows = None if edges is None else order(indexing.labels(edges, self.edge_rows, "edges"))
        if nodes is not None:
            return self.view(order(indexing.labels(nodes, self.rows, "nodes")), "select", edges=edge_rows)
        if edge_rows is None:
            return self.view(self.rows, "select")
        return self._of_edges(edge_rows, "select(edges=...)", level="select")

    def _of_edges(self, edges: np.ndarray, what: str, level: str) -> Selection:
        if len(edges) == 0:
            raise SelectionError(f"{NOTHING} {what} selects none of the {len(self.edge_rows)} synapses.")
        ends = [self.tables.edges[end][edges].astype(int) for end in ("pre_index", "post_index")]
        return self.view(np.unique(np.concatenate(ends)), level, edges=edges)

    def _of_points(self, points: np.ndarray, level: str) -> Selection:
        return self.view(np.unique(self._comps_of_points(points)), level, points=points)

    def _comps_of_points(self, points: np.ndarray) -> np.ndarray:
        return self.tables.points.table["comp_index"][points].astype(int)

    def _numbers_of_points(self, wanted: Any) -> np.ndarray:
        """Labels of point processes in view, or a mask over these, as numbers within their type."""
        return indexing.labels(wanted, self.tables.points.table["index_within_type"][self.point_rows], "nodes")

    def _points_of_labels(self, numbers: np.ndarray) -> Selection:
        rows = self.point_rows
        labels = self.tables.points.table["index_within_type"][rows]
        order = np.argsort(labels, kind="stable")
        return self._of_points(rows[order[np.searchsorted(labels, numbers, sorter=order)]], "select")

    def of_cells(self, index: Any) -> Selection:
        """The point processes of cells of the model, in the order of the index. See `Module.of_cell`."""
        if self.points_chosen is None:
            raise ModelTypeError(
                "of_cell is for views of point processes, such as `net.E` for those named 'E'. Cells are selected by "
                "`.cell(...)`."
            )
        structure, rows = self.tables.structure, self.points_chosen
        wanted = indexing.integers(index, structure.n_cell, "of_cell")
        cells = structure.cell_of_comp[self._comps_of_points(rows)]
        order = np.argsort(cells, kind="stable")
        begin, end = (np.searchsorted(cells[order], wanted, side) for side in ("left", "right"))
        if (lacking := begin == end).any():
            raise SelectionError(
                f"{NOTHING} of_cell({index!r:.80}): none of the {len(rows)} point processes in view is in cell "
                f"{wanted[lacking][0]}."
            )
        return self._of_points(rows[order[indexing.ranges(begin, end)]], "cell")

    def along(self, index: Any) -> Selection:
        """The part at an index for each of the levels that are left. See `Module.__getitem__`."""
        if self.level not in (*LEVELS, "module", "group"):
            raise ModelTypeError(f"A view made by {self.level!r} cannot be indexed by [...]; use cell, branch or comp.")
        indices, levels = index if isinstance(index, tuple) else (index,), self.levels_left
        if len(indices) > len(levels):
            raise SelectionError(
                f"Too many indices. {len(indices)} were given, {len(levels)} levels are left: {levels}."
            )
        part = self
        for level, one in zip(levels, indices, strict=False):
            part = part.at_level(level, one)
        return part

    @property
    def levels_left(self) -> tuple[str, ...]:
        """The levels below that of the last step of selection."""
        return self.levels[self.levels.index(self.level) + 1 :] if self.level in LEVELS else self.levels

    def each(self, level: str) -> Iterator[Selection]:
        """One part of a level after the other, by their indices in the present scope."""
        self.check_level(level)
        rows, structure = self.rows, self.tables.structure
        ids_in = indexing.global_ids if self.scope == "global" else indexing.local_ids
        ids = ids_in(structure, level, rows)
        order = np.argsort(ids, kind="stable")
        cuts = np.flatnonzero(np.diff(ids[order])) + 1
        for index, part in zip(np.unique(ids), np.split(rows[order], cuts), strict=True):
            unchanged = self.tables.structure is structure  # else the loop calls set_ncomp
            yield self.view(part, level) if unchanged else self.at_level(level, int(index))

    def named(self, name: str) -> Selection | None:
        """The compartments of a group, channel or pump, or the synapses or point processes of a type, if there are."""
        tables = self.tables
        if (synapse := tables.wiring.named(name)) is not None:
            return self._of_edges(tables.wiring.of_type(synapse, self.edge_rows), name, level="group")
        if (point := tables.points.named(name)) is not None:
            if len(points := tables.points.of_type(point, self.point_rows)) == 0:
                raise SelectionError(f"{NOTHING} There is no point process {name!r} in view.")
            return self._of_points(points, "group")
        if name not in tables.groups and tables.mechanism_named(name) is None:
            return None
        rows = self.rows
        rows = rows[tables.members(name)[rows]]
        if len(rows) == 0:
            raise SelectionError(f"{NOTHING} No compartment in view is in {name!r}.")
        return self.view(rows, "group")


def _marked(rows: np.ndarray, n: int) -> np.ndarray:
    """A mask of some of n rows. (n,) bool."""
    mask = np.zeros(n, bool)
    mask[rows] = True
    return mask
