"""The same cells in NEURON and CoreNEURON."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import numpy as np

from benchmarks import models
from benchmarks.tasks import Ready
from benchmarks.tasks.neuron_run import context_of, timed


def prepare(settings: dict[str, Any]) -> Ready:
    """Settings: `table`, `batch`, `t_max` [ms]; `exact`: rates of hh by formula; `core`: run by CoreNEURON.

    By default NEURON looks the rates of hh up in a table (usetable_hh = 1), as its users have it.
    """
    from neuron import h  # noqa: PLC0415 - after the process has been pinned

    start = time.perf_counter()
    table = models.CellTable.load(settings["table"])
    cells = [build(h, table, scale) for scale in models.scales(max(1, settings.get("batch", 0)))]
    clamps = []
    for sections in cells:
        clamp = h.IClamp(site(sections, table))
        clamp.delay, clamp.dur, clamp.amp = models.PULSE
        clamps.append(clamp)
    traces = [h.Vector().record(site(sections, table)._ref_v) for sections in cells]
    context = context_of(h, settings)
    context.set_maxstep(10)
    build_seconds = time.perf_counter() - start

    run = partial(timed, h, context, settings["t_max"])
    run()
    v = np.asarray([np.asarray(trace) for trace in traces])
    keep = (cells, clamps, traces)  # NEURON deletes what nobody holds
    return Ready(
        lambda: (run(), keep)[0],
        {
            "build": build_seconds,
            "spikes": models.count_spikes(v),
            "n_comp": len(cells) * table.length.size,
            "steps": v.shape[-1] - 1,
        },
    )


def build(h: Any, table: models.CellTable, scale: float) -> list:
    """A section per branch, a segment per compartment; gNa times `scale`."""
    sections: list = []
    length, radius = (a.reshape(-1, table.ncomp) for a in (table.length, table.radius))
    for index, parent in enumerate(table.parents):
        section = h.Section(name=f"branch_{index}")
        section.nseg, section.L = table.ncomp, float(length[index].sum())
        section.Ra, section.cm = models.RESISTIVITY, 1.0
        if parent >= 0:
            section.connect(sections[parent](1), 0)
        section.insert("hh")
        for segment, r in zip(section, radius[index], strict=True):
            segment.diam = 2.0 * float(r)
            segment.hh.gnabar = 0.12 * float(scale)
        sections.append(section)
    return sections


def site(sections: list, table: models.CellTable) -> Any:
    """The segment that is stimulated and recorded."""
    return sections[0]((table.site + 0.5) / table.ncomp)
