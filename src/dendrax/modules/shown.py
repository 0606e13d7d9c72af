"""What a user sees of a module: tables, descriptions, pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dendrax import arguments
from dendrax.errors import UnknownNameError
from dendrax.modules import selection
from dendrax.modules.colours import colouring
from dendrax.modules.selection import LEVELS
from dendrax.modules.tables import Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from dendrax.modules.module import Module

NAMES = {"cell": ("cell", "cells"), "branch": ("branch", "branches"), "comp": ("compartment", "compartments")}
PLURAL = {"cell": "cells", "branch": "branches", "comp": "comps"}
MOST_RANGES = 6
SHARED_LEVELS = ("module", "group")
INDEX_ORDER = [f"{scope}_{level}_index" for level in reversed(LEVELS) for scope in ("local", "global")]


def group_of_row(module: Module) -> np.ndarray:
    """Which value each compartment in view would share if a parameter were made trainable. (comp,)."""
    rows = module.rows
    if module._level in SHARED_LEVELS:
        return np.zeros(len(rows), int)
    if module._level in ("cell", "branch"):
        return selection.global_ids(module.tables.structure, module._level, rows)
    return rows if module._level in ("comp", "loc") else np.arange(len(rows))


def group_of_edge(module: Module) -> np.ndarray:
    """Which value each synapse in view would share if a parameter were made trainable. (edge,)."""
    n = len(module.edge_rows)
    return np.arange(n) if module._level in ("edge", "select") else np.zeros(n, int)


def nodes(module: Module) -> pd.DataFrame:
    """The node table of what is in view; on a whole module the one whose changes count."""
    structure, rows, table = module.tables.structure, module.rows, module.tables.nodes
    frame = handed_out(module, "nodes")
    if frame is not None:
        return _refreshed(frame, table, rows) if module.is_view else frame
    shown = {f"local_{level}_index": selection.local_ids(structure, level, rows) for level in LEVELS}
    shown |= {f"global_{level}_index": selection.global_ids(structure, level, rows) for level in LEVELS}
    shown["controlled_by_param"] = group_of_row(module)
    if not module.is_view:
        return table.hand_out(shown)
    return module._frames.setdefault("nodes", table.frame(rows, shown))


def handed_out(module: Module, name: str) -> pd.DataFrame | None:
    """The table, "nodes" or "edges", that the user has seen of this very module or view, if any."""
    if module.is_view:
        return module._frames.get(name)
    return (module.tables.nodes if name == "nodes" else module.tables.edges).handed_out


def edges(module: Module) -> pd.DataFrame:
    """The edge table of what is in view; on a whole module the one whose changes count."""
    rows, table = module.edge_rows, module.tables.edges
    frame = handed_out(module, "edges")
    if frame is not None and len(frame) == len(rows):
        return _refreshed(frame, table, rows) if module.is_view else frame
    shown = {"global_edge_index": rows}
    if module.is_view:
        shown["local_edge_index"] = np.arange(len(rows))
    shown["controlled_by_param"] = group_of_edge(module)
    if not module.is_view:
        return table.hand_out(shown)
    module._frames["edges"] = table.frame(rows, shown)
    return module._frames["edges"]


def show(
    module: Module,
    param_names: str | list[str] | None,
    indices: bool,
    params: bool,
    states: bool,
    channel_names: str | list[str] | None,
) -> pd.DataFrame:
    """Columns of the node table; `channel_names` and `param_names` restrict which."""
    table = nodes(module.view)  # a copy: to show is not to hand out
    channels = [*module.channels, *module.pumps]
    if channel_names is not None:
        wanted = arguments.names("show: channel_names", channel_names)
        known = [channel.name for channel in channels]
        if unknown := [name for name in wanted if name not in known]:
            raise UnknownNameError(f"show: no channel {unknown} in view; there are {known}.")
        channels = [channel for channel in channels if channel.name in wanted]
    names = list(INDEX_ORDER) if indices else []
    of_params = [name for channel in channels for name in (channel.name, *channel.channel_params)]
    of_states = [name for channel in channels for name in channel.channel_states]
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


def describe(module: Module) -> str:
    """One line: what it is, how much is in view and where, which channels and groups."""
    if is_outdated(module):
        return f"View of {module.tables.kind} (outdated: `set_ncomp` changed the compartments; select it again)"
    channels = ", ".join(channel.name for channel in module.channels) or "none"
    pumps = f", pumps: {', '.join(one.name for one in module.pumps)}" if module.pumps else ""
    groups = f", groups: {', '.join(module.group_names)}" if module.group_names else ""
    return f"{what(module)} ({counts(module)}; channels: {channels}{pumps}{groups})"


def what(module: Module) -> str:
    """What a module is."""
    return f"View of {module.tables.kind}" if module.is_view else type(module).__name__


def counts(module: Module) -> str:
    """How much is in view, and which part of the model that is."""
    names = [NAMES[level] for level in _levels(module)]
    numbers = [f"{n} {pair[n != 1]}" for n, pair in zip(module.shape, names, strict=True)] or ["1 compartment"]
    if n := len(module.edge_rows):
        numbers.append(f"{n} synapse{'s' if n != 1 else ''}")
    place = where(module)
    return ", ".join(numbers) + (f": {place}" if place else "")


def where(module: Module) -> str:
    """Which part of the model is in view, by the indices that select it from the whole; empty for all of it."""
    structure = module.tables.structure
    rows, parts, in_parent = np.flatnonzero(module.mask), [], structure.n_comp
    for level in _levels(module):
        if len(rows) == in_parent:  # the whole of what has been named
            break
        branch = structure.branch_of_comp[rows]
        index_of_row = {
            "cell": structure.cell_of_comp[rows],
            "branch": branch - structure.first_branch_of_cell[structure.cell_of_comp[rows]],
            "comp": rows - structure.first_comp_of_branch[branch],
        }[level]
        indices = np.flatnonzero(np.bincount(index_of_row))
        parts.append(f"{level if len(indices) == 1 else PLURAL[level]} {_ranges(indices)}")
        if len(indices) > 1:
            break
        of_comp = structure.cell_of_comp if level == "cell" else structure.branch_of_comp
        in_parent = int((of_comp == of_comp[rows[0]]).sum())
    return ", ".join(parts)


def _levels(module: Module) -> tuple[str, ...]:
    """The levels of parts that a model of this kind has."""
    return LEVELS[3 - ("compartment", "branch", "cell", "network").index(module.tables.kind) :]


def _ranges(indices: np.ndarray) -> str:
    """Rising integers as text: 0, 2-4, 7; of many ranges the first."""
    runs = np.split(indices, np.flatnonzero(np.diff(indices) > 1) + 1)
    texts = [f"{run[0]}" if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs[:MOST_RANGES]]
    return ", ".join(texts) + (", ..." if len(runs) > MOST_RANGES else "")


def is_outdated(module: Module) -> bool:
    """Whether `set_ncomp` changed the compartments since the view was made."""
    return module._rows is not None and module._structure is not module.tables.structure


def picture(module: Module, cells: dict[str, Any], color_by: Any, **options: Any) -> Axes:
    """Draw what is in view, with synapses. See `Network.vis`.

    Args:
        module: Module or view.
        cells: Keywords for the cells.
        color_by: What the colours of cells say, if anything.
        **options: The other arguments of `dendrax.plot.draw_network`, `detail` among them.
    """
    from dendrax.plot import draw_network  # noqa: PLC0415 - matplotlib is imported when a picture is asked for

    view, as_dots = module.view, str(options["detail"]) == "point"
    if color_by is not None:
        cells = cells | {"color": colouring(module, color_by)}
        if as_dots and len(cells["color"]) == len(module.rows):
            cells["color"] = cells["color"].of_cells(module.tables.structure.cell_of_comp[module.rows])
    # The dot of a cell of which a view has a part is where it is in the picture of the network.
    nodes = _whole_cells(module).nodes if as_dots else view.nodes
    return draw_network(view.xyzr, nodes, view.edges, cell_plot_kwargs=cells, **options)


def _whole_cells(module: Module) -> Module:
    """A view of all compartments of the cells that have some in view."""
    cell_of_comp = module.tables.structure.cell_of_comp
    rows = np.flatnonzero(np.isin(cell_of_comp, cell_of_comp[module.rows]))
    return module.base._view(rows, "cell")


def _refreshed(frame: pd.DataFrame, table: Table, rows: np.ndarray) -> pd.DataFrame:
    """A view's frame with the present values of the model; what the user assigned to `controlled_by_param` stays."""
    for name in table.names:
        frame[name] = table[name][rows]
    return frame
