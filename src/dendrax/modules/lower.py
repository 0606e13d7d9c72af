"""Tables -> System: a few passes, in order, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from dendrax.engine.inserted import Inserted
from dendrax.engine.placed import Placed
from dendrax.engine.rows import Rows
from dendrax.engine.state import TIME, Layout
from dendrax.engine.system import Cable, System
from dendrax.engine.wired import Wired
from dendrax.errors import MechanismError, ModelValueError
from dendrax.mechanisms.constants import PROBES
from dendrax.modules import forest
from dendrax.modules.editing import DIFFUSION, POSITIVE, check_values, params_of, warn_if_shape_is_old
from dendrax.modules.homes import SOURCES, Home, of_points, typed_tables
from dendrax.modules.inputs import currents_of, places_of
from dendrax.modules.layout import place_for
from dendrax.modules.lower_events import events_of, params_of_events, states_of_events
from dendrax.modules.points import shared_parameters
from dendrax.modules.tables import Tables
from dendrax.modules.typed import own_currents, own_parameters, own_states
from dendrax.synapses.event import EventSynapse

if TYPE_CHECKING:
    from dendrax.engine.solvers.base import Solver
    from dendrax.mechanisms.mechanism import Mechanism
    from dendrax.mechanisms.synapse import Synapse


def lower(tables: Tables, solver: Solver) -> System:
    """The frozen form of a model, ready to run. Arrays are numpy: no device is touched."""
    n_comp = tables.structure.n_comp
    rows_of_mechanism = [np.flatnonzero(tables.has(one)) for one in tables.mechanisms]
    rows_of_state = _rows_of_state(tables, rows_of_mechanism)
    inserted = map(_inserted(rows_of_state, n_comp), tables.mechanisms, rows_of_mechanism)
    points, n_port = _placed(tables)
    synapses, n_port = _wired(tables, n_port)
    events = events_of(tables, points, synapses, n_port)
    parent, meets = forest.nodes(tables.structure)
    return System(
        params={
            **_checked_params(tables, rows_of_mechanism),
            **_of_types(tables, own_parameters),
            **params_of_events(tables),
        },
        state={
            **{name: tables.nodes.numbers(name) for name in rows_of_state},
            **_of_types(tables, own_states),
            **states_of_events(tables),
            **_time(tables),
        },
        layout=_layout(tables, rows_of_state),
        membrane=_in_order(tuple(inserted)),
        synapses=synapses,
        cable=Cable(parent, n_comp, meets),
        plan=solver.plan(parent, len(parent) - n_comp),
        solver=solver,
        diffused=tuple(tables.diffused),
        transition=tables.transition,
        points=points,
        events=events,
    )


def _layout(tables: Tables, rows_of_state: dict[str, np.ndarray]) -> Layout:
    n_comp, membrane_currents = tables.structure.n_comp, currents_of(tables)
    probes = tuple(name for name in PROBES if any(name == recorded for recorded, _ in tables.recordings))
    of_types = [typed for what, typed in typed_tables(tables).items() if what != SOURCES]
    own = {one: (own_currents(one), own_states(one), typed.count(one)) for typed in of_types for one in typed.types}
    return Layout(
        storage={
            **{name: Rows.of(rows, n_comp) for name, rows in rows_of_state.items()},
            **{name: Rows.all(n_comp) for name in (*membrane_currents, *probes)},
            **{name: Rows.all(n) for currents, states, n in own.values() for name in (*currents, *states)},
            **{name: Rows.all(len(values)) for name, values in (states_of_events(tables) | _time(tables)).items()},
        },
        membrane_currents=tuple(membrane_currents),
        synaptic_currents=tuple(name for currents, _, _ in own.values() for name in currents),
        synaptic_states=(*(name for _, states, _ in own.values() for name in states), *states_of_events(tables)),
        probes=probes,
        timed=bool(_time(tables)),
    )


def _time(tables: Tables) -> dict[str, np.ndarray]:
    """When a run starts, where a mechanism wants to know the time."""
    reads = any(TIME in one.shared for one in (*tables.mechanisms, *tables.points.types))
    return {TIME: np.zeros(2)} if reads or len(tables.events.sources) else {}


def _in_order(parts: tuple[Inserted, ...]) -> tuple[Inserted, ...]:
    """Parts in the order of insertion, except that writers of a shared quantity come before its readers.

    Channels and pumps declare neither, as in the reference: they stay where they are.
    """
    waiting, ordered = list(parts), []
    while waiting:
        free = (one for one in waiting if not any(_writes_for(other, one) for other in waiting if other is not one))
        ordered.append(next(free, waiting[0]))  # parts that wait for each other: in the order of insertion
        waiting = [one for one in waiting if one is not ordered[-1]]
    return tuple(ordered)


def _writes_for(writer: Inserted, reader: Inserted) -> bool:
    read = reader.mechanism.shared.keys() - {*reader.mechanism.writes}
    return not read.isdisjoint(writer.mechanism.written)


def _checked_params(tables: Tables, rows_of_mechanism: list[np.ndarray]) -> dict[str, Any]:
    """Every parameter of compartments, of all of them; those that are in use can be."""
    home = Home(tables)
    params: dict[str, Any] = {name: home.numbers(name) for name in params_of(tables)}
    everywhere = np.arange(tables.structure.n_comp)
    for name in (*POSITIVE, "temperature", *(DIFFUSION + ion for ion in tables.diffused)):
        check_values(home, name, params[name], everywhere)
    warn_if_shape_is_old(tables)
    params |= {axis: home.numbers(axis) for axis in place_for((*tables.mechanisms, *tables.points.types), tables)}
    used = [(one.parameter_defaults, rows) for one, rows in zip(tables.mechanisms, rows_of_mechanism, strict=True)]
    used += [(shared_parameters(one), np.flatnonzero(tables.has_point(one))) for one in tables.points.types]
    for names, rows in used:
        for name in names:
            check_values(home, name, params[name][rows], rows)
    return params


def _of_types(tables: Tables, names_of: Callable[[Mechanism], tuple[str, ...]]) -> dict[str, Any]:
    """All parameters or states of synapses, point processes, sources and rules, an entry for each thing of a type."""
    found: dict[str, Any] = {}
    for what, typed in typed_tables(tables).items():
        for one in typed.types:
            home, rows = Home(tables, what, one), typed.of_type(one)
            for name in names_of(one):
                found[name] = home.numbers(name)[rows]
                check_values(home, name, found[name], rows)
    return found


def _placed(tables: Tables) -> tuple[tuple[Placed, ...], int]:
    """Every type of point process with its compartments, and the number of their ports."""
    placed, n_port, flowing = [], 0, currents_of(tables)
    for one in tables.points.types:
        if missing := [name for name in one.state_defaults if name not in (*own_states(one), *flowing)]:
            raise MechanismError(
                f"The point process {one.name!r} reads the current {missing[0]!r}, but no mechanism of the model "
                f"carries this ion. Insert a channel that carries it."
            )
        comps = of_points(tables, one).table["comp_index"][tables.points.of_type(one)].astype(np.int32)
        rows = Rows.of(comps, tables.structure.n_comp) if (np.diff(comps) > 0).all() else None
        placed.append(Placed(one, comps, rows, n_port if one.receives else None))
        n_port += len(comps) * len(one.weights) if one.receives else 0
    return tuple(placed), n_port


def _wired(tables: Tables, n_port: int) -> tuple[tuple[Wired, ...], int]:
    """Every type of synapse with the compartments that its synapses join, and the number of ports with theirs.

    Ports of types with a delay begin at `n_port`.
    """
    if not len(tables.wiring):
        return (), n_port
    ends = {side: tables.edges.numbers(f"{side}_index") for side in ("pre", "post")}
    for side, comps in ends.items():
        if bad := np.flatnonzero(~np.isin(comps, np.arange(tables.structure.n_comp))).tolist():
            raise ModelValueError(f"`.edges`: {side}_index of synapse {bad[0]} is {comps[bad[0]]}, no compartment.")
    wired = []
    for synapse in tables.synapses:
        rows = tables.wiring.of_type(synapse)
        if (tables.edges["index_within_type"][rows] != np.arange(len(rows))).any():
            raise ModelValueError("`.edges`: the columns type_ind and index_within_type must stay as they are.")
        pre, post = (comps[rows].astype(np.int32) for comps in ends.values())
        _check_states_that_are_read(tables, synapse, {"pre": pre, "post": post})
        is_delayed = isinstance(synapse, EventSynapse) and synapse.delayed
        wired.append(Wired(synapse, pre, post, n_port if is_delayed else None))
        n_port += len(pre) if is_delayed else 0
    return tuple(wired), n_port


def _check_states_that_are_read(tables: Tables, synapse: Synapse, ends: dict[str, np.ndarray]) -> None:
    for side, comps in ends.items():
        for name in getattr(synapse, f"{side}_states"):
            without = comps[~places_of(tables, name)[comps]]
            if len(without):
                raise MechanismError(
                    f"The synapse {synapse.name!r} reads {name!r} of its {side}synaptic compartments, but "
                    f"{tables.structure.place_of(without[0])} does not have it. Insert a channel or pump that does."
                )


def _rows_of_state(tables: Tables, rows: list[np.ndarray]) -> dict[str, np.ndarray]:
    """The compartments that keep each state: those of who declares it; all for v, currents and what diffuses."""
    everywhere = np.arange(tables.structure.n_comp)
    declared = {key for one in tables.mechanisms for key in one.state_defaults}
    users: dict[str, list[np.ndarray]] = {"v": [everywhere]}
    for name in (*sorted(declared & set(currents_of(tables))), *tables.diffused):
        users[name] = [everywhere]  # a state that is the current of another mechanism, or that spreads
    for mechanism, places in zip(tables.mechanisms, rows, strict=True):
        for name in mechanism.state_defaults:
            users.setdefault(name, []).append(places)
    return {
        name: places[0] if len(places) == 1 else np.unique(np.concatenate(places)) for name, places in users.items()
    }


def _inserted(rows_of_state: dict[str, np.ndarray], n_comp: int) -> Callable[[Mechanism, np.ndarray], Inserted]:
    """How a mechanism finds its rows and states."""

    def part(mechanism: Mechanism, rows: np.ndarray) -> Inserted:
        positions = {name: np.searchsorted(rows_of_state[name], rows) for name in mechanism.state_defaults}
        states = {name: Rows.of(where, len(rows_of_state[name])) for name, where in positions.items()}
        return Inserted(mechanism, Rows.of(rows, n_comp), states)

    return part
