"""For mkdocstrings: our docstrings say "Example:", which griffe knows as "Examples:" alone."""

import re
from typing import Any

import griffe

HEADING = re.compile(r"^( *)Example:$", re.MULTILINE)


class Examples(griffe.Extension):
    """Examples are shown as programs."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for every object with a docstring, before the docstring is read."""
        if obj.docstring:
            obj.docstring.value = HEADING.sub(r"\1Examples:", obj.docstring.value)
