"""`import jaxley` gives Dendrax where it was installed, whole and in this process only."""

import importlib
import importlib.metadata
import pickle
import pkgutil
import re
import subprocess
import sys
from types import ModuleType

import pytest

import dendrax
from dendrax.compat import install
from dendrax.compat.__main__ import main
from dendrax.compat.paths import NOT_CARRIED, PATHS
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

SPAWNING = """
import multiprocessing
import pickle
import sys
import jaxley as jx
from jaxley.channels import Leak

class Mine(Leak):
    pass

def where(method):
    same = pickle.loads(pickle.dumps(Mine())) == Mine()
    return method, jx.Cell.__module__, Mine.__module__, same, sys.argv[1:]

if __name__ == "__main__":
    for method in sys.argv[1:]:
        with multiprocessing.get_context(method).Pool(1) as pool:
            print(*pool.map(where, [method]))
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
    assert jx.utils.colors.network_cols is dendrax.utils.colors.network_cols
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


def test_probes_of_libraries_find_the_version_that_is_stood_in_for(installed):
    import jaxley

    assert importlib.metadata.version("jaxley") == importlib.metadata.version("Jaxley") == jaxley.__version__
    assert importlib.metadata.version("numpy") != jaxley.__version__
    assert jaxley.__file__ == dendrax.__file__
    assert importlib.util.find_spec("jaxley.modules.cell").origin == "dendrax.modules.cell"
    for absent in ("jaxley.nope", "jaxley.utils.nope"):
        assert importlib.util.find_spec(absent) is None
    assert list(pkgutil.iter_modules(jaxley.__path__)) == []  # not ours, under names that cannot be imported


def test_what_is_loaded_again_or_sent_elsewhere_is_the_same(installed):
    import jaxley.channels.hh as stand_in

    before = stand_in.HH
    assert importlib.reload(stand_in).HH is before
    assert importlib.reload(sys.modules["jaxley.integrate"]) is sys.modules["jaxley.integrate"]
    assert importlib.reload(sys.modules["jaxley"]).integrate is dendrax.integrate
    assert pickle.loads(pickle.dumps(stand_in)) is stand_in  # noqa: S301


def test_a_second_call_does_nothing(installed):
    before = list(sys.meta_path), sys.modules["jaxley"]
    install()
    assert (list(sys.meta_path), sys.modules["jaxley"]) == before


def test_unknown_paths_and_names_are_the_errors_of_python(installed):
    import jaxley as jx

    with pytest.raises(ModuleNotFoundError, match=r"No module named 'jaxley.utils.cell_util'"):
        importlib.import_module("jaxley.utils.cell_util")
    with pytest.raises(AttributeError, match="'read_swc'"):
        _ = jx.read_sw
    assert not hasattr(jx, "anything_else")


@pytest.mark.parametrize(("module", "name"), [(module, name) for module in NOT_CARRIED for name in NOT_CARRIED[module]])
def test_what_is_left_out_says_so(installed, module, name):
    path = f"{module}.{name}"
    text = re.escape(f"Dendrax does not carry {path}: ")
    with pytest.raises(ImportError, match=text):
        exec(f"from {module} import {name}", {})  # noqa: S102 - the statement that programs have
    with pytest.raises(ImportError, match=text):
        importlib.import_module(path)
    assert not hasattr(sys.modules[module], name)
    with pytest.raises(AttributeError, match=text):
        getattr(sys.modules[module], name)
    assert name not in dir(sys.modules[module])
    assert path not in sys.modules


def test_other_names_of_a_module_that_has_gaps_are_the_errors_of_python(installed):
    with pytest.raises(ImportError, match="cannot import name 'nothing'"):
        from jaxley.utils.cell_utils import nothing  # noqa: F401


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
    assert run("-m", "dendrax.compat", "-m", "program", "a", cwd=tmp_path)[1] == "__main__ a (1, 5) True\n"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [([], "usage: "), (["-m"], "usage: "), (["--help"], "usage: "), (["absent.py"], "there is no file 'absent.py'")],
)
def test_what_cannot_be_run_is_said(arguments, text):
    before = list(sys.meta_path)
    with pytest.raises(SystemExit, match=text):
        main(arguments)
    assert sys.meta_path == before


@pytest.mark.slow
def test_processes_that_a_program_spawns_are_on_dendrax(tmp_path):
    (tmp_path / "program.py").write_text(SPAWNING)
    code, text = run("-m", "dendrax.compat", "program.py", "spawn", "forkserver", cwd=tmp_path)
    for method, line in zip(["spawn", "forkserver"], text.splitlines(), strict=True):
        assert line == f"('{method}', 'dendrax.modules.cell', '__mp_main__', True, ['spawn', 'forkserver'])"
    assert code == 0


@pytest.mark.slow
def test_where_the_real_one_is_imported_nothing_is_installed(tmp_path):
    (tmp_path / "jaxley.py").write_text("__version__ = 'real'\n")  # first on the path, whichever is installed
    program = "import jaxley, dendrax.compat\ndendrax.compat.install()"
    code, text = run("-c", program, cwd=tmp_path)
    assert code == 1
    assert f"jaxley is imported already, from {tmp_path / 'jaxley.py'}" in text
    program = "import dendrax.compat\ndendrax.compat.install()\nimport jaxley\nprint(jaxley.__version__)"
    assert run("-c", program, cwd=tmp_path) == (0, "0.14.0\n")


@pytest.mark.slow
def test_tests_written_for_the_reference_run(tmp_path):
    (tmp_path / "conftest.py").write_text("from jaxley.channels import HH\n")
    (tmp_path / "test_it.py").write_text(PROGRAM + "\n\ndef test_name():\n    assert jx.Cell.__module__ == 'x'\n")
    options = ["-m", "pytest", "-p", "dendrax.compat.pytest", "-q", "-p", "no:cacheprovider"]
    code, text = run(*options, cwd=tmp_path)
    assert code == 1
    assert "'dendrax.modules.cell' == 'x'" in text
