"""The benchmarks run: small, and without the peers, whom CI does not install."""

import importlib
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


@pytest.mark.slow
def test_gpu_runs_on_any_device():
    found = rows(run("--small", "--simulators", "dendrax", "--only", "batch", module="benchmarks.gpu"))
    for what in ("forward", "gradient"):
        step, per_comp = found[f"dendrax {what}"][:2]
        assert 0 < float(per_comp) < float(step) * 1000


@pytest.mark.slow
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


@pytest.fixture
def parts(monkeypatch):
    """The modules that compare and print; the folder is no package that is installed."""
    monkeypatch.syspath_prepend(REPOSITORY)
    names = ("figures", "plan", "processes", "report")
    return {name: importlib.import_module(f"benchmarks.{name}") for name in names}


def measured(parts, seconds, **facts):
    return parts["processes"].Measured(seconds, {"n_comp": 10, "steps": 5, "peak_mb": 1.0, **facts})


def test_ratios_are_those_of_rounds_per_unit_of_work(parts):
    ours = measured(parts, [1.0, 2.0, 10.0])
    theirs = measured(parts, [3.0, 6.0, 10.0], n_comp=20)
    read = parts["figures"].ratio("theirs", "ours")
    assert read({"ours": ours, "theirs": theirs}) == 1.5
    theirs.error = "gone"
    with pytest.raises(KeyError):
        read({"ours": ours, "theirs": theirs})


def test_every_figure_has_its_workload_and_runners(parts):
    plan, figures = parts["plan"], parts["figures"]
    cells = plan.Cells("L5PC", "", ("", 324), ("", 1296), (("", 1000), ("", 10_000)))
    for_all = {one.key: one for one in plan.workloads(cells)}
    results = {
        key: {runner.label: measured(parts, [1.0], kept_mb=1.0) for runner in one.runners}
        for key, one in for_all.items()
    }
    assert [one.text for one in figures.FIGURES if one.value(results) is None] == []
    quick = {one.key for one in plan.workloads(cells, quick=True)}
    assert quick <= set(for_all)


def test_what_differs_is_marked(parts):
    agreement = parts["report"].agreement
    spikes = {"ours": measured(parts, [1.0], spikes=4), "theirs": measured(parts, [1.0], spikes=5)}
    assert agreement(spikes, "ours", alike=True) == "4 spikes"
    assert agreement(spikes, "theirs", alike=True) == "5 spikes !"
    assert agreement(spikes, "theirs", alike=False) == "5 spikes"
    norms = {"ours": measured(parts, [1.0], gradient_norm=1.0), "theirs": measured(parts, [1.0], gradient_norm=1.2)}
    assert agreement(norms, "theirs", alike=True) == "|g| 1.2 !"


def test_a_section_is_replaced_and_the_others_stay(parts, tmp_path):
    file, write = tmp_path / "B.md", parts["report"].write_section
    write(file, "one", "first")
    write(file, "two", "second")
    write(file, "one", "third\n\nlines")
    text = file.read_text()
    assert "first" not in text
    assert text.index("third\n\nlines") < text.index("second")
    assert text.count("<!-- one -->") == text.count("<!-- end of two -->") == 1
