"""Build a published cell in NEURON, simulate it there and here, and print how far the voltages are apart, as JSON.

python tests/physics/published_cells.py hay 139653
python tests/physics/published_cells.py allen aa_model
"""

import json
import os
import sys
from pathlib import Path

os.environ["NEURON_MODULE_OPTIONS"] = "-nogui"
DT, T_MAX = 0.025, 200.0
HELD: list = []


def hay(h, folder: Path) -> list:
    """Hay's layer 5 pyramidal cell; the soma and a place on the apical dendrite."""
    for name in ("L5PCbiophys3", "L5PCtemplate"):
        h.load_file(str(folder / "models" / f"{name}.hoc"))
    cell = h.L5PCtemplate(str(folder / "morphologies" / "cell1.asc"))
    h.celsius, h.v_init = 34.0, -80.0
    HELD.append(cell)
    clamp(h, cell.soma[0], 0.793)
    return [cell.soma[0], cell.apic[36]]


def allen(h, folder: Path) -> list:
    """An all-active cell, with the dendrites and the piece of axon that its reconstruction has."""
    facts = json.loads(next(folder.glob("*_fit.json")).read_text())
    reader = h.Import3d_SWC_read()
    reader.input(str(next(folder.glob("*.swc"))))
    h.Import3d_GUI(reader, 0).instantiate(None)
    for section in list(h.allsec()):
        if section.name().startswith("axon") and section.name() != "axon[0]":
            h.delete_section(sec=section)
    for section in h.allsec():
        section.nseg, section.Ra = 1 + 2 * int(section.L / 40), facts["passive"][0]["ra"]
        section.insert("pas")
        for one in facts["genome"]:
            if section.name().startswith(one["section"]):
                if one["mechanism"]:
                    section.insert(one["mechanism"])
                setattr(section, one["name"], float(one["value"]))
        for one in facts["conditions"][0]["erev"]:
            if section.name().startswith(one["section"]):
                for ion in ("na", "k"):
                    if h.ismembrane(f"{ion}_ion", sec=section):
                        setattr(section, f"e{ion}", one[f"e{ion}"])
    h.celsius, h.v_init = facts["conditions"][0]["celsius"], facts["conditions"][0]["v_init"]
    clamp(h, h.soma[0], 0.25)
    return [h.soma[0], list(h.allsec())[-1]]


def clamp(h, section, amplitude: float) -> None:
    """A step of current into the middle of a section."""
    one = h.IClamp(section(0.5))
    one.delay, one.dur, one.amp = 20.0, 150.0, amplitude
    HELD.append(one)


def main(name: str, folder: Path) -> None:
    """Compare."""
    os.chdir(folder)  # NEURON takes the compiled mechanisms from here
    import jax
    import numpy as np
    from neuron import h

    import dendrax as jx

    jax.config.update("jax_enable_x64", True)
    for file in ("stdrun.hoc", "import3d.hoc"):
        h.load_file(file)
    sections = {"hay": hay, "allen": allen}[name](h, folder)
    folders = [one for one in (folder / "mod", folder / "modfiles") if one.is_dir()]
    cell, report = jx.io.neuron.read_model(h, mod=folders)
    read = jx.io.neuron.read_sections(h)
    for section in sections:
        cell.select(nodes=read.row(section, 0.5)).record("v", verbose=False)
    ours = np.asarray(jx.integrate(cell, t_max=T_MAX, delta_t=DT))
    theirs = [h.Vector().record(section(0.5)._ref_v) for section in sections]
    h.dt = DT
    h.finitialize(h.v_init)
    while h.t < T_MAX - DT / 2:
        h.fadvance()
    theirs = np.array([np.array(one) for one in theirs])
    soma = theirs[0]
    found = {
        "apart": float(np.abs(ours - theirs).max()),
        "spikes": int(((soma[1:] > 0) & (soma[:-1] <= 0)).sum()),
        "left out": report.left_out,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).resolve())
