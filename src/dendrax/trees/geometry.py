"""Exact geometry of traced branches: frusta, summed per compartment.

A traced branch is a chain of points with radii; between two points the neurite is a frustum (a truncated cone).
Everything here is a closed form of the frustum with radii `r1`, `r2` and length `l`:

    lateral area     pi (r1 + r2) sqrt(l^2 + (r1 - r2)^2)
    volume           pi l (r1^2 + r1 r2 + r2^2) / 3
    resistive load   integral of dl / (pi r^2) = l / (pi r1 r2)

The last one holds for equal radii too, so that no case has to be told apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dendrax.errors import MorphologyError


@dataclass(frozen=True)
class BranchCompartments:
    """Geometry of compartments that were cut from one or from several traced branches.

    Attributes:
        length: Arc length [um]. (comp,)
        radius: Mean radius along the arc [um]. (comp,)
        area: Lateral membrane area [um^2]. (comp,)
        volume: Volume [um^3]. (comp,)
        resistive_load_in: Integral dl / (pi r^2) over the half that faces the parent [1/um]. (comp,)
        resistive_load_out: The same over the half that faces away [1/um]. (comp,)
        xyz: Point half way along the arc [um]. (comp, 3)
    """

    length: np.ndarray
    radius: np.ndarray
    area: np.ndarray
    volume: np.ndarray
    resistive_load_in: np.ndarray
    resistive_load_out: np.ndarray
    xyz: np.ndarray


def cylinder(radius: Any, length: Any) -> tuple[Any, Any, Any]:
    """Return area, volume and half load of cylinders.

    Args:
        radius: Radius [um], any shape; an array of numpy or JAX, which may be traced.
        length: Length [um], same shape.

    Returns:
        Lateral area `2 pi r l` [um^2], volume `pi r^2 l` [um^3] and the resistive load of one half,
        `(l / 2) / (pi r^2)` [1/um]; the load in and the load out are the same.

    Example:
        >>> area, volume, load = cylinder(1.0, 10.0)
        >>> round(area, 6)
        62.831853
    """
    cross_section = np.pi * radius**2
    return 2.0 * np.pi * radius * length, cross_section * length, length / 2.0 / cross_section


def sphere(radius: float, ncomp: int, centre: np.ndarray) -> BranchCompartments:
    """Cut a spherical soma into compartments that share its area and volume equally.

    The current path of a sphere of radius r is that of a cylinder of length 2 r, so that the area
    `4 pi r^2 = 2 pi r (2 r)` is the cylinder's lateral area too.
    """
    whole = np.ones(ncomp)
    load = radius / ncomp / (np.pi * radius**2) * whole
    return BranchCompartments(
        length=2.0 * radius / ncomp * whole,
        radius=radius * whole,
        area=4.0 * np.pi * radius**2 / ncomp * whole,
        volume=4.0 / 3.0 * np.pi * radius**3 / ncomp * whole,
        resistive_load_in=load,
        resistive_load_out=load.copy(),
        xyz=np.tile(centre, (ncomp, 1)),
    )


def cut_branch(xyzr: np.ndarray, ncomp: int | np.integer, min_radius: float | None = None) -> BranchCompartments:
    """Cut one traced branch into compartments of equal arc length.

    Args:
        xyzr: Points and radii from the parent outwards [um]. (point, 4). A single point is a sphere.
        ncomp: Number of compartments.
        min_radius: Smallest value of `radius` [um]. Area, volume and loads keep the traced radii.

    Returns:
        The geometry of the compartments, from the parent outwards.

    Raises:
        MorphologyError: The points are not of shape (point, 4), are not finite, or have a radius that is not positive,
            or `ncomp` is smaller than 1.

    Example:
        >>> comps = cut_branch(np.array([[0.0, 0, 0, 1.0], [10.0, 0, 0, 1.0]]), ncomp=2)
        >>> comps.length
        array([5., 5.])
    """
    return cut_branches([xyzr], np.array([ncomp]), min_radius)


def cut_branches(xyzr: Sequence[np.ndarray], ncomp: np.ndarray, min_radius: float | None = None) -> BranchCompartments:
    """Cut many traced branches at once; as `cut_branch`, with the branches one after another.

    Args:
        xyzr: Points and radii of every branch [um]. branch x (point, 4)
        ncomp: Number of compartments. (branch,)
        min_radius: Smallest value of `radius` [um].

    Returns:
        The geometry of all compartments, ordered by branch.
    """
    xyzr = [np.asarray(points, dtype=float) for points in xyzr]
    ncomp = np.asarray(ncomp, dtype=int)
    _check(xyzr, ncomp)
    comps = _cut_chains([_two_points(points) for points in xyzr], ncomp)
    start = np.cumsum(ncomp) - ncomp
    for branch, points in enumerate(xyzr):
        if len(points) == 1:
            rows = slice(start[branch], start[branch] + ncomp[branch])
            ball = sphere(points[0, 3], int(ncomp[branch]), points[0, :3])
            for name, values in vars(ball).items():
                getattr(comps, name)[rows] = values
    if min_radius is not None:
        np.maximum(comps.radius, min_radius, out=comps.radius)
    return comps


def _check(xyzr: list[np.ndarray], ncomp: np.ndarray) -> None:
    """Refuse points that are no traced branch, before anything is computed."""
    if len(xyzr) != len(ncomp):
        raise MorphologyError(
            f"{len(xyzr)} branches were given, but {len(ncomp)} numbers of compartments; give one each."
        )
    for branch, points in enumerate(xyzr):
        if points.ndim != 2 or points.shape[1] != 4 or len(points) == 0:
            raise MorphologyError(
                f"Branch {branch}: points and radii have shape {points.shape}; pass an array of shape (point, 4) "
                "with at least one point."
            )
    points = np.concatenate(xyzr) if xyzr else np.zeros((0, 4))
    bad = ~np.isfinite(points).all(axis=1) | ~(points[:, 3] > 0)
    if bad.any():
        branch = int(np.repeat(np.arange(len(xyzr)), [len(p) for p in xyzr])[bad.argmax()])
        raise MorphologyError(
            f"Branch {branch}: the point {points[bad.argmax()]} has a coordinate that is not finite or a radius "
            "that is not positive; correct the point or set a min_radius when reading the file."
        )
    for branch, chain in enumerate(xyzr):
        if len(chain) > 1 and (chain[:, :3] == chain[0, :3]).all():
            raise MorphologyError(
                f"Branch {branch}: all its {len(chain)} points lie at the same place, so that it has no length; "
                "move one of them, or keep a single point for a sphere."
            )
    if (ncomp < 1).any():
        branch = int((ncomp < 1).argmax())
        raise MorphologyError(f"Branch {branch}: ncomp is {ncomp[branch]}; it must be at least 1.")


def _two_points(points: np.ndarray) -> np.ndarray:
    """Give a single point a twin, so that it passes through the cutting; its numbers are replaced afterwards."""
    return np.repeat(points, 2, axis=0) if len(points) == 1 else points


def segment_lengths(points: np.ndarray) -> np.ndarray:
    """Distances between neighbouring points [um], shape (point - 1,)."""
    return np.sqrt((np.diff(points[:, :3], axis=0) ** 2).sum(axis=1))


def arc_lengths(points: np.ndarray) -> np.ndarray:
    """Distance of every point from the first, along the line [um]. (point,)."""
    return np.append(0.0, np.cumsum(segment_lengths(points)))


def _cut_chains(xyzr: list[np.ndarray], ncomp: np.ndarray) -> BranchCompartments:
    """Cut chains of at least two points: insert the half-compartment cuts as points, then sum frusta per half.

    All branches are laid behind each other on one axis of arc length, so that one sort places all cuts.
    """
    points = np.concatenate(xyzr)
    size = np.array([len(chain) for chain in xyzr])
    branch = np.repeat(np.arange(len(xyzr)), size)
    last = np.cumsum(size) - 1
    first = last - size + 1

    step = np.append(0.0, segment_lengths(points))
    step[first] = 0.0  # from one branch to the next there is no neurite
    position = np.cumsum(step)
    position -= position[first][branch]
    total = position[last]

    nhalf = 2 * ncomp
    branch_of_cut = np.repeat(np.arange(len(xyzr)), nhalf - 1)
    rank = np.arange(len(branch_of_cut)) - np.repeat(np.cumsum(nhalf - 1) - nhalf, nhalf - 1)
    position_of_cut = total[branch_of_cut] * rank / nhalf[branch_of_cut]

    all_branch = np.concatenate([branch, branch_of_cut])
    all_position = np.concatenate([position, position_of_cut])
    is_cut = np.repeat([0, 1], [len(points), len(branch_of_cut)])
    order = np.lexsort((is_cut, all_position, all_branch))
    is_cut = is_cut[order]

    left = np.cumsum(1 - is_cut)[is_cut == 1] - 1  # the last point before each cut
    right = np.minimum(left + 1, last[branch_of_cut])
    gap = position[right] - position[left]
    weight = np.divide(position_of_cut - position[left], gap, out=np.zeros(len(left)), where=gap > 0)
    cuts = points[left] + weight[:, None] * (points[right] - points[left])

    radius = np.concatenate([points[:, 3], cuts[:, 3]])[order]
    # The halves are numbered by the cuts that lie before them, plus one for the beginning of every branch.
    half = np.cumsum(is_cut) + all_branch[order]
    inside = np.diff(all_branch[order]) == 0
    arc = np.diff(all_position[order])[inside]
    return _sum_frusta(
        arc, radius[:-1][inside], radius[1:][inside], half[:-1][inside], total, ncomp, cuts[rank % 2 == 1, :3]
    )


def _sum_frusta(
    arc: np.ndarray,
    near: np.ndarray,
    far: np.ndarray,
    half: np.ndarray,
    total: np.ndarray,
    ncomp: np.ndarray,
    centre: np.ndarray,
) -> BranchCompartments:
    """Sum frusta of length `arc` and radii `near`, `far` into halves of compartments, and halves into compartments."""

    def by_half(values: np.ndarray) -> np.ndarray:
        return np.bincount(half, weights=values, minlength=2 * int(ncomp.sum())).reshape(-1, 2)

    span = by_half(arc).sum(axis=1)
    load = by_half(arc / (np.pi * near * far))
    moment = by_half(arc * (near + far) / 2.0).sum(axis=1)
    return BranchCompartments(
        length=np.repeat(total / ncomp, ncomp),
        radius=np.divide(moment, span, out=np.zeros(len(span)), where=span > 0),
        area=by_half(np.pi * (near + far) * np.sqrt(arc**2 + (near - far) ** 2)).sum(axis=1),
        volume=by_half(np.pi / 3.0 * arc * (near**2 + near * far + far**2)).sum(axis=1),
        resistive_load_in=load[:, 0].copy(),
        resistive_load_out=load[:, 1].copy(),
        xyz=centre,
    )
