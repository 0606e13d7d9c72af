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
# An axon carries spikes to other cells, where they arrive some milliseconds later. A model rarely needs the axon itself;
# a connection with a delay is enough. This page detects spikes, sends them over connections with delays, records them,
# and differentiates their times.

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
# The ring has six cells, each with a soma and a dendrite. A **point process** is a mechanism that you place on a
# compartment, where it receives events. `ExpSyn` is a conductance that jumps by the weight of each event and then decays.
# We place an `ExpSyn` on each dendrite and name it "E". `net.E` is a view of all of them, and the names of their
# parameters and states begin with "E".

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
# `netcon` connects the first source to the first target, the second to the second, and so on. Here each source is a
# compartment, which spikes when its voltage crosses the threshold upward; each target is a point process. Weights of
# conductances are in uS. Each cell excites the next one after 3.3 ms, and the last cell excites the first.

# %%
somata = net.cell("all").branch(0).comp(0)
after = (np.arange(n_cells) + 1) % n_cells
jx.netcon(somata, net.E.of_cell(after), weight=0.03, delay=3.3, threshold=0.0)
net.netcons.to_pandas()

# %% [markdown]
# A current makes cell 0 spike. We record voltages and spikes; with `return_spikes=True` a run returns both.

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
# `spikes.times` [ms] are sorted. `spikes.ids` tell which place spiked, numbered in the order of the calls of
# `record_spikes`. A table is easier to read, and `of` gives the spikes of one place:

# %%
print("cell 0 spiked at", spikes.of(0).round(3), "ms")
spikes.to_pandas().head()

# %% [markdown]
# ## The times of spikes and arrivals
#
# A run takes steps, but a spike can happen at any time. You can choose between two modes:
#
# - `events="interpolated"`, the default: the spike is where a straight line between the voltages of two steps crosses
#   the threshold. An event that arrives within a step is shared out between its two ends; the nearer end gets more.
# - `events="grid"`: the spike is at the end of its step, and arrives at the nearest step. This is what NEURON does with
#   a fixed step. We get NEURON's spikes, step for step.
#
# The difference is small but adds up, since every cell in the ring passes its rounding error to the next. This picture
# shows the error of the last spike of cell 0, over the time step:

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
# ## Gradients of spike times
#
# Interpolated times are continuous functions of weights, delays, thresholds, conductances and inputs. So they have
# gradients without surrogates. You make weights trainable like any other parameter. A trainable delay needs bounds:
# they fix how long events may be under way, which JAX has to know before it compiles.

# %%
net.netcons.make_trainable("weight", verbose=False)
net.netcons.make_trainable("delay", bounds=(1.0, 8.0), verbose=False)
params = net.get_parameters()


def last_cell(params):
    """The time of the first spike of cell 5 [ms]."""
    _, spikes = jx.integrate(
        net, params, t_max=40.0, return_spikes=True, max_spikes=20
    )
    return spikes.trains(1)[5, 0]


when, (by_weight, by_delay) = jax.value_and_grad(last_cell)(params)
print(f"cell 5 spikes at {when:.3f} ms")
print("ms per nS:", (1e-3 * by_weight["weight"]).round(4))
print("ms per ms:", by_delay["delay"].round(2))

# %% [markdown]
# The connection from cell 5 to 0 does not matter, since it acts after the spike of cell 5. Stronger connections make
# the spike come sooner, and a millisecond more of any delay makes it come about a millisecond later. This gradient is
# the exact derivative of the run as computed, steps included. It wavers around the derivative of the underlying
# equations, here by up to a fifth, because it depends on the place of an event within its step. With shorter steps it
# wavers less, and over several spikes it averages out.
#
# Inside of `jit` and `grad` JAX does not know the number of spikes. `max_spikes=` makes room for that many;
# `trains(1)` is the first spike of each place, and infinite for a place without spikes.
#
# **The gradient ignores spikes that appear or vanish.** It is exact as long as the run has the same spikes. If you
# weaken one connection until the next cell fails, the spike of cell 5 does not come later: it is lost.

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
# ## Delays of synapses between two compartments
#
# `jx.connect` with one of the event synapses (`ExpSynapse`, `DoubleExpSynapse`, `ExpCurrentSynapse`) takes a delay as
# well. Such a synapse belongs to a pair of compartments and has its own parameters: the conductance `gS`, the threshold
# `v_th` and the delay `delay`. With a delay it needs no surrogate.

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
# Common mistakes are a connection to the compartment instead of its point process, a time step longer than a delay,
# trainable delays without bounds, numbers of sources and targets that do not match, and a misspelt name. Dendrax checks
# all of this before anything runs:

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
# A threshold that the voltage never reaches gives neither spikes nor an error. If a network stays silent, first look at
# the largest voltage of its sources.
#
# ## Next
#
# - [Networks driven by spike trains](driven_by_spike_trains.py): sources of spikes without cells.
# - [Learning delays](learning_delays.py), and [Plasticity](plasticity.py).
# - [Events](../events.md): all rules and limits, and how to write a mechanism that receives events.
# - [From NEURON](from_neuron.py): the counterparts of NetCon, ExpSyn and APCount.
