"""A cell: branches on branches."""

import contextlib
from collections.abc import Iterable, Sequence
from typing import ClassVar, SupportsFloat

import numpy as np

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError, MorphologyError
from dendrax.modules import geometry
from dendrax.modules.branch import Branch
from dendrax.modules.compartment import Compartment
from dendrax.modules.editing import SHAPE
from dendrax.modules.module import Module
from dendrax.modules.structure import Structure
from dendrax.modules.table import Table
from dendrax.modules.tables import Tables
from dendrax.trees.ancestry import on_cycles
from dendrax.trees.compartments import CompartmentTree


class Cell(Module):
    """A tree of branches; a child begins where its parent ends, unless `joints` say otherwise.

    Args:
        branches: One branch, repeated for each parent, or a list of them; None is one default branch.
        parents: Index of each branch's parent, -1 for the root, which comes first.
        xyzr: Points [um] and radii [um] of each branch, for pictures. branch x (point, 4)
        joints: Where on its parent each branch begins: 1 at the end (the default), 0 at the start, anything in between
            at the centre of the compartment that contains this place, whatever its number of compartments. Branches
            that begin at the start of a branch other than the root begin where that one does. (branch,)

    Raises:
        ModelTypeError: Not branches, or branches without parents.
        MorphologyError: The parents are not a tree, lengths differ, or a joint is not from 0 to 1.

    Example:
        >>> import dendrax as jx
        >>> jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0]).shape
        (3, 6)
        >>> soma_and_two_dendrites = jx.Cell(jx.Branch(), parents=[-1, 0, 0], joints=[1.0, 0.0, 0.5])
    """

    _kind: ClassVar[str] = "cell"
    cell_params: ClassVar[dict[str, float]] = {}
    cell_states: ClassVar[dict[str, float]] = {}

    def __init__(
        self,
        branches: Branch | Sequence[Branch] | None = None,
        parents: Sequence[int] | np.ndarray | None = None,
        xyzr: Sequence[np.ndarray] | None = None,
        *,
        joints: Sequence[SupportsFloat] | np.ndarray | None = None,
    ) -> None:
        """See the class."""
        if parents is None:
            if branches is not None:
                raise ModelTypeError("Cell: branches need parents, `Cell(branches, parents=[-1, 0, 0])`.")
            parents = [-1]
        tree = _checked_parents(parents)
        parts = _repeated(Branch() if branches is None else branches, len(tree))
        places = None if joints is None else _checked_joints(joints, tree)
        tables = Tables.join("cell", [part.tables for part in parts], tree, places)
        if xyzr is not None:
            tables.xyzr = _checked_xyzr(xyzr, len(tree))
        self._own(tables)


def cell_from_tree(tree: CompartmentTree) -> Cell:
    """A cell with the shape of a discretised morphology, and the parameters of a default compartment.

    Args:
        tree: From any reader of morphologies.

    Returns:
        A cell whose groups are those of the tree.
    """
    n = len(tree.length)
    defaults = {**Compartment.compartment_params, **Compartment.compartment_states}
    columns = {name: np.full(n, float(value)) for name, value in defaults.items()}
    columns |= {name: np.array(getattr(tree, name), dtype=float) for name in SHAPE}
    columns |= {axis: np.array(tree.xyz[:, i], dtype=float) for i, axis in enumerate("xyz")}
    columns |= {name: np.array(members, dtype=bool) for name, members in tree.groups.items()}
    parents = _checked_parents(tree.parent_of_branch)
    joints = np.ones(len(parents)) if tree.joint_of_branch is None else _checked_joints(tree.joint_of_branch, parents)
    structure = Structure(np.zeros(len(parents), int), parents, np.asarray(tree.ncomp_of_branch, int), joints)
    xyzr = [np.array(points, dtype=float) for points in tree.xyzr]
    nodes = Table(columns, n)
    geometry.forget(nodes)
    tables = Tables("cell", structure, nodes, xyzr, groups=list(tree.groups))
    return Cell._of(tables)


def _checked_parents(parents: Sequence[int] | np.ndarray) -> np.ndarray:
    """Parents as integers."""
    array: np.ndarray = np.zeros(0)
    with contextlib.suppress(ValueError):  # rows of different lengths
        array = np.asarray(parents)
    if array.ndim != 1 or len(array) == 0 or not np.issubdtype(array.dtype, np.integer):
        raise MorphologyError(f"parents must be a list of integers, one for each branch, but is {parents!r}.")
    if array[0] != -1:
        raise MorphologyError(f"parents[0] is {array[0]}: the first branch is the root, so it must be -1.")
    n = len(array)
    rest = array[1:]
    if (bad := np.flatnonzero((rest < 0) | (rest >= n))).size:
        branch = int(bad[0]) + 1
        raise MorphologyError(
            f"The parent of branch {branch} is {array[branch]}, but must be the index of one of the {n} branches "
            f"(only branch 0 is a root)."
        )
    if len(cycle := on_cycles(array)):
        raise MorphologyError(f"Branch {cycle[0]} is its own ancestor: parents hold a cycle.")
    return array.astype(int)


def _checked_joints(joints: Sequence[SupportsFloat] | np.ndarray, parents: np.ndarray) -> np.ndarray:
    """Places on parents as numbers, 1 for the root."""
    places = arguments.reals("Cell: joints", joints)
    if places.shape != parents.shape:
        raise MorphologyError(
            f"Cell: joints has shape {places.shape}, but there are {len(parents)} branches. Pass one place for each, "
            f"from 0 to 1, where 1 is the end of its parent."
        )
    if (bad := np.flatnonzero(~((places >= 0) & (places <= 1)))).size:
        raise MorphologyError(
            f"Cell: branch {bad[0]} begins at {places[bad[0]]} of its parent. Pass a place from 0 (its start) to 1 "
            f"(its end)."
        )
    return np.where(parents < 0, 1.0, places)


def _repeated(branches: Branch | Sequence[Branch], n: int) -> list[Branch]:
    if isinstance(branches, Branch):
        return [branches] * n
    if not isinstance(branches, (list, tuple)) or not all(isinstance(one, Branch) for one in branches):
        raise ModelTypeError(
            "Cell: pass a Branch or a list of Branches. Make one of a view with `view.copy(as_module=True)`."
        )
    if len(branches) != n:
        raise MorphologyError(f"Cell: there are {len(branches)} branches, but {n} parents. Their numbers must agree.")
    return list(branches)


def _checked_xyzr(xyzr: Sequence[np.ndarray], n: int) -> list[np.ndarray]:
    if not isinstance(xyzr, Iterable):
        raise ModelTypeError(f"Cell: xyzr must be a list of arrays, one for each branch, but is {xyzr!r}.")
    points = [arguments.reals("Cell: the xyzr of a branch", one) for one in xyzr]
    if len(points) != n:
        raise ModelValueError(f"Cell: xyzr holds {len(points)} branches, but there are {n}.")
    if any(one.ndim != 2 or one.shape[1] != 4 for one in points):
        raise ModelValueError("Cell: xyzr must hold an array of shape (points, 4) for every branch.")
    return points
