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
# In most models the concentration of an ion is a constant. Calcium is the exception: a spike changes it tenfold, it
# lingers, it spreads a few micrometres, and channels and plasticity depend on it. Here a concentration is a state
# like the voltage, and three things act on it:
#
# - **currents** that carry the ion, and **pumps** that remove it: `CaPump`, `FaradayConcentrationChange`, your own;
# - **diffusion** along the tree: `cell.diffuse("CaCon_i")`;
# - back on the membrane, the **reversal potential** that follows: `NernstReversal`, or a GHK current.
#
# Units: concentrations [mM], diffusion constants [um2/ms], currents [mA/cm2].

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import dendrax as jx
from dendrax.channels import CaL, Leak
from dendrax.pumps import CaPump, FaradayConcentrationChange, NernstReversal

jax.config.update("jax_enable_x64", True)  # noqa: FBT003

# %% [markdown]
# ## Diffusion alone: a drop in a tube
#
# Put calcium into the middle of a dendrite of 100 um and let it spread. What must come out is known since Fick:
# after a time t the profile is a Gaussian of variance 2 D t, and nothing is lost. Free calcium has D = 0.22 um2/ms.

# %%
tube = jx.Cell(jx.Branch(ncomp=101), parents=[-1])
tube.set("length", 1.0)  # of each compartment
tube.set("radius", 0.5)
tube.insert(NernstReversal("Ca"))  # brings the state CaCon_i
tube.diffuse("CaCon_i")
tube.set("axial_diffusion_CaCon_i", 0.22)
tube.set("CaCon_i", 0.0001)
tube.branch(0).comp(50).set("CaCon_i", 0.0501)
tube.branch(0).comp("all").record("CaCon_i", verbose=False)
drop = np.asarray(jx.integrate(tube, t_max=100.0)) - 0.0001  # (place, time) [mM]

# %%
place = np.arange(101) - 50.0
fig, ax = plt.subplots(figsize=(7, 3))
for t, color in ((10, "C0"), (30, "C1"), (100, "C2")):
    gauss = 0.05 * np.exp(-(place**2) / (4 * 0.22 * t)) / np.sqrt(4 * np.pi * 0.22 * t)
    ax.plot(place, 1e3 * gauss, "0.6", linewidth=4)
    ax.plot(place, 1e3 * drop[:, t * 40], color, label=f"{t} ms")
    variance = (place**2 * drop[:, t * 40]).sum() / drop[:, t * 40].sum()
    print(f"{t:3d} ms: variance {variance:6.3f} um2, 2 D t {2 * 0.22 * t:6.3f}; ", end="")
    print(f"amount changed by {drop[:, t * 40].sum() / 0.05 - 1:.0e}")
ax.set_xlabel("distance from the drop [um]")
ax.set_ylabel("calcium [uM]")
ax.set_xlim(-30, 30)
ax.legend(title="grey: closed form")
plt.show()

# %% [markdown]
# Concentrations are solved on the tree by the solver of the voltage: implicit, stable at any step, through branch
# points.
#
# ## Calcium in a dendrite
#
# Now with a membrane. Calcium channels `CaL` in a spot of 5 um; everywhere `CaPump`, a shell of 0.1 um beneath the
# membrane that currents fill and that empties to rest within 80 ms (Destexhe et al. 1994); and the Nernst potential
# at 36 celsius. Three pulses of current depolarise the dendrite.

# %%
dendrite = jx.Cell(jx.Branch(ncomp=61), parents=[-1])
dendrite.set("length", 1.0)
dendrite.set("radius", 0.5)
dendrite.set("axial_resistivity", 100.0)
dendrite.set("temperature", 36.0)
spot = dendrite.branch(0).comp(range(28, 33))
dendrite.insert(Leak())
spot.insert(CaL())
spot.set("CaL_gCaL", 5e-4)
dendrite.insert(CaPump())
dendrite.insert(NernstReversal("Ca"))
dendrite.diffuse("CaCon_i")
dendrite.set("axial_diffusion_CaCon_i", 0.22)
dendrite.set("v", -70.0)
dendrite.init_states()

pulses = sum(jx.step_current(t, 10.0, 0.02, 0.025, 200.0) for t in (10.0, 40.0, 70.0))
dendrite.branch(0).comp(0).stimulate(pulses, verbose=False)
dendrite.branch(0).comp("all").record("CaCon_i", verbose=False)
dendrite.branch(0).comp(30).record("v", verbose=False)
dendrite.branch(0).comp(30).record("eCa", verbose=False)
recorded = np.asarray(jx.integrate(dendrite))
calcium, v, reversal = recorded[:61], recorded[61], recorded[62]

