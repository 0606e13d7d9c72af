"""Schemas of model files: which one is written, and how older ones are read."""

from collections.abc import Callable
from typing import Any

import numpy as np

from dendrax.errors import ModelFileError
from dendrax.io.model.fields import count, of_kind

FORMAT = "dendrax model"
VERSION = 1
"""The schema that is written. Whoever changes what a file holds raises it, and adds a line to `MIGRATIONS`."""

Content = tuple[dict[str, Any], dict[str, np.ndarray]]
"""The document and the arrays of a file."""

MIGRATIONS: dict[int, Callable[[Content], Content]] = {}
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
