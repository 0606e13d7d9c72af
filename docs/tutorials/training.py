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
# A simulation is a function of parameters. JAX gives its gradient, by all of them at once, for about the price of
# four simulations. So parameters are found as weights of a neural network are: a loss, its gradient, an optimiser,
# many steps. This page recovers three conductances from voltages, first in one go, then from many starts, then from
# several stimuli in batches.

# %%
import tempfile
from pathlib import Path

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import dendrax as jx
from dendrax.channels import HH
from dendrax.optimize.transforms import SigmoidTransform

# %% [markdown]
# ## A model and data
#
# The data are made by the model itself with other values, so that we know what should come out. The soma and the
# dendrites have a sodium conductance each; potassium is one number for the whole cell. [Setting
# parameters](setting_parameters.py) says more of `make_trainable`.

# %%
cell = jx.Cell([jx.Branch(ncomp=2)] * 3, parents=[-1, 0, 0])
cell.insert(HH())
cell.set("v", -65.0)
cell.init_states()
delta_t = 0.025
soma = cell.branch(0).comp(0)
soma.record("v", verbose=False)
cell.branch(2).comp(1).record("v", verbose=False)
current = jx.step_current(1.0, 8.0, 0.15, delta_t, 10.0)

cell.branch(0).make_trainable("HH_gNa", verbose=False)
cell.branch([1, 2]).add_to_group("dendrites")  # a group shares one value
cell.dendrites.make_trainable("HH_gNa", verbose=False)
cell.make_trainable("HH_gK", verbose=False)


def simulate(params, amplitude=1.0):
    stimulus = soma.data_stimulate(amplitude * current)
    return jx.integrate(cell, params, data_stimuli=stimulus, delta_t=delta_t)


def values(soma_na, dendrite_na, potassium):
    """Parameters as the model takes them: a list, in the order of `make_trainable`."""
    return [{"HH_gNa": jnp.array([soma_na])}, {"HH_gNa": jnp.array([dendrite_na])},
            {"HH_gK": jnp.array([potassium])}]  # fmt: skip


hidden, start = values(0.10, 0.14, 0.03), values(0.05, 0.05, 0.06)
observed = simulate(hidden)

# %% [markdown]
# ## A loss and bounds
#
# The loss is any function that JAX can trace. A transform keeps parameters within bounds: the optimiser works on an
# unbounded number, a sigmoid of which the model gets. So no conductance becomes negative, and one rate of learning
# fits parameters of different size.

# %%
sodium, potassium = SigmoidTransform(0.01, 0.3), SigmoidTransform(5e-3, 0.1)
bounds = [{"HH_gNa": sodium}, {"HH_gNa": sodium}, {"HH_gK": potassium}]


def loss(params):
    return jnp.mean((simulate(params) - observed) ** 2)  # mV2


fitted = jx.optimize.fit(
    loss, start, transform=bounds, steps=200, learning_rate=0.1,
    normalize=("global", 0.8), progress=False,
)  # fmt: skip
fitted

# %% [markdown]
# `normalize` divides the gradient by a power of its length: near a spike it is a thousand times longer than far
# from one. The loss over the steps, and the voltages:

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
jx.plot.descent(fitted.loss, ylabel="mean squared error [mV²]", ax=left)
time = np.arange(observed.shape[1]) * delta_t
for params, label, style in (
    (hidden, "observed", "k"), (start, "start", "0.7"), (fitted.params, "fitted", "C3--"),
):  # fmt: skip
    right.plot(time, simulate(params)[0], style, label=label)
right.set_xlabel("time [ms]")
right.set_ylabel("voltage of the soma [mV]")
right.legend()
plt.show()


# %%
def show(params):
    """The three numbers."""
    return np.array([float(next(iter(one.values()))[0]) for one in params]).round(4)


print("hidden", show(hidden))
print("start ", show(start))
print("fitted", show(fitted.params))

# %% [markdown]
# ## One start is not enough
#
# That was one spike. With a train of them the loss has valleys that lead nowhere: with a spike too many or too few,
# to move the others does not help. Where one begins decides. `fit_many` fits from many starts side by side, in one
# program, on all cores or GPUs. The starts are scattered around the first.

# %%
long_current = jx.step_current(1.0, 28.0, 0.05, delta_t, 30.0)


def simulate_train(params):
    stimulus = soma.data_stimulate(long_current)
    return jx.integrate(cell, params, data_stimuli=stimulus, delta_t=delta_t)


observed_train = simulate_train(hidden)


