"""Store what NEURON 9.0.2 says about the network of `small_network.py`, and its voltages, in golden/from_neuron.npz.

Run `python tests/unit/io/make_from_neuron.py` with a Python that has neuron 9.0.2, and nrnivmodl beside it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
os.environ["NEURON_MODULE_OPTIONS"] = "-nogui"

from neuron import h  # noqa: E402 - after its options
from recorded_neuron import record  # noqa: E402
from small_network import (  # noqa: E402
    CELSIUS,
    CONNECTIONS,
    DT,
    EVERY,
    GLOBALS,
    MECHANISMS,
    POINTS,
    SECTIONS,
    SOURCES,
    STIM,
    T_MAX,
    V_INIT,
)


def sections_of() -> dict:
    """The sections by name, with their mechanisms."""
    made = {name: h.Section(name=name) for name in SECTIONS}
    for name, facts in SECTIONS.items():
        section = made[name]
        section.L, section.diam, section.nseg = facts["L"], facts["diam"], facts["nseg"]
        if facts["parent"] is not None:
            parent, x = facts["parent"]
            section.connect(made[parent](x), 0)
    for mechanism, where in MECHANISMS.items():
        for name, values in where.items():
            made[name].insert(mechanism)
            for key, value in values.items():
                for segment in made[name]:
                    setattr(segment, f"{key}_{mechanism}", value)
    for key, value in GLOBALS.items():
        setattr(h, key, value)
    h.usetable_hh = 0
    return made


def build() -> tuple[dict, list]:
    """The sections by name, and everything else that has to be held."""
    made, points = sections_of(), []
    for kind, section, x, values in POINTS:
        points.append(getattr(h, kind)(made[section](x)))
        for key, value in values.items():
            setattr(points[-1], key, value)
    stim = h.NetStim()
    for key, value in STIM.items():
        setattr(stim, key, value)
    held = [points, stim]
    for source, target, weight, delay, threshold in CONNECTIONS:
        if source == "stim":
            connection = h.NetCon(stim, points[target])
        else:
            section = made[source[0]]
            connection = h.NetCon(section(source[1])._ref_v, points[target], sec=section)
        connection.weight[0], connection.delay, connection.threshold = weight, delay, threshold
        held.append(connection)
    return made, held


def simulate(sections: list) -> np.ndarray:
    """Voltages of all segments every `EVERY` steps. (segment, time)."""
    segments = [segment for section in sections for segment in section]
    h.celsius, h.dt = CELSIUS, DT
    h.finitialize(V_INIT)
    columns = [[segment.v for segment in segments]]
    for step in range(round(T_MAX / DT)):
        h.fadvance()
        if (step + 1) % EVERY == 0:
            columns.append([segment.v for segment in segments])
    return np.asarray(columns).T


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for name in SOURCES:
            shutil.copy(HERE / "nmodl" / "models" / f"{name}.mod", folder)
        nrnivmodl = Path(sys.executable).parent / "nrnivmodl"
        subprocess.run([nrnivmodl], cwd=folder, check=True, capture_output=True)
        h.nrn_load_dll(str(next(Path(folder).rglob("libnrnmech.so"))))
        made, held = build()
        sections = list(made.values())
        file = HERE / "golden" / "from_neuron.npz"
        np.savez_compressed(file, v=simulate(sections), **record(sections))
        print(file.name, file.stat().st_size // 1000, "kB")
