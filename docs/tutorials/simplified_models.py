# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # Simplified models: integrate-and-fire, Izhikevich, rate
#
# Point neurons are compartments with another channel; they can stand in one network with detailed cells.

# %%
import matplotlib.pyplot as plt
import numpy as np

import dendrax as jx
from dendrax.channels import Fire, Izhikevich, Leak, Rate
from dendrax.synapses import TanhConductanceSynapse

# %% [markdown]
# ## Leaky integrate and fire
#
# `Fire` resets the voltage at a threshold; its gradient is a surrogate, so that such networks can be trained.

# %%
lif = jx.Cell()
lif.insert(Leak())
lif.insert(Fire(surrogate="superspike"))
lif.set("Leak_gLeak", 5e-4)
lif.set("Leak_eLeak", -65.0)
lif.set("Fire_vth", -50.0)
lif.set("Fire_vreset", -65.0)
lif.stimulate(jx.step_current(10.0, 80.0, 0.03, 0.1, 100.0), verbose=False)
lif.record("v", verbose=False)

# %% [markdown]
# ## Izhikevich

# %%
izhikevich = jx.Cell()
izhikevich.insert(Izhikevich(surrogate="superspike"))
izhikevich.set("v", -65.0)
izhikevich.stimulate(jx.step_current(10.0, 80.0, 0.0314, 0.1, 100.0), verbose=False)
izhikevich.record("v", verbose=False)

fig, axes = plt.subplots(2, 1, sharex=True, figsize=(7, 4))
for ax, model, name in zip(axes, (lif, izhikevich), ("integrate and fire", "Izhikevich"), strict=True):
    v = jx.integrate(model, delta_t=0.1)
    ax.plot(np.arange(v.shape[1]) * 0.1, v[0])
    ax.set_ylabel(f"{name} [mV]")
axes[1].set_xlabel("time [ms]")

# %% [markdown]
# ## Rates
#
# With `Rate` the voltage of a compartment is a rate; synapses pass a function of it. This is a small recurrent network:

# %%
net = jx.Network([jx.Cell() for _ in range(8)])
net.insert(Rate())
jx.connectivity_matrix_connect(
    net.cell("all"), net.cell("all"), TanhConductanceSynapse(), np.random.default_rng(0).random((8, 8)) < 0.4
)
net.set("v", np.linspace(-1.0, 1.0, 8))
net.record("v", verbose=False)
rates = jx.integrate(net, t_max=50.0, delta_t=0.1)
plt.figure(figsize=(7, 2.5))
plt.imshow(rates, aspect="auto", extent=(0, 50, 8, 0))
plt.xlabel("time [ms]")
plt.ylabel("unit")
plt.colorbar(label="rate")
