# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # Setting parameters
#
# A parameter has a value in the tables of the model, and may have another in a run. Which way to set it depends on who
# is to decide:
#
# | who decides | use | the tables |
# |---|---|---|
# | you, now | `module.set` | change |
# | a function, in each run: a scan, a gradient, a batch | `data_set`, passed as `param_state=` | stay |
# | a fit, over many runs | `make_trainable`, passed as `params=` | stay, until `write_trainables` |
#
# Inside `jit`, `grad` and `vmap` only the last two work, since values there are not yet numbers.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import dendrax as jx
from dendrax.channels import HH, Leak
from dendrax.errors import DendraxError

cell = jx.Cell([jx.Branch(ncomp=4)] * 3, parents=[-1, 0, 0])
cell.insert(Leak())
cell.branch(0).insert(HH())
cell.branch(0).comp(0).record("v", verbose=False)
cell.init_states()

# %% [markdown]
# ## What there is to set
#
# The geometry (`length`, `radius` [um]), the cable (`axial_resistivity` [ohm cm], `capacitance` [uF/cm2]), the voltage to
# start from (`v` [mV]), and whatever the channels bring, named after them. Every name is a column of the table:

# %%
cell.branch(0).comp(0).show(indices=False).T.rename(columns={0: "value"})

# %% [markdown]
# ## `set`: a number, or one for each compartment in view

# %%
cell.set("axial_resistivity", 200.0)
cell.branch([1, 2]).set("radius", 0.8)
cell.branch(2).set("length", [30.0, 20.0, 20.0, 10.0])
cell.branch([1, 2]).nodes[["length", "radius", "area"]].tail(5)

# %% [markdown]
# `area` followed: it is computed, not set. A channel's parameter is set where the channel is, and the rest of the view is
# passed over; a list has one value for each compartment that has it:

# %%
cell.set("HH_gNa", 0.1)  # in branch 0, the only one with HH
cell.set("HH_gK", [0.03, 0.035, 0.04, 0.045])
cell.nodes["HH_gK"].tolist()

# %% [markdown]
# ## Formulas
#
# Conductances often depend on the distance from the soma, the radius, or each other. `nodes` gives the columns of a view
# in the order in which `set` takes them back, and distances come in the same order.

# %%
distance = jx.morphology.distance_pathwise(cell.branch(0).comp(0), cell)
cell.set("Leak_gLeak", 1e-4 * (1.0 + distance / 50.0))
cell.set("capacitance", 1.0 + 0.5 * (cell.nodes["radius"] < 1.0))  # spines

fig, axes = plt.subplots(1, 2, figsize=(10, 3), layout="constrained")
for ax, name in zip(axes, ["Leak_gLeak", "capacitance"]):
    cell.vis(ax=ax, color_by=name, type="comp")
plt.show()

# %% [markdown]
# ## What is refused
#
# Before anything changes, and with the place: a name that is not there, one without its channel, a number of values that
# does not fit, a value that cannot be.

# %%
attempts = (
    lambda: cell.set("HH_gna", 0.1),
    lambda: cell.branch(1).set("HH_gNa", 0.1),
    lambda: cell.branch(1).set("radius", [1.0, 2.0]),
    lambda: cell.branch(1).comp(2).set("radius", -1.0),
    lambda: jax.grad(lambda g: cell.set("Leak_gLeak", g))(1e-4),
)
for attempt in attempts:
    try:
        attempt()
    except DendraxError as error:
        print("-", error)

# %% [markdown]
# A value that is possible but a thousand times off is a warning. NEURON's `pas` has S/cm2, too, but papers
# have mS/cm2, and a conductance of 120 is not one of 0.12:

# %%
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    cell.copy().set("HH_gNa", 120.0)
print(caught[0].message)

# %% [markdown]
# ## `data_set`: a value that a run gets
#
# `data_set` returns what `integrate` takes as `param_state`; pass one result to the next to set several. The tables stay,
# and the values may be traced: so a scan is a `vmap`, and a sensitivity a gradient. The place is fixed by the view.


# %%
def trace(g_leak, radius):
    """Voltage of the root after a pulse."""
    values = cell.data_set("Leak_gLeak", g_leak)
    values = cell.branch([1, 2]).data_set("radius", radius, values)
    pulse = jnp.full(200, 0.05)  # 5 ms of 0.05 nA
    stimuli = cell.branch(0).comp(0).data_stimulate(pulse)
    v = jx.integrate(cell, param_state=values, data_stimuli=stimuli, t_max=20.0)
    return v[0]


radii = jnp.linspace(0.2, 2.0, 6)
traces = jax.jit(jax.vmap(trace, in_axes=(None, 0)))(1e-4, radii)
time = np.arange(traces.shape[1]) * 0.025
jx.plot.traces(time, traces, labels=[f"{one:.1f} um" for one in radii])
plt.show()

# %% [markdown]
# Thick dendrites draw more current from the root, so that it spikes only if they are thin. The slope of the peak:

# %%
slope = jax.grad(lambda radius: trace(1e-4, radius).max())(0.5)
print(f"{slope:.2f} mV per um at 0.5 um")
print("the table still says", cell.nodes["radius"].unique(), "um")

# %% [markdown]
# ## `make_trainable`: what a fit changes
#
# It declares parameters once; `get_parameters` returns their present values, and `integrate` takes others of that shape
# as `params`. A whole module has one value that all share, indices one for each
# ([more about sharing](parameter_sharing.py)).

# %%
cell.make_trainable("Leak_eLeak")
cell.branch([1, 2]).make_trainable("radius")
cell.branch(0).comp("all").make_trainable("HH_gNa")
params = cell.get_parameters()
params

# %% [markdown]
# States can be trainable, too: then it is the value that a run starts from. Values that do not belong
# to the model are refused before anything is compiled:

# %%
for wrong in (params[:2], [*params[:2], {"HH_gNa": jnp.ones(3)}]):
    try:
        jx.integrate(cell, params=wrong, t_max=1.0)
    except DendraxError as error:
        print("-", error)

# %% [markdown]
# What a fit has found goes into the tables by `write_trainables`. Only then do `nodes`, pictures and saved files show it:

# %%
fitted = [{"Leak_eLeak": jnp.array([-68.0])}, *params[1:]]
before = cell.nodes["Leak_eLeak"].unique()
cell.write_trainables(fitted)
print(before, "->", cell.nodes["Leak_eLeak"].unique())

# %% [markdown]
# ## Next
#
# - [Which part of a model](advanced_indexing.py), [groups](groups.py), [sharing parameters](parameter_sharing.py).
# - [Fast runs](jit_and_vmap.py): what to compile, and batches of parameters.
# - [Training by gradient descent](training.py): bounds, losses, optimisers.
# - [The methods of a module](../api/modules.md), and what [channels bring](../api/mechanisms.md).
