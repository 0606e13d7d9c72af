# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
# ---

# %% [markdown]
# # Learning delays
#
# The spike times of a cell depend on the strength of its inputs and on their arrival times. Most training changes only
# the weights. Here a recurrent network of interneurons with their real shape learns weights **and delays** by gradient
# descent, so that its cells spike at given times. On new input it does better than a network that learns weights alone.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax

import dendrax as jx
from dendrax.channels import HH, Leak
from dendrax.errors import DendraxError
from dendrax.events import NetStim
from dendrax.optimize.transforms import SigmoidTransform
from dendrax.synapses import Exp2Syn

# %% [markdown]
# ## Cells, input and connections
#
# The network has five basket cells of 41 compartments, with sodium and potassium channels in soma and axon and a leak
# everywhere. A dendrite of each cell carries an `Exp2Syn`, NEURON's conductance with a rise and a decay.

# %%
n_cells, n_fibres = 5, 4
delta_t, t_max = 0.05, 40.0

cell = jx.morphology.sample("interneuron")
cell.set("axial_resistivity", 100.0)
cell.insert(Leak())
cell.set("Leak_gLeak", 1e-4)
cell.set("Leak_eLeak", -65.0)
cell.soma.insert(HH())
cell.axon.insert(HH())
net = jx.Network([cell] * n_cells)
net.set("v", -65.0)
net.init_states()

net.cell("all").branch(2).comp(0).place(Exp2Syn("E"))
net.set("E_tau1", 0.3)  # [ms]
net.set("E_tau2", 2.0)
somata = net.cell("all").branch(0).comp(0)
somata.record_spikes(threshold=-10.0, verbose=False)
somata.record("v", verbose=False)

# %% [markdown]
# The input comes from four fibres. Each spikes once, and the time of its spike carries the information. A `NetStim` with
# `number=1` models such a fibre. Its time, `NetStim_start`, is a parameter that you can pass to each run. Every fibre
# goes to every cell, and every cell to all others: 40 connections. `net.select(nodes=...)` and `net.E.select(...)` take
# arrays of indices.

# %%
fibres = net.add_sources(NetStim(number=1), n_fibres)
fibre, cell_of_fibre = np.divmod(np.arange(n_fibres * n_cells), n_cells)
pre, post = np.nonzero(~np.eye(n_cells, dtype=bool))
soma_of_cell = somata.nodes.index.to_numpy()

jx.netcon(
    fibres.select(fibre), net.E.select(cell_of_fibre), weight=0.04, delay=4.0
)
jx.netcon(
    net.select(nodes=soma_of_cell[pre]),
    net.E.select(post),
    weight=0.02,
    delay=4.0,
    threshold=-10.0,
)
net.netcons.make_trainable("weight", verbose=False)
net.netcons.make_trainable("delay", bounds=(1.0, 9.0), verbose=False)
start = net.get_parameters()
net.netcons


# %%
def simulate(params, when):
    """Voltages, and the spikes of each cell, for fibres that spike at `when` [ms]."""
    given = fibres.data_set("NetStim_start", when)
    return jx.integrate(
        net, params, param_state=given, t_max=t_max, delta_t=delta_t,
        return_spikes=True, max_spikes=40,
    )  # fmt: skip


# %% [markdown]
# ## The spike times to learn
#
# The spike times to learn come from the same network with hidden weights and delays, so that we know a solution. We use
# sixteen inputs for training and sixteen others for testing.

# %%
rng = np.random.default_rng(0)
n_inputs, n = 16, len(net.netcons)
from_fibres = np.arange(n) < len(fibre)
hidden = [
    {"weight": np.where(from_fibres, 0.04, 0.02) * rng.uniform(0.5, 1.5, n)},
    {"delay": rng.uniform(1.5, 8.0, n)},
]
train, test = rng.uniform(1.0, 20.0, (2, n_inputs, n_fibres))

v, spikes = simulate(hidden, train[0])
fig, (left, right) = plt.subplots(
    1, 2, figsize=(10, 3), layout="constrained", width_ratios=(1, 2)
)
cell.vis(ax=left)
time = np.arange(v.shape[1]) * delta_t
jx.plot.traces(time, v, labels=[f"cell {i}" for i in range(n_cells)], ax=right)
plt.show()

# %% [markdown]
# The loss compares the first spike of a cell with the first wanted spike, the second with the second, and so on. It is
# the mean squared difference of their times, over the spikes with a counterpart. A gradient can move a spike but neither
# make nor delete one, so we count the spikes without a counterpart, and begin with weights that make every cell spike.
#
# `trains(3)` returns the first three spikes of each cell, padded with infinity. Mask infinite times before you compute
# with them, as here: infinity minus infinity is NaN, and a NaN that is masked afterwards still spoils the gradient. A
# transform keeps weights and delays within bounds; the delays have the bounds that we passed to `make_trainable`.

# %%
transform = jx.ParamTransform(
    [
        {"weight": SigmoidTransform(1e-3, 0.1)},
        {"delay": SigmoidTransform(1.0, 9.0)},
    ]
)


