"""netcon, add_sources, record_spikes: they check everything first, and then fill the tables of events."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dendrax import arguments
from dendrax.errors import MechanismError, ModelTypeError, ModelValueError, UnknownNameError, ValueShapeError
from dendrax.mechanisms import source as contract
from dendrax.mechanisms.mechanism import WEIGHT, Mechanism
from dendrax.mechanisms.plasticity import Plasticity, check_plasticity
from dendrax.mechanisms.source import SpikeSource
from dendrax.modules import frames
from dendrax.modules.editing import check_names_are_free, mechanism_keys
from dendrax.modules.events import (
    COMPARTMENT,
    CONNECTION_KEYS,
    DEFAULT_THRESHOLD,
    DETECTOR,
    DETECTOR_KEYS,
    FROM_DETECTOR,
    NO_DETECTOR,
    SOURCE,
    EventTables,
    late_of,
)
from dendrax.modules.events_in_view import source_rows
from dendrax.modules.homes import point_of
from dendrax.modules.selection import Selection
from dendrax.modules.tables import Tables, broadcast
from dendrax.modules.typed import keys_of

if TYPE_CHECKING:
    import pandas as pd


class Learning(NamedTuple):
    """The rule by which connections change.

    Attributes:
        rule: The rule.
        post: The compartments of the postsynaptic spikes; None: the first compartment of the cell of each target.
        is_attribute: Whether a name is already an attribute of the module.
    """

    rule: Plasticity
    post: Selection | None
    is_attribute: Callable[[str], bool]


def connect(
    source: Selection, target: Selection, values: dict[str, Any], learning: Learning | None = None
) -> np.ndarray:
    """Add connections and return their numbers. See `netcon`.

    Args:
        source: Compartments, or artificial sources if the selection has chosen some.
        target: Point processes.
        values: weight, delay [ms] and threshold [mV], one for all connections or one for each; a dict of weights if the
            targets take several.
        learning: The rule by which they change; None without plasticity.
    """
    tables, targets = target.tables, target.point_rows
    begins = source.rows if source.sources_chosen is None else source.sources_chosen
    n = _number_of(len(begins), len(targets))
    hears_post = learning is not None and learning.rule.hears_post
    _check_targets(tables, targets)
    names = ("delay", *(DETECTOR_KEYS if source.sources_chosen is None or hears_post else ()))
    weights = _weights(tables, targets, values["weight"], is_plastic=learning is not None)
    numbers = {name: broadcast(value, n, f"netcon: {_called(name, weights)}") for name, value in weights.items()}
    numbers |= {name: broadcast(values[name], n, f"netcon: {name}") for name in names}
    _check_numbers(numbers, weights)
    _check_keys_are_free(tables, "netcon")
    if learning is not None:
        _check_rule(tables, learning)
    posts = _post_comps(tables, targets, learning.post, n) if learning is not None and hears_post else None
    thresholds = numbers.pop("threshold", None)
    points, events = tables.points.table, tables.events
    kind, sources = _sources(source, np.broadcast_to(begins, (n,)), thresholds)
    ends = {"target_type": points["type_ind"][targets], "target": points["index_within_type"][targets]}
    first = len(events.connections)
    events.connections.add(
        {
            "source_kind": kind,
            "source": sources,
            **{name: np.broadcast_to(column.astype(int), (n,)).copy() for name, column in ends.items()},
            **({} if WEIGHT in numbers else {WEIGHT: np.full(n, np.nan)}),
            **numbers,
        }
    )
    made = np.arange(first, first + n)
    if learning is not None and n:
        no_detector = np.full(n, NO_DETECTOR)
        post = no_detector if posts is None or thresholds is None else events.detectors.numbered(posts, thresholds)
        if events.plastic.named(learning.rule.name) is None:
            events.plastic.types = [*events.plastic.types, copy.deepcopy(learning.rule)]
        events.plastic.append(learning.rule, {"connection": made, "post": post}, n)
    return made


def check_learning(rule: Any, post: Any) -> None:
    """Refuse anything but a rule of plasticity, and `post` without a rule that uses postsynaptic spikes."""
    if rule is not None:
        try:
            check_plasticity(rule)
        except (MechanismError, ModelTypeError) as error:
            raise type(error)(f"netcon: plasticity: {error}") from None
    if post is not None and (rule is None or not rule.hears_post):
        why = "these connections have no `plasticity`" if rule is None else f"{rule.name} ignores postsynaptic spikes"
        raise ModelValueError(f"netcon: `post` is the place of postsynaptic spikes, but {why}. Leave it out.")


def _check_rule(tables: Tables, learning: Learning) -> None:
    """Refuse a rule with a name that is taken, or with other settings than the rule of this name in the model."""
    rule, plastic = learning.rule, tables.events.plastic
    plastic.check_same(rule)
    if plastic.named(rule.name) is None:
        keys = (*keys_of(rule), late_of(rule))
        check_names_are_free(tables, rule, keys, plastic.columns, learning.is_attribute, "netcon")


def _post_comps(tables: Tables, targets: np.ndarray, post: Selection | None, n: int) -> np.ndarray:
    """The compartment of the postsynaptic spikes of each connection. (connection,)"""
    if post is None:  # the first compartment of the cell
        cell_of_comp = tables.structure.cell_of_comp
        first = np.searchsorted(cell_of_comp, cell_of_comp[tables.points.comps_of(targets)])
        return np.broadcast_to(first, (n,))
    if len(post.rows) not in (1, n):
        raise ValueShapeError(
            f"netcon: {len(post.rows)} compartments are in the view `post`, but this call makes {n} connections. Pass "
            f"one compartment or {n}, such as `net.cell([0, 1]).branch(0).comp(0)`."
        )
    return np.broadcast_to(post.rows, (n,))


def _number_of(n_source: int, n_target: int) -> int:
    """The number of connections between so many sources and targets."""
    if n_source != n_target and 1 not in (n_source, n_target):
        raise ValueShapeError(
            f"netcon: {n_source} sources and {n_target} point processes are in view. Their numbers must agree, or one "
            f"number must be 1. Repeat some by index: `net.E.select([0, 0, 1])`, `net.E.of_cell([2, 2, 5])`."
        )
    return max(n_source, n_target) if min(n_source, n_target) else 0


def _weights(tables: Tables, targets: np.ndarray, weight: Any, *, is_plastic: bool) -> dict[str, Any]:
    """The weights of connections by name, in the order of the targets."""
    kinds = np.unique(tables.points.table["type_ind"].astype(int)[targets])
    types = [tables.points.types[kind] for kind in kinds.tolist()]
    taken = {one.weights: one for one in types}
    if len(taken) > 1:
        shown = ", ".join(f"{one.name} takes {list(one.weights)}" for one in types)
        raise MechanismError(f"netcon: the targets take different weights: {shown}. Connect them in separate calls.")
    one = types[0] if types else None
    if one is None or (not one.has_own_weights and not isinstance(weight, Mapping)):
        return {WEIGHT: weight}
    if is_plastic and one.has_own_weights:
        raise MechanismError(
            f"netcon: plasticity: a rule changes one weight, but {one.name} takes {list(one.weights)}. Connect plastic "
            f"connections to a point process with one weight."
        )
    example = "{" + ", ".join(f'"{name}": 0.01' for name in one.weights) + "}"
    if not isinstance(weight, Mapping):
        raise ModelTypeError(
            f"netcon: {one.name} takes several weights, {list(one.weights)}: pass a dict of them, `weight={example}`."
        )
    if unknown := [name for name in weight if name not in one.weights]:
        raise UnknownNameError(
            f"netcon: {one.name} takes no weight {unknown[0]!r}. It takes {list(one.weights)}: `weight={example}`."
        )
    if missing := [name for name in one.weights if name not in weight]:
        raise ModelValueError(
            f"netcon: the weight {missing[0]!r} is missing: {one.name} takes {list(one.weights)}, `weight={example}`. "
            f"A weight may be 0."
        )
    return {name: weight[name] for name in one.weights}


def _called(name: str, weights: dict[str, Any]) -> str:
    """The name of a value of a connection in messages."""
    return f"weight[{name!r}]" if name in weights and name != WEIGHT else name


def _check_numbers(numbers: dict[str, np.ndarray], weights: dict[str, Any]) -> None:
    """Refuse values that are NaN or infinite, and delays that are not positive."""
    for name, values in numbers.items():
        bad, what = ~np.isfinite(values), "must be a finite number"
        if name == "delay" and not bad.any():
            bad, what = values <= 0, "[ms] must be positive: an event takes at least one time step"
        if bad.any():
            first = int(np.flatnonzero(bad)[0])
            called = _called(name, weights)
            raise ModelValueError(
                f"netcon: {called} {what}, but is {values[first]} in connection {first} of this call."
            )


def _check_targets(tables: Tables, targets: np.ndarray) -> None:
    """Refuse point processes that cannot receive events."""
    type_ind = tables.points.table["type_ind"].astype(int)[targets]
    for index in np.unique(type_ind).tolist():
        one = tables.points.types[index]
        if not one.receives:
            first = targets[type_ind == index][0]
            raise MechanismError(
                f"netcon: {point_of(tables, first)} takes no events: {type(one).__name__} does not define "
                f"receive(self, states, weight, params)."
            )


def _check_keys_are_free(tables: Tables, verb: str) -> None:
    """Refuse events of a model in which a mechanism has a parameter with the name of one of connections."""
    if len(tables.events.connections) > 0:  # mechanisms with such a name are refused since then
        return
    if taken := sorted({*mechanism_keys(tables)} & {*CONNECTION_KEYS, *DETECTOR_KEYS}):
        raise MechanismError(
            f"{verb}: {taken[0]!r} is a parameter or state of a mechanism of the model, but also the name of a "
            f"parameter of connections. Rename it: begin with the name of the mechanism."
        )


def _sources(source: Selection, begins: np.ndarray, thresholds: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The kind of source of each connection, and its number."""
    events = source.tables.events
    if source.sources_chosen is None and thresholds is not None:
        return np.full(len(begins), FROM_DETECTOR), events.detectors.numbered(begins, thresholds)
    table = events.sources.table
    return table["type_ind"][begins].astype(int), table["index_within_type"][begins].astype(int)


