"""A cell with hidden conductances: find 22 of them again, from voltages at four places.

The cell is the pyramidal cell that comes with Dendrax, with sodium, potassium, M, calcium and leak channels whose
densities differ between soma, axon, basal and apical dendrites. Currents flow into the soma and the apical trunk while
an electrode in each part records. The fit sees these voltages alone and begins with densities up to 1.6 times too large
or too small.

Two spikes at different times make a loss that says nothing about how to bring them together. The window in which
voltages are compared therefore grows: spikes are matched one after another. In each window gradient descent (`fit`)
comes first, then Levenberg-Marquardt (`least_squares`), which converges in a few steps once it is near. CMA-ES
(`search`) gets as many simulations for comparison.

    python examples/fit_l5pc.py            all of it, on a few cores in some minutes
    python examples/fit_l5pc.py --small    a millisecond, to see that it runs

On two busy cores the fit took 149 s and 1,920 simulations: the loss over 40 ms fell from 374 to 8e-8 mV^2, and all 22
parameters were within 4.5 % (20 of them within 1 %). CMA-ES came to 76 mV^2. There is no noise in these data.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import dendrax as jx
from dendrax.channels import CaL, CaT, K, Km, Leak, Na
from dendrax.optimize import SearchResult, fit, least_squares, search
from dendrax.optimize.transforms import SigmoidTransform

Params = list[dict[str, Any]]

# What the cell has [S/cm2; uF/cm2], of the order of fitted models of such cells (Hay et al. 2011).
HIDDEN = {
    "soma": {"Na_gNa": 0.12, "K_gK": 0.02, "Km_gKm": 4e-4, "CaL_gCaL": 2e-4, "CaT_gCaT": 1e-4, "Leak_gLeak": 1e-4},
    "axon": {"Na_gNa": 0.20, "K_gK": 0.04, "Km_gKm": 8e-4, "Leak_gLeak": 1e-4},
    "basal": {"Na_gNa": 0.02, "K_gK": 0.008, "Km_gKm": 2e-4, "Leak_gLeak": 8e-5, "capacitance": 1.6},
    "apical": {
        "Na_gNa": 0.03, "K_gK": 0.010, "Km_gKm": 3e-4, "CaL_gCaL": 2e-4, "CaT_gCaT": 2e-4, "Leak_gLeak": 6e-5,
        "capacitance": 1.8,
    },
}  # fmt: skip
CHANNELS = {"Na": Na, "K": K, "Km": Km, "CaL": CaL, "CaT": CaT, "Leak": Leak}
SPREAD = 1.6  # the fit begins up to so many times too high or too low
BOUND = 4.0  # times the first value, either way
DELTA_T = 0.025  # [ms]
SEED = 1


@dataclass(frozen=True)
class Size:
    """How much to do.

    Attributes:
        windows: Durations in which voltages are compared, one after another [ms].
        steps: Of gradient descent in each window.
        refinements: Most steps of least squares in each window.
        compare: Whether CMA-ES gets as many simulations.
    """

    windows: tuple[float, ...]
    steps: int
    refinements: int
    compare: bool = True


FULL = Size((6.0, 12.0, 24.0, 40.0), 40, 15)
SMALL = Size((1.0,), 3, 2)


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        errors: Relative error of each parameter, after the fit.
        losses: Mean squared error of the voltages in the last window, at the start, after the fit, of CMA-ES [mV^2].
        simulations: How many the fit took (as did CMA-ES): 3 for a loss with its gradient, 1 for each slope of a step
            of least squares.
        seconds: Of fit and CMA-ES.
    """

    errors: dict[str, float]
    losses: tuple[float, float, float]
    simulations: int
    seconds: tuple[float, float]


