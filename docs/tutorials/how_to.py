# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # How to: solvers, GPU, files, NaN, speed

# %%
import tempfile
from pathlib import Path

import jax

import dendrax as jx
from dendrax.channels import HH

cell = jx.Cell([jx.Branch(ncomp=4)] * 3, parents=[-1, 0, 0])
cell.insert(HH())
cell.set("v", -65.0)
cell.init_states()
soma = cell.branch(0).comp(0)
soma.stimulate(jx.step_current(1.0, 5.0, 0.3, 0.025, 10.0), verbose=False)
soma.record("v", verbose=False)

# %% [markdown]
# ## Choose a solver
#
# | `solver=` | when |
# |---|---|
# | `"bwd_euler"` | the default: stable at any step, first order |
# | `"crank_nicolson"` | second order: the same accuracy with a larger step |
# | `"exp_euler"` | short cables whose axial part is the same in every step |
# | `"fwd_euler"` | small steps and single compartments only |
#
# `voltage_solver` is best left alone: native kernels on CPUs, level by level on GPUs.

# %%
fine = jx.integrate(cell, delta_t=0.025)
for solver in ("bwd_euler", "crank_nicolson"):
    v = jx.integrate(cell, delta_t=0.025, solver=solver)
    print(solver, f"{float(abs(v - fine).max()):.2f} mV from backward Euler")

# %% [markdown]
# ## Use a GPU
#
# Install JAX for it (`pip install "jax[cuda13]"`); the same program runs there. One small cell is faster on a CPU: GPUs pay
# off from hundreds of cells or runs on.

# %%
jax.devices()

# %% [markdown]
# ## Save and load
#
# A file has all of the model and cannot run code; with `states`, a simulation goes on where it stopped.

# %%
file = Path(tempfile.mkdtemp()) / "cell.dendrax"
jx.save(cell, file)
again = jx.load(file)
bool((jx.integrate(again) == jx.integrate(cell)).all())

# %% [markdown]
# ## Find a NaN
#
# `check=True` stops at the first state that is not finite and says when, where, and what is likely to be wrong.

# %%
try:
    jx.integrate(cell, solver="fwd_euler", delta_t=0.2, check=True)
except jx.errors.NotFiniteError as error:
    print(error)

# %% [markdown]
# ## Make it fast
#
# - Compile once: put what you call often into `jax.jit`, with parameters as arguments.
# - Batch: `jax.vmap`, or `jx.map_many` for more than fits; `jx.use_all_cores()` at the start of the program.
# - `jx.use_compilation_cache()` for the next session, `jx.use_wide_vectors()` for your own `jit`.
# - Fewer compartments where they make no difference: `set_ncomp(d_lambda=0.1)`.
# - For gradients in your own `vmap`, `memory="1 MB"`. [More about performance](../performance.md).
