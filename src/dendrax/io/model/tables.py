"""What a model is made of: each part of `modules.tables.Tables`, how it is written and how it is read.

`PARTS` has a line for each field of `Tables`, in the order in which they can be read. A test compares the two, so that
a new table cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dendrax.errors import ModelFileError
from dendrax.io.model import events, mechanisms
from dendrax.io.model.arrays import INDEX, Arrays, check_storable
from dendrax.io.model.checks import check_numbers
from dendrax.io.model.columns import read_table, write_table
from dendrax.io.model.fields import count, exactly, of_kind, texts
from dendrax.io.model.mechanisms import Allowed
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.plasticity import Plasticity
from dendrax.mechanisms.pump import Pump
from dendrax.mechanisms.source import SpikeSource
from dendrax.mechanisms.synapse import Synapse
from dendrax.modules import geometry
from dendrax.modules.editing import SHAPE
from dendrax.modules.events import EventTables, PlasticConnections, Sources
from dendrax.modules.points import Points
from dendrax.modules.structure import Structure
from dendrax.modules.table import Table
from dendrax.modules.tables import Input, Tables, Trainable
from dendrax.modules.typed import Typed
from dendrax.modules.wiring import Wiring
from dendrax.trees.ancestry import on_cycles

KINDS = ("compartment", "branch", "cell", "network")
FLOAT = np.dtype(np.float64)


@dataclass
class Draft:
    """What a file is going to hold beside the document.

    Attributes:
        arrays: Arrays by name.
        named: Classes and functions that the document names.
    """

    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    named: list[Any] = field(default_factory=list)


@dataclass
class Reading:
    """What is there to read from, and what has been read.

    Attributes:
        arrays: The arrays of the file.
        allowed: The classes and functions that it may name.
        made: Parts of the tables so far.
    """

    arrays: Arrays
    allowed: Allowed
    made: dict[str, Any] = field(default_factory=dict)

    @property
    def n_comp(self) -> int:
        """Number of compartments."""
        return self.made["nodes"].length


def write(tables: Tables, draft: Draft) -> dict[str, Any]:
    """The tables as a document, with arrays in `draft`."""
    return {name: write_part(getattr(tables, name), draft) for name, (write_part, _) in PARTS.items()}


def read(document: Any, reading: Reading) -> Tables:
    """The tables of a document; `checks.check` says whether they belong together."""
    parts = exactly("'model'", document, *PARTS)
    for name, (_, read_part) in PARTS.items():
        reading.made[name] = read_part(parts[name], reading)
    return Tables(**reading.made)


def differing_mechanism(tables: Tables, others: Tables) -> Mechanism | None:
    """The first mechanism that is not equal to that of others, in tables of the same mechanisms."""
    ours, theirs = (
        [*one.mechanisms, *one.synapses, *one.points.types, *one.events.sources.types, *one.events.plastic.types]
        for one in (tables, others)
    )
    return next((one for one, other in zip(ours, theirs, strict=True) if one != other), None)


def _read_kind(document: Any, reading: Reading) -> str:  # noqa: ARG001 - parts are read alike
    if of_kind("'kind'", document, str) not in KINDS:
        raise ModelFileError(f"model.json: 'kind' should be one of {', '.join(KINDS)}, but is {document!r:.80}.")
    return document


def _write_structure(structure: Structure, draft: Draft) -> None:
    for name in ("cell_of_branch", "parent_of_branch", "ncomp_of_branch"):
        draft.arrays[f"structure/{name}"] = getattr(structure, name).astype(INDEX)
    draft.arrays["structure/joint_of_branch"] = structure.joint_of_branch.astype(FLOAT)


def _read_structure(document: Any, reading: Reading) -> Structure:
    """Who belongs to whom; sizes are checked before anything of such a size is made."""
    _nothing("'structure'", document)
    cell = reading.arrays.take("structure/cell_of_branch", (None,), dtype=INDEX)
    n = len(cell)
    parent = reading.arrays.take("structure/parent_of_branch", (n,), dtype=INDEX)
    ncomp = reading.arrays.take("structure/ncomp_of_branch", (n,), dtype=INDEX)
    if n == 0 or cell[0] != 0 or not np.isin(np.diff(cell), (0, 1)).all():
        raise ModelFileError("the branches do not belong to cells 0, 1, 2, ... one after the other.")
    if ncomp.min() < 1 or ncomp.max() > reading.n_comp or ncomp.sum() != reading.n_comp:
        raise ModelFileError(f"the branches do not have {reading.n_comp} compartments together, as the table has.")
    _check_trees(cell, parent)
    joint = reading.arrays.take("structure/joint_of_branch", (n,), dtype=FLOAT)
    if not ((joint >= 0) & (joint <= 1)).all() or (joint[parent == -1] != 1).any():
        raise ModelFileError("a branch begins at a place of its parent that is not from 0 to 1, or a root not at 1.")
    return Structure(cell, parent, ncomp, joint)


def _check_trees(cell: np.ndarray, parent: np.ndarray) -> None:
    """Refuse parents that do not make one tree of each cell."""
    n = len(parent)
    inner = np.flatnonzero(parent != -1)
    if (parent < -1).any() or (parent >= n).any() or (cell[parent[inner]] != cell[inner]).any():
        raise ModelFileError("a branch has a parent that is no branch of its cell.")
    if len(on_cycles(parent)) or (np.bincount(cell[parent == -1], minlength=cell[-1] + 1) != 1).any():
        raise ModelFileError("the branches of a cell are not one tree.")


def _write_nodes(nodes: Table, draft: Draft) -> dict[str, Any]:
    for name in ("radius", "length"):
        check_numbers(nodes, "nodes", name)
    return write_table(nodes, "nodes", draft.arrays, geometry.shape_of(nodes))


def _read_nodes(document: Any, reading: Reading) -> Table:
    nodes = read_table(document, "nodes", reading.arrays, "length")
    for name in SHAPE:
        check_numbers(nodes, "nodes", name)
    geometry.forget(nodes)
    return nodes


def _write_xyzr(xyzr: list[np.ndarray], draft: Draft) -> None:
    draft.arrays["xyzr/points_of_branch"] = np.array([len(points) for points in xyzr], INDEX)
    draft.arrays["xyzr/points"] = np.concatenate([np.zeros((0, 4)), *xyzr])


def _read_xyzr(document: Any, reading: Reading) -> list[np.ndarray]:
    _nothing("'xyzr'", document)
    n_branch = reading.made["structure"].n_branch
    points = reading.arrays.take("xyzr/points", (None, 4), dtype=FLOAT)
    size = reading.arrays.take("xyzr/points_of_branch", (n_branch,), dtype=INDEX)
    if size.min() < 0 or size.max() > len(points) or size.sum() != len(points):
        raise ModelFileError(f"the branches do not have {len(points)} traced points together, as there are.")
    return [part.copy() for part in np.split(points, np.cumsum(size)[:-1])]


Mechanisms = tuple[Callable[[Any, Draft], Any], Callable[[Any, Reading], list[Any]]]


def _mechanisms(where: str, kind: type[Mechanism]) -> Mechanisms:
    """How a list of mechanisms is written and read."""

    def write_all(those: list[Any], draft: Draft) -> list[Any]:
        return [mechanisms.write(one, f"{where}/{i}", draft.arrays, draft.named) for i, one in enumerate(those)]

    def read_all(document: Any, reading: Reading) -> list[Any]:
        those = of_kind(f"'{where}'", document, list)
        return [
            mechanisms.read(one, kind, f"{where}/{i}", reading.arrays, reading.allowed) for i, one in enumerate(those)
        ]

    return write_all, read_all


def _names(where: str) -> Mechanisms:
    """How a list of names is written and read."""
    return lambda names, _: list(names), lambda document, _: texts(f"'{where}'", document)


def _typed(where: str, table: str, kind: type[Mechanism], made: type[Any]) -> tuple[Any, Any]:
    """The format of a table of things of several types."""
    write_types, read_types = _mechanisms(where, kind)

    def write_all(those: Typed[Any], draft: Draft) -> dict[str, Any]:
        return {"types": write_types(those.types, draft), **write_table(those.table, table, draft.arrays, {})}

    def read_all(document: Any, reading: Reading) -> Typed[Any]:
        found = exactly(f"{where!r}", document, "types", "columns", "text")
        types = read_types(found.pop("types"), reading)
        return made(types, read_table(found, table, reading.arrays, next(iter(made.columns))))

    return write_all, read_all


_WRITE_SOURCES, _READ_SOURCES = _typed("sources", "sources", SpikeSource, Sources)
_WRITE_PLASTIC, _READ_PLASTIC = _typed("plastic", "plastic", Plasticity, PlasticConnections)


def _write_events(tables: EventTables, draft: Draft) -> dict[str, Any]:
    write_sources, write_plastic = (lambda one, how=how: how(one, draft) for how in (_WRITE_SOURCES, _WRITE_PLASTIC))
    return events.write(tables, draft.arrays, write_sources, write_plastic)


def _read_events(document: Any, reading: Reading) -> EventTables:
    read_sources, read_plastic = (lambda one, how=how: how(one, reading) for how in (_READ_SOURCES, _READ_PLASTIC))
    return events.read(document, reading.arrays, read_sources, read_plastic)


def _write_recordings(recordings: dict[tuple[str, int], None], draft: Draft) -> list[str]:
    names = list(dict.fromkeys(name for name, _ in recordings))
    number = {name: i for i, name in enumerate(names)}
    pairs = [(number[name], row) for name, row in recordings]
    draft.arrays["recordings"] = np.array(pairs, INDEX).reshape(-1, 2)
    return names


def _read_recordings(document: Any, reading: Reading) -> dict[tuple[str, int], None]:
    names = texts("'recordings'", document)
    pairs = reading.arrays.take("recordings", (None, 2), dtype=INDEX)
    if not np.isin(pairs[:, 0], np.arange(len(names))).all():
        raise ModelFileError(
            f"arrays.safetensors: 'recordings' counts more than the {len(names)} names that there are."
        )
    recordings = {(names[name], row): None for name, row in pairs.tolist()}
    if len(recordings) != len(pairs):
        raise ModelFileError("something is recorded twice.")
    return recordings


def _write_inputs(inputs: dict[str, list[Input]], draft: Draft) -> list[dict[str, Any]]:
    """Values over time of all calls behind each other, and the shape of each."""
    written = []
    for number, (key, chunks) in enumerate(inputs.items()):
        draft.arrays[f"inputs/{number}/rows"] = np.concatenate([one.rows for one in chunks]).astype(INDEX)
        draft.arrays[f"inputs/{number}/values"] = np.concatenate([one.values.ravel() for one in chunks])
        if any(one.function for one in chunks):
            raise ModelFileError("a file cannot hold a stimulus that is a function of time. Stimulate with its values.")
        steps = [one.delta_t for one in chunks]
        shapes = [list(one.values.shape) for one in chunks]
        written.append({"key": key, "shapes": shapes, **({"steps": steps} if any(steps) else {})})
    return written


def _read_inputs(document: Any, reading: Reading) -> dict[str, list[Input]]:
    inputs: dict[str, list[Input]] = {}
    for number, one in enumerate(of_kind("'inputs'", document, list)):
        with_steps = ("steps",) if isinstance(one, dict) and "steps" in one else ()
        found = exactly("an entry of 'inputs'", one, "key", "shapes", *with_steps)
        key, where = of_kind("'key'", found["key"], str), f"inputs/{number}"
        shapes = [_shape(shape) for shape in of_kind("'shapes'", found["shapes"], list)]
        rows = reading.arrays.take(f"{where}/rows", (sum(n for n, _ in shapes),), dtype=INDEX)
        values = reading.arrays.take(f"{where}/values", (sum(n * time for n, time in shapes),), dtype=FLOAT)
        if key in inputs or not shapes or not np.isfinite(values).all():
            raise ModelFileError(f"the stimuli or clamps {key!r} are there twice, empty, or hold NaN or infinity.")
        steps = of_kind("'steps'", found.get("steps", [None] * len(shapes)), list)
        if len(steps) != len(shapes) or not all(step is None or (type(step) is float and step > 0) for step in steps):
            raise ModelFileError("model.json: 'steps' should be a time step or null for each of the 'shapes'.")
        inputs[key], of_rows, of_values = [], 0, 0
        for (n, time), step in zip(shapes, steps, strict=True):
            part = values[of_values : of_values + n * time].reshape(n, time)
            inputs[key].append(Input(rows[of_rows : of_rows + n].copy(), part.copy(), step))
            of_rows, of_values = of_rows + n, of_values + n * time
    return inputs


def _shape(document: Any) -> tuple[int, int]:
    if len(of_kind("an entry of 'shapes'", document, list)) != 2:
        raise ModelFileError("model.json: an entry of 'shapes' should be two numbers.")
    return count("a number of rows", document[0]), count("a number of values over time", document[1])


def _write_trainables(trainables: list[Trainable], draft: Draft) -> list[dict[str, Any]]:
    for number, one in enumerate(trainables):
        draft.arrays[f"trainables/{number}/rows"] = one.rows.astype(INDEX)
        draft.arrays[f"trainables/{number}/group_of_row"] = one.group_of_row.astype(INDEX)
        draft.arrays[f"trainables/{number}/values"] = one.values
    return [{"key": one.key, "bounds": None if one.bounds is None else list(one.bounds)} for one in trainables]


def _read_trainables(document: Any, reading: Reading) -> list[Trainable]:
    made = []
    for number, one in enumerate(of_kind("'trainables'", document, list)):
        where, found = f"trainables/{number}", exactly("an entry of 'trainables'", one, "key", "bounds")
        key, bounds = of_kind("the 'key' of a trainable", found["key"], str), _bounds(found["bounds"])
        values = reading.arrays.take(f"{where}/values", (None,), dtype=FLOAT)
        rows = reading.arrays.take(f"{where}/rows", (None,), dtype=INDEX)
        group_of_row = reading.arrays.take(f"{where}/group_of_row", (len(rows),), dtype=INDEX)
        if not np.array_equal(np.unique(group_of_row), np.arange(len(values))):
            raise ModelFileError(f"a trainable parameter has {len(values)} values, but its rows share others.")
        made.append(Trainable(key, rows, group_of_row, values, bounds))
    return made


def _bounds(document: Any) -> tuple[float, float] | None:
    """The bounds of a trainable delay."""
    if document is None:
        return None
    limits = of_kind("the 'bounds' of a trainable", document, list)
    if len(limits) != 2 or any(type(one) is not float for one in limits) or not 0 < limits[0] <= limits[1]:
        raise ModelFileError("model.json: 'bounds' should be two positive numbers in order.")
    return limits[0], limits[1]


def _write_transition(transition: np.ndarray | None, draft: Draft) -> bool:
    if transition is not None:
        check_storable("the matrix of exponential Euler", transition)
        draft.arrays["transition"] = transition
    return transition is not None


def _read_transition(document: Any, reading: Reading) -> np.ndarray | None:
    there = of_kind("'transition'", document, bool)
    return reading.arrays.take("transition", (reading.n_comp, reading.n_comp), kinds="f") if there else None


def _nothing(what: str, document: Any) -> None:
    """Refuse a field that is not null, as one is of which all is among the arrays."""
    if document is not None:
        raise ModelFileError(f"model.json: {what} should be null: all of it is among the arrays.")


PARTS: dict[str, tuple[Callable[[Any, Draft], Any], Callable[[Any, Reading], Any]]] = {
    "kind": (lambda kind, _: kind, _read_kind),
    "nodes": (_write_nodes, _read_nodes),
    "structure": (_write_structure, _read_structure),
    "xyzr": (_write_xyzr, _read_xyzr),
    "groups": _names("groups"),
    "channels": _mechanisms("channels", Mechanism),
    "pumps": _mechanisms("pumps", Pump),
    "diffused": _names("diffused"),
    "wiring": _typed("synapses", "edges", Synapse, Wiring),
    "points": _typed("points", "points", Mechanism, Points),
    "events": (_write_events, _read_events),
    "recordings": (_write_recordings, _read_recordings),
    "inputs": (_write_inputs, _read_inputs),
    "trainables": (_write_trainables, _read_trainables),
    "transition": (_write_transition, _read_transition),
}
"""How each field of `Tables` is written and read."""
