# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # Plasticity
#
# Connections change with the spikes at their two ends: over minutes, by the order of spikes (STDP), or over
# milliseconds, because the transmitter runs out. `jx.netcon(..., plasticity=rule)` makes such connections. This page
# measures a learning window, lets a cell find correlated inputs, shows short-term depression and facilitation, and
# defines a new rule.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import dendrax as jx
from dendrax.channels import HH
from dendrax.errors import DendraxError
from dendrax.events import PairSTDP, Plasticity, TsodyksMarkram, VecStim
from dendrax.mechanisms.plasticity import decay_factor
from dendrax.synapses import ExpSyn

# %% [markdown]
# ## A learning window
#
# `PairSTDP` is the pair rule of Song, Miller and Abbott. A postsynaptic spike soon after a presynaptic event makes the
# connection stronger; a postsynaptic spike soon before makes it weaker. `w` is relative to the weight of the connection
# and begins as 1: an event delivers `weight` times `w`. Every connection has its own states and parameters, named after
# the rule, for `set`, `record` and `make_trainable`.
#
# A current makes a cell spike once, and forty inputs fire one after the other, every 2 ms. Their weight is 0, so that
# they do not act on the cell; their `w` changes nevertheless.

# %%
cell = jx.Cell(jx.Branch(ncomp=1), parents=[-1])
cell.set("length", 30.0)
cell.set("radius", 10.0)
cell.insert(HH())
cell.set("v", -65.0)
cell.init_states()
cell.place(ExpSyn("E"))
cell.set("E_tau", 3.0)

one = jx.Network([cell])
times = np.arange(20.0, 100.0, 2.0)
inputs = one.add_sources(VecStim(times[:, None]))
window = jx.netcon(
    inputs, one.E, weight=0.0, delay=1.0, threshold=0.0, plasticity=PairSTDP()
)
window.record("PairSTDP_w", verbose=False)
one.cell(0).record_spikes(threshold=0.0, verbose=False)
one.cell(0).stimulate(
    jx.step_current(60.0, 1.0, 0.8, 0.025, 140.0), verbose=False
)
w, spikes = jx.integrate(one, t_max=140.0, return_spikes=True)

apart = float(spikes.of(0)[0]) - (
    times + 1.0
)  # an event counts when it arrives
expected = np.where(
    apart >= 0.0,
    0.005 * np.exp(-np.abs(apart) / 20.0),
    -0.00525 * np.exp(-np.abs(apart) / 20.0),
)
fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.plot(apart, w[:, -1] - 1.0, "o", markersize=3, label="simulated")
ax.plot(apart, expected, "k", linewidth=0.8, label="formula")
ax.set(
    xlabel="postsynaptic spike - presynaptic event [ms]", ylabel="change of w"
)
ax.legend()
plt.show()
print("largest difference:", float(np.abs(w[:, -1] - 1.0 - expected).max()))

# %% [markdown]
# The engine takes the events within a step in the order of their times, and the traces between them decay exactly. So
# the change of `w` does not depend on the time step.
#
# The postsynaptic spikes are those of the first compartment of the target's cell, with the same threshold as on the
# presynaptic side. Pass `post=` to use another compartment.
#
# ## Correlated inputs win
#
# The cell now has forty inputs of 12 Hz. Twenty of them often spike together, as if they responded to the same stimulus;
# the others are independent. The rule does not know the two groups. But inputs that spike together make the cell spike,
# and so the rule strengthens them. We make the changes six times as large as by default, so that two seconds suffice.

# %%
rng = np.random.default_rng(0)
n, t_max = 40, 2000.0


def poisson(rate):
    """Times of a train of `rate` [Hz]."""
    return np.sort(
        rng.uniform(1.0, t_max - 10.0, rng.poisson(rate * t_max / 1000.0))
    )


together = poisson(15.0)


def train_of(i):
    """Most of the common spikes, each up to 3 ms late; or independent spikes."""
    if i >= n // 2:
        return poisson(12.0)
    kept = together[rng.random(len(together)) < 0.8]
    return kept + rng.uniform(0.0, 3.0, len(kept))


