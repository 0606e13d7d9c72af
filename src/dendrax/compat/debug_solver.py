"""The matrix of the voltage equations entry by entry, for cells whose branches have equally many compartments.

The entries are, in this order: the diagonal of all compartments; those above it within branches; those below it;
columns of branch points in the rows of their parents, and of their children; rows of branch points in the columns of
their parents, and of their children; the diagonal of all branch points.
"""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

__all__ = ["build_voltage_matrix_elements", "compute_morphology_indices", "drop_ncomp_th_element"]

Numbers = Array | np.ndarray
Integers = np.ndarray | Array | Sequence[int]


def build_voltage_matrix_elements(
    uppers: Numbers,
    lowers: Numbers,
    diags: Numbers,
    solves: Numbers,
    branchpoint_conds_children: Numbers,
    branchpoint_conds_parents: Numbers,
    branchpoint_weights_children: Numbers,
    branchpoint_weights_parents: Numbers,
    branchpoint_diags: Numbers,
    branchpoint_solves: Numbers,
    ncomp: int,
    nbranches: int,
) -> tuple[Float[Array, " entry"], Float[Array, " node"], int, int]:
    """The entries in the order of this file, the right-hand side, and sizes. Units are those of the arguments.

    Args:
        uppers: Above the diagonal, within branches. (branch, comp - 1)
        lowers: Below the diagonal, within branches. (branch, comp - 1)
        diags: Diagonal of compartments. (branch, comp)
        solves: Right-hand side of compartments. (branch, comp)
        branchpoint_conds_children: Columns of branch points, in rows of children. (child,)
        branchpoint_conds_parents: Columns of branch points, in rows of parents. (branchpoint,)
        branchpoint_weights_children: Rows of branch points, in columns of children. (child,)
        branchpoint_weights_parents: Rows of branch points, in columns of parents. (branchpoint,)
        branchpoint_diags: Diagonal of branch points. (branchpoint,)
        branchpoint_solves: Right-hand side of branch points. (branchpoint,)
        ncomp: Number of compartments of every branch.
        nbranches: Number of branches.

    Returns:
        Entries, right-hand side, number of rows, and the first row of a branch point.

    Example:
        >>> row, none = np.ones((1, 1)), np.zeros(0)
        >>> sizes = build_voltage_matrix_elements(none, none, row, row, *[none] * 6, ncomp=1, nbranches=1)[2:]
        >>> sizes
        (1, 1)
    """
    parts = (
        *(diags, uppers, lowers, branchpoint_conds_parents, branchpoint_conds_children),
        *(branchpoint_weights_parents, branchpoint_weights_children, branchpoint_diags),
    )
    entries = jnp.concatenate([jnp.ravel(part) for part in parts])
    rhs = jnp.concatenate([jnp.ravel(solves), jnp.ravel(branchpoint_solves)])
    n_comp = ncomp * nbranches
    return entries, rhs, n_comp + len(branchpoint_diags), n_comp


def compute_morphology_indices(
    num_branchpoints: int,
    child_belongs_to_branchpoint: Integers,
    par_inds: Integers,
    child_inds: Integers,
    ncomp: int,
    nbranches: int,
) -> dict[str, Int[Array, " entry"]]:
    """Row and column of the entries, in the order of this file.

    Args:
        num_branchpoints: Number of branch points.
        child_belongs_to_branchpoint: Branch point of each child. (child,)
        par_inds: Branch that ends in each branch point. (branchpoint,)
        child_inds: Branches that begin in a branch point. (child,)
        ncomp: Number of compartments of every branch.
        nbranches: Number of branches.

    Returns:
        "row_inds" and "col_inds".

    Example:
        >>> compute_morphology_indices(0, [], [], [], ncomp=2, nbranches=1)["row_inds"].tolist()
        [0, 1, 0, 1]
    """
    n_comp = ncomp * nbranches
    comps, points = np.arange(n_comp), n_comp + np.arange(num_branchpoints)
    upper = np.asarray(drop_ncomp_th_element(comps, ncomp, nbranches, ncomp - 1))
    of_parent = (np.asarray(par_inds, dtype=int) + 1) * ncomp - 1
    of_child = np.asarray(child_inds, dtype=int) * ncomp
    point_of_child = n_comp + np.asarray(child_belongs_to_branchpoint, dtype=int)
    rows = [comps, upper, upper + 1, of_parent, of_child, points, point_of_child, points]
    columns = [comps, upper + 1, upper, points, point_of_child, of_parent, of_child, points]
    return {"col_inds": jnp.asarray(np.concatenate(columns)), "row_inds": jnp.asarray(np.concatenate(rows))}


def drop_ncomp_th_element(arr: Numbers, ncomp: int, nbranches: int, start: int) -> Array:
    """What is left when one entry per branch goes.

    Args:
        arr: The entries of all branches. (branch * comp,)
        ncomp: Number of compartments of every branch.
        nbranches: Number of branches.
        start: The first entry that goes; the others follow at distances of `ncomp`.

    Example:
        >>> drop_ncomp_th_element(np.arange(6), ncomp=3, nbranches=2, start=2).tolist()
        [0, 1, 3, 4]
    """
    return jnp.asarray(np.delete(np.asarray(arr), start + ncomp * np.arange(nbranches)))
