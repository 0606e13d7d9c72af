"""The native kernels from the source to a jitted program, and what happens where they are not."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from functools import partial
from pathlib import Path
from subprocess import PIPE, STDOUT

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax
from dendrax.engine import native
from dendrax.engine.solvers.native import Native
from dendrax.errors import ModelValueError, NativeMissingWarning

REPOSITORY = Path(__file__).resolve().parents[3]
SOURCES = REPOSITORY / "native"
ISAS = ("baseline", "avx2", "avx512")


@pytest.fixture
def library():
    found = native.library()
    if found is None:
        pytest.skip("no native kernels: no compiler here, or DENDRAX_NATIVE=0")
    best = found.dendrax_isa()
    yield found
    assert found.dendrax_select_isa(best)


def test_is_there_where_it_can_be_built():
    compiler = os.environ.get("CXX", "c++").split()[0]
    assert shutil.which(compiler) is None or any(native.FOLDER.glob("libdendrax.*")), "run `make native`"


def test_is_of_this_version(library):
    assert library.dendrax_version().decode() == dendrax.__version__


def test_every_handler_of_the_sources_is_registered():
    defined = set()
    for source in SOURCES.glob("*.cc"):
        defined |= set(re.findall(r"^DENDRAX_HANDLER\((\w+)", source.read_text(), re.MULTILINE))
    assert defined == set(native.HANDLERS)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_kernel_gives_the_same_bits_with_every_instruction_set(library, dtype):
    parents = np.arange(60) - 1
    parents[[0, 20, 40]] = -1  # three equal trees, side by side in a vector
    parents[[10, 30, 50]] -= 6
    rng = np.random.default_rng(1)
    diagonal, lower, upper, rhs = (jnp.asarray(rng.uniform(low, 1 + low, 60), dtype) for low in (3, -0.5, -0.5, 0))
    solver = Native()
    solved = jax.jit(partial(solver.solve, solver.plan(parents)))

    tried = [isa for isa in ISAS if library.dendrax_select_isa(isa.encode())]
    assert "baseline" in tried
    results = []
    for isa in tried:
        assert library.dendrax_select_isa(isa.encode())
        assert native.isa() == isa
        results.append(np.asarray(solved(diagonal, lower, upper, rhs)))

    child = np.flatnonzero(parents >= 0)
    matrix = np.diag(np.asarray(diagonal, float))
    matrix[child, parents[child]], matrix[parents[child], child] = lower[child], upper[child]
    np.testing.assert_allclose(matrix @ results[0], rhs, rtol=0, atol=20 * np.finfo(dtype).eps)
    for isa, result in zip(tried, results, strict=True):
        np.testing.assert_array_equal(result, results[0], isa)


@pytest.mark.parametrize("n", [40, 59, 61, 80])
@pytest.mark.parametrize("task", ["solve", "change", "at_rest"])
def test_a_plan_of_another_forest_is_refused_by_the_kernel(library, task, n):
    solver, of_nodes = Native(), jnp.ones(n)
    other = solver.plan(np.arange(60) - 1).packed
    plan = eqx.tree_at(lambda whole: whole.packed, solver.plan(np.arange(n) - 1), other)
    last = jnp.ones(2 * n) if task == "change" else of_nodes
    with pytest.raises(jax.errors.JaxRuntimeError, match="plan is of another forest"):
        jax.block_until_ready(getattr(solver, task)(plan, of_nodes, of_nodes, of_nodes, last))


def test_a_plan_that_is_cut_off_is_refused_by_the_kernel(library):
    solver = Native()
    plan = solver.plan(np.arange(60) - 1)
    for size in (0, 2, 5, len(plan.packed) - 1):
        cut = eqx.tree_at(lambda whole: whole.packed, plan, plan.packed[:size])
        with pytest.raises(jax.errors.JaxRuntimeError, match="plan is of another forest"):
            jax.block_until_ready(solver.solve(cut, *[jnp.ones(60)] * 4))


def test_the_instruction_set_can_be_forced(library, monkeypatch):
    monkeypatch.setenv("DENDRAX_ISA", "baseline")
    native._choose_isa(library)
    assert native.isa() == "baseline"
    monkeypatch.setenv("DENDRAX_ISA", "avx9000")
    with pytest.raises(ModelValueError, match="DENDRAX_ISA=avx9000"):
        native._choose_isa(library)


def of_another_machine(content: bytes) -> bytes:
    return content[:18] + b"\x28\x00" + content[20:]  # e_machine = EM_ARM


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: b"not a library",
        lambda content: content[:40],
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1],
        of_another_machine,
    ],
    ids=["empty", "text", "half a header", "half", "all but a byte", "another machine"],
)
def test_a_broken_library_is_a_warning(library, damage, tmp_path, monkeypatch):
    (intact,) = native.FOLDER.glob("libdendrax.*")
    (tmp_path / intact.name).write_bytes(damage(intact.read_bytes()))
    monkeypatch.setattr(native, "FOLDER", tmp_path)
    with pytest.warns(NativeMissingWarning, match=re.escape(str(tmp_path))):
        assert native._load.__wrapped__() is None


def test_a_library_that_lacks_a_handler_is_a_warning(library, monkeypatch):
    monkeypatch.setattr(native, "HANDLERS", (*native.HANDLERS, "dendrax_of_tomorrow"))
    with pytest.warns(NativeMissingWarning, match="dendrax_of_tomorrow"):
        assert native._load.__wrapped__() is None


def test_it_can_be_turned_off_silently(monkeypatch):
    monkeypatch.setenv("DENDRAX_NATIVE", "0")
    assert native._load.__wrapped__() is None


ABSENT = """
import threading, warnings
from pathlib import Path
from dendrax.engine import native
from dendrax.engine.solvers.native import Native

