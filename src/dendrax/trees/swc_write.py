"""Writing a cell's branches as an SWC file."""

from collections.abc import Mapping, Sequence

import numpy as np

from dendrax.errors import MorphologyError
from dendrax.trees.discretize import GROUP_OF_TYPE

SOMA = 1
TYPE_OF_GROUP = {name: kind for kind, name in GROUP_OF_TYPE.items()}


def swc_text(parent_of_branch: np.ndarray, xyzr: Sequence[np.ndarray], type_of_branch: np.ndarray) -> str:
    """Content of an SWC file that reads back as these branches.

    A branch's first point is left out where it is the last point of its parent, so that no point stands twice. Numbers
    are written in full, so that nothing is rounded.

    Args:
        parent_of_branch: -1 for the root; parents come before children. (branch,)
        xyzr: Points and radii from the parent outwards [um]. branch x (point, 4)
        type_of_branch: SWC types. (branch,)

    Returns:
        One line per point.

    Raises:
        MorphologyError: A branch has points without place or radius; names the branch.
    """
    lines = ["# Written by Dendrax", "# id type x y z radius parent"]
    last_id: list[int] = []
    next_id = 1
    for branch, chain in enumerate(xyzr):
        above = int(parent_of_branch[branch])
        if len(chain) == 0 or not np.isfinite(chain).all():
            raise MorphologyError(
                f"Branch {branch} has points without a place or radius; give the cell places with `cell.compute_xyz()` "
                "and radii before writing it."
            )
        parent = last_id[above] if above >= 0 else -1
        known = above >= 0 and len(chain) > 1 and _continues(chain, xyzr[above], type_of_branch, branch, above)
        for x, y, z, radius in chain[int(known) :].tolist():
            lines.append(f"{next_id} {type_of_branch[branch]} {x!r} {y!r} {z!r} {radius!r} {parent}")
            parent, next_id = next_id, next_id + 1
        last_id.append(parent)
    return "\n".join(lines) + "\n"


def _continues(chain: np.ndarray, chain_above: np.ndarray, type_of_branch: np.ndarray, branch: int, above: int) -> bool:
    """Whether a reader finds the first point of a branch from the last point of its parent."""
    end_above = chain_above[-1]
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