def add_sources(tables: Tables, source: SpikeSource, n: Any, is_attribute: Callable[[str], bool]) -> np.ndarray:
    """Add artificial sources of a kind and return their rows. See `Module.add_sources`."""
    sources = tables.events.sources
    _check_source(source)
    sources.check_same(source)
    same, size = sources.named(source.name), source.size
    if n is not None:
        arguments.whole("add_sources: n", n)
    if size is not None and same is not None:
        raise MechanismError(
            f"add_sources: the model already has the {size} sources {source.name!r} of this data. Give new sources "
            f"another name, `{type(source).__name__}(..., name=...)`."
        )
    if size is not None and n not in (None, size):
        raise ValueShapeError(f"add_sources: {source.name!r} has data for {size} sources, but n is {n}. Leave n out.")
    count = size if size is not None else 1 if n is None else int(n)
    if count == 0:
        raise ModelValueError(f"add_sources: {source.name!r} has data for 0 sources. Pass data for at least one.")
    if same is None:
        keys = (*keys_of(source), *(f"{source.name}_{name}" for name in source.data))
        check_names_are_free(tables, source, keys, sources.columns, is_attribute, "add_sources")
        sources.types = [*sources.types, copy.deepcopy(source)]  # a copy, since the user may change the original
    first = len(sources)
    sources.append(source, {}, count)
    return np.arange(first, first + count)


