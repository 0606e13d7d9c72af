# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # Importing and editing morphologies
#
# From an SWC file, as [NeuroMorpho.org](https://neuromorpho.org) has them for many kinds of cell, to a cell that is
# cut into compartments, edited, and written back. A file is a table of points, each with a type (1 soma, 2 axon, 3
# basal, 4 apical dendrite), a place, a radius [um] and the point that it hangs on. Points between two forks become
# a branch; a branch is cut into compartments; the types become groups.

# %%
import tempfile
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import dendrax as jx
from dendrax.channels import HH, Leak
from dendrax.io import write_swc

folder = Path(tempfile.mkdtemp())

# %% [markdown]
# ## Read
#
# `sample_path` is a file that comes with the package; any of yours will do. `ncomp` is the number of compartments
# of each branch.

# %%
cell = jx.read_swc(jx.morphology.sample_path("pyramidal"), ncomp=2)
cell

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(8, 5), layout="constrained")
cell.vis(ax=left, color_by="groups")
cell.vis(ax=right, color_by="radius", type="morph", limits=(0.0, 2.0))
plt.show()

# %% [markdown]
# ## Defects are said, not guessed at
#
# Tracings have faults: points without a parent, loops, radii of zero. A file with a defect is refused, with each
# line and what can be done. Here point 4 hangs on a point that is not there:

# %%
broken = folder / "broken.swc"
_ = broken.write_text(
    "1 1  0 0 0 5 -1\n"
    "2 3 10 0 0 1  1\n"
    "3 3 20 0 0 1  2\n"
    "4 3 20 0 0 1 99\n"
    "5 3 30 0 0 0  4\n"
)  # fmt: skip
try:
    jx.read_swc(broken, ncomp=1)
except jx.errors.DendraxError as error:
    print(error)

# %% [markdown]
# `repair=True` mends what has one sensible meaning, and says what it did. `dendrax info FILE.swc` on the command
# line looks without reading it into a program.

# %%
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    mended = jx.read_swc(broken, ncomp=1, repair=True)
for one in caught:
    print(one.message)
mended

# %% [markdown]
# ## How many compartments?
#
# Enough that none is long against the length over which a voltage falls. The rule of NEURON's users: not longer
# than a tenth of the length constant at 100 Hz (`d_lambda=0.1`), which depends on radius, resistivity and
# capacitance. Set these first. Is the rule good enough? Compare the time at which a spike reaches the farthest
# branch.


# %%
def arrival(model):
    """Compartments; when a spike of the soma comes to the end of the dendrite [ms]."""
    model.insert(HH())
    model.set("v", -65.0)
    model.init_states()
    soma = model.soma.branch(0).comp(0)
    away = jx.morphology.distance_pathwise(soma, model.apical)
    farthest = int(model.apical.rows[np.argmax(away)])
    model.select(nodes=[farthest]).record("v", verbose=False)
    soma.stimulate(jx.step_current(1.0, 2.0, 3.0, 0.025, 15.0), verbose=False)
    v = jx.integrate(model)
    found = jx.features.spike_times(v, 0.025, max_spikes=1, threshold=-20.0)
    return len(model.nodes), float(found.times[0, 0])


for rule in ({"ncomp": 1}, {"d_lambda": 0.3}, {"d_lambda": 0.1}, {"ncomp": 16}):
    model = jx.morphology.sample("pyramidal")
    model.set("axial_resistivity", 150.0)
    model.set_ncomp(**rule)
    number, when = arrival(model)
    print(f"{rule!s:18} {number:5d} compartments, spike after {when:.2f} ms")

# %% [markdown]
# `set_ncomp` works on whatever is in view: `cell.apical.set_ncomp(4)` makes only these finer. It belongs before
# recordings and stimuli, which are of compartments. `read_swc(max_branch_len=50.0)` cuts long branches into
# several.
#
# ## Cut and join
#
# `morph_delete` cuts off what is in view, `morph_connect` joins two cells by the ends of branches. Both return new
# cells; channels, groups and values stay. Here the axon is replaced by a stub, as modellers often do where tracings
# of axons cannot be trusted:

# %%
cell = jx.morphology.sample("pyramidal")
cell.insert(Leak())
cell.set("Leak_gLeak", 5e-5)
without = jx.morphology.morph_delete(cell.axon)

stub = jx.Cell(jx.Branch(ncomp=4), parents=[-1])
stub.set("length", 15.0)
stub.set("radius", 0.5)
stub.insert(Leak())
stub.insert(HH())
stub.add_to_group("axon")
joined = jx.morphology.morph_connect(without.branch(0).loc(0.0), stub.branch(0).loc(0.0))
print("before", cell.shape, "cut", without.shape, "joined", joined.shape)
print(joined.axon.nodes[["length", "radius", "HH", "Leak_gLeak"]])

# %%
fig, axes = plt.subplots(1, 3, figsize=(9, 5), sharey=True, layout="constrained")
stages = {"read": cell, "cut": without, "joined": joined}
for ax, (title, one) in zip(axes, stages.items(), strict=True):
    names = [name for name in ("apical", "basal", "axon") if name in one.group_names]
    one.vis(ax=ax, color_by=names)
    ax.set_title(title)
plt.show()

# %% [markdown]
# ## Single values, places, angles
#
# A radius can be set like any parameter. Then the compartment is a cylinder of that radius; its area follows, and
# you are told that the traced shape no longer counts.

# %%
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    joined.basal.set("radius", 0.8)
print(caught[0].message if caught else "")

joined.move_to(x=100.0, y=0.0, z=0.0)
joined.rotate(degrees=90.0)
print(joined.nodes[["x", "y", "z"]].head(2).round(1))

# %% [markdown]
# ## What goes wrong, and what it says

# %%
for attempt in (
    lambda: jx.read_swc(folder / "cel.swc", ncomp=1),
    lambda: jx.read_swc(broken, ncomp=0),
    lambda: jx.morphology.morph_delete(cell.apical.branch(0)),  # leaves pieces
    lambda: jx.morphology.morph_connect(cell.branch(0), stub.branch(0).loc(0.0)),
):
    try:
        attempt()
    except (jx.errors.DendraxError, OSError) as error:
        print("-", error)

# %% [markdown]
# ## Write back

# %%
file = folder / "cell.swc"
write_swc(without, file)
again = jx.read_swc(file, ncomp=1)
print(*file.read_text().splitlines()[:4], sep="\n")
print(f"{without.nodes['length'].sum():.1f} um written")
print(f"{again.nodes['length'].sum():.1f} um read")

# %% [markdown]
# An SWC file has the shape alone. [`jx.save`](../model_files.md) keeps channels, parameters and recordings.
#
# Next: [the same with networkx](graph_backend.py), [groups](groups.py), [a cell that
# fires](morphologically_detailed_cell.py), [the page in 3-D](../interactive_page.md).
