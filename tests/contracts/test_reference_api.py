"""Every public name of the reference is there, with its arguments and defaults; the table of them in the docs is true.

`DENDRAX_WRITE_DOCS=1 pytest tests/contracts/test_reference_api.py` writes the table anew.
"""

import importlib
import inspect
import os
from operator import attrgetter
from pathlib import Path

import jax
import pytest

import dendrax as jx
from dendrax.compat.paths import PATHS

LINES = [
    line
    for line in (Path(__file__).parent / "reference_api.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
PAGE = Path(__file__).parents[2] / "docs" / "reference_api.md"
CLASSES = {
    "Module": jx.Module,
    "Network": jx.Network,
    "Cell": jx.Cell,
    "Branch": jx.Branch,
    "Compartment": jx.Compartment,
}
CONTRACTS = {"Channel": "mechanisms.channel", "Synapse": "mechanisms.synapse", "Pump": "mechanisms.pump"}


def home(path: str) -> str:
    """Where we have what the reference has under `path`."""
    first, _, rest = path.partition(".")
    if first in CLASSES and rest:
        return f"dendrax.{path}"
    if first in CONTRACTS and rest:
        return f"dendrax.{CONTRACTS[first]}.{path}"
    return ".".join(split(path))


def split(path: str) -> tuple[str, str]:
    """Our module for a name of the reference, and the name there: that of a function, a class or a method."""
    module, _, name = f"jaxley.{path}".rpartition(".")
    if module not in PATHS:
        module, _, owner = module.rpartition(".")
        name = f"{owner}.{name}"
    return PATHS[module], name


def ours(path: str) -> object:
    """What is there."""
    first, _, name = path.partition(".")
    if first in CLASSES and name:
        return inspect.getattr_static(CLASSES[first], name)
    if first in CONTRACTS and name:
        owner = getattr(importlib.import_module(f"dendrax.{CONTRACTS[first]}"), first)
        known = {**inspect.get_annotations(owner), **{n: getattr(owner, n) for n in dir(owner)}}
        return known[name]
    module, below = split(path)
    return attrgetter(below)(importlib.import_module(module))


def arguments(line: str) -> list[tuple[str, bool, str | None]]:
    """Name, whether by keyword alone, default of each argument of a line."""
    inside = line.partition("(")[2].removesuffix(")")
    found, depth, start = [], 0, 0
    for place, letter in enumerate(inside + ","):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            name, has_default, default = inside[start:place].strip().partition("=")
            if name:
                found.append((name.lstrip("*"), name.startswith("*"), default if has_default else None))
            start = place + 1
    return found


@pytest.mark.parametrize("line", LINES)
def test_name_is_there_with_its_arguments(line):
    thing = ours(line.partition("(")[0])
    if "(" not in line:
        return
    parameters = dict(inspect.signature(thing).parameters)
    parameters.pop("self", None)
    names = list(parameters)
    for place, (name, keyword_only, default) in enumerate(arguments(line)):
        assert name in parameters, f"{line}: we have {names}"
        if not keyword_only:
            assert names[place] == name, f"{line}: we have {names}"
        if default is not None:
            ours_default = parameters[name].default
            theirs = eval(default, {"jax": jax})  # noqa: S307 - an expression of our own file
            same = ours_default == theirs or (theirs in ([], {}) and not ours_default)
            assert same, f"{line}: the default of {name} is {ours_default!r}"
    theirs = [name for name, _, _ in arguments(line)]
    for one in parameters.values():
        if one.name in theirs or one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD):
            continue
        assert one.kind == one.KEYWORD_ONLY, f"{line}: our {one.name} must be keyword-only"
        assert one.default is not one.empty, f"{line}: our {one.name} must have a default"


def test_every_module_path_of_the_reference_has_a_line():
    """Packages that only hold modules have none."""
    lines = {line.partition("(")[0].rpartition(".")[0] for line in LINES} | set(LINES)
    paths = {path.removeprefix("jaxley").removeprefix(".") for path in PATHS}
    assert paths - lines == {"channels.non_capacitive"}


def table() -> str:
    """The page."""
    head = (
        "# The reference's API\n\nEvery public name of Jaxley 0.14 and where it is in Dendrax; arguments and defaults "
        "are the same, ours may have more. A test keeps this table true.\n\n| Jaxley | Dendrax |\n|---|---|\n"
    )
    rows = []
    for line in LINES:
        path = line.partition("(")[0]
        rows.append(f"| `{line}` | `{home(path)}` |")
    return head + "\n".join(rows) + "\n"


def test_the_table_in_the_docs_is_of_today():
    if os.environ.get("DENDRAX_WRITE_DOCS"):
        PAGE.write_text(table())
    assert PAGE.read_text() == table()
