"""Records the figures that tests hold, and writes the page of them (docs/design.md, section 5).

`make validate` is pytest with `--write-figures docs/validation.md` on the tests that have figures, with all marks but
`gpu`; with a selection (`make validate ARGS="-k rallpack"`) these are measured again, and what others measured stays.

Who fuzzes marks a test with `cases(what, n)`: that it passes with n cases is a figure too.
"""

import dataclasses
import os
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import validation_page
from validation_figures import FIGURES, Measurement
from validation_journal import Journal

from dendrax import files

MORE = int(os.environ.get("DENDRAX_FUZZ", "1"))
"""How many times more cases than in the default run; `make validate` asks for 20."""

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


def cases(what: str, n: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator for a test of hypothesis: how many examples it tries, and what these are."""

    def mark(test: Callable[..., Any]) -> Callable[..., Any]:
        return pytest.mark.cases(what, MORE * n)(hypothesis.settings(max_examples=MORE * n)(test))

    return mark


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test with marked cases has shown."""
    report = yield
    marker = item.get_closest_marker("cases")
    if marker is not None and report.when == "call" and not report.skipped:
        what, n = marker.args
        one = Measurement("fuzzing", f"{what}: faults in {n:,} cases", float(report.failed), 0.0, True)
        report.user_properties.append((PROPERTY, dataclasses.asdict(one)))
    return report


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-figures", type=Path, metavar="PAGE", help="write the figures that the tests hold")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "cases(what, n): tries n cases, none of which may fail")
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
        files.write("make validate", self.page, [validation_page.page(self.journal).encode()])
        if validation_page.missing(self.journal.measurements) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("figures")
        terminalreporter.write_line(validation_page.for_terminal(self.journal))
        terminalreporter.write_line(f"Written to {self.page}")
