# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # Sharing parameters
#
# A cell of a thousand compartments has a thousand sodium conductances. Should a fit find one number, one for each
# branch, or a thousand? `make_trainable` reads that from the view it is called on: **one value for each index that you
# gave**, and all compartments of an index share it.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax

import dendrax as jx
from dendrax.channels import HH
from dendrax.errors import DendraxError

cell = jx.Cell([jx.Branch(ncomp=3)] * 5, parents=[-1, 0, 0, 1, 1])
cell.insert(HH())
cell.set("axial_resistivity", 150.0)
cell.branch([1, 2]).add_to_group("proximal")
cell.branch([3, 4]).add_to_group("distal")

# %% [markdown]
# ## Who shares with whom
#
# `indices_set_by_trainables` has a row of compartments for each value. Drawn as colours:


# %%
def sharing(view):
    """For each compartment the number of its value, NaN where there is none."""
    cell.delete_trainables()
    view.make_trainable("HH_gNa", verbose=False)
    number = np.full(len(cell.nodes), np.nan)
    for value, rows in enumerate(cell.indices_set_by_trainables[0]):
        number[rows] = value
    return number


views = {
    "cell": cell,
    'cell.branch("all")': cell.branch("all"),
    'cell.branch("all").comp("all")': cell.branch("all").comp("all"),
    "cell.comp([0, 2])": cell.comp([0, 2]),
    "cell.branch([1, 2])": cell.branch([1, 2]),
    "cell.proximal": cell.proximal,
}
fig, axes = plt.subplots(2, 3, figsize=(11, 4), layout="constrained")
for ax, (title, view) in zip(axes.flat, views.items()):
    number, n = sharing(view), cell.num_trainable_params
    limits = (0.0, max(n - 1.0, 1.0))
    cell.vis(ax=ax, type="comp", color_by=number, cmap="turbo", limits=limits)
    ax.set_title(f"{title}: {n} value{'s' if n > 1 else ''}", fontsize=9)
    ax.set_axis_off()
plt.show()

# %% [markdown]
# What is grey keeps the value of the table. Note the last two: indices make a value each, a group is one thing and has one
# value. The same holds for a channel, `cell.HH`, and for a type of synapse. In a network `net.cell("all")` makes a value
# for each cell, and synapses have one each in `net.IonotropicSynapse.edge("all")`.
#
# Each call adds to what is there, and each is an entry of `get_parameters`: so different parts may be shared differently.
# A value begins with the mean over those that share it, unless you pass `init_val`.

# %%
cell.delete_trainables()
cell.branch(0).comp("all").make_trainable("HH_gNa", init_val=[0.12, 0.1, 0.08])
cell.proximal.make_trainable("HH_gNa")
cell.distal.make_trainable("HH_gNa", init_val=0.03)
cell.make_trainable("radius")
cell.get_parameters()

# %% [markdown]
# ## Any other pattern
#
# The column `controlled_by_param` of a view says it freely: rows with the same number share. Here by distance, in bins of
# 20 um, whatever branch they are in:

# %%
distance = jx.morphology.distance_pathwise(cell.branch(0).comp(0), cell)
cell.delete_trainables()
view = cell.branch("all").comp("all")
view.nodes["controlled_by_param"] = (distance // 20.0).astype(int)
view.make_trainable("HH_gNa", verbose=False)

number = np.full(len(cell.nodes), np.nan)
for value, rows in enumerate(cell.indices_set_by_trainables[0]):
    number[rows] = value
ax = cell.vis(type="comp", color_by=number, cmap="turbo")
ax.set_title("one value for each 20 um")
plt.show()

# %% [markdown]
# ## Gradients add up
#
# The derivative by a shared value is the sum of the derivatives by the values it stands for. So a shared value feels
# every compartment, and a fit with few values has larger slopes than one with many.

# %%
root = cell.branch(0).comp(0)
root.record("v", verbose=False)
root.stimulate(jx.step_current(1.0, 3.0, 0.1, 0.025, 10.0), verbose=False)
cell.set("v", -65.0)
cell.init_states()


def loss(params):
    return jnp.mean(jx.integrate(cell, params=params))


for title in ("cell", 'cell.branch("all")', 'cell.branch("all").comp("all")'):
    cell.delete_trainables()
    views[title].make_trainable("HH_gNa", verbose=False)
    gradient = jax.grad(loss)(cell.get_parameters())[0]["HH_gNa"]
    each = " ".join(f"{one:.2f}" for one in gradient)
    print(f"{title}: {gradient.sum():.2f}, the sum of\n   {each}")

# %% [markdown]
# ## Parameters of different size
#
# A conductance is 0.1, a radius 1 and a reversal potential -77, and one learning rate suits none of them well.
# `TypeOptimizer` gives an optimiser to each name. Here 20 steps of Adam lower the mean voltage:

# %%
cell.delete_trainables()
cell.branch("all").make_trainable("HH_gNa", verbose=False)
cell.make_trainable("radius", verbose=False)
params = cell.get_parameters()
rates = {"HH_gNa": 1e-3, "radius": 1e-2}
optimizer = jx.optimize.TypeOptimizer(optax.adam, rates, params)
state = optimizer.init(params)
value_and_grad = jax.jit(jax.value_and_grad(loss))
for step in range(20):
    value, gradient = value_and_grad(params)
    updates, state = optimizer.update(gradient, state)
    params = optax.apply_updates(params, updates)
    if step % 10 == 0:
        print(f"step {step}: {value:.2f} mV")
print(f"step 20: {loss(params):.2f} mV")

# %% [markdown]
# `write_trainables` puts what was found into the tables, to each its share:

# %%
cell.write_trainables(params)
cell.nodes.groupby("global_branch_index")[["HH_gNa", "radius"]].mean().round(4)

# %% [markdown]
# ## What goes wrong
#
# A compartment that gets the same parameter twice has the later one, which is a warning, since it is rarely meant. The rest
# is refused: values that do not fit the pattern, and a parameter that the view lacks.

# %%
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    cell.proximal.make_trainable("HH_gNa", verbose=False)
print("-", caught[0].message)

attempts = (
    lambda: cell.branch("all").make_trainable("HH_gK", init_val=[0.1, 0.2]),
    lambda: cell.make_trainable("HH_gna"),
    lambda: jx.integrate(cell, params=params),
)
for attempt in attempts:
    try:
        attempt()
    except DendraxError as error:
        print("-", error)

# %% [markdown]
# ## Next
#
# - [Training by gradient descent](training.py), where `fit` brings bounds, losses and stopping.
# - [Groups](groups.py), and [other ways to set parameters](setting_parameters.py).
# - Densities that are a formula of the distance, as `jx.optimize` has them: [the page on training](../training.md).
