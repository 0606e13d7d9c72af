"""set_ncomp: cut branches into other numbers of compartments."""

from __future__ import annotations

import numpy as np

from dendrax import arguments
from dendrax.errors import ModelStateError, ModelTypeError, ModelValueError
from dendrax.modules import geometry, layout
from dendrax.modules.editing import PLACE, SHAPE, is_traced
from dendrax.modules.geometry import FOLLOWING
from dendrax.modules.selection import Selection
from dendrax.modules.structure import Structure
from dendrax.modules.table import Table
from dendrax.modules.tables import Tables
from dendrax.trees.geometry import cut_branches

MEAN = ("v", *PLACE, *FOLLOWING)
"""Columns that need not agree along a branch that is cut anew."""


def set_ncomp(
    selection: Selection,
    ncomp: int | np.integer | None,
    min_radius: float | None,
    d_lambda: float | None,
    frequency: float,
) -> Selection:
    """Recut the branches in view, and select their new compartments. See `Module.set_ncomp`."""
    tables = selection.tables
    structure = tables.structure
    branches = in_view = np.unique(structure.branch_of_comp[selection.rows])
    _check_arguments(tables, ncomp, d_lambda, frequency, min_radius)
    new_ncomp = structure.ncomp_of_branch.copy()
    if ncomp is not None:
        new_ncomp[branches] = ncomp
    else:
        new_ncomp[branches] = ncomp_of_d_lambda(tables, float(d_lambda or 0.0), frequency)[branches]
    if min_radius is None:
        branches = branches[new_ncomp[branches] != structure.ncomp_of_branch[branches]]
    if len(branches) == 0:
        return selection
    traced = np.array([branch for branch in branches if is_traced(tables.xyzr[branch])], int)
    _check_homogeneous(tables, branches, traced)

    old_first = structure.first_comp_of_branch[:-1]
    recut = np.zeros(structure.n_branch, bool)
    recut[branches] = True
    new = Structure(structure.cell_of_branch, structure.parent_of_branch, new_ncomp, structure.joint_of_branch)
    offset = np.where(recut[new.branch_of_comp], 0, new.position_in_branch)
    nodes = tables.nodes.copy(old_first[new.branch_of_comp] + offset)
    _reshape(tables, new, nodes, branches, traced, min_radius)
    tables.structure, tables.nodes = new, nodes
    tables.transition = None  # it was that of the old compartments
    on_lines = [branch for branch in branches if not layout.is_nowhere(tables.xyzr[branch])]
    layout.write_centers(tables, np.setdiff1d(on_lines, traced).astype(int))
    if not selection.is_view:
        return selection
    return selection.view(np.flatnonzero(np.isin(new.branch_of_comp, in_view)), selection.level)


def ncomp_of_d_lambda(tables: Tables, d_lambda: float, frequency: float) -> np.ndarray:
    """Odd numbers of compartments no longer than `d_lambda` length constants at `frequency` [Hz]. (branch,).

    The length constant is 1e5 sqrt(d / (4 pi f Ra cm)) [um] (Hines and Carnevale, The Neuroscientist 7, 2001).
    """
    get = tables.nodes.__getitem__
    constant = 1e5 * np.sqrt(
        2 * get("radius") / (4 * np.pi * frequency * get("axial_resistivity") * get("capacitance"))
    )
    electrotonic = np.bincount(tables.structure.branch_of_comp, get("length") / constant)
    odd = np.floor((electrotonic / d_lambda + 0.9) / 2) * 2 + 1
    if odd.max() > arguments.MOST:
        raise ModelValueError(
            f"set_ncomp: d_lambda = {d_lambda} at {frequency} Hz cuts branch {odd.argmax()} into {odd.max():g} "
            f"compartments. Choose a larger d_lambda or a lower frequency."
        )
    return odd.astype(int)


