"""Initial states: every channel, pump and, where asked for, synapse at its steady state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dendrax.engine.equilibrium import resting_states
from dendrax.engine.state import TIME
from dendrax.errors import MechanismError
from dendrax.modules.editing import states_of
from dendrax.modules.homes import Home, of_points, of_synapse
from dendrax.modules.layout import place_for
from dendrax.modules.points import shared_parameters
from dendrax.modules.tables import Tables, broadcast
from dendrax.modules.typed import own_parameters, own_states

if TYPE_CHECKING:
    from dendrax.mechanisms.mechanism import Mechanism
    from dendrax.mechanisms.synapse import Synapse
    from dendrax.modules.selection import Selection

Update = tuple[Home, str, np.ndarray, np.ndarray]
"""Where a state is, its name, rows and new values."""


class Question(NamedTuple):
    """What a mechanism is asked.

    Attributes:
        mechanism: The channel, pump or type of synapse.
        arguments: States, voltages and the rest, as it takes them.
        home: Where its states are.
        rows: Its compartments or synapses.
        v: Their voltages, postsynaptic ones for synapses [mV].
        known: The states that it may answer with.
    """

    mechanism: Mechanism
    arguments: tuple[Any, ...]
    home: Home
    rows: np.ndarray
    v: np.ndarray
    known: list[str]


def init_states(selection: Selection, delta_t: float, synapses: bool) -> None:
    """Write the steady states of all mechanisms.

    Mechanisms that write a quantity which others share come first, so that the others begin with its new value. Apart
    from that all of them read the tables as they were before.
    """
    selection.check_whole("init_states")
    tables, before = selection.tables, list[Update]()
    first = [one for one in tables.mechanisms if one.writes]
    rest = [one for one in tables.mechanisms if not one.writes]
    try:
        if first:
            _answer([_ask_of_membrane(tables, one, delta_t) for one in first], before)
        asked = [_ask_of_membrane(tables, one, delta_t) for one in rest]
        asked += [_ask_of_points(tables, one, delta_t) for one in tables.points.types]
        if synapses:
            asked += [_ask_of_synapses(tables, one, delta_t) for one in tables.synapses]
        _answer(asked, before)
    except BaseException:
        for home, key, rows, values in before:
            home.write(key, rows, values)
        raise


def _answer(asked: list[Question], before: list[Update]) -> None:
    """Write the answers to questions, and keep in `before` what they take the place of."""
    answers = resting_states([one.mechanism for one in asked], [one.arguments for one in asked])
    updates = [update for one, made in zip(asked, answers, strict=True) for update in _checked(one, made)]
    before += [(home, key, rows, home.numbers(key)[rows].copy()) for home, key, rows, _ in reversed(updates)]
    for home, key, rows, values in updates:
        home.write(key, rows, values)


def _ask_of_membrane(tables: Tables, mechanism: Mechanism, delta_t: float) -> Question:
    """What a channel or pump is asked."""
    home, rows = Home(tables), np.flatnonzero(tables.has(mechanism))
    v = tables.nodes.numbers("v")[rows]
    states: dict[str, Any] = {key: home.numbers(key)[rows] for key in mechanism.state_defaults}
    params: dict[str, Any] = {key: home.numbers(key)[rows] for key in mechanism.parameter_defaults}
    params |= _surroundings(tables, mechanism, rows)
    return Question(mechanism, (states, v, params, delta_t), home, rows, v, states_of(tables))


def _ask_of_points(tables: Tables, mechanism: Mechanism, delta_t: float) -> Question:
    """The arguments of `initial` of a type of point process."""
    home, rows = of_points(tables, mechanism), tables.points.of_type(mechanism)
    comps, of_comps = home.table["comp_index"][rows].astype(int), Home(tables)
    v = tables.nodes.numbers("v")[comps]
    states: dict[str, Any] = {key: home.numbers(key)[rows] for key in own_states(mechanism)}
    params: dict[str, Any] = {key: home.numbers(key)[rows] for key in own_parameters(mechanism)}
    params |= {key: of_comps.numbers(key)[comps] for key in shared_parameters(mechanism)}
    params |= _surroundings(tables, mechanism, comps)
    return Question(mechanism, (states, v, params, delta_t), home, rows, v, list(own_states(mechanism)))


def _surroundings(tables: Tables, mechanism: Mechanism, comps: np.ndarray) -> dict[str, Any]:
    """The parameters of its compartments that a mechanism gets."""
    home = Home(tables)
    axes = place_for([mechanism], tables)
    around = {
        "diameter": 2.0 * home.numbers("radius"),
        "celsius": home.numbers("temperature"),
        TIME: np.zeros(tables.structure.n_comp),
    }
    keys = (*mechanism.surroundings, *axes, *({TIME} & mechanism.shared.keys()))
    return {key: (around[key] if key in around else home.numbers(key))[comps] for key in keys}


def _ask_of_synapses(tables: Tables, synapse: Synapse, delta_t: float) -> Question:
    """What a type of synapse is asked."""
    home, rows = of_synapse(tables, synapse), tables.wiring.of_type(synapse)
    pre, post = (tables.edges[end][rows].astype(int) for end in ("pre_index", "post_index"))
    v = tables.nodes.numbers("v")
    states: dict[str, Any] = {key: home.numbers(key)[rows] for key in synapse.synapse_states}
    for side, comps in (("pre", pre), ("post", post)):
        for key in getattr(synapse, f"{side}_states"):
            states[f"{side}_{key}"] = tables.nodes.numbers(key)[comps]
    params: dict[str, Any] = {key: home.numbers(key)[rows] for key in synapse.synapse_params}
    handed = (states, v[post], {**params, "pre_v": v[pre]}, delta_t)
    return Question(synapse, handed, home, rows, v[post], list(synapse.synapse_states))


def _checked(asked: Question, made: dict[str, Any]) -> list[Update]:
    """The returned states of a mechanism as finite arrays."""
    home, rows, updates = asked.home, asked.rows, []
    what = f"{'equilibrium' if home.of_edges else 'init_state'} of {asked.mechanism.name!r}"
    if not isinstance(made, dict):
        raise MechanismError(f"{what} must return a dict of states, not {made!r}.")
    for key, values in made.items():
        if key not in asked.known:
            raise MechanismError(f"{what} returns {key!r}, which is no state of the model.")
        array = broadcast(values, len(rows), what)
        if not np.isfinite(array).all():
            first = int(np.flatnonzero(~np.isfinite(array))[0])
            place = home.place_of(rows[first])
            raise MechanismError(f"{what} gives {array[first]} for {key!r} at v = {asked.v[first]} mV in {place}.")
        updates.append((home, key, rows, array))
    return updates
