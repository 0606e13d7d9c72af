"""Every public name of the reference is there, with its arguments and defaults; the table of them in the docs is true.

`DENDRAX_WRITE_DOCS=1 pytest tests/contracts/test_reference_api.py` writes the table anew.
"""

import importlib
import inspect
import os
from pathlib import Path

import pytest

import dendrax as jx

LINES = [
    line
    for line in (Path(__file__).parent / "reference_api.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
PAGE = Path(__file__).parents[2] / "docs" / "reference_api.md"
MOVED = {
    "modules.base.to_graph": "io.graph.to_graph",
    "optimize.utils.l2_norm": "optimize.l2_norm",
    "utils.dynamics.build_dynamic_state_utils": "dynamics.build_dynamic_state_utils",
}
CLASSES = {
    "Module": jx.Module,
    "Network": jx.Network,
    "Cell": jx.Cell,
    "Branch": jx.Branch,
    "Compartment": jx.Compartment,
}
CONTRACTS = {"Channel": "mechanisms.channel", "Synapse": "mechanisms.synapse", "Pump": "mechanisms.pump"}


def ours(path: str) -> object:
    """What we have under the reference's path."""
    *parts, name = MOVED.get(path, path).split(".")
    if parts and parts[0] in CLASSES and len(parts) == 1:
        return inspect.getattr_static(CLASSES[parts[0]], name)
    if parts and parts[0] in CONTRACTS and len(parts) == 1:
        owner = getattr(importlib.import_module(f"dendrax.{CONTRACTS[parts[0]]}"), parts[0])
        known = {**inspect.get_annotations(owner), **{n: getattr(owner, n) for n in dir(owner)}}
        return known[name]
    return getattr(importlib.import_module(".".join(["dendrax", *parts])), name)


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
            theirs = eval(default)  # noqa: S307 - a literal of our own file
            same = ours_default == theirs or (theirs in ([], {}) and not ours_default)
            assert same, f"{line}: the default of {name} is {ours_default!r}"
    positional = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    required = [one.name for one in parameters.values() if one.default is one.empty and one.kind in positional]
    extra = [name for name in required if name not in [one[0] for one in arguments(line)]]
    assert not extra, f"{line}: our {extra} have no default"


def table() -> str:
    """The page."""
    head = (
        "# The reference's API\n\nEvery public name of Jaxley 0.14 and where it is in Dendrax; arguments and defaults "
        "are the same, ours may have more. A test keeps this table true.\n\n| Jaxley | Dendrax |\n|---|---|\n"
    )
    rows = []
    for line in LINES:
        path = line.partition("(")[0]
        first = path.split(".")[0]
        home = MOVED.get(path, f"{CONTRACTS[first]}.{path}" if first in CONTRACTS and "." in path else path)
        rows.append(f"| `{line}` | `dendrax.{home}` |")
    return head + "\n".join(rows) + "\n"


def test_the_table_in_the_docs_is_of_today():
    if os.environ.get("DENDRAX_WRITE_DOCS"):
        PAGE.write_text(table())
    assert PAGE.read_text() == table()
