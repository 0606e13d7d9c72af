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
# `integrate` compiles inside, once for each shape of model. Everything around it is JAX: compile it once, map it over
# parameters and stimuli, spread it over devices.

# %%
import time

import jax
import jax.numpy as jnp
import numpy as np

import dendrax as jx
from dendrax.channels import HH

cell = jx.morphology.sample("pyramidal")
cell.insert(HH())
cell.soma.branch(0).comp(0).record("v", verbose=False)
cell.soma.branch(0).comp(0).stimulate(
    jx.step_current(i_delay=2.0, i_dur=15.0, i_amp=2.0, delta_t=0.025, t_max=20.0), verbose=False
)

# %% [markdown]
# ## The second run is fast
#
# The first call compiles. The second compiles nothing, even if parameters have other values.


# %%
def seconds(function, *args):
    start = time.perf_counter()
    jax.block_until_ready(function(*args))
    return time.perf_counter() - start


first, second = seconds(jx.integrate, cell), seconds(jx.integrate, cell)
cell.set("HH_gNa", 0.1)
third = seconds(jx.integrate, cell)
print(f"first {first:.2f} s, second {second:.4f} s, with another conductance {third:.4f} s")

# %% [markdown]
# ## Parameters as arguments
#
# `make_trainable` says which parameters are arguments of the simulation. Inside of your own `jit` the simulation is a part
# of your program.

# %%
cell.make_trainable("HH_gNa", verbose=False)


@jax.jit
def peak(params):
    return jx.integrate(cell, params=params).max()


params = cell.get_parameters()
float(peak(params))

# %% [markdown]
# ## Many at once: vmap
#
# A batch of parameter sets is one program; the cable equations of equal cells are solved side by side in the vector
# registers of the processor.

# %%
gna = jnp.linspace(0.05, 0.2, 16)
many = [{"HH_gNa": gna[:, None]}]
peaks = jax.jit(jax.vmap(peak))(many)
np.round(peaks, 1)

# %% [markdown]
# ## More than fits: map_many
#
# `map_many` is `vmap` in chunks that fit into memory, over all devices, with a bar. On CPUs call `jx.use_all_cores()`
# right after the imports: then every core is a device. Stimuli can be mapped too.


# %%
def spikes(amplitude):
    current = jx.step_current(i_delay=2.0, i_dur=15.0, i_amp=1.0, delta_t=0.025, t_max=20.0) * amplitude
    v = jx.integrate(cell, data_stimuli=cell.soma.branch(0).comp(0).data_stimulate(current), params=params)
    return jnp.sum((v[0, 1:] > 0) & (v[0, :-1] <= 0))


jx.map_many(spikes, np.linspace(0.0, 3.0, 8), progress=False)

# %% [markdown]
# ## Settings that pay off
#
# - `jx.use_compilation_cache()` keeps compiled programs on disk for the next session.
# - `jx.use_wide_vectors()` before the first computation lets your own `jit` use vectors of 512 bits where there are some.
# - float32 is the default of JAX and twice as fast; `jax.config.update("jax_enable_x64", True)` for the last digits.
