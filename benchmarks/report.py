"""Tables for the terminal and for BENCHMARKS.md; what machine and which versions they are of."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import figures
from benchmarks.processes import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.plan import Workload
    from benchmarks.processes import Measured

PACKAGES = ("dendrax", "jax", "jaxlib", "numpy", "jaxley", "neuron", "arbor", "brian2")
NORM_TOLERANCE = 0.05  # of gradient norms: slopes of currents are exact here and finite differences there


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table whose source can be read as it is: the first column flush left, the others right."""
    rows = [header, *rows]
    first, *others = (max(map(len, column)) for column in zip(*rows, strict=True))

    def line(row: tuple[str, ...]) -> str:
        cells = [row[0].ljust(first), *(cell.rjust(width) for cell, width in zip(row[1:], others, strict=True))]
        return f"| {' | '.join(cells)} |"

    rule = line(("-" * first, *("-" * (width - 1) + ":" for width in others)))
    return "\n".join([line(rows[0]), rule, *map(line, rows[1:])])


def table_of_figures(results: figures.Results) -> str:
    """Every figure whose workload was run, beside the one to reach."""
    rows = []
    for figure in figures.FIGURES:
        if figure.workload not in results:
            continue
        value = figure.value(results)
        bound = f"{figure.sense} {figure.bound:g} {figure.unit}"
        if value is None:
            rows.append((figure.text, "-", bound, "not measured"))
        else:
            rows.append((figure.text, f"{value:.3g} {figure.unit}", bound, "yes" if figure.reached(value) else "NO"))
    return table(("figure", "measured", "to reach", "reached"), rows)


def table_of_steps(workload: Workload, measured: dict[str, Measured]) -> str:
    """Times of a step of all runners of a workload."""
    rows = []
    for label, one in measured.items():
        if one.error is not None or not one.seconds:
            rows.append((label, "failed", *[""] * 7))
            continue
        facts = one.facts
        per_step = one.median / facts["steps"]
        rows.append(
            (
                label,
                f"{per_step * 1e6:.4g}",
                f"{per_step / facts['n_comp'] * 1e9:.3g}",
                f"{variation(one.seconds):.0%}",
                against(measured, label),
                optional(facts.get("build"), ".2g"),
                optional(facts.get("compile"), ".2g"),
                f"{facts.get('device_mb', facts['peak_mb']):.0f}",
                agreement(measured, label, alike=workload.alike),
            )
        )
    header = ("step, us", "ns/comp", "spread", "over ours", "build, s", "compile, s", "peak, MB", "check")
    return table((workload.title, *header), rows) + failures(measured)


def failures(measured: dict[str, Measured]) -> str:
    """Why runners failed, a paragraph each."""
    return "".join(f"\n\n{label} failed: {one.error[:500]}" for label, one in measured.items() if one.error)


def against(measured: dict[str, Measured], label: str) -> str:
    """How many times as long as ours a runner takes."""
    ours = figures.GRADIENT if "gradient" in label else figures.FORWARD
    if ours not in measured or not measured[ours].seconds or label == ours:
        return ""
    return f"{figures.ratio(label, ours)(measured):.2f}"


def agreement(measured: dict[str, Measured], label: str, *, alike: bool) -> str:
    """What must be the same for all: spikes exactly, norms of gradients nearly; marked with ! where it is not."""
    facts = measured[label].facts
    spikes = [one.facts["spikes"] for one in measured.values() if "spikes" in one.facts]
    norms = [one.facts["gradient_norm"] for one in measured.values() if "gradient_norm" in one.facts]
    if "spikes" in facts:
        return f"{facts['spikes']} spikes" + ("" if facts["spikes"] == spikes[0] or not alike else " !")
    if "gradient_norm" in facts:
        close = abs(facts["gradient_norm"] - norms[0]) <= NORM_TOLERANCE * abs(norms[0])
        return f"|g| {facts['gradient_norm']:.4g}" + ("" if close else " !")
    return ""


def table_of_waits(workloads: list[Workload], results: figures.Results) -> str:
    """Seconds of everything that is not a step."""
    labels = list(dict.fromkeys(label for one in workloads for label in results[one.key]))
    rows = []
    for one in workloads:
        measured = results[one.key]
        rows.append((one.title, *(waited(measured[label]) if label in measured else "" for label in labels)))
    return table(("waiting, s", *labels), rows) + "".join(failures(results[one.key]) for one in workloads)


def waited(measured: Measured) -> str:
    """A time [s]."""
    return f"{measured.median:.3g}" if measured.seconds else "failed"


def variation(seconds: list[float]) -> float:
    """Half the range between quartiles over the median, a robust spread."""
    ranked = sorted(seconds)
    quarter = len(ranked) // 4
    return (ranked[-1 - quarter] - ranked[quarter]) / 2 / ranked[len(ranked) // 2]


def optional(value: float | None, spec: str) -> str:
    """A number, or nothing."""
    return "" if value is None else format(value, spec)


def circumstances(cell: str, how: str) -> str:
    """Machine, versions, date and commit, as a list."""
    lines = [
        f"{processor()}, {os.cpu_count()} cores, {memory():.0f} GB; {platform.system()} {platform.release()}",
        f"Python {platform.python_version()}, " + ", ".join(map(version, PACKAGES)),
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, commit {commit()}",
        f"Cell: {cell}. {how}",
    ]
    return "\n".join(f"- {line}" for line in lines)


def processor() -> str:
    """Name of the processor."""
    info = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*:\s*(.+)", info.read_text()) if info.is_file() else []
    return names[0] if names else platform.processor() or platform.machine()


def memory() -> float:
    """Memory of the machine [GB]."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def version(package: str) -> str:
    """A package and its version in this environment."""
    try:
        return f"{package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return f"{package} absent"


def commit() -> str:
    """The commit of this checkout, and whether something differs from it."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=REPOSITORY, capture_output=True, text=True, check=False)  # noqa: S603, S607
        return done.stdout.strip()

    return (git("rev-parse", "--short", "HEAD") or "unknown") + (
        " with changes" if git("status", "--porcelain", "--untracked-files=no", "src", "native") else ""
    )


def write_section(file: Path, name: str, text: str) -> None:
    """Put a text between the marks of its section, and leave all others as they are; a new section goes last."""
    old = file.read_text() if file.is_file() else "# Benchmarks\n"
    first, last = f"<!-- {name} -->", f"<!-- end of {name} -->"
    section = f"{first}\n{text}\n{last}"
    if first in old:
        begin, end = old.index(first), old.index(last) + len(last)
        file.write_text(old[:begin] + section + old[end:])
    else:
        file.write_text(old.rstrip("\n") + "\n\n" + section + "\n")
