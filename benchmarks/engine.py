"""Time of one step, forward and with its gradient, of a cell of 324 compartments with HH everywhere.

    python benchmarks/engine.py [--hlo FOLDER] [--cpu-time]

Prints microseconds per step for 50 ms at dt = 0.025 ms, in float32 and float64, and the seconds that compiling took.
With --cpu-time it counts the time of this process alone, for a machine that others use too. With --hlo the optimised
programs are written out, to be read for copies and gathers in the loop.
"""

# ruff: noqa: INP001, T201 - a script
import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dendrax.channels import HH
from dendrax.engine.simulate import simulate
from dendrax.engine.solvers.sequential import Sequential
from dendrax.engine.steppers.bwd_euler import BackwardEuler
from dendrax.engine.system import Inputs, Override, Recordings, System
from dendrax.modules.branch import Branch
from dendrax.modules.cell import Cell
from dendrax.modules.compartment import Compartment
from dendrax.modules.lower import lower

DT = 0.025
STEPS = 2000
BRANCHES, NCOMP = 81, 4
REPEATS = 15


def random_cell() -> Cell:
    """A branched cell of 324 compartments, the size of a layer 5 pyramidal cell."""
    random = np.random.default_rng(0)
    parents = [-1, *(int(random.integers(max(0, k - 12), k)) for k in range(1, BRANCHES))]
    cell = Cell(Branch(Compartment(), NCOMP), parents=parents)
    n = BRANCHES * NCOMP
    cell.set("radius", random.uniform(0.4, 2.0, n))
    cell.set("length", random.uniform(15.0, 45.0, n))
    cell.set("axial_resistivity", 150.0)
    cell.insert(HH())
    return cell


def best_time(call: Callable[[], Any], clock: Callable[[], float]) -> tuple[float, float]:
    """Seconds of the first call, and of the fastest of some more."""
    times = []
    for _ in range(REPEATS + 1):
        start = clock()
        jax.block_until_ready(call())
        times.append(clock() - start)
    return times[0], min(times[1:])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hlo", type=Path, help="folder to write the optimised programs to")
    parser.add_argument("--cpu-time", action="store_true", help="measure the time of this process, not of the clock")
    given = parser.parse_args()
    clock = time.process_time if given.cpu_time else time.perf_counter
    print(f"jax {jax.__version__} on {jax.devices()[0].device_kind}; {BRANCHES * NCOMP} compartments, {STEPS} steps")
    for bits in (32, 64):
        jax.config.update("jax_enable_x64", bits == 64)
        measure(f"f{bits}", given.hlo, clock)


def measure(label: str, folder: Path | None, clock: Callable[[], float]) -> None:
    """Forward run and gradient by all three conductances of all compartments."""
    system = jax.tree.map(jnp.asarray, lower(random_cell(), Sequential()))
    n = system.cable.n_comp
    pulse = np.zeros((1, STEPS))
    pulse[0, 40:400] = 0.5
    acting = Inputs({"i": np.array([0], np.int32)}, {"i": pulse})
    kept = Recordings({"v": np.array([0, n // 2], np.int32)}, np.arange(2, dtype=np.int32))
    names = ("HH_gNa", "HH_gK", "HH_gLeak")
    values = {name: jnp.asarray(system.params[name]) for name in names}

    # The system is an argument, as it is in `integrate`: constants would be folded.
    def forward(values: dict[str, jax.Array], system: System, acting: Inputs) -> jax.Array:
        overriding = tuple(Override(np.arange(n, dtype=np.int32), value, name) for name, value in values.items())
        return simulate(system, overriding, None, acting, kept, DT, BackwardEuler(), STEPS, None)[0]

    programs = {
        "forward": jax.jit(forward),
        "gradient": jax.jit(jax.value_and_grad(lambda *given: jnp.mean(forward(*given) ** 2))),
    }
    times = {name: best_time(lambda run=run: run(values, system, acting), clock) for name, run in programs.items()}
    for name, (first, later) in times.items():
        print(f"{label} {name:9s} {1e6 * later / STEPS:7.2f} us per step, first call {first:5.2f} s")
    print(f"{label} ratio     {times['gradient'][1] / times['forward'][1]:7.2f}")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, run in programs.items():
            (folder / f"{name}_{label}.hlo").write_text(run.lower(values, system, acting).compile().as_text())


if __name__ == "__main__":
    main()
