# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # Channels and synapses of your own
#
# What is a MOD file in NEURON is a class in Python here: parameters, states, and two or three functions written with
# `jax.numpy`. Nothing is compiled by hand, and everything can be differentiated. We write a potassium channel
# from its equations, check it in four ways, then a synapse. [The page on mechanisms](../mechanisms.md) has the whole
# contract, and pumps.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import dendrax as jx
from dendrax.channels import Channel, K, Leak, Na
from dendrax.errors import DendraxError
from dendrax.mechanisms.gates import solve_gate_exponential, x_over_expm1
from dendrax.synapses import Synapse

# float64, to compare digits below
jax.config.update("jax_enable_x64", True)  # noqa: FBT003

# %% [markdown]
# ## A channel, from its equations
#
# The delayed rectifier of Pospischil et al. (2008), with v in mV and rates in 1/ms, w = v + 60:
#
# - i = g n^4 (v - e), with g = 5 mS/cm2 and e = -90 mV
# - dn/dt = alpha (1 - n) - beta n
# - alpha = 0.032 (15 - w) / (exp((15 - w) / 5) - 1)
# - beta = 0.5 exp((10 - w) / 40)
#
# Units are S/cm2 for conductances, mA/cm2 for currents (outward is positive). Names of parameters and states begin with the
# name of the channel, so that two channels can both have an `n`. A name without prefix is shared on purpose:
# in the built-in `K` and `Na` that is `vt`.


# %%
class Potassium(Channel):
    """Delayed rectifier of Pospischil et al. (2008)."""

    def __init__(self, name=None):
        self.current_is_in_mA_per_cm2 = True  # said before super()
        super().__init__(name)
        self.channel_params = {
            f"{self.name}_gK": 5e-3,  # S/cm2
            f"{self.name}_eK": -90.0,  # mV
        }
        self.channel_states = {f"{self.name}_n": 0.2}  # where it starts
        self.current_name = "i_K"  # currents of one name add up

    def update_states(self, states, dt, v, params):
        """A step of dt [ms], at the voltage of its beginning."""
        n = states[f"{self.name}_n"]
        return {f"{self.name}_n": solve_gate_exponential(n, dt, *self.rates(v))}

    def compute_current(self, states, v, params):
        """Outward current [mA/cm2]."""
        n, g = states[f"{self.name}_n"], params[f"{self.name}_gK"]
        return g * n**4 * (v - params[f"{self.name}_eK"])

    def init_state(self, states, v, params, delta_t):
        """Steady state, for `init_states`. Optional."""
        alpha, beta = self.rates(v)
        return {f"{self.name}_n": alpha / (alpha + beta)}

    @staticmethod
    def rates(v):
        """Opening and closing [1/ms]."""
        w = v + 60.0
        alpha = 0.032 * 5.0 * x_over_expm1((15.0 - w) / 5.0)
        return alpha, 0.5 * jnp.exp((10.0 - w) / 40.0)


# %% [markdown]
# Three rules: methods get **arrays** with an entry for each compartment, so write `jnp.where` and not `if`; they are
# **pure**, so return new values and change nothing; and they are **differentiated**, so mind 0 / 0. At
# v = -45 mV alpha is 0 / 0. `x_over_expm1(x)` is x / (exp(x) - 1), finite everywhere with all derivatives:


# %%
def alpha_as_in_the_paper(v):
    return 0.032 * (-45.0 - v) / (jnp.exp((-45.0 - v) / 5.0) - 1.0)


for alpha in (alpha_as_in_the_paper, lambda v: Potassium.rates(v)[0]):
    print("alpha", alpha(-45.0), "and its slope", jax.grad(alpha)(-45.0))

# %% [markdown]
# ## Check 1: the curves
#
# The methods are plain functions. Look at the steady state and time constant before anything else.

