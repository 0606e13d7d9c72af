# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # Ions, pumps and diffusion
#
# Concentrations are states: pumps change them by the currents that carry the ion, reversal potentials follow, and ions
# diffuse along the tree.

# %%
import matplotlib.pyplot as plt
import numpy as np

import dendrax as jx
from dendrax.channels import CaL, Leak
from dendrax.pumps import CaFaradayConcentrationChange, CaNernstReversal, CaPump

cell = jx.Cell([jx.Branch(ncomp=8)], parents=[-1])
cell.set("length", 10.0)
cell.insert(Leak())

# %% [markdown]
# ## Calcium that comes in
#
# `CaL` is a calcium channel; `CaPump` turns its current into a concentration `CaCon_i` [mM] that decays. `CaNernstReversal`
# makes the reversal potential follow the concentrations.

# %%
cell.branch(0).comp(0).insert(CaL())
cell.insert(CaPump())
cell.insert(CaNernstReversal())
cell.branch(0).comp(0).set("CaL_gCaL", 1e-3)
cell.set("v", -65.0)
cell.init_states()

# %% [markdown]
# ## Diffusion
#
# `diffuse` lets a concentration spread along the tree, with an axial diffusion constant in um^2/ms.

# %%
cell.diffuse("CaCon_i")
cell.set("axial_diffusion_CaCon_i", 0.5)
cell.branch(0).comp(0).stimulate(jx.step_current(5.0, 30.0, 0.02, 0.025, 80.0), verbose=False)
for comp in (0, 2, 4, 7):
    cell.branch(0).comp(comp).record("CaCon_i", verbose=False)
calcium = jx.integrate(cell)

fig, ax = plt.subplots(figsize=(7, 3))
for trace, comp in zip(calcium, (0, 2, 4, 7), strict=True):
    ax.plot(np.arange(trace.size) * 0.025, 1e6 * trace, label=f"{10 * comp + 5} um")
ax.set_xlabel("time [ms]")
ax.set_ylabel("calcium [nM]")
ax.legend()

# %% [markdown]
# The same solver that solves the voltage solves the diffusion, and both can be differentiated. `NernstReversal("K")` and
# `FaradayConcentrationChange` do the same for other ions: see [the pumps](../api/mechanisms.md).

# %%
CaFaradayConcentrationChange().channel_states
