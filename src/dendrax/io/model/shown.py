"""What a module keeps beside its tables: the scope of its indices, and which rows the user wants to share values."""

from __future__ import annotations

from typing import Any

import numpy as np

from dendrax.errors import ModelFileError
from dendrax.io.model.arrays import Arrays
from dendrax.io.model.columns import read_column, write_column
from dendrax.io.model.fields import exactly, of_kind
from dendrax.modules import shown
from dendrax.modules.module import Module

COLUMN = "controlled_by_param"
TABLES = ("nodes", "edges")


def write(module: Module, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Scope, and for each table what the user assigned to `controlled_by_param`: null for nothing."""
    return {"scope": module._selection.scope, **{which: _write_sharing(module, which, arrays) for which in TABLES}}


def _write_sharing(module: Module, which: str, arrays: dict[str, np.ndarray]) -> dict[str, Any] | None:
    frame = shown.handed_out(module._selection, which)
    if frame is None or COLUMN not in frame or len(frame) != getattr(module.tables, which).length:
        return None
    column = frame[COLUMN].to_numpy()
    if column.dtype.kind in "iu" and not column.any():  # all in one group, as it is unless somebody writes to it
        return None
    return {"text": write_column(column, f"shown/{which}", arrays)}


def read(module: Module, document: Any, arrays: Arrays) -> None:
    """Give a module that was read its scope and its sharing."""
    found = exactly("'shown'", document, "scope", *TABLES)
    if of_kind("'scope'", found["scope"], str) not in ("local", "global"):
        raise ModelFileError(f"model.json: 'scope' should be local or global, but is {found['scope']!r:.80}.")
    module.set_scope(found["scope"])
    for which in TABLES:
        if found[which] is not None:
            text = exactly(f"'{which}' of 'shown'", found[which], "text")["text"]
            column = read_column(text, f"shown/{which}", arrays, getattr(module.tables, which).length)
            getattr(shown, which)(module._selection)[COLUMN] = column
