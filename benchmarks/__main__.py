"""Measure Dendrax and its peers in turn: `make bench`, `make bench-quick`, `make bench ONLY=l5pc`."""

# ruff: noqa: T201 - a program that prints
from __future__ import annotations

import argparse
import dataclasses
import os
import tempfile
import time
from pathlib import Path

from benchmarks import models, plan, report
from benchmarks.processes import REPOSITORY, measure

L5PC = REPOSITORY.parent / "shared" / "data" / "l5pc_with_axon.swc"
RESULT = REPOSITORY / "BENCHMARKS.md"
FINER = (1e3, 1e4, 1e5, 1e6)
EXPLAINED = "docs/performance.md says what the columns mean."


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a trimmed set that ends within five minutes")
    parser.add_argument("--only", default="", help="run the workloads whose key contains this, or one of these, a,b")
    parser.add_argument("--simulators", default="", help="run only those whose label contains this, or one of these")
    parser.add_argument("--rounds", type=int, default=5, help="how often everybody runs; 5 or more for figures to show")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)), help="the core to pin to")
    parser.add_argument("--swc", type=Path, default=L5PC, help="the cell; by default the L5PC of ../shared/data")
    parser.add_argument("--write", action="store_true", help="write BENCHMARKS.md")
    parser.add_argument("--list", action="store_true", help="print the keys and end")
    return parser.parse_args()


def main() -> None:
    """Measure, print and, where asked to, write."""
    given = options()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        cells = written(given.swc, Path(folder), () if given.quick else FINER)
        chosen = selected(plan.workloads(cells, quick=given.quick), given)
        if given.list:
            print("\n".join(f"{one.key:<22} {one.title}" for one in chosen))
            return
        cores = [given.core, *sorted(os.sched_getaffinity(0) - {given.core})]
        results = {}
        for one in chosen:
            results[one.key] = measure(one, min(one.rounds or given.rounds, given.rounds), cores)
            shown = (
                report.table_of_steps(one, results[one.key]) if one.per_step else report.table_of_waits([one], results)
            )
            print(shown, flush=True)
            print(f"({time.perf_counter() - start:.0f} s so far)\n", flush=True)
    isas = {one.facts["isa"] for found in results.values() for one in found.values() if "isa" in one.facts}
    how = f"Medians of {given.rounds} rounds, everybody in turn in each, pinned to core {given.core}"
    how += f"; native kernels: {', '.join(isas)}" if isas else ""
    head = report.circumstances(cells.name, how)
    summary = report.table_of_figures(results)
    print(head, summary, sep="\n\n")
    if given.write:
        steps = [report.table_of_steps(one, results[one.key]) for one in chosen if one.per_step]
        waits = [one for one in chosen if not one.per_step]
        parts = [head, "## Figures to reach", summary, "## Steps", EXPLAINED, *steps]
        if waits:
            parts += ["## Waiting", report.table_of_waits(waits, results)]
        report.write_section(RESULT, "make bench", "\n\n".join(parts))
        print(f"\nwritten to {RESULT}")


def selected(workloads: list[plan.Workload], given: argparse.Namespace) -> list[plan.Workload]:
    """Those that were asked for, with the runners that were asked for."""
    keys, labels = given.only.split(","), given.simulators.split(",")
    known = [one.key for one in workloads]
    wanted = {key for asked in keys for key in known if key == asked or (asked in key and asked not in known)}
    found = []
    for one in workloads:
        runners = tuple(runner for runner in one.runners if any(label in runner.label for label in labels))
        if runners and one.key in wanted:
            found.append(dataclasses.replace(one, runners=runners))
    if not found:
        raise SystemExit(f"no workload matches; there are {', '.join(known)}")
    return found


def written(swc: Path, folder: Path, finer: tuple[float, ...]) -> plan.Cells:
    """Tables of the cell at 324, 1296 and `finer` compartments; the sample cell where the file is absent."""
    name = "L5PC"
    if not swc.is_file():
        from dendrax.morphology import sample_path  # noqa: PLC0415 - only then

        print(f"{swc} is absent: measuring the package's sample cell instead; figures are for the L5PC.\n")
        name, swc = "sample 'pyramidal'", sample_path()
    n_branch = models.traced(swc, 1).length.size

    def at(size: float) -> tuple[str, int]:
        table = models.traced(swc, max(1, round(size / n_branch)))
        file = folder / f"{table.length.size}.npz"
        table.save(file)
        return str(file), table.length.size

    return plan.Cells(name, str(swc), at(324), at(1296), tuple(map(at, finer)))


if __name__ == "__main__":
    main()
