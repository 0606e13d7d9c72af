"""Single cell, batches and a large network on the device that JAX finds, for us and, where it is installed, Jaxley.

    python -m benchmarks.gpu --write        all sizes; the result goes into its section of BENCHMARKS.md
    python -m benchmarks.gpu --small        some seconds, on any machine
    python -m benchmarks.gpu --only batch --batches 1000 --simulators dendrax

The cell is the L5PC (324 compartments, HH), a batch is vmap over gNa of every compartment; the network has 2,000 cells
of 360 compartments and 1,000,000 synapses, and its gradient is that by the conductance of each. A process runs alone
on the device, since JAX takes most of its memory.
"""

# ruff: noqa: T201 - a program that prints
from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import tempfile
from pathlib import Path

from benchmarks import plan, report
from benchmarks.__main__ import L5PC, RESULT, written
from benchmarks.models import NCOMP_OF_NETWORK
from benchmarks.processes import Measured, measure

SMALL = {"t_max": 1.0, "batches": [4], "cells": 4, "branches": 3, "synapses": 12, "rounds": 1}


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", action="store_true", help="all sizes small, for a test that it runs")
    parser.add_argument("--only", default="", help="run the workloads whose key contains this: cell, batch, network")
    parser.add_argument("--simulators", default="dendrax,jaxley", help="whom to run")
    parser.add_argument("--x64", action="store_true", help="float64")
    parser.add_argument("--t-max", type=float, default=20.0, help="duration [ms]")
    parser.add_argument("--batches", type=int, nargs="+", default=[1_000, 10_000], help="cells under vmap")
    parser.add_argument("--cells", type=int, default=2_000, help="cells of the network")
    parser.add_argument(
        "--branches", type=int, default=90, help="branches of a cell of the network, 4 compartments each"
    )
    parser.add_argument("--synapses", type=int, default=1_000_000, help="synapses of the network")
    parser.add_argument("--rounds", type=int, default=5, help="how often each runs")
    parser.add_argument("--patience", type=float, default=900.0, help="give up on who has not answered by then [s]")
    parser.add_argument("--swc", type=Path, default=L5PC, help="the cell")
    parser.add_argument("--write", action="store_true", help="write the section of BENCHMARKS.md")
    given = parser.parse_args(arguments)
    for name, value in SMALL.items() if given.small else ():
        setattr(given, name, value)
    return given


def workloads(given: argparse.Namespace, cells: plan.Cells) -> list[plan.Workload]:
    """What was asked for."""
    simulators = [one for one in given.simulators.split(",") if importlib.util.find_spec(one)]
    runners = tuple(plan.jax_runner(one, what) for what in ("forward", "gradient") for one in simulators)
    file, n_comp = cells.coarse
    common = {"x64": given.x64, "t_max": given.t_max}
    cell = {"model": "cell", "table": file, **common}
    per_cell = given.synapses // given.cells
    net = {"model": "network", "n_cell": given.cells, "n_branch": given.branches, "n_per_cell": per_cell, **common}
    total = given.cells * given.branches * NCOMP_OF_NETWORK
    end = f"{given.t_max:g} ms, {'f64' if given.x64 else 'f32'}"
    every = [
        plan.Workload("cell", f"{cells.name}, {n_comp} compartments, {end}", cell, runners),
        *(
            plan.Workload(f"batch-{n}", f"{n:,} cells of {n_comp} compartments, {end}", cell | {"batch": n}, runners)
            for n in given.batches
        ),
        plan.Workload(
            "network",
            f"Network, {given.cells:,} cells, {total:,} compartments, {given.cells * per_cell:,} synapses, {end}",
            net,
            runners,
        ),
    ]
    return [one for one in every if given.only in one.key]


def main() -> None:
    """Measure, print and, where asked to, write."""
    given = options()
    tables, kinds = [], set()
    with tempfile.TemporaryDirectory() as folder:
        cells = written(given.swc, Path(folder), ())
        for workload in workloads(given, cells):
            results: dict[str, Measured] = {}
            for runner in workload.runners:
                alone = dataclasses.replace(workload, runners=(runner,))
                results |= measure(alone, given.rounds, [], {}, given.patience)
            kinds |= {one.facts["device"] for one in results.values() if "device" in one.facts}
            tables.append(report.table_of_steps(workload, results))
            print(tables[-1], flush=True, end="\n\n")
    device = ", ".join(sorted(kinds)) or "none"
    how = f"Medians of {given.rounds}, one process after the other"
    head = f"- Device: {device}\n{report.circumstances(cells.name, how)}"
    print(head)
    if given.write:
        title = "## On a GPU" if "cpu" not in device.lower() else "## On the device that JAX finds"
        report.write_section(RESULT, "gpu", "\n\n".join([title, head, *tables]))


if __name__ == "__main__":
    main()
