"""Fields of a JSON document, each with what it has to be."""

import json
from typing import Any, TypeVar

from dendrax.errors import ModelFileError

LARGEST = 2**27
"""Most bytes of text; parsed it takes some ten times as much."""
Kind = TypeVar("Kind")
IN_WORDS: dict[type, str] = {str: "text", int: "an integer", bool: "true or false", list: "a list", dict: "an object"}


def to_text(document: dict[str, Any]) -> bytes:
    """A document as text; the same document gives the same bytes."""
    try:
        text = (json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode()
    except ValueError as error:  # text that is no Unicode, an integer of thousands of digits
        raise ModelFileError(f"a name or setting cannot be written down: {error}.") from None
    if len(text) > LARGEST:
        raise ModelFileError(f"its names and settings take {len(text):,} bytes, but {LARGEST:,} are the most.")
    return text


def from_text(text: bytes) -> dict[str, Any]:
    """A document from its text."""
    if len(text) > LARGEST:
        raise ModelFileError(f"model.json has {len(text):,} bytes, but {LARGEST:,} are the most that can be.")
    try:
        document = json.loads(text.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"model.json is no JSON: {error}.") from None
    return of_kind("model.json", document, dict)


def _no_constant(name: str) -> float:
    """JSON has no NaN and no Infinity, though Python reads them."""
    raise ValueError(f"{name} is not a number")


def of_kind(what: str, value: Any, kind: type[Kind]) -> Kind:
    """A value of the one type that it may have."""
    if type(value) is not kind:
        raise ModelFileError(f"model.json: {what} should be {IN_WORDS[kind]}, but is {_short(value)}.")
    return value


def exactly(what: str, value: Any, *names: str) -> dict[str, Any]:
    """An object with exactly these fields."""
    there = of_kind(what, value, dict)
    if missing := [name for name in names if name not in there]:
        raise ModelFileError(f"model.json: {what} has no {missing[0]!r}.")
    if unknown := [name for name in there if name not in names]:
        raise ModelFileError(f"model.json: {what} has {_short(unknown[0])}, which no model has.")
    return there


def texts(what: str, value: Any) -> list[str]:
    """A list of different names."""
    names = [of_kind(f"an entry of {what}", one, str) for one in of_kind(what, value, list)]
    if "" in names or len(set(names)) != len(names):
        raise ModelFileError(f"model.json: {what} should be different names, but is {_short(names)}.")
    return names


def count(what: str, value: Any) -> int:
    """A number of things, at least one."""
    if of_kind(what, value, int) < 1:
        raise ModelFileError(f"model.json: {what} should be positive, but is {_short(value)}.")
    return value


def _short(value: Any) -> str:
    """A value for an error text."""
    text = json.dumps(value)
    return text if len(text) < 80 else f"{text[:80]}..."
