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
# Reading SWC files, mending defective ones, choosing compartments, cutting and joining, writing back.

# %%
import tempfile
from pathlib import Path

import numpy as np

import dendrax as jx
from dendrax.channels import Leak
from dendrax.io import write_swc

folder = Path(tempfile.mkdtemp())

# %% [markdown]
# ## Strict by default
#
# A file with a defect is refused, with its lines and what can be done. Here a point refers to a parent that is not there:

# %%
broken = folder / "broken.swc"
broken.write_text("1 1 0 0 0 5 -1\n2 3 10 0 0 1 1\n3 3 20 0 0 1 2\n4 3 20 0 0 1 99\n5 3 30 0 0 1 4\n")
try:
    jx.read_swc(broken, ncomp=1)
except ValueError as error:
    print(error)

# %% [markdown]
# `repair=True` mends what can be mended, and says what it did. On the command line, `dendrax info FILE.swc` looks for
# defects.

# %%
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    mended = jx.read_swc(broken, ncomp=1, repair=True)
print(caught[0].message if caught else "nothing to mend")
mended

# %% [markdown]
# ## How many compartments?
#
# `ncomp` in each branch, `max_branch_len` to cut long ones, `set_ncomp` for the branches in view at any time, and `d_lambda`
# for compartments that are short against the length constant.

# %%
cell = jx.morphology.sample("pyramidal")
cell.insert(Leak())
print(len(cell.nodes), "compartments")
cell.apical.set_ncomp(3)
print(len(cell.nodes), "compartments with three in every apical branch")
cell.set("axial_resistivity", 150.0)
cell.set_ncomp(d_lambda=0.1)
print(len(cell.nodes), "compartments by the d_lambda rule")

# %% [markdown]
# ## Cutting and joining
#
# `morph_delete` cuts off what is in view, `morph_connect` joins two cells at the ends of branches. Channels, groups and
# values stay.

# %%
without_axon = jx.morphology.morph_delete(cell.axon)
stub = jx.Cell([jx.Branch(ncomp=2)], parents=[-1])
stub.set("length", 25.0)
stub.set("radius", 0.5)
stub.insert(Leak())
joined = jx.morphology.morph_connect(without_axon.branch(0).loc(0.0), stub.branch(0).loc(0.0))
len(without_axon.nodes), len(joined.nodes)

# %% [markdown]
# ## Moving, rotating, drawing

# %%
joined.move(x=100.0)
joined.rotate(degrees=30.0)
joined.vis(color="0.4")

# %% [markdown]
# ## Writing back

# %%
file = folder / "cell.swc"
write_swc(cell, file)
again = jx.read_swc(file, ncomp=1)
np.round([cell.nodes["length"].sum(), again.nodes["length"].sum()], 1)
