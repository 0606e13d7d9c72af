"""Geometry of compartments from traced points."""

import numpy as np

from dendrax.trees.chains import divide_chain
from dendrax.trees.geometry import cut_branch

__all__ = ["morph_attrs_from_xyzr", "split_xyzr_into_equal_length_segments"]


def morph_attrs_from_xyzr(
    xyzr: np.ndarray, min_radius: float | None, ncomp: int
) -> tuple[float, float, float, float, float]:
    """Geometry of one compartment from its traced points.

    Args:
        xyzr: Points and radii [um]. (point, 4). A single point is a sphere.
        min_radius: Smallest value of the radius [um]; area, volume and loads keep the traced radii.
        ncomp: Number of compartments that share a sphere; without effect on other compartments.

    Returns:
        Mean radius [um], area [um^2], volume [um^3], and the resistive loads of the half that faces the parent and
        of the other [1/um].

    Raises:
        MorphologyError: The points are no traced neurite; see `dendrax.trees.geometry.cut_branch`.

    Example:
        >>> radius, area, *_ = morph_attrs_from_xyzr(np.array([[0.0, 0, 0, 1.0], [10.0, 0, 0, 1.0]]), None, 1)
        >>> round(radius, 4), round(area, 4)
        (1.0, 62.8319)
    """
    comp = cut_branch(xyzr, ncomp if len(xyzr) == 1 else 1, min_radius)
    of_comp = (comp.radius, comp.area, comp.volume, comp.resistive_load_in, comp.resistive_load_out)
    radius, area, volume, load_in, load_out = (float(values[0]) for values in of_comp)
    return radius, area, volume, load_in, load_out


def split_xyzr_into_equal_length_segments(xyzr: np.ndarray, ncomp: int) -> list[np.ndarray]:
    """Cut traced points into pieces of equal arc length. Neighbours share the interpolated point between them.

    Args:
        xyzr: Points and radii [um]. (point, 4)
        ncomp: Number of pieces.

    Returns:
        Points and radii of each piece [um]. ncomp x (point, 4)

    Example:
        >>> [piece[:, 0].tolist() for piece in split_xyzr_into_equal_length_segments(np.eye(2, 4) * 0 + [[0], [4]], 2)]
        [[0.0, 2.0], [2.0, 4.0]]
    """
    return divide_chain(np.asarray(xyzr, dtype=float), ncomp)
