"""What is done to synapses: adding them, and showing them properties of their compartments."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import numpy as np

from dendrax import arguments
from dendrax.errors import MechanismError, ModelTypeError, ModelValueError, UnknownNameError
from dendrax.mechanisms.synapse import SIDES, Synapse, check_synapse
from dendrax.modules import hints, shown
from dendrax.modules.editing import is_taken, nearest
from dendrax.modules.selection import Selection
from dendrax.modules.table import SHOWN
from dendrax.modules.tables import Tables
from dendrax.modules.wiring import COLUMNS, keys_of


def append(
    tables: Tables, synapse: Synapse, pre: np.ndarray, post: np.ndarray, is_attribute: Callable[[str], bool]
) -> None:
    """Add synapses of one type between compartments (synapse,) of a network, which keeps a copy of the type."""
    wiring, structure = tables.wiring, tables.structure
    same = wiring.named(getattr(synapse, "name", ""))
    if same is None or same != synapse:  # what equals one that was checked needs no check
        try:
            check_synapse(synapse)
        except ModelTypeError as error:
            raise ModelTypeError(f"connect: {error}{hints.of_mechanism(synapse)}") from None
        wiring.check_same(synapse)
    if same is None:
        _check_names_are_free(tables, synapse, is_attribute)
    if len(pre) == 0:  # a type without synapses would be one that nobody can select or simulate
        return
    if same is None:
        wiring.types = [*wiring.types, copy.deepcopy(synapse)]
    wiring.append(synapse, (pre, post), (structure.locs(pre), structure.locs(post)))


def _check_names_are_free(tables: Tables, synapse: Synapse, is_attribute: Callable[[str], bool]) -> None:
    """Refuse a new type of which a name is taken."""
    names = (synapse.name, *keys_of(synapse))
    currents = [name for one in tables.mechanisms for name in one.current_names]
    taken = [name for name in names if name in (*COLUMNS, *SHOWN, *currents) or is_taken(tables, name, is_attribute)]
    if taken:
        raise MechanismError(
            f"connect: {taken[0]!r}, of the synapse {synapse.name!r}, is the name of a group, channel, column, "
            f"parameter or method already. Give the synapse another name, `{type(synapse).__name__}(name=...)` or "
            f"`change_name`."
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
