"""Where the section lists of NEURON, and places in them, are in a cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dendrax.errors import ModelValueError, UnknownNameError
from dendrax.modules.module import Module
from dendrax.morphology.distance import distance_pathwise

GROUPS = {"somatic": "soma", "axonal": "axon", "basal": "basal", "apical": "apical", "all": None}
"""Our names of section lists; None is the whole cell."""


def check_list(where: str, name: Any) -> None:
    """Refuse what is no section list.

    Raises:
        UnknownNameError: The text names those there are.
    """
    if name not in GROUPS:
        raise UnknownNameError(f"{where}: there is no section list {name!r}; known are {', '.join(GROUPS)}.")


def section(cell: Module, sectionlist: str) -> Module:
    """The part of a cell that a section list names.

    Raises:
        UnknownNameError: The cell has no group for it.
    """
    group = GROUPS[sectionlist]
    if group is None:
        return cell
    if group not in cell.group_names:
        raise UnknownNameError(
            f"The cell has no group {group!r} for the section list {sectionlist!r}. Name it: for example "
            f"`cell.branch([0]).add_to_group({group!r})`."
        )
    return getattr(cell, group)


def middle(view: Module, branch: int, at: float) -> Module:
    """The compartment at a place of one branch of a view.

    Raises:
        ModelValueError: The view has not so many branches.
    """
    branches = np.unique(view.tables.structure.branch_of_comp[view.rows])
    if not 0 <= branch < len(branches):
        raise ModelValueError(f"There is no section {branch} in a list of {len(branches)}.")
    return view.base.scope("global").branch(int(branches[branch])).scope("local").loc(at)


def place_of(cell: Module, soma: Module, recording: Mapping[str, Any]) -> Module:
    """Where a recording is, by its section, or by its distance from the soma along the neurites.

    Raises:
        UnknownNameError: The cell has no group for the section list.
        ModelValueError: The section list does not reach there.
    """
    view = section(cell, recording["seclist_name"])
    if recording["type"] == "nrnseclistcomp":
        return middle(view, recording["sec_index"], recording["comp_x"])
    wanted, centres = recording["somadistance"], distance_pathwise(soma, view)
    half = cell.tables.nodes.numbers("length")[view.rows] / 2
    nearest = int(np.argmin(np.abs(centres - wanted)))
    if (np.abs(centres - wanted) > half * (1 + 1e-6)).all():
        raise ModelValueError(
            f"Recording {recording['name']!r}: nothing of {recording['seclist_name']!r} is {wanted} um from the soma. "
            f"It reaches from {(centres - half).min():.0f} to {(centres + half).max():.0f} um."
        )
    return cell.select(nodes=[int(view.rows[nearest])])
