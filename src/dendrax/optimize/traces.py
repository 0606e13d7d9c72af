"""What is stimulated and recorded when several protocols are one run, and which traces features are taken of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dendrax.errors import ModelValueError
from dendrax.features import Stimulus
from dendrax.modules.module import Module
from dendrax.optimize.protocols import Protocol, Recording
from dendrax.optimize.targets import Target


class Traces(NamedTuple):
    """Which traces features are taken of; a row for each recording of each protocol that has targets.

    Attributes:
        protocol: Which of the protocols. (trace,)
        recording: Which row of what is recorded. (trace,)
        threshold: Voltage that a spike crosses [mV]. (trace,)
        stimulus: What the trace answers to, arrays (trace,).
    """

    protocol: np.ndarray
    recording: np.ndarray
    threshold: np.ndarray
    stimulus: Stimulus


def lay_out(module: Module, protocols: dict[str, Protocol], targets: Sequence[Target]) -> tuple[Traces, np.ndarray]:
    """The traces that have targets, which are recorded from now on; and which of them each target is about."""
    order = list(protocols)
    names = list(dict.fromkeys(one[:2] for one in targets))
    recordings = [protocols[protocol].recordings[name] for protocol, name in names]
    rows = [_record(module, one) for one in recordings]
    windows = [protocols[protocol].stimulus for protocol, _ in names]
    traces = Traces(
        np.array([order.index(protocol) for protocol, _ in names]),
        np.array(rows),
        np.array([one.threshold for one in recordings], float),
        Stimulus(*np.array(windows, float).T),
    )
    return traces, np.array([names.index(one[:2]) for one in targets])


def stimuli(protocols: dict[str, Protocol], n: int, dt: float) -> tuple[np.ndarray, np.ndarray]:
    """The compartments that any protocol stimulates; their currents [nA], (protocol, row, time)."""
    rows = np.unique(np.concatenate([one.place.rows for one in protocols.values()]))
    currents = np.zeros((len(protocols), len(rows), n))
    for k, one in enumerate(protocols.values()):
        currents[k, np.searchsorted(rows, one.place.rows)] = one.samples(dt, n)
    return rows, currents


def _record(module: Module, recording: Recording) -> int:
    """Record one state of one compartment; which of the recordings of the module it is."""
    row = int(recording.place.rows[0])
    module.select(nodes=[row]).record(recording.state, verbose=False)
    recorded = list(module.tables.recordings)
    if (recording.state, row) not in recorded:
        raise ModelValueError(
            f"Experiment: {recording.state!r} is of synapses, but features are of compartments. Record a voltage, "
            f"or a state or current of a channel or pump."
        )
    return recorded.index((recording.state, row))
