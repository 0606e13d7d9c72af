"""Cutting branches off cells and joining cells.

Branches meet in joints: end 1 of a branch and the ends 0 of its children are one. Seen so, a cell is a tree whose
edges are branches, and neither cutting nor joining needs to know where the root is. Afterwards the tree is walked from
a tip, and every branch that is walked from its end 1 is turned around.

A branch that begins at the centre of a compartment hangs on its host, which a walk reaches first: no branch is walked
from its middle, so that the walk begins at a tip from where that is so.
"""

import copy
from dataclasses import dataclass

import numpy as np

from dendrax.errors import ModelStateError, ModelTypeError, SelectionError
from dendrax.modules import geometry, layout
from dendrax.modules.cell import Cell
from dendrax.modules.copying import extract
from dendrax.modules.module import Module
from dendrax.modules.structure import Meets, Structure, turned_places
from dendrax.modules.tables import Tables


@dataclass(frozen=True)
class Walk:
    """The branches of a tree from its root outwards, parents first.

    Attributes:
        branches: Their old numbers. (branch,)
        turned: Whether their end 1 becomes their end 0. (branch,) bool
        parents: The new number of each one's parent, -1 for the root. (branch,)
        joints: Where on that parent each one begins, see `Structure`. (branch,)
    """

    branches: np.ndarray
    turned: np.ndarray
    parents: np.ndarray
    joints: np.ndarray


@dataclass(frozen=True)
class Joints:
    """How branches meet.

    Attributes:
        ends: The joint at end 0 and end 1 of every branch. (branch, 2)
        host: The branch at the centre of one of whose compartments each one begins; -1: at an end. (branch,)
        place: Where on that branch. (branch,)
    """

    ends: np.ndarray
    host: np.ndarray
    place: np.ndarray


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
    hung = joints.host >= 0
    for branch, end in ((branch1, end1), (branch2 + shift, end2)):
        if hung[branch] and end == 0:
            raise SelectionError(
                f"morph_connect: branch {branch - shift * (branch >= shift)} begins at the centre of a compartment, "
                f"so cells cannot be joined there. Select another end."
            )
    ends = joints.ends
    ends[ends == ends[branch2 + shift, end2]] = ends[branch1, end1]
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


def _joints(structure: Structure) -> Joints:
    """The joints at ends: that of end 1 of a branch has its number, free ends 0 have numbers of their own."""
    own = np.arange(structure.n_branch)
    host, at = structure.hosts()
    branch = structure.branch_of_comp[host]
    begin = np.select([host < 0, at == Meets.END, at == Meets.START], [-1, branch, structure.n_branch + branch], -1)
    begin = np.where(begin < 0, structure.n_branch + own, begin)
    hangs = (host >= 0) & (at == Meets.CENTER)
    return Joints(np.stack([begin, own], axis=1), np.where(hangs, branch, -1), structure.joint_of_branch)


def _walk(structure: Structure, joints: Joints, kept: np.ndarray) -> Walk:
    """Walk the kept branches, as far as they hang together, depth first from the tip of the lowest compartment."""
    at_joint: dict[int, list[int]] = {}
    hanging: dict[int, list[int]] = {}
    for branch in kept.tolist():
        hanging.setdefault(int(joints.host[branch]), []).append(branch)
        for joint in joints.ends[branch].tolist():
            at_joint.setdefault(joint, []).append(branch)
    inner = _below_centers(joints, at_joint, hanging, kept)
    first = structure.first_comp_of_branch
    tips = [
        (int(first[branch] if end == 0 else first[branch + 1] - 1), end, branch)
        for branch in kept.tolist()
        for end in (0, 1)
        if len(at_joint[int(joints.ends[branch, end])]) == 1 and branch not in inner
    ]
    _, end, root = min(tips)
    walked: list[tuple[int, bool, int, float]] = []
    ahead = [(root, end == 1, -1, 1.0)]
    while ahead:
        branch, is_turned, parent, place = ahead.pop()
        if is_turned and joints.host[branch] in kept:
            raise SelectionError(
                "morph_connect: both ends lie on branches that begin at the centre of a compartment, or beyond such "
                "branches, so that neither cell could be walked from its root. Join one of them at an end of the part "
                "that such branches hang on, such as the soma."
            )
        far = int(joints.ends[branch, 0 if is_turned else 1])
        following = [(other, bool(joints.ends[other, 1] == far), 1.0) for other in at_joint[far] if other != branch]
        places = joints.place[hanging.get(branch, [])]
        places = turned_places(places, structure.ncomp_of_branch[[branch]]) if is_turned else places
        following += [(other, False, at) for other, at in zip(hanging.get(branch, []), places.tolist(), strict=True)]
        ahead += [(other, turn, len(walked), at) for other, turn, at in reversed(following)]
        walked.append((branch, is_turned, parent, place))
    return Walk(*(np.array(column) for column in zip(*walked, strict=True)))


def _below_centers(
    joints: Joints, at_joint: dict[int, list[int]], hanging: dict[int, list[int]], kept: np.ndarray
) -> set[int]:
    """The kept branches that are joined by ends to one that hangs on a kept branch."""
    hosts = {*kept.tolist()}
    ahead = [branch for host in hosts for branch in hanging.get(host, ())]
    found = set(ahead)
    while ahead:
        for joint in joints.ends[ahead.pop()].tolist():
            ahead += (new := [one for one in at_joint[joint] if one not in found])
            found.update(new)
    return found


def _rebuilt(tables: Tables, walk: Walk) -> Cell:
    """The walked branches as a cell; `tables` are used up."""
    old = tables.structure
    ncomp = old.ncomp_of_branch[walk.branches]
    new = Structure(np.zeros(len(walk.branches), int), walk.parents, ncomp, walk.joints)
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
