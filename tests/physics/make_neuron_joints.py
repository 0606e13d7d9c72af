"""Store what NEURON 9.0.2 says about the cell of `neuron_joints.py`, and its voltages, in golden/neuron_joints.npz.

Run `python tests/physics/make_neuron_joints.py` with a Python that has neuron 9.0.2.
"""

import sys
from pathlib import Path

import neuron_joints
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "io"))

from recorded_neuron import record

if __name__ == "__main__":
    sections = neuron_joints.build()
    file = Path(__file__).parent / "golden" / "neuron_joints.npz"
    answers = record(sections) | neuron_joints.leak(sections)
    np.savez_compressed(file, v=neuron_joints.simulate(sections), **answers)
    print(file.name, file.stat().st_size // 1000, "kB")
