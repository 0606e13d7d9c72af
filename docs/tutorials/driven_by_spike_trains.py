# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # Networks driven by spike trains
#
# A model rarely contains the cells that excite a neuron. It contains their spikes: times from an experiment or from
# another simulation, or random trains of a given rate. Sources of spikes without a cell are called artificial. This
# page drives a pyramidal cell with each kind of artificial source, and shows how its firing depends on the rate of its
# inputs.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import dendrax as jx
from dendrax.channels import HH, Leak
from dendrax.errors import DendraxError
from dendrax.events import NetStim, Poisson, VecStim
from dendrax.synapses import Exp2Syn, ExpSyn

# %% [markdown]
# ## A cell with eighty synapses
#
# We place forty excitatory synapses on the apical dendrites and forty inhibitory ones on the basal dendrites. `place`
# puts a point process on each compartment in view, and each call adds another one.

# %%
cell = jx.morphology.sample("pyramidal")
cell.set("axial_resistivity", 150.0)
cell.insert(Leak())
cell.set("Leak_gLeak", 1e-4)
cell.set("Leak_eLeak", -65.0)
cell.soma.insert(HH())
cell.axon.insert(HH())
cell.set("v", -65.0)
cell.init_states()

rng = np.random.default_rng(0)
n_exc = n_inh = 40
for group, n, synapse in (
    ("apical", n_exc, ExpSyn("E")),
    ("basal", n_inh, Exp2Syn("I")),
):
    comps = getattr(cell, group).nodes.index.to_numpy()
    for comp in rng.choice(comps, n):  # a compartment may be drawn twice
        cell.select(nodes=[comp]).place(synapse)
cell.set("E_tau", 2.0)  # [ms]
cell.set("I_tau1", 0.5)
cell.set("I_tau2", 5.0)
cell.set("I_e", -75.0)  # [mV]
soma = cell.branch(0).comp(0)
soma.record("v", verbose=False)
soma.record_spikes(threshold=-10.0, verbose=False)
cell.points[["comp_index", "type"]].groupby("type").describe()

# %% [markdown]
# ## Given times: `VecStim`
#
# `VecStim` takes a list of the times of each source, an array padded with NaN, or a table with columns `time` and `id`
# such as `spikes.to_pandas()` of another run. `add_sources` returns a view of the sources, which you connect and change.

# %%
volley = [rng.normal(20.0, 3.0, 3).clip(1.0) for _ in range(n_exc)]
given = cell.add_sources(VecStim(volley))
from_volley = jx.netcon(given, cell.E, weight=4e-3, delay=1.0)
given.record_spikes(verbose=False)
v, spikes = jx.integrate(cell, t_max=60.0, return_spikes=True)

time = np.arange(v.shape[1]) * 0.025
fig, (above, below) = plt.subplots(
    2, 1, figsize=(7, 5), layout="constrained", sharex=True
)
jx.plot.raster(spikes, groups={"soma": [0], "input": range(1, 41)}, ax=above)
jx.plot.traces(time, v, labels=["soma"], ax=below)
plt.show()
spikes.to_pandas().tail(3)

# %% [markdown]
# ## Noise: `NetStim` and `Poisson`
#
# `NetStim` works as in NEURON: it fires `number` spikes from `start` on, one every `interval` [ms]; with `noise=1.0` it
# is a Poisson process. `Poisson` has a rate in Hz instead, and the rate may vary. Every source draws from the key of
# the run:
#
# - the same key gives the same spikes, on any machine and any number of devices;
# - the spikes of a source do not depend on the number of other sources or the duration of the run;
# - each trial takes a key of its own, and `jax.vmap` runs many trials at once.

# %%
from_volley.set("weight", 0.0)
noise = cell.add_sources(NetStim(number=np.inf, start=0.0, noise=1.0), n_inh)
noise.set("NetStim_interval", 50.0)  # [ms], 20 Hz
jx.netcon(noise, cell.I, weight=1e-3, delay=1.0)

t_max = 150.0
wave = 30.0 * (1.0 + np.sin(2.0 * np.pi * np.arange(t_max) / 50.0))  # [Hz]
drive = cell.add_sources(Poisson(rate=wave, delta_t=1.0), n_exc)
jx.netcon(drive, cell.E, weight=1e-2, delay=1.0)


@jax.jit
def trial(key):
    _, spikes = jx.integrate(
        cell, t_max=t_max, delta_t=0.05, key=key, return_spikes=True, max_spikes=300
    )  # fmt: skip
    return spikes


