"""What is true of the tables of every model, checked after a file is read; each part alone is right by then."""

from __future__ import annotations

import numpy as np

from dendrax.errors import DendraxError, ModelFileError
from dendrax.modules.editing import DIFFUSION, MEMBRANE, PLACE, known_keys, states_of
from dendrax.modules.homes import home_of
from dendrax.modules.inputs import CURRENT, currents_of, own_states_of
from dendrax.modules.table import Table
from dendrax.modules.tables import Tables
from dendrax.modules.wiring import COLUMNS


def check(tables: Tables) -> None:
    """Refuse tables that do not belong together."""
    _check_kind(tables)
    _check_names(tables)
    _check_nodes(tables)
    _check_synapses(tables)
    _check_attached(tables)


def _check_kind(tables: Tables) -> None:
    structure = tables.structure
    most = {"compartment": structure.n_comp, "branch": structure.n_branch, "cell": structure.n_cell, "network": 1}
    if most[tables.kind] != 1:
        raise ModelFileError(f"it is a {tables.kind}, but of {structure.n_cell} cells, {structure.n_branch} branches.")


def _check_names(tables: Tables) -> None:
    """Every mechanism and group has a name of its own."""
    names = [*(one.name for one in (*tables.mechanisms, *tables.synapses)), *tables.groups]
    if twice := [name for number, name in enumerate(names) if name in names[:number]]:
        raise ModelFileError(f"two channels, pumps, synapses or groups are named {twice[0]!r}.")


def _check_nodes(tables: Tables) -> None:
    """Every mechanism, group and ion has its columns."""
    keys = (key for one in tables.mechanisms for key in (*one.parameter_defaults, *one.state_defaults))
    ions = (name for ion in tables.diffused for name in (ion, DIFFUSION + ion))
    for name in dict.fromkeys((*MEMBRANE, *PLACE, "v", *keys, *ions)):
        check_numbers(tables.nodes, "nodes", name)
    for name in (*(one.name for one in tables.mechanisms), *tables.groups):
        if name not in tables.nodes:
            raise ModelFileError(f"`.nodes` has no column {name!r}, which says where it is.")


def check_numbers(table: Table, which: str, name: str) -> np.ndarray:
    """A column that has to be there, as numbers."""
    if name not in table:
        raise ModelFileError(f"`.{which}` has no column {name!r}.")
    try:
        return table.numbers(name)
    except DendraxError as error:
        raise ModelFileError(str(error)) from None


def _check_synapses(tables: Tables) -> None:
    """Every synapse joins two compartments of the model and has what its type has."""
    edges, n_types = tables.edges, len(tables.synapses)
    for name, kind in COLUMNS.items():
        if kind is not object:
            check_numbers(edges, "edges", name)
    n_comp = tables.structure.n_comp
    for name, most in {"pre_index": n_comp, "post_index": n_comp, "type_ind": n_types}.items():
        _check_counts(edges.numbers(name), most, f"`.edges`: {name!r}")
    if edges.length == 0:
        return
    for synapse in tables.synapses:
        rows = tables.wiring.of_type(synapse)
        if (edges.numbers("index_within_type")[rows] != np.arange(len(rows))).any():
            raise ModelFileError(f"`.edges`: the synapses {synapse.name!r} are not counted one after the other.")
        for name in (*synapse.synapse_params, *synapse.synapse_states):
            if len(rows):
                check_numbers(edges, "edges", name)


def _check_counts(values: np.ndarray, most: int, what: str) -> None:
    """Refuse what are no whole numbers from 0 to below `most`."""
    wrong = ~((values >= 0) & (values < most) & (values == np.floor(values)))
    if wrong.any():
        raise ModelFileError(f"{what} is {values[wrong][0]}, but there are {most}.")


def _check_attached(tables: Tables) -> None:
    """Recordings, inputs and trainables are of what is there, and where it is."""
    states = {*states_of(tables), *currents_of(tables), *own_states_of(tables)}
    recorded: dict[str, list[int]] = {}
    for name, row in tables.recordings:
        recorded.setdefault(name, []).append(row)
    _check_rows(tables, "recorded", {name: [np.array(rows)] for name, rows in recorded.items()}, states)
    stimulated = {key: [one.rows for one in chunks] for key, chunks in tables.inputs.items()}
    _check_rows(tables, "stimulated or clamped", stimulated, {*states, CURRENT})
    for key, chunks in tables.inputs.items():
        if key != CURRENT and len({one.values.shape[1] for one in chunks}) > 1:
            raise ModelFileError(f"clamps of {key!r} differ in length.")
    trained: dict[str, list[np.ndarray]] = {}
    for one in tables.trainables:
        trained.setdefault(one.key, []).append(one.rows)
        if not np.isfinite(one.values).all():
            raise ModelFileError(f"a trainable value of {one.key!r} is NaN or infinite.")
    _check_rows(tables, "trainable", trained, set(known_keys(tables)))


def _check_rows(tables: Tables, what: str, rows_of_key: dict[str, list[np.ndarray]], known: set[str]) -> None:
    """Refuse keys that nothing has, and rows that are not in the table of their key."""
    for key, parts in rows_of_key.items():
        if key not in known:
            raise ModelFileError(f"{key!r} is {what}, but no part of the model has it.")
        home = home_of(tables, key)
        places = np.arange(home.table.length) if home.synapse is None else tables.wiring.of_type(home.synapse)
        rows = np.concatenate(parts)
        if wrong := rows[~np.isin(rows, places)].tolist():
            raise ModelFileError(f"{key!r} is {what} in row {wrong[0]} of the {home.what}, where it is not.")
