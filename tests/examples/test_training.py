"""The programs of docs/training.md, and the small form of the example that it names, do what they are for."""

import importlib.util
import re
import sys
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_programs_of_the_page(capsys):
    made = {}
    for block in re.findall(r"```python\n(.*?)```", (REPOSITORY / "docs" / "training.md").read_text(), flags=re.DOTALL):
        exec(compile(block, "training.md", "exec"), made)  # noqa: S102
    assert made["fitted"].lowest < 0.1 * made["fitted"].loss[0]
    assert made["fits"].best.lowest <= made["fits"].fits[0].lowest
    assert made["found"].best.lowest <= made["found"].search.lowest
    assert made["refined"].lowest < 1e-6
    for entry, true in zip(made["refined"].params, (0.12, 0.036), strict=True):
        np.testing.assert_allclose(next(iter(entry.values())), true, rtol=1e-3)


def test_the_small_form_of_the_hidden_conductances():
    spec = importlib.util.spec_from_file_location("fit_l5pc", REPOSITORY / "examples" / "fit_l5pc.py")
    example = importlib.util.module_from_spec(spec)
    sys.modules["fit_l5pc"] = example
    try:
        spec.loader.exec_module(example)
        outcome = example.main(example.SMALL)
    finally:
        del sys.modules["fit_l5pc"]
    start, fitted, evolved = outcome.losses
    assert fitted < 0.05 * start
    assert fitted < evolved
    assert len(outcome.errors) == 22
