# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # Fast runs: jit, vmap and all cores
#
# A simulation is a program that JAX compiles for the model at hand. To compile takes seconds, to run milliseconds. So being
# fast means: compile once, run often, and run many at a time. Here we measure what each of these brings.

# %%
import time

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import dendrax as jx
from dendrax.channels import HH
from dendrax.errors import DendraxError

# %% [markdown]
# JAX takes the processor for one device, and computes a simulation on one core. This makes a device of each core; it has
# to come before anything is computed, and says so if it comes too late, as in a notebook that has run before.

# %%
try:
    print("devices:", jx.use_all_cores())
except DendraxError as error:
    print(error)

# %%
cell = jx.morphology.sample("pyramidal")
cell.set("axial_resistivity", 150.0)
cell.insert(HH())
cell.set("v", -65.0)
cell.init_states()
soma = cell.soma.branch(0).comp(0)
soma.record("v", verbose=False)
current = jx.step_current(
    i_delay=2.0, i_dur=15.0, i_amp=2.0, delta_t=0.025, t_max=20.0
)
soma.stimulate(current, verbose=False)
cell.shape  # branches, compartments

# %% [markdown]
# ## What is compiled when
#
# `integrate` compiles inside. It does so again for another **shape** of the problem: compartments, channels, recordings,
# number of steps. It does not for other **values**. JAX returns before it has finished, hence `block_until_ready`.


# %%
def seconds(function, *args, **kwargs):
    """How long a call takes."""
    start = time.perf_counter()
    jax.block_until_ready(function(*args, **kwargs))
    return time.perf_counter() - start


print(f"first run           {seconds(jx.integrate, cell):.4f} s")
print(f"the same again      {seconds(jx.integrate, cell):.4f} s")
cell.set("HH_gNa", 0.1)
print(f"another conductance {seconds(jx.integrate, cell):.4f} s")
print(f"fewer steps         {seconds(jx.integrate, cell, t_max=10.0):.4f} s")

# %% [markdown]
# With `jx.use_compilation_cache()` at the top of a script, compiled programs stay on disk, and the next process loads them.
#
# ## Your own jit
#
# What you want is seldom the voltage, but something computed from it. Compile all of it. What is to change from call to
# call has to be an argument: here the parameters declared by `make_trainable`.

# %%
cell.make_trainable("HH_gNa")
cell.axon.make_trainable("HH_gK")


@jax.jit
def peak(params):
    """Highest voltage of the soma [mV]."""
    return jx.integrate(cell, params=params).max()


params = cell.get_parameters()
print(f"first call  {seconds(peak, params):.4f} s")
print(f"second call {seconds(peak, params):.4f} s")

# %% [markdown]
# **Everything else is a constant of the compiled program.** Change the model afterwards, and `peak` does not know:

# %%
before = peak(params)
cell.set("HH_gLeak", 1e-3)
with_jit, without = peak(params), jx.integrate(cell, params=params).max()
print(f"with jit    {with_jit - before:+.2f} mV")
print(f"without jit {without - before:+.2f} mV")
cell.set("HH_gLeak", 3e-4)

# %% [markdown]
# And inside of `jit` values are not yet numbers. What needs a number is refused:


# %%
@jax.jit
def wrong(conductance):
    cell.set("HH_gLeak", conductance)  # data_set is for this
    return jx.integrate(cell).max()


try:
    wrong(1e-3)
except DendraxError as error:
    print(str(error).splitlines()[0])

# %% [markdown]
# ## Many at once: vmap
#
# `jax.vmap` makes of a function of one set of parameters one of many: each array gets one more axis, the first. The runs
# are computed side by side in the vector registers of the processor. `jx.map_many` does that in chunks that fit into
# memory, and gives each device, here each core, its part. It takes `peak` as it is and compiles it itself.

