"""The common parts of the models in NEURON and CoreNEURON: settings, and a timed run."""

from __future__ import annotations

import importlib
import time
from typing import Any

from benchmarks import models


def context_of(h: Any, settings: dict[str, Any]) -> Any:
    """A ParallelContext with the `settings` `exact` (rates of hh by formula) and `core` (run by CoreNEURON)."""
    h.usetable_hh = 0 if settings.get("exact") else 1
    h.celsius = 6.3
    h.dt = models.DT
    context = h.ParallelContext()
    if settings.get("core"):
        coreneuron: Any = importlib.import_module("neuron.coreneuron")
        coreneuron.enable = True
        coreneuron.verbose = 0
    return context


def timed(h: Any, context: Any, t_max: float) -> float:
    """Duration of a run of `t_max` [ms], without the initialisation [s]."""
    h.finitialize(models.V_INIT)
    start = time.perf_counter()
    context.psolve(t_max)
    return time.perf_counter() - start
