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
#
# Five questions that come up with every model, each answered by a program and its numbers. All use this cell.

# %%
import tempfile
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

import dendrax as jx
from dendrax.channels import HH, Channel

jax.config.update("jax_enable_x64", True)  # noqa: FBT003

cell = jx.Cell(jx.Branch(ncomp=4), parents=[-1, 0, 0])
cell.set("length", 25.0)
cell.set("axial_resistivity", 100.0)
cell.insert(HH())
cell.set("v", -65.0)
cell.init_states()
soma = cell.branch(0).comp(0)
soma.record("v", verbose=False)


def stimulus(delta_t):
    """As `data_stimuli`, since a current is sampled with the time step of the run."""
    return soma.data_stimulate(jx.step_current(1.0, 10.0, 0.3, delta_t, 12.0))


def simulate(delta_t, **options):
    options |= {"data_stimuli": stimulus(delta_t), "delta_t": delta_t}
    return jx.integrate(cell, t_max=12.0, **options)[0]


# %% [markdown]
# ## Choose a solver and a time step
#
# Compare with a run whose step is so fine that it no longer matters. Errors are of the voltage (root mean square
# over the run, spikes included) and of the time of the last spike; what it costs are steps.

# %%
fine = simulate(0.0025, solver="crank_nicolson")


def last_spike(v, delta_t):
    found = jx.features.spike_times(v, delta_t, max_spikes=5)
    return float(jnp.max(jnp.where(found.mask, found.times, -jnp.inf)))


table = []
for solver, delta_t in (
    ("bwd_euler", 0.1), ("bwd_euler", 0.05), ("bwd_euler", 0.025),
    ("crank_nicolson", 0.1), ("crank_nicolson", 0.05), ("crank_nicolson", 0.025),
    ("exp_euler", 0.025),
    ("fwd_euler", 0.025), ("fwd_euler", 0.005),
):  # fmt: skip
    v = simulate(delta_t, solver=solver)
    off = v[:: round(0.1 / delta_t)] - fine[::40]
    late = last_spike(v, delta_t) - last_spike(fine, 0.0025)
    row = {"solver": solver, "delta_t [ms]": delta_t, "steps": v.size - 1}
    row |= {"rms error [mV]": float(jnp.sqrt(jnp.mean(off**2)))}
    row |= {"last spike late by [ms]": late if jnp.isfinite(v).all() else np.nan}
    table.append(row)
pd.DataFrame(table).round(3)

# %% [markdown]
# What to read from it:
#
# - `"bwd_euler"` (the default) is of first order: half the step, half the error. It is stable at any step, and
#   damps what it cannot follow. NEURON and Jaxley use it by default, so that their numbers are its numbers.
# - `"crank_nicolson"` costs the same per step and is of second order here: a fourth of the error with half the
#   step. If you want accuracy, take it. After a jump in a very stiff cell it may ring.
# - `"exp_euler"` solves the cable of one step by a dense matrix that is made once: for short cables whose geometry
#   does not change. Of first order too, and less accurate here.
# - `"fwd_euler"` solves nothing, and needs steps below a limit that shrinks with the compartments. For single
#   compartments, and as a check.
#
# `voltage_solver=` says how the linear system of a step is solved. All give the same, to rounding:

# %%
usual = simulate(0.025)
for name in ("jaxley.dhs.cpu", "jaxley.dhs.gpu", "jax.sparse", "dense"):
    off = jnp.abs(simulate(0.025, voltage_solver=name) - usual).max()
    print(f"{name:15} {off:.0e} mV")
for name in ("jaxley.stone", "thomas"):
    try:
        simulate(0.025, voltage_solver=name)
    except ValueError as error:
        print("-", error)

# %% [markdown]
# `"jaxley.dhs"`, the default, is one compartment after the other in a native kernel on a CPU and level by level
# elsewhere. There is rarely a reason for another: `"jaxley.stone"` for one long unbranched cable on a GPU,
# `"dense"` to check.
#
# ## Use a GPU
#
# Install JAX for it, `pip install "jax[cuda13]"`. Then programs run there unchanged: models, `integrate`,
# gradients, `fit`, `map_many`. What JAX sees, and how to choose:

# %%
print(jax.devices())
try:
    device = jax.devices("gpu")[0]
except RuntimeError:
    device = jax.devices("cpu")[0]  # there is none here
with jax.default_device(device):
    v = simulate(0.025)
print(v.devices())

# %% [markdown]
# A GPU computes many numbers at once and each step after the other, so it needs many cells or runs to be busy: one
# cell of some hundred compartments is faster on a CPU. `python -m benchmarks.gpu` measures where yours begins to
# pay.
#
# JAX computes in single precision unless told otherwise. Consumer GPUs are many times slower in double. What it
# costs in accuracy:

# %%
with jax.enable_x64(False):  # noqa: FBT003
    single = simulate(0.025)
off = np.abs(np.asarray(single) - np.asarray(usual)).max()
print(f"{single.dtype} differs by up to {off:.1e} mV")

# %% [markdown]
# That is far below the error of the time step. Use `jax.config.update("jax_enable_x64", True)` as the first line of
# a program that compares with other simulators, looks for orders of convergence, or sums over very long runs.
#
# ## Save, load, go on
#
# A file holds all of a model and cannot run code. With `states=` it also holds where a run stopped.

