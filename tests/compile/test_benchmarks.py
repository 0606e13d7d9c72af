"""The benchmarks run: small, and without the peers, whom CI does not install."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


def run(*arguments, module="benchmarks"):
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=REPOSITORY,
        env=os.environ | {"JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows(text):
    """Label -> cells of the lines of all tables."""
    lines = [line.strip("| ").split("|") for line in text.splitlines() if line.startswith("|")]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in lines}


def test_gpu_runs_on_any_device():
    found = rows(run("--small", "--simulators", "dendrax", "--only", "batch", module="benchmarks.gpu"))
    for what in ("forward", "gradient"):
        step, per_comp = found[f"dendrax {what}"][:2]
        assert 0 < float(per_comp) < float(step) * 1000


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processes are pinned on Linux alone")
def test_who_fails_is_reported_and_the_rest_is_measured():
    pytest.importorskip("dendrax")
    text = run("--only", "network-100", "--simulators", "forward", "--rounds", "2", "--quick")
    found = rows(text)
    assert re.fullmatch(r"\d+ spikes", found["dendrax forward"][-1])
    assert int(found["dendrax forward"][-1].split()[0]) > 0
    if found["jaxley forward"][0] == "failed":
        assert "jaxley forward failed: ModuleNotFoundError" in text
        assert found["network of 100 cells, forward, against Jaxley"][-1] == "not measured"


def test_wrong_keys_are_refused_with_those_there_are():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--only", "l5pd"],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "l5pc-324-f32" in done.stderr
