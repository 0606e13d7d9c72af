"""Settings of JAX: each in a process of its own, since they hold for a whole process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dendrax.errors import ModelValueError
from dendrax.settings import use_wide_vectors

SIMULATE = """
import jax, logging
import numpy as np
import dendrax as jx
from dendrax.settings import use_compilation_cache
compiled, loaded = [], []
jax.monitoring.register_event_listener(lambda name, **_: (
    loaded.append(name) if name.endswith("/cache_hits") else compiled.append(name) if name.endswith("/cache_misses")
    else None))
before = jax.jit(lambda x: x + 1)(1.0)
folder = use_compilation_cache({path})
cell = jx.Cell(jx.Branch(jx.Compartment(), 2), parents=[-1, 0])
cell.insert(jx.channels.Leak())
cell.record(verbose=False)
columns = jx.integrate(cell, t_max=1.0)
print(folder, len(compiled), len(loaded), float(np.sum(columns)), sep="|")
"""


def run(program, **environment):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        env={key: value for key, value in os.environ.items() if not key.startswith("JAX_")} | environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().split("|")


@pytest.mark.slow
def test_the_second_process_compiles_nothing(tmp_path):
    program = SIMULATE.format(path=repr(str(tmp_path / "programs")))
    folder, compiled, loaded, total = run(program)
    assert folder == str(tmp_path / "programs")
    assert int(compiled) > 0
    assert int(loaded) == 0
    again = run(program)
    assert again == [folder, "0", compiled, total]


def test_by_default_it_is_in_the_folder_for_caches(tmp_path):
    folder = run(
        "from dendrax.settings import use_compilation_cache; print(use_compilation_cache())",
        XDG_CACHE_HOME=str(tmp_path),
        LOCALAPPDATA=str(tmp_path),
        HOME=str(tmp_path),
    )[0]
    assert folder.startswith(str(tmp_path))
    assert Path(folder).is_dir()


def test_all_cores_are_devices():
    assert (
        run(
            "import os, jax; from dendrax.settings import use_all_cores; n = use_all_cores();"
            "print(n, jax.device_count('cpu'), use_all_cores(n), sep='|')"
        )
        == [str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())] * 3
    )


def test_too_late_for_other_devices():
    text = run(
        "import jax; jax.devices()\n"
        "from dendrax.errors import ModelStateError\n"
        "from dendrax.settings import use_all_cores\n"
        "try: use_all_cores(jax.device_count() + 1)\n"
        "except ModelStateError as error: print(error)"
    )[0]
    assert "JAX has started with 1 CPU device" in text
    assert "right after the imports" in text


def test_wide_vectors_are_asked_for_before_jax_starts_and_refused_after():
    flags, devices, refusal = run(
        "import os, jax\n"
        "from dendrax.settings import use_wide_vectors\n"
        "use_wide_vectors(256); use_wide_vectors()\n"
        "print(os.environ['XLA_FLAGS'], jax.device_count('cpu'), sep='|', end='|')\n"
        "try: use_wide_vectors()\n"
        "except Exception as error: print(type(error).__name__, error)\n",
        XLA_FLAGS="--xla_cpu_enable_fast_math=false",
    )
    assert flags == "--xla_cpu_enable_fast_math=false --xla_cpu_prefer_vector_width=512"
    assert devices == "1"
    assert refusal.startswith("ModelStateError use_wide_vectors: JAX has started")


def test_no_other_widths():
    with pytest.raises(ModelValueError, match="128, 256 and 512"):
        use_wide_vectors(1024)
