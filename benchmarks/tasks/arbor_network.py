"""The network of squid cells with connections in Arbor."""

from __future__ import annotations

import time
from typing import Any

import arbor
from arbor import units

from benchmarks import event_models, models
from benchmarks.tasks import Ready

SITE = "(on-components 0.5 (segment 0))"


class Network(arbor.recipe):
    """Equal cells with currents of their own."""

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__()
        n_cell, n_connection = settings["n_cell"], settings["n_connection"]
        self.n_cell, self.amplitudes = n_cell, event_models.amplitudes(n_cell)
        self.weight = event_models.weight(n_cell, n_connection)
        drawn = event_models.connections(n_cell, n_connection)
        self.arriving: list[list[tuple[int, float]]] = [[] for _ in range(n_cell)]
        for pre, post, delay in zip(drawn.pre.tolist(), drawn.post.tolist(), drawn.delay.tolist(), strict=True):
            self.arriving[post].append((pre, delay))

    def num_cells(self) -> int:
        """How many."""
        return self.n_cell

    def cell_kind(self, gid: Any) -> Any:
        """Cable cells all."""
        del gid
        return arbor.cell_kind.cable

    def cell_description(self, gid: Any) -> Any:
        """One of them."""
        return build(float(self.amplitudes[gid]))

    def global_properties(self, kind: Any) -> Any:
        """Ions as in NEURON."""
        del kind
        return arbor.neuron_cable_properties()

    def connections_on(self, gid: Any) -> list:
        """Those that end at a cell."""
        return [
            arbor.connection((pre, "detector"), "synapse", self.weight, delay * units.ms)
            for pre, delay in self.arriving[gid]
        ]


def prepare(settings: dict[str, Any]) -> Ready:
    """Settings: `n_cell`, `n_connection`, `t_max` [ms]."""
    start = time.perf_counter()
    recipe, context = Network(settings), arbor.context(threads=1)
    simulation = arbor.simulation(recipe, context, arbor.partition_load_balance(recipe, context))
    simulation.record(arbor.spike_recording.all)
    facts: dict[str, Any] = {"build": time.perf_counter() - start}

    def run() -> float:
        simulation.reset()
        start = time.perf_counter()
        simulation.run(settings["t_max"] * units.ms, models.DT * units.ms)
        return time.perf_counter() - start

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
    decor = arbor.decor()
    decor.set_property(
        Vm=models.V_INIT * units.mV,
        cm=0.01 * units.F / units.m2,
        rL=models.RESISTIVITY * units.Ohm * units.cm,
        tempK=(273.15 + 6.3) * units.Kelvin,
    )
    decor.set_ion("na", rev_pot=50.0 * units.mV)
    decor.set_ion("k", rev_pot=-77.0 * units.mV)
    decor.paint("(all)", arbor.density("hh"))
    delay, duration = event_models.PULSE
    decor.place(SITE, arbor.i_clamp(delay * units.ms, duration * units.ms, amplitude * units.nA))
    decor.place(SITE, arbor.synapse("expsyn", {"tau": event_models.TAU, "e": 0.0}), "synapse")
    decor.place(SITE, arbor.threshold_detector(event_models.THRESHOLD * units.mV), "detector")
    return arbor.cable_cell(tree, decor, discretization=arbor.cv_policy_every_segment())
