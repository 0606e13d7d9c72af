"""Store what NEURON 9.0.2 computes for the small .mod files of `models`.

Run `python tests/unit/io/nmodl/make_golden.py` with a Python that has neuron 9.0.2 and its `nrnivmodl` beside it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
os.environ["NEURON_MODULE_OPTIONS"] = "-nogui"

from neuron import h  # noqa: E402
from nmodl_cases import (  # noqa: E402
    CASES,
    CELSIUS,
    DELTA_T,
    DIAMETER,
    EVENTS,
    EVERY,
    LEAK,
    LEAK_REVERSAL,
    LENGTH,
    POINTS,
    STEPS,
    T_MAX,
    V_INIT,
    Case,
)


def compiled() -> None:
    """Compile the files and load them."""
    folder = Path(tempfile.mkdtemp()) / "models"
    shutil.copytree(HERE / "models", folder)
    tool = Path(sys.executable).parent / "nrnivmodl"
    path = f"{tool.parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run([tool, "."], cwd=folder, check=True, capture_output=True, env={**os.environ, "PATH": path})
    h.nrn_load_dll(str(next(folder.glob("*/libnrnmech.so"))))


def voltage(case: Case) -> np.ndarray:
    """The voltage at every step [mV]."""
    section = h.Section(name="soma")
    section.L, section.diam, section.cm = LENGTH, DIAMETER, 1.0
    section.insert("pas")
    middle = section(0.5)
    middle.pas.g, middle.pas.e = LEAK, LEAK_REVERSAL
    kept = []
    for name in case.mechanisms:
        if name not in POINTS:
            section.insert(name)
            continue
        point = getattr(h, POINTS[name])(middle)
        kept.append(point)
        for time in EVENTS if case.weight else ():
            stim = h.NetStim()
            stim.start, stim.number, stim.noise = time, 1, 0.0
            connection = h.NetCon(stim, point)
            connection.weight[0], connection.delay = case.weight, 1.0
            kept += [stim, connection]
    for name, value in case.values.items():
        setattr(middle, name, value)
    for amplitude, delay, duration in () if case.weight else STEPS:
        clamp = h.IClamp(middle)
        clamp.amp, clamp.delay, clamp.dur = amplitude, delay, duration
        kept.append(clamp)
    trace = h.Vector().record(middle._ref_v)
    h.celsius, h.dt, h.steps_per_ms = CELSIUS, DELTA_T, 1 / DELTA_T
    h.finitialize(V_INIT)
    for _ in range(round(T_MAX / DELTA_T)):
        h.fadvance()
    return np.array(trace)


if __name__ == "__main__":
    h.load_file("stdrun.hoc")
    compiled()
    h.cvode_active(0)
    found = {name: voltage(case)[::EVERY] for name, case in CASES.items()}
    np.savez_compressed(HERE / "golden.npz", **found)
    for name, trace in found.items():
        print(f"{name:12s} {trace.min():8.2f} {trace.max():8.2f} {trace[-1]:8.2f}")
