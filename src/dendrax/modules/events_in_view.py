"""The rows of artificial sources, detectors, connections and plastic connections that are in view."""

import numpy as np

from dendrax.modules.events import FROM_DETECTOR
from dendrax.modules.selection import Selection, marked


def source_rows(selection: Selection) -> np.ndarray:
    """Indices of the artificial sources in view, which belong to no compartment. (source,)."""
    if selection.sources_chosen is not None:
        return selection.sources_chosen
    return np.arange(0 if selection.is_view and selection.comps is not None else len(selection.tables.events.sources))


def detector_rows(selection: Selection) -> np.ndarray:
    """Indices of the detectors of the connections that were selected, else of the compartments in view."""
    events = selection.tables.events
    if selection.connections_chosen is not None:
        table = events.connections.table
        from_detectors = table["source_kind"][selection.connections_chosen] == FROM_DETECTOR
        return np.unique(table["source"][selection.connections_chosen][from_detectors])
    if selection.comps is None:
        return np.arange(len(events.detectors))
    return np.flatnonzero(selection.mask[events.detectors.table["comp_index"]])


def connection_rows(selection: Selection) -> np.ndarray:
    """Indices of the connections in view: those selected, else those with both ends in view. (connection,).

    A connection that starts at an artificial source is in view where its target is.
    """
    if selection.connections_chosen is not None:
        return selection.connections_chosen
    n = len(selection.tables.events.connections)
    if n == 0 or (selection.comps is None and selection.points_chosen is None):
        return np.arange(n)
    table, points = selection.tables.events.connections.table, selection.tables.points
    inside = np.zeros(n, bool)
    in_view = marked(selection.point_rows, len(points))
    for index, one in enumerate(points.types):
        mine = np.flatnonzero(table["target_type"] == index)
        inside[mine] = in_view[points.of_type(one)[table["target"][mine]]]
    if selection.points_chosen is None:
        from_detectors = np.flatnonzero(table["source_kind"] == FROM_DETECTOR)
        comps = selection.tables.events.detectors.table["comp_index"][table["source"][from_detectors]]
        inside[from_detectors] &= selection.mask[comps]
    return np.flatnonzero(inside)


def plastic_rows(selection: Selection) -> np.ndarray:
    """Rows of the plastic connections among those in view, in their order. (row,)."""
    plastic = selection.tables.events.plastic
    return plastic.of_connections(connection_rows(selection)) if len(plastic) else np.zeros(0, int)
