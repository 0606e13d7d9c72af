"""Lets the tests import what is beside them, and records the figures that they hold (docs/design.md, section 5).

`make validate` is `pytest tests/physics --write-figures docs/validation.md`, with all marks but `gpu`; with a selection
(`make validate ARGS="-k rallpack"`) these are measured again, and what others measured stays.
"""

import dataclasses
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]  # the latter for `benchmarks`, which is not installed

import validation_page  # noqa: E402 - found through the line above
from validation_figures import FIGURES, Measurement  # noqa: E402
from validation_journal import Journal  # noqa: E402

collect_ignore = ["make_neuron_goldens.py"]  # a script for another Python; doctest would import it

PROPERTY = "figure of validation"


@pytest.fixture
def holds(request: pytest.FixtureRequest) -> Callable[..., None]:
    """holds(figure, what, measured, at_most=... | at_least=..., unit=""): assert, and record for the page."""

    def hold(
        figure: int | str,
        what: str,
        measured: Any,
        *,
        at_most: float | None = None,
        at_least: float | None = None,
        unit: str = "",
    ) -> None:
        if (at_most is None) == (at_least is None):
            raise ValueError("A figure has one bound: at_most or at_least.")
        if str(figure) not in {one.name for one in FIGURES}:
            raise ValueError(f"There is no figure {figure}: validation_figures.py lists them.")
        bound, most = (at_least, False) if at_most is None else (at_most, True)
        one = Measurement(str(figure), what, float(measured), float(bound), most, unit)
        request.node.user_properties.append((PROPERTY, dataclasses.asdict(one)))
        assert one.holds, str(one)

    return hold


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-figures", type=Path, metavar="PAGE", help="write the figures that tests/physics hold")


def pytest_configure(config: pytest.Config) -> None:
    page = config.getoption("--write-figures", None)
    if page is not None and not hasattr(config, "workerinput"):  # the workers of xdist report to one that writes
        config.pluginmanager.register(Writer(page), "writer of figures")


class Writer:
    """Collects what tests report, whichever process ran them, and writes the page at the end, and all of it as JSON."""

    def __init__(self, page: Path) -> None:
        self.page, self.began = page, time.monotonic()
        self.tests: dict[str, dict[str, Any]] = {}
        self.journal = Journal()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            measured = [value for name, value in report.user_properties if name == PROPERTY]
            self.tests[report.nodeid] = {"measured": measured, "failed": report.failed, "skipped": ""}
        elif report.failed:
            self.tests[report.nodeid] = {"measured": [], "failed": True, "skipped": ""}
        elif report.skipped and isinstance(report.longrepr, tuple):
            reason = report.longrepr[2].removeprefix("Skipped: ")
            self.tests[report.nodeid] = {"measured": [], "failed": False, "skipped": reason}

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A figure that nobody measured does not hold."""
        file = self.page.with_suffix(".json")
        self.journal = Journal.read(file)
        self.journal.add(validation_page.facts_of_run(time.monotonic() - self.began), self.tests)
        self.journal.write(file)
        self.page.write_text(validation_page.page(self.journal), encoding="utf-8")
        if validation_page.missing(self.journal.measurements) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("figures")
        terminalreporter.write_line(validation_page.for_terminal(self.journal))
        terminalreporter.write_line(f"Written to {self.page}")
