"""Selection: the part of a model that is in view. `indexing` makes one selection from another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dendrax.errors import ModelStateError
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.pump import Pump
from dendrax.mechanisms.synapse import Synapse
from dendrax.modules.structure import Structure
from dendrax.modules.tables import Inserted, Tables

if TYPE_CHECKING:
    import pandas as pd

LEVELS = ("cell", "branch", "comp")
PLURAL = {"cell": "cells", "branch": "branches", "comp": "comps"}
KINDS = ("compartment", "branch", "cell", "network")


@dataclass(frozen=True, eq=False)
class Selection:
    """A part of a model, or all of it. Everything that is done to a model is done to a selection.

    Attributes:
        tables: The model, shared by all selections.
        comps: Indices of the compartments in view; None stands for all of them, without an array. (comp,)
        synapses_chosen: Indices of the synapses in view; None: the synapses with both ends in view. (edge,)
        points_chosen: Indices of the point processes in view; None: those of the compartments in view. (point,)
        connections_chosen: Indices of the connections in view; None: those with both ends in view. (connection,)
        sources_chosen: Indices of the artificial sources in view; None: all of them in a whole model, none in a view of
            compartments. (source,)
        scope: Whether indices are counted within the view ("local") or in the model ("global").
        level: The last step of selection: "module", "cell", "branch", "comp", "loc", "edge", "select" or "group".
        at: Where along its branch a selection made by `loc` is.
        is_view: Whether it was made by a step of selection, rather than being the whole model.
        structure: The structure for which the compartments were chosen.
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
    def mask(self) -> np.ndarray:
        """Which compartments of the model are in view. (comp,) bool."""
        return marked(self.rows, self.tables.structure.n_comp)

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
        return marked(self.edge_rows, len(self.tables.wiring))

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
        if self.comps is None or n == 0:
            return np.arange(n)
        return np.flatnonzero(self.mask[self.tables.points.table["comp_index"].astype(int)])

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
        ids = (structure.cell_of_comp[rows], structure.branch_of_comp[rows])
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
        return [one for one in wiring.types if self.comps is None or len(wiring.of_type(one, self.edge_rows))]

    @property
    def point_types(self) -> list[Mechanism]:
        """The types of point process in view, in the order of their first use."""
        points, rows = self.tables.points, self.point_rows
        return [one for one in points.types if len(points.of_type(one, rows))]

    @property
    def groups(self) -> list[str]:
        """Names of the groups in view."""
        return [name for name in self.tables.groups if self.tables.members(name)[self.rows].any()]

    def check_whole(self, verb: str) -> None:
        """Refuse views."""
        if self.is_view:
            raise ModelStateError(f"{verb} works on a whole module: call it on `view.base`.")

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
            inside = self.mask if comps is None else marked(comps, self.tables.structure.n_comp)
            edges = self.synapses_chosen[self._joins(inside, self.synapses_chosen)]
        if points is None and self.points_chosen is not None:  # nor other point processes
            inside = self.mask if comps is None else marked(comps, self.tables.structure.n_comp)
            points = self.points_chosen[inside[self.tables.points.comps_of(self.points_chosen)]]
        return Selection(self.tables, comps, edges, self.scope, level, at, is_view=True, points_chosen=points)

    def everything(self) -> Selection:
        """A view of everything that is in view."""
        rows = None if self.comps is None else self.rows  # refuses an outdated selection
        return self.view(rows, self.level, edges=self.synapses_chosen, points=self.points_chosen)


def marked(rows: np.ndarray, n: int) -> np.ndarray:
    """A mask of some of n rows. (n,) bool."""
    mask = np.zeros(n, bool)
    mask[rows] = True
    return mask
