"""What every test runs under: float64 and two CPU devices; pyproject.toml adds warnings as errors and checked shapes.

Nothing here imports dendrax: the jaxtyping plugin must instrument it first.
"""

import atexit
import gc
import importlib.util
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("MPLBACKEND", "Agg")

# The workers and the processes that tests start inherit this: nobody compiles a program that another has compiled. The
# folder is new and lasts as long as the session, or as long as whoever set the variable wants (.ci/run).
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    programs = tempfile.TemporaryDirectory(prefix="dendrax-tests-")
    atexit.register(programs.cleanup)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = programs.name
os.environ |= {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0", "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1"}

import hypothesis
import jax
import pytest

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_num_cpu_devices", 2)

# Without a compiler there are no native kernels, which is no reason for each test to warn. This finds, not imports.
(package,) = importlib.util.find_spec("dendrax").submodule_search_locations
if not any(Path(package, "_native").glob("libdendrax.*")):
    os.environ.setdefault("DENDRAX_NATIVE", "0")

# What a test has traced stays for those that share it: Python looks for circles in all that less often than usual.
gc.set_threshold(50_000, 20, 20)

# No test is timed: the first example of a kind compiles, and the machine may be busy.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

# Programs that make golden values; they need the simulators that the values come from.
collect_ignore_glob = ["**/make_*.py"]

REPOSITORY = Path(__file__).resolve().parent.parent
TESTS = REPOSITORY / "tests"
sys.path[:0] = [
    *(str(TESTS / folder) for folder in ("validation", "unit/io", "unit/modules")),
    str(REPOSITORY),
]  # the last for `benchmarks`

from validation_plugin import holds, pytest_addoption, pytest_configure, pytest_runtest_makereport  # noqa: E402, F401


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real morphologies; the project does not ship it."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real morphologies are not here: {folder} is absent")
    return folder


@pytest.fixture
def ctrl_c() -> Iterator[Callable[[], None]]:
    """() -> presses Ctrl-C. Under Python's own handler, which is not set up where the parent ignores SIGINT (nohup)."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda: os.kill(os.getpid(), signal.SIGINT)
    signal.signal(signal.SIGINT, before)
