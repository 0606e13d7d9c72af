"""Point processes of a model that NEURON holds, and the NetCons between them, cells and artificial sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from dendrax.electrodes.iclamp import IClamp
from dendrax.electrodes.seclamp import SEClamp
from dendrax.events.netstim import NetStim
from dendrax.io.neuron.geometry import Sections
from dendrax.io.neuron.mechanisms import Library
from dendrax.io.neuron.report import Report
from dendrax.io.neuron.sections import is_end, node_of
from dendrax.io.nmodl.mechanism import NmodlMechanism
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.modules.event_views import SourceView
from dendrax.modules.module import Module
from dendrax.netcon import netcon
from dendrax.synapses.exp2_syn import Exp2Syn
from dendrax.synapses.exp_syn import ExpSyn

OURS: dict[str, type[Mechanism]] = {"IClamp": IClamp, "SEClamp": SEClamp, "ExpSyn": ExpSyn, "Exp2Syn": Exp2Syn}
"""Point processes of NEURON that we have under the same names, with the same parameters."""

NETSTIM = ("interval", "number", "start", "noise")

Placed = dict[Any, tuple[str, int]]
"""The kind of each point process that was placed, and its number within the kind."""


def place_all(h: Any, read: Sections, module: Module, library: Library, report: Report) -> None:
    """Place all point processes in the sections, and connect what NetCons connect."""
    known, placed = {**OURS, **library}, {}
    for kind, those in _by_kind(read).items():
        if kind not in known:
            report.leave_out(f"{len(those)} point processes {kind}", missing=kind)
            continue
        for one in those:
            if is_end(segment := one.get_segment()):
                report.leave_out(f"that {one.hname()} at {segment} is at an end: it is in the compartment next to it")
        mechanism = known[kind]()
        report.placed[kind] = len(those)
        if mechanism.electrode or not mechanism.receives:
            _insert(read, module, known[kind], those)
        else:
            placed |= _place(read, module, mechanism, those)
    _connect(h, read, module, placed, report)


def _by_kind(read: Sections) -> dict[str, list[Any]]:
    """Point processes by their kind. Those at an end that sections share are seen from each of them, and taken once."""
    segments = (segment for section in read.sections for segment in section.allseg())
    named = {one.hname(): one for segment in segments for one in segment.point_processes()}
    found: dict[str, list[Any]] = {}
    for one in named.values():
        found.setdefault(kind_of(one), []).append(one)
    return found


def kind_of(thing: Any) -> str:
    """The kind of a point process or artificial cell, from what hoc calls it."""
    return str(thing.hname()).partition("[")[0]


def _layers(read: Sections, those: list[Any]) -> Iterator[list[Any]]:
    """Groups of point processes in different compartments, in the order of compartments."""
    at: dict[int, list[Any]] = {}
    for one in those:
        at.setdefault(read.row_of(one.get_segment()), []).append(one)
    for layer in range(max(map(len, at.values()), default=0)):
        yield [each[layer] for _, each in sorted(at.items(), key=lambda item: item[0]) if layer < len(each)]


def _rows(read: Sections, those: list[Any]) -> np.ndarray:
    return np.array([read.row_of(one.get_segment()) for one in those])


def _parameters(mechanism: Mechanism) -> list[str]:
    """The parameters that NEURON knows, without the prefix."""
    if isinstance(mechanism, NmodlMechanism):
        return [*mechanism.program.parameters]
    return [key.removeprefix(f"{mechanism.name}_") for key in mechanism.parameters]


def _values(those: list[Any], name: str) -> np.ndarray | None:
    try:
        return np.array([getattr(one, name) for one in those], float)
    except (AttributeError, LookupError):
        return None


def _insert(read: Sections, module: Module, kind: type[Mechanism], those: list[Any]) -> None:
    """Insert point processes that receive no events; a compartment holds one of each name."""
    for number, layer in enumerate(_layers(read, those)):
        mechanism = kind() if number == 0 else kind(f"{kind().name}_{number + 1}")
        view = module.select(nodes=_rows(read, layer))
        view.insert(mechanism)
        for name in _parameters(mechanism):
            if (values := _values(layer, name)) is not None:
                view.set(f"{mechanism.name}_{name}", values)


def _place(read: Sections, module: Module, mechanism: Mechanism, those: list[Any]) -> Placed:
    """Point processes that receive events."""
    order = [one for layer in _layers(read, those) for one in layer]
    for layer in _layers(read, those):
        module.select(nodes=_rows(read, layer)).place(mechanism)
    view = getattr(module, mechanism.name)
    for name in _parameters(mechanism):
        if (values := _values(order, name)) is not None:
            view.set(f"{mechanism.name}_{name}", values)
    return {one: (mechanism.name, number) for number, one in enumerate(order)}


def _connect(h: Any, read: Sections, module: Module, placed: Placed, report: Report) -> None:
    """Connect the point processes that were placed, as the NetCons do."""
    stims: list[Any] = []
    joints = {_place_of(parent) for section in read.sections if (parent := section.parentseg()) is not None}
    found: dict[tuple[str, bool], list[tuple[Any, int, int]]] = {}
    for one in list(h.List("NetCon")):
        if not _ends_here(read, one):
            continue
        target = placed.get(one.syn())
        source = None if target is None else _source(read, one, stims)
        if target is None or source is None:
            report.leave_out(f"the connection {one.hname()} {_why(one, target)}")
            continue
        if (segment := one.preseg()) is not None and is_end(segment) and _place_of(segment) in joints:
            report.leave_out(
                f"that {one.hname()} starts at {segment}, where sections join: it starts in the compartment next to it"
            )
        is_stim, row = source
        found.setdefault((target[0], is_stim), []).append((one, row, target[1]))
    view = _add_stims(module, stims)
    for (kind, is_stim), those in found.items():
        sources, targets = [row for _, row, _ in those], [number for _, _, number in those]
        source = view.select(sources) if is_stim and view is not None else module.select(nodes=sources)
        netcon(
            source,
            getattr(module, kind).select(targets),
            weight=np.array([one.weight[0] for one, _, _ in those]),
            delay=np.array([one.delay for one, _, _ in those]),
            threshold=np.array([one.threshold for one, _, _ in those]),
        )
        report.n_connection += len(those)


def _add_stims(module: Module, stims: list[Any]) -> SourceView | None:
    """NetStims as artificial sources of the model."""
    if not stims:
        return None
    view = module.add_sources(NetStim(), len(stims))
    for name in NETSTIM:
        view.set(f"NetStim_{name}", np.array([getattr(one, name) for one in stims], float))
    return view


def _ends_here(read: Sections, connection: Any) -> bool:
    """Whether a NetCon is active and its target is not in a section that is left out."""
    if connection.syn() is None or not connection.active():
        return False
    segment = connection.postseg()  # None of an artificial cell
    return segment is None or segment.sec in read.sections


def _place_of(segment: Any) -> tuple[Any, float]:
    """A place that compares equal however it is written."""
    node = node_of(segment)
    return node.sec, float(node.x)


def _source(read: Sections, connection: Any, stims: list[Any]) -> tuple[bool, int] | None:
    """Whether a NetCon starts at a NetStim, and the number of that, or else the row of its compartment."""
    segment = connection.preseg()
    if segment is not None:
        return (False, read.row_of(segment)) if segment.sec in read.sections else None
    source = connection.pre()
    if source is None or kind_of(source) != "NetStim":
        return None
    if source not in stims:
        stims.append(source)
    return True, stims.index(source)


def _why(connection: Any, target: tuple[str, int] | None) -> str:
    if target is None:
        return f"to {connection.syn()}, which was not read"
    source = connection.pre()
    if source is not None:
        return f"from {source}"
    return (
        "from a section that was not read"
        if connection.preseg() is not None
        else "from a variable that is not a voltage"
    )
