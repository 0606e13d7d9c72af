# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # Indexing
#
# Every part of a model is a view of it: the same class with fewer rows. Views cost microseconds, share the tables, and
# can be taken of views.

# %%
import numpy as np

import dendrax as jx

cell = jx.Cell([jx.Branch(ncomp=3)] * 3, parents=[-1, 0, 0])
net = jx.Network([cell] * 4)

# %% [markdown]
# ## Numbers, ranges, lists, masks, slices

# %%
for view in (
    net.cell(0),
    net.cell([0, 2]),
    net.cell(range(1, 3)),
    net.cell(slice(0, 4, 2)),
    net.cell(np.array([True, False, False, True])),
    net.cell("all").branch(0),
    net[0, 1],
    net[1:3, 0, 2],
    net.cell(1).branch(2).loc(0.7),
):
    print(view)

# %% [markdown]
# ## Local and global numbers
#
# Indices count within the view: `net.cell(2).branch(0)` is the first branch of cell 2. `scope("global")` counts in the whole
# model instead. The label of a row in `nodes` is always the number of the compartment in the model.

# %%
net.cell(2).branch(0).nodes.index.tolist(), net.scope("global").branch(7).nodes.index.tolist()

# %% [markdown]
# ## Iterating

# %%
[len(branch.nodes) for one in net for branch in one][:5]

# %% [markdown]
# ## By condition
#
# `select` takes rows by their labels, so that any condition on the table makes a view:

# %%
net.set("radius", np.linspace(0.5, 2.0, len(net.nodes)))
thick = net.select(net.nodes.index[net.nodes["radius"] > 1.5])
thick.set("axial_resistivity", 100.0)
len(thick.nodes)

# %% [markdown]
# ## Synapses
#
# A type of synapse is a view of its synapses, `edge` counts in it, and `select(edges=...)` takes them by condition.

# %%
jx.fully_connect(net.cell([0, 1]), net.cell([2, 3]), jx.synapses.IonotropicSynapse())
strong = net.select(edges=[0, 3])
strong.set("IonotropicSynapse_gS", 5e-3)
net.IonotropicSynapse.edges[["pre_index", "post_index", "IonotropicSynapse_gS"]]

# %% [markdown]
# What is not there says so:

# %%
try:
    net.cell(7)
except IndexError as error:
    print(error)
