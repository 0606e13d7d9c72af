# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # Morphologies as graphs
#
# A morphology is a tree, and networkx knows trees: paths, distances, parts, cuts. What you want to ask or change
# that has no method here can be done on the graph. There are three kinds of graph, one after the other:
#
#     SWC file -- to_swc_graph --> points -- build_compartment_graph --> compartments -- from_graph --> Cell
#                                                                        compartments <-- to_graph -- Module
#
# | graph | a node is | what it has |
# |---|---|---|
# | points | a traced point | `id` (type), `x`, `y`, `z`, `r`; edges have their length `l` |
# | compartments | a compartment | `x`, `y`, `z`, `radius`, `length`, `branch_index`, `groups`, ... |
# | | or a branch point | `type` is "branchpoint" |

# %%
import matplotlib.pyplot as plt
import networkx as nx
import numpy as np

import dendrax as jx
from dendrax.channels import HH
from dendrax.io.graph import build_compartment_graph, from_graph, to_graph, to_swc_graph

# %% [markdown]
# ## Ask
#
# How many tips has the cell, how long is its longest path, how does the number of branches fall with distance
# (Sholl's analysis)?

# %%
points = to_swc_graph(jx.morphology.sample_path("pyramidal"))
print(points)
node = next(iter(points.nodes))
print(points.nodes[node])

# %%
soma = next(node for node, data in points.nodes(data=True) if data["id"] == 1)
away = nx.single_source_dijkstra_path_length(points, soma, weight="l")  # um
tips = [node for node, degree in points.degree if degree == 1]
print(f"{len(tips)} tips, the farthest {max(away.values()):.0f} um from the soma")

at = np.arange(20.0, 800.0, 20.0)
crossings = [sum((away[a] - r) * (away[b] - r) < 0 for a, b in points.edges) for r in at]
fig, ax = plt.subplots(figsize=(7, 2.5))
ax.plot(at, crossings)
ax.set_xlabel("distance from the soma along the neurites [um]")
ax.set_ylabel("branches there")
plt.show()

# %% [markdown]
# ## Change
#
# Two changes that no method has: leave out all that is farther than 300 um, and make the thin dendrites thicker.
# `build_compartment_graph` then cuts branches into compartments, and `from_graph` makes the cell. (Coordinates,
# radii and edges are yours to change; compartments get their areas from them.)

# %%
near = points.subgraph([node for node, um in away.items() if um < 300.0]).copy()
for _, data in near.nodes(data=True):
    data["r"] = max(data["r"], 0.5)
whole = from_graph(build_compartment_graph(points, ncomp=2))
small = from_graph(build_compartment_graph(near, ncomp=2))

fig, axes = plt.subplots(1, 2, figsize=(7, 4), sharey=True, layout="constrained")
for ax, cell in zip(axes, (whole, small), strict=True):
    cell.vis(ax=ax, color_by=["apical", "basal", "axon"], type="morph")
    ax.set_title(f"{len(cell.nodes)} compartments, {cell.nodes['area'].sum():.0f} um2")
plt.show()

# %% [markdown]
# ## Compartments, joined
#
# `to_graph` goes the other way, from any module. Compartments are dots, branch points have no length and no
# membrane of their own.

# %%
fork = jx.Cell(jx.Branch(ncomp=3), parents=[-1, 0, 0])
fork.insert(HH())
fork.set("v", -65.0)
fork.init_states()
current = jx.step_current(1.0, 2.0, 0.1, 0.025, 10.0)
fork.branch(0).loc(0.0).stimulate(current, verbose=False)
fork.branch(2).loc(1.0).record("v", verbose=False)
graph = to_graph(fork, channels=True)
jx.plot.compartment_graph(graph)
plt.show()
node = next(iter(graph.nodes))
keys = ("type", "radius", "length", "v", "HH_gNa")
print(node, {key: graph.nodes[node][key] for key in keys})

# %% [markdown]
# With `channels=True` it holds all that the tables have, stimuli and recordings included, and comes back as the
# same model, to the bit:

# %%
back = from_graph(graph)
print(back, bool((jx.integrate(back) == jx.integrate(fork)).all()))

# %% [markdown]
# ## By hand
#
# Only edges are needed: any tree that networkx makes or reads is a cell. Here a binary tree whose branches taper
# with depth by Rall's rule, so that a cable that divides conducts like one that does not (r^1.5 of a parent is the
# sum of its children's).

# %%
tree = nx.relabel_nodes(nx.balanced_tree(2, 6), lambda node: node + 1)
tree = nx.DiGraph([(0, 1), *nx.bfs_edges(tree, 1)])  # a stem; edges point away from it
depth = nx.single_source_shortest_path_length(tree, 0)
radius = {node: 2.0 * 2 ** (-max(d - 1, 0) / 1.5) for node, d in depth.items()}  # um
nx.set_node_attributes(tree, radius, "radius")
nx.set_node_attributes(tree, 40.0, "length")
rall = from_graph(tree)
rall.compute_xyz()
print(rall)
fig, ax = plt.subplots(figsize=(5, 4))
rall.vis(ax=ax, color_by="radius", type="morph")
plt.show()

# %% [markdown]
# ## What goes wrong, and what it says

# %%
loop = build_compartment_graph(points, ncomp=1)
ends = [node for node, degree in nx.Graph(loop).degree if degree == 1]
loop.add_edge(ends[0], ends[1])
flat = build_compartment_graph(points, ncomp=1)
flat.nodes[0]["radius"] = -1.0
for attempt in (
    lambda: from_graph(loop),
    lambda: from_graph(flat),
    lambda: build_compartment_graph(points, ncomp=0),
):
    try:
        attempt()
    except jx.errors.DendraxError as error:
        print("-", error)

# %% [markdown]
# Next: [cut and join without graphs](importing_and_editing_morphologies.py), [all functions on
# graphs](../api/morphologies.md).
