# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # Training by gradient descent
#
# Recover hidden conductances from a voltage trace: parameters, bounds, a loss, and `fit`.

# %%
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import dendrax as jx
from dendrax.channels import HH
from dendrax.optimize.transforms import SigmoidTransform

# %% [markdown]
# ## A model and data
#
# The data are made by the model itself with other values, so that we know what should come out.

# %%
cell = jx.Cell([jx.Branch(ncomp=2)] * 3, parents=[-1, 0, 0])
cell.insert(HH())
cell.set("v", -65.0)
cell.init_states()
delta_t = 0.025
soma = cell.branch(0).comp(0)
soma.stimulate(jx.step_current(i_delay=1.0, i_dur=8.0, i_amp=0.15, delta_t=delta_t, t_max=10.0), verbose=False)
soma.record("v", verbose=False)

cell.branch(0).make_trainable("HH_gNa", verbose=False)
cell.branch([1, 2]).add_to_group("dendrites")  # a group shares one value
cell.dendrites.make_trainable("HH_gNa", verbose=False)
cell.make_trainable("HH_gK", verbose=False)
hidden = [{"HH_gNa": jnp.array([0.10])}, {"HH_gNa": jnp.array([0.14])}, {"HH_gK": jnp.array([0.03])}]
observed = jx.integrate(cell, params=hidden, delta_t=delta_t)

# %% [markdown]
# ## Bounds and a loss
#
# A transform keeps parameters within bounds: the optimiser works on the unbounded side.

# %%
start = [{"HH_gNa": jnp.array([0.05])}, {"HH_gNa": jnp.array([0.05])}, {"HH_gK": jnp.array([0.06])}]
sodium, potassium = SigmoidTransform(0.01, 0.3), SigmoidTransform(0.005, 0.1)
transform = jx.ParamTransform([{"HH_gNa": sodium}, {"HH_gNa": sodium}, {"HH_gK": potassium}])


def loss(params):
    v = jx.integrate(cell, params=params, delta_t=delta_t)
    return jnp.mean((v - observed) ** 2)


# %% [markdown]
# ## Fit
#
# The loss, its gradient and the optimiser are compiled into one program. Ctrl-C ends a fit and returns what there is; with
# `checkpoint=FOLDER` and `resume=True` it goes on after a crash. See [the page on training](../training.md) for
# minibatches, many starts, searches and features.

# %%
fitted = jx.optimize.fit(
    loss, start, transform=transform, steps=300, learning_rate=0.1, normalize=("global", 0.8), progress=False
)
fitted

# %%
for name in ("HH_gNa", "HH_gK"):
    true = np.concatenate([one[name] for one in hidden if name in one])
    found = np.concatenate([one[name] for one in fitted.params if name in one])
    print(name, "true", true.round(4), "found", found.round(4))

# %%
time = np.arange(observed.shape[1]) * delta_t
fig, ax = plt.subplots(figsize=(7, 3))
for params, label, style in ((hidden, "observed", "k"), (start, "start", "0.7"), (fitted.params, "fitted", "r--")):
    ax.plot(time, jx.integrate(cell, params=params, delta_t=delta_t)[0], style, label=label)
ax.set_xlabel("time [ms]")
ax.set_ylabel("voltage [mV]")
ax.legend()

# %% [markdown]
# Into the model's tables with them:

# %%
cell.write_trainables(fitted.params)
cell.branch(1).nodes["HH_gNa"]
