# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # From NEURON
#
# The physics, the units and the numbers are NEURON's: compartments, backward Euler, mV, ms, nA, um, S/cm2, uF/cm2,
# ohm cm. The way of working is another. There is no global simulator that owns sections and a clock: a model is an
# object, a simulation a function of it, and what comes out is an array. That is why it can be differentiated,
# batched and put on a GPU.
#
# If your model is loaded in NEURON already, `cell = jx.from_neuron(h, mod="mechanisms/")` reads it as it is, and
# `nmodl.load("Ih.mod")` makes a mechanism of a .mod file: see [models of NEURON](../from_neuron.md).
#
# ## What it is called here
#
# | NEURON | Dendrax |
# |---|---|
# | `soma = h.Section()` | `jx.Branch(ncomp=1)`; a cell is `jx.Cell([...], parents=[-1, 0, ...])` |
# | `dend.connect(soma(1))` | `parents=`, or [`morph_connect`](../api/morphologies.md) |
# | `soma.L`, `soma.diam` | `set("length", L / ncomp)`, `set("radius", diam / 2)` |
# | `soma.nseg` | `ncomp`; `set_ncomp(5)`; the `d_lambda` rule is `set_ncomp(d_lambda=0.1)` |
# | `soma(0.5)` | `cell.branch(0).loc(0.5)`, or by number, `comp(0)` |
# | `h.Import3d_SWC_read`, `instantiate` | `jx.read_swc(file, ncomp=1)` |
# | `SectionList`, `for sec in apic` | [groups](groups.py): `cell.apical` |
# | `soma.Ra`, `soma.cm` | `set("axial_resistivity", ...)`, `set("capacitance", ...)` |
# | a model built by hoc or Python | [`jx.from_neuron(h, mod="mechanisms/")`](../from_neuron.md) |
# | `nrnivmodl`, `soma.insert("Ih")` | `insert(nmodl.load("Ih.mod")())`, of `dendrax.io` |
# | `usetable_...`, `ion_style` | read by `from_neuron`; `table="off"`, `updates_reversal=` of a mechanism |
# | `soma.insert("hh")`, `"pas"` | `insert(HH())`, `insert(Leak())` |
# | `soma(0.5).hh.gnabar`, `g_pas`, `e_pas` | `set("HH_gNa", ...)`, `"Leak_gLeak"`, `"Leak_eLeak"` |
# | `soma.ena`, `soma.ek` | `"HH_eNa"`, `"HH_eK"`; `"eNa"`, `"eK"` for `Na`, `K`, ... |
# | `h.IClamp` | `stimulate(jx.step_current(delay, dur, amp, dt, t_max))` |
# | `Vector.play(stim._ref_amp, dt)` | `stimulate(array)` |
# | `h.IClamp`, `h.SEClamp`, to be changed or trained later | `insert(IClamp())`, `insert(SEClamp())` of `dendrax.electrodes` |
# | `h.VClamp`, or an ideal clamp | `clamp("v", array)` |
# | `i_membrane_` | `record("i_membrane")` [nA] |
# | `syn = h.ExpSyn(seg)`, `h.Exp2Syn(seg)` | `view.place(ExpSyn("syn"))`, `Exp2Syn("syn")`; `net.syn` is a view of them |
# | `syn.tau`, `syn.e`, `syn.g`, `syn.i` | `set("syn_tau", ...)`, `"syn_e"`; `record("syn_g")`, `record("i_syn")` |
# | `nc = h.NetCon(seg._ref_v, syn, sec=sec)` | `jx.netcon(view, net.syn, weight=, delay=, threshold=)` |
# | `nc.weight[0]`, `nc.delay`, `nc.threshold` | `net.netcons.set("weight", ...)`, `"delay"`, `"threshold"` |
# | `h.IntFire1()` | a compartment with `LIF` and a `DeltaSyn`, see [events](../events.md#integrate-and-fire-networks) |
# | `nc.weight[1]`, a MOD file whose `NET_RECEIVE` takes several | `weights` of a `Mechanism`, `netcon(..., weight={"ampa": 5e-4, "nmda": 4e-4})` |
# | `h.cvode.netconlist(...)` | `net.netcons.to_pandas()`, `net.netcons.select(source=, target=)` |
# | `h.NetStim()` | `net.add_sources(NetStim(interval=10, number=10, start=50, noise=0), n)`, with these defaults |
# | `h.VecStim()`, `vs.play(vector)` | `net.add_sources(VecStim([[2.0, 7.5], [4.0]]))`, a list for each source; no MOD file |
# | `nc.record(times, ids)`, `pc.spike_record` | `view.record_spikes(threshold=0.0)`, `integrate(..., return_spikes=True)` |
# | `h.APCount(seg)`, `apc.n`, `apc.thresh` | `record_spikes(threshold=...)`; `len(spikes.of(0))`, `spikes.rates(t_max)` |
# | `ns.noiseFromRandom123(...)`, seeds | `integrate(..., key=jax.random.key(0))` |
# | STDP and other rules in MOD files | `netcon(..., plasticity=PairSTDP())`, [Plasticity](plasticity.py) |
# | `Vector().record(seg._ref_v)` | `record("v")`; `record("HH_m")`, `record("i_HH")` |
# | `h.dt`, `h.tstop` | arguments of `integrate`: `delta_t=`, `t_max=` |
# | `h.v_init`, `h.finitialize(-65)` | `set("v", -65)`, then `init_states()` |
# | `h.continuerun(40)`, `h.run()`, `pc.psolve` | `v = jx.integrate(cell, t_max=40)` |
# | `h.SaveState` | `integrate(return_states=True)`, `all_states=`; [files](../model_files.md) |
# | `h.secondorder = 0`, `2` | `solver="bwd_euler"`, `"crank_nicolson"` |
# | `h.celsius` | `HH(q10=3.0)` and `set("temperature", ...)` |
# | `h.Random` | NumPy's generators, `jax.random` |
# | `h.distance`, `RangeVarPlot` | `jx.morphology.distance_pathwise`, and plot a state over it |
# | `h.PlotShape` | `cell.vis()`, `jx.plot.shape`, [`jx.view3d`](../interactive_page.md) |
# | `h.topology()`, `psection()` | `cell`, `cell.nodes`, `cell.show()` |
# | `ParallelContext` over runs | `jx.integrate_many`, `jx.map_many` |
# | a MOD file, `nrnivmodl` | [a Python class](own_channels_and_synapses.py), nothing to compile |
#
# ## One script, side by side
#
# A ball and stick. In NEURON:
#
# ```python
# soma, dend = h.Section(name="soma"), h.Section(name="dend")
# dend.connect(soma(1))
# soma.L = soma.diam = 20
# dend.L, dend.diam, dend.nseg = 200, 2, 5
# for sec in (soma, dend):
#     sec.Ra, sec.cm = 100, 1
# soma.insert("hh")
# dend.insert("pas")
# for seg in dend:
#     seg.pas.g, seg.pas.e = 1e-4, -65
# stim = h.IClamp(soma(0.5))
# stim.delay, stim.dur, stim.amp = 5, 20, 0.3
# v = h.Vector().record(soma(0.5)._ref_v)
# h.usetable_hh = 0
# h.finitialize(-65)
# h.continuerun(40)
# ```
#
# Here:

