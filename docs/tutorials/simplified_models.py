# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # Simplified models: integrate-and-fire, Izhikevich, rate
#
# A point neuron is a compartment with another channel. It takes the same stimuli and synapses, is recorded, batched
# and trained the same way, and can stand in one network with detailed cells.
#
# | channel | model | states | spikes |
# |---|---|---|---|
# | `Leak` and `Fire` | leaky integrate and fire (Lapicque 1907) | v | reset at a threshold |
# | `LIF` | the same in one channel, with a refractory period | v, time left | reset at a threshold |
# | `AdEx` | adaptive exponential (Brette and Gerstner 2005) | v, w | with an upstroke |
# | `Izhikevich` | Izhikevich (2003) | v, u | with an upstroke |
# | `Rate` | rate unit (Wilson and Cowan 1972) | v, read as a rate | none |

# %%
import functools
import warnings

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import dendrax as jx
from dendrax.channels import HH, Fire, Izhikevich, Leak, Rate
from dendrax.mechanisms.surrogate import superspike
from dendrax.synapses import ExpSynapse, TanhRateSynapse

# %% [markdown]
# ## Leaky integrate and fire, and what it should do
#
# A compartment is a piece of membrane with a capacitance and a leak; `Fire` puts the voltage back when it is above
# the threshold. The rate that follows is known: with R the resistance and tau the time constant, 1 / (tau ln(R I /
# (R I - 15))) where threshold and rest are 15 mV apart. All currents are one batch.


# %%
def integrate_and_fire(surrogate="triangle"):
    """A cell with a time constant of 10 ms that spikes 15 mV above rest."""
    cell = jx.Cell()
    cell.set("length", 20.0)  # um
    cell.set("radius", 10.0)
    cell.insert(Leak())
    cell.insert(Fire(surrogate=surrogate))
    cell.set("Leak_gLeak", 1e-4)  # S/cm2: tau = C / g = 10 ms
    cell.set("Leak_eLeak", -65.0)
    cell.set("Fire_vth", -50.0)
    cell.set("Fire_vreset", -65.0)
    cell.set("v", -65.0)
    return cell


lif = integrate_and_fire()
lif.record("v", verbose=False)
lif.record("Fire_spikes", verbose=False)

amplitudes = np.linspace(0.0, 0.06, 61)  # nA
stimuli = [lif.data_stimulate(jnp.full(5000, one)) for one in amplitudes]
found = jx.integrate_many(lif, data_stimuli=stimuli, delta_t=0.1, progress=False)
v, spikes = np.moveaxis(found, 1, 0)

# %%
rise = amplitudes / (1e-4 * lif.nodes["area"][0] * 1e-2)  # R I [mV]; S/cm2 um2 is 1e-2 uS
with np.errstate(divide="ignore", invalid="ignore"):
    rate = np.where(rise > 15, 1e3 / (10 * np.log(rise / (rise - 15))), 0.0)
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
jx.plot.traces(np.arange(1001) * 0.1, v[22, :1001], ax=left)
right.plot(amplitudes, rate, "0.6", linewidth=4, label="closed form")
right.plot(amplitudes, spikes.sum(1) / 0.5, label="simulated")
right.set_xlabel("current [nA]")
right.set_ylabel("rate [Hz]")
right.legend()
plt.show()

# %% [markdown]
# A spike waits for the end of its step: an interval is up to 0.1 ms too long, of 4 ms at 250 Hz. There is no spike
# to see in the voltage; the state `Fire_spikes` has them.
#
# ## Gradients through a reset
#
# A spike is a step function of the voltage; its derivative is zero, and a network of such cells would learn
# nothing. `surrogate=` puts a slope in its place, in the backward pass alone: "triangle" (Bellec et al. 2018),
# "superspike" (Zenke and Ganguli 2018), "sigmoid", or a function of yours. Without one a derivative warns; a run never does. How many
# spikes does a mV of threshold cost?


# %%
def slope_by_threshold(surrogate):
    cell = integrate_and_fire(surrogate)
    cell.record("Fire_spikes", verbose=False)
    cell.make_trainable("Fire_vth", verbose=False)

    def count(params):
        current = cell.data_stimulate(jnp.full(2000, 0.022))
        return jx.integrate(cell, params, data_stimuli=current, delta_t=0.1).sum()

    return jax.grad(count)(cell.get_parameters())[0]["Fire_vth"][0]


ri = 0.022 / (1e-4 * lif.nodes["area"][0] * 1e-2)
# the derivative by 15 of 200 ms / (10 ms ln(ri / (ri - 15)))
exact = -20 / np.log(ri / (ri - 15)) ** 2 / (ri - 15)
print(f"closed form: {exact:.2g} spikes per mV")
for name, surrogate in (
    ("triangle", "triangle"),
    ("superspike", "superspike"),
    ("superspike, slope 0.1", functools.partial(superspike, slope=0.1)),
):
    print(f"{name}: {slope_by_threshold(surrogate):.2g}")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print("None:", slope_by_threshold(None))
print(caught[0].message)

