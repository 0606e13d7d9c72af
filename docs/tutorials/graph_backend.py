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
# A cell is a graph: any change that networkx can make to it can be made to a morphology.

# %%
import networkx as nx

import dendrax as jx
from dendrax.io.graph import build_compartment_graph, from_graph, to_graph, to_swc_graph

# %% [markdown]
# ## From a file to a graph of points, to a graph of compartments, to a cell

# %%
points = to_swc_graph(jx.morphology.sample_path("pyramidal"))
print(points)
compartments = build_compartment_graph(points, ncomp=1)
print(compartments)
cell = from_graph(compartments)
cell

# %% [markdown]
# ## Editing
#
# Cut all points beyond 100 um from the soma, then build the cell from what is left:

# %%
root = next(node for node, degree in points.degree if points.nodes[node]["id"] == 1)
near = nx.single_source_dijkstra_path_length(points, root, cutoff=100.0, weight="l")
small = from_graph(build_compartment_graph(points.subgraph(near).copy(), ncomp=1))
len(small.nodes), len(cell.nodes)

# %% [markdown]
# ## And back
#
# `to_graph` has everything that the tables have, channels, recordings and all; networks too.

# %%
graph = to_graph(cell)
node = next(iter(graph.nodes))
sorted(graph.nodes[node])[:8]
