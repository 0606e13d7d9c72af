# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # Spikes and delays
#
# An axon carries spikes, and takes its time. A model rarely needs the axon itself: it needs to know when a cell
# spikes, and to tell other cells some milliseconds later. This page detects spikes, sends them over connections with
# delays, records them, and differentiates their times.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import dendrax as jx
from dendrax.channels import HH
from dendrax.errors import DendraxError
from dendrax.synapses import ExpSyn, ExpSynapse

jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - to see small differences

# %% [markdown]
# ## A ring of cells
#
# Six cells, each with a soma and a dendrite. A **point process** is placed on a compartment and waits for events there:
# `ExpSyn` is a conductance that jumps by the weight of each event and then decays. We place one on each dendrite and
# name it "E". `net.E` is a view of all of them, and their parameters and states carry the name.

# %%
n_cells, t_max = 6, 50.0
cell = jx.Cell(jx.Branch(ncomp=2), parents=[-1, 0])
net = jx.Network([cell] * n_cells)
net.set("length", 30.0)
net.insert(HH())
net.set("v", -65.0)
net.init_states()

net.cell("all").branch(1).loc(0.5).place(ExpSyn("E"))
net.set("E_tau", 2.0)  # [ms]
net.set("E_e", 0.0)  # [mV]
net.points[["comp_index", "type", "E_tau", "E_e"]]

# %% [markdown]
# `netcon` connects: the first source to the first target, the second to the second. The source is a compartment, whose
# upward crossing of a threshold is a spike; the target is a point process. Weights of conductances are in uS. Here each
# cell excites the next one after 3.3 ms, and the last one the first.

# %%
somata = net.cell("all").branch(0).comp(0)
after = (np.arange(n_cells) + 1) % n_cells
jx.netcon(somata, net.E.of_cell(after), weight=0.03, delay=3.3, threshold=0.0)
net.netcons.to_pandas()

# %% [markdown]
# A current starts cell 0. We record voltages as ever, and spikes. With `return_spikes=True` a run returns both.

# %%
net.cell(0).branch(0).comp(0).stimulate(
    jx.step_current(1.0, 1.0, 0.5, 0.025, t_max), verbose=False
)
somata.record("v", verbose=False)
somata.record_spikes()
v, spikes = jx.integrate(net, t_max=t_max, return_spikes=True)
spikes

# %%
time = np.arange(v.shape[1]) * 0.025
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3), layout="constrained")
jx.plot.traces(time, v[:3], labels=["cell 0", "cell 1", "cell 2"], ax=left)
jx.plot.raster(spikes, ax=right)
plt.show()

# %% [markdown]
# `spikes.times` [ms] are sorted, `spikes.ids` say who spiked, in the order in which `record_spikes` was called. A table
# is better to read, and `of` gives the spikes of one place:

# %%
print("cell 0 spiked at", spikes.of(0).round(3), "ms")
spikes.to_pandas().head()

# %% [markdown]
# ## When is a spike, and when does it arrive?
#
# A run takes steps, but a spike can be at any time. There are two ways to deal with that:
#
# - `events="interpolated"`, the default: the spike is where a straight line between the voltages of two steps crosses
#   the threshold. What arrives within a step is shared out between its two ends, in proportion to how near they are.
# - `events="grid"`: the spike is at the end of its step, and arrives at the nearest step. This is what NEURON does with
#   a fixed step. We get NEURON's spikes, step for step.
#
# The difference is small but adds up: in the ring every cell hands its rounding to the next. This is the error of the
# last spike of cell 0, over the time step:

# %%
steps = [0.05, 0.025, 0.0125]


def last_spike(events, delta_t, solver="bwd_euler"):
    _, spikes = jx.integrate(
        net, t_max=t_max, delta_t=delta_t, events=events, solver=solver, return_spikes=True
    )  # fmt: skip
    return float(spikes.of(0)[-1])


exact = last_spike("interpolated", 0.003125)
fig, ax = plt.subplots(figsize=(5, 3), layout="constrained")
for events, style in (("grid", "o-"), ("interpolated", "s-")):
    errors = [abs(last_spike(events, step) - exact) for step in steps]
    ax.loglog(steps, errors, style, label=events)
    print(f"{events:>12}", np.round(errors, 4), "ms")
ax.set(xlabel="time step [ms]", ylabel="error of the last spike [ms]")
ax.legend()
plt.show()

# %% [markdown]
# ## What a spike time depends on
#
# Interpolated times are continuous functions of weights, delays, thresholds, conductances and inputs. So they have
# gradients, and no surrogate is needed. Weights are made trainable like any other parameter. A trainable delay needs
# bounds: they fix how long events may be under way, which JAX has to know before it compiles.

# %%
net.netcons.make_trainable("weight", verbose=False)
net.netcons.make_trainable("delay", bounds=(1.0, 8.0), verbose=False)
params = net.get_parameters()


