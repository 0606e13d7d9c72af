"""Integrate-and-fire cells with conductances in brian2, whose code is compiled by Cython."""

from __future__ import annotations

import time
from typing import Any

import brian2
import numpy as np

from benchmarks import event_models
from benchmarks.tasks import Ready

EQUATIONS = """
dv/dt = (leak * (leak_reversal - v) - g_exc * v + g_inh * (inhibitory_reversal - v)) / capacitance : 1
dg_exc/dt = -g_exc / tau_excitatory : 1
dg_inh/dt = -g_inh / tau_inhibitory : 1
"""


def prepare(settings: dict[str, Any]) -> Ready:
    """Settings: `n_cell`, `n_connection`, `t_max` [ms]; `x64`: in float64, brian2's default.

    Numbers are those of `event_models.INTEGRATORS` without brian2's units, times in ms; its own clock runs in seconds.
    """
    start = time.perf_counter()
    brian2.prefs.codegen.target = "cython"
    brian2.prefs.core.default_float_dtype = np.float64 if settings.get("x64") else np.float32
    network, monitor = build(settings["n_cell"], settings["n_connection"])
    facts: dict[str, Any] = {"build": time.perf_counter() - start}
    duration = settings["t_max"] * brian2.ms
    start = time.perf_counter()
    network.store()
    network.run(event_models.INTEGRATORS.dt * brian2.ms, namespace={})
    facts["compile"] = time.perf_counter() - start

    def run() -> float:
        network.restore()
        start = time.perf_counter()
        network.run(duration, namespace={})
        return time.perf_counter() - start

    run()
    facts |= {"spikes": int(monitor.num_spikes), "n_comp": settings["n_cell"]}
    facts["steps"] = round(settings["t_max"] / event_models.INTEGRATORS.dt)
    return Ready(run, facts)


def build(n_cell: int, n_connection: int) -> tuple[Any, Any]:
    """The network, and the monitor that counts its spikes."""
    model, drawn = event_models.INTEGRATORS, None
    names = ("capacitance", "leak", "leak_reversal", "inhibitory_reversal", "tau_excitatory", "tau_inhibitory")
    constants = {name: getattr(model, name) for name in names}
    per_second = {"capacitance": 1e-3, "tau_excitatory": 1e-3, "tau_inhibitory": 1e-3}
    constants = {name: value * per_second.get(name, 1.0) * unit(name) for name, value in constants.items()}
    cells = brian2.NeuronGroup(
        n_cell,
        EQUATIONS,
        threshold=f"v > {model.threshold}",
        reset=f"v = {model.reset}",
        method="euler",
        dt=model.dt * brian2.ms,
        namespace=constants,
    )
    cells.v = model.initial_voltages(n_cell)
    drawn = event_models.connections(n_cell, n_connection, model.delays)
    excitatory = drawn.pre < model.n_excitatory(n_cell)
    parts: list[Any] = [cells]
    for chosen, name, weight in (
        (excitatory, "g_exc", model.excitatory_weight),
        (~excitatory, "g_inh", model.inhibitory_weight),
    ):
        if not chosen.any():
            continue
        synapses = brian2.Synapses(cells, cells, on_pre=f"{name}_post += {weight}")
        synapses.connect(i=drawn.pre[chosen], j=drawn.post[chosen])
        synapses.delay = drawn.delay[chosen] * brian2.ms
        parts.append(synapses)
    monitor = brian2.SpikeMonitor(cells)
    return brian2.Network(*parts, monitor), monitor


def unit(name: str) -> Any:
    """Constants of time are in seconds, all others are plain numbers."""
    return brian2.second if name in {"capacitance", "tau_excitatory", "tau_inhibitory"} else 1
