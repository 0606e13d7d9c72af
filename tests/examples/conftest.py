"""Runs the programs of a page of the documentation."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="session")
def run_page():
    """A function that runs the programs of a page in order, and returns the names that they define."""

    def run(page, after_each=lambda: None):
        names = {}
        for block in re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), flags=re.DOTALL):
            exec(compile(block, page, "exec"), names)  # noqa: S102
            after_each()
        return names

    return run
