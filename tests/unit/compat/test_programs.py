"""Whole programs written for Jaxley give on Dendrax what they gave there, to the last of their numbers.

`golden/<program>.npz` is what `python programs/<program>.py golden/<program>.npz` stored with Jaxley 0.14.0 and jax
0.10.2 on a CPU.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fit_a_cell", "network_of_my_own"])
def test_programs_give_what_they_gave_with_jaxley(name, tmp_path):
    file = tmp_path / "results.npz"
    command = [sys.executable, "-m", "dendrax.compat", str(HERE / "programs" / f"{name}.py"), str(file)]
    call = subprocess.run(command, capture_output=True, text=True, check=False)
    assert call.returncode == 0, call.stderr[-4000:]
    with np.load(file) as ours, np.load(HERE / "golden" / f"{name}.npz") as theirs:
        assert ours.keys() == theirs.keys()
        for key, expected in theirs.items():
            assert ours[key].shape == expected.shape
            largest = np.max(np.abs(expected), axis=-1, keepdims=True)
            assert np.all(np.abs(ours[key] - expected) <= 1e-9 * largest), key
