"""`import jaxley` gives Dendrax where it was installed, whole and in this process only."""

import importlib
import pickle
import subprocess
import sys
from types import ModuleType

import pytest

import dendrax
from dendrax.compat import install
from dendrax.compat.paths import PATHS
from dendrax.errors import ModelStateError

PROGRAM = """
import sys
import jaxley as jx
from jaxley.channels import HH
from jaxley.integrate import build_init_and_step_fn

cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0])
cell.insert(HH())
cell.branch(0).loc(0.0).record(verbose=False)
print(__name__, *sys.argv[1:], jx.integrate(cell, t_max=0.1).shape, callable(build_init_and_step_fn))
"""


def run(*arguments, cwd):
    """Run Python; what it printed."""
    call = subprocess.run([sys.executable, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False)
    return call.returncode, call.stdout + call.stderr


@pytest.fixture
def installed(monkeypatch):
    """Installed for one test."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    install()
    yield
    for name in [one for one in sys.modules if one.partition(".")[0] == "jaxley"]:
        del sys.modules[name]


@pytest.mark.parametrize("path", PATHS)
def test_every_path_of_the_reference_gives_what_our_module_has(installed, path):
    importlib.import_module(path)
    stand_in, ours = sys.modules[path], importlib.import_module(PATHS[path])
    public = [name for name in getattr(ours, "__all__", dir(ours)) if not name.startswith("_")]
    below = {one.rpartition(".")[2] for one in PATHS if one.rpartition(".")[0] == path}
    assert public
    assert set(public) <= set(dir(stand_in))
    assert all(getattr(stand_in, name) is getattr(ours, name) for name in public if name not in below)


def test_functions_shadow_the_modules_of_their_name(installed):
    import jaxley as jx
    import jaxley.integrate
    import jaxley.utils.cell_utils
    from jaxley.connect import connect
    from jaxley.integrate import build_init_and_step_fn, integrate

    assert jx.integrate is integrate is dendrax.integrate
    assert jx.connect is connect is dendrax.connect
    assert build_init_and_step_fn is sys.modules["dendrax.integrate"].build_init_and_step_fn
    assert jx.__version__ == "0.14.0"
    assert jaxley.utils.cell_utils.params_to_pstate is dendrax.utils.cell_utils.params_to_pstate


def test_submodules_are_attributes_without_being_imported(installed):
    import jaxley as jx

    assert jx.optimize.utils.l2_norm is dendrax.optimize.l2_norm
    assert jx.utils.morph_attributes.swc_area is dendrax.utils.morph_attributes.swc_area
    assert jx.io.graph.from_graph is jx.io.from_graph


def test_everything_that_a_star_brings_is_ours(installed):
    names = {}
    exec("from jaxley.modules import *", names)  # noqa: S102 - the only place where a star can stand in a function
    assert names["Cell"] is dendrax.Cell


def test_our_own_modules_stay_as_they_are(installed):
    import jaxley.channels.hh

    assert sys.modules["dendrax.channels.hh"].__spec__.name == "dendrax.channels.hh"
    assert jaxley.channels.hh.HH.__module__ == "dendrax.channels.hh"
    assert callable(dendrax.integrate)
    assert b"jaxley" not in pickle.dumps(jaxley.channels.hh.HH())


def test_a_second_call_does_nothing(installed):
    before = list(sys.meta_path), sys.modules["jaxley"]
    install()
    assert (list(sys.meta_path), sys.modules["jaxley"]) == before


def test_unknown_paths_and_names_are_the_errors_of_python(installed):
    import jaxley as jx

    with pytest.raises(ModuleNotFoundError, match=r"Did you mean 'jaxley.utils.cell_utils'"):
        importlib.import_module("jaxley.utils.cell_util")
    with pytest.raises(AttributeError, match="'read_swc'"):
        _ = jx.read_sw
    assert not hasattr(jx, "anything_else")


def test_where_jaxley_is_loaded_nothing_is_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "jaxley", ModuleType("jaxley"))
    before = list(sys.meta_path)
    with pytest.raises(ModelStateError, match="before the first import of jaxley"):
        install()
    assert sys.meta_path == before


def test_nothing_is_installed_unasked():
    assert "jaxley" not in sys.modules
    assert importlib.util.find_spec("dendrax.compat.pytest") is not None


def test_a_script_runs_with_its_arguments(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    assert run("-m", "dendrax.compat", script, "a", "-b", cwd=tmp_path) == (0, "__main__ a -b (1, 5) True\n")
    code, text = run("-m", "dendrax.compat", cwd=tmp_path)
    assert code == 1
    assert text.startswith("usage: python -m dendrax.compat script.py")


def test_tests_written_for_the_reference_run(tmp_path):
    (tmp_path / "conftest.py").write_text("from jaxley.channels import HH\n")
    (tmp_path / "test_it.py").write_text(PROGRAM + "\n\ndef test_name():\n    assert jx.Cell.__module__ == 'x'\n")
    options = ["-m", "pytest", "-p", "dendrax.compat.pytest", "-q", "-p", "no:cacheprovider"]
    code, text = run(*options, cwd=tmp_path)
    assert code == 1
    assert "'dendrax.modules.cell' == 'x'" in text
