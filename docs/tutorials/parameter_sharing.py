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
# One number for many compartments, or one for each: `make_trainable` makes one parameter for each element of the view it
# is called on, and all compartments of an element share it.

# %%
import jax
import jax.numpy as jnp

import dendrax as jx
from dendrax.channels import HH

cell = jx.Cell([jx.Branch(ncomp=2)] * 3, parents=[-1, 0, 0])
net = jx.Network([cell] * 2)
net.insert(HH())
net.cell(0).branch(0).comp(0).record("v", verbose=False)


def shapes(*views):
    """How many values each of them makes of one parameter."""
    net.delete_trainables()
    for view in views:
        view.make_trainable("HH_gNa", verbose=False)
    return [one["HH_gNa"].shape for one in net.get_parameters()]


# %%
print("one for all", shapes(net))
print("one for each cell", shapes(net.cell("all")))
print("one for each branch", shapes(net.cell("all").branch("all")))
print("one for each compartment", shapes(net.cell("all").branch("all").comp("all")))
net.cell("all").branch([1, 2]).add_to_group("dendrites")
print("one for each first branch, one for the group", shapes(net.cell("all").branch(0), net.dendrites))

# %% [markdown]
# ## Sharing that follows no such pattern
#
# The column `controlled_by_param` says which rows share a value: give rows that belong together the same number.

# %%
net.delete_trainables()
view = net.cell(0).branch("all").comp("all")
view.nodes["controlled_by_param"] = [0, 1, 1, 0, 0, 1]
view.make_trainable("HH_gNa", verbose=False)
net.get_parameters()

# %% [markdown]
# ## Gradients add up
#
# The gradient of a shared value is the sum over all that share it. With `TypeOptimizer` each name of a parameter can have an
# optimiser of its own.

# %%
net.delete_trainables()
net.make_trainable("HH_gNa", verbose=False)
net.make_trainable("radius", verbose=False)


def loss(params):
    return jnp.mean(jx.integrate(net, params=params, t_max=2.0))


gradient = jax.grad(loss)(net.get_parameters())
optimizer = jx.optimize.TypeOptimizer(__import__("optax").adam, {"HH_gNa": 1e-3, "radius": 0.1}, net.get_parameters())
state = optimizer.init(net.get_parameters())
updates, state = optimizer.update(gradient, state)
updates
