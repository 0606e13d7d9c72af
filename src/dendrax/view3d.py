"""The front door of the interactive page: gathers what a module shows, and has it written."""

from __future__ import annotations

import difflib
import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dendrax import arguments
from dendrax.errors import ModelStateError, ModelTypeError, ModelValueError, ValueShapeError
from dendrax.modules import shown
from dendrax.modules.editing import is_traced
from dendrax.modules.homes import home_of
from dendrax.modules.module import Module, check_module
from dendrax.modules.structure import Structure
from dendrax.modules.wiring import current_of

if TYPE_CHECKING:
    from dendrax.plot.page import Scene, Series, Wires

UNITS = {
    "length": "µm",
    "radius": "µm",
    "axial_resistivity": "Ω cm",
    "capacitance": "µF/cm²",
    "v": "mV",
    "area": "µm²",
    "volume": "µm³",
    "resistive_load_in": "1/µm",
    "resistive_load_out": "1/µm",
    "x": "µm",
    "y": "µm",
    "z": "µm",
    "temperature": "°C",
}
ROOM = 1.25
"""Distance between cells that are set side by side, in sizes of the largest."""


def view3d(
    module: Module,
    recordings: ArrayLike | None = None,
    path: str | os.PathLike[str] = "cell.html",
    *,
    delta_t: float = 0.025,
    values: Mapping[str, ArrayLike] | None = None,
    title: str | None = None,
    cmap: str = "viridis",
    frames: int | None = None,
) -> Path:
    """Write a page that shows a module in three dimensions: one HTML file that needs no server and no network.

    It turns and zooms, is coloured by group, channel, parameter or by what was recorded, plays that over time, and
    shows the trace and the values of a compartment that is clicked. Synapses are lines that end in dots.

    Example:
        >>> import tempfile, pathlib
        >>> import dendrax as jx
        >>> cell = jx.morphology.sample("pyramidal")
        >>> page = jx.view3d(cell, path=pathlib.Path(tempfile.mkdtemp()) / "cell.html")
        >>> page.name
        'cell.html'

    Args:
        module: A module or view.
        recordings: What `integrate` returned, a row for each of `module.recordings` (of a view: its own, or those of
            the whole module). A value that is NaN is grey, as is a compartment without a recording. (recording, time)
        path: The file; one that is there is replaced.
        delta_t: Time between the columns of `recordings`; with `record_every=k`, k times that of the steps [ms].
        values: Further numbers to colour by, one for each compartment in view, in the order of `.nodes`, such as
            `{"v at 5 ms": states["v"]}`. name -> (comp,)
        title: One line; what the module is, if None.
        cmap: A matplotlib colour map.
        frames: How many columns of the recordings to keep, evenly; if None 2200, and fewer where all recordings
            would come to more than 8 million numbers.

    Returns:
        The path of the page.

    Raises:
        MissingExtraError: plotly is not installed: `pip install 'dendrax[page]'`.
        ValueShapeError: Recordings or values of the wrong shape.
        ModelStateError: Recordings for a module that records nothing, or branches that have no coordinates.
        ModelTypeError: Not a module, or not numbers.
        ModelValueError: `delta_t` or `frames` is not positive, or there is no such colour map.
        OSError: The file cannot be written.

    References:
        Tubes are drawn as rectangles that face the reader, after Tarini, Cignoni and Montani (2006), "Ambient
        Occlusion and Edge Cueing for Enhancing Real Time Molecular Visualization", IEEE TVCG 12, 1237.
    """
    from dendrax.plot import page  # noqa: PLC0415 - matplotlib is imported when a page is asked for

    check_module(module, "view3d")
    file = _checked_path(path)
    _check_cmap(cmap)
    frames = None if frames is None else arguments.whole("view3d: frames", frames, least=2)
    step = arguments.positive("view3d: delta_t", delta_t)
    series = () if recordings is None else _series(module, recordings)
    given = {} if values is None else _values(module, values)
    page.write(_scene(module, title, given, series, step), file, cmap=cmap, frames=frames)
    return file