def _check_source(source: Any) -> None:
    try:
        contract.check_source(source)
    except ModelTypeError as error:
        is_point = isinstance(source, Mechanism) and source.place == "point"
        hint = " A point process is placed on compartments: `view.place(...)`." if is_point else ""
        raise ModelTypeError(f"add_sources: {error}{hint}") from None


def record_spikes(selection: Selection, threshold: Any, verbose: bool) -> None:
    """Record the spikes of the compartments or artificial sources in view. See `Module.record_spikes`."""
    events = selection.tables.events
    _check_keys_are_free(selection.tables, "record_spikes")
    if selection.sources_chosen is not None:
        places = [(SOURCE, row) for row in selection.sources_chosen.tolist()]
    elif threshold is None:
        places = [(COMPARTMENT, row) for row in selection.rows.tolist()]
    else:
        rows = selection.rows
        thresholds = broadcast(threshold, len(rows), "record_spikes: threshold")
        if not np.isfinite(thresholds).all():
            first = rows[~np.isfinite(thresholds)][0]
            place = selection.tables.structure.place_of(first)
            raise ModelValueError(f"record_spikes: threshold [mV] must be a finite number, but is not in {place}.")
        places = [(DETECTOR, row) for row in events.detectors.numbered(rows, thresholds).tolist()]
    before = len(events.recorded)
    events.recorded.update(dict.fromkeys(places))
    if verbose:
        print(f"Added {len(events.recorded) - before} spike recordings. See `.spike_recordings` for details.")  # noqa: T201


