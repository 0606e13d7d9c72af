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
# Every part of a model is a **view** of it: the same kind of thing with fewer rows. Whatever works on a module works on
# a view, and a view of a view is a view. A view has no values of its own: to set something on it is to set it in the model.
# So you need not keep views; write them where you use them. They cost microseconds.

# %%
import matplotlib.pyplot as plt
import numpy as np

import dendrax as jx
from dendrax.errors import DendraxError
from dendrax.synapses import IonotropicSynapse, TanhRateSynapse

cell = jx.Cell([jx.Branch(ncomp=4)] * 5, parents=[-1, 0, 0, 1, 1])
net = jx.Network([cell] * 3)
net.arrange_in_layers(
    [1, 1, 1], within_layer_offset=0, between_layer_offset=180
)

# %% [markdown]
# ## What each expression selects
#
# Levels are `cell`, `branch` and `comp`, or `loc` for a place between the ends of a branch (0 to 1). A level that
# you leave out means all of it. Indices may be a number, list, range, slice, array, mask or "all"; brackets are the
# same, shorter.

# %%
expressions = """
net.cell(1)
net.cell([0, 2])
net.cell(slice(1, None))
net.cell(np.array([True, False, True]))
net.branch(0)
net.cell(0).branch([3, 4])
net.comp(0)
net.cell(2).branch(1).loc(1.0)
net[0, 1, 2:]
net[1:, 3:, [0, 3]]
net.scope("global").branch(7)
net.scope("global").comp(range(30, 40))
"""


def show(expressions, context):
    """What each of them selects, in colour."""
    lines = expressions.strip().split("\n")
    rows = len(lines) // 3
    fig, axes = plt.subplots(rows, 3, figsize=(11, 1.5 * rows))
    for ax, line in zip(axes.flat, lines):
        net.vis(ax=ax, type="comp", color="0.85")
        eval(line, context).vis(ax=ax, type="comp", color="C3")
        ax.set_title(line, fontsize=9, family="monospace")
        ax.set_axis_off()
    fig.tight_layout()
    plt.show()


show(expressions, globals())

# %% [markdown]
# ## Local and global numbers
#
# Numbers count **within the view**, from 0, in each parent: `net.branch(0)` is the first branch of every cell, and
# `net.cell(2).branch(0)` the first of cell 2. This is `scope("local")`, and what you start with. `scope("global")` counts
# through the whole model. The label of a row in `nodes` is always the global number of the compartment.

# %%
part = net.cell([1, 2]).branch([3, 4])
columns = ["local_cell_index", "local_branch_index", "global_branch_index"]
part.nodes[columns].iloc[::4]  # the first compartment of each branch

# %% [markdown]
# In this view branch 3 is branch 0. That is the most common surprise: an index counts again what is left.

# %%
print(part.branch(0))
print(part.scope("global").branch(8))

# %% [markdown]
# ## By condition
#
# `select` takes labels of rows, or a mask over the rows in view. So any condition on the table makes a view, and
# groups ([more](groups.py)), channels and types of synapse are views by name.

# %%
net.branch([3, 4]).add_to_group("tips")
net.set("radius", np.linspace(0.5, 2.0, len(net.nodes)))
nodes = net.nodes
expressions = """
net.select(nodes["radius"] > 1.5)
net.select((nodes["x"] > 250) & (nodes["y"] < 0))
net.select([0, 25, 50])
net.tips
net.cell(1).tips.loc(1.0)
net.tips.select(net.tips.nodes["radius"] > 1.5)
"""
show(expressions, globals())

# %% [markdown]
# ## Iterating
#
# A module is iterated one level down, and `cells`, `branches`, `comps` give views of that level. `shape` counts.

# %%
print(net.shape, net.cell(0).shape, net.cell(0).branch([1, 2]).shape)
for one in net:
    means = [branch.nodes["radius"].mean() for branch in one]
    print("mean radii", np.round(means, 2))

# %% [markdown]
# For thousands of parts do not loop: `set` takes one value for each compartment in view, and pandas groups.

# %%
length = 10.0 + 2.0 * net.nodes["local_branch_index"]
net.set("length", length)
net.nodes.groupby("global_cell_index")["length"].sum().to_dict()

# %% [markdown]
# ## Synapses
#
# They have a table of their own, `edges`. A type of synapse is a view of all of that type, `edge` counts in what is in
# view, and `select(edges=...)` takes labels or a mask.

# %%
jx.fully_connect(net.cell([0, 1]), net.cell([1, 2]), IonotropicSynapse())
jx.fully_connect(net.cell(2), net.cell([0, 1]), TanhRateSynapse())
net.copy_node_property_to_edges("global_cell_index")  # to query by cell
edges = net.edges
edges[["type", "pre_global_cell_index", "post_global_cell_index"]]

# %%
to_cell_1 = edges["post_global_cell_index"] == 1
views = {
    "net.IonotropicSynapse": net.IonotropicSynapse,
    "net.IonotropicSynapse.edge([0, 1])": net.IonotropicSynapse.edge([0, 1]),
    "net.select(edges=to_cell_1)": net.select(edges=to_cell_1),
}
net.cell(1).move(y=100.0)  # so that lines do not lie on each other
fig, axes = plt.subplots(1, 3, figsize=(11, 2.5), layout="constrained")
for ax, (title, view) in zip(axes, views.items()):
    net.vis(ax=ax, color="0.85", synapse_color="none")
    view.vis(ax=ax, color="none", detail="full", synapse_color="C3")
    ax.set_title(title, fontsize=9, family="monospace")
    ax.set_axis_off()
plt.show()

# %% [markdown]
# A view of compartments holds the synapses that have **both** ends in it, so that `net.cell(1)` has one here:
# that of the cell onto itself, and `set` of a synaptic parameter on it sets that one.

# %%
net.cell(1).set("IonotropicSynapse_gS", 5e-3)
net.IonotropicSynapse.edges["IonotropicSynapse_gS"].tolist()

# %% [markdown]
# ## What is not there says so
#
# Indices count from 0 and never from the end: write `branch(slice(-1, None))` for the last one, or `loc(1.0)` for the end
# of a branch.

# %%
attempts = (
    lambda: net.cell(7),
    lambda: net.cell(-1),
    lambda: net.cell([True, False]),
    lambda: net.cell(0).branch(0).loc(1.5),
    lambda: cell.cell(0),
    lambda: net.edge(6),
    lambda: net[0, 0, 0, 0],
)
for attempt in attempts:
    try:
        attempt()
    except DendraxError as error:
        print("-", error)

# %% [markdown]
# ## Next
#
# - [Setting parameters](setting_parameters.py) on views, and [sharing trainable ones](parameter_sharing.py).
# - [A small network](small_network.py) with more synapses.
# - [All methods of modules and views](../api/modules.md).
