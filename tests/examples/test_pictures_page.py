"""The programs of docs/pictures.md and docs/command_line.md run, and print what the pages say."""

import re
import shutil
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from dendrax import cli
from dendrax.morphology import sample_path

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.slow
def test_pictures(run_page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = run_page("pictures.md")
    assert all(len(ax.collections) + len(ax.lines) for ax in names["axes"].ravel()), "there is something on all axes"
    drawn, shown = plt.imread("pictures.png"), plt.imread(DOCS / "images" / "pictures.png")
    assert drawn.shape == shown.shape
    # The texts differ between versions of FreeType; where there are any colours is the same.
    assert np.abs(drawn.mean(axis=(0, 1)) - shown.mean(axis=(0, 1))).max() < 0.01
    plt.close("all")


@pytest.mark.slow
def test_command_line(run_page, capsys):
    assert run_page("command_line.md")["code"] == 0
    capsys.readouterr()


def consoles():
    """Commands of the page that take a file, and what it says that they print."""
    text = (DOCS / "command_line.md").read_text()
    return re.findall(r"```console\n\$ dendrax ((?:info|view) .*)\n((?:.*\n)*?)```", text)


@pytest.mark.parametrize(("command", "printed"), consoles(), ids=lambda text: text.split("\n")[0][:30])
def test_what_the_commands_print(command, printed, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("webbrowser.open", lambda page: True)
    shutil.copy(sample_path("interneuron"), "interneuron.swc")
    Path("broken.swc").write_text("1 1 0 0 0 5 -1\n2 3 0 10 0 -1 1\n3 3 0 20 0 1 2\n")
    assert cli.main(command.split()) == (1 if "broken" in command else 0)
    assert capsys.readouterr().out == printed
