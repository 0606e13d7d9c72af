"""Makes docs/images/interactive_page.png: the L5 pyramidal cell while a spike runs over it.

    .venv/bin/python tests/browser/make_screenshot.py

The morphology is not ours to ship; where it is absent our own sample cell stands in.
"""

import tempfile
from pathlib import Path

import numpy as np

import dendrax as jx
from conftest import start
from dendrax.channels import HH

REPOSITORY = Path(__file__).resolve().parents[2]
L5PC = REPOSITORY.parent / "shared" / "data" / "l5pc_with_axon.swc"
IMAGE = REPOSITORY / "docs" / "images" / "interactive_page.png"
DELTA_T, DURATION = 0.025, 40.0  # [ms]


def simulated():
    """The cell, and its voltage [mV]."""
    cell = jx.read_swc(L5PC, ncomp=4) if L5PC.exists() else jx.morphology.sample("pyramidal")
    cell.set("axial_resistivity", 100.0)
    cell.insert(HH())
    cell.set("v", -65.0)
    cell.init_states()
    current = jx.step_current(i_delay=5.0, i_dur=30.0, i_amp=4.0, delta_t=DELTA_T, t_max=DURATION)
    cell.soma.branch(0).comp(0).stimulate(current, verbose=False)
    cell.record(verbose=False)
    return cell, np.asarray(jx.integrate(cell, t_max=DURATION))


def main():
    folder = Path(tempfile.mkdtemp())
    cell, v = simulated()
    page = jx.view3d(cell, v, folder / "cell.html", delta_t=DELTA_T)
    browser = start(folder / "profile").open(page)
    moment = np.argmax(v.std(axis=0))
    apical = cell.apical.rows[np.argmax(cell.apical.nodes["y"].to_numpy())]
    browser.run(
        "page.seek(Math.round(arguments[0] / page.scene.step)); page.select([arguments[1], arguments[2]]);"
        "page.camera.turnBy(-35, 10); page.draw()",
        float(moment * DELTA_T),
        int(cell.soma.rows[0]),
        int(apical),
    )
    IMAGE.parent.mkdir(exist_ok=True)
    browser.driver.save_screenshot(str(IMAGE))
    browser.driver.quit()
    print(f"{IMAGE}: {IMAGE.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
