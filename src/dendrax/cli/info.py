"""What `dendrax info` does: says what is in SWC files, and what is wrong with them."""

import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dendrax.errors import SwcError
from dendrax.trees.compartments import CompartmentTree
from dendrax.trees.discretize import discretize, group_name
from dendrax.trees.points import SwcWarning, TracedPoints
from dendrax.trees.swc import MissingSwcError, NotSwcError, read_points

DESCRIPTION = """\
Print the points, branches, lengths, areas and radii of each type in SWC files, and every defect with its line and
remedy. A branch ends at a tip, at a fork and where the type changes. The exit code is 1 if a file has defects."""

HEADER = f"  {'type':<14}{'points':>9}{'branches':>10}{'length [um]':>14}{'area [um2]':>14}{'radius [um]':>20}"


def run(files: Sequence[Path], *, repair: bool) -> int:
    """Describe the files one after the other; the exit code is 1 if one has defects or cannot be opened."""
    code = 0
    for number, file in enumerate(files):
        if number:
            print()
        code |= _describe(file, repair=repair)
    return code


def _describe(file: Path, *, repair: bool) -> int:
    """Print what is in a file."""
    try:
        points, tree, remarks = _read(file, repair=repair)
    except (MissingSwcError, NotSwcError) as error:  # the other files are described all the same
        print(end="", flush=True)  # what was said before comes first
        print(f"dendrax: error: {error}", file=sys.stderr)
        return 1
    except SwcError as error:
        print(error)
        if not repair:
            print(_whether_it_can_be_mended(file))
        return 1
    print(f"{file}")
    for line in (*_facts(points, tree), "", HEADER, *_types(points, tree)):
        print(f"  {line}" if line and line != HEADER else line)
    print()
    for remark in remarks:
        print(f"  note: {remark}")
    print("  no defects" if not repair else "  nothing else is wrong with it" if remarks else "  nothing to mend")
    return 0


def _read(file: Path, *, repair: bool) -> tuple[TracedPoints, CompartmentTree, list[str]]:
    """The points of a file, their branches, and what the reader has to say about it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SwcWarning)
        points = read_points(file, repair=repair)
        tree = discretize(points, 1)
    return points, tree, [str(one.message).removeprefix(f"{file}").removeprefix(":").strip() for one in caught]


def _whether_it_can_be_mended(file: Path) -> str:
    """What `--repair` would do."""
    try:
        _read(file, repair=True)
    except SwcError:
        return "Not all of this can be mended by --repair."
    return f"All of this can be mended: `dendrax info --repair {file}`, or `read_swc(..., repair=True)`."


def _facts(points: TracedPoints, tree: CompartmentTree) -> list[str]:
    """What there is to say about the whole file."""
    children = np.bincount(points.parent[points.parent >= 0], minlength=len(points))
    counts = {
        "point": len(points),
        "branch": len(tree.length),
        "fork": int((children > 1).sum()),
        "tip": int((children == 0).sum()),
    }
    xyz = points.xyzr[:, :3]
    extent = ", ".join(
        f"{axis} {low:g} to {high:g}" for axis, low, high in zip("xyz", xyz.min(0), xyz.max(0), strict=True)
    )
    return [
        ", ".join(
            f"{n} {name if n == 1 else 'branches' if name == 'branch' else name + 's'}" for name, n in counts.items()
        ),
        f"length {tree.length.sum():.1f} um, membrane {tree.area.sum():.1f} um2, volume {tree.volume.sum():.1f} um3",
        f"extent {extent} um",
    ]


def _types(points: TracedPoints, tree: CompartmentTree) -> list[str]:
    """A line for each type of point."""
    lines = []
    for kind in np.unique(points.type).tolist():
        name = group_name(kind)
        traced = points.type == kind
        branches = tree.groups.get(name, np.zeros(len(tree.length), bool))
        radius = points.xyzr[traced, 3]
        span = f"{radius.min():.3g} to {radius.max():.3g}"
        lines.append(
            f"{kind:>2} {name:<11}{traced.sum():>9}{branches.sum():>10}{tree.length[branches].sum():>14.1f}"
            f"{tree.area[branches].sum():>14.1f}{span:>20}"
        )
    return lines