def _checked_path(path: Any) -> Path:
    """Where the page goes.

    Raises:
        ModelTypeError: Not a path.
        OSError: No file can be made there.
    """
    try:
        file = Path(path)
    except TypeError:
        raise ModelTypeError(f"view3d: path must name a file, such as 'cell.html', but is {path!r}.") from None
    if file.is_dir():
        raise IsADirectoryError(errno.EISDIR, "view3d: this is a folder. Name a file in it", str(file))
    if not file.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "view3d: there is no such folder. Make it first", str(file.parent))
    if not os.access(file.parent, os.W_OK):
        raise PermissionError(errno.EACCES, "view3d: this folder cannot be written to", str(file.parent))
    return file


def _check_cmap(cmap: Any) -> None:
    from matplotlib import colormaps  # noqa: PLC0415

    if not isinstance(cmap, str) or cmap not in colormaps:
        near = difflib.get_close_matches(str(cmap), list(colormaps), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ModelValueError(f"view3d: matplotlib has no colour map {cmap!r}.{hint}")


def _scene(
    module: Module, title: str | None, given: dict[str, np.ndarray], series: tuple[Series, ...], delta_t: float
) -> Scene:
    """Everything that the page shows."""
    from dendrax.plot.page import Scene, cut_into_compartments  # noqa: PLC0415

    tables, rows = module.tables, np.unique(module.rows)
    structure, nodes, branches = tables.structure, tables.nodes, module._branches
    points = module.xyzr  # lays out what has no places
    _check_places(branches, points)
    shift, notes = _side_by_side(module, points)
    inside = np.flatnonzero(np.isin(structure.branch_of_comp, branches))
    tubes = cut_into_compartments(
        [
            line + np.append(shift[cell], 0.0)
            for line, cell in zip(points, structure.cell_of_branch[branches], strict=True)
        ],
        np.searchsorted(branches, structure.branch_of_comp[inside]),
        nodes.numbers("length")[inside],
        nodes.numbers("radius")[inside],
    ).of(np.searchsorted(inside, rows), len(inside))
    mechanisms = {one.name: tables.has(one)[rows] for one in tables.mechanisms}
    place = np.stack([nodes.numbers(axis)[rows] for axis in "xyz"], axis=1)
    return Scene(
        title=shown.describe(module) if title is None else str(title),
        tubes=tubes,
        place=place + shift[structure.cell_of_comp[rows]],
        index=_index(structure, rows),
        groups={name: tables.members(name)[rows] for name in tables.groups},
        channels={name: there for name, there in mechanisms.items() if there.any()},
        numbers=given | _columns(module, rows),
        units=UNITS | {one.current_name: "mA/cm²" for one in tables.mechanisms},
        wires=_wires(module, rows),
        series=series,
        delta_t=delta_t,
        notes=notes,
    )


def _index(structure: Structure, rows: np.ndarray) -> np.ndarray:
    """Cell, branch in the cell, compartment in the branch and in the model. (comp, 4)"""
    cell, branch = structure.cell_of_comp[rows], structure.branch_of_comp[rows]
    number = rows - structure.first_comp_of_branch[branch]
    return np.stack([cell, branch - structure.first_branch_of_cell[cell], number, rows], axis=1)


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
    cell_of_line = structure.cell_of_branch[module._branches]
    roots = [xyzr[structure.first_branch_of_cell[cell]] for cell in range(structure.n_cell)]
    piled = [cell for cell in np.unique(cell_of_line) if not is_traced(roots[cell]) and not roots[cell][0, :3].any()]
    if len(piled) < 2:
        return shift, ()
    lines = [line[:, :3] for line, cell in zip(points, cell_of_line, strict=True) if cell in set(piled)]
    size = ROOM * max(float(np.ptp(np.concatenate(lines), axis=0).max()), 1.0)
    columns = int(np.ceil(np.sqrt(len(piled))))
    number = np.arange(len(piled))
    shift[piled, 0], shift[piled, 1] = size * (number % columns), -size * (number // columns)
    return shift, (f"{len(piled)} cells that have no place of their own are shown side by side.",)


def _columns(module: Module, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Parameters and states: the columns of the table that hold numbers, where they mean something."""
    tables = module.tables
    marks = {*tables.groups, *(one.name for one in tables.mechanisms)}
    found = {name: tables.nodes[name][rows] for name in tables.nodes.names if name not in marks}
    return {name: column.astype(float) for name, column in found.items() if column.dtype.kind in "fiu"}


def _values(module: Module, values: Any) -> dict[str, np.ndarray]:
    """What the user gave to colour by, in the order of the scene."""
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


def _wires(module: Module, rows: np.ndarray) -> tuple[Wires, ...]:
    """The synapses in view, type by type."""
    from dendrax.plot.page import Wires  # noqa: PLC0415

    tables, found = module.tables, []
    for synapse in tables.synapses:
        edges = tables.wiring.of_type(synapse, module.edge_rows)
        pre, post = (tables.edges[end][edges].astype(int) for end in ("pre_index", "post_index"))
        seen = np.isin(pre, rows) & np.isin(post, rows)
        if seen.any():
            found.append(Wires(synapse.name, np.searchsorted(rows, pre[seen]), np.searchsorted(rows, post[seen])))
    return tuple(found)


def _series(module: Module, recordings: Any) -> tuple[Series, ...]:
    """What was recorded, state by state.

    Raises:
        ModelStateError: Nothing is recorded.
        ModelTypeError: Not numbers.
        ValueShapeError: Not a row for each recording.
    """
    from dendrax.plot.page import Series  # noqa: PLC0415

    tables, shown_rows = module.tables, np.unique(module.rows)
    everything = list(tables.recordings)
    masks = {state: home_of(tables, state).mask(module) for state in dict.fromkeys(name for name, _ in everything)}
    inside = np.array([masks[state][row] for state, row in everything], bool)
    array = _recorded_numbers(recordings)
    if not inside.any():
        raise ModelStateError(
            "view3d: no recording is in view, so these recordings are not of this module. See record()."
        )
    if array.shape[0] == len(everything):
        array = array[inside]
    if array.shape[0] != np.count_nonzero(inside) or array.shape[1] == 0:
        raise ValueShapeError(
            f"view3d: recordings of shape {array.shape}, but `recordings` of this module lists "
            f"{np.count_nonzero(inside)}. Pass what integrate returned, (recording, time)."
        )
    kept = [one for one, there in zip(everything, inside, strict=True) if there]
    units = (
        UNITS
        | {one.current_name: "mA/cm²" for one in tables.mechanisms}
        | {current_of(s): "nA" for s in tables.synapses}
    )
    found = []
    for state in dict.fromkeys(name for name, _ in kept):
        home = home_of(tables, state)
        at = np.flatnonzero([name == state for name, _ in kept])
        rows = np.array([kept[index][1] for index in at])
        comp = tables.edges["post_index"][rows].astype(int) if home.of_edges else rows
        labels = tuple(home.place_of(row) for row in rows) if home.of_edges else ()
        found.append(Series(state, array[at], np.searchsorted(shown_rows, comp), units.get(state, ""), labels))
    return tuple(found)


def _recorded_numbers(recordings: Any) -> np.ndarray:
    """Recordings as (recording, time), of the precision that they have."""
    try:
        array = np.asarray(recordings)
        if array.dtype.kind not in "fiu":
            array = array.astype(float, casting="safe" if array.dtype.kind == "c" else "unsafe")
    except (TypeError, ValueError) as error:  # JAX raises a TypeError for traced values
        message = f"view3d: recordings must be numbers that integrate returned, none that JAX traces: {error}"
        raise ModelTypeError(message) from None
    if array.ndim == 1:
        array = array[None, :]
    if array.ndim != 2:
        raise ValueShapeError(
            f"view3d: recordings of shape {array.shape}. Pass what integrate returned, (recording, time)."
        )
    return array
