# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # From NEURON
#
# What NEURON calls it, and what it is here. Units are the same: mV, ms, nA, um, S/cm2, uF/cm2, ohm cm.
#
# | NEURON | Dendrax |
# |---|---|
# | `soma = h.Section()` | `jx.Branch(ncomp=1)`; cells are `jx.Cell([...], parents=[...])` |
# | `soma.L`, `soma.diam` | `set("length", ...)`, `set("radius", diam / 2)` |
# | `soma.nseg` | `ncomp`, `set_ncomp` (a branch at a time, or `d_lambda=0.1` for the rule) |
# | `dend.connect(soma(1))` | `parents=`, or `jx.morphology.morph_connect` |
# | `Import3d_SWC_read` | `jx.read_swc(file, ncomp=1)` |
# | `soma.insert("hh")` | `branch.insert(HH())` |
# | `soma(0.5).hh.gnabar` | `branch.loc(0.5).set("HH_gNa", ...)` |
# | `soma.cm`, `soma.Ra` | `set("capacitance", ...)`, `set("axial_resistivity", ...)` |
# | `h.IClamp` | `stimulate(jx.step_current(...))` |
# | `h.SEClamp` | `clamp("v", ...)` |
# | `h.Vector().record(seg._ref_v)` | `record("v")` |
# | `h.ExpSyn`, `h.Exp2Syn` with `NetCon` | `ExpSynapse`, `DoubleExpSynapse` with `jx.connect` |
# | `h.finitialize(-65)` | `set("v", -65)`, `init_states()` |
# | `h.continuerun(50)` | `jx.integrate(cell, t_max=50)` |
# | `h.secondorder = 0 / 2` | `solver="bwd_euler"` / `"crank_nicolson"` |
# | `h.celsius` | `set("temperature", ...)` |
# | a MOD file | [a class in Python](own_channels_and_synapses.py) |

# %%
import numpy as np

import dendrax as jx

# %% [markdown]
# ## Ball and stick
#
# In NEURON:
#
#     soma, dend = h.Section(), h.Section()
#     dend.connect(soma(1))
#     soma.L = soma.diam = 20; dend.L, dend.diam, dend.nseg = 200, 2, 5
#     for sec in h.allsec(): sec.Ra, sec.cm = 100, 1
#     soma.insert("hh"); dend.insert("pas"); dend(0.5).pas.g = 1e-4
#     stim = h.IClamp(soma(0.5)); stim.delay, stim.dur, stim.amp = 5, 20, 0.3
#
# Here:
# %%
from dendrax.channels import HH, Leak

soma, dendrite = jx.Branch(ncomp=1), jx.Branch(ncomp=5)
cell = jx.Cell([soma, dendrite], parents=[-1, 0])
cell.branch(0).set("length", 20.0)
cell.branch(0).set("radius", 10.0)
cell.branch(1).set("length", 200.0 / 5)  # of each compartment
cell.branch(1).set("radius", 1.0)
cell.set("axial_resistivity", 100.0)
cell.set("capacitance", 1.0)
cell.branch(0).insert(HH())
cell.branch(1).insert(Leak())
cell.branch(1).set("Leak_gLeak", 1e-4)
cell.branch(1).set("Leak_eLeak", -70.0)
cell.set("v", -65.0)
cell.init_states()
cell.branch(0).loc(0.5).stimulate(jx.step_current(5.0, 20.0, 0.3, 0.025, 40.0), verbose=False)
cell.branch(0).loc(0.5).record("v", verbose=False)
v = jx.integrate(cell)
print(f"{int(np.sum((v[0, 1:] > 0) & (v[0, :-1] <= 0)))} spikes")

# %% [markdown]
# ## What is different
#
# - `length` is that of a compartment, not of a section.
# - NEURON reads rates of `hh` from a table unless `usetable_hh = 0`; here they are computed. With tables off both agree to
#   some 1e-6 mV, see [validation](../validation.md).
# - A synapse acts from the presynaptic voltage on; there is no event queue.
# - Nothing is global: no temperature, time or step is shared between models.
