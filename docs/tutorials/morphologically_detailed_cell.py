# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # A cell with its real shape
#
# From a traced morphology to a voltage trace: read, look, insert channels, stimulate, record, simulate.

# %%
import matplotlib.pyplot as plt
import numpy as np

import dendrax as jx
from dendrax.channels import HH, Leak

# %% [markdown]
# ## Read it
#
# `read_swc` takes the file of a reconstruction. `ncomp=1` makes one compartment of every unbranched section, and
# `max_branch_len` cuts sections longer than that many micrometres. Defective files are refused with the line of each
# defect; `repair=True` mends what can be mended. Here we take a cell that comes with the package.

# %%
cell = jx.read_swc(jx.morphology.sample_path("pyramidal"), ncomp=1, max_branch_len=100.0)
cell

# %% [markdown]
# The types of the SWC file have become groups, and each group is a view of the cell:

# %%
{name: len(getattr(cell, name).nodes) for name in cell.group_names}  # compartments of each

# %%
fig, ax = plt.subplots(figsize=(4, 6))
cell.vis(ax=ax, color="0.6")
cell.soma.vis(ax=ax, color="tab:red", type="scatter")
cell.apical.vis(ax=ax, color="tab:blue")
ax.set_title("apical dendrite in blue")

# %% [markdown]
# ## Channels and parameters
#
# `insert` puts a channel on whatever is in view, `set` sets a parameter there. Units are those of NEURON: mV, ms, nA, um,
# S/cm2, uF/cm2, ohm cm.

# %%
cell.insert(Leak())
cell.soma.insert(HH())
cell.apical.insert(HH())
cell.set("axial_resistivity", 150.0)
cell.set("Leak_gLeak", 1e-4)
cell.set("Leak_eLeak", -65.0)
cell.apical.set("HH_gNa", 0.06)

# %% [markdown]
# Parameters may follow the distance from the soma. Tables are pandas, one row per compartment:

# %%
distance = jx.morphology.distance_pathwise(cell.soma.branch(0).comp(0), cell.apical)
cell.apical.nodes[["length", "radius", "HH_gNa"]].assign(distance=np.ravel(distance)).head()

# %% [markdown]
# ## Stimulate, record, simulate
#
# `branch(0).comp(0)` counts; `loc(0.5)` is a place between the ends of a branch. `init_states` puts every gate to its
# steady state at the present voltage.

# %%
cell.set("v", -65.0)
cell.init_states()
delta_t, t_max = 0.025, 60.0
soma = cell.soma.branch(0).comp(0)
tip = cell.apical.branch(cell.apical.shape[0] - 1).loc(1.0)  # of its last branch
soma.stimulate(jx.step_current(i_delay=10.0, i_dur=40.0, i_amp=1.0, delta_t=delta_t, t_max=t_max), verbose=False)
soma.record("v", verbose=False)
tip.record("v", verbose=False)
v = jx.integrate(cell, delta_t=delta_t)
v.shape

# %%
time = np.arange(v.shape[1]) * delta_t
fig, ax = plt.subplots(figsize=(7, 3))
ax.plot(time, v[0], label="soma")
ax.plot(time, v[1], label="tip of the apical dendrite")
ax.set_xlabel("time [ms]")
ax.set_ylabel("voltage [mV]")
ax.legend()

# %% [markdown]
# ## Is that fine enough?
#
# A compartment should be short against the length constant. `d_lambda` chooses the number of compartments for
# every branch by that rule, on the cell that we have, with its channels and values:

# %%
fine = jx.read_swc(jx.morphology.sample_path("pyramidal"), ncomp=1)
fine.set("axial_resistivity", 150.0)
fine.set_ncomp(d_lambda=0.1)
len(fine.nodes), len(cell.nodes)