def train_loss(params):
    return jnp.mean((simulate_train(params) - observed_train) ** 2)


starts = jx.optimize.random_starts(start, 12, transform=bounds, spread=1.5, key=0)
many = jx.optimize.fit_many(
    train_loss, starts, transform=bounds, steps=100, learning_rate=0.1,
    normalize=("global", 0.8), progress=False,
)  # fmt: skip

# %%
worst = max(many.fits, key=lambda one: one.lowest)
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
for one in many.fits:
    left.semilogy(np.minimum.accumulate(one.loss), linewidth=1)
left.set_xlabel("step")
left.set_ylabel("lowest loss so far [mV²]")
time = np.arange(observed_train.shape[1]) * delta_t
for label, params, style in (
    ("observed", hidden, "k"),
    ("best", many.best.params, "C3--"),
    ("worst", worst.params, "0.7"),
):
    right.plot(time, simulate_train(params)[0], style, label=label)
right.set_xlabel("time [ms]")
right.set_ylabel("voltage of the soma [mV]")
right.legend()
plt.show()
print("lowest losses", np.sort([one.lowest for one in many.fits]).round(2))
print("best ", show(many.best.params))
print("worst", show(worst.params))

# %% [markdown]
# Most come close, each as far as a hundred steps go; one ends in a cell that answers in another way, where no small
# step helps. Two ways further: a search without gradients before the fits
# ([`fit_global`](../training.md#global-then-local)), or features instead of voltages ([Fitting a layer 5 pyramidal
# cell](fit_a_pyramidal_cell.py)).
#
# ## Several stimuli, in batches
#
# One current says little of a cell. With `data=`, the loss gets a few rows of the data in each step, another few in
# the next: a dict of arrays, cut along their first axis. `jax.vmap` runs them side by side.

# %%
amplitudes = jnp.linspace(0.0, 2.0, 8)
data = {"amplitude": amplitudes, "v": jax.vmap(lambda a: simulate(hidden, a))(amplitudes)}


def batch_loss(params, batch):
    v = jax.vmap(lambda a: simulate(params, a))(batch["amplitude"])
    return jnp.mean((v - batch["v"]) ** 2)


folder = Path(tempfile.mkdtemp()) / "fit"
settings = {
    "transform": bounds,
    "data": data,
    "batch_size": 4,
    "key": 0,
    "learning_rate": 0.1,
    "normalize": ("global", 0.8),
    "progress": False,
    "checkpoint": folder,
}
half = jx.optimize.fit(batch_loss, start, steps=60, **settings)
print(half, show(half.params))

# %% [markdown]
# ## Checkpoints
#
# With `checkpoint=FOLDER` the fit above left what it takes to go on: parameters, the state of the optimiser, where
# it was in the data. After a crash, or because more steps are wanted, the same program with `resume=True` goes on,
# to the same bits as one that was never interrupted. Ctrl-C ends a fit after the present step and returns what
# there is.

# %%
whole = jx.optimize.fit(batch_loss, start, steps=160, resume=True, **settings)
print(f"went on at step {whole.resumed_at}:", whole, show(whole.params))
fig, ax = plt.subplots(figsize=(7, 3))
jx.plot.descent(whole.loss, ylabel="loss of the batch [mV²]", ax=ax)
plt.show()

# %% [markdown]
# A batch has an easier or a harder current in it, so that its loss jumps. The best parameters are therefore those
# at the end of the epoch with the lowest mean, not those of a lucky batch.
#
# ## What goes wrong, and what it says

# %%
other = settings | {"key": 1}
for attempt in (
    lambda: jx.optimize.fit(simulate, start, steps=1),  # voltages are no loss
    lambda: jx.optimize.fit(loss, values(0.4, 0.05, 0.06), steps=1, transform=bounds),
    lambda: jx.optimize.fit(loss, start, steps=1, optimizer="adm"),
    lambda: jx.optimize.fit(batch_loss, start, steps=200, resume=True, **other),
):
    try:
        attempt()
    except jx.errors.DendraxError as error:
        print("-", error)

# %% [markdown]
# A loss or gradient that is NaN ends a fit with a warning that names the parameter, and moves nothing.
#
# ## Into the model

# %%
cell.write_trainables(whole.params)
cell.branch(1).nodes[["HH_gNa", "HH_gK"]]

# %% [markdown]
# Next: [one number for many compartments](parameter_sharing.py), [features and protocols](fit_a_pyramidal_cell.py),
# and [the page on training](../training.md): least squares, searches, samplers, memory of long gradients.