def _check_arguments(
    tables: Tables,
    ncomp: int | np.integer | None,
    d_lambda: float | None,
    frequency: float,
    min_radius: float | None,
) -> None:
    if (ncomp is None) == (d_lambda is None):
        raise ModelTypeError("set_ncomp: pass either ncomp or d_lambda.")
    if ncomp is not None:
        arguments.whole("set_ncomp: ncomp", ncomp)
    for name, value in (("d_lambda", d_lambda), ("frequency", frequency), ("min_radius", min_radius)):
        if value is not None or name == "frequency":
            arguments.positive(f"set_ncomp: {name}", value)
    if tables.kind == "compartment":
        raise ModelTypeError("set_ncomp: a compartment has no branches to cut.")
    if attached := tables.attached:
        raise ModelStateError(
            f"set_ncomp: the module has {', '.join(attached)}, which belong to the present compartments. Delete them, "
            f"or call set_ncomp first."
        )


def _check_homogeneous(tables: Tables, branches: np.ndarray, traced: np.ndarray) -> None:
    """Refuse branches whose compartments differ in properties that cannot be recut."""
    structure = tables.structure
    first = structure.first_comp_of_branch[:-1]
    rows = np.flatnonzero(np.isin(structure.branch_of_comp, branches))
    branch_of_row = structure.branch_of_comp[rows]
    has_own_shape = np.isin(branch_of_row, traced)
    for name in (name for name in tables.nodes.names if name not in MEAN):
        column = tables.nodes[name]
        same = _equal(column[rows], column[first[branch_of_row]])
        if name in ("radius", "length"):
            same |= has_own_shape
        if not same.all():
            raise ModelValueError(
                f"set_ncomp: the compartments of branch {branch_of_row[~same][0]} differ in {name!r}, so that it is "
                f"not clear what the new ones should have. Call set_ncomp before they are made different."
            )


def _equal(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Where two columns agree, up to rounding; two NaNs do."""
    if values.dtype.kind not in "fiub":
        return np.array([one == other for one, other in zip(values, others, strict=True)], bool)
    return np.isclose(values.astype(float), others.astype(float), rtol=1e-12, atol=0, equal_nan=True)


def _reshape(
    tables: Tables, new: Structure, nodes: Table, branches: np.ndarray, traced: np.ndarray, min_radius: float | None
) -> None:
    """Give the new compartments of `branches` their geometry, mean voltage and place."""
    columns = {name: nodes[name].copy() for name in ("length", "radius", *PLACE, "v")}
    rows = np.flatnonzero(np.isin(new.branch_of_comp, branches))
    columns["length"][rows] = _new_lengths(tables, new)[rows]
    columns |= {name: _replaced(geometry.stored(nodes, name), rows, np.nan) for name in FOLLOWING}
    old = tables.structure
    mean_v = np.bincount(old.branch_of_comp, tables.nodes["v"]) / old.ncomp_of_branch
    columns["v"][rows] = mean_v[new.branch_of_comp[rows]]
    where = (old.position_in_branch + 0.5) / old.ncomp_of_branch[old.branch_of_comp] + 2 * old.branch_of_comp
    wanted = (new.position_in_branch + 0.5) / new.ncomp_of_branch[new.branch_of_comp] + 2 * new.branch_of_comp
    for axis in PLACE:
        columns[axis][rows] = np.interp(wanted[rows], where, tables.nodes[axis])
    if len(traced):
        rows = np.flatnonzero(np.isin(new.branch_of_comp, traced))
        cut = cut_branches([tables.xyzr[branch] for branch in traced], new.ncomp_of_branch[traced], min_radius)
        shape = SHAPE[1:]  # the length of a branch may count what lies inside the soma, where nothing is traced
        columns |= {name: _replaced(columns[name], rows, getattr(cut, name)) for name in shape}
        columns |= {axis: _replaced(columns[axis], rows, cut.xyz[:, i]) for i, axis in enumerate(PLACE)}
    for name, column in columns.items():
        nodes.add(name, column)
    geometry.forget(nodes)


def _new_lengths(tables: Tables, new: Structure) -> np.ndarray:
    """Length of every new compartment, its branch cut evenly [um]. (comp,)."""
    whole = np.bincount(tables.structure.branch_of_comp, tables.nodes["length"])
    return (whole / new.ncomp_of_branch)[new.branch_of_comp]


def _replaced(column: np.ndarray, rows: np.ndarray, values: np.ndarray | float) -> np.ndarray:
    column[rows] = values
    return column
