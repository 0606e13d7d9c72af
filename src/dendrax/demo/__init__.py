"""What `dendrax demo` does: a cell is read, simulated, and its channel densities are found by gradient descent."""

from pathlib import Path

import numpy as np

from dendrax.demo.descent import DENSITIES, FIT_DURATION, FoundDensities, Params, fit, hide, make_trainable
from dendrax.demo.preparation import (
    DELTA_T,
    DURATION,
    OFFSET,
    ONSET,
    Preparation,
    Simulation,
    count_spikes,
    set_up,
    simulate,
)
from dendrax.errors import MissingExtraError
from dendrax.integrate import integrate
from dendrax.view3d import view3d


def run(swc: Path, out: Path, seconds: float) -> None:
    """Read, simulate, fit for so many seconds, print what was found and draw it into the folder `out`."""
    cell = set_up(swc)
    out.mkdir(parents=True, exist_ok=True)
    preparation, simulated = simulate(cell)
    _tell_simulation(swc, preparation, simulated)
    start = make_trainable(preparation)
    hidden = hide(start)
    print(
        f"\nFinding {len(start)} hidden densities (gNa, gK, gLeak of {', '.join(preparation.groups)}) "
        f"from the first {FIT_DURATION:.0f} ms of voltage at {len(preparation.electrodes)} electrodes:",
        flush=True,
    )
    found = fit(preparation, start, hidden, seconds)
    _tell_fit(preparation, found)
    _draw(out, preparation, simulated, found)


def _tell_simulation(swc: Path, preparation: Preparation, simulated: Simulation) -> None:
    """Print what the cell is, what it did and how fast."""
    n_branch, n_comp = preparation.cell.shape
    steps = len(simulated.time) - 1
    parts = ", ".join(f"{group} {len(preparation.part(group).nodes)}" for group in preparation.groups)
    site, comp = next(iter(preparation.electrodes.items()))
    per_step = simulated.again / steps
    speed = DURATION * 1e-3 / simulated.again
    against = f"{speed:.1f} times faster" if speed >= 1 else f"{1 / speed:.1f} times slower"
    print(f"{swc.name}: {n_branch} branches, {n_comp} compartments ({parts})")
    print("  channels     Hodgkin-Huxley in every compartment")
    print(f"  stimulus     {preparation.amplitude:g} nA into the {site} from {ONSET:g} to {OFFSET:g} ms")
    spikes = count_spikes(simulated.v[comp])
    print(f"  simulation   {DURATION:g} ms in {steps} steps of {DELTA_T:g} ms: {spikes} spikes at the {site}")
    print(
        f"  speed        {per_step * 1e6:.1f} us per step, {per_step / n_comp * 1e9:.0f} ns per compartment and step, "
        f"{against} than real time; the first call, with compilation, took {simulated.first:.1f} s"
    )


def _tell_fit(preparation: Preparation, found: FoundDensities) -> None:
    """Print the densities side by side."""
    if found.interrupted:
        print("Interrupted; what was found so far is kept.")
    print(f"\n  {len(found.loss)} steps", end="")
    if len(found.loss):
        print(f": mean squared error {found.loss[0]:.3g} -> {found.loss.min():.3g} mV²", end="")
    print(f"\n\n  density [S/cm²]      {'start':>10} {'fitted':>10} {'hidden':>10} {'off by':>8}")
    names = [(group, density) for group in preparation.groups for density in DENSITIES]
    for (group, density), *values in zip(names, found.start, found.fitted, found.hidden, strict=True):
        start, fitted, hidden = (float(np.ravel(value[density])[0]) for value in values)
        label = f"{group} {density.removeprefix('HH_')}"
        print(f"  {label:<20} {start:>10.3g} {fitted:>10.3g} {hidden:>10.3g} {100 * (fitted / hidden - 1):>+7.1f}%")
    print("  (A density that the voltage hardly depends on, such as the leak of a small soma, is found last.)")


def _draw(out: Path, preparation: Preparation, simulated: Simulation, found: FoundDensities) -> None:
    """Write the pictures and name them."""
    from dendrax.demo.pictures import draw_loss, draw_morphology, draw_traces  # noqa: PLC0415 - matplotlib is slow to load

    def voltages(params: Params) -> np.ndarray:
        return np.asarray(integrate(preparation.cell, params=params, delta_t=DELTA_T, t_max=DURATION))

    runs = [voltages(params) for params in (found.hidden, found.start, found.fitted)]
    draw_traces(out / "traces.png", simulated.time, list(preparation.electrodes), *runs)
    draw_morphology(out / "morphology.png", preparation, simulated)
    written = ["traces.png", "morphology.png"]
    if len(found.loss):
        draw_loss(out / "loss.png", found)
        written.append("loss.png")
    print(f"\nPictures: {', '.join(str(out / name) for name in written)}")
    _write_page(out / "cell.html", preparation, simulated)


def _write_page(path: Path, preparation: Preparation, simulated: Simulation) -> None:
    """Write the interactive page of the simulation and name it, or say what it lacks."""
    cell = preparation.cell.copy()
    cell.delete_recordings()
    cell.record(verbose=False)
    try:
        view3d(cell, simulated.v, path, delta_t=DELTA_T)
    except MissingExtraError as error:
        print(f"No interactive page. {error}")
    else:
        print(f"Page:     {path} (open it in a browser: turn, play, click)")
