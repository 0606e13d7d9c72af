"""Networks with connections in Dendrax."""

from __future__ import annotations

import importlib
import os
import time
from functools import partial
from typing import Any

import numpy as np

from benchmarks import event_models, models
from benchmarks.tasks import Ready
from benchmarks.tasks.jax_cells import configured

Settings = dict[str, Any]


def prepare(settings: Settings) -> Ready:
    """Build, compile and run once.

    Settings: `model` ("squid" or "integrators"), `n_cell`, `n_connection`, `t_max` [ms]; `x64`; `gradient`, by all
    conductances HH_gNa and all weights; `delays`, the shortest and longest [ms]; `native`: False for JAX alone.
    """
    if settings.get("native") is False:
        os.environ["DENDRAX_NATIVE"] = "0"  # read when dendrax is imported
    jax = configured(settings)
    jx = importlib.import_module("dendrax")
    jx.use_wide_vectors()
    jax.block_until_ready(jax.numpy.zeros(1))  # starts the device
    start = time.perf_counter()
    net = BUILDERS[settings["model"]](jx, settings)
    facts: dict[str, Any] = {"build": time.perf_counter() - start, "device": jax.devices()[0].device_kind}
    facts["isa"] = importlib.import_module("dendrax.engine.native").isa()
    run = program(jax, jx, net, settings)
    start = time.perf_counter()
    result = jax.block_until_ready(run())
    facts["compile"] = time.perf_counter() - start
    if settings.get("gradient"):
        loss_and_gradient, params = run.func, run.args
        facts["kept_mb"] = loss_and_gradient.lower(*params).compile().memory_analysis().temp_size_in_bytes / 2**20
        squares = sum(float(np.sum(np.square(np.asarray(leaf, float)))) for leaf in jax.tree.leaves(result[1]))
        facts["gradient_norm"] = squares**0.5
    else:
        facts["spikes"] = int(result[1].count)
    facts["steps"] = round(settings["t_max"] / time_step(settings))
    facts["n_comp"] = net.shape[-1]
    return Ready(lambda: jax.block_until_ready(run()), facts)


def program(jax: Any, jx: Any, net: Any, settings: Settings) -> partial:
    """A run as a user makes it, with voltages and spikes; or loss and gradient of a loss of the voltages."""
    more = {"t_max": settings["t_max"], "delta_t": time_step(settings)}
    if not settings.get("gradient"):
        return partial(jx.integrate, net, return_spikes=True, **more)
    loss = jax.value_and_grad(lambda params: jx.integrate(net, params=params, **more).mean())
    return partial(jax.jit(loss), net.get_parameters())


def time_step(settings: Settings) -> float:
    """[ms]."""
    return models.DT if settings["model"] == "squid" else event_models.INTEGRATORS.dt


def build_squid(jx: Any, settings: Settings) -> Any:
    """Cells of twelve compartments with HH, a current and an ExpSyn each."""
    channels, synapses = importlib.import_module("dendrax.channels"), importlib.import_module("dendrax.synapses")
    n_cell, n_connection = settings["n_cell"], settings["n_connection"]
    parents = [-1, *[0] * (event_models.N_BRANCH - 1)]
    net = jx.Network([jx.Cell(jx.Branch(jx.Compartment(), ncomp=event_models.NCOMP), parents=parents)] * n_cell)
    for key, value in (
        ("length", event_models.LENGTH),
        ("radius", event_models.RADIUS),
        ("axial_resistivity", models.RESISTIVITY),
        ("v", models.V_INIT),
    ):
        net.set(key, value)
    net.insert(channels.HH())
    net.init_states()
    first = net.cell("all").branch(0).comp(0)
    delay, duration = event_models.PULSE
    shape = jx.step_current(i_delay=delay, i_dur=duration, i_amp=1.0, delta_t=models.DT, t_max=settings["t_max"])
    first.stimulate(np.outer(event_models.amplitudes(n_cell), shape), verbose=False)
    if n_connection:
        first.place(synapses.ExpSyn("E"))
        net.set("E_tau", event_models.TAU)
        net.set("E_e", 0.0)
        drawn = event_models.connections(n_cell, n_connection, settings.get("delays", event_models.DELAYS))
        jx.netcon(
            net.select(nodes=first.rows[drawn.pre]),
            net.E.select(drawn.post),
            weight=event_models.weight(n_cell, n_connection),
            delay=drawn.delay,
            threshold=event_models.THRESHOLD,
        )
    first.record_spikes(threshold=event_models.THRESHOLD, verbose=False)
    first.record("v", verbose=False)
    if settings.get("gradient"):
        net.cell("all").branch("all").comp("all").make_trainable("HH_gNa", verbose=False)
        if n_connection:
            net.netcons.make_trainable("weight", verbose=False)
    return net


def build_integrators(jx: Any, settings: Settings) -> Any:
    """Compartments with a leak, a threshold and two conductances each."""
    channels, synapses = importlib.import_module("dendrax.channels"), importlib.import_module("dendrax.synapses")
    model, n_cell = event_models.INTEGRATORS, settings["n_cell"]
    net = jx.Network([jx.Cell(jx.Branch(jx.Compartment(), ncomp=1), parents=[-1])] * n_cell)
    side = np.sqrt(model.capacitance * 1e5 / np.pi)  # of a cylinder as long as wide with 1 uF/cm2 [um]
    for channel in (channels.Leak(), channels.Fire(surrogate_warning=False)):
        net.insert(channel)
    for key, value in (
        ("length", side),
        ("radius", side / 2.0),
        ("Leak_gLeak", model.leak / model.capacitance * 1e-3),
        ("Leak_eLeak", model.leak_reversal),
        ("Fire_vth", model.threshold),
        ("Fire_vreset", model.reset),
        ("v", model.initial_voltages(n_cell)),
    ):
        net.set(key, value)
    cells = net.cell("all").branch(0).comp(0)
    for name, tau, reversal in (
        ("E", model.tau_excitatory, 0.0),
        ("I", model.tau_inhibitory, model.inhibitory_reversal),
    ):
        cells.place(synapses.ExpSyn(name))
        net.set(f"{name}_tau", tau)
        net.set(f"{name}_e", reversal)
    drawn = event_models.connections(n_cell, settings["n_connection"], model.delays)
    excitatory = drawn.pre < model.n_excitatory(n_cell)
    for chosen, targets, weight in (
        (excitatory, net.E, model.excitatory_weight),
        (~excitatory, net.I, model.inhibitory_weight),
    ):
        jx.netcon(
            net.select(nodes=cells.rows[drawn.pre[chosen]]),
            targets.select(drawn.post[chosen]),
            weight=weight,
            delay=drawn.delay[chosen],
            threshold=model.threshold,
        )
    cells.record_spikes(threshold=model.threshold, verbose=False)
    net.cell(0).branch(0).comp(0).record("v", verbose=False)
    return net


BUILDERS = {"squid": build_squid, "integrators": build_integrators}
