# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # Groups
#
# A group is a name for some compartments: NEURON has a `SectionList`. It is a column of true and false in the
# table of the model, so it is saved with it, goes with the cell into a network, and can be drawn and queried. Give a
# name to whatever you mean more than once.

# %%
import matplotlib.pyplot as plt

import dendrax as jx
from dendrax.channels import HH, Leak
from dendrax.errors import DendraxError

cell = jx.morphology.sample("pyramidal")
cell.group_names  # from the types of the SWC file

# %% [markdown]
# A group is a view like any other: insert, set, record, draw, make trainable. What is done to it is done to its
# compartments, now. A compartment that joins later does not inherit it.

# %%
cell.insert(Leak())
cell.soma.insert(HH())
cell.axon.set("Leak_gLeak", 1e-3)
cell.apical.set("Leak_gLeak", 2e-4)
for name in cell.group_names:
    group = getattr(cell, name)
    names = [channel.name for channel in group.channels]
    print(f"{name:7} {group.nodes['Leak_gLeak'].mean():.0e} S/cm2, {names}")

# %% [markdown]
# ## Groups of your own
#
# `add_to_group` on any view. Here what is more than 500 um from the soma along the apical dendrite, and the rest of it. Groups may overlap, and
# a second call of the same name adds to the group.

# %%
soma = cell.soma.branch(0).comp(0)
distance = jx.morphology.distance_pathwise(soma, cell.apical)
far = distance > 500.0
cell.apical.select(far).add_to_group("tuft")
cell.apical.select(~far).add_to_group("trunk")
cell.basal.add_to_group("perisomatic")
cell.soma.add_to_group("perisomatic")

fig, axes = plt.subplots(1, 2, figsize=(9, 4.5), layout="constrained")
cell.vis(ax=axes[0], color_by=["axon", "basal", "trunk", "tuft", "soma"])
cell.vis(ax=axes[1], color="0.8")
cell.perisomatic.vis(ax=axes[1], color="C3", type="morph")
axes[1].set_title("perisomatic")
plt.show()

# %% [markdown]
# As columns they can be combined by the operators of pandas:

# %%
nodes = cell.nodes
table = nodes.groupby(["apical", "tuft"])[["length", "area"]].sum().round()
both = cell.select(nodes["perisomatic"] & (nodes["radius"] > 1.0))
print(f"{len(both.nodes)} of {len(cell.perisomatic.nodes)} are thick")
table

# %% [markdown]
# Chaining narrows down: a group of a group are the compartments in both, and indices count within it.

# %%
print(cell.apical.tuft)
print(cell.tuft.branch(0))

# %% [markdown]
# ## What goes wrong
#
# A misspelt name, an intersection with nothing in it, a name that means something already:

# %%
attempts = (
    lambda: cell.tufts,
    lambda: cell.axon.tuft,
    lambda: cell.soma.add_to_group("HH"),
    lambda: cell.soma.add_to_group("radius"),
)
for attempt in attempts:
    try:
        attempt()
    except DendraxError as error:
        print("-", error)

# %% [markdown]
# ## In networks: populations
#
# Groups of the cells are groups of the network: `net.soma` are all somata. Groups of whole cells are populations, and
# both go together: `net.inhibitory.soma`.

# %%
interneuron = jx.morphology.sample("interneuron")
net = jx.Network([interneuron] * 6)
net.cell(range(4)).add_to_group("excitatory")
net.cell([4, 5]).add_to_group("inhibitory")
net.insert(HH())
net.arrange_in_layers([4, 2], within_layer_offset=400, between_layer_offset=800)
jx.fully_connect(net.inhibitory.soma, net.excitatory.soma, jx.synapses.GABAA())
net.excitatory.basal.set("capacitance", 2.0)
print(net.inhibitory.soma)

fig, ax = plt.subplots(figsize=(7, 5), layout="constrained")
net.vis(ax=ax, color_by=["excitatory", "inhibitory"], synapse_color="0.6")
plt.show()

# %% [markdown]
# `cell(0)` of a group is its first cell, whatever number that has in the network:

# %%
print(net.inhibitory.cell(0))
print(net.inhibitory.scope("global").cell(4))

# %% [markdown]
# ## One trainable value for each population
#
# A group shares one value. For one in each of its cells, index: `net.excitatory.cell("all")`.

# %%
net.excitatory.make_trainable("HH_gNa")
net.inhibitory.make_trainable("HH_gNa")
net.excitatory.cell("all").make_trainable("HH_gK")
for one in net.get_parameters():
    print({name: values.shape for name, values in one.items()})

# %% [markdown]
# ## Next
#
# - [All the ways to say which part](advanced_indexing.py), and [who shares a parameter](parameter_sharing.py).
# - [A small network](small_network.py) of populations, with spikes.
# - [Colours by group and other pictures](../pictures.md), and the methods of a view in [the API](../api/modules.md).
