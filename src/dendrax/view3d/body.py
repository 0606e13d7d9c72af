"""What of a module a page shows that does not change with time."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dendrax import arguments
from dendrax.errors import ModelStateError, ModelTypeError, ValueShapeError
from dendrax.modules.editing import is_traced
from dendrax.modules.geometry import shape_of
from dendrax.modules.module import Module
from dendrax.modules.units import unit_of
from dendrax.plot.page import Scene, Series, Wires, cut_into_compartments

ROOM = 1.25
"""Distance between cells that are set side by side, in sizes of the largest."""


def scene_of(
    module: Module, title: str | None, given: dict[str, np.ndarray], series: tuple[Series, ...], delta_t: float
) -> Scene:
    """Everything that a page of a module shows: each compartment in view once, in the order of the model."""
    tables, rows = module.tables, np.unique(module.rows)
    structure, nodes, branches = tables.structure, tables.nodes, module._selection.branches
    points = module.xyzr  # lays out what has no places
    _check_places(branches, points)
    shift, notes = _side_by_side(module, points)
    inside = np.flatnonzero(np.isin(structure.branch_of_comp, branches))
    cell_of_line = structure.cell_of_branch[branches]
    tubes = cut_into_compartments(
        [line + moved for line, moved in zip(points, np.pad(shift, ((0, 0), (0, 1)))[cell_of_line], strict=True)],
        np.searchsorted(branches, structure.branch_of_comp[inside]),
        nodes.numbers("length")[inside],
        nodes.numbers("radius")[inside],
    ).of(np.searchsorted(inside, rows), len(inside))
    mechanisms = {one.name: tables.has(one)[rows] for one in tables.mechanisms}
    place = np.stack([nodes.numbers(axis)[rows] for axis in "xyz"], axis=1)
    columns = _columns(module, rows)
    return Scene(
        title=repr(module) if title is None else str(title),
        tubes=tubes,
        place=place + shift[structure.cell_of_comp[rows]],
        index=np.stack([*structure.indices(rows).values(), rows], axis=1),
        groups={name: tables.members(name)[rows] for name in tables.groups},
        channels={name: there for name, there in mechanisms.items() if there.any()},
        numbers=given | {name: column for name, column in columns.items() if name not in given},
        units={name: unit for name in columns if (unit := unit_of(tables, name))},
        wires=_wires(module, rows),
        series=series,
        delta_t=delta_t,
        notes=notes,
    )


def _check_places(branches: np.ndarray, points: list[np.ndarray]) -> None:
    for branch, line in zip(branches, points, strict=True):
        if len(line) == 0 or not np.isfinite(line[:, :3]).all():
            raise ModelStateError(
                f"view3d: branch {branch} has no coordinates, while others of its cell have. Give all of them points, "
                f"or call compute_xyz() to lay out the cell anew."
            )


def _side_by_side(module: Module, points: list[np.ndarray]) -> tuple[np.ndarray, tuple[str, ...]]:
    """How far to move each cell [um], (cell, 3): those that were built by hand and never moved lie on each other."""
    structure, xyzr = module.tables.structure, module.tables.xyzr
    shift = np.zeros((structure.n_cell, 3))
    cell_of_line = structure.cell_of_branch[module._selection.branches]
    roots = [xyzr[structure.first_branch_of_cell[cell]] for cell in range(structure.n_cell)]
    piled = [cell for cell in np.unique(cell_of_line) if not is_traced(roots[cell]) and not roots[cell][0, :3].any()]
    if len(piled) < 2:
        return shift, ()
    lines = [points[index][:, :3] for index in np.flatnonzero(np.isin(cell_of_line, piled))]
    size = ROOM * max(float(np.ptp(np.concatenate(lines), axis=0).max()), 1.0)
    columns = int(np.ceil(np.sqrt(len(piled))))
    number = np.arange(len(piled))
    shift[piled, 0], shift[piled, 1] = size * (number % columns), -size * (number // columns)
    return shift, (f"{len(piled)} cells that have no place of their own are shown side by side.",)


def _columns(module: Module, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Parameters and states: the columns of the table that hold numbers, where they mean something."""
    tables = module.tables
    marks = {*tables.groups, *(one.name for one in tables.mechanisms)}
    columns = {**tables.nodes.columns, **shape_of(tables.nodes)}
    found = {name: column[rows] for name, column in columns.items() if name not in marks}
    return {name: column.astype(float) for name, column in found.items() if column.dtype.kind in "fiu"}


def _wires(module: Module, rows: np.ndarray) -> tuple[Wires, ...]:
    """The synapses in view, type by type."""
    tables, found = module.tables, []
    for synapse in tables.synapses:
        edges = tables.wiring.of_type(synapse, module.edge_rows)
        pre, post = (tables.edges[end][edges].astype(int) for end in ("pre_index", "post_index"))
        seen = np.isin(pre, rows) & np.isin(post, rows)
        if seen.any():
            found.append(Wires(synapse.name, np.searchsorted(rows, pre[seen]), np.searchsorted(rows, post[seen])))
    return tuple(found)


def values_of(module: Module, values: Any) -> dict[str, np.ndarray]:
    """The user's values for the colours, in the order of the scene. name -> (comp,)"""
    if not isinstance(values, Mapping) or not all(isinstance(name, str) for name in values):
        raise ModelTypeError("view3d: values must be a dict, {name: one number for each compartment in view}.")
    _, first = np.unique(module.rows, return_index=True)
    found = {}
    for name, given in values.items():
        column = arguments.reals(f"view3d: values[{name!r}]", given)
        if column.shape != module.rows.shape:
            raise ValueShapeError(
                f"view3d: values[{name!r}] has shape {column.shape}, but {len(module.rows)} compartments are in view. "
                f"Give one number for each."
            )
        found[name] = np.where(np.isfinite(column), column, np.nan)[first]
    return found