def delete_spike_recordings(selection: Selection) -> None:
    """Keep the spike recordings outside of the view."""
    events = selection.tables.events
    sources = set(source_rows(selection).tolist())
    comps, detectors = selection.mask, events.detectors.table["comp_index"]

    def is_in_view(what: str, row: int) -> bool:
        if selection.sources_chosen is not None or what == SOURCE:
            return what == SOURCE and row in sources
        return bool(comps[row if what == COMPARTMENT else detectors[row]])

    events.recorded = {one: None for one in events.recorded if not is_in_view(*one)}


def resolved(tables: Tables) -> tuple[np.ndarray, np.ndarray, list[tuple[str, int]]]:
    """The compartment and threshold of every detector that a run needs, and the recorded detectors and sources.

    A compartment that is recorded without a threshold gets the threshold of the first connection that starts there. A
    compartment without connections gets a detector of its own, behind those of the table.
    """
    events = tables.events
    comps, thresholds = (events.detectors.table[name] for name in events.detectors.columns)
    if not any(what == COMPARTMENT for what, _ in events.recorded):
        return comps, thresholds, list(events.recorded)
    detector_of: dict[int, int] = {}
    for detector in _in_order_of_use(events).tolist():
        detector_of.setdefault(int(comps[detector]), detector)
    new: list[int] = []
    recorded = []
    for what, row in events.recorded:
        if what == COMPARTMENT and row not in detector_of:
            detector_of[row] = len(comps) + len(new)
            new.append(row)
        recorded.append((DETECTOR, detector_of[row]) if what == COMPARTMENT else (what, row))
    added = np.array(new, comps.dtype)
    comps, thresholds = np.append(comps, added), np.append(thresholds, np.full(len(new), DEFAULT_THRESHOLD))
    return comps, thresholds, list(dict.fromkeys(recorded))


def _in_order_of_use(events: EventTables) -> np.ndarray:
    """The detectors at which connections start, in the order of the connections. (used,)."""
    table = events.connections.table
    detectors = table["source"][table["source_kind"] == FROM_DETECTOR]
    first = np.full(len(events.detectors), -1)
    first[detectors[::-1]] = np.arange(len(detectors))[::-1]  # the first connection is written last, and stays
    used = np.flatnonzero(first >= 0)
    return used[np.argsort(first[used])]


def recorded_places(tables: Tables) -> dict[str, Any]:
    """The place of each id of recorded spikes, as the arguments of `dendrax.events.Places`."""
    comps, thresholds, recorded = resolved(tables)
    sources, structure = tables.events.sources.table, tables.structure
    at_detector = np.array([what == DETECTOR for what, _ in recorded], bool)
    rows = np.array([row for _, row in recorded], int)
    comp = np.full(len(rows), -1)
    comp[at_detector] = comps[rows[at_detector]]
    found: dict[str, Any] = {name: np.full(len(rows), -1) for name in ("cell", "branch", "comp", "index")}
    for name, values in structure.indices(comp[at_detector]).items():
        found[name][at_detector] = values
    found["index"][~at_detector] = sources["index_within_type"][rows[~at_detector]]
    found["threshold"] = np.full(len(rows), np.nan)
    found["threshold"][at_detector] = thresholds[rows[at_detector]]
    found["source"] = ["" if at else str(sources["type"][row]) for at, row in zip(at_detector, rows, strict=True)]
    members = {name: np.flatnonzero(at_detector & tables.members(name)[comp]) for name in tables.groups}
    found["groups"] = {name: ids for name, ids in members.items() if len(ids)}
    return found


def spike_recordings(tables: Tables) -> pd.DataFrame:
    """The places of recorded spikes, as a table."""
    found = recorded_places(tables)
    names = ("cell", "branch", "comp", "threshold", "source", "index")
    columns = {name: found[name] for name in names} | {"source": np.array(found["source"], object)}
    return frames.frame_of(columns)