# %%
volts = np.linspace(-100.0, 40.0, 200)
alpha, beta = Potassium.rates(volts)
fig, axes = plt.subplots(1, 2, figsize=(9, 2.5), layout="constrained")
axes[0].plot(volts, alpha / (alpha + beta))
axes[1].plot(volts, 1.0 / (alpha + beta))
axes[0].set(xlabel="voltage [mV]", ylabel="n, steady state")
axes[1].set(xlabel="voltage [mV]", ylabel="time constant [ms]")
plt.show()

# %% [markdown]
# ## Check 2: a voltage clamp
#
# As in the experiment: hold at -90 mV, step to six voltages, look at the current. `data_clamp` takes values that `vmap`
# may batch. At the top of each curve n has come to its steady state, so we know what the current must be.

# %%
patch = jx.Compartment()
patch.insert(Potassium())
patch.set("v", -90.0)
patch.init_states()
patch.record("i_K", verbose=False)


def clamped(level):
    step = jnp.arange(1200)  # 30 ms
    command = jnp.where(step < 200, -90.0, level)  # after 5 ms
    return jx.integrate(patch, data_clamps=patch.data_clamp("v", command))[0]


levels = jnp.arange(-60.0, 41.0, 20.0)
currents = jax.vmap(clamped)(levels)
time = np.arange(currents.shape[1]) * 0.025
labels = [f"{level:.0f} mV" for level in levels]
jx.plot.traces(time, 1e3 * currents, labels=labels, ylabel="current [uA/cm2]")
plt.show()

alpha, beta = Potassium.rates(levels)
expected = 5e-3 * (alpha / (alpha + beta)) ** 4 * (levels + 90.0)
error = abs(currents[:, -1] / expected - 1.0).max()
print(f"largest relative error {error:.0e}")

# %% [markdown]
# ## Check 3: against what is known
#
# Dendrax has this channel as `K`. In a cell that spikes both must give the same voltage. Where there is no such twin,
# compare with the MOD file in NEURON, or with a figure of the paper.


# %%
stimulus = jx.step_current(
    i_delay=5.0, i_dur=30.0, i_amp=0.05, delta_t=0.025, t_max=40.0
)


def spiking_cell(potassium):
    """Stimulated and recorded at its root."""
    cell = jx.Cell([jx.Branch(ncomp=2)] * 3, parents=[-1, 0, 0])
    for channel in (Leak(), Na(), potassium):
        cell.insert(channel)
    cell.set("v", -70.0)
    cell.init_states()
    cell.branch(0).comp(0).stimulate(stimulus, verbose=False)
    cell.branch(0).comp(0).record("v", verbose=False)
    return cell


cell = spiking_cell(Potassium())
mine, built_in = jx.integrate(cell)[0], jx.integrate(spiking_cell(K()))[0]
time = np.arange(len(mine)) * 0.025
fig, ax = plt.subplots(figsize=(7, 2.5), layout="constrained")
ax.plot(time, built_in, linewidth=4, color="0.8", label="K")
ax.plot(time, mine, linewidth=1, label="Potassium")
ax.set(xlabel="time [ms]", ylabel="voltage [mV]")
ax.legend()
plt.show()
print(f"largest difference {abs(mine - built_in).max():.1e} mV")

# %% [markdown]
# ## Check 4: the gradient
#
# Its parameters are parameters of the cell, and can be fitted at once. Compare one derivative with a finite
# difference; if it is zero or NaN, look for a clip or a 0 / 0 in your rates.

# %%
cell.make_trainable("Potassium_gK", verbose=False)


@jax.jit
def mean_voltage(g):
    return jx.integrate(cell, params=[{"Potassium_gK": jnp.array([g])}]).mean()


g, step = 5e-3, 1e-7
difference = (mean_voltage(g + step) - mean_voltage(g - step)) / (2.0 * step)
print(f"gradient   {jax.grad(mean_voltage)(g):.5f} mV / (S/cm2)")
print(f"difference {difference:.5f} mV / (S/cm2)")