def last_cell(params):
    """When the spike has come to cell 5 [ms]."""
    _, spikes = jx.integrate(
        net, params, t_max=40.0, return_spikes=True, max_spikes=20
    )
    return spikes.trains(1)[5, 0]


when, (by_weight, by_delay) = jax.value_and_grad(last_cell)(params)
print(f"cell 5 spikes at {when:.3f} ms")
print("ms per nS:", (1e-3 * by_weight["weight"]).round(4))
print("ms per ms:", by_delay["delay"].round(2))

# %% [markdown]
# The connection from cell 5 to 0 does not matter: it comes after. Stronger connections make the spike come sooner, and
# a millisecond more of any delay is about a millisecond more for it. About: this is the derivative of the run as it is
# computed, steps included. It is exact for that, but where in its step an event
# happens to fall makes it waver around the derivative of the equations behind it, here by up to a fifth. With shorter
# steps it wavers less, and over several spikes it averages out.
#
# Inside of `jit` and `grad` nobody knows how many spikes there will be. `max_spikes=` makes room for that many;
# `trains(1)` is the first one of each place, infinite where there is none.
#
# **What such a gradient cannot see** is a spike that appears or vanishes. As long as the same spikes are there, it is
# exact. Weaken one connection until the next cell fails, and the spike of cell 5 does not come later: it is gone.

# %%
factors = np.linspace(0.2, 1.6, 15)
first = jnp.zeros(n_cells).at[0].set(1.0)  # the connection from cell 0 to 1


@jax.jit
@jax.vmap
def weakened(factor):
    weight = params[0]["weight"] * (1.0 + (factor - 1.0) * first)
    return jax.value_and_grad(last_cell)([{"weight": weight}, params[1]])


times, slopes = weakened(factors)
fig, ax = plt.subplots(figsize=(5, 3), layout="constrained")
ax.plot(30.0 * factors, times, "o")
for factor, at, slope in zip(factors, times, slopes[0]["weight"][:, 0]):
    near = np.array([-0.03, 0.03])
    ax.plot(
        30.0 * (factor + near), at + slope * params[0]["weight"][0] * near, "C1"
    )
ax.set(xlabel="weight from cell 0 to 1 [nS]", ylabel="spike of cell 5 [ms]")
plt.show()
print(f"lost below {30.0 * factors[np.isfinite(times)].min():.0f} nS")

# %% [markdown]
# The lines are the gradients, and the curve follows them up to the cliff. Beyond it the time is infinite and the
# gradient is zero. [Learning delays](learning_delays.py) shows how to train in spite of this.
#
# ## Delays for synapses that you have
#
# `jx.connect` with one of the event synapses (`ExpSynapse`, `DoubleExpSynapse`, `ExpCurrentSynapse`) takes a delay as
# well. There the synapse belongs to a pair of compartments, with parameters of its own: the conductance is `gS`, the
# threshold `v_th`, the delay `delay`. With a delay, no surrogate is needed.

# %%
pair = jx.Network([cell] * 2)
pair.insert(HH())
pair.set("v", -65.0)
pair.init_states()
pre, post = pair.cell(0).branch(0).comp(0), pair.cell(1).branch(1).comp(0)
jx.connect(pre, post, ExpSynapse(), delay=[2.0])
pair.set("ExpSynapse_gS", 1e-3)
pair.edges[["pre_index", "post_index", "ExpSynapse_gS", "ExpSynapse_delay"]]

# %% [markdown]
# ## What goes wrong
#
# Everybody once connects to the compartment instead of to its point process, asks for a delay shorter than a step, or
# makes delays trainable without bounds. All is checked before anything runs:

# %%
attempts = (
    lambda: jx.netcon(somata, net.cell(1).branch(1).comp(0), weight=0.03),
    lambda: jx.integrate(net, t_max=8.0, delta_t=4.0),
    lambda: pair.ExpSynapse.make_trainable("ExpSynapse_delay", verbose=False),
    lambda: jx.netcon(somata, net.E.of_cell([1, 2]), weight=0.03),
    lambda: net.E.set("E_tua", 1.0),
)
for attempt in attempts:
    try:
        attempt()
    except DendraxError as error:
        print("-", error)

# %% [markdown]
# No error, but no spike either: a threshold that the voltage never reaches. If a network stays silent, look at the
# largest voltage of its sources first.
#
# ## Next
#
# - [Networks driven by spike trains](driven_by_spike_trains.py): sources that are no cells.
# - [Learning delays](learning_delays.py), and [Plasticity](plasticity.py).
# - [Events](../events.md): all the rules, limits, and how to write a mechanism that receives events.
# - What [NEURON's users](from_neuron.py) call NetCon, ExpSyn and APCount.