# %%
n = 128
batch = [
    {"HH_gNa": np.linspace(0.05, 0.2, n)[:, None]},  # (run, parameter)
    {"HH_gK": np.full((n, 1), 0.036)},
]
batched = jax.jit(jax.vmap(peak))


def one_of(batch, k):
    return jax.tree.map(lambda leaf: leaf[k], batch)


def best(function, *args):
    """Time of the fastest of four calls; the first one compiles."""
    return min(seconds(function, *args) for _ in range(4))


def in_a_loop():
    return [peak(one_of(batch, k)) for k in range(n)]


def with_vmap():
    return batched(batch)


def with_map_many():
    return jx.map_many(peak, batch, progress=False)


for function in (in_a_loop, with_vmap, with_map_many):
    each = best(function) / n
    print(f"{function.__name__:14} {each * 1e3:5.2f} ms per run")

# %% [markdown]
# The more runs, the better: 16 fill the vectors of a CPU, some hundred hide what each step costs besides, and a GPU wants
# thousands. `map_many` gains nothing over `vmap` where one core is free.
#
# Anything that JAX can trace may be mapped: amplitudes of stimuli, initial voltages, gradients. Here are 256 runs,
# and how many spikes each fires:


# %%
def spikes(gna, amplitude):
    values = cell.data_set("HH_gNa", gna)
    stimulus = soma.data_stimulate(amplitude * current)  # besides the 2 nA
    v = jx.integrate(cell, param_state=values, data_stimuli=stimulus)[0]
    return jnp.sum((v[1:] > 0.0) & (v[:-1] <= 0.0))


axes = np.linspace(0.05, 0.2, 16), np.linspace(-0.5, 1.0, 16)
gna, amplitude = np.meshgrid(*axes)
counts = jx.map_many(spikes, gna.ravel(), amplitude.ravel(), progress=False)

fig, ax = plt.subplots(figsize=(5, 3.5), layout="constrained")
image = ax.pcolormesh(gna, 2.0 + 2.0 * amplitude, counts.reshape(gna.shape))
ax.set(xlabel="gNa [S/cm2]", ylabel="current [nA]")
fig.colorbar(image, label="spikes")
plt.show()

# %% [markdown]
# ## Gradients, and their memory
#
# A gradient goes back through all steps, so that something of each has to be kept, or computed again. `memory=` is the
# budget. What the compiled program asks for, JAX tells without running it:


# %%
def loss(params, memory=None):
    v = jx.integrate(cell, params=params, t_max=100.0, memory=memory)
    return jnp.mean(v**2)


print(f"the run alone: {best(jax.jit(loss), params):.3f} s")
for memory in ("100 MB", "1 MB", "1 kB"):
    gradient = jax.jit(jax.grad(loss), static_argnames="memory")
    try:
        program = gradient.lower(params, memory=memory).compile()
    except DendraxError as error:
        print(f"with {memory}:", error)
        continue
    takes = program.memory_analysis().temp_size_in_bytes / 1e6
    print(
        f"with {memory}: takes {takes:.2f} MB and {best(program, params):.3f} s"
    )

# %% [markdown]
# A gradient takes a few times as long as its run. With less memory, parts of the run are made once more on the
# way back; what cannot fit is refused before it is compiled. Without `memory=` the budget suits the cache of the processor.
# In a `vmap` of your own divide the budget by the batch; `map_many` does so itself.
#
# ## What else pays off
#
# - float32 is the default of JAX, and twice as fast. For the last digits `jax.config.update("jax_enable_x64", True)` at the
#   top.
# - `jx.use_wide_vectors()` before the first computation: your own `jit` uses vectors of 512 bits, if there are some.
# - `record_every=10` keeps every tenth column of a long run: [long runs, many runs](../long_and_many_runs.md).
# - On a GPU the same programs run unchanged; give it batches. [How fast everything is](../performance.md).
#
# Next: [training by gradient descent](training.py), which does all of this for you, and
# [the API of simulation](../api/simulation.md).
