"""Progress bars: the notebook's only where it can be shown, and none of their library where none is asked for."""

import importlib.util
import subprocess
import sys
from types import SimpleNamespace

import pytest

from dendrax.running import interruption


@pytest.fixture
def notebook(monkeypatch):
    """A notebook, as far as a program can see."""
    shell = SimpleNamespace(config={"IPKernelApp": {}})
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))


def with_widgets(monkeypatch, there):
    find = importlib.util.find_spec
    known = lambda name: object() if there else None  # noqa: E731
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: known(name) if name == "ipywidgets" else find(name))


@pytest.mark.parametrize("widgets", [True, False])
def test_a_notebook_has_its_own_bar_where_it_can_show_one(monkeypatch, notebook, widgets):
    with_widgets(monkeypatch, widgets)
    assert interruption._notebook_has_widgets() == widgets


def test_a_notebook_without_widgets_gets_the_plain_bar_and_no_warning(monkeypatch, notebook, capsys):
    with_widgets(monkeypatch, there=False)
    with interruption.bar(3, "step", shown=True) as shown:  # a warning is an error here
        shown.update(3)
    assert type(shown).__module__ == "tqdm.std"
    assert "3/3" in capsys.readouterr().err


def test_elsewhere_ipython_alone_makes_no_notebook(monkeypatch):
    with_widgets(monkeypatch, there=True)
    assert not interruption._notebook_has_widgets()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(config={})))
    assert not interruption._notebook_has_widgets()


def test_no_bar_loads_nothing_and_writes_nothing():
    program = """
import sys
from dendrax.running.interruption import bar
with bar(10, "step", shown=False) as shown:
    shown.initial = shown.n = 3
    shown.set_postfix_str("loss 1", refresh=False)
    shown.update(7)
assert "tqdm" not in sys.modules
"""
    child = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (child.returncode, child.stdout, child.stderr) == (0, "", "")
