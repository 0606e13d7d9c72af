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
# A group is a name for some compartments. SWC types become groups; you can add your own, on any view.

# %%
import dendrax as jx
from dendrax.channels import HH, Leak

cell = jx.morphology.sample("pyramidal")
cell.group_names

# %% [markdown]
# A group is a view like any other: insert, set, record, draw, make trainable.

# %%
cell.insert(Leak())
cell.soma.insert(HH())
cell.axon.set("Leak_gLeak", 1e-3)
cell.nodes.groupby(["soma", "axon"])["Leak_gLeak"].mean()

# %% [markdown]
# ## Groups of your own
#
# `add_to_group` on a view. Groups may overlap.

# %%
distance = jx.morphology.distance_pathwise(cell.soma.branch(0).comp(0), cell.apical)
cell.select(cell.apical.nodes.index[distance > 200.0]).add_to_group("tuft")
cell.tuft.set("Leak_gLeak", 2e-4)
len(cell.tuft.nodes), len(cell.apical.nodes)

# %% [markdown]
# ## In networks
#
# Groups of cells in a network, for populations:

# %%
net = jx.Network([jx.Cell() for _ in range(10)])
net.cell(range(8)).add_to_group("excitatory")
net.cell([8, 9]).add_to_group("inhibitory")
jx.fully_connect(net.inhibitory, net.excitatory, jx.synapses.GABAA())
net.excitatory.set("capacitance", 2.0)
net

# %% [markdown]
# One trainable value for each group:

# %%
for name in ("excitatory", "inhibitory"):
    getattr(net, name).make_trainable("axial_resistivity", verbose=False)
net.get_parameters()