def loss(free, inputs, wanted):
    """Mean squared difference [ms2], spikes without counterpart, and all spike times."""
    params = transform.forward(free)
    trains = jax.vmap(lambda when: simulate(params, when)[1].trains(3))(inputs)
    both = jnp.isfinite(trains) & jnp.isfinite(wanted)
    apart = jnp.where(both, trains, 0.0) - jnp.where(both, wanted, 0.0)
    alone = jnp.sum(jnp.isfinite(trains) != jnp.isfinite(wanted))
    return jnp.sum(apart**2) / jnp.sum(both), (alone, trains)


value_and_grad = jax.jit(jax.value_and_grad(loss, has_aux=True))
anything = jnp.zeros((n_inputs, n_cells, 3))
solution = transform.inverse(hidden)
(_, (_, wanted)), _ = value_and_grad(solution, train, anything)
(_, (_, wanted_test)), _ = value_and_grad(solution, test, anything)
print(int(np.isfinite(wanted).sum()), "spikes to learn")

# %% [markdown]
# ## Weights alone, and weights with delays
#
# Both fits run the same program; the first sets the gradient of the delays to zero. Each fit keeps the best parameters
# that it finds.

# %%
optimizer = optax.adam(0.1)
update = jax.jit(optimizer.update)


def fit(learn_delays, steps=60):
    """The best parameters of the fit, and the loss in each step."""
    free = best = transform.inverse(start)
    state, losses = optimizer.init(free), []
    for _ in range(steps):
        (value, _), (weights, delays) = value_and_grad(free, train, wanted)
        best = free if value <= min(losses, default=np.inf) else best
        losses.append(float(value))
        delays = {"delay": delays["delay"] * learn_delays}
        changes, state = update([weights, delays], state)
        free = optax.apply_updates(free, changes)
    return best, losses


fits = {"weights alone": fit(0.0), "weights and delays": fit(1.0)}
fits = {"before": (transform.inverse(start), None), **fits}
trains = {}
for name, (free, _) in fits.items():
    (seen, (alone, _)), _ = value_and_grad(free, train, wanted)
    (new, (alone_new, trains[name])), _ = value_and_grad(
        free, test, wanted_test
    )
    print(
        f"{name:18} {float(seen) ** 0.5:.2f} ms on the inputs of the training, {float(new) ** 0.5:.2f} ms on new ones; "
        f"{int(alone) + int(alone_new)} spikes without counterpart"
    )

# %% [markdown]
# Weights move a spike a little, since a stronger input reaches the threshold sooner. But they cannot make the input of
# one fibre come late in one cell and early in another. Delays can, and the learnt delays work for new inputs too.

# %%
fig, axes = plt.subplots(1, 3, figsize=(11, 3.2), layout="constrained")
for name, (_, losses) in fits.items():
    if losses:
        axes[0].semilogy(losses, label=name)
axes[0].set(xlabel="step", ylabel="squared difference [ms²]")
axes[0].legend()
learnt = transform.forward(fits["weights and delays"][0])[1]["delay"]
axes[1].plot(
    hidden[1]["delay"], np.full(n, 4.0), "o", color="0.8", label="before"
)
axes[1].plot(hidden[1]["delay"], learnt, "o", color="C1", label="after")
axes[1].plot([1, 9], [1, 9], "k:")
axes[1].set(xlabel="hidden delay [ms]", ylabel="delay [ms]")
axes[1].legend()
for row, (name, color) in enumerate(
    [("wanted", "k"), ("weights and delays", "C1"), ("weights alone", "C0")]
):
    rows = wanted_test if name == "wanted" else trains[name]
    ticks = axes[2].eventplot(
        [one[np.isfinite(one)] for one in np.asarray(rows[0])],
        lineoffsets=np.arange(n_cells) - 0.25 * row,
        linelengths=0.22,
        colors=color,
    )
    ticks[0].set_label(name)
axes[2].set(xlabel="time [ms]", ylabel="cell", title="a new input")
axes[2].set_ylim(-0.8, n_cells + 1.6)  # room for the legend
axes[2].legend(fontsize=7, loc="upper left")
plt.show()

# %% [markdown]
# The fit does not find every delay. If several events reach a cell and the first makes it spike, the others may come at
# any time, and the spikes do not constrain their delays.
#
# ## What goes wrong
#
# Dendrax refuses trainable delays without bounds, and delays beyond them. Inside of `jit`, where it cannot check values,
# a delay out of bounds makes the weight of its connection NaN, so that a run is never silently wrong. A transform keeps
# delays within their bounds.

# %%
attempts = (
    lambda: net.netcons.make_trainable("delay", verbose=False),
    lambda: net.netcons.make_trainable(
        "delay", bounds=(5.0, 9.0), verbose=False
    ),
    lambda: simulate([start[0], {"delay": jnp.full(n, 12.0)}], train[0]),
)
for attempt in attempts:
    try:
        attempt()
    except DendraxError as error:
        print("-", error)

# %% [markdown]
# If training does not improve, it has usually lost spikes. Count the spikes without a counterpart. Then begin with
# stronger weights, train with a smaller learning rate, or add a term to the loss for silent cells, such as the largest
# voltage of a cell that should have spiked.
#
# ## Next
#
# - [Spikes and delays](spikes_and_delays.py): the gradient of a spike time and its limits.
# - [Training by gradient descent](training.py), and [all about training](../training.md).
# - [Plasticity](plasticity.py): weights that the spikes themselves change.
# - [Events](../events.md): the rules and the limits.
