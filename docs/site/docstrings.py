"""For mkdocstrings: what griffe reads of the package, as the pages show it."""

import re
from typing import Any

import griffe

HEADING = re.compile(r"^( *)Example:$", re.MULTILINE)
CONTRACTS = ("dendrax.mechanisms", "dendrax.optimize.transforms.Transform")


class Examples(griffe.Extension):
    """Our docstrings say "Example:", which griffe knows as "Examples:" alone."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for every object with a docstring, before the docstring is read."""
        if obj.docstring:
            obj.docstring.value = HEADING.sub(r"\1Examples:", obj.docstring.value)


class Contracts(griffe.Extension):
    """What a contract asks for is shown with the contract alone, not once more with each channel that keeps it."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Called once all of the package is known."""
        for one in _classes(pkg):
            asked = {name for base in one.mro() if base.path.startswith(CONTRACTS) for name in base.members}
            if not one.path.startswith(CONTRACTS):
                for name in asked.intersection(one.members) - {"__init__"}:
                    one.del_member(name)


def _classes(module: griffe.Module) -> list[griffe.Class]:
    below = [one for part in module.modules.values() if not part.is_alias for one in _classes(part)]
    return [one for one in module.classes.values() if not one.is_alias] + below
