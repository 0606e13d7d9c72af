"""The programs of docs/training.md, and the small forms of the examples that it names, do what they are for."""

import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # they train

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def example(request, monkeypatch):
    """A program of examples/ as a module."""
    spec = importlib.util.spec_from_file_location(request.param, REPOSITORY / "examples" / f"{request.param}.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, request.param, module)
    spec.loader.exec_module(module)
    return module


def test_the_programs_of_the_page():
    made = {}
    for block in re.findall(r"```python\n(.*?)```", (REPOSITORY / "docs" / "training.md").read_text(), flags=re.DOTALL):
        exec(compile(block, "training.md", "exec"), made)  # noqa: S102
    assert made["fitted"].lowest < 0.1 * made["fitted"].loss[0]
    assert made["fits"].best.lowest <= made["fits"].fits[0].lowest
    assert made["found"].best.lowest <= made["found"].search.lowest
    assert made["refined"].lowest < 1e-6
    for entry, true in zip(made["refined"].params, (0.12, 0.036), strict=True):
        np.testing.assert_allclose(next(iter(entry.values())), true, rtol=1e-3)
    # The posterior in closed form: V = E at rest, and R = 1 / (g A) of a passive cell; few samples are independent.
    leak, reversal = (np.asarray(next(iter(entry.values()))) for entry in made["samples"])
    area = 2 * np.pi * 5.0 * 50.0 * 1e-8  # cm2
    np.testing.assert_allclose([leak.mean(), reversal.mean()], [1 / (600e6 * area), -68.0], rtol=0.02)
    np.testing.assert_allclose([leak.std() / leak.mean(), reversal.std()], [30 / 600, 1.0], rtol=0.2)


@pytest.mark.parametrize("example", ["fit_l5pc"], indirect=True)
def test_hidden_conductances(example):
    outcome = example.main(example.SMALL)
    start, fitted, evolved = outcome.losses
    assert fitted < 0.05 * start
    assert fitted < evolved
    assert len(outcome.errors) == 22


@pytest.mark.parametrize("example", ["fit_evidence"], indirect=True)
def test_evidence_and_memory(example):
    outcome = example.main(example.SMALL)
    assert outcome.loss[-1] < 0.9 * outcome.loss[0]
    assert outcome.memory <= example.MEMORY
    assert outcome.accuracy[1] >= 0.6