# %% [markdown]
# The explosion is the pitfall of this topic. The reset is a part of what is differentiated: a step near the
# threshold multiplies a gradient by 1 - s (vth - vreset), where s is the surrogate's slope. With 15 mV and the 1 /
# mV of "superspike" that is -14, in each of the many steps that a slow approach takes. Choose a slope below 2 /
# (vth - vreset): "triangle" has 0.1 / mV, others take `functools.partial(superspike, slope=0.1)`. What comes out is
# a direction to learn by, of the right sign and size, not the derivative of a count.
#
# ## Izhikevich: four numbers, many kinds of cell
#
# The current of the paper is I = I_injected / (area x capacitance): 10 of its units are 10 uA/cm2 at 1 uF/cm2. Its
# parameters are set like any others.

# %%
kinds = {  # a, b, c, d of the paper
    "regular spiking": (0.02, 0.2, -65.0, 8.0),
    "chattering": (0.02, 0.2, -50.0, 2.0),
    "fast spiking": (0.1, 0.2, -65.0, 2.0),
}
cells = jx.Network([jx.Cell() for _ in kinds])
cells.insert(Izhikevich(surrogate="triangle"))
for k, values in enumerate(kinds.values()):
    for name, value in zip("abcd", values, strict=True):
        cells.cell(k).set(f"Izhikevich_{name}", value)
cells.set("v", -65.0)
cells.init_states()
area = cells.nodes["area"][0] * 1e-8  # cm2
current = jx.step_current(20.0, 180.0, 10.0 * area * 1e3, 0.1, 200.0)  # nA
cells.cell("all").stimulate(current, verbose=False)
cells.record("v", verbose=False)
v = jx.integrate(cells, delta_t=0.1)

fig, axes = plt.subplots(3, 1, figsize=(7, 4.5), sharex=True, layout="constrained")
for ax, trace, kind in zip(axes, v, kinds, strict=True):
    ax.plot(np.arange(trace.size) * 0.1, trace)
    ax.set_title(kind, fontsize=9)
axes[1].set_ylabel("voltage [mV]")
axes[2].set_xlabel("time [ms]")
plt.show()

# %% [markdown]
# These models advance the voltage by forward Euler, as their papers do: take steps of 0.1 ms or less.
#
# ## A detailed cell and a point neuron in one network
#
# A synapse that looks for an upward crossing of the voltage would wait in vain for that of an integrate-and-fire
# cell. `ExpSynapse(spikes="Fire_spikes")` takes the state that says when it spiked.

# %%
detailed = jx.Cell(jx.Branch(ncomp=4), parents=[-1, 0, 0])
detailed.insert(HH())
net = jx.Network([integrate_and_fire(), detailed])
jx.connect(
    net.cell(0).branch(0).comp(0),
    net.cell(1).branch(2).comp(3),
    ExpSynapse(spikes="Fire_spikes"),
)
net.set("ExpSynapse_gS", 0.01)
net.set("ExpSynapse_tau", 2.0)
net.set("v", -65.0)
net.init_states()
net.cell(0).stimulate(jx.step_current(10.0, 60.0, 0.03, 0.025, 100.0), verbose=False)
net.cell([0, 1]).branch(0).comp(0).record("v", verbose=False)
v = jx.integrate(net)
time = np.arange(v.shape[1]) * 0.025
ax = jx.plot.traces(time, v, labels=["integrate and fire", "HH, soma"])
ax.legend(loc="upper right")
plt.show()

# %% [markdown]
# ## A recurrent network of rates
#
# With `Rate`, tau dv/dt = -v, and `TanhRateSynapse` adds the current -gS tanh(slope (v_pre - offset)), which the
# capacitance turns into a change of v. There are no mV here: v is a number. With random weights of variance g2 / N
# such a network falls silent for g < 1 and is chaotic for g > 1 (Sompolinsky, Crisanti and Sommers 1988).


# %%
def rates(gain, n=60):
    rng = np.random.default_rng(3)
    net = jx.Network([jx.Cell() for _ in range(n)])
    net.insert(Rate())
    net.set("Rate_tau", 10.0)
    jx.fully_connect(net.cell("all"), net.cell("all"), TanhRateSynapse())
    per_nA = 10 / (net.nodes["area"][0] * 1e-5)  # tau / C, C in nF: where 1 nA brings v
    weights = -gain / np.sqrt(n) * rng.standard_normal(n * n) / per_nA
    net.set("TanhRateSynapse_gS", weights)
    net.set("TanhRateSynapse_x_offset", 0.0)
    net.set("v", rng.standard_normal(n))
    net.record("v", verbose=False)
    return jx.integrate(net, t_max=500.0, delta_t=0.5)


fig, axes = plt.subplots(1, 2, figsize=(9, 3), sharey=True, layout="constrained")
for ax, gain in zip(axes, (0.5, 2.0), strict=True):
    ax.plot(np.arange(1001) * 0.5, rates(gain)[:6].T, linewidth=1)
    ax.set_title(f"g = {gain}")
    ax.set_xlabel("time [ms]")
axes[0].set_ylabel("rate")
plt.show()

# %% [markdown]
# Next: [connect them by spikes with delays](spikes_and_delays.py), [train a network](training.py), [write a neuron of your own](own_channels_and_synapses.py) (a channel may
# return a new `"v"`), `examples/fit_evidence.py` trains a rate network to remember.
