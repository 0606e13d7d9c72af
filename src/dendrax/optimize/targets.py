"""The targets of an experiment: features with means and standard deviations, and the traces that show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError, UnknownNameError
from dendrax.features import Stimulus
from dendrax.features.by_name import check_name
from dendrax.modules.module import Module
from dendrax.optimize.protocols import Protocol, Recording


class Target(NamedTuple):
    """One feature of one recording.

    Attributes:
        protocol: Name of the protocol.
        recording: Name of the recording in it.
        feature: One of `dendrax.features.NAMES`.
        mean: Its mean over experiments, in the unit of the feature.
        std: Its standard deviation, likewise; positive.
        weight: How much it counts.
    """

    protocol: str
    recording: str
    feature: str
    mean: float
    std: float
    weight: float = 1.0


def read_targets(table: Any) -> tuple[Target, ...]:
    """Targets from a table.

    Args:
        table: A DataFrame, or dicts or `Target`s in any iterable, with the columns protocol, recording, feature,
            mean, std and, if wanted, weight.

    Returns:
        The rows, in order.

    Raises:
        ModelTypeError: No table, or a cell of the wrong type.
        UnknownNameError: A column is missing or unknown, or there is no such feature.
        ModelValueError: No rows; two for one feature; a std that is not positive; a weight that is negative.

    Example:
        >>> from dendrax.optimize.targets import read_targets
        >>> row = {"protocol": "step", "recording": "soma", "feature": "AP_height", "mean": 30.0, "std": 5.0}
        >>> read_targets([row])[0].weight
        1.0
    """
    rows = table.to_dict("records") if hasattr(table, "to_dict") else table
    if isinstance(rows, (str, bytes, Mapping)) or not isinstance(rows, Iterable):
        raise ModelTypeError(
            f"targets: pass a table with the columns {', '.join(Target._fields)}, not {type(table).__name__}."
        )
    targets = tuple(_target(k, row) for k, row in enumerate(rows))
    if not targets:
        raise ModelValueError("targets: there are none, so that every model is right. Give at least one feature.")
    known: set[tuple[str, str, str]] = set()
    for one in targets:
        if one[:3] in known:
            raise ModelValueError(f"targets: {' / '.join(one[:3])} is there twice. Keep one of both.")
        known.add(one[:3])
    return targets


def _target(k: int, row: Any) -> Target:
    """A row of the table, all of it checked."""
    if isinstance(row, Target):
        row = row._asdict()
    if not isinstance(row, Mapping):
        raise ModelTypeError(f"targets: row {k} is no dict of columns, but {type(row).__name__}.")
    absent = [name for name in Target._fields[:5] if name not in row]
    strange = [name for name in row if name not in Target._fields]
    if absent or strange:
        said = f"lacks {absent[0]!r}" if absent else f"has the column {strange[0]!r}, which says nothing"
        raise UnknownNameError(f"targets: row {k} {said}. The columns are {', '.join(Target._fields)}.")
    for name in Target._fields[:3]:
        if not isinstance(row[name], str):
            raise ModelTypeError(f"targets: {name} of row {k} must be a name, but is {row[name]!r}.")
    check_name(row["feature"])
    where = f"targets: row {k} ({row['protocol']} / {row['recording']} / {row['feature']}):"
    weight = arguments.real(f"{where} weight", row.get("weight", 1.0))
    if weight < 0:
        raise ModelValueError(f"{where} weight is {weight}; it must not be negative.")
    mean, std = arguments.real(f"{where} mean", row["mean"]), arguments.positive(f"{where} std", row["std"])
    return Target(row["protocol"], row["recording"], row["feature"], mean, std, weight)


def check_targets(protocols: dict[str, Protocol], targets: Sequence[Target]) -> None:
    """Refuse targets of what is not there."""
    for one in targets:
        if one.protocol not in protocols:
            raise UnknownNameError(f"targets: there is no protocol {one.protocol!r}, only {', '.join(protocols)}.")
        recordings = protocols[one.protocol].recordings
        if one.recording not in recordings:
            raise UnknownNameError(
                f"targets: protocol {one.protocol!r} has no recording {one.recording!r}, only {', '.join(recordings)}."
            )


class Traces(NamedTuple):
    """Which traces features are taken of; a row for each recording of each protocol that has targets."""

    protocol: np.ndarray  # which of the protocols (trace,)
    recording: np.ndarray  # which row of the recordings (trace,)
    threshold: np.ndarray  # voltage that a spike crosses [mV] (trace,)
    stimulus: Stimulus  # the stimulus of the trace, arrays (trace,)


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
    """Record one state of one compartment; return its number among the recordings of the module."""
    row = int(recording.place.rows[0])
    module.select(nodes=[row]).record(recording.state, verbose=False)
    recorded = list(module.tables.recordings)
    if (recording.state, row) not in recorded:
        raise ModelValueError(
            f"Experiment: {recording.state!r} is of synapses, but features are of compartments. Record a voltage, "
            f"or a state or current of a channel or pump."
        )
    return recorded.index((recording.state, row))
