"""The network of squid cells with connections in Arbor."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import arbor
from arbor import units

from benchmarks import event_models, models
from benchmarks.tasks import Ready
from benchmarks.tasks.arbor_cable import CableCells, simulation_of, squid, timed

SITE = "(on-components 0.5 (segment 0))"


class Network(CableCells):
    """Equal cells with different currents, and their connections."""

    def __init__(self, settings: dict[str, Any]) -> None:
        n_cell, n_connection = settings["n_cell"], settings["n_connection"]
        super().__init__([build(float(amplitude)) for amplitude in event_models.amplitudes(n_cell)])
        self.weight = event_models.weight(n_cell, n_connection)
        drawn = event_models.connections(n_cell, n_connection)
        self.arriving: list[list[tuple[int, float]]] = [[] for _ in range(n_cell)]
        for pre, post, delay in zip(drawn.pre.tolist(), drawn.post.tolist(), drawn.delay.tolist(), strict=True):
            self.arriving[post].append((pre, delay))

    def connections_on(self, gid: Any) -> list:
        """The connections that end at a cell."""
        return [
            arbor.connection((pre, "detector"), "synapse", self.weight, delay * units.ms)
            for pre, delay in self.arriving[gid]
        ]


def prepare(settings: dict[str, Any]) -> Ready:
    """Settings: `n_cell`, `n_connection`, `t_max` [ms]."""
    start = time.perf_counter()
    simulation = simulation_of(Network(settings))
    simulation.record(arbor.spike_recording.all)
    facts: dict[str, Any] = {"build": time.perf_counter() - start}

    run = partial(timed, simulation, settings["t_max"])
    run()
    facts["spikes"] = len(simulation.spikes())
    facts["n_comp"] = settings["n_cell"] * event_models.N_BRANCH * event_models.NCOMP
    facts["steps"] = round(settings["t_max"] / models.DT)
    return Ready(run, facts)


def build(amplitude: float) -> Any:
    """A cell: a segment per compartment, each a control volume of its own."""
    tree = arbor.segment_tree()
    ends: list[tuple[Any, float]] = []
    for branch in range(event_models.N_BRANCH):
        parent, x = ends[0] if branch else (arbor.mnpos, 0.0)
        for _ in range(event_models.NCOMP):
            begin = arbor.mpoint(x, 0, 0, event_models.RADIUS)
            x += event_models.LENGTH
            parent = tree.append(parent, begin, arbor.mpoint(x, 0, 0, event_models.RADIUS), 1)
        ends.append((parent, x))
    decor = squid()
    delay, duration = event_models.PULSE
    decor.place(SITE, arbor.i_clamp(delay * units.ms, duration * units.ms, amplitude * units.nA))
    decor.place(SITE, arbor.synapse("expsyn", {"tau": event_models.TAU, "e": 0.0}), "synapse")
    decor.place(SITE, arbor.threshold_detector(event_models.THRESHOLD * units.mV), "detector")
    return arbor.cable_cell(tree, decor, discretization=arbor.cv_policy_every_segment())
