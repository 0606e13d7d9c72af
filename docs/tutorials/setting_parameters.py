# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # Setting parameters
#
# Four ways to give a parameter a value, from permanent to traced: `set`, the table, `data_set`, and trainable parameters.

# %%
import jax
import jax.numpy as jnp

import dendrax as jx
from dendrax.channels import HH, Leak

cell = jx.Cell([jx.Branch(ncomp=4)] * 3, parents=[-1, 0, 0])
cell.insert(Leak())
cell.branch(0).insert(HH())
cell.branch(0).comp(0).record("v", verbose=False)

# %% [markdown]
# ## `set`: now and for good
#
# On whatever is in view; a number, or one for each compartment in view.

# %%
cell.set("radius", 1.5)
cell.branch(1).set("length", 20.0)
cell.branch(2).set("radius", [2.0, 1.6, 1.3, 1.0])
cell.branch([1, 2]).nodes[["length", "radius"]]

# %% [markdown]
# What cannot be is refused, with the place:

# %%
try:
    cell.branch(1).comp(2).set("radius", -1.0)
except ValueError as error:
    print(error)

# %% [markdown]
# ## Formulas over the tree
#
# A view's `nodes` is a pandas table; distances are arrays in its order.

# %%
distance = jx.morphology.distance_pathwise(cell.branch(0).comp(0), cell)
cell.set("Leak_gLeak", 1e-4 * (1 + distance / 100.0))
cell.nodes["Leak_gLeak"].round(6).tolist()

# %% [markdown]
# ## `data_set`: inside of a program
#
# It changes no table, but returns values for one run, which may be traced: so they can be mapped or differentiated.


# %%
def last_voltage(g):
    values = cell.data_set("Leak_gLeak", g, None)
    return jx.integrate(cell, param_state=values, t_max=5.0)[0, -1]


print(float(last_voltage(1e-4)), float(jax.grad(last_voltage)(1e-4)))
jax.vmap(last_voltage)(jnp.array([1e-5, 1e-4, 1e-3]))

# %% [markdown]
# ## `make_trainable`: what a fit changes
#
# One value for all in view, or one for each with `.comp("all")`. `get_parameters` returns them, `integrate` takes them,
# `write_trainables` puts fitted values into the tables.

# %%
cell.make_trainable("Leak_eLeak", verbose=False)
cell.branch(0).comp("all").make_trainable("HH_gNa", verbose=False)
params = cell.get_parameters()
[{name: values.shape for name, values in one.items()} for one in params]

# %%
cell.write_trainables([{"Leak_eLeak": jnp.array([-68.0])}, params[1]])
cell.nodes["Leak_eLeak"].unique()
