"""The forest on which the cable equation is solved: compartments, and the branch points between them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dendrax.modules.structure import Meets, Structure


class Nodes(NamedTuple):
    """A forest over compartments, in table order, and then branch points.

    Attributes:
        parent: Of each node, -1 for roots. The parent of a branch point is a compartment. (node,)
        meets: Where on its parent each node is joined to it, a `Meets`; None if all are joined to ends. (node,)
    """

    parent: np.ndarray
    meets: np.ndarray | None


def nodes(structure: Structure) -> Nodes:
    """The forest of a model.

    There is a branch point where several branches begin at one end of a compartment. A single branch is joined to the
    compartment directly, and so are all that begin at a centre, where the compartment itself is their branch point.
    """
    first = structure.first_comp_of_branch[:-1]
    children = np.flatnonzero(structure.parent_of_branch >= 0)
    host, at = (of_branch[children] for of_branch in structure.hosts())
    # Both ends of all compartments in order, the start before the end, as numbers; centres are told apart below.
    end = 2 * host + (at == Meets.END)
    ends, joint_of_child, n_children = np.unique(end, return_inverse=True, return_counts=True)
    at_end = at != Meets.CENTER
    n_children = np.bincount(joint_of_child[at_end], minlength=len(ends))
    forks = np.flatnonzero(n_children > 1)
    point_of_joint = np.full(len(ends), -1)
    point_of_joint[forks] = structure.n_comp + np.arange(len(forks))
    point = np.where(at_end, point_of_joint[joint_of_child], -1)

    parent = np.arange(-1, structure.n_comp - 1)
    parent[first] = -1
    parent[first[children]] = np.where(point >= 0, point, host)
    parent = np.concatenate([parent, ends[forks] // 2]).astype(np.int32)
    if structure.ends_only:
        return Nodes(parent, None)
    meets = np.full(len(parent), int(Meets.END), np.int32)
    meets[first[children]] = np.where(point >= 0, Meets.END, at)
    meets[structure.n_comp :] = np.where(ends[forks] % 2 == 1, Meets.END, Meets.START)
    return Nodes(parent, None if (meets == Meets.END).all() else meets)
