"""Independent copies, and a part of a module as a module of its own."""

from __future__ import annotations

import copy as std
from typing import TYPE_CHECKING

import numpy as np

from dendrax.errors import ModelStateError
from dendrax.modules.tables import Input, Structure, Tables, Trainable

if TYPE_CHECKING:
    from dendrax.modules.module import Module


def copy(module: Module, as_module: bool) -> Module:
    """A deep copy; see `Module.copy`."""
    if not as_module:
        return std.deepcopy(module)
    from dendrax.modules import Branch, Cell, Compartment, Network  # noqa: PLC0415 - they are made of Module

    tables = extract(module.tables, np.sort(module.rows))
    structure = tables.structure
    if module.tables.kind == "network" and structure.n_cell > 1:
        tables.kind = "network"
    elif structure.n_branch > 1 or module._level in ("cell", "module", "group"):
        tables.kind = module.tables.kind if not module.is_view else "cell"
    else:
        tables.kind = "branch" if structure.n_comp > 1 or module._level == "branch" else "compartment"
    classes = {"compartment": Compartment, "branch": Branch, "cell": Cell, "network": Network}
    return classes[tables.kind]._of(tables)


def extract(tables: Tables, rows: np.ndarray) -> Tables:
    """Tables of some compartments, with what is attached to them.

    Raises:
        ModelStateError: The compartments of a cell are not connected, or a branch has a gap.
    """
    old = tables.structure
    branches = np.unique(old.branch_of_comp[rows])
    position = old.position_in_branch[rows]
    ncomp = np.bincount(old.branch_of_comp[rows], minlength=old.n_branch)[branches]
    new_branch = np.full(old.n_branch + 1, -1)
    new_branch[branches] = np.arange(len(branches))
    parents = new_branch[old.parent_of_branch[branches]]
    _, cells = np.unique(old.cell_of_branch[branches], return_inverse=True)
    if (np.bincount(cells[parents < 0]) > 1).any() or not _without_gaps(old, rows, position, branches, parents):
        raise ModelStateError(
            "copy(as_module=True): the compartments in view are not connected within their cell. Select whole branches "
            "that hang together, or neighbouring compartments of one branch."
        )
    new_row = np.full(old.n_comp, -1)
    new_row[rows] = np.arange(len(rows))
    part = Tables(
        tables.kind,
        Structure(cells, parents, ncomp),
        tables.nodes.copy(rows),
        tables.edges.copy(np.zeros(0, int)),
        [tables.xyzr[branch].copy() for branch in branches],
        [channel for channel in tables.channels if tables.has(channel)[rows].any()],
        [name for name in tables.groups if tables.nodes[name][rows].any()],
        [(name, int(new_row[row])) for name, row in tables.recordings if new_row[row] >= 0],
    )
    absent = [one.name for one in tables.channels if one not in part.channels]
    part.nodes.drop([*absent, *(name for name in tables.groups if name not in part.groups)])
    for key, one in tables.inputs.items():
        if (inside := new_row[one.rows] >= 0).any():
            part.inputs[key] = Input(new_row[one.rows[inside]], one.values[inside].copy())
    for one in tables.trainables:
        if (inside := new_row[one.rows] >= 0).any():
            groups, of_row = np.unique(one.group_of_row[inside], return_inverse=True)
            part.trainables.append(Trainable(one.key, new_row[one.rows[inside]], of_row, one.values[groups]))
    return part


def _without_gaps(
    old: Structure, rows: np.ndarray, position: np.ndarray, branches: np.ndarray, parents: np.ndarray
) -> bool:
    """Whether neighbours in the new tables are neighbours in the old ones."""
    branch = old.branch_of_comp[rows]
    inner = branch[1:] == branch[:-1]
    if (np.diff(position)[inner] != 1).any():
        return False
    begins = position[np.concatenate([[True], ~inner])]
    ends = position[np.concatenate([~inner, [True]])]
    joined = parents >= 0
    whole_ends = ends == old.ncomp_of_branch[branches] - 1
    return bool((begins[joined] == 0).all() and whole_ends[parents[joined]].all())
