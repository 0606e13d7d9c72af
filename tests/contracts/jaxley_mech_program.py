"""A program written for Jaxley: every channel and synapse of jaxley-mech is built, inserted, simulated, differentiated.

It names Dendrax nowhere. `test_jaxley_mech.py` runs it by `python -m dendrax.compat jaxley_mech_program.py`;
`golden/jaxley_mech.npz` is what `python jaxley_mech_program.py explicit FILE.npz recordings` gave with Jaxley 0.14.0,
jaxley-mech 0.4.0 and jax 0.10.2 on a CPU, in float64.

Each mechanism is alone: a channel in a cell of one compartment, a synapse between two such cells. The channels of a
publication are one network, so that they are one program.
"""

import importlib
import inspect
import pkgutil
import sys
import warnings

import jax
import jax.numpy as jnp
import jaxley as jx
import jaxley_mech
import numpy as np
from jaxley.channels import HH, Channel, Leak
from jaxley.connect import connect
from jaxley.synapses import Synapse

DT = 0.025
"""Time step [ms]."""

STEPS = {Channel: 60, Synapse: 160}
"""Steps of a run: of a channel under a current, of a synapse whose presynaptic cell spikes."""

REST = -61.37
"""Voltage at the start [mV]. At round numbers some of the published rates are 0/0."""

LIGHT = {"Phototransduction_Stim": 1e4, "Phototransduction_Jhv": 1e2}
"""What shines on a photoreceptor, which the library leaves to be clamped by whoever simulates."""

NEWTON_ALONE = ("FeedbackRibbon",)
"""Whose other solvers raise an error of shapes, on Jaxley too."""

CLOCKS = ("Cdur", "deadtime")
"""Durations of synapses. At a multiple of the time step what is recorded jumps with them."""

CHANGE = 1e-4
"""Relative change of a parameter in a central difference."""

SHOWN = 10
"""Every so many columns of the recordings are stored."""


def publications(kind):
    """All mechanisms of a kind by name, by the module that they are published in."""
    found = {}
    for info in pkgutil.walk_packages(jaxley_mech.__path__, "jaxley_mech."):
        module = importlib.import_module(info.name)
        for name, one in inspect.getmembers(module, inspect.isclass):
            if issubclass(one, kind) and one.__module__ == info.name:
                found.setdefault(info.name.rpartition(".")[2], {})[name] = one
    return found


def make(kind, solver):
    """A mechanism of a class; some want to know how to solve their equations."""
    options = {"solver": "newton" if kind.__name__ in NEWTON_ALONE else solver, "rtol": 1e-12, "atol": 1e-12}
    return kind(**{key: options[key] for key in options if key in inspect.signature(kind).parameters})


def pulse(steps, start, stop):
    """A current that brings a compartment some 16 mV per ms upwards [nA]."""
    current = np.zeros(steps)
    current[start:stop] = 0.1
    return current


class Model:
    """A network, and whose its recordings and its trainable parameters are: "mechanism/key"."""

    def __init__(self, n_cells, steps):
        cell = jx.Cell([jx.Branch(jx.Compartment(), ncomp=1)], parents=[-1])
        self.net = jx.Network([cell] * n_cells)
        self.net.set("v", REST)
        self.steps = steps
        self.recorded, self.trained = [], []

    def watch(self, view, name, states, params):
        """Record these states and train these parameters of a mechanism."""
        for key in states:
            view.record(key, verbose=False)
            self.recorded.append(f"{name}/{key}")
        for key in params:
            view.make_trainable(key, verbose=False)
            self.trained.append(f"{name}/{key}")


def of_channels(kinds, solver):
    """A cell for each channel."""
    model = Model(len(kinds), STEPS[Channel])
    channels = {name: make(kind, solver) for name, kind in kinds.items()}
    for row, channel in enumerate(channels.values()):
        model.net.cell(row).insert(channel)
    model.net.init_states()
    for row, (name, channel) in enumerate(channels.items()):
        cell = model.net.cell(row)
        model.watch(cell, name, [*channel.channel_states, channel.current_name, "v"], channel.channel_params)
        for key in LIGHT.keys() & channel.channel_states.keys():
            cell.clamp(key, LIGHT[key] * np.ones(model.steps), verbose=False)
    model.net.stimulate(pulse(model.steps, 8, 48), verbose=False)
    return model


