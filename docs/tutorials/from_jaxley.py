# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # From Jaxley
#
# Programs written for Jaxley 0.14 run on Dendrax unchanged: the names, arguments, defaults and units are the same,
# and so are the voltages, to 1e-8 mV in double precision where both do the same. This page shows how to bring a
# program along, what comes out differently, and what there is to gain.
#
# ## Bring a program along
#
# | you have | do |
# |---|---|
# | a script that you may edit | `import dendrax as jx` in place of `import jaxley as jx` |
# | a script that you may not | `python -m dendrax.compat script.py` |
# | tests | `pytest -p dendrax.compat.pytest` |
# | a notebook, or a library that imports Jaxley | the two lines below, before anything else |
#
# It makes no difference whether Jaxley is installed.

# %%
import dendrax.compat

dendrax.compat.install()

# %% [markdown]
# From here on, in this process, every public path of Jaxley is Dendrax. What follows is a program as its tutorials
# have them.

# %%
import jax
import jaxley as jx
from jaxley.channels import HH
from jaxley.connect import fully_connect
from jaxley.optimize.transforms import ParamTransform, SigmoidTransform
from jaxley.synapses import IonotropicSynapse

print(jx.integrate.__module__, "is what runs")

# %%
comp = jx.Compartment()
branch = jx.Branch(comp, ncomp=2)
cell = jx.Cell(branch, parents=[-1, 0, 0])
net = jx.Network([cell for _ in range(3)])
net.insert(HH())
fully_connect(net.cell([0, 1]), net.cell([2]), IonotropicSynapse())
net.set("v", -65.0)
net.init_states()
net.cell(2).branch(0).loc(0.0).record(verbose=False)
current = jx.step_current(i_delay=1.0, i_dur=2.0, i_amp=0.5, delta_t=0.025, t_max=10.0)
net.cell([0, 1]).branch(0).loc(0.0).stimulate(current, verbose=False)
net.make_trainable("IonotropicSynapse_gS", verbose=False)
transform = ParamTransform([{"IonotropicSynapse_gS": SigmoidTransform(0.0, 1e-2)}])
opt_params = transform.inverse(net.get_parameters())


def loss(opt_params):
    v = jx.integrate(net, params=transform.forward(opt_params))
    return v.mean()


value, gradient = jax.jit(jax.value_and_grad(loss))(opt_params)
print(value, gradient)

# %% [markdown]
# All 69 channels and 8 synapses of `jaxley-mech` run so too; `pip install 'dendrax[compat]'` brings it.
#
# ## What comes out differently
#
# On purpose, and each with a test that holds it: [the page](../differences.md) has all. These are the ones that you
# may see.
#
# | Jaxley 0.14 | here |
# |---|---|
# | `int(t_max // delta_t + 1)` steps, which depends on rounding | `round(t_max / delta_t)` steps |
# | slopes by finite differences, coarse in float32 | exact slopes |
# | NaN at single voltages (HH at -40 and -55 mV) | finite, with finite derivatives |
# | `sparse_connect` may draw a pair twice | each pair at most once |
# | `TanhRateSynapse`, `TanhConductanceSynapse`: slope by both voltages | by the postsynaptic alone |
# | row labels of `nodes` skip branch points | the label is the compartment's index |
# | an SWC file with defects is read somehow | it is refused, or mended with `repair=True` |
# | a 3-point soma has 1.5 times its area | the area of the sphere |
#
# So networks of these two synapses and cells from files with a 3-point soma give other voltages; check fits that
# you carry on.
#
# ## Errors
#
# What was an `AssertionError`, a `None` or something from inside of pandas is an exception that says what to do, of
# a type that you would have caught (`ValueError`, `KeyError`, ...).

# %%
for attempt in (
    lambda: net.cell(7),
    lambda: net.sooma,
    lambda: net.set("HH_gna", 0.1),
    lambda: jx.integrate(net, t_max=10.0, voltage_solver="jaxley.thomas"),
    lambda: jx.integrate(net.cell(0), t_max=10.0),
):
    try:
        attempt()
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        print(f"- {type(error).__name__}: {error}")

# %% [markdown]
# ## What is faster
#
# `integrate` is compiled inside: a second plain call with the same shapes compiles nothing, where Jaxley traces
# anew. Steps and gradients are faster on a CPU by native kernels and by vectorised exponentials; [the
# benchmarks](../benchmarks.md) are measured beside Jaxley, in turn, on one core. `checkpoint_lengths` still works,
# and is chosen for you where you give none.
#
# ## What is new
#
# The same model, with what Jaxley has not. One run that is checked for NaN while it goes, the fit above in one
# call, and many runs on all cores:

# %%
v = jx.integrate(net, check=True, progress=False)

fitted = jx.optimize.fit(
    lambda params: (jx.integrate(net, params)[0, -1] + 60.0) ** 2,
    net.get_parameters(),
    transform=transform,
    steps=20,
    learning_rate=0.1,
    progress=False,
)
print(fitted)

scales = jax.numpy.array([[0.5], [1.0], [2.0]])  # (run, 1)
params = jax.tree.map(lambda leaf: leaf * scales, fitted.params)
voltages = jx.integrate_many(net, params, t_max=10.0, progress=False)
print(voltages.shape, "(run, recording, time)")

# %% [markdown]
# | for | there is |
# |---|---|
# | fits | [`fit`, `fit_many`, `search`, `least_squares`, `Experiment`](training.py) with checkpoints |
# | spikes and their features in a loss | [`dendrax.features`](../api/features.md) |
# | many and long runs | [`map_many`, `integrate_many`, `progress=`, `check=`](../long_and_many_runs.md) |
# | files that cannot run code | [`save`, `load`](../model_files.md) |
# | looking at it | [`view3d`](../interactive_page.md), [`color_by=`, `plot`](../pictures.md) |
# | compartments by rule | `cell.set_ncomp(d_lambda=0.1)` |
# | surrogate gradients | [`Fire(surrogate=...)`](simplified_models.py) |
# | events and gap junctions | `ExpSynapse`, `DoubleExpSynapse`, `GapJunction` |
#
# Where every name of Jaxley is: [Names](../reference_api.md).
