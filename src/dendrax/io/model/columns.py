"""Tables of columns: numbers are arrays, text is a list of the texts that there are and an array of which is where."""

from __future__ import annotations

from typing import Any

import numpy as np

from dendrax.errors import ModelFileError
from dendrax.io.model.arrays import INDEX, Arrays, check_storable
from dendrax.io.model.fields import exactly, of_kind, texts
from dendrax.io.model.settings import FLOATS, PLAIN
from dendrax.modules.table import SHOWN, Table


def write_table(
    table: Table, where: str, arrays: dict[str, np.ndarray], filled: dict[str, np.ndarray]
) -> dict[str, Any]:
    """A table as a document, with its columns in `arrays`, the `filled` in place of its own."""
    frame = table.handed_out
    names = [] if frame is None else list(frame.columns)
    odd = [name for name in names if not isinstance(name, str) or name == ""]
    if odd or len(set(names)) != len(names):
        raise ModelFileError(
            f"`.{where}` has columns {names}; a file keeps columns with names that are different texts."
        )
    text = {}
    columns = table.filled_up(filled)
    for name, column in columns.items():
        values = write_column(column, f"{where}/{name}", arrays)
        if values is not None:
            text[name] = values
    return {"columns": list(columns), "text": text}


def write_column(column: np.ndarray, name: str, arrays: dict[str, np.ndarray]) -> list[Any] | None:
    """Put a column into `arrays`; of one of text return the different texts."""
    if column.dtype != object:
        check_storable(f"the column {name!r}", column)
        arrays[name] = column
        return None
    values = column.tolist()
    kinds = set(map(type, values))
    if odd := kinds - {*PLAIN, float}:
        row, value = next((row, value) for row, value in enumerate(values) if type(value) in odd)
        raise ModelFileError(
            f"the column {name!r} holds {value!r:.80} in row {row}. A file keeps columns of numbers, truth values "
            f"and text; make it one of these."
        )
    # 1, 1.0 and True are one key of a dict, 0.0 and -0.0 too, and NaN is none.
    keys = values if kinds == {str} else [(type(one), repr(one)) for one in values]
    different = dict(zip(reversed(keys), reversed(values), strict=True))
    places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    arrays[name] = np.fromiter(map(places.__getitem__, keys), INDEX, len(keys))
    return [_plain(different[key]) for key in places]


def _plain(value: Any) -> Any:
    """A text, number or truth value as JSON takes it."""
    return {"float": str(value)} if type(value) is float and str(value) in FLOATS else value


def read_table(document: Any, where: str, arrays: Arrays, sample: str) -> Table:
    """A table, of as many rows as its column `sample` has."""
    found = exactly(f"'{where}'", document, "columns", "text")
    names = texts(f"the columns of '{where}'", found["columns"])
    text = of_kind(f"the text of '{where}'", found["text"], dict)
    if sample not in names or (set(text) - set(names)):
        raise ModelFileError(f"model.json: '{where}' has no column {sample!r}, or text of columns that it has not.")
    if shown := [name for name in names if name in SHOWN]:
        raise ModelFileError(f"model.json: '{where}' has a column {shown[0]!r}, which is computed from others.")
    first = read_column(text.get(sample), f"{where}/{sample}", arrays, None)
    rest = [name for name in names if name != sample]
    columns = {name: read_column(text.get(name), f"{where}/{name}", arrays, len(first)) for name in rest}
    return Table({name: first if name == sample else columns[name] for name in names}, len(first))


def read_column(values: Any, name: str, arrays: Arrays, n: int | None) -> np.ndarray:
    """A column of n entries, of any number if None; of text where there are `values`."""
    if values is None:
        return arrays.take(name, (n,))
    plain = [_of_column(name, one) for one in of_kind(f"the text of {name!r}", values, list)]
    which = arrays.take(name, (n,), dtype=INDEX)
    if len(which) and (which.min() < 0 or which.max() >= len(plain)):
        raise ModelFileError(f"arrays.safetensors: {name!r} counts more than the {len(plain)} texts that there are.")
    texts_of = np.empty(len(plain), object)
    texts_of[:] = plain
    return texts_of[which]


def _of_column(name: str, value: Any) -> Any:
    """An entry of a column of text."""
    if type(value) is dict and list(value) == ["float"] and value["float"] in list(FLOATS):
        return FLOATS[value["float"]]
    if type(value) not in (*PLAIN, float):
        raise ModelFileError(f"model.json: the column {name!r} holds something that is neither text nor a number.")
    return value
