"""Every public name of the reference is there, with its arguments and defaults, or is one that we leave out.

The table of them in the docs is true.

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
from dendrax.compat.paths import NOT_CARRIED, PATHS

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


LEFT_OUT = tuple(f"{module}.{name}".removeprefix("jaxley.") for module in NOT_CARRIED for name in NOT_CARRIED[module])


def left_out(line: str) -> bool:
    """Whether a line is of a helper that we do not carry, or of a module of them."""
    path = line.partition("(")[0]
    return any(path == one or path.startswith(f"{one}.") for one in LEFT_OUT)


CARRIED = [line for line in LINES if not left_out(line)]


def home(path: str) -> str:
    """Where we have what the reference has under `path`."""
    if left_out(path):
        return "not carried"
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


@pytest.mark.parametrize("line", CARRIED)
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
    lines = {line.partition("(")[0].rpartition(".")[0] for line in CARRIED} | set(CARRIED)
    paths = {path.removeprefix("jaxley").removeprefix(".") for path in PATHS}
    assert paths - lines == {"channels.non_capacitive"}


def test_what_is_left_out_is_the_references():
    """Each name that we leave out is one that the reference has, or a module of such names."""
    lines = [line for line in LINES if left_out(line)]
    for one in LEFT_OUT:
        assert any(line.partition("(")[0] == one or line.startswith(f"{one}.") for line in lines), one
    assert not any(f"jaxley.{one}" in PATHS for one in LEFT_OUT)


HEAD = """# The reference's API

Every public name of Jaxley 0.14 and where it is in Dendrax; arguments and defaults are the same, ours may have more. A
test keeps this table true.

Functions marked *not carried* are internal helpers of Jaxley: steps of its solvers, indices that they need, meshes that
it draws. Its own tests call them; a search of published programs, notebooks and libraries in November 2026 found no
other use. Importing such a helper under `dendrax.compat` raises an `ImportError` that names it.

| Jaxley | Dendrax |
|---|---|
"""


def table() -> str:
    """The page."""
    homes = [home(line.partition("(")[0]) for line in LINES]
    cells = [one if one == "not carried" else f"`{one}`" for one in homes]
    return HEAD + "".join(f"| `{line}` | {cell} |\n" for line, cell in zip(LINES, cells, strict=True))


def test_the_table_in_the_docs_is_of_today():
    if os.environ.get("DENDRAX_WRITE_DOCS"):
        PAGE.write_text(table())
    assert PAGE.read_text() == table()
