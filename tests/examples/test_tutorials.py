"""Every tutorial runs as it stands."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "tutorials"
TUTORIALS = sorted(path.stem for path in FOLDER.glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in TUTORIALS if name != "from_jaxley"])
def test_runs(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
    plt.close("all")


@pytest.mark.slow
def test_the_one_that_takes_the_name_of_jaxley_runs():
    subprocess.run([sys.executable, "-W", "error", FOLDER / "from_jaxley.py"], check=True, capture_output=True)


def test_all_are_on_the_page_and_in_the_site():
    page = (FOLDER / "index.md").read_text(encoding="utf-8")
    site = (FOLDER.parents[1] / "mkdocs.yml").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\]\((\w+)\.py\)", page)) == TUTORIALS
    assert sorted(re.findall(r"tutorials/(\w+)\.py\n", site)) == TUTORIALS