# %%
time = np.arange(recorded.shape[1]) * 0.025
fig, axes = plt.subplots(3, 1, figsize=(7, 7), sharex=True, layout="constrained")
axes[0].plot(time, v, label="voltage")
axes[0].plot(time, reversal, label="reversal potential of calcium")
axes[0].set_ylabel("[mV]")
axes[0].legend()
away = np.arange(61) - 30
shown = axes[1].pcolormesh(time[::20], away, 1e3 * calcium[:, ::20], cmap="magma")
axes[1].set_ylabel("distance [um]")
fig.colorbar(shown, ax=axes[1], label="calcium [uM]")
for um in (0, 4, 8, 12):
    axes[2].plot(time, 1e3 * calcium[30 + um], label=f"{um} um")
axes[2].set_ylabel("calcium [uM]")
axes[2].set_xlabel("time [ms]")
axes[2].legend()
plt.show()

# %% [markdown]
# The voltage is nearly the same all along, calcium is not: it reaches sqrt(D tau) = 4 um before the pump has it,
# and arrives later and flatter the farther one looks. And since there is more calcium inside, its reversal
# potential falls by

# %%
rest, lowest = reversal[0], reversal.min()
print(f"{rest - lowest:.0f} mV, from {rest:.0f} to {lowest:.0f} mV")

# %% [markdown]
# `NernstReversal("Ca")` drives the parameter eCa of every channel in its compartments. (`CaNernstReversal`, as in
# Jaxley, drives only channels that have eCa as a state; with it `CaL` would stay at its 120 mV.) Where
# concentrations differ 10,000-fold the Goldman-Hodgkin-Katz current is the better description; `CaTGHK` reads both
# concentrations.
#
# ## Every ion is counted
#
# `CaPump` is a phenomenological shell. `FaradayConcentrationChange` does the bookkeeping: charge through the
# membrane, divided by z F, is the amount that came in.

# %%
drum = jx.Cell(jx.Branch(ncomp=8), parents=[-1])
drum.insert(Leak())
drum.insert(CaL())
drum.insert(FaradayConcentrationChange("Ca"))
drum.diffuse("CaCon_i")
drum.set("v", -70.0)
drum.init_states()
pulse = jx.step_current(1.0, 20.0, 0.05, 0.025, 40.0)
drum.branch(0).comp(0).stimulate(pulse, verbose=False)
drum.branch(0).comp("all").record("CaCon_i", verbose=False)
drum.branch(0).comp("all").record("i_Ca", verbose=False)
inside, current = np.split(np.asarray(jx.integrate(drum)), 2)  # [mM], [mA/cm2]
area = drum.nodes["area"].to_numpy()  # [um2]
volume = drum.nodes["volume"].to_numpy()  # [um3]
came = -(area @ current[:, :-1]).sum() * 0.025 * 1e-14  # C: mA/cm2 um2 ms is 1e-14 C
gained = volume @ (inside[:, -1] - inside[:, 0]) * 1e-18  # mol: mM um3 is 1e-18 mol
print(f"{came / (2 * 96485.3):.5e} mol came through the channels")
print(f"{gained:.5e} mol are inside")

# %% [markdown]
# ## Differentiate through it
#
# How does the width of the drop depend on D? The variance is 2 D t, so its derivative is 2 t: 40 um2 per um2/ms at
# 20 ms.

# %%
tube.make_trainable("axial_diffusion_CaCon_i", verbose=False)


def width(params):
    profile = jx.integrate(tube, params, t_max=20.0)[:, -1] - 0.0001
    return jnp.sum(place**2 * profile) / jnp.sum(profile)


value, slope = jax.value_and_grad(width)(tube.get_parameters())
print(value, slope)

# %% [markdown]
# So diffusion constants, pump rates and channel densities can be [fitted](training.py) to what a calcium dye shows.
#
# ## What goes wrong, and what it says

# %%
for attempt in (
    lambda: tube.branch(0).comp(3).diffuse("CaCon_i"),  # a part of a cell
    lambda: tube.diffuse("Ca"),  # the ion, not its concentration
    lambda: tube.set("axial_diffusion_CaCon_i", 0.0),
    lambda: FaradayConcentrationChange("Li"),
):
    try:
        attempt()
    except jx.errors.DendraxError as error:
        print("-", error)

# %% [markdown]
# [All pumps](../api/mechanisms.md) with their equations; [how to write one](../mechanisms.md).
