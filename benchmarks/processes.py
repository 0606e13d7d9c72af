"""Worker processes as seen from the side that measures: start, ask in turn, stop."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.plan import Runner, Workload

REPOSITORY = Path(__file__).resolve().parent.parent
PATIENCE = 900.0  # s: who has not answered by then has failed
# What would make one side faster or slower than a user has it.
UNSET = ("XLA_FLAGS", "JAX_COMPILATION_CACHE_DIR", "JAX_ENABLE_X64", "JAX_NUM_CPU_DEVICES")


@dataclass
class Measured:
    """What one runner of a workload gave.

    Attributes:
        seconds: Of a run, one entry for each round.
        facts: What the worker said beside it.
        error: Why there is nothing, or None.
    """

    seconds: list[float] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    error: str | None = None

    @property
    def median(self) -> float:
        """Median over the rounds [s]."""
        return median(self.seconds)


class Worker:
    """One process; ready once constructed, or `error` says why not."""

    def __init__(self, settings: dict[str, Any], environment: dict[str, str], patience: float) -> None:
        self.patience = patience
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the worker
        self.process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "benchmarks.worker", json.dumps(settings)],
            cwd=REPOSITORY,
            env={key: value for key, value in os.environ.items() if key not in UNSET} | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
        )
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("a process without pipes")
        self.requests, self.answers = self.process.stdin, self.process.stdout
        self.error: str | None = None
        self.facts = self._answer()

    def run(self) -> float | None:
        """Seconds of one run; None after a failure."""
        if self.error is not None:
            return None
        self.requests.write(b"run\n")
        self.requests.flush()
        answer = self._answer()
        self.facts |= {key: value for key, value in answer.items() if key != "seconds"}
        return answer.get("seconds")

    def stop(self) -> None:
        """End the process."""
        if self.process.poll() is None:
            self.requests.close()  # its loop ends with its input
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.answers.close()
        self.log.close()

    def _answer(self) -> dict[str, Any]:
        ready, _, _ = select.select([self.answers], [], [], self.patience)
        line = self.answers.readline() if ready else b""
        answer = json.loads(line) if line else {"error": self._last_words(bool(ready))}
        self.error = answer.pop("error", None)
        if self.error is not None:
            self.process.kill()
        return answer

    def _last_words(self, ended: bool) -> str:
        if not ended:
            return f"no answer in {self.patience:.0f} s"
        code = self.process.wait()
        self.log.seek(0)
        lines = [line.strip() for line in self.log.read().splitlines() if line.strip()]
        return f"ended with code {code}: {lines[-1] if lines else 'it said nothing'}"


def measure(
    workload: Workload,
    rounds: int,
    cores: list[int],
    environment: dict[str, str] | None = None,
    patience: float = PATIENCE,
) -> dict[str, Measured]:
    """Run everybody in turn: in each round every runner once, so that a machine that changes changes for all.

    Args:
        workload: Whom to run, and with what.
        rounds: How often.
        cores: Cores to pin to: the first; the runners of more devices to as many. Empty: pin nothing.
        environment: Added to that of the workers; by default they stay on the CPU.
        patience: How long to wait for an answer [s].
    """
    environment = {"JAX_PLATFORMS": "cpu"} if environment is None else environment

    def start(runner: Runner) -> Worker:
        settings = workload.settings | runner.settings
        return Worker(settings | {"cores": cores[: settings.get("devices", 1)]}, environment, patience)

    results = {runner.label: Measured() for runner in workload.runners}
    if workload.fresh:
        for _ in range(rounds):
            for runner in workload.runners:
                one = results[runner.label]
                if one.error is None:
                    _ask(start(runner), one, stop=True)
        return results
    workers = {}
    try:
        for runner in workload.runners:
            workers[runner.label] = start(runner)
        for _ in range(rounds):
            for label, worker in workers.items():
                _ask(worker, results[label])
    finally:
        for worker in workers.values():
            worker.stop()
    return results


def _ask(worker: Worker, result: Measured, *, stop: bool = False) -> None:
    """One round of one worker."""
    seconds = worker.run()
    result.facts |= worker.facts
    result.error = worker.error
    if seconds is not None and worker.error is None:
        result.seconds.append(seconds)
    if stop:
        worker.stop()
