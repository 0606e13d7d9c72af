# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # Fitting a pyramidal cell to features
#
# As experiments are often reported: features of the response to steps of current, with means and standard deviations. An
# `Experiment` runs all protocols at once and scores them; a search finds the right number of spikes, gradients do the
# rest.

# %%
import jax.numpy as jnp

import dendrax as jx
from dendrax.channels import K, Leak, Na
from dendrax.optimize import Experiment, Protocol, Step
from dendrax.optimize.transforms import SigmoidTransform

# %% [markdown]
# ## The cell
#
# The cell of the package, with few compartments so that this page is made in seconds; the L5PC is fitted by the same
# lines. `examples/fit_l5pc.py` fits 22 parameters to voltages.

# %%
cell = jx.morphology.sample("pyramidal")
cell.insert(Leak())
cell.soma.insert(Na())
cell.soma.insert(K())
cell.set("v", -70.0)
cell.set("Leak_eLeak", -70.0)
cell.soma.set("K_gK", 0.01)
cell.init_states()

cell.make_trainable("Leak_gLeak", verbose=False)
cell.soma.make_trainable("Na_gNa", verbose=False)
cell.soma.make_trainable("K_gK", verbose=False)
bounds = {"Leak_gLeak": (2e-5, 5e-4), "Na_gNa": (0.01, 0.3), "K_gK": (1e-3, 0.05)}
transform = jx.ParamTransform([{name: SigmoidTransform(*pair)} for name, pair in bounds.items()])

# %% [markdown]
# ## Protocols and targets
#
# A weak step shows the input resistance, a strong one spikes. Features have the names that eFEL gives them.

# %%
soma = cell.soma.branch(0).comp(0)
weak = Protocol("weak", soma, Step(5.0, 30.0, -0.1), {"soma": soma}, duration=40.0)
strong = Protocol("strong", soma, Step(5.0, 30.0, 0.8), {"soma": soma}, duration=40.0)
targets = [
    {"protocol": "weak", "recording": "soma", "feature": "voltage_base", "mean": -70.0, "std": 0.5},
    {"protocol": "weak", "recording": "soma", "feature": "steady_state_voltage_stimend", "mean": -76.0, "std": 0.5},
    {"protocol": "strong", "recording": "soma", "feature": "AP_amplitude", "mean": 80.0, "std": 4.0},
]
experiment = Experiment(cell, [weak, strong], targets, delta_t=0.05)
start = [{"Leak_gLeak": jnp.array([1e-4])}, {"Na_gNa": jnp.array([0.08])}, {"K_gK": jnp.array([0.01])}]
experiment.report(start)

# %% [markdown]
# ## Fit

# %%
fitted = jx.optimize.fit(
    experiment, start, transform=transform, steps=60, learning_rate=0.05, normalize="global", progress=False
)
print(f"from {fitted.loss[0]:.1f} to {fitted.lowest:.2f} squared standard deviations")
experiment.report(fitted.params)
