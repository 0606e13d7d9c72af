# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # A small network
#
# Eight excitatory and two inhibitory cells: wire them, look at the wiring, start the synapses where they belong, see what
# inhibition does, and ask for the gradient with respect to every weight.

# %%
import jax
import matplotlib.pyplot as plt
import numpy as np

import dendrax as jx
from dendrax.channels import HH
from dendrax.errors import DendraxError
from dendrax.synapses import IonotropicSynapse

# %% [markdown]
# ## Cells
#
# A network is a list of cells. The same cell may stand in it many times, since the network copies its tables. From then
# on the network is the model: change `net.cell(3)`, not `cell`; and what a cell had of stimuli and recordings stays
# with the cell. Groups give names to populations.

# %%
cell = jx.Cell([jx.Branch(jx.Compartment(), ncomp=2)] * 3, parents=[-1, 0, 0])
net = jx.Network([cell] * 10)
net.cell(range(8)).add_to_group("exc")
net.cell([8, 9]).add_to_group("inh")
net.insert(HH())
net.set("length", 50.0)
net.set("axial_resistivity", 150.0)
net

# %% [markdown]
# ## Wiring
#
# | to join | use |
# |---|---|
# | one place with another, or with many | `jx.connect(net.cell(0).branch(1).loc(1.0), ...)` |
# | every cell of a population with every one of another | `jx.fully_connect` |
# | each pair with probability p | `jx.sparse_connect(..., p=0.3, seed=0)` |
# | the pairs of a boolean matrix | `jx.connectivity_matrix_connect` |
#
# The last three join branch 0, compartment 0 of the cells, unless you pass views of other compartments. A **type** of
# synapse is known by its name. We use the same equations twice, so the inhibitory ones get a name of their own:

# %%
jx.fully_connect(net.exc, net.inh, IonotropicSynapse())
jx.sparse_connect(
    net.inh, net.exc, IonotropicSynapse("Inhibition"), p=0.7, seed=0
)
end, middle = net.cell(0).branch(1).loc(1.0), net.cell(1).branch(2).loc(0.5)
jx.connect(end, middle, IonotropicSynapse())
net.edges[["pre_index", "post_index", "pre_locs", "post_locs", "type"]].tail(3)

# %% [markdown]
# `edges` has a row for each synapse; `pre_index` and `post_index` are rows of `nodes`. Parameters carry the name of the
# type and are set on all synapses, on a type, or on some of a type (`edge` counts within what is in view):

# %%
for name, reversal, rate in (
    ("IonotropicSynapse", 0.0, 0.2),
    ("Inhibition", -80.0, 0.1),
):
    net.set(f"{name}_gS", 1e-3)  # maximal conductance [uS]
    net.set(f"{name}_e_syn", reversal)  # [mV]
    net.set(f"{name}_k_minus", rate)  # of closing [1/ms]
    net.set(f"{name}_delta", 5.0)  # how steeply release depends on voltage [mV]
from_0_to_1 = net.IonotropicSynapse.edge(16)
from_0_to_1.set("IonotropicSynapse_gS", 2e-3)
net.IonotropicSynapse.edges["IonotropicSynapse_gS"].tail(3)

# %% [markdown]
# Mistakes that everybody makes once: to connect a cell instead of its place in the network, to forget the name of the
# second type, and to mistype a parameter.

# %%
slower = IonotropicSynapse()
slower.synapse_params["IonotropicSynapse_k_minus"] = 0.01
attempts = (
    lambda: jx.connect(cell.branch(0).loc(0.0), middle, IonotropicSynapse()),
    lambda: jx.connect(end, middle, slower),
    lambda: net.set("Inhibition_gs", 1e-2),
)
for attempt in attempts:
    try:
        attempt()
    except DendraxError as error:
        print(error)

# %% [markdown]
# ## Look at it
#
# `arrange_in_layers` gives every cell a place, and `vis` draws cells and synapses. Everything else about the wiring is in
# `edges`, such as who is connected to whom:

# %%
net.arrange_in_layers([8, 2], within_layer_offset=200, between_layer_offset=600)
cell_of_comp = net.nodes["global_cell_index"].to_numpy()


def cells_of(name):
    """Presynaptic and postsynaptic cell of each synapse of a type."""
    edges = getattr(net, name).edges
    return cell_of_comp[edges["pre_index"]], cell_of_comp[edges["post_index"]]