# %%
import jax
import matplotlib.pyplot as plt
import numpy as np

import dendrax as jx
from dendrax.channels import HH, Leak

jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - doubles, as NEURON

cell = jx.Cell([jx.Branch(ncomp=1), jx.Branch(ncomp=5)], parents=[-1, 0])
soma, dend = cell.branch(0), cell.branch(1)
soma.set("length", 20.0)
soma.set("radius", 10.0)
dend.set("length", 200.0 / 5)  # of each compartment
dend.set("radius", 1.0)
cell.set("axial_resistivity", 100.0)
cell.set("capacitance", 1.0)
soma.insert(HH())
dend.insert(Leak())
dend.set("Leak_gLeak", 1e-4)
dend.set("Leak_eLeak", -65.0)
soma.loc(0.5).stimulate(jx.step_current(5.0, 20.0, 0.3, 0.025, 40.0), verbose=False)
soma.loc(0.5).record("v", verbose=False)
cell.set("v", -65.0)
cell.init_states()
v = jx.integrate(cell, t_max=40.0)

# %% [markdown]
# ## The same voltages
#
# This is what NEURON 9.0.2 answers to the script above, every ms:

# %%
neuron = np.array(
    [-65.000, -64.985, -64.975, -64.969, -64.964, -64.963, -51.362, 36.304,
     -6.205, -49.202, -71.894, -71.536, -69.592, -67.136, -64.499, -61.871,
     -59.298, -56.586, -52.857, -39.964, 11.859, -33.019, -69.136, -71.407,
     -69.841, -67.495, -71.920, -72.127, -71.608, -70.828, -69.963, -69.097,
     -68.275, -67.521, -66.848, -66.262, -65.765, -65.358, -65.038, -64.804,
     -64.648]
)  # fmt: skip
time = np.arange(v.shape[1]) * 0.025
print(f"largest difference: {np.abs(v[0, ::40] - neuron).max():.4f} mV")

ax = jx.plot.traces(time, v, labels=["Dendrax"])
ax.plot(np.arange(41), neuron, "ko", markersize=4, label="NEURON")
ax.legend()
plt.show()

# %% [markdown]
# That is how the numbers above are rounded. Two traced cells and Rallpack 3 are compared the same way, spike by
# spike, on the page [Validation](../validation.md).
#
# ## Spikes, side by side
#
# A stimulator excites a cell, and the cell excites another one after a delay. In NEURON:
#
# ```python
# a, b = h.Section(name="a"), h.Section(name="b")
# for sec in (a, b):
#     sec.L = sec.diam = 20
#     sec.insert("hh")
# stim = h.NetStim()
# stim.number, stim.start, stim.interval = 2, 5, 20
# first, second = h.ExpSyn(a(0.5)), h.Exp2Syn(b(0.5))
# first.tau, second.tau1, second.tau2 = 2, 0.5, 3
# from_stim = h.NetCon(stim, first)
# from_stim.delay, from_stim.weight[0] = 1, 0.03
# from_a = h.NetCon(a(0.5)._ref_v, second, sec=a)
# from_a.threshold, from_a.delay, from_a.weight[0] = 0, 3.3, 0.03
# times, ids = h.Vector(), h.Vector()
# watch = [h.NetCon(sec(0.5)._ref_v, None, sec=sec) for sec in (a, b)]
# for number, one in enumerate(watch):
#     one.threshold = 0
#     one.record(times, ids, number)
# count = h.APCount(b(0.5))
# count.thresh = 0
# h.finitialize(-65)
# h.continuerun(40)
# ```
#
# The same model in Dendrax follows. `events="grid"` counts time as NEURON does: a spike is at the end of its step, and
# arrives at the nearest step. By default spike times are interpolated within the step; they are more precise and have
# gradients.

