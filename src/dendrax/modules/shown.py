"""What a user sees of a module: tables, descriptions, pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dendrax import arguments
from dendrax.errors import UnknownNameError
from dendrax.modules import geometry, indexing, layout
from dendrax.modules.colours import colouring
from dendrax.modules.events_in_view import connection_rows
from dendrax.modules.homes import DETECTORS, POINTS, Home
from dendrax.modules.selection import LEVELS, PLURAL, Selection
from dendrax.modules.table import FIRST_LOOK

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

NAMES = {"cell": ("cell", "cells"), "branch": ("branch", "branches"), "comp": ("compartment", "compartments")}
MOST_RANGES = 6
SHARED_LEVELS = ("module", "group")
INDEX_ORDER = [f"{scope}_{level}_index" for level in reversed(LEVELS) for scope in ("local", "global")]


def group_of_row(selection: Selection) -> np.ndarray:
    """Which value each compartment in view would share if a parameter were made trainable. (comp,)."""
    rows = selection.rows
    if selection.level in SHARED_LEVELS:
        return np.zeros(len(rows), int)
    if selection.level in ("cell", "branch"):
        return indexing.global_ids(selection.tables.structure, selection.level, rows)
    return rows if selection.level in ("comp", "loc") else np.arange(len(rows))


def group_of_edge(selection: Selection) -> np.ndarray:
    """Which value each synapse in view would share if a parameter were made trainable. (edge,)."""
    n = len(selection.edge_rows)
    return np.arange(n) if selection.level in ("edge", "select") else np.zeros(n, int)


def group_of(selection: Selection, home: Home, rows: np.ndarray) -> np.ndarray:
    """The group of each of some point processes, connections, detectors or sources that share a value. (row,)."""
    if selection.level in SHARED_LEVELS and selection.connections_chosen is None and selection.sources_chosen is None:
        return np.zeros(len(rows), int)
    if selection.level in (*LEVELS, "loc") and home.what in (POINTS, DETECTORS):
        comps = home.table["comp_index"][rows].astype(int)
        level = selection.level if selection.level != "loc" else "comp"
        return indexing.global_ids(selection.tables.structure, level, comps)
    return np.arange(len(rows))


def nodes(selection: Selection) -> pd.DataFrame:
    """The node table of what is in view; on a whole module the one whose changes count."""
    layout.place(selection)
    structure, rows, table = selection.tables.structure, selection.rows, selection.tables.nodes
    frame = handed_out(selection, "nodes")
    shape = geometry.shape_of(table)
    if frame is not None and not selection.is_view:
        table.refill(shape)
        return frame
    if frame is not None:
        return _refreshed(frame, {**table.columns, **shape}, rows)
    shown = {f"local_{level}_index": indexing.local_ids(structure, level, rows) for level in LEVELS}
    shown |= {f"global_{level}_index": indexing.global_ids(structure, level, rows) for level in LEVELS}
    shown["controlled_by_param"] = group_of_row(selection)
    if not selection.is_view:
        return table.hand_out(shown, shape)
    return selection.frames.setdefault("nodes", table.frame(rows, shown, shape))


def handed_out(selection: Selection, name: str) -> pd.DataFrame | None:
    """The table, "nodes" or "edges", that the user has seen of this very module or view, if any."""
    if selection.is_view:
        return selection.frames.get(name)
    return (selection.tables.nodes if name == "nodes" else selection.tables.edges).handed_out


def edges(selection: Selection) -> pd.DataFrame:
    """The edge table of what is in view; on a whole module the one whose changes count."""
    rows, table = selection.edge_rows, selection.tables.edges
    frame = handed_out(selection, "edges")
    if frame is not None and len(frame) == len(rows):
        return _refreshed(frame, table.columns, rows) if selection.is_view else frame
    shown = {"global_edge_index": rows}
    if selection.is_view:
        shown["local_edge_index"] = np.arange(len(rows))
    shown["controlled_by_param"] = group_of_edge(selection)
    if not selection.is_view:
        return table.hand_out(shown, {})
    selection.frames["edges"] = table.frame(rows, shown)
    return selection.frames["edges"]


def show(
    selection: Selection,
    param_names: str | list[str] | None,
    indices: bool,
    params: bool,
    states: bool,
    channel_names: str | list[str] | None,
) -> pd.DataFrame:
    """Columns of the node table; `channel_names` and `param_names` restrict which."""
    table = nodes(selection.everything())  # a copy: to show is not to hand out
    channels = selection.mechanisms
    if channel_names is not None:
        wanted = arguments.names("show: channel_names", channel_names)
        known = [channel.name for channel in channels]
        if unknown := [name for name in wanted if name not in known]:
            raise UnknownNameError(f"show: no channel {unknown} in view; there are {known}.")
        channels = [channel for channel in channels if channel.name in wanted]
    names = list(INDEX_ORDER) if indices else []
    of_params = [name for channel in channels for name in (channel.name, *channel.parameter_defaults)]
    of_states = [name for channel in channels for name in channel.state_defaults]
    if channel_names is None:
        of_params = ["length", "radius", "axial_resistivity", "capacitance", *of_params]
        of_states = ["v", *of_states]
    names += (of_params if params else []) + (of_states if states else [])
    if param_names is not None:
        asked = arguments.names("show: param_names", param_names)
        if unknown := [name for name in asked if name not in table]:
            raise UnknownNameError(f"show: no column {unknown}; there are {list(table.columns)}.")
        names = [name for name in names if name in INDEX_ORDER] + asked
    return table.loc[:, list(dict.fromkeys(names))]


def describe(selection: Selection, name: str) -> str:
    """One line: kind, size and place of the view, its channels and groups; `name` is that of the class."""
    if selection.is_outdated:
        return f"View of {selection.tables.kind} (outdated: `set_ncomp` changed the compartments; select it again)"
    channels = ", ".join(channel.name for channel in selection.channels) or "none"
    pumps = f", pumps: {', '.join(one.name for one in selection.pumps)}" if selection.pumps else ""
    groups = f", groups: {', '.join(selection.groups)}" if selection.groups else ""
    return f"{what(selection, name)} ({counts(selection)}; channels: {channels}{pumps}{groups})"


def what(selection: Selection, name: str) -> str:
    """What a module is."""
    return f"View of {selection.tables.kind}" if selection.is_view else name


def counts(selection: Selection) -> str:
    """How much is in view, and which part of the model that is."""
    names = [NAMES[level] for level in selection.levels]
    numbers = [f"{n} {pair[n != 1]}" for n, pair in zip(selection.shape, names, strict=True)] or ["1 compartment"]
    if n := len(selection.edge_rows):
        numbers.append(f"{n} synapse{'s' if n != 1 else ''}")
    if n := len(selection.point_rows):
        numbers.append(f"{n} point process{'es' if n != 1 else ''}")
    if n := len(connection_rows(selection)):
        numbers.append(f"{n} connection{'s' if n != 1 else ''}")
    place = where(selection)
    return ", ".join(numbers) + (f": {place}" if place else "")


def where(selection: Selection) -> str:
    """Which part of the model is in view, by the indices that select it from the whole; empty for all of it."""
    structure = selection.tables.structure
    rows, parts, in_parent = np.flatnonzero(selection.mask), [], structure.n_comp
    for level in selection.levels:
        if len(rows) == in_parent:  # the whole of what has been named
            break
        indices = np.flatnonzero(np.bincount(structure.indices(rows)[level]))
        parts.append(f"{level if len(indices) == 1 else PLURAL[level]} {_ranges(indices)}")
        if len(indices) > 1:
            break
        of_comp = structure.cell_of_comp if level == "cell" else structure.branch_of_comp
        in_parent = int((of_comp == of_comp[rows[0]]).sum())
    return ", ".join(parts)


def _ranges(indices: np.ndarray) -> str:
    """Rising integers as text: 0, 2-4, 7; of many ranges the first."""
    runs = np.split(indices, np.flatnonzero(np.diff(indices) > 1) + 1)
    texts = [f"{run[0]}" if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs[:MOST_RANGES]]
    return ", ".join(texts) + (", ..." if len(runs) > MOST_RANGES else "")


def picture(selection: Selection, cells: dict[str, Any], color_by: Any, **options: Any) -> Axes:
    """Draw the view with synapses; `options` are those of `dendrax.plot.draw_network`. See `Network.vis`."""
    from dendrax.plot import draw_network  # noqa: PLC0415 - matplotlib is imported when a picture is asked for

    as_dots = str(options["detail"]) == "point"
    if color_by is not None:
        cells = cells | {"color": colouring(selection, color_by)}
        if as_dots and len(cells["color"]) == len(selection.rows):
            cells["color"] = cells["color"].of_cells(selection.tables.structure.cell_of_comp[selection.rows])
    # The dot of a cell of which a view has a part is where it is in the picture of the network.
    view = selection.everything()
    frame = nodes(_whole_cells(selection) if as_dots else view)
    return draw_network(layout.points(view), frame, edges(view), cell_plot_kwargs=cells, **options)


def _whole_cells(selection: Selection) -> Selection:
    """A view of all compartments of the cells that have some in view."""
    cell_of_comp = selection.tables.structure.cell_of_comp
    rows = np.flatnonzero(np.isin(cell_of_comp, cell_of_comp[selection.rows]))
    return Selection(selection.tables, rows, level="cell", is_view=True)


def _refreshed(frame: pd.DataFrame, columns: dict[str, np.ndarray], rows: np.ndarray) -> pd.DataFrame:
    """A view's frame with the present values of the model; what the user assigned to `controlled_by_param` stays."""
    with FIRST_LOOK:
        for name, column in columns.items():
            frame[name] = column[rows]
    return frame
