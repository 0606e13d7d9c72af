"""Cutting branches off cells and joining cells.

Branches meet in joints: end 1 of a branch and the ends 0 of its children are one. Seen so, a cell is a tree whose
edges are branches, and neither cutting nor joining needs to know where the root is. Afterwards the tree is walked from
a tip, and every branch that is walked from its end 1 is turned around.
"""

import copy
from dataclasses import dataclass

import numpy as np

from dendrax.errors import ModelStateError, ModelTypeError, SelectionError
from dendrax.modules import geometry, layout
from dendrax.modules.cell import Cell
from dendrax.modules.copying import extract
from dendrax.modules.module import Module
from dendrax.modules.structure import Structure
from dendrax.modules.tables import Tables


@dataclass(frozen=True)
class Walk:
    """The branches of a tree from its root outwards, parents first.

    Attributes:
        branches: Their old numbers. (branch,)
        turned: Whether their end 1 becomes their end 0. (branch,) bool
        parents: The new number of each one's parent, -1 for the root. (branch,)
    """

    branches: np.ndarray
    turned: np.ndarray
    parents: np.ndarray


def morph_delete(module_view: Module) -> Cell:
    """A new cell without the branches in view.

    What is left keeps its geometry, parameters, states, channels and groups. Branches are numbered anew, depth first
    from the tip of the lowest compartment index; if the root was cut off, the others may be turned around.

    Args:
        module_view: A view of whole branches of a cell, which stays as it is.

    Returns:
        The rest of the cell.

    Raises:
        ModelTypeError: It is not a view of a cell.
        SelectionError: Parts of branches or all branches are in view, or the rest would fall apart.
        ModelStateError: The cell has recordings, stimuli, clamps, trainable parameters or synapses.

    Example:
        >>> import dendrax as jx
        >>> cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0, 2])
        >>> morph_delete(cell.branch([2, 3])).comb_parents
        array([-1,  0])
    """
    _check_cell(module_view, "morph_delete")
    structure = module_view.tables.structure
    gone = np.unique(structure.branch_of_comp[module_view.rows])
    if structure.ncomp_of_branch[gone].sum() != len(module_view.rows):
        raise SelectionError(
            "morph_delete: this view holds parts of branches; select whole ones, such as `cell.branch([3, 4])`."
        )
    kept = np.setdiff1d(np.arange(structure.n_branch), gone)
    if len(kept) == 0:
        raise SelectionError("morph_delete: all branches are in view, so that no cell would be left.")
    walk = _walk(structure, _joints(structure), kept)
    if lost := sorted({*kept.tolist()} - {*walk.branches.tolist()}):
        raise SelectionError(
            f"morph_delete: without branches {gone.tolist()} the cell would fall apart: branches {lost} hang on the "
            f"rest by them alone. Delete these as well."
        )
    return _rebuilt(copy.deepcopy(module_view.tables), walk)


def morph_connect(module_view1: Module, module_view2: Module) -> Cell:
    """A new cell: the cell of the second view, joined to the end of a branch of the first.

    Both keep their geometry, parameters, states, channels and groups. The second cell is moved so that the two ends
    are at the same place. Branches are numbered anew, depth first from the tip of the lowest compartment index, that
    of the first cell before those of the second; branches that are walked from their end 1 are turned around.

    Args:
        module_view1: An end of a branch of a cell, `cell1.branch(2).loc(1.0)`.
        module_view2: An end of a branch of another cell or of the same, of which a copy is joined.

    Returns:
        The joined cell. Both cells stay as they are.

    Raises:
        ModelTypeError: A view is not one of a cell.
        SelectionError: A view is not `loc(0.0)` or `loc(1.0)` of one branch.
        ModelStateError: A cell has recordings, stimuli, clamps, trainable parameters or synapses, or an ion diffuses
            in one of them only.
        MechanismError: The cells have different channels of the same name.

    Example:
        >>> import dendrax as jx
        >>> stem = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1])
        >>> fork = jx.Cell(jx.Branch(jx.Compartment(), ncomp=4), parents=[-1, 0, 0])
        >>> morph_connect(stem.branch(0).loc(1.0), fork.branch(0).loc(0.0)).comb_parents
        array([-1,  0,  1,  1])
    """
    views = (module_view1, module_view2)
    for view in views:
        _check_cell(view, "morph_connect")
    branch1, end1 = _end_of_branch(module_view1)
    branch2, end2 = _end_of_branch(module_view2)
    for view in views:
        layout.place(view.base._selection)
    joined = Tables.join("cell", [view.tables for view in views])
    structure = joined.structure
    shift = module_view1.tables.structure.n_branch
    _move_end_to_end(joined.xyzr[branch1][-end1], branch2 + shift, end2, joined, shift)
    joints = _joints(structure)
    joints[joints == joints[branch2 + shift, end2]] = joints[branch1, end1]
    return _rebuilt(joined, _walk(structure, joints, np.arange(structure.n_branch)))


