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
# A channel is a class with parameters, states, and two or three functions written in JAX. It can be used at once, and
# everything about it can be differentiated. [The page on mechanisms](../mechanisms.md) has the whole contract.

# %%
import jax
import jax.numpy as jnp
import numpy as np

import dendrax as jx
from dendrax.channels import Channel, Leak
from dendrax.mechanisms.gates import exponential_euler, x_over_expm1
from dendrax.synapses import Synapse

# %% [markdown]
# ## A potassium channel
#
# One gate with rates alpha and beta. `x_over_expm1(x)` is x / (exp(x) - 1), finite with all derivatives at 0, where the
# formula as it stands is 0 / 0. `exponential_euler(x, dt, x_inf, tau)` is a step of the gate, exact at constant voltage.


# %%
class Potassium(Channel):
    """A delayed rectifier with one gate to the fourth power."""

    def __init__(self, name=None):
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.channel_params = {f"{self.name}_gK": 5e-3, f"{self.name}_eK": -80.0}  # S/cm2, mV
        self.channel_states = {f"{self.name}_n": 0.1}
        self.current_name = "i_K"

    def rates(self, v):
        alpha = 0.1 * x_over_expm1(-(v + 55.0) / 10.0)
        beta = 0.125 * jnp.exp(-(v + 65.0) / 80.0)
        return alpha / (alpha + beta), 1.0 / (alpha + beta)

    def update_states(self, states, dt, v, params):
        n_inf, tau = self.rates(v)
        return {f"{self.name}_n": exponential_euler(states[f"{self.name}_n"], dt, n_inf, tau)}

    def compute_current(self, states, v, params):
        n = states[f"{self.name}_n"]
        return params[f"{self.name}_gK"] * n**4 * (v - params[f"{self.name}_eK"])

    def init_state(self, states, v, params, delta_t):
        return {f"{self.name}_n": self.rates(v)[0]}


# %%
cell = jx.Cell([jx.Branch(ncomp=2)] * 2, parents=[-1, 0])
cell.insert(Potassium())
cell.insert(Leak())
cell.init_states()
cell.branch(0).comp(0).stimulate(jx.step_current(5.0, 20.0, 0.3, 0.025, 40.0), verbose=False)
cell.branch(0).comp(0).record("v", verbose=False)
cell.branch(0).comp(0).record("Potassium_n", verbose=False)
cell.branch(0).comp(0).record("i_K", verbose=False)
recorded = jx.integrate(cell)
np.round(recorded[:, ::400], 4)

# %% [markdown]
# Its parameters are those of the cell, and can be fitted like any other:

# %%
cell.make_trainable("Potassium_gK", verbose=False)
jax.grad(lambda params: jx.integrate(cell, params=params)[0].mean())(cell.get_parameters())

# %% [markdown]
# ## A synapse
#
# A synapse sees the voltages on both sides, and returns its states and a current [nA] into the postsynaptic side.


# %%
class Graded(Synapse):
    """A synapse that opens with the presynaptic voltage."""

    def __init__(self, name=None):
        super().__init__(name)
        self.synapse_params = {f"{self.name}_gS": 1e-3, f"{self.name}_eS": 0.0, f"{self.name}_tau": 5.0}  # uS, mV, ms
        self.synapse_states = {f"{self.name}_s": 0.0}

    def update_states(self, states, delta_t, pre_voltage, post_voltage, params):
        s_inf = jax.nn.sigmoid((pre_voltage + 40.0) / 5.0)
        s = exponential_euler(states[f"{self.name}_s"], delta_t, s_inf, params[f"{self.name}_tau"])
        return {f"{self.name}_s": s}

    def compute_current(self, states, pre_voltage, post_voltage, params):
        return params[f"{self.name}_gS"] * states[f"{self.name}_s"] * (post_voltage - params[f"{self.name}_eS"])


net = jx.Network([cell, cell])
jx.connect(net.cell(0).branch(0).loc(0.0), net.cell(1).branch(0).loc(0.0), Graded())
net.cell(0).branch(0).comp(0).stimulate(jx.step_current(5.0, 20.0, 0.3, 0.025, 40.0), verbose=False)
net.cell(1).branch(0).loc(0.0).record("v", verbose=False)
net.record("Graded_s", verbose=False)
v, s = jx.integrate(net)
print(f"the synapse opens to {s.max():.3f}, the second cell rises by {v.max() - v[0]:.2f} mV")
