"""What all tests measured, kept beside the page, so that a part can be measured again without the rest."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from validation_figures import Measurement

from dendrax import files


@dataclasses.dataclass
class Journal:
    """Runs, and of each test its last run and what it measured.

    Attributes:
        runs: Facts of each run, in order: when, commit, machine, versions, seconds.
        tests: Node id -> number of its run, its measurements, whether it failed, or why it was skipped.
    """

    runs: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    tests: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> "Journal":
        """From a file; empty where there is none."""
        return cls(**json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else cls()

    def write(self, file: Path) -> None:
        """One line for each test, so that a difference can be read."""
        tests = ",\n".join(f"  {json.dumps(name)}: {json.dumps(self.tests[name])}" for name in sorted(self.tests))
        runs = ",\n".join(f"  {json.dumps(run)}" for run in self.runs)
        text = f'{{\n "runs": [\n{runs}\n ],\n "tests": {{\n{tests}\n }}\n}}\n'
        files.write("make validate", file, [text.encode()])

    def add(self, run: dict[str, Any], tests: dict[str, dict[str, Any]]) -> None:
        """A new run, and what its tests say in place of what they said before; runs that say nothing are forgotten."""
        for name, test in tests.items():
            self.tests[name] = test | {"run": len(self.runs)}
            if not any(test.values()):  # passed, and measures nothing
                del self.tests[name]
        runs = [*self.runs, run]
        used = sorted({test["run"] for test in self.tests.values()})
        self.runs = [runs[k] for k in used]
        for test in self.tests.values():
            test["run"] = used.index(test["run"])

    @property
    def measurements(self) -> list[Measurement]:
        """All that was measured."""
        return [Measurement(**one) for test in self.tests.values() for one in test["measured"]]

    @property
    def failed(self) -> list[str]:
        """Tests that failed, by a number that does not hold or before they had one."""
        return sorted(name.partition("::")[2] for name, test in self.tests.items() if test["failed"])

    @property
    def skipped(self) -> list[tuple[str, str]]:
        """Names and reasons of tests that could not run."""
        return sorted(
            {(name.partition("::")[2], test["skipped"]) for name, test in self.tests.items() if test["skipped"]}
        )
