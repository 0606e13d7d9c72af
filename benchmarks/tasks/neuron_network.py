"""The network of squid cells with connections in NEURON and CoreNEURON."""

from __future__ import annotations

import time
from typing import Any

from benchmarks import event_models, models
from benchmarks.tasks import Ready
from benchmarks.tasks.neuron_run import context_of, timed


def prepare(settings: dict[str, Any]) -> Ready:
    """Settings: `n_cell`, `n_connection`, `t_max` [ms]; `exact`: rates of hh by formula; `core`: run by CoreNEURON."""
    from neuron import h  # noqa: PLC0415 - after the process has been pinned

    start = time.perf_counter()
    context = context_of(h, settings)
    kept = [build(h, context, gid, amplitude) for gid, amplitude in amplitudes_of(settings)]
    wired = connect(context, settings, [one["synapse"] for one in kept])
    times, ids = h.Vector(), h.Vector()
    context.spike_record(-1, times, ids)
    context.set_maxstep(10)
    build_seconds = time.perf_counter() - start

    def run() -> float:
        times.resize(0)
        ids.resize(0)
        return timed(h, context, settings["t_max"])

    run()
    facts = {
        "build": build_seconds,
        "spikes": int(times.size()),
        "n_comp": settings["n_cell"] * event_models.N_BRANCH * event_models.NCOMP,
        "steps": round(settings["t_max"] / models.DT),
    }
    return Ready(lambda: (run(), kept, wired)[0], facts)


def amplitudes_of(settings: dict[str, Any]) -> list[tuple[int, float]]:
    """Cells and their currents [nA]."""
    return [(gid, float(one)) for gid, one in enumerate(event_models.amplitudes(settings["n_cell"]))]


def build(h: Any, context: Any, gid: int, amplitude: float) -> dict[str, Any]:
    """A cell, its current, its synapse and its detector."""
    sections = [h.Section(name=f"cell_{gid}_{branch}") for branch in range(event_models.N_BRANCH)]
    for branch, section in enumerate(sections):
        section.nseg, section.L = event_models.NCOMP, event_models.NCOMP * event_models.LENGTH
        section.diam, section.Ra, section.cm = 2.0 * event_models.RADIUS, models.RESISTIVITY, 1.0
        if branch:
            section.connect(sections[0](1), 0)
        section.insert("hh")
    first = sections[0](0.5 / event_models.NCOMP)
    clamp = h.IClamp(first)
    clamp.delay, clamp.dur = event_models.PULSE
    clamp.amp = amplitude
    synapse = h.ExpSyn(first)
    synapse.tau, synapse.e = event_models.TAU, 0.0
    detector = h.NetCon(first._ref_v, None, sec=sections[0])
    detector.threshold = event_models.THRESHOLD
    context.set_gid2node(gid, context.id())
    context.cell(gid, detector)
    return {"sections": sections, "clamp": clamp, "synapse": synapse, "detector": detector}


def connect(context: Any, settings: dict[str, Any], synapses: list) -> list:
    """All connections."""
    n_cell, n_connection = settings["n_cell"], settings["n_connection"]
    drawn = event_models.connections(n_cell, n_connection)
    weight, found = event_models.weight(n_cell, n_connection), []
    for pre, post, delay in zip(drawn.pre.tolist(), drawn.post.tolist(), drawn.delay.tolist(), strict=True):
        connection = context.gid_connect(pre, synapses[post])
        connection.weight[0], connection.delay = weight, delay
        found.append(connection)
    return found
