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
    def groups(self) -> list[str]:
        """Names of the groups in view."""
        return [name for name in self.tables.groups if self.tables.members(name)[self.rows].any()]

    def check_whole(self, verb: str, error: type[Exception] = ModelStateError) -> None:
        """Refuse views."""
        if self.is_view:
            raise error(f"{verb} works on a whole module: call it on `view.base`.")

    # -- Steps of selection ---------------------------------------------------------------------------------------

    def view(
        self, comps: np.ndarray | None, level: str, *, edges: np.ndarray | None = None, at: Any = None
    ) -> Selection:
        """These compartments alone, of those in view."""
        if edges is None and self.synapses_chosen is not None:  # a part of a view of synapses has no other synapses
            inside = self.mask if comps is None else _marked(comps, self.tables.structure.n_comp)
            edges = self.synapses_chosen[self._joins(inside, self.synapses_chosen)]
        return Selection(self.tables, comps, edges, self.scope, level, at, is_view=True)

    def everything(self) -> Selection:
        """A view of everything that is in view."""
        return self.view(self._present, self.level, edges=self.synapses_chosen)

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
        """The compartments of a group, channel or pump, or the synapses of a type; None if nothing has the name."""
        tables = self.tables
        if (synapse := tables.wiring.named(name)) is not None:
            return self._of_edges(tables.wiring.of_type(synapse, self.edge_rows), name, level="group")
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