def build() -> jx.Cell:
    """The cell with its hidden values, all of them trainable."""
    cell = jx.morphology.sample("pyramidal")
    cell.set("axial_resistivity", 100.0)
    for part, values in HIDDEN.items():
        view = getattr(cell, part)
        for channel, make in CHANNELS.items():  # in one order: the sum of their currents depends on it in the last bit
            if any(name.startswith(f"{channel}_") for name in values):
                view.insert(make())
        for name, value in values.items():
            view.set(name, value)
            view.make_trainable(name, verbose=False)
    cell.set("v", -70.0)
    cell.init_states()
    for part in HIDDEN:
        middle(cell, part).record("v", verbose=False)
    return cell


def middle(cell: jx.Cell, part: str) -> Any:
    """A compartment of one part of the cell, at the median distance from the soma."""
    rows = np.flatnonzero(cell.nodes[part])
    place = cell.nodes[["x", "y", "z"]].to_numpy()
    distance = np.linalg.norm(place[rows] - place[np.flatnonzero(cell.nodes["soma"])[0]], axis=1)
    return cell.select(nodes=[int(rows[np.argsort(distance)[len(rows) // 2]])])


def currents(duration: float) -> jax.Array:
    """Fluctuating currents into soma and apical trunk: strong, weak, and below rest [nA]. (run, place, time)"""
    rng = np.random.default_rng(SEED)
    slow = np.exp(-np.arange(0.0, 10.0, DELTA_T) / 2.0)  # correlated over 2 ms
    slow /= np.sqrt((slow**2).sum())
    levels = np.array([[1.2, 0.4], [0.3, 0.1], [-0.5, -0.1]])
    spreads = np.array([[1.0, 0.3], [0.6, 0.2], [0.4, 0.1]])
    noise = rng.standard_normal((3, 2, 4000))  # as long for each duration, so that windows share their beginning
    smooth = np.apply_along_axis(lambda one: np.convolve(one, slow)[: one.size], -1, noise)
    return jnp.asarray((levels[..., None] + spreads[..., None] * smooth)[..., : round(duration / DELTA_T)])


def main(size: Size = FULL, checkpoint: Path | None = None) -> Outcome:
    """Hide, fit, compare.

    Args:
        size: How much to do.
        checkpoint: A folder, so that a run that was killed goes on where it was when it is started again.
    """
    cell = build()
    hidden = cell.get_parameters()
    rng = np.random.default_rng(SEED)
    first = jax.tree.map(lambda value: value * np.exp(rng.uniform(-1, 1, value.shape) * np.log(SPREAD)), hidden)
    bounds = jax.tree.map(lambda value: SigmoidTransform(value / BOUND, value * BOUND), first)
    print(f"{len(hidden)} parameters, {cell.shape[1]} compartments, voltages at {len(HIDDEN)} places in 3 runs")

    soma, trunk = middle(cell, "soma"), middle(cell, "apical")

    def voltages(params: Params, duration: float) -> jax.Array:
        """(run, recording, time)"""

        def one(current: jax.Array) -> jax.Array:
            stimuli = trunk.data_stimulate(current[1], soma.data_stimulate(current[0]))
            return jx.integrate(cell, params, data_stimuli=stimuli, delta_t=DELTA_T)

        return jax.vmap(one)(currents(duration))

    measured = jax.jit(voltages, static_argnums=1)(hidden, size.windows[-1])

    def residuals(params: Params, duration: float) -> jax.Array:
        simulated = voltages(params, duration)
        return (simulated - measured[..., : simulated.shape[-1]]) / np.sqrt(simulated.size)

    began, simulations, params = time.perf_counter(), 0, first
    for duration in size.windows:
        descended = fit(
            lambda params, t=duration: jnp.sum(residuals(params, t) ** 2), params, transform=bounds,
            optimizer="full_matrix_adam", learning_rate=0.05, steps=size.steps, patience=15, every=5,
            checkpoint=checkpoint and checkpoint / f"{duration:g} ms", resume=checkpoint is not None,
        )  # fmt: skip
        params = descended.params
        simulations += 3 * descended.steps
        print(f"{duration:5.1f} ms: {descended.loss[0]:.3g} -> {descended.lowest:.3g} mV^2", end="")
        if size.refinements:
            refined = least_squares(
                lambda params, t=duration: residuals(params, t), params, transform=bounds,
                steps=size.refinements, rtol=1e-4, atol=1e-6, resume=checkpoint is not None,
                checkpoint=checkpoint and checkpoint / f"{duration:g} ms, refined",
            )  # fmt: skip
            params = refined.params
            simulations += (len(hidden) + 2) * refined.steps
            print(f" -> {refined.lowest:.3g} mV^2", end="")
        print()
    fitted = time.perf_counter() - began

    if checkpoint is not None:
        text = "\n".join(value.hex() for leaf in jax.tree.leaves(params) for value in np.asarray(leaf).tolist())
        (checkpoint / "fitted.txt").write_text(text)  # to the last bit
    whole = jax.jit(lambda params: jnp.sum(residuals(params, size.windows[-1]) ** 2))
    found = evolve(
        lambda params: jnp.sum(residuals(params, size.windows[-1]) ** 2), first, bounds, simulations, size,
        checkpoint and checkpoint / "CMA-ES",
    )  # fmt: skip
    errors = relative_errors(params, hidden)
    outcome = Outcome(
        errors=errors,
        losses=(float(whole(first)), float(whole(params)), found.lowest if found else np.nan),
        simulations=simulations,
        seconds=(fitted, found.seconds if found else 0.0),
    )
    report(outcome, relative_errors(first, hidden), relative_errors(found.params if found else first, hidden))
    return outcome


def evolve(
    loss: Any, first: Params, bounds: Params, simulations: int, size: Size, checkpoint: Path | None
) -> SearchResult | None:
    """CMA-ES with as many simulations."""
    if not size.compare:
        return None
    population = 16
    generations = max(simulations // population, 1)
    return search(
        loss, first, transform=bounds, generations=generations, population=population, spread=0.5,
        checkpoint=checkpoint, resume=checkpoint is not None,
    )  # fmt: skip


def relative_errors(params: Params, hidden: Params) -> dict[str, float]:
    """How far each parameter is from what was hidden."""
    names = [f"{part} {name}" for part, values in HIDDEN.items() for name in values]
    pairs = zip(jax.tree.leaves(params), jax.tree.leaves(hidden), strict=True)
    return {name: float(abs(one[0] / true[0] - 1)) for name, (one, true) in zip(names, pairs, strict=True)}


def report(outcome: Outcome, start: dict[str, float], evolved: dict[str, float]) -> None:
    """Print it."""
    print(f"\n{'':24}{'start':>10}{'fit':>10}{'CMA-ES':>10}")
    for name, error in outcome.errors.items():
        print(f"{name:24}{start[name]:10.1%}{error:10.2%}{evolved[name]:10.1%}")
    print(f"{'loss [mV^2]':24}" + "".join(f"{loss:10.3g}" for loss in outcome.losses))
    print(f"{outcome.simulations} simulations each; {outcome.seconds[0]:.0f} s and {outcome.seconds[1]:.0f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="only see that it runs")
    parser.add_argument("--alone", action="store_true", help="without CMA-ES")
    parser.add_argument("--windows", type=float, nargs="+", metavar="MS", help="durations in which to compare")
    parser.add_argument("--checkpoint", type=Path, metavar="FOLDER", help="write checkpoints, and go on from them")
    jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - JAX's own spelling
    jx.use_all_cores()
    jx.use_compilation_cache()
    arguments = parser.parse_args()
    size = SMALL if arguments.small else FULL
    size = replace(size, compare=size.compare and not arguments.alone)
    if arguments.windows:
        size = replace(size, windows=tuple(arguments.windows))
    main(size, arguments.checkpoint)
