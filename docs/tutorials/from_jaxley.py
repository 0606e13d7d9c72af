# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # From Jaxley
#
# Programs written for Jaxley 0.14 run after one change:
#
#     import dendrax as jx
#
# or without any: `python -m dendrax.compat script.py`, `pytest -p dendrax.compat.pytest`, or in a notebook, before anything
# imports the real one,

# %%
import dendrax.compat

dendrax.compat.install()

# %% [markdown]
# Then every public path of Jaxley is Dendrax, in this process only:

# %%
import jax
import jaxley as jx
from jaxley.channels import HH
from jaxley.connect import fully_connect
from jaxley.optimize.transforms import ParamTransform, SigmoidTransform
from jaxley.synapses import IonotropicSynapse

jx.integrate.__module__

# %%
comp = jx.Compartment()
branch = jx.Branch(comp, ncomp=2)
cell = jx.Cell(branch, parents=[-1, 0, 0])
net = jx.Network([cell for _ in range(3)])
net.insert(HH())
fully_connect(net.cell([0, 1]), net.cell([2]), IonotropicSynapse())
net.cell(2).branch(0).loc(0.0).record(verbose=False)
net.cell([0, 1]).branch(0).loc(0.0).stimulate(jx.step_current(1.0, 2.0, 0.5, 0.025, 10.0), verbose=False)
net.make_trainable("IonotropicSynapse_gS", verbose=False)
transform = ParamTransform([{"IonotropicSynapse_gS": SigmoidTransform(0.0, 1e-2)}])
opt_params = transform.inverse(net.get_parameters())


def loss(opt_params):
    return jx.integrate(net, params=transform.forward(opt_params)).mean()


jax.jit(jax.value_and_grad(loss))(opt_params)

# %% [markdown]
# ## What you gain
#
# - `integrate` is compiled inside: a second plain call compiles nothing.
# - One solver choice for CPU and GPU, native kernels on CPUs; [measured against Jaxley](../benchmarks.md).
# - Checkpoints of gradients are chosen by themselves; `checkpoint_lengths` still works.
# - Errors say what, where and what to do.
#
# What comes out differently, on purpose, is on [one page](../differences.md), and where every name is on
# [another](../reference_api.md).