trains = [train_of(i) for i in range(n)]
net = jx.Network([cell])
inputs = net.add_sources(VecStim(trains))
learning = jx.netcon(
    inputs, net.E, weight=5e-4, delay=1.0, threshold=0.0, plasticity=PairSTDP()
)
learning.set("PairSTDP_A_plus", 0.03)
learning.set("PairSTDP_A_minus", 0.033)
learning.record("PairSTDP_w", verbose=False)
net.cell(0).record_spikes(threshold=0.0, verbose=False)
w, spikes = jx.integrate(
    net, t_max=t_max, delta_t=0.05, record_every=20, return_spikes=True
)

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3), layout="constrained")
seconds = np.arange(w.shape[1]) / 1000.0
left.plot(seconds, w[n // 2 :].T, "0.75", linewidth=0.8)
left.plot(seconds, w[: n // 2].T, "C1", linewidth=0.8)
left.set(xlabel="time [s]", ylabel="w")
right.plot(w[:, -1], "o")
right.set(
    xlabel="input (the first twenty are correlated)", ylabel="w at the end"
)
plt.show()
both = w[: n // 2, -1].mean(), w[n // 2 :, -1].mean()
print(
    f"{int(spikes.count)} spikes; mean w of correlated inputs {both[0]:.2f}, of the others {both[1]:.2f}"
)

# %% [markdown]
# ## Short-term plasticity
#
# `TsodyksMarkram` models the transmitter: each event uses a fraction of the available transmitter, which then recovers,
# and the fraction itself may grow with use. An event that used up all transmitter would deliver the full weight. We send
# ten events at 20 Hz through a depressing and a facilitating connection:

# %%
two = jx.Network([cell] * 2)
train = two.add_sources(VecStim(20.0 + 50.0 * np.arange(10.0)))
kinds = jx.netcon(
    train, two.E, weight=2e-3, delay=1.0, plasticity=TsodyksMarkram()
)
kinds.set("TsodyksMarkram_U", [0.5, 0.1])
kinds.set("TsodyksMarkram_tau_rec", [800.0, 100.0])  # [ms]
kinds.set("TsodyksMarkram_tau_facil", [0.0, 1000.0])
two.cell("all").record("v", verbose=False)
v = jx.integrate(two, t_max=550.0)
ax = jx.plot.traces(
    np.arange(v.shape[1]) * 0.025, v, labels=["depressing", "facilitating"]
)
plt.show()

# %% [markdown]
# ## Gradients
#
# Plasticity is a part of the run, so you can differentiate by amplitudes, time constants, the initial `w`, and by
# everything that moves a spike. How does the `w` of the input 5 ms before the spike depend on `tau_plus`?

# %%
window.make_trainable("PairSTDP_tau_plus", verbose=False)
which = int(np.argmin(np.abs(apart - 5.0)))


def final(params):
    return jx.integrate(one, params, t_max=100.0)[which, -1]


slope = jax.jit(jax.grad(final))(one.get_parameters())[0]["PairSTDP_tau_plus"]
formula = 0.005 * np.exp(-apart[which] / 20.0) * apart[which] / 20.0**2
print(f"{float(slope[which]):.3e} per ms; by the formula {formula:.3e} per ms")

# %% [markdown]
# ## A rule of your own
#
# Subclass `Plasticity`, declare parameters and states, and write the methods that you need: `decay` (the exact solution
# without events), `pre` (a presynaptic event; returns the new states and the factor of the weight that it delivers) and
# `post` (a postsynaptic spike). The engine calls them in the order of time. It calls all three in each step, with a
# `count` of 0 without events; then they must change nothing.
#
# This rule has soft bounds: the closer `w` is to a bound, the smaller the step towards it.


# %%
class SoftSTDP(Plasticity):
    """Pairs, with steps proportional to the distance of w from its bounds, 0 and w_max."""

    def __init__(self, name=None):
        super().__init__(name)
        name = self.name
        self.parameters = {
            f"{name}_A": 0.05,
            f"{name}_tau": 20.0,
            f"{name}_w_max": 2.0,
        }
        self.states = {f"{name}_w": 1.0, f"{name}_x": 0.0, f"{name}_y": 0.0}

    def decay(self, states, dt, params):
        kept = decay_factor(dt, params[f"{self.name}_tau"])
        return {
            f"{self.name}_{one}": states[f"{self.name}_{one}"] * kept
            for one in "xy"
        }

    def pre(self, states, count, params):
        w, x, y = (states[f"{self.name}_{one}"] for one in "wxy")
        less = w * jnp.clip(
            1.0 - count * params[f"{self.name}_A"] * y, 0.0, 1.0
        )
        return {f"{self.name}_w": less, f"{self.name}_x": x + count}, count * w

    def post(self, states, count, params):
        w, x, y = (states[f"{self.name}_{one}"] for one in "wxy")
        left = params[f"{self.name}_w_max"] - w
        more = w + left * jnp.clip(
            count * params[f"{self.name}_A"] * x, 0.0, 1.0
        )
        return {f"{self.name}_w": more, f"{self.name}_y": y + count}


soft = jx.Network([cell])
inputs = soft.add_sources(VecStim(trains))
changing = jx.netcon(
    inputs, soft.E, weight=5e-4, delay=1.0, threshold=0.0, plasticity=SoftSTDP()
)
changing.record("SoftSTDP_w", verbose=False)
w = jx.integrate(soft, t_max=t_max, delta_t=0.05, record_every=20)
fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.plot(w[:, -1], "o")
ax.set(xlabel="input (the first twenty are correlated)", ylabel="w at the end")
plt.show()

# %% [markdown]
# ## What goes wrong
#
# Pass a rule to `netcon`; do not insert or place it. Pass an instance, not a class. `post=` is only for rules that use
# postsynaptic spikes, and only connections with a rule have a `w`:

# %%
attempts = (
    lambda: net.insert(PairSTDP()),
    lambda: jx.netcon(
        inputs, soft.E, weight=1e-3, plasticity=PairSTDP, delay=1.0
    ),
    lambda: jx.netcon(
        train,
        two.E,
        weight=1e-3,
        plasticity=TsodyksMarkram("D"),
        post=two.cell(0),
    ),
    lambda: two.netcons.set("PairSTDP_w", 0.5),
)
for attempt in attempts:
    try:
        attempt()
    except DendraxError as error:
        print("-", error)

# %% [markdown]
# If a weight runs to a bound at once, the connection is usually too strong: its events always come before the spikes
# that they cause, so it only gets stronger. Begin with weights so small that a spike needs many events, and with
# `A_minus` above `A_plus`.
#
# ## Next
#
# - [Spikes and delays](spikes_and_delays.py), [Networks driven by spike trains](driven_by_spike_trains.py).
# - [Events](../events.md): precision, limits, and how to continue a run.
# - [All rules and their formulas](../api/events.md).
