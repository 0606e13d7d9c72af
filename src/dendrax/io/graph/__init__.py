"""Models and morphologies as networkx graphs; the only folder that knows networkx.

SWC file -- to_swc_graph --> points -- build_compartment_graph --> compartments -- from_graph --> Cell
                                                                   compartments <-- to_graph -- Module
"""

from math import isfinite, nan
from typing import Any

import networkx as nx

from dendrax.io.graph.build import from_graph
from dendrax.io.graph.export import to_graph
from dendrax.io.graph.join import connect_graphs
from dendrax.io.graph.swc import build_compartment_graph, to_swc_graph
from dendrax.io.graph.walk import check_graph

__all__ = [
    "build_compartment_graph",
    "connect_graphs",
    "from_graph",
    "to_graph",
    "to_swc_graph",
    "vis_compartment_graph",
]


def vis_compartment_graph(
    comp_graph: nx.DiGraph,
    ax: Any = None,
    font_size: float = 7.0,
    node_size: float = 150.0,
    arrowsize: float = 10.0,
    comp_color: str = "r",
    branchpoint_color: str = "orange",
) -> Any:
    """Draw a graph of compartments with the names of its nodes, at their places in the x-y plane.

    Args:
        comp_graph: From `build_compartment_graph` or `to_graph`.
        ax: Axes to draw into; new ones by default.
        font_size: Size of the names.
        node_size: Area of the nodes [pt^2].
        arrowsize: Size of the arrows.
        comp_color: Colour of compartments.
        branchpoint_color: Colour of branchpoints.

    Returns:
        The axes.

    Example:
        >>> import dendrax as jx
        >>> axes = vis_compartment_graph(to_graph(jx.Cell()))
    """
    from dendrax.plot import compartment_graph  # noqa: PLC0415 - reading a file must not load matplotlib

    check_graph(comp_graph, "vis_compartment_graph")
    placed = all(isfinite(data.get(axis, nan)) for _, data in comp_graph.nodes(data=True) for axis in "xy")
    return compartment_graph(
        comp_graph,
        ax=ax,
        places=None if placed else nx.spring_layout(comp_graph, seed=0),
        names=True,
        comp_color=comp_color,
        branchpoint_color=branchpoint_color,
        node_size=node_size,
        font_size=font_size,
        arrow_size=arrowsize,
    )
