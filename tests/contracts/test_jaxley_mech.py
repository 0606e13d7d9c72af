"""Every channel and synapse of jaxley-mech runs on Dendrax as it is: `jaxley_mech_program.py` is written for Jaxley."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # a minute and a half of compilation

HERE = Path(__file__).parent
PROGRAM = HERE / "jaxley_mech_program.py"
CHANNELS, SYNAPSES = 69, 8
"""Those of jaxley-mech 0.4.0; a later one may have more, and they are found."""

QUICK = "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"
"""Much is compiled here and little is run."""

VALUES = 1e-10
"""Agreement with Jaxley, relative to the largest value of a recording."""

BY_PURPOSE = {"GapJunction": 0.03, "Phototransduction": 3e-4}
"""Where slopes differ, and each step a little: the reference's slope of a synapse does not see that a gap junction is
a line in the postsynaptic voltage; its slope of a light current, the steepest of all, is a difference over 1e-3 mV."""


def run(solver: str, file: Path) -> dict[str, np.ndarray]:
    """What the program stores, on Dendrax."""
    command = [sys.executable, "-m", "dendrax.compat", str(PROGRAM), solver, str(file)]
    for flags in (QUICK, ""):
        environment = os.environ | {"XLA_FLAGS": flags}
        call = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if "Unknown flag" not in call.stderr:  # of XLA, in another version of it
            break
    assert call.returncode == 0, call.stderr[-4000:]
    with np.load(file) as stored:
        return dict(stored)


def check_gradients(measured: dict[str, np.ndarray]) -> int:
    """All are finite and those of central differences, within 1e-5 and what rounding leaves of these. How many."""
    wrong, n = {}, 0
    for paper in {key.partition("/")[0] for key in measured}:
        names, values, gradient, differences = (
            measured[f"{paper}/{key}"] for key in ("trained", "values", "gradient", "differences")
        )
        n += len(names)
        scale = np.where(values == 0.0, 1.0, np.abs(values))
        allowed = 1e-5 * np.abs(gradient) * scale + 1e-9
        right = np.isfinite(gradient) & (np.abs(gradient - differences) * scale <= allowed)
        wrong |= {
            f"{paper}/{name}": pair
            for name, ok, *pair in zip(names, right, gradient, differences, strict=True)
            if not ok
        }
        conductances = np.array([bool(re.search(r"_g[A-Z]", name)) for name in names])
        assert np.all(gradient[conductances] != 0.0), f"{paper}: a conductance that does not matter shows nothing"
    assert not wrong
    return n


def check_all_are_there(measured: dict[str, np.ndarray]) -> Counter:
    """Every mechanism was recorded, and all that was recorded is finite. How many channels and synapses there are."""
    finite = {}
    for key, rows in measured.items():
        paper, _, what = key.partition("/")
        if what == "finite":
            for name, ok in zip(measured[f"{paper}/recorded"], rows, strict=True):
                owner = (paper, name.partition("/")[0])
                finite[owner] = finite.get(owner, True) and bool(ok)
    passed = Counter("synapses" if paper == "synapses" else "channels" for (paper, _), ok in finite.items() if ok)
    assert all(finite.values()), [owner for owner, ok in finite.items() if not ok]
    return passed


def check_values(measured: dict[str, np.ndarray]) -> float:
    """All recordings are those of Jaxley. How far off the worst is of those that do not differ by purpose."""
    golden = np.load(HERE / "golden" / "jaxley_mech.npz")
    worst = 0.0
    for key in [one for one in golden.files if one.endswith("/recordings")]:
        paper = key.partition("/")[0]
        theirs = dict(zip(golden[f"{paper}/recorded"], golden[key], strict=True))
        ours = dict(zip(measured[f"{paper}/recorded"], measured[key], strict=True))
        for name, expected in theirs.items():
            largest, mechanism = np.max(np.abs(expected)), name.partition("/")[0]
            allowed = BY_PURPOSE.get(mechanism, VALUES) * largest
            np.testing.assert_allclose(ours[name], expected, rtol=0, atol=allowed, err_msg=f"{paper}/{name}")
            if mechanism not in BY_PURPOSE and largest > 0:
                worst = max(worst, float(np.max(np.abs(ours[name] - expected)) / largest))
    return worst


def test_every_channel_and_synapse_simulates_as_on_jaxley_and_differentiates(tmp_path, holds):
    """One test, since workers would each run the program; by the solver of kinetic schemes that is compiled soonest."""
    measured = run("explicit", tmp_path / "mech.npz")
    passed = check_all_are_there(measured)
    holds("compat", "channels of jaxley-mech that pass, all", passed["channels"], at_least=CHANNELS)
    holds("compat", "synapses of jaxley-mech that pass, all", passed["synapses"], at_least=SYNAPSES)
    holds("compat", "recordings beside those on Jaxley, relative", check_values(measured), at_most=VALUES)
    holds("compat", "parameters with the gradient of central differences, all", check_gradients(measured), at_least=322)


def test_kinetic_schemes_are_solved_by_newtons_method(tmp_path):
    measured = run("newton", tmp_path / "mech.npz")
    check_all_are_there(measured)
    check_gradients(measured)
