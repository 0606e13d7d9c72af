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

import numpy as np

from dendrax.errors import MorphologyError

SHORTEST_SEGMENT = 1e-5  # [um]; two points at the same place are this far apart, so that no load is zero


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


def cylinder(radius: np.ndarray | float, length: np.ndarray | float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return area, volume and half load of cylinders.

    Args:
        radius: Radius [um], any shape.
        length: Length [um], same shape.

    Returns:
        Lateral area `2 pi r l` [um^2], volume `pi r^2 l` [um^3] and the resistive load of one half,
        `(l / 2) / (pi r^2)` [1/um]; the load in and the load out are the same.

    Example:
        >>> area, volume, load = cylinder(1.0, 10.0)
        >>> round(float(area), 6)
        62.831853
    """
    radius, length = np.asarray(radius, dtype=float), np.asarray(length, dtype=float)
    area = 2.0 * np.pi * radius * length
    volume = np.pi * radius**2 * length
    load = length / 2.0 / (np.pi * radius**2)
    return area, volume, load


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


def cut_branch(xyzr: np.ndarray, ncomp: int, min_radius: float | None = None) -> BranchCompartments:
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

    Raises:
        MorphologyError: As for `cut_branch`; names the branch.
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
            f"Branch {branch}: the point {points[bad.argmax()]} has a coordinate that is not finite or a radius that is "
            "not positive; correct the point or set a min_radius when reading the file."
        )
    if (ncomp < 1).any():
        branch = int((ncomp < 1).argmax())
        raise MorphologyError(f"Branch {branch}: ncomp is {ncomp[branch]}; it must be at least 1.")


def _two_points(points: np.ndarray) -> np.ndarray:
    """Give a single point a twin, so that it passes through the cutting; its numbers are replaced afterwards."""
    return np.repeat(points, 2, axis=0) if len(points) == 1 else points


def segment_lengths(points: np.ndarray) -> np.ndarray:
    """Distances between neighbouring points, at least `SHORTEST_SEGMENT` [um]. (point - 1,)"""
    return np.maximum(np.sqrt((np.diff(points[:, :3], axis=0) ** 2).sum(axis=1)), SHORTEST_SEGMENT)


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
    cut_branch_ = np.repeat(np.arange(len(xyzr)), nhalf - 1)
    cut_rank = np.arange(len(cut_branch_)) - np.repeat(np.cumsum(nhalf - 1) - (nhalf - 1), nhalf - 1) + 1
    cut_position = total[cut_branch_] * cut_rank / nhalf[cut_branch_]
    cut_points = _interpolate(points, position, branch, last, cut_branch_, cut_position)

    all_branch = np.concatenate([branch, cut_branch_])
    all_position = np.concatenate([position, cut_position])
    is_cut = np.concatenate([np.zeros(len(points), int), np.ones(len(cut_branch_), int)])
    order = np.lexsort((is_cut, all_position, all_branch))
    pieces = np.concatenate([points, cut_points])[order], all_position[order], all_branch[order]
    # A frustum belongs to the half whose number is how many cuts lie at or before its near end, plus one per branch.
    half = np.cumsum(is_cut[order]) + pieces[2]
    return _sum_frusta(*pieces, half, nhalf, total / ncomp, cut_points[cut_rank % 2 == 1, :3])


def _interpolate(
    points: np.ndarray,
    position: np.ndarray,
    branch: np.ndarray,
    last: np.ndarray,
    cut_branch_: np.ndarray,
    cut_position: np.ndarray,
) -> np.ndarray:
    """Points and radii at given arc lengths of given branches. (cut, 4)"""
    gap = 1.0 + position.max()  # keeps the branches apart on the common axis
    right = np.searchsorted(position + gap * branch, cut_position + gap * cut_branch_, side="right")
    right = np.minimum(right, last[cut_branch_])
    left = right - 1
    weight = (cut_position - position[left]) / (position[right] - position[left])
    return points[left] + np.clip(weight, 0.0, 1.0)[:, None] * (points[right] - points[left])


def _sum_frusta(
    points: np.ndarray,
    position: np.ndarray,
    branch: np.ndarray,
    half: np.ndarray,
    nhalf: np.ndarray,
    length: np.ndarray,
    centre: np.ndarray,
) -> BranchCompartments:
    """Sum the frusta between neighbouring points into the halves of compartments, and the halves into compartments."""
    inside = branch[1:] == branch[:-1]
    arc = np.diff(position)[inside]
    near, far = points[:-1, 3][inside], points[1:, 3][inside]
    half = half[:-1][inside]

    def by_half(values: np.ndarray) -> np.ndarray:
        return np.bincount(half, weights=values, minlength=int(nhalf.sum())).reshape(-1, 2)

    span = by_half(arc).sum(axis=1)
    load = by_half(arc / (np.pi * near * far))
    return BranchCompartments(
        length=np.repeat(length, nhalf // 2),
        radius=by_half(arc * (near + far) / 2.0).sum(axis=1) / span,
        area=by_half(np.pi * (near + far) * np.sqrt(arc**2 + (near - far) ** 2)).sum(axis=1),
        volume=by_half(np.pi / 3.0 * arc * (near**2 + near * far + far**2)).sum(axis=1),
        resistive_load_in=load[:, 0].copy(),
        resistive_load_out=load[:, 1].copy(),
        xyz=centre,
    )
