"""Published cells that NEURON holds, read and simulated here, beside NEURON itself, with all their mechanisms.

Their files are not ours to give: `DENDRAX_PUBLISHED` names a folder that holds `139653` (Hay's cell, of ModelDB) and
`aa_model` (an all-active cell of the Allen Institute, of allensdk/test/model), each with its mechanisms compiled there
by nrnivmodl. NEURON takes the mechanisms of one folder in a process, so each cell has a process of its own.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = os.environ.get("DENDRAX_PUBLISHED", "")
CELLS = {"hay": ("139653", 5), "allen": ("aa_model", 0)}
"""Folder of each cell, and how often its soma spikes."""


@pytest.mark.peers
@pytest.mark.slow
@pytest.mark.parametrize("name", CELLS)
def test_voltages_are_those_of_neuron(name: str, holds: Callable) -> None:
    pytest.importorskip("neuron", reason="NEURON is not installed: make validate NEURON=1")
    folder, spikes = CELLS[name]
    if not FOLDER or not (Path(FOLDER) / folder).is_dir():
        pytest.skip(f"DENDRAX_PUBLISHED names no folder with {folder}")
    script = Path(__file__).parent / "published_cells.py"
    run = subprocess.run(
        [sys.executable, script, name, Path(FOLDER).resolve() / folder],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["left out"] == []
    assert found["spikes"] == spikes
    holds("published", f"{name}, voltages of soma and dendrite apart", found["apart"], at_most=1e-2, unit="mV")
