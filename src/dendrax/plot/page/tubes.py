"""The volume of compartments: the traced points of branches, cut where one compartment ends and the next begins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Tubes:
    """Frusta with round ends, each within one compartment.

    Attributes:
        start: Where each begins [um]. (tube, 3)
        end: Where it ends [um]; a sphere ends where it begins. (tube, 3)
        radius: At both ends [um]. (tube, 2)
        comp: Whose it is. (tube,)
    """

    start: np.ndarray
    end: np.ndarray
    radius: np.ndarray
    comp: np.ndarray

    def of(self, comp: np.ndarray, n_comp: int) -> "Tubes":
        """The tubes of some compartments, which are then numbered in the order of `comp`."""
        new = np.full(n_comp, -1)
        new[comp] = np.arange(len(comp))
        kept = new[self.comp] >= 0
        return Tubes(self.start[kept], self.end[kept], self.radius[kept], new[self.comp[kept]])


def cut_into_compartments(
    xyzr: Sequence[np.ndarray], branch_of_comp: np.ndarray, length: np.ndarray, radius: np.ndarray
) -> Tubes:
    """Cut branches into the tubes of their compartments.

    A compartment has the share of its branch's arc that it has of the branch's length. All branches are laid on one
    axis, branch b from 2 b to 2 b + 1, so that one sort and one interpolation do for all of them.

    Example:
        >>> line = np.array([[0.0, 0.0, 0.0, 2.0], [10.0, 0.0, 0.0, 1.0]])
        >>> tubes = cut_into_compartments([line], np.array([0, 0]), np.array([5.0, 5.0]), np.array([1.5, 1.5]))
        >>> tubes.end[:, 0].tolist(), tubes.radius.tolist(), tubes.comp.tolist()
        ([5.0, 10.0], [[2.0, 1.5], [1.5, 1.0]], [0, 1])

    Args:
        xyzr: Points and radii of every branch [um]; NaN for a radius that was not traced. branch x (point, 4)
        branch_of_comp: Branch of each compartment, rising and without gaps. (comp,)
        length: Of the compartments [um]. (comp,)
        radius: Of the compartments, taken where none was traced [um]. (comp,)

    Returns:
        The tubes, branch by branch.
    """
    lines = [points if len(points) > 1 else np.repeat(points, 2, axis=0) for points in xyzr]
    points = np.concatenate(lines)
    branch = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    at = _shares(np.append(0.0, np.linalg.norm(np.diff(points[:, :3], axis=0), axis=1)), branch) + 2 * branch
    ends = _shares_of_ends(length, branch_of_comp) + 2 * branch_of_comp
    inner = np.flatnonzero(np.diff(branch_of_comp) == 0)
    every = np.concatenate([at, ends[inner]])
    owner = np.concatenate([branch, branch_of_comp[inner]])
    order = np.argsort(every, kind="stable")
    every, owner = every[order], owner[order]
    cut = np.stack([np.interp(every, at, column) for column in points.T], axis=1)
    # Points that lie on each other leave nothing to draw, except in a branch that has nothing else.
    sphere = np.bincount(branch, np.append(0.0, np.abs(np.diff(points[:, :3], axis=0)).sum(axis=1))) <= 0
    within = owner[1:] == owner[:-1]
    there = np.flatnonzero(within & ((np.diff(every) > 0) | sphere[owner[1:]]))
    comp = np.minimum(np.searchsorted(ends, (every[there] + every[there + 1]) / 2), len(ends) - 1)
    radii = np.stack([cut[there, 3], cut[there + 1, 3]], axis=1)
    radii = np.where(np.isnan(radii), radius[comp, None], radii)
    return Tubes(cut[there, :3], cut[there + 1, :3], radii, comp)


def _shares(step: np.ndarray, branch: np.ndarray) -> np.ndarray:
    """Where points lie on their branch, from 0 to 1, of the steps that lead to them. (point,)"""
    first = np.append(True, np.diff(branch) > 0)
    step = np.where(first, 0.0, step)
    whole = np.bincount(branch, step)
    step = np.where(whole[branch] > 0, step, ~first)  # points that lie on each other are spread evenly
    arc = np.cumsum(step)
    arc -= arc[first][branch]
    whole = np.bincount(branch, step)
    last = np.append(np.diff(branch) > 0, True)
    return np.where(last, 1.0, np.minimum(arc / whole[branch], 1.0))


def _shares_of_ends(length: np.ndarray, branch: np.ndarray) -> np.ndarray:
    """Where compartments end on their branch, from 0 to 1. (comp,)"""
    whole = np.bincount(branch, length)
    until = np.cumsum(length)
    before = np.concatenate([[0.0], np.cumsum(whole)[:-1]])
    last = np.append(np.diff(branch) > 0, True)
    return np.where(last, 1.0, np.clip((until - before[branch]) / whole[branch], 0.0, 1.0))
