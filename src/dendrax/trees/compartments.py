"""The one form in which a morphology enters a model."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class CompartmentTree:
    """A cell cut into compartments, branch by branch.

    Compartments are ordered by branch, and along a branch from its parent outwards. A child branch begins
    (its end 0) where its parent branch ends (its end 1), unless `joint_of_branch` says otherwise.

    Attributes:
        parent_of_branch: Index of the parent branch, -1 for the root. Parents come before children. (branch,)
        ncomp_of_branch: Number of compartments. (branch,)
        length: Length of each compartment [um]. (comp,)
        radius: Mean radius [um]. (comp,)
        area: Lateral membrane area [um^2]. (comp,)
        volume: Volume [um^3]. (comp,)
        resistive_load_in: Integral dl / (pi r^2) over the half that faces the parent [1/um]. (comp,)
        resistive_load_out: The same over the half that faces away [1/um]. (comp,)
        xyz: Centre of each compartment [um]. (comp, 3)
        xyzr: Traced points and radii of every branch, from its parent outwards [um]. branch x (point, 4)
        groups: Which compartments belong to a named group (soma, axon, basal, apical, ...). (comp,) bool
        joint_of_branch: Where on its parent each branch begins: 0 at the start, 1 at the end, in between at the centre
            of the compartment that contains this place. None: all begin at ends. (branch,)
    """

    parent_of_branch: np.ndarray
    ncomp_of_branch: np.ndarray
    length: np.ndarray
    radius: np.ndarray
    area: np.ndarray
    volume: np.ndarray
    resistive_load_in: np.ndarray
    resistive_load_out: np.ndarray
    xyz: np.ndarray
    xyzr: tuple[np.ndarray, ...]
    groups: dict[str, np.ndarray] = field(default_factory=dict)
    joint_of_branch: np.ndarray | None = None
