"""Store what NEURON 9.0.2 computes for the models of `event_cases.py`.

Run `python tests/physics/make_event_goldens.py` with a Python that has neuron 9.0.2. Voltages, conductances and
currents are kept in float32 (4e-6 mV); spike times as they are. The voltage of a ring is kept at every fourth step.
"""

from pathlib import Path

import neuron_events
import numpy as np
from event_cases import RING_STEPS, RINGS

GOLDEN = Path(__file__).parent / "golden"
EVERY = 4


def store(name: str, **values: np.ndarray) -> None:
    """Write a file, and say what is in it."""
    file = GOLDEN / f"neuron_{name}.npz"
    np.savez_compressed(file, **values)
    print(file.name, file.stat().st_size / 1000, "kB", {key: np.shape(value) for key, value in values.items()})


def rings() -> None:
    """All spikes of each ring at each time step."""
    for name in RINGS:
        for dt in RING_STEPS:
            found = neuron_events.ring(name, dt)
            v = found.pop("v")[::EVERY].astype(np.float32)
            store(f"ring_{name}_{dt:g}", v=v, every=np.asarray(EVERY), **found)


def netstims() -> None:
    """Spikes of all in one row, and where those of each end."""
    found = neuron_events.netstims()
    store("netstims", times=np.concatenate(found), ends=np.cumsum([one.size for one in found]))


if __name__ == "__main__":
    rings()
    store("rc_exp2syn_spike", times=neuron_events.rc_exp2syn_spike())
    store("event_chain", times=neuron_events.chain())
    store("driven_synapses", **{key: value.astype(np.float32) for key, value in neuron_events.driven().items()})
    netstims()
