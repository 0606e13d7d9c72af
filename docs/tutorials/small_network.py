# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # A small network
#
# Cells in layers, wired with conductance synapses, simulated, drawn, and differentiated by a synaptic weight.

# %%
import jax
import numpy as np

import dendrax as jx
from dendrax.channels import HH
from dendrax.connect import connect, fully_connect, sparse_connect
from dendrax.synapses import IonotropicSynapse, TanhRateSynapse

# %% [markdown]
# ## Cells
#
# The same cell may stand in a network many times: the network copies its tables. Building compiles nothing.

# %%
cell = jx.Cell([jx.Branch(jx.Compartment(), ncomp=2)] * 3, parents=[-1, 0, 0])
net = jx.Network([cell] * 11)
net.insert(HH())
net

# %% [markdown]
# ## Wiring
#
# `connect` joins one place with another, or one with many; `fully_connect` and `sparse_connect` join populations. Views
# of the network say who: here cells 0 to 4 drive 5 to 9, and these drive cell 10.

# %%
fully_connect(net.cell(range(5)), net.cell(range(5, 10)), IonotropicSynapse())
sparse_connect(net.cell(range(5, 10)), net.cell(range(5, 10)), TanhRateSynapse(), p=0.3, seed=1)
for pre in range(5, 10):
    connect(net.cell(pre).branch(0).loc(0.0), net.cell(10).branch(1).loc(0.5), IonotropicSynapse())
net.edges[["pre_index", "post_index", "type"]].tail()

# %% [markdown]
# Each type of synapse is a view of its own, and so is each synapse. Parameters carry the name of the synapse.

# %%
net.IonotropicSynapse.set("IonotropicSynapse_gS", 1e-3)
net.IonotropicSynapse.edge([0, 1]).set("IonotropicSynapse_gS", 3e-3)
net.IonotropicSynapse.edges["IonotropicSynapse_gS"].head(3)

# %% [markdown]
# ## Where everybody is
#
# `arrange_in_layers` puts cells in layers; `vis` draws cells and synapses.

# %%
net.compute_xyz()
net.arrange_in_layers([5, 5, 1], within_layer_offset=500, between_layer_offset=300)
net.vis()

# %% [markdown]
# ## Simulation

# %%
delta_t, t_max = 0.025, 40.0
for i in range(5):
    pulse = jx.step_current(i_delay=2.0 + 3.0 * i, i_dur=2.0, i_amp=0.5, delta_t=delta_t, t_max=t_max)
    net.cell(i).branch(0).loc(0.0).stimulate(pulse, verbose=False)
for i in range(11):
    net.cell(i).branch(0).loc(0.0).record("v", verbose=False)
net.set("v", -65.0)
net.init_states()
v = jx.integrate(net, delta_t=delta_t)
jx.plot.raster(*jx.features.spike_times(v, delta_t))

# %% [markdown]
# ## A gradient
#
# How the mean voltage of the last cell depends on the conductance of each of its five inputs, in one backward pass:

# %%
inputs = net.IonotropicSynapse.edge(range(25, 30))
inputs.edge("all").make_trainable("IonotropicSynapse_gS", verbose=False)


def mean_voltage(params):
    return jx.integrate(net, params=params, delta_t=delta_t)[10].mean()


value, gradient = jax.jit(jax.value_and_grad(mean_voltage))(net.get_parameters())
np.asarray(gradient[0]["IonotropicSynapse_gS"])
