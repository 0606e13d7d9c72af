"""Schemas of model files: which one is written, and how older ones are read."""

from collections.abc import Callable
from typing import Any

import numpy as np

from dendrax.errors import ModelFileError
from dendrax.io.model.fields import count, of_kind
from dendrax.mechanisms.constants import STATES_FIRST

FORMAT = "dendrax model"
VERSION = 5
"""The schema that is written. Whoever changes what a file holds raises it, and adds a line to `MIGRATIONS`."""

Content = tuple[dict[str, Any], dict[str, np.ndarray]]
"""The document and the arrays of a file."""


def _with_events(content: Content) -> Content:
    """Schema 2 has point processes, events, and bounds of trainable parameters."""
    document, arrays = content
    model = dict(document["model"]) if isinstance(document.get("model"), dict) else {}
    names: dict[str, tuple[str, ...]] = {"points": ("index_within_type", "comp_index", "type", "type_ind")}
    names["sources"] = ("index_within_type", "type", "type_ind")
    empty = {which: {"types": [], "columns": list(columns), "text": {"type": []}} for which, columns in names.items()}
    no_rows: dict[str, np.ndarray] = {
        f"{which}/{name}": np.zeros(0, np.int64) for which, columns in names.items() for name in columns
    }
    for name in ("connections/source_kind", "connections/source", "connections/target_type", "connections/target"):
        no_rows[f"events/{name}"] = np.zeros(0, np.int64)
    no_rows["events/detectors/comp_index"] = np.zeros(0, np.int64)
    for name in ("connections/weight", "connections/delay", "detectors/threshold"):
        no_rows[f"events/{name}"] = np.zeros(0)
    no_rows["events/recorded"] = np.zeros((0, 2), np.int64)
    trainables = model.get("trainables")
    if isinstance(trainables, list):
        model["trainables"] = [{"key": key, "bounds": None} for key in trainables]
    model |= {"points": empty["points"], "events": {"sources": empty["sources"]}}
    return {**document, "model": model}, {**arrays, **no_rows}


def _with_plasticity(content: Content) -> Content:
    """Schema 3 has plastic connections."""
    document, arrays = content
    model = dict(document["model"]) if isinstance(document.get("model"), dict) else {}
    columns = ("index_within_type", "connection", "post", "type", "type_ind")
    events = dict(model["events"]) if isinstance(model.get("events"), dict) else {}
    model["events"] = {**events, "plastic": {"types": [], "columns": list(columns), "text": {"type": []}}}
    no_rows: dict[str, np.ndarray] = {f"plastic/{name}": np.zeros(0, np.int64) for name in columns}
    return {**document, "model": model}, {**arrays, **no_rows}


def _with_weights(content: Content) -> Content:
    """Schema 4 has connections with several weights."""
    document, arrays = content
    model = dict(document["model"]) if isinstance(document.get("model"), dict) else {}
    events = dict(model["events"]) if isinstance(model.get("events"), dict) else {}
    model["events"] = {**events, "weights": []}
    return {**document, "model": model}, arrays


def _with_joints(content: Content) -> Content:
    """Schema 5 has branches that begin at any place of their parent, and the order of a step."""
    document, arrays = content
    ends = np.ones(np.shape(arrays.get("structure/parent_of_branch", ())))
    model = dict(document["model"]) if isinstance(document.get("model"), dict) else {}
    return {**document, "model": {**model, "order": STATES_FIRST}}, {**arrays, "structure/joint_of_branch": ends}


MIGRATIONS: dict[int, Callable[[Content], Content]] = {
    1: _with_events,
    2: _with_plasticity,
    3: _with_weights,
    4: _with_joints,
}
"""For each older schema a function that makes the next one of it."""


def check_version(document: dict[str, Any]) -> int:
    """The schema that a file has."""
    if of_kind("'format'", document.get("format"), str) != FORMAT:
        raise ModelFileError(f"model.json: 'format' should be {FORMAT!r}: this is no model of Dendrax.")
    version = count("'schema'", document.get("schema"))
    if version > VERSION:
        raise ModelFileError(
            f"it has schema {version}, and this Dendrax reads schemas up to {VERSION}: it was written by a newer one. "
            f"Update Dendrax, `pip install -U dendrax`."
        )
    return version


def upgrade(content: Content, version: int) -> Content:
    """What a file of an older schema would hold in the present one."""
    for step in range(version, VERSION):
        content = MIGRATIONS[step](content)
    return content