# %%
file = Path(tempfile.mkdtemp()) / "cell.dendrax"
current = jx.step_current(1.0, 10.0, 0.3, 0.025, 12.0)
whole = jx.integrate(cell, data_stimuli=soma.data_stimulate(current))

first = soma.data_stimulate(current[:240])
begun, states = jx.integrate(cell, data_stimuli=first, return_states=True)  # 6 of 12 ms
jx.save(cell, file, states=states)

again, states = jx.load(file, with_states=True)
rest = again.branch(0).comp(0).data_stimulate(current[240:])
ended = jx.integrate(again, data_stimuli=rest, all_states=states)
print("the same:", bool((jnp.concatenate([begun, ended[:, 1:]], 1) == whole).all()))

# %% [markdown]
# Column 0 of the second run is the last one of the first. More: [Save and load models](../model_files.md). Fits
# write [checkpoints](training.py) of their own; Ctrl-C in a long run [keeps what was
# simulated](../long_and_many_runs.md).
#
# ## Find a NaN
#
# `check=True` stops at the first state that is no number and says when, where, and what has most likely led to it.
# It costs nothing per step. Three causes: a step that is too large for forward Euler, a conductance with the wrong
# sign, a rate of one's own that is 0 / 0 at one voltage.


# %%
class Careless(Channel):
    """A current g x / (exp(x) - 1) with x = v + 65: finite on paper."""

    def __init__(self):
        self.current_is_in_mA_per_cm2 = True
        super().__init__()
        self.channel_params = {"Careless_g": 1e-6}
        self.channel_states = {}
        self.current_name = "i_Careless"

    def update_states(self, states, dt, v, params):
        return {}

    def compute_current(self, states, v, params):
        return params["Careless_g"] * (v + 65.0) / (jnp.exp(v + 65.0) - 1.0)


negative, careless = cell.copy(), cell.copy()
negative.branch(1).set("HH_gLeak", -0.1)
careless.branch(2).insert(Careless())
for model, options in (
    (cell, {"solver": "fwd_euler", "delta_t": 0.1}),
    (negative, {}),
    (careless, {}),
):
    try:
        jx.integrate(model, t_max=5.0, check=True, **options)
    except jx.errors.NotFiniteError as error:
        print("-", error)

# %% [markdown]
# Write such rates with [`x_over_expm1`](own_channels_and_synapses.py), as HH and all others here do. Currents are
# in nA, conductances in S/cm2: what looks like another unit is a `MagnitudeWarning`. And what cannot be right is
# refused before anything runs:

# %%
for attempt in (
    lambda: cell.set("radius", -1.0),
    lambda: soma.stimulate(np.array([0.1, np.nan]), verbose=False),
    lambda: jx.integrate(cell),
):
    try:
        attempt()
    except jx.errors.DendraxError as error:
        print("-", error)

# %% [markdown]
# In a fit, a NaN moves nothing and ends it with a warning that names the parameter; `fitted.last` has the
# parameters that broke it.
#
# ## Make it fast
#
# Most time is lost in three ways: compiling again, running one by one, and simulating too much.


# %%
def seconds(function):
    began = time.perf_counter()
    jax.block_until_ready(function())
    return time.perf_counter() - began


amplitudes = np.linspace(0.1, 0.6, 32)
currents = [jx.step_current(1.0, 10.0, one, 0.025, 12.0) for one in amplitudes]
stimuli = [soma.data_stimulate(one) for one in currents]


def one_by_one():
    return [jx.integrate(cell, data_stimuli=one, t_max=12.0) for one in stimuli]


def together():
    return jx.integrate_many(cell, data_stimuli=stimuli, t_max=12.0, progress=False)


for call in ("first call", "second call"):  # the first one compiles
    print(f"{call:14}{seconds(lambda: simulate(0.025, record_every=2)):8.3f} s")
one_by_one(), together()  # compile
print(f"32 in a loop  {seconds(one_by_one):8.3f} s")
print(f"32 together   {seconds(together):8.3f} s")

# %% [markdown]
# - **Compile once.** `integrate` compiles for the shape of a model, not for its values: change values by `params`,
#   `data_set`, `data_stimulate`, not by building anew. Wrap what you call often in `jax.jit`.
#   `jx.use_compilation_cache()` keeps programs for the next session.
# - **Batch.** `jax.vmap`, `integrate_many`, or `map_many` for more than memory holds; `jx.use_all_cores()` before
#   all else makes a device of each core.
# - **Simulate less.** Compartments by the rule of d_lambda; a second-order solver with a larger step;
#   `record_every=`.
# - **Gradients** inside of your own `vmap`: `memory="1 MB"`, since `integrate` cannot know how many run side by
#   side.
# - `jx.use_wide_vectors()` for your own `jit` on processors with AVX-512.
#
# How much compartments matter:

# %%
big = jx.morphology.sample("pyramidal", ncomp=8)
print(len(big.nodes), "compartments with 8 in each branch")
big.set("axial_resistivity", 150.0)
big.set_ncomp(d_lambda=0.1)
print(len(big.nodes), "by the rule, as accurate at 100 Hz")

# %% [markdown]
# More: [jit, vmap, all cores](jit_and_vmap.py), [performance](../performance.md), [benchmarks](../benchmarks.md).
