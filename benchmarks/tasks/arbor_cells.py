"""The same cells in Arbor."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import arbor
from arbor import units

from benchmarks import models
from benchmarks.tasks import Ready
from benchmarks.tasks.arbor_cable import CableCells, simulation_of, squid, timed


class Cells(CableCells):
    """Unconnected cells, recorded in the soma at every step."""

    def __init__(self, cells: list, site: str) -> None:
        super().__init__(cells)
        self.site = site

    def probes(self, gid: Any) -> list:
        """Voltage of the soma."""
        del gid
        return [arbor.cable_probe_membrane_voltage(self.site, "v")]


def prepare(settings: dict[str, Any]) -> Ready:
    """Settings: `table`, `batch`, `t_max` [ms]."""
    start = time.perf_counter()
    table = models.CellTable.load(settings["table"])
    site = f"(on-components 0.5 (segment {table.site}))"
    cells = [build(table, site, scale) for scale in models.scales(max(1, settings.get("batch", 0)))]
    simulation = simulation_of(Cells(cells, site))
    every_step = arbor.regular_schedule(models.DT * units.ms)
    handles = [simulation.sample((gid, "v"), every_step) for gid in range(len(cells))]
    facts: dict[str, Any] = {"build": time.perf_counter() - start}

    run = partial(timed, simulation, settings["t_max"])
    run()
    facts["spikes"] = sum(models.count_spikes(simulation.samples(handle)[0][0][:, 1]) for handle in handles)
    facts |= {"n_comp": len(cells) * table.length.size, "steps": round(settings["t_max"] / models.DT)}
    return Ready(run, facts)


def build(table: models.CellTable, site: str, scale: float) -> Any:
    """A segment per compartment, each a control volume of its own; gNa times `scale`."""
    tree = arbor.segment_tree()
    length, radius = (a.reshape(-1, table.ncomp) for a in (table.length, table.radius))
    ends: list[tuple[Any, float]] = []  # of branches: the last segment, and how far along x it ends
    for branch, parent_branch in enumerate(table.parents):
        parent, x = ends[parent_branch] if parent_branch >= 0 else (arbor.mnpos, 0.0)
        for long, r in zip(length[branch], radius[branch], strict=True):
            parent = tree.append(parent, arbor.mpoint(x, 0, 0, r), arbor.mpoint(x + long, 0, 0, r), 1)
            x += long
        ends.append((parent, x))
    decor = squid(0.12 * float(scale))
    delay, duration, amplitude = models.PULSE
    decor.place(site, arbor.i_clamp(delay * units.ms, duration * units.ms, amplitude * units.nA))
    return arbor.cable_cell(tree, decor, discretization=arbor.cv_policy_every_segment())
