"""Graphs of compartments: which is joined to which, and through which branch point."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import FancyArrowPatch

from dendrax import arguments
from dendrax.errors import ModelStateError, ModelTypeError, ValueShapeError
from dendrax.plot.palette import PALETTE
from dendrax.plot.space import checked_plane, finish
from dendrax.plot.style import canvas

MOST_NAMES = 150
"""With more nodes than that, names are not readable."""


@runtime_checkable
class Graph(Protocol):
    """What is drawn: a networkx graph is one."""

    @property
    def nodes(self) -> Any:
        """`nodes(data=True)` gives pairs of a name and its attributes."""
        ...

    @property
    def edges(self) -> Any:
        """`edges(data=True)` gives triples of two names and attributes."""
        ...


def compartment_graph(
    graph: Graph,
    *,
    ax: Axes | None = None,
    dims: Sequence[int] = (0, 1),
    places: Mapping[Any, Any] | None = None,
    names: bool | None = None,
    comp_color: Any = PALETTE[0],
    branchpoint_color: Any = PALETTE[4],
    synapse_color: Any = PALETTE[1],
    node_size: float = 30.0,
    font_size: float = 7.0,
    arrow_size: float = 10.0,
) -> Axes:
    """Draw a graph of compartments: dots, their joints as lines, branch points as diamonds, synapses as arrows.

    Example:
        >>> import dendrax as jx
        >>> cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
        >>> from dendrax.io.graph import to_graph
        >>> ax = jx.plot.compartment_graph(to_graph(cell))

    Args:
        graph: From `io.graph.to_graph` or `io.graph.build_compartment_graph`. Its nodes have places "x", "y", "z" [um];
            a node of the type "branchpoint" is one, and an edge of the type "synapse".
        ax: Where to draw; a new figure if None.
        dims: The two axes to show, of 0, 1, 2.
        places: Where to draw each node instead [um]. name -> (2,)
        names: Whether to write the names of the nodes; None does so where they are few.
        comp_color: Colour of compartments.
        branchpoint_color: Colour of branch points.
        synapse_color: Colour of synapses.
        node_size: Area of the nodes [pt^2].
        font_size: Size of the names [pt].
        arrow_size: Size of the heads of synapses [pt].

    Returns:
        The axes.

    Raises:
        ModelTypeError: Not a graph, or not axes.
        ModelStateError: A node has no place; names it.
        ModelValueError: Unknown dims or colours.
        ValueShapeError: A place in `places` is not two numbers.
    """
    if not isinstance(graph, Graph) or isinstance(graph.nodes, pd.DataFrame):  # a module has tables of these names
        raise ModelTypeError(
            f"compartment_graph: pass a graph, such as `io.graph.to_graph(cell)`, not {type(graph).__name__}."
        )
    seen = checked_plane(dims)
    data = list(graph.nodes(data=True))
    at = np.array([_place(name, attributes, seen, places) for name, attributes in data]).reshape(-1, 2)
    row = {name: index for index, (name, _) in enumerate(data)}
    joints, synapses = [], []
    for one, other, attributes in graph.edges(data=True):
        (synapses if attributes.get("type") == "synapse" else joints).append((row[one], row[other]))
    style: dict[str, Any] = {
        "arrowstyle": "->",
        "mutation_scale": arrow_size,
        "color": synapse_color,
        "shrinkA": 3,
        "shrinkB": 3,
    }
    is_point = np.array([attributes.get("type") == "branchpoint" for _, attributes in data], bool)
    with canvas("compartment_graph", ax) as axes:
        lines = list(at[np.array(joints, int).reshape(-1, 2)])
        axes.add_collection(LineCollection(lines, colors="0.6", linewidths=1.0))
        for pre, post in synapses:
            axes.add_patch(FancyArrowPatch(tuple(at[pre]), tuple(at[post]), zorder=1.5, **style))
        for there, color, marker in ((~is_point, comp_color, "o"), (is_point, branchpoint_color, "D")):
            axes.scatter(*at[there].T, s=node_size, color=color, marker=marker, zorder=3)
        if names or (names is None and len(data) <= MOST_NAMES):
            _add_names(axes, [str(name) for name, _ in data], at, font_size)
        space = np.zeros((len(at), 3))
        space[:, list(seen)] = at
        finish(axes, seen, space)
    return axes


def _add_names(ax: Axes, names: Sequence[str], at: np.ndarray, size: float) -> None:
    """Write each name above its node."""
    for name, place in zip(names, at, strict=True):
        above: dict[str, Any] = {"textcoords": "offset points", "xytext": (0, 4), "ha": "center"}
        ax.annotate(name, tuple(place), fontsize=size, zorder=4, **above)


def _place(
    name: Hashable, attributes: dict[str, Any], dims: tuple[int, ...], places: Mapping[Any, Any] | None
) -> list[float]:
    """Where a node is drawn."""
    if places is not None and name in places:
        given = arguments.reals(f"compartment_graph: places[{name!r}]", places[name])
        if given.shape != (2,):
            raise ValueShapeError(
                f"compartment_graph: places[{name!r}] has shape {given.shape}. Give two numbers [um]."
            )
        return given.tolist()
    place = [float(attributes.get("xyz"[dim], np.nan)) for dim in dims]
    if not np.isfinite(place).all():
        raise ModelStateError(
            f"compartment_graph: node {name!r} has no place. Give it {' and '.join('xyz'[d] for d in dims)} [um]."
        )
    return place