trials = jax.vmap(trial)(jax.random.split(jax.random.key(0), 20))
trains = [trials.run(i).of(0) for i in range(20)]

fig, (above, below) = plt.subplots(
    2, 1, figsize=(7, 4.5), layout="constrained", sharex=True
)
jx.plot.raster(trains, ylabel="trial", ax=above)
below.hist(np.concatenate(trains), bins=np.arange(0.0, t_max + 1.0, 5.0))
below.plot(np.arange(t_max), 0.2 * wave, label="rate of the inputs (scaled)")
below.set(xlabel="time [ms]", ylabel="spikes in 5 ms")
below.legend(loc="upper right")
plt.show()

# %% [markdown]
# The cell follows the rate of its inputs. Each row is a trial with a key of its own.
#
# ## Rates have gradients
#
# The times of a Poisson process follow from its rate and from random numbers. If the random numbers are fixed, the times
# are smooth functions of the rate: the higher the rate, the sooner each spike. So every function of the times has a
# gradient by the rate, or by the interval of a `NetStim`. We compute the mean voltage of a passive cell, over eight
# keys:

# %%
quiet = jx.morphology.sample("pyramidal")
quiet.set("axial_resistivity", 150.0)
quiet.insert(Leak())
quiet.set("Leak_gLeak", 1e-4)
quiet.set("Leak_eLeak", -65.0)
quiet.set("v", -65.0)
quiet.apical.place(ExpSyn("E"))
quiet.set("E_tau", 2.0)
quiet.branch(0).comp(0).record("v", verbose=False)
inputs = quiet.add_sources(
    NetStim(number=np.inf, start=0.0, noise=1.0), len(quiet.E.points)
)
jx.netcon(inputs, quiet.E, weight=1e-3, delay=1.0)
inputs.set("NetStim_interval", 20.0)  # the shortest of all runs, see below
quiet.make_trainable("NetStim_interval", verbose=False)  # one value for all


def mean_voltage(interval, key):
    params = [{"NetStim_interval": interval[None]}]
    return jx.integrate(quiet, params, t_max=100.0, delta_t=0.1, key=key).mean()


keys = jax.random.split(jax.random.key(1), 8)
intervals = jnp.linspace(20.0, 80.0, 7)
of_all = jax.vmap(
    jax.vmap(jax.value_and_grad(mean_voltage), (None, 0)), (0, None)
)
values, slopes = (one.mean(1) for one in jax.jit(of_all)(intervals, keys))

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.plot(intervals, values, "o")
for interval, value, slope in zip(intervals, values, slopes):
    near = np.array([-4.0, 4.0])
    ax.plot(interval + near, value + slope * near, "C1")
ax.set(xlabel="interval of each input [ms]", ylabel="mean voltage [mV]")
plt.show()

# %% [markdown]
# The lines are the gradients. They ignore spikes that enter or leave the run at its end as the interval changes. Such
# spikes are few, and their effect on the voltage is small, since it grows from zero. You can also trace time-varying
# rates and given times: [`data_set("Poisson_rates", ...)`](../events.md#traced-times-and-rates).
#
# ## What goes wrong
#
# A random source without a key, more sources than lists of times, a list with NaN, a negative interval, and a target
# that is not a point process:

# %%
attempts = (
    lambda: jx.integrate(quiet, t_max=10.0),
    lambda: quiet.add_sources(VecStim([[1.0], [2.0, 3.0]]), 5),
    lambda: VecStim([[1.0, np.nan]]),
    lambda: inputs.set("NetStim_interval", -5.0),
    lambda: jx.netcon(inputs, quiet.branch(0).comp(0), weight=1e-3),
)
for attempt in attempts:
    try:
        attempt()
    except DendraxError as error:
        print("-", error)

# %% [markdown]
# Before it starts, a run makes room for as many spikes of its sources as the values in the tables suggest. If you train
# an interval and it becomes much shorter than in the tables, the room may not suffice. Then a run outside of `jit`
# raises an error, and a run inside gives NaN. Set the shortest interval, or the highest rate, in the tables with `set`.
#
# ## Next
#
# - [Spikes and delays](spikes_and_delays.py): connections between cells.
# - [Learning delays](learning_delays.py): train a network with a `NetStim` as input.
# - [Events](../events.md): write a source, use keys, and continue a run.
# - [Many runs at once](jit_and_vmap.py).
