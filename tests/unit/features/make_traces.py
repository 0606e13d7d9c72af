"""Make traces.npz, the traces on which features are compared with eFEL: `python tests/unit/features/make_traces.py`."""

from pathlib import Path

import jax
import numpy as np

import dendrax as jx
from dendrax.channels import HH, K, Km, Leak, Na

DT = 0.025  # ms
PROTOCOLS = {  # channels, onset and offset of the step [ms], its current [nA], duration [ms]
    "regular": ([HH()], 20.0, 100.0, 0.2, 120.0),
    "adapting": ([Na(), K(), Km(), Leak()], 20.0, 200.0, 0.12, 230.0),
    "single": ([HH()], 20.0, 22.0, 0.6, 60.0),
    "hyperpolarised": ([HH()], 40.0, 120.0, -0.05, 160.0),
}


def trace(channels: list, onset: float, offset: float, current: float, duration: float) -> np.ndarray:
    """Voltage of one compartment [mV]. (time,)"""
    cell = jx.Compartment()
    for channel in channels:
        cell.insert(channel)
    cell.set("length", 50.0)
    cell.set("radius", 5.0)
    if len(channels) > 1:
        cell.set("Km_gKm", 3e-4)
        cell.set("Km_taumax", 200.0)
    cell.set("v", -65.0)
    cell.init_states()
    cell.stimulate(jx.step_current(onset, offset - onset, current, DT, duration), verbose=False)
    cell.record("v", verbose=False)
    return np.asarray(jx.integrate(cell, t_max=duration, delta_t=DT)[0], np.float32)


if __name__ == "__main__":
    jax.config.update("jax_enable_x64", True)
    traces = {name: trace(*protocol) for name, protocol in PROTOCOLS.items()}
    steps = {f"{name}_step": np.array(protocol[1:4]) for name, protocol in PROTOCOLS.items()}
    np.savez_compressed(Path(__file__).parent / "traces.npz", dt=DT, **traces, **steps)
