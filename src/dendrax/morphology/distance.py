"""Distances between compartments, straight and along the neurites."""

import numpy as np

from dendrax.errors import SelectionError
from dendrax.modules import placement
from dendrax.modules.module import Module, check_module
from dendrax.trees.ancestry import nearest_marked, sums_to_root


def distance_direct(startpoint: Module, endpoints: Module) -> np.ndarray:
    """Straight distances between the centre of one compartment and those of others.

    Args:
        startpoint: A view of one compartment.
        endpoints: A module or view; also of another cell or network.

    Returns:
        Distances in the order of the compartments of `endpoints` [um]. (comp,)

    Raises:
        SelectionError: `startpoint` is not one compartment.
        ModelStateError: A compartment has no coordinates.

    Example:
        >>> import dendrax as jx
        >>> cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
        >>> distance_direct(cell.branch(0).loc(0.0), cell.branch(0))
        array([ 0., 10.])
    """
    for one in (startpoint, endpoints):
        check_module(one, "distance_direct")
    return placement.distance_direct(startpoint._selection, endpoints._selection)


def distance_pathwise(startpoint: Module, endpoints: Module) -> np.ndarray:
    """Distances along the neurites between the centre of one compartment and those of others.

    With h the height of a compartment, the way from the root's beginning to its centre, two of them are
    h + h' - 2 m apart, where m is the height at which their ways to the root part.

    Args:
        startpoint: A view of one compartment.
        endpoints: The cell of `startpoint` or a view of it.

    Returns:
        Distances in the order of the compartments of `endpoints` [um]. (comp,)

    Raises:
        SelectionError: `startpoint` is not one compartment, or an endpoint is in another cell.

    Example:
        >>> import dendrax as jx
        >>> cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
        >>> distance_pathwise(cell.branch(1).loc(1.0), cell.branch([0, 2]))
        array([30., 20., 20., 30.])
    """
    for one in (startpoint, endpoints):
        check_module(one, "distance_pathwise")
    start = placement.one_row(startpoint._selection, "distance_pathwise: startpoint")
    rows = endpoints.rows
    structure = startpoint.tables.structure
    _check_same_cell(startpoint, endpoints, start, rows)
    length = startpoint.tables.nodes.numbers("length")
    parents, branch_of_comp = structure.parent_of_branch, structure.branch_of_comp
    whole = np.bincount(branch_of_comp, length, minlength=structure.n_branch)
    back = np.where(parents < 0, 0.0, (structure.places(length) - 1) * whole[parents])  # from a parent's end to a joint
    top = sums_to_root(parents, whole + back)  # height of every branch's end 1
    along = np.cumsum(length)
    along -= (along - length)[structure.first_comp_of_branch[:-1]][branch_of_comp]
    height = (top - whole)[branch_of_comp] + along - length / 2

    on_way = np.zeros(structure.n_branch, bool)
    leaves_at = np.zeros(structure.n_branch)  # where the way of `start` to the root comes into each branch of it
    branch, at = int(branch_of_comp[start]), height[start]
    while branch >= 0:
        on_way[branch], leaves_at[branch] = True, at
        branch, at = int(parents[branch]), (top[parents] + back)[branch]
    of_row = branch_of_comp[rows]
    shared = nearest_marked(parents, on_way)[of_row]  # the last branch of the way to the root that both share
    first_own = nearest_marked(parents, ~on_way & on_way[parents])[of_row]
    comes_at = np.where(of_row == shared, height[rows], (top[parents] + back)[first_own])
    return height[rows] + height[start] - 2 * np.minimum(comes_at, leaves_at[shared])


def _check_same_cell(startpoint: Module, endpoints: Module, start: int, rows: np.ndarray) -> None:
    """Refuse endpoints that no neurite leads to."""
    if startpoint.tables is not endpoints.tables:
        raise SelectionError("distance_pathwise: startpoint and endpoints belong to different modules.")
    cell = startpoint.tables.structure.cell_of_comp
    other = cell[rows] != cell[start]
    if other.any():
        raise SelectionError(
            f"distance_pathwise: no neurite leads from {startpoint.tables.structure.place_of(start)} to "
            f"{startpoint.tables.structure.place_of(rows[other][0])}; pass endpoints of one cell."
        )
