"""What is done to synapses: adding them, and showing them properties of their compartments."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dendrax import arguments
from dendrax.errors import MechanismError, ModelTypeError, ModelValueError, UnknownNameError
from dendrax.mechanisms.synapse import SIDES, Synapse, check_synapse
from dendrax.modules import hints, shown
from dendrax.modules.editing import check_names_are_free, nearest
from dendrax.modules.selection import Selection
from dendrax.modules.tables import Tables, broadcast
from dendrax.modules.typed import keys_of
from dendrax.modules.wiring import COLUMNS
from dendrax.synapses.event import EventSynapse


def append(
    tables: Tables,
    synapse: Synapse,
    pre: np.ndarray,
    post: np.ndarray,
    is_attribute: Callable[[str], bool],
    delay: Any = None,
) -> None:
    """Add synapses of one type between compartments (synapse,) of a network, which keeps a copy of the type.

    With a `delay` [ms], one number or one for each, the network gets the type with delays.
    """
    wiring, structure = tables.wiring, tables.structure
    own: dict[str, np.ndarray] = {}
    if delay is not None:
        synapse, own = _delayed(synapse, delay, len(pre))
    same = wiring.named(getattr(synapse, "name", ""))
    if same is None or same != synapse:  # what equals one that was checked needs no check
        try:
            check_synapse(synapse)
        except ModelTypeError as error:
            raise ModelTypeError(f"connect: {error}{hints.of_mechanism(synapse)}") from None
        _check_delays_agree(same, synapse)
        wiring.check_same(synapse)
    if same is None:
        check_names_are_free(tables, synapse, keys_of(synapse), COLUMNS, is_attribute, "connect")
    if len(pre) == 0:  # a type without synapses would be one that nobody can select or simulate
        return
    if same is None:
        wiring.types = [*wiring.types, copy.deepcopy(synapse)]
    ends = {"pre_index": pre, "post_index": post, "pre_locs": structure.locs(pre), "post_locs": structure.locs(post)}
    wiring.append(synapse, {**ends, **own}, len(pre))


def _delayed(synapse: Any, delay: Any, n: int) -> tuple[Synapse, dict[str, np.ndarray]]:
    """The variant of a synapse with delays, and the delays of n such synapses."""
    if not isinstance(synapse, EventSynapse):
        what = synapse.name if isinstance(synapse, Synapse) else type(synapse).__name__
        raise ModelTypeError(
            f"connect: {what} follows the presynaptic voltage at every moment and cannot have a delay. Use a synapse "
            f"that responds to spikes, such as ExpSynapse."
        )
    delays = broadcast(delay, n, "connect: delay")
    if (bad := ~(np.isfinite(delays) & (delays > 0))).any():
        first = int(np.flatnonzero(bad)[0])
        raise ModelValueError(
            f"connect: delay [ms] must be a positive number, but is {delays[first]} in synapse {first} of this call. "
            f"An event takes at least one time step."
        )
    made = synapse.with_delay()
    return made, {f"{made.name}_delay": delays}


def _check_delays_agree(same: Synapse | None, synapse: Synapse) -> None:
    """Refuse a synapse with a delay if those of the same name have none, or the other way round."""
    if not isinstance(same, EventSynapse) or not isinstance(synapse, EventSynapse) or same.delayed == synapse.delayed:
        return
    has, given = ("a delay", "without") if same.delayed else ("no delay", "with")
    raise MechanismError(
        f"connect: the synapses {same.name!r} of this network have {has}, but this call is {given} one. Pass `delay=` "
        f"in every call or in none, or give these synapses another name."
    )


def copy_node_property(selection: Selection, properties: str | Sequence[str], sides: str | Sequence[str]) -> None:
    """Add columns `pre_<property>` and `post_<property>`. See `Module.copy_node_property_to_edges`."""
    wanted = arguments.names("copy_node_property_to_edges: properties_to_import", properties)
    ends = arguments.names("copy_node_property_to_edges: pre_or_post", sides)
    if wrong := [side for side in ends if side not in SIDES]:
        raise ModelValueError(f'copy_node_property_to_edges: pre_or_post is "pre", "post" or both, not {wrong[0]!r}.')
    nodes = shown.nodes(Selection(selection.tables, is_view=True))
    if unknown := [name for name in wanted if name not in nodes]:
        raise UnknownNameError(
            f"copy_node_property_to_edges: no column {unknown[0]!r} in `.nodes`.{nearest(unknown[0], nodes.columns)}"
        )
    edges = selection.tables.edges
    new = {
        f"{side}_{name}": nodes[name].to_numpy()[edges[f"{side}_index"].astype(int)] for side in ends for name in wanted
    }
    of_types = {key for one in selection.tables.synapses for key in keys_of(one)}
    if taken := [name for name in new if name in COLUMNS or name in of_types]:
        raise ModelValueError(f"copy_node_property_to_edges: {taken[0]!r} is a column of `.edges` already.")
    if not selection.is_view:
        for name, column in new.items():
            edges.add(name, column)
        return
    frame = shown.edges(selection)
    for name, column in new.items():
        frame[name] = column[selection.edge_rows]
