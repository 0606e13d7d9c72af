"""SWC files as graphs of points, and such graphs as graphs of compartments."""

import os
from collections.abc import Sequence

import networkx as nx
import numpy as np

from dendrax import arguments
from dendrax.errors import MorphologyError
from dendrax.io.graph.attributes import GEOMETRY
from dendrax.io.graph.walk import CENTER, check_graph
from dendrax.modules.structure import Meets, Structure
from dendrax.trees.chains import divide_chain
from dendrax.trees.compartments import CompartmentTree
from dendrax.trees.discretize import discretize
from dendrax.trees.points import TracedPoints
from dendrax.trees.swc import read_points
from dendrax.trees.swc_defects import LARGEST_TYPE, good_place, good_radius
from dendrax.trees.tracing import SHORTEST_SEGMENT


def to_swc_graph(fname: str | os.PathLike[str], num_lines: int | None = None, *, repair: bool = False) -> nx.DiGraph:
    """Read an SWC file as a graph of its points, to be edited before it is cut into compartments.

    Args:
        fname: Path of the file.
        num_lines: Keep only the points in the first lines of the file.
        repair: As for `read_swc`.

    Returns:
        A node per point, named by its id, with `id` (the type), `x`, `y`, `z`, `r` [um] and `p` (the parent, -1 for
        the root); an edge from every parent to its child with the distance `l` [um].

    Raises:
        SwcError: The file is missing or is not one neuron.

    Example:
        >>> from dendrax.morphology import sample_path
        >>> to_swc_graph(sample_path("interneuron")).nodes[1]["r"]
        6.5
    """
    if num_lines is not None:
        arguments.whole("to_swc_graph: num_lines", num_lines)
    points = read_points(fname, repair=repair)
    graph = nx.DiGraph()
    kept = points.line <= (np.inf if num_lines is None else num_lines)
    parent_id = np.where(points.parent >= 0, points.id[points.parent], -1)
    for row in np.flatnonzero(kept).tolist():
        x, y, z, r = points.xyzr[row].tolist()
        graph.add_node(int(points.id[row]), id=int(points.type[row]), x=x, y=y, z=z, r=r, p=int(parent_id[row]))
    for row in np.flatnonzero(kept & (points.parent >= 0)).tolist():
        above = int(points.parent[row])
        if kept[above]:
            distance = float(np.sqrt(((points.xyzr[row, :3] - points.xyzr[above, :3]) ** 2).sum()))
            graph.add_edge(int(points.id[above]), int(points.id[row]), l=max(distance, SHORTEST_SEGMENT))
    return graph


def points_of_graph(graph: nx.Graph) -> TracedPoints:
    """Turn a graph of points, possibly edited, back into points; its edges give the parents."""
    if graph.number_of_nodes() == 0:
        raise MorphologyError("The SWC graph has no nodes; read one with `to_swc_graph(fname)`.")
    if not graph.is_directed() or not nx.is_arborescence(graph):
        raise MorphologyError(
            "The SWC graph is not one tree: every point but one needs exactly one edge from its parent, and all must "
            "be connected. Keep one part, e.g. `graph.subgraph(nodes).copy()`."
        )
    if not all(isinstance(name, (int, np.integer)) for name in graph):
        raise MorphologyError("The nodes of an SWC graph are named by whole numbers, the ids of its points.")
    names = sorted(graph.nodes)
    row_of_name = {name: row for row, name in enumerate(names)}
    parent = np.full(len(names), -1)
    for above, name in graph.edges:
        parent[row_of_name[name]] = row_of_name[above]
    try:
        xyzr = np.array([[graph.nodes[name][key] for key in "xyzr"] for name in names], dtype=float)
        kind = np.array([graph.nodes[name]["id"] for name in names], dtype=float)
    except KeyError as error:
        raise MorphologyError(f"A node of the SWC graph has no {error}; every node needs id, x, y, z and r.") from error
    except (TypeError, ValueError, OverflowError) as error:
        raise MorphologyError(f"A node of the SWC graph has something that is no number: {error}.") from None
    if not good_place(xyzr[:, :3]).all() or not good_radius(xyzr[:, 3]).all():
        row = int((~good_place(xyzr[:, :3]) | ~good_radius(xyzr[:, 3])).argmax())
        raise MorphologyError(f"Node {names[row]} of the SWC graph is at {xyzr[row]}; give it a place and a radius.")
    if not (np.abs(kind) < LARGEST_TYPE).all() or (kind != np.floor(kind)).any():
        raise MorphologyError("The id of a node of an SWC graph is its type, a whole number such as 1 for the soma.")
    kind = kind.astype(int)
    return TracedPoints(np.array(names), kind, xyzr, parent, np.array(names), "SWC graph")


