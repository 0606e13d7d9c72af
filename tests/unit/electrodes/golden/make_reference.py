"""Stores what NEURON 9 gives for a voltage and a current clamp: `/path/to/python-with-neuron make_reference.py`."""

from pathlib import Path

import numpy as np


def main():
    from neuron import h

    h.load_file("stdrun.hoc")
    section = h.Section(name="section")
    section.L, section.diam, section.nseg, section.cm, section.Ra = 10, 2, 1, 1, 100
    section.insert("hh")
    h.usetable_hh = 0
    clamp = h.SEClamp(section(0.5))
    clamp.rs, clamp.dur1, clamp.amp1, clamp.dur2, clamp.amp2 = 0.5, 3, -70, 5, -20
    current = h.IClamp(section(0.5))
    current.delay, current.dur, current.amp = 10, 2, 0.05
    v, i = h.Vector().record(section(0.5)._ref_v), h.Vector().record(clamp._ref_i)
    h.dt, h.steps_per_ms, h.celsius = 0.025, 40, 6.3
    h.finitialize(-65)
    h.continuerun(15)
    np.savez_compressed(Path(__file__).with_name("neuron.npz"), v=np.array(v), i=np.array(i))


if __name__ == "__main__":
    main()
