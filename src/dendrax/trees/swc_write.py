"""Writing a cell's branches as an SWC file."""

from collections.abc import Mapping, Sequence

import numpy as np

from dendrax.errors import MorphologyError
from dendrax.trees.discretize import GROUP_OF_TYPE
from dendrax.trees.geometry import arc_lengths

SOMA = 1
TYPE_OF_GROUP = {name: kind for kind, name in GROUP_OF_TYPE.items()}


def swc_text(
    parent_of_branch: np.ndarray,
    xyzr: Sequence[np.ndarray],
    type_of_branch: np.ndarray,
    joint_of_branch: np.ndarray | None = None,
) -> str:
    """Content of an SWC file that reads back as these branches.

    A branch's first point is left out where it is that of its parent where it begins, so that no point stands twice.
    Numbers are written in full, so that nothing is rounded. A branch on which others begin between its ends gets a
    point there, and a reader divides it at that point.

    Args:
        parent_of_branch: -1 for the root; parents come before children. (branch,)
        xyzr: Points and radii from the parent outwards [um]. branch x (point, 4)
        type_of_branch: SWC types. (branch,)
        joint_of_branch: Where on its parent each branch begins, from 0 to 1; None: all at ends. (branch,)

    Returns:
        One line per point.

    Raises:
        MorphologyError: A branch has points without place or radius; names the branch.
    """
    lines = ["# Written by Dendrax", "# id type x y z radius parent"]
    places = np.ones(len(xyzr)) if joint_of_branch is None else joint_of_branch
    chains = [_with_joints(chain, places[parent_of_branch == branch]) for branch, chain in enumerate(xyzr)]
    ids_of_branch: list[list[int]] = []
    next_id = 1
    for branch, chain in enumerate(chains):
        above = int(parent_of_branch[branch])
        if len(chain) == 0 or not np.isfinite(chain).all():
            raise MorphologyError(
                f"Branch {branch} has points without a place or radius; give the cell places with `cell.compute_xyz()` "
                "and radii before writing it."
            )
        at = _point_at(chains[above], xyzr[above], places[branch]) if above >= 0 else 0
        parent = ids_of_branch[above][at] if above >= 0 else -1
        known = above >= 0 and len(chain) > 1 and _continues(chain, chains[above], at, type_of_branch, branch, above)
        ids = [parent] if known else []
        for x, y, z, radius in chain[int(known) :].tolist():
            lines.append(f"{next_id} {type_of_branch[branch]} {x!r} {y!r} {z!r} {radius!r} {parent}")
            ids.append(next_id)
            parent, next_id = next_id, next_id + 1
        ids_of_branch.append(ids)
    return "\n".join(lines) + "\n"


def _with_joints(chain: np.ndarray, places: np.ndarray) -> np.ndarray:
    """A line with points at places between its ends, from 0 to 1, unless there are some already."""
    inner = np.unique(places[(places > 0) & (places < 1)])
    arc = arc_lengths(chain) if len(chain) > 1 else np.zeros(1)
    new = np.setdiff1d(inner * arc[-1], arc)
    points = np.stack([np.interp(new, arc, column) for column in chain.T], axis=1) if len(chain) else chain[:0]
    return np.insert(chain, np.searchsorted(arc, new), points, axis=0) if len(new) else chain


def _point_at(chain: np.ndarray, traced: np.ndarray, place: float) -> int:
    """The point of a line at a place from 0 to 1 of what was traced."""
    if place == 1 or len(chain) == 1:
        return len(chain) - 1
    return int(np.abs(arc_lengths(chain) - place * arc_lengths(traced)[-1]).argmin())


def _continues(
    chain: np.ndarray, chain_above: np.ndarray, at: int, type_of_branch: np.ndarray, branch: int, above: int
) -> bool:
    """Whether a reader finds the first point of a branch from the point `at` of its parent."""
    end_above = chain_above[at]
    if not np.array_equal(chain[0, :3], end_above[:3]):
        return False
    if len(chain_above) == 1 and type_of_branch[above] == SOMA != type_of_branch[branch]:
        return (
            False  # to a reader a neurite does not begin at the centre of a sphere, but at the first point of its own
        )
    # Where the type changes, the reader gives the first point the radius of the second.
    radius = end_above[3] if type_of_branch[branch] == type_of_branch[above] else chain[1, 3]
    return bool(chain[0, 3] == radius)


def types_of_branches(groups: Mapping[str, np.ndarray], ncomp_of_branch: np.ndarray) -> np.ndarray:
    """SWC type of every branch, from the groups of its first compartment; 0 (undefined) without one. (branch,)."""
    first = np.cumsum(ncomp_of_branch) - ncomp_of_branch
    kind = np.zeros(len(first), dtype=int)
    for name, members in groups.items():
        custom = name.removeprefix("custom")
        if name in TYPE_OF_GROUP:
            value = TYPE_OF_GROUP[name]
        elif name.startswith("custom") and custom.isdecimal():
            value = int(custom)
        else:
            continue
        kind[np.asarray(members, dtype=bool)[first]] = value
    return kind
