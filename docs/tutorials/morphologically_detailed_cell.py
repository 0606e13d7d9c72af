# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # A cell with its real shape
#
# From the file of a reconstruction to a spike that travels back into the dendrites: read, look, cut into compartments,
# insert channels, stimulate, record, simulate, draw. At the end we ask how fine is fine enough.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import dendrax as jx
from dendrax.channels import HH
from dendrax.errors import DendraxError

# %% [markdown]
# ## Read it
#
# A morphology is a tree of **branches**: unbranched cables between the branch points. A branch is cut into
# **compartments** (NEURON: a section into segments), and each of these has one voltage. `read_swc` takes the SWC file of a
# reconstruction. `ncomp=1` makes one compartment of each branch, to begin with. Defective files are refused with the line
# of each defect. Here we take the cell that comes with the package; a path of yours goes in its place.

# %%
swc = jx.morphology.sample_path("pyramidal")
cell = jx.read_swc(swc, ncomp=1)
cell

# %% [markdown]
# That is what a module shows of itself in a notebook. The types of the SWC file have become groups. Every group, like
# every other part, is a **view**: the same thing with fewer compartments. Its table `nodes` has a row for each:

# %%
for name in cell.group_names:
    nodes = getattr(cell, name).nodes
    length, area = nodes["length"].sum(), nodes["area"].sum()
    print(f"{name:7} {len(nodes):3} branches, {length:.0f} um, {area:.0f} um2")

# %% [markdown]
# ## Cut it into compartments
#
# The finer, the more exact, and the slower. The rule of Hines and Carnevale makes every compartment shorter than a tenth of
# the length constant at 100 Hz. That constant depends on the axial resistivity and the capacitance, so set these
# first. Mind the default: 5000 ohm cm is that of Jaxley, kept for its programs. Real dendrites have some 70 to 300.

# %%
print("before:", cell.nodes["axial_resistivity"].unique(), "ohm cm")
cell.set("axial_resistivity", 150.0)
cell.set_ncomp(d_lambda=0.1)
cell.shape  # branches, compartments

# %% [markdown]
# Cut before you record or stimulate. Later it is refused, since compartments would go that something points to:

# %%
trial = cell.copy()
trial.branch(0).comp(0).record("v", verbose=False)
try:
    trial.set_ncomp(3)
except DendraxError as error:
    print(error)

# %% [markdown]
# ## Channels
#
# `insert` puts a channel on what is in view, and `set` sets a parameter there. Units are those of NEURON: mV, ms, nA, um,
# S/cm2, uF/cm2, ohm cm. Parameters carry the name of their channel. Here soma and axon have the full conductances of
# Hodgkin and Huxley; the dendrites have a tenth of them, less and less with the distance from the soma. This is a function,
# since we shall want it again.


# %%
def insert_channels(cell):
    """HH everywhere, weak in the dendrites; returns the distances [um]."""
    soma = cell.soma.branch(0).comp(0)
    distance = jx.morphology.distance_pathwise(soma, cell)  # along the tree
    dendrite = cell.nodes["basal"] | cell.nodes["apical"]
    share = np.where(dendrite, 0.1 * np.exp(-distance / 500.0), 1.0)
    cell.insert(HH())
    cell.set("HH_gNa", 0.12 * share)
    cell.set("HH_gK", 0.036 * share)
    cell.set("HH_gLeak", 3e-5)
    cell.set("HH_eLeak", -65.0)
    return distance


distance = insert_channels(cell)
gna = cell.apical.nodes["HH_gNa"]
print(f"apical gNa from {gna.max():.4f} to {gna.min():.4f} S/cm2")

# %% [markdown]
# A picture tells whether you set what you meant. `color_by` takes groups, channels, any parameter or state, or a number
# for each compartment; `type="morph"` draws the true thickness.

# %%
fig, axes = plt.subplots(1, 3, figsize=(11, 5), layout="constrained")
cell.vis(ax=axes[0], color_by="groups")
cell.vis(ax=axes[1], color_by=distance, cmap="plasma")
logarithm = np.log10(cell.nodes["HH_gNa"])
cell.vis(ax=axes[2], color_by=logarithm, type="morph", linewidth=2)
axes[0].set_title("groups")
axes[1].set_title("distance from the soma [um]")
axes[2].set_title("log10 of gNa")
plt.show()

# %% [markdown]
# A name that is not there is an error that says what is:

# %%
for mistake in (lambda: cell.set("HH_gna", 0.1), lambda: cell.apicl):
    try:
        mistake()
    except DendraxError as error:
        print(error)