def _check_cell(view: Module, what: str) -> None:
    """Refuse what is no cell, and cells that something is attached to whose compartments would get new numbers."""
    if not isinstance(view, Module) or view.tables.kind != "cell":
        kind = view.tables.kind if isinstance(view, Module) else type(view).__name__
        raise ModelTypeError(
            f"{what} edits cells, but this is a view of a {kind}. Of a cell of a network make a cell first: "
            f"`net.cell(0).copy(as_module=True)`."
        )
    if attached := view.tables.attached:
        raise ModelStateError(
            f"{what}: the cell has {', '.join(attached)}, which belong to the present compartments. Delete them, or "
            f"edit the cell first."
        )


def _end_of_branch(view: Module) -> tuple[int, int]:
    """The branch that a view is an end of, and which."""
    at = np.atleast_1d(np.asarray(view._selection.at if view._selection.level == "loc" else np.nan, dtype=object))
    if len(view.rows) != 1 or len(at) != 1 or at[0] not in (0, 1):
        raise SelectionError(
            "morph_connect: cells are joined at ends of branches; select one end of one branch, such as "
            "`cell.branch(2).loc(1.0)`."
        )
    return int(view.tables.structure.branch_of_comp[view.rows[0]]), int(at[0])


def _move_end_to_end(target: np.ndarray, branch: int, end: int, tables: Tables, first: int) -> None:
    """Move the branches from number `first` on, so that an end of one of them comes to the point `target`."""
    shift = target[:3] - tables.xyzr[branch][-end, :3]
    for index in range(first, len(tables.xyzr)):
        points = tables.xyzr[index]
        tables.xyzr[index] = np.column_stack([points[:, :3] + shift, points[:, 3]])
    rows = np.arange(tables.structure.first_comp_of_branch[first], tables.structure.n_comp)
    for axis, by in zip("xyz", shift, strict=True):
        tables.nodes.write(axis, rows, tables.nodes.numbers(axis)[rows] + by)


def _joints(structure: Structure) -> np.ndarray:
    """The joint at both ends of every branch: that of end 1 has its number, free ends 0 have numbers of their own.

    Returns:
        Joints of end 0 and end 1. (branch, 2)
    """
    own = np.arange(structure.n_branch)
    parents = structure.parent_of_branch
    return np.stack([np.where(parents >= 0, parents, structure.n_branch + own), own], axis=1)


def _walk(structure: Structure, joints: np.ndarray, kept: np.ndarray) -> Walk:
    """Walk the kept branches, as far as they hang together, depth first from the tip of the lowest compartment."""
    at_joint: dict[int, list[int]] = {}
    for branch in kept.tolist():
        for joint in joints[branch].tolist():
            at_joint.setdefault(joint, []).append(branch)
    first = structure.first_comp_of_branch
    tips = [
        (int(first[branch] if end == 0 else first[branch + 1] - 1), end, branch)
        for branch in kept.tolist()
        for end in (0, 1)
        if len(at_joint[int(joints[branch, end])]) == 1
    ]
    _, end, root = min(tips)
    walked: list[tuple[int, bool, int]] = []
    ahead = [(root, end == 1, -1)]
    while ahead:
        branch, turned, parent = ahead.pop()
        far = int(joints[branch, 0 if turned else 1])
        following = [other for other in at_joint[far] if other != branch]
        ahead += [(other, bool(joints[other, 1] == far), len(walked)) for other in reversed(following)]
        walked.append((branch, turned, parent))
    branches, turned, parents = zip(*walked, strict=True)
    return Walk(np.array(branches), np.array(turned), np.array(parents))


def _rebuilt(tables: Tables, walk: Walk) -> Cell:
    """The walked branches as a cell; `tables` are used up."""
    old = tables.structure
    new = Structure(np.zeros(len(walk.branches), int), walk.parents, old.ncomp_of_branch[walk.branches])
    turned = walk.turned[new.branch_of_comp]
    last = new.ncomp_of_branch[new.branch_of_comp] - 1
    position = np.where(turned, last - new.position_in_branch, new.position_in_branch)
    rows = old.first_comp_of_branch[walk.branches][new.branch_of_comp] + position
    nodes = tables.nodes.copy(rows)
    geometry.turn(nodes, turned)
    tables.kind, tables.structure, tables.nodes = "cell", new, nodes
    tables.xyzr = [
        tables.xyzr[branch][::-1].copy() if turn else tables.xyzr[branch]
        for branch, turn in zip(walk.branches, walk.turned, strict=True)
    ]
    return Cell._of(extract(tables, np.arange(new.n_comp)))  # without columns of channels and groups that are gone