fig, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
net.vis(ax=axes[0], color_by=["exc", "inh"], synapse_color="0.7")
for name in net.synapse_names:
    pre, post = cells_of(name)
    axes[1].scatter(post, pre, label=name)
axes[1].set(xlabel="postsynaptic cell", ylabel="presynaptic cell")
axes[1].legend()
plt.show()

# %% [markdown]
# ## Where synapses start
#
# `init_states` puts the gates of channels to their steady state, as it does in Jaxley. Synapses are left where their
# table says, which for `IonotropicSynapse` is an open fraction of 0.2: at t = 0 all synapses are open for some ms, and here
# that makes the inhibitory cells fire before any stimulus. `synapses=True` puts them to rest, too.

# %%
delta_t, t_max = 0.025, 100.0
net.cell("all").branch(0).comp(0).record("v")
for i in range(8):
    current = jx.step_current(
        5.0 + 2.0 * i, 80.0, 0.3 + 0.03 * i, delta_t, t_max
    )
    net.exc.cell(i).branch(0).comp(0).stimulate(current, verbose=False)
net.set("v", -65.0)
net.set("Inhibition_gS", 0.0)

time = np.arange(round(t_max / delta_t) + 2) * delta_t
fig, ax = plt.subplots(figsize=(7, 2.5), layout="constrained")
for synapses in (False, True):
    net.init_states(synapses=synapses)
    v = jx.integrate(net, delta_t=delta_t)
    ax.plot(time[:800], v[8, :800], label=f"init_states(synapses={synapses})")
ax.set(xlabel="time [ms]", ylabel="voltage of cell 8 [mV]")
ax.legend()
plt.show()

# %% [markdown]
# ## What inhibition does
#
# The same network with a weak and a strong inhibition. Nothing is compiled again, since only values change. `spike_times`
# returns times and a mask, as all cells have room for equally many, and `raster` takes both.

# %%
fig, axes = plt.subplots(
    1, 3, figsize=(11, 3), layout="constrained", sharey=True
)
for ax, gs in zip(axes, [0.0, 1e-2, 3e-2]):
    net.set("Inhibition_gS", gs)
    v = jx.integrate(net, delta_t=delta_t)
    times, are_spikes = jx.features.spike_times(v, delta_t)
    jx.plot.raster(times, are_spikes, ax=ax)
    ax.set_title(
        f"inhibition {gs} uS: {int(are_spikes[:8].sum())} spikes of exc"
    )
plt.show()

# %% [markdown]
# The more inhibition, the fewer spikes, but not for all alike: cells 0 to 3 have two inhibitory synapses, 4 to 6 have one,
# and 7 has none, as the picture of the wiring shows.
#
# ## The gradient of every weight
#
# How does the mean voltage of cell 5 depend on each of the conductances? `edge("all")` makes one trainable value for each
# synapse, where `net.Inhibition.make_trainable(...)` would make one that all of the type share. One backward
# pass gives all derivatives, those of the wiring's detours included.

# %%
net.set("Inhibition_gS", 1e-2)
for name in net.synapse_names:
    getattr(net, name).edge("all").make_trainable(f"{name}_gS")


@jax.jit
@jax.grad
def gradient(params):
    return jx.integrate(net, params=params, delta_t=delta_t)[5].mean()


slopes = np.full((10, 10), np.nan)
for name, one in zip(net.synapse_names, gradient(net.get_parameters())):
    slopes[cells_of(name)] = 1e-3 * one[f"{name}_gS"]

fig, ax = plt.subplots(figsize=(5, 3.5), layout="constrained")
image = ax.imshow(slopes, origin="lower", cmap="RdBu_r", vmin=-0.15, vmax=0.15)
ax.set(xlabel="postsynaptic cell", ylabel="presynaptic cell")
fig.colorbar(image, label="d mean voltage of cell 5 [mV / nS]")
plt.show()

# %% [markdown]
# Among the inhibitory synapses the one from cell 9 to 5 matters most. Most of the excitation lowers the voltage of cell 5,
# too: what arrives at cell 9 makes it inhibit more.
#
# ## Next
#
# - [Spikes and delays](spikes_and_delays.py): cells that receive spikes some milliseconds later.
# - [Synapses of your own](own_channels_and_synapses.py), and [all that there are](../api/mechanisms.md).
# - [Selecting synapses by condition](advanced_indexing.py), and [sharing their parameters](parameter_sharing.py).
# - [Training](training.py) with such gradients, and [many runs at once](jit_and_vmap.py).
# - Larger networks, with their wiring as arrays: [the API of wiring](../api/wiring.md).