native.FOLDER = Path("nowhere")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    threads = [threading.Thread(target=native.library) for _ in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
print(native.isa(), *(f"{one.category.__name__}: {one.message}" for one in caught), sep="\\n")
"""


def test_without_the_library_there_is_one_warning_that_says_what_to_do():
    environment = os.environ | {"DENDRAX_NATIVE": "1"}
    output = subprocess.run([sys.executable, "-c", ABSENT], env=environment, text=True, stdout=PIPE, check=True).stdout
    isa, warning = output.splitlines()
    assert isa == "none"
    assert warning.startswith("NativeMissingWarning: ")
    for remedy in ("installing Dendrax again", "make native", "DENDRAX_NATIVE=0"):
        assert remedy in warning


@pytest.mark.slow
def test_physics_hold_in_pure_jax():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    tests = ["-k", "charge_is_conserved or twin_branches", "tests/physics/test_conservation.py"]
    environment = os.environ | {"DENDRAX_NATIVE": "0"}
    run = subprocess.run(
        [*command, *tests],
        env=environment,
        cwd=REPOSITORY,
        text=True,
        check=False,
        stdout=PIPE,
        stderr=STDOUT,
    )
    assert run.returncode == 0, run.stdout


def configured(python, folder):
    """What CMake says of a build by this Python."""
    cmake = shutil.which("cmake") or str(Path(sys.executable).parent / "cmake")
    if shutil.which(cmake) is None or shutil.which(os.environ.get("CXX", "c++").split()[0]) is None:
        pytest.skip("no CMake or compiler here")
    command = [cmake, "-S", str(SOURCES), "-B", str(folder), f"-DPython_EXECUTABLE={python}"]
    return subprocess.run(command, text=True, check=False, stdout=PIPE, stderr=STDOUT)


def test_headers_come_from_the_jaxlib_of_the_python_that_builds(tmp_path):
    assert configured(sys.executable, tmp_path).returncode == 0
    used = "".join(file.read_text() for pattern in ("flags.make", "build.ninja") for file in tmp_path.rglob(pattern))
    assert f"-isystem {jax.ffi.include_dir()}" in used


def test_without_headers_the_build_says_so_and_pip_goes_on_in_pure_jax(tmp_path):
    bare = tmp_path / "bare"
    venv.create(bare, with_pip=False)
    (python,) = [*bare.glob("bin/python"), *bare.glob("Scripts/python.exe")]
    build = configured(python, tmp_path / "build")
    assert build.returncode != 0
    assert "has no jaxlib with the headers of the FFI" in " ".join(build.stdout.split())
    tried = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["scikit-build"]
    assert {"if": {"failed": True}, "wheel": {"cmake": False}} in tried["overrides"]


def test_wheels_are_compiled_with_the_headers_of_the_oldest_jaxlib_that_we_run_on():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    (oldest,) = [one.removeprefix("jax>=") for one in project["project"]["dependencies"] if one.startswith("jax>=")]
    requires = [one for one in project["build-system"]["requires"] if one.startswith("jaxlib")]
    assert requires
    for one in requires:
        assert re.match(rf"jaxlib(==|>=){re.escape(oldest)}(\.0)*;", one), one