def build_compartment_graph(
    swc_graph: nx.Graph,
    ncomp: int,
    root: int | None = None,
    min_radius: float | None = None,
    max_len: float | None = None,
    ignore_swc_tracing_interruptions: bool = True,
    relevant_type_ids: Sequence[int] | None = None,
) -> nx.DiGraph:
    """Cut a graph of points into compartments.

    Args:
        swc_graph: From `to_swc_graph`.
        ncomp: Number of compartments per branch.
        root: Tip to count branches from, by default that of lowest id; a soma of a single point always comes first.
        min_radius: Smallest radius of a compartment [um].
        max_len: Longer branches are divided at a traced point [um].
        ignore_swc_tracing_interruptions: If False, a branch also ends where the ids of neighbours do not follow.
        relevant_type_ids: Types that end a branch, default (1, 2, 3, 4).

    Returns:
        A node per compartment (`type="comp"`, `x`, `y`, `z`, `branch_index`, `comp_index`, `cell_index`, `xyzr`,
        `groups` and the geometry) and per branchpoint (`type="branchpoint"`), with edges away from the root.

    Raises:
        MorphologyError: The graph is not one tree, or a setting is out of range.

    Example:
        >>> from dendrax.morphology import sample_path
        >>> graph = build_compartment_graph(to_swc_graph(sample_path("interneuron")), ncomp=1)
        >>> graph.nodes[0]["groups"]
        ['soma']
    """
    check_graph(swc_graph, "build_compartment_graph")
    points = points_of_graph(swc_graph)
    if root is not None and root not in swc_graph:
        raise MorphologyError(f"root={root!r} is no node of the SWC graph; pass the id of a point or None.")
    tree = discretize(
        points,
        ncomp,
        max_branch_len=max_len,
        min_radius=min_radius,
        ignore_tracing_interruptions=ignore_swc_tracing_interruptions,
        relevant_type_ids=relevant_type_ids,
        root=None if root is None else int(np.searchsorted(points.id, root)),
    )
    return graph_of_tree(tree)


def graph_of_tree(tree: CompartmentTree) -> nx.DiGraph:
    """A tree of compartments as a graph of compartments and branchpoints."""
    graph = nx.DiGraph()
    branch_of_comp = np.repeat(np.arange(len(tree.ncomp_of_branch)), tree.ncomp_of_branch)
    xyzr = [
        piece
        for chain, ncomp in zip(tree.xyzr, tree.ncomp_of_branch, strict=True)
        for piece in divide_chain(chain, int(ncomp))
    ]
    for comp in range(len(tree.length)):
        place = dict(zip("xyz", tree.xyz[comp].tolist(), strict=True))
        shape = {name: float(getattr(tree, name)[comp]) for name in GEOMETRY}
        groups = [name for name, members in tree.groups.items() if members[comp]]
        index = {"branch_index": int(branch_of_comp[comp]), "comp_index": comp, "cell_index": 0}
        graph.add_node(comp, **place, **index, type="comp", xyzr=xyzr[comp], groups=groups, **shape)
    add_branch_edges(graph, tree.parent_of_branch, tree.ncomp_of_branch, tree.joint_of_branch, tree.xyzr)
    for name in list(graph.nodes)[len(tree.length) :]:
        above = next(iter(graph.predecessors(name)))
        more = {"groups": list(graph.nodes[above]["groups"]), "radius": graph.nodes[above]["radius"]}
        graph.nodes[name].update(**more, p=above, length=0.0, cell_index=0)
    return graph


def add_branch_edges(
    graph: nx.DiGraph,
    parent_of_branch: np.ndarray,
    ncomp_of_branch: np.ndarray,
    joint_of_branch: np.ndarray | None,
    xyzr: Sequence[np.ndarray],
) -> None:
    """Join compartments 0, 1, ... along branches and through a new branchpoint at every end where branches begin.

    An edge to a branch that begins at the centre of a compartment comes from that and says `joint="center"`.
    """
    n_branch = len(ncomp_of_branch)
    joints = np.ones(n_branch) if joint_of_branch is None else joint_of_branch
    structure = Structure(np.zeros(n_branch, int), np.asarray(parent_of_branch), np.asarray(ncomp_of_branch), joints)
    first, branch_of_comp = structure.first_comp_of_branch, structure.branch_of_comp
    for branch in range(n_branch):
        graph.add_edges_from((comp, comp + 1) for comp in range(int(first[branch]), int(first[branch + 1]) - 1))
    host, at = structure.hosts()
    children = np.flatnonzero(host >= 0)
    ends: dict[tuple[int, int], list[int]] = {}
    for child in children.tolist():
        if at[child] == Meets.CENTER:
            graph.add_edge(int(host[child]), int(first[child]), joint=CENTER)
        else:
            ends.setdefault((int(host[child]), int(at[child] == Meets.END)), []).append(int(first[child]))
    for rank, (comp, end) in enumerate(sorted(ends)):
        name = structure.n_comp + rank
        place = xyzr[branch_of_comp[comp]][-end, :3].tolist()  # 0 is the first of the points, -1 the last
        graph.add_node(name, type="branchpoint", **dict(zip("xyz", place, strict=True)))
        graph.add_edge(comp, name)
        graph.add_edges_from((name, below) for below in ends[comp, end])