# %% [markdown]
# ## Stimulate, record, simulate
#
# Every state starts with what the table says: the voltage at -70 mV, the gates of HH at 0.2. So set the voltage, then let
# `init_states` put all gates to their steady state at it. Without that the run starts with an artefact.
# We inject 2 nA for 3 ms and record every compartment: one row each, in the order of `nodes`.

# %%
delta_t, t_max = 0.025, 20.0  # ms
soma = cell.soma.branch(0).comp(0)
cell.set("v", -65.0)
cell.init_states()
pulse = jx.step_current(
    i_delay=2.0, i_dur=3.0, i_amp=2.0, delta_t=delta_t, t_max=t_max
)
soma.stimulate(pulse)
cell.record("v")
v = jx.integrate(cell, delta_t=delta_t)
v.shape  # compartments, time points from 0 to 20 ms

# %% [markdown]
# Recording one view of one compartment, `soma.record("v")`, gives one row. How far does the spike get? Here are the soma, the
# farthest tip of the apical dendrite, and a compartment half way to it.

# %%
apical = cell.nodes["apical"].to_numpy()
tip = np.where(apical, distance, 0.0).argmax()
half_way = np.where(apical, abs(distance - distance[tip] / 2), np.inf).argmin()
places = [0, half_way, tip]
time = np.arange(v.shape[1]) * delta_t

fig, ax = plt.subplots(figsize=(7, 3), layout="constrained")
for place in places:
    ax.plot(time, v[place], label=f"{distance[place]:.0f} um from the soma")
ax.set(xlabel="time [ms]", ylabel="voltage [mV]")
ax.legend()
plt.show()

for place in places:
    peak = v[place].argmax()
    height = v[place, peak]
    print(f"{distance[place]:4.0f} um: {height:6.1f} mV at {time[peak]:.2f} ms")

# %% [markdown]
# The spike starts at the soma and loses height on its way out, as the sodium conductance gets smaller: a back-propagating
# action potential. `plot.shape` draws all voltages of a moment. Give the pictures the same `limits`, or the same colour
# means something else in each:

# %%
fig, axes = plt.subplots(1, 4, figsize=(11, 5), layout="constrained")
for ax, moment in zip(axes, [3.0, 4.0, 5.0, 8.0]):
    column = round(moment / delta_t)
    jx.plot.shape(cell, v[:, column], ax=ax, limits=(-75.0, 30.0), linewidth=2)
    ax.set_title(f"{moment} ms")
plt.show()

# %% [markdown]
# And one page with all of it, to turn, zoom, play and click: an HTML file that needs neither a server nor Python.
# [What it can do](../interactive_page.md).

# %%
page = jx.view3d(cell, v, Path(tempfile.mkdtemp()) / "cell.html")
print(f"{page.name}: {page.stat().st_size / 1e6:.1f} MB")

# %% [markdown]
# ## How fine is fine enough?
#
# Do not trust a rule: try. The same cell with other compartments is the same program as a function of how to cut. Every
# cut has other compartments, so places are found again by their distance.


# %%
def peaks(**how):
    """Compartments, peak at soma and tip [mV], and when at the tip [ms]."""
    cell = jx.read_swc(swc, ncomp=1)
    cell.set("axial_resistivity", 150.0)
    cell.set_ncomp(**how)
    distance = insert_channels(cell)
    cell.set("v", -65.0)
    cell.init_states()
    tip = np.where(cell.nodes["apical"], distance, 0.0).argmax()
    cell.soma.stimulate(pulse, verbose=False)
    cell.soma.record("v", verbose=False)
    cell.select(tip).record("v", verbose=False)
    v = np.asarray(jx.integrate(cell, delta_t=delta_t))
    return len(cell.nodes), *v.max(axis=1), v[1].argmax() * delta_t


print("compartments  peak at soma  at tip  at time")
line = "{:12d}  {:9.2f} mV  {:.2f} mV  {:.3f} ms"
print(line.format(*peaks(ncomp=1)))
for d_lambda in (0.3, 0.1, 0.03):
    print(line.format(*peaks(d_lambda=d_lambda)))

# %% [markdown]
# One compartment for each branch is off by more than a millivolt at the tip; `d_lambda=0.1` is within a tenth of one of the
# finest cut, at a third of its compartments. Try the same with `delta_t`.
#
# ## Next
#
# - [Which part of a model](advanced_indexing.py): all that you can say instead of `cell.apical`.
# - [Setting parameters](setting_parameters.py), and [training them](training.py) by gradient descent.
# - [Files with defects, cutting and joining](importing_and_editing_morphologies.py).
# - [All pictures](../pictures.md), and `read_swc` and distances in [the API](../api/morphologies.md).
