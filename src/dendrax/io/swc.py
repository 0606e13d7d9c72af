"""SWC files and cells."""

import os
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dendrax import files
from dendrax.errors import ModelTypeError, ModelValueError
from dendrax.modules.cell import Cell, cell_from_tree
from dendrax.modules.module import Module
from dendrax.trees.compartments import CompartmentTree
from dendrax.trees.discretize import check_settings, discretize
from dendrax.trees.geometry import arc_lengths
from dendrax.trees.swc import read_points
from dendrax.trees.swc_write import swc_text, types_of_branches


def read_swc(
    fname: str | os.PathLike[str],
    ncomp: int | np.integer = 1,
    max_branch_len: float | None = None,
    min_radius: float | None = None,
    assign_groups: bool = True,
    backend: str = "graph",
    ignore_swc_tracing_interruptions: bool = True,
    relevant_type_ids: Sequence[int] | None = None,
    *,
    repair: bool = False,
) -> Cell:
    """Read an SWC file as a cell.

    A branch ends at a leaf, at a fork and where the type of the points changes; it is cut into `ncomp` compartments of
    equal arc length. Area, volume and axial resistance are those of the traced frusta; a soma of a single point is
    a sphere.

    Args:
        fname: Path of the file.
        ncomp: Number of compartments per branch.
        max_branch_len: Longer branches are divided at a traced point [um].
        min_radius: Smallest radius of a compartment [um]; area, volume and axial resistance keep the traced radii,
            but for points without a positive radius, which take this one.
        assign_groups: Make groups of the types in the file: `soma`, `axon`, `basal`, `apical`, `undefined`, `custom7`.
        backend: Only "graph"; there for programs that name it.
        ignore_swc_tracing_interruptions: If False, a branch also ends where the ids of neighbours do not follow.
        relevant_type_ids: Types that end a branch, default (1, 2, 3, 4); all other types count as one.
        repair: Mend defects of the file that have one sensible meaning, and warn what was done.

    Returns:
        A cell with the places, radii and groups of the file.

    Raises:
        SwcError: The file is missing or is not one neuron; the text lists all defects with line and remedy.
        MorphologyError: `ncomp`, `max_branch_len` or `min_radius` is out of range.
        ModelValueError: An unknown backend.

    Example:
        >>> from dendrax.morphology import sample_path
        >>> cell = read_swc(sample_path("interneuron"), ncomp=2)
        >>> sorted(cell.group_names)
        ['axon', 'basal', 'soma']
    """
    if not isinstance(backend, str) or backend != "graph":
        raise ModelValueError(f"read_swc: there is no backend {backend!r}; leave it out or write backend='graph'.")
    check_settings(ncomp, max_branch_len, min_radius)
    tree = discretize(
        read_points(fname, repair=repair, min_radius=min_radius),
        ncomp,
        max_branch_len=max_branch_len,
        min_radius=min_radius,
        ignore_tracing_interruptions=ignore_swc_tracing_interruptions,
        relevant_type_ids=relevant_type_ids,
    )
    return cell_from_tree(tree if assign_groups else replace(tree, groups={}))


def write_swc(cell: Module | CompartmentTree, fname: str | os.PathLike[str]) -> None:
    """Write the traced branches of a cell as an SWC file; reading it gives the same geometry.

    Types come from the groups `soma`, `axon`, `basal`, `apical`, `undefined` and `custom<id>`. A branch that goes on in
    one of the same type is one branch to a reader. A cell that was not traced is laid out as `compute_xyz` does
    it; its radii are those of its compartments.

    Args:
        cell: One cell, also one of a network, `net.cell(0)`; or a tree of compartments.
        fname: Path of the file; overwritten if it exists.

    Raises:
        ModelTypeError: Not a cell.
        MorphologyError: Branches have no places; the text names one.
        FileWriteError: The file cannot be written; the text says why.

    Example:
        >>> import pathlib, tempfile
        >>> from dendrax.morphology import sample
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "copy.swc"
        >>> write_swc(sample("interneuron"), path)
        >>> read_swc(path).shape == sample("interneuron").shape
        True
    """
    files.target_of("write_swc", fname)
    if isinstance(cell, Module) and cell.is_view:
        cell = cell.copy(as_module=True)
    if isinstance(cell, CompartmentTree):
        parents, ncomp, xyzr, groups = cell.parent_of_branch, cell.ncomp_of_branch, cell.xyzr, cell.groups
        joints = cell.joint_of_branch
    elif isinstance(cell, Cell):
        parents, ncomp = cell.comb_parents, cell.ncomp_per_branch
        joints = cell.tables.structure.places(cell.tables.nodes.numbers("length"))
        groups = {name: cell.tables.members(name) for name in cell.group_names}
        xyzr = _with_radii(cell.xyzr, np.split(cell.tables.nodes.numbers("radius"), np.cumsum(ncomp)[:-1]))
    else:
        raise ModelTypeError(f"write_swc takes one cell, not a {type(cell).__name__}; write `net.cell(0)` one by one.")
    text = swc_text(parents, xyzr, types_of_branches(groups, ncomp), joints)
    files.write("write_swc", fname, [text.encode("ascii")])


def _with_radii(xyzr: Sequence[np.ndarray], radius_of_comp: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Give points without a radius that of the compartment they lie in."""
    filled = []
    for chain, radius in zip(xyzr, radius_of_comp, strict=True):
        if np.isnan(chain[:, 3]).any() and np.isfinite(chain[:, :3]).all():
            position = arc_lengths(chain)
            share = position / position[-1] if position[-1] > 0 else position
            comp = np.minimum((share * len(radius)).astype(int), len(radius) - 1)
            radii = np.where(np.isnan(chain[:, 3]), radius[comp], chain[:, 3])
            filled.append(np.column_stack([chain[:, :3], radii]))
        else:
            filled.append(chain)
    return filled
