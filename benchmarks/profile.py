"""What one program of ours costs and what it consists of, for whoever makes it faster.

    python -m benchmarks.profile                      one cell of 324 compartments, forward and gradient
    python -m benchmarks.profile --batch 64 --x64
    python -m benchmarks.profile --network 1000 --hlo build/hlo

Prints per program: microseconds per step, seconds to compile, equations of the traced program, what XLA made of the
bodies of its loops, and the memory that it asks for. With --hlo the optimised programs are written out, to be read for
copies and gathers in the loop. With --trace a profile of one run, for Perfetto or XProf.
"""

# ruff: noqa: T201 - a program that prints
from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import hlo, models
from benchmarks.__main__ import L5PC, written
from benchmarks.tasks import jax_cells

REPEATS = 11


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fine", action="store_true", help="1296 compartments")
    parser.add_argument("--batch", type=int, default=0, help="so many cells under vmap")
    parser.add_argument("--network", type=int, default=0, help="a network of so many cells of 12 compartments instead")
    parser.add_argument("--x64", action="store_true", help="float64")
    parser.add_argument("--t-max", type=float, default=50.0, help="duration [ms]")
    parser.add_argument("--swc", type=Path, default=L5PC, help="the cell")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)), help="the core to pin to")
    parser.add_argument(
        "--cpu-time", action="store_true", help="time of this process alone, on a machine that is shared"
    )
    parser.add_argument("--hlo", type=Path, help="folder to write the optimised programs to")
    parser.add_argument("--trace", type=Path, help="folder to write profiles of a run to")
    given = parser.parse_args()
    os.sched_setaffinity(0, [given.core])
    settings = {"simulator": "dendrax", "x64": given.x64, "t_max": given.t_max, "batch": given.batch, "model": "cell"}
    if given.network:
        settings |= {"model": "network", "n_cell": given.network, "n_per_cell": 10}
    with tempfile.TemporaryDirectory() as folder:
        cells = written(given.swc, Path(folder), ())
        settings["table"] = (cells.fine if given.fine else cells.coarse)[0]
        for what in ("forward", "gradient"):
            report(what, settings | {"gradient": what == "gradient"}, given)


def report(what: str, settings: dict[str, Any], given: argparse.Namespace) -> None:
    """One program."""
    import jax  # noqa: PLC0415 - after the process has been pinned
    from jax.extend.core import jaxprs_in_params  # noqa: PLC0415

    def equations(jaxpr: Any) -> int:
        return sum(1 + sum(map(equations, jaxprs_in_params(one.params))) for one in jaxpr.eqns)

    jax_cells.configured(settings)
    run, params = jax_cells.assembled(settings)
    traced = jax.jit(run).trace(params)
    start = time.perf_counter()
    compiled = traced.lower().compile()
    seconds = time.perf_counter() - start
    clock = time.process_time if given.cpu_time else time.perf_counter
    times = []
    for _ in range(REPEATS + 1):
        start = clock()
        jax.block_until_ready(compiled(params))
        times.append(clock() - start)
    steps, text = round(settings["t_max"] / models.DT), compiled.as_text() or ""
    opcodes, analysis = hlo.in_loops(text), compiled.memory_analysis()
    print(f"{what}: {1e6 * median(times[1:]) / steps:.4g} us per step (least {1e6 * min(times[1:]) / steps:.4g})")
    print(f"  compiled in {seconds:.2f} s from {equations(traced.jaxpr.jaxpr)} equations")
    print(f"  in loops {opcodes.total()}: {', '.join(f'{n} {name}' for name, n in opcodes.most_common())}")
    if analysis is not None:
        print(f"  memory {analysis.temp_size_in_bytes / 1e6:.1f} MB, {analysis.output_size_in_bytes / 1e6:.1f} MB out")
    if given.hlo:
        given.hlo.mkdir(parents=True, exist_ok=True)
        (given.hlo / f"{what}.hlo").write_text(text)
    if given.trace:
        with jax.profiler.trace(str(given.trace / what)):
            jax.block_until_ready(compiled(params))


if __name__ == "__main__":
    main()
