"""Hay's layer 5 pyramidal cell from ModelDB's files to fitted conductances.

The cell is built in NEURON by its own hoc files and read by `from_neuron`, with its twelve mechanisms. Somatic
conductances are then hidden and found again from the voltages of soma and apical dendrite during a step of current, by
Levenberg-Marquardt steps over windows that grow. It needs `pip install 'dendrax[neuron,train]'`, a C compiler for
NEURON, and the files of ModelDB 139653 (https://modeldb.science/139653), whose mechanisms are compiled there first:

    cd 139653 && nrnivmodl mod
    python examples/fit_hays_cell.py 139653
    python examples/fit_hays_cell.py 139653 --duration 30    a shorter trace, sooner done

All five conductances, which begin 25 to 40 % off, are found to ten digits in 161 s on a core that other programs
shared; half of that is compiling a program for each window. Windows that grow by 20 ms end in another minimum.

References:
    Hay E, Hill S, Schuermann F, Markram H, Segev I (2011). Models of neocortical layer 5b pyramidal cells capturing a
    wide range of dendritic and perisomatic active properties. PLoS Computational Biology 7:e1002107.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import dendrax as jx
from dendrax.optimize import least_squares
from dendrax.optimize.transforms import SigmoidTransform

HIDDEN = ("NaTa_t_gNaTa_tbar", "SKv3_1_gSKv3_1bar", "K_Tst_gK_Tstbar", "Ca_HVA_gCa_HVAbar", "SK_E2_gSK_E2bar")
"""Conductances of the soma [S/cm2]."""

FACTORS = (0.75, 1.3, 1.4, 0.7, 1.3)
"""Where the fit begins, as multiples of the published values."""

STEP = {"delay": 5.0, "dur": 1e3, "amp": 0.9}
"""Current into the soma [ms, nA]."""

DELTA_T = 0.05  # ms


def build(folder: Path) -> tuple[Any, Any]:
    """Hay's cell in NEURON, as its files make it, and its clamp."""
    os.chdir(folder)  # NEURON takes the compiled mechanisms from here
    os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")
    from neuron import h  # noqa: PLC0415 - after the folder was changed

    h.load_file("stdrun.hoc")
    h.load_file("import3d.hoc")
    h.load_file("models/L5PCbiophys3.hoc")
    h.load_file("models/L5PCtemplate.hoc")
    cell = h.L5PCtemplate("morphologies/cell1.asc")
    h.celsius, h.v_init = 34.0, -80.0
    clamp = h.IClamp(cell.soma[0](0.5))
    clamp.delay, clamp.dur, clamp.amp = STEP["delay"], STEP["dur"], STEP["amp"]
    return h, (cell, clamp)


def main() -> None:
    """Read, hide, and fit."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path, help="the files of ModelDB 139653")
    parser.add_argument("--duration", type=float, default=60.0, help="of the trace [ms]")
    options = parser.parse_args()
    jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - the signature of JAX

    h, held = build(options.folder.resolve())
    cell, report = jx.io.neuron.read_model(h, mod="mod")
    print(cell)
    print(f"mechanisms {report.inserted}; left out {report.left_out or 'nothing'}")
    sections = jx.io.neuron.read_sections(h)
    for section in (held[0].soma[0], held[0].apic[36]):
        cell.select(nodes=sections.row(section, 0.5)).record("v", verbose=False)
    measured = jx.integrate(cell, t_max=options.duration, delta_t=DELTA_T)

    published, bounds = [], []
    for name, factor in zip(HIDDEN, FACTORS, strict=True):
        published.append(float(cell.soma.nodes[name].iloc[0]))
        cell.soma.make_trainable(name, factor * published[-1], verbose=False)
        bounds.append({name: SigmoidTransform(published[-1] / 3, published[-1] * 3)})
    params = cell.get_parameters()

    for duration in np.linspace(options.duration / 6, options.duration, 11):
        n_column = round(duration / DELTA_T) + 1

        def residuals(params: Any, duration: float = duration, n_column: int = n_column) -> jax.Array:
            v = jx.integrate(cell, params, t_max=duration, delta_t=DELTA_T)
            return (v - measured[:, :n_column]) / jnp.sqrt(n_column)

        fitted = least_squares(residuals, params, transform=bounds, steps=12)
        params = fitted.params
        print(f"the first {duration:.0f} ms: {fitted.message}")
    for one, value in zip(params, published, strict=True):
        for name, found in one.items():
            print(f"{name:22s} found {float(found[0]):.5g}, published {value:.5g}, {found[0] / value - 1:+.1%}")


if __name__ == "__main__":
    main()