# %% [markdown]
# ## A synapse
#
# A synapse sees the voltages of both sides and returns the current out of the postsynaptic compartment, in nA: a
# point process, not a density. This one opens with the presynaptic voltage and closes with a time constant.


# %%
class Graded(Synapse):
    """Conductance that follows the presynaptic voltage."""

    def __init__(self, name=None):
        super().__init__(name)
        self.synapse_params = {
            f"{self.name}_gS": 1e-3,  # uS
            f"{self.name}_eS": 0.0,  # mV
            f"{self.name}_tau": 5.0,  # ms
        }
        self.synapse_states = {f"{self.name}_s": 0.0}

    def update_states(self, states, delta_t, pre_voltage, post_voltage, params):
        s, tau = states[f"{self.name}_s"], params[f"{self.name}_tau"]
        target = jax.nn.sigmoid((pre_voltage + 20.0) / 2.0)
        s = target + (s - target) * jnp.exp(-delta_t / tau)
        return {f"{self.name}_s": s}

    def compute_current(self, states, pre_voltage, post_voltage, params):
        open_fraction = states[f"{self.name}_s"]
        driving_force = post_voltage - params[f"{self.name}_eS"]
        return params[f"{self.name}_gS"] * open_fraction * driving_force


net = jx.Network([cell] * 2)  # of inputs and recordings a network has its own
pre, post = net.cell(0).branch(0).loc(0.0), net.cell(1).branch(2).loc(1.0)
jx.connect(pre, post, Graded())
pre.stimulate(stimulus, verbose=False)
pre.record("v", verbose=False)
post.record("v", verbose=False)
net.record("Graded_s", verbose=False)
net.record("i_Graded", verbose=False)
v_pre, v_post, opened, current = jx.integrate(net)

fig, axes = plt.subplots(1, 3, figsize=(11, 2.5), layout="constrained")
axes[0].plot(time, v_pre, time, v_post)
axes[1].plot(time, opened)
axes[2].plot(time, 1e3 * current)
for ax, label in zip(axes, ["voltage [mV]", "open fraction", "current [pA]"]):
    ax.set(xlabel="time [ms]", ylabel=label)
axes[0].legend(["presynaptic", "postsynaptic"])
plt.show()

# %% [markdown]
# Two or three presynaptic spikes add up before the second cell fires. While that is above 0 mV the current turns
# round, as it must.
#
# ## What goes wrong
#
# A class is looked at when it is inserted: what is missing, and which method is called how. What only a run can show
# is said by the run.


# %%
class Unfinished(Channel):
    def __init__(self, name=None):
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.channel_params = {f"{self.name}_g": 1e-3}
        self.channel_states = {}
        self.current_name = f"i_{self.name}"

    def update_states(self, states, dt, v, params):
        return {}


class OtherState(Potassium):
    def update_states(self, states, dt, v, params):
        return {"n": states[f"{self.name}_n"]}  # the prefix is missing


class WithIf(Potassium):
    def compute_current(self, states, v, params):
        if v < -80.0:
            return 0.0 * v
        return super().compute_current(states, v, params)


for wrong in (Unfinished, OtherState, WithIf):
    try:
        patch = jx.Compartment()
        patch.insert(wrong())
        patch.record("v", verbose=False)
        jx.integrate(patch, t_max=1.0)
    except DendraxError as error:
        print(f"- {type(error).__name__}: {error}")

# %% [markdown]
# For the last one: `if` needs to know the voltage, which is known when the program runs. Write
# `jnp.where(v < -80.0, 0.0, current)`.
#
# ## Next
#
# - [The whole contract](../mechanisms.md): pumps, currents that read other states, temperature, gap junctions.
# - [All mechanisms that there are](../api/mechanisms.md); `jaxley-mech` works unchanged, see [from Jaxley](from_jaxley.py).
# - [Calcium and diffusion](ions_and_diffusion.py), and [fitting what you have written](training.py).