def of_synapses(kinds, solver):
    """For each synapse a cell that spikes and one that it ends on."""
    model = Model(2 * len(kinds), STEPS[Synapse])
    spiking, passive = (model.net.cell(list(range(first, 2 * len(kinds), 2))) for first in (0, 1))
    spiking.insert(HH())
    passive.insert(Leak())
    model.net.init_states()
    synapses = {name: make(kind, solver) for name, kind in kinds.items()}
    for row, synapse in enumerate(synapses.values()):
        pre, post = (model.net.cell(cell).branch(0).comp(0) for cell in (2 * row, 2 * row + 1))
        connect(pre, post, synapse)
    for row, (name, synapse) in enumerate(synapses.items()):
        for key in (one for one in synapse.synapse_params if one.endswith(CLOCKS)):
            getattr(model.net, name).set(key, 0.99 * synapse.synapse_params[key])
        model.watch(getattr(model.net, name), name, synapse.synapse_states, synapse.synapse_params)
        model.watch(model.net.cell(2 * row + 1), name, ["v"], [])
    spiking.stimulate(pulse(model.steps, 20, 40), verbose=False)
    return model


def moved(params, change):
    """Each of the parameters changed by so much."""
    return [{key: value + by for key, value in one.items()} for one, by in zip(params, change, strict=True)]


def simulate(model):
    """Recordings: all are checked to be finite, and some columns stored."""
    recordings = np.asarray(
        jax.jit(lambda params: jx.integrate(model.net, params, delta_t=DT))(model.net.get_parameters())
    )
    return {
        "recorded": model.recorded,
        "recordings": recordings[:, ::SHOWN],
        "finite": np.isfinite(recordings).all(axis=1),
    }


def differentiate(model):
    """Recordings, the gradient of a mean over those of each mechanism, and the same by central differences."""

    def means(params, weights):
        recordings = jx.integrate(model.net, params, delta_t=DT)
        rows = jnp.sum(weights * recordings, axis=1)
        return jnp.sum(rows), (rows, recordings)

    run = jax.jit(jax.value_and_grad(means, has_aux=True))
    params = model.net.get_parameters()
    (_, (_, recordings)), _ = run(params, 1.0)
    # Of the order of one for every recording, and no mean of a state that always sums to one is a constant.
    scale = jnp.maximum(jnp.max(jnp.abs(recordings), axis=1, keepdims=True), 1e-12)
    weights = jnp.cos(0.1 * jnp.arange(recordings.shape[1])) / scale / recordings.shape[1]
    _, gradient = run(params, weights)

    values = np.array([float(value[0]) for one in params for value in one.values()])
    owners = np.array([name.partition("/")[0] for name in model.trained])
    of_row = np.array([name.partition("/")[0] for name in model.recorded])
    steps = CHANGE * np.where(values == 0.0, 1.0, np.abs(values))
    differences = np.zeros(len(values))
    turns = np.array([np.sum(owners[:index] == owner) for index, owner in enumerate(owners)])
    for turn in np.unique(turns):  # mechanisms are strangers: the same parameter of all of them changes at once
        chosen = turns == turn
        up, down = (run(moved(params, change), weights)[0][1][0] for change in (steps * chosen, -steps * chosen))
        for index in np.flatnonzero(chosen):
            differences[index] = float(jnp.sum((up - down)[of_row == owners[index]])) / (2.0 * steps[index])
    return {
        "recorded": model.recorded,
        "recordings": np.asarray(recordings)[:, ::SHOWN],
        "finite": np.isfinite(np.asarray(recordings)).all(axis=1),
        "trained": model.trained,
        "values": values,
        "gradient": [float(value[0]) for one in gradient for value in one.values()],
        "differences": differences,
    }


def main(solver, file, what="all"):
    """All publications, one after the other."""
    jax.config.update("jax_enable_x64", True)
    warnings.simplefilter("ignore")  # a published rate that is 0/0 somewhere; what Jaxley says of growing tables
    models = {paper: of_channels(kinds, solver) for paper, kinds in publications(Channel).items()}
    synapses = {name: kind for kinds in publications(Synapse).values() for name, kind in kinds.items()}
    models["synapses"] = of_synapses(synapses, solver)
    stored = {}
    for paper, model in models.items():
        found = simulate(model) if what == "recordings" else differentiate(model)
        stored |= {f"{paper}/{key}": np.asarray(value) for key, value in found.items()}
        print(paper, *dict.fromkeys(name.partition("/")[0] for name in model.recorded), flush=True)
    np.savez_compressed(file, **stored)


if __name__ == "__main__":
    main(*sys.argv[1:])