# %%
from dendrax.events import NetStim
from dendrax.synapses import Exp2Syn, ExpSyn

net = jx.Network([jx.Cell()] * 2)
net.set("length", 20.0)
net.set("radius", 10.0)
net.insert(HH())
net.set("v", -65.0)
net.init_states()
net.cell(0).place(ExpSyn("first"))
net.cell(1).place(Exp2Syn("second"))
net.set("first_tau", 2.0)
net.set("second_tau1", 0.5)
net.set("second_tau2", 3.0)
stim = net.add_sources(NetStim(number=2, start=5.0, interval=20.0))
jx.netcon(stim, net.first, weight=0.03, delay=1.0)
jx.netcon(net.cell(0), net.second, weight=0.03, delay=3.3, threshold=0.0)
net.record_spikes(threshold=0.0, verbose=False)
_, spikes = jx.integrate(net, t_max=40.0, events="grid", return_spikes=True)

print("times: ", spikes.times, "ids:", spikes.ids)
print("NEURON:", np.array([6.55, 10.625, 26.55, 30.625]), "ids:", [0, 1, 0, 1])
print("spikes of b:", len(spikes.of(1)), "(APCount: 2)")

# %% [markdown]
# [Events](../events.md) explains the rules, and [Spikes and delays](spikes_and_delays.py) shows more examples.
#
# ## What differs
#
# **Tables of `hh`.** NEURON reads the rates of `hh` from a table of 1 mV unless `usetable_hh = 0`. Here they are
# always computed. With tables, NEURON's own answer to this script moves by up to 1.1 mV, where a spike rises.
#
# **Temperature.** `HH()` has the rates of 6.3 celsius, NEURON's default; `HH(q10=3.0)` follows `temperature`, as
# NEURON's `hh` follows `celsius`. `temperature` is a property of compartments, not of the world, and mechanisms
# that depend on it say so.
#
# **The order within a step.** NEURON solves for v and then advances the gates; here gates go first. From gates in
# equilibrium, after `init_states()`, both are the same sequence of numbers. If you set gates by hand, they differ
# by one step.
#
# **Currents.** Those of channels are mA/cm2, those of synapses nA, positive outward; an electrode's are nA,
# positive inward. All as in NEURON. A recorded current is that at the recorded voltage.
#
# **Lengths.** `length` is of a compartment, not of the section. `set_ncomp` divides for you, and keeps channels and
# parameters; call it before you record and stimulate, since these belong to compartments.
#
# **Events.** Spike times are interpolated unless you ask for `events="grid"`. A delay is at least one step, where
# NEURON allows 0. You place point processes on compartments and refer to them by a name, and one call of `netcon` makes a
# connection for each source or target in view. `jx.connect` still joins two compartments by a synapse that uses the
# presynaptic voltage of every step; with `delay=` its spikes are events too. Random trains follow from the key of a run
# and differ from those of NEURON's generators.
#
# **No variable steps.** All steps are of one length; [How to](how_to.py) shows what that costs.
#
# **Errors** come before anything runs, and leave the model as it was:

# %%
for attempt in (
    lambda: cell.set("HH_gnabar", 0.12),  # NEURON's name
    lambda: dend.set_ncomp(9),  # too late
    lambda: jx.integrate(dend),  # a part is no model
):
    try:
        attempt()
    except jx.errors.DendraxError as error:
        print("-", error)

# %% [markdown]
# ## What NEURON has not
#
# How does the time of the first spike change with each of the parameters? No finite differences, one call:

# %%
cell.make_trainable("HH_gNa", verbose=False)
cell.make_trainable("axial_resistivity", verbose=False)


def first_spike(params):
    trace = jx.integrate(cell, params, t_max=15.0)
    return jx.features.spike_times(trace, 0.025, max_spikes=1).times[0, 0]


when, slope = jax.value_and_grad(first_spike)(cell.get_parameters())
print(f"first spike at {when:.2f} ms")
print(f"{float(slope[0]['HH_gNa'][0]):+.1f} ms per S/cm2 of gNa")
print(f"{float(slope[1]['axial_resistivity'][0]):+.5f} ms per ohm cm of Ra")

# %% [markdown]
# Next: [a cell with its real shape](morphologically_detailed_cell.py), [a network](small_network.py), [a
# fit](training.py), [your own channels](own_channels_and_synapses.py).
