"""What was measured, as a table for the terminal and as the page docs/validation.md."""

import datetime as dt
import math
import os
import platform
import textwrap
from collections.abc import Sequence
from typing import Any

from benchmarks.report import commit, processor, table, version
from validation_figures import FIGURES, Measurement, worst
from validation_journal import Journal

PACKAGES = ("jax", "jaxlib", "numpy", "neuron")

HEAD = """\
# Validation

What Dendrax computes beside closed forms, conservation laws, other simulators and itself. Every number below was
measured by one command,

    make validate

which runs the tests of physics and the fuzzers, with all that `make test` leaves out for its length, and writes this
page; `make validate NEURON=1` installs NEURON first, and runs it beside us. A number is a test that calls `holds`, so
that page and tests cannot disagree. *To hold* is the bound that the project was given, or a tighter one; *margin* is
how many times better the measurement is (a power of ten from a thousand on), *exact* that nothing is off at all.
Where several tests measure one thing the worst is shown, and their number. `docs/validation.json` has every
measurement.
"""


def number(value: float, unit: str) -> str:
    """Three digits; counts as they are; no negative zero."""
    value += 0.0
    text = f"{value:,.0f}" if value.is_integer() and abs(value) < 1e9 else f"{value:.3g}"
    return f"{text} {unit}".strip()


def row(one: Measurement) -> tuple[str, str, str, str]:
    """What, measured, to hold, margin."""
    what = one.what if one.tests == 1 else f"{one.what} (worst of {one.tests})"
    bound = f"{'<=' if one.most else '>='} {one.bound:g} {one.unit}".strip()
    return what, "NaN" if math.isnan(one.measured) else number(one.measured, one.unit), bound, one.margin


def by_figure(measurements: Sequence[Measurement]) -> dict[str, list[Measurement]]:
    """The worst of each kind, for all figures that there are, in their order."""
    found = worst(measurements)
    return {figure.name: [one for one in found if one.figure == figure.name] for figure in FIGURES}


def missing(measurements: Sequence[Measurement]) -> list[str]:
    """Names of figures of which nothing was measured."""
    return [name for name, rows in by_figure(measurements).items() if not rows]


def verdict(journal: Journal) -> str:
    """One sentence."""
    measurements = journal.measurements
    rows = worst(measurements)
    failing = [one for one in rows if not one.holds]
    absent = missing(measurements)
    text = f"{len(measurements)} measurements of {len(rows)} numbers in {len(FIGURES) - len(absent)} figures: "
    text += f"{len(failing)} do not hold." if failing else "all hold."
    text += f" Nothing was measured of {', '.join(absent)}." if absent else ""
    return text + (f" Failed: {', '.join(journal.failed)}." if journal.failed else "")


def for_terminal(journal: Journal) -> str:
    """All numbers in one table."""
    found = [one for rows in by_figure(journal.measurements).values() for one in rows]
    rows = [(f"{one.figure:>6}  {row(one)[0]}", *row(one)[1:]) for one in found]
    return table(("figure", "measured", "to hold", "margin"), rows) + "\n" + verdict(journal)


def facts_of_run(seconds: float) -> dict[str, Any]:
    """Machine, versions, commit, date and the time that it took [s]."""
    import dendrax
    from dendrax.engine import native

    system = f"{platform.system()} {platform.release()}"
    return {
        "machine": f"{processor()}, {os.cpu_count()} cores; {system}; native kernels: {native.isa()}",
        "versions": f"Python {platform.python_version()}, " + ", ".join(map(version, PACKAGES)),
        "commit": f"dendrax {dendrax.__version__}, commit {commit()}",
        "date": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC",
        "seconds": round(seconds),
    }


def circumstances(journal: Journal) -> str:
    """Where, when and of which commit each number is."""
    lines = list(dict.fromkeys(run[fact] for fact in ("machine", "versions") for run in journal.runs))
    for k, run in enumerate(journal.runs):
        n_tests = sum(test["run"] == k for test in journal.tests.values())
        tests = "1 test" if n_tests == 1 else f"{n_tests} tests"
        took = f"{run['seconds']} s" if run["seconds"] < 120 else f"{run['seconds'] / 60.0:.0f} minutes"
        lines.append(f"{run['commit']}: {tests}, {run['date']}, in {took}")
    return "\n".join(f"- {line}" for line in lines)


def page(journal: Journal) -> str:
    """The whole page."""
    parts = [HEAD, circumstances(journal), f"**{verdict(journal)}**"]
    measured = by_figure(journal.measurements)
    for figure in FIGURES:
        number_of = f"{figure.name}. " if figure.name.isdigit() else ""
        parts.append(f"## {number_of}{figure.title}")
        parts.append(textwrap.fill(figure.meaning, 120, break_long_words=False, break_on_hyphens=False))
        rows = [row(one) for one in measured[figure.name]]
        parts.append(table(("", "measured", "to hold", "margin"), rows) if rows else "Not measured.")
    if journal.skipped:
        parts.append("## Not run here")
        parts.append("\n".join(f"- {name}: {reason}" for name, reason in journal.skipped))
    return "\n\n".join(part.strip() for part in parts) + "\n"
