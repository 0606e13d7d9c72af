"""Gradient descent as a process: a step and what follows it, where it is, and what each start came to.

All that a fit has come to is one `Moment`, replaced as a whole after each step, so that an interruption at any point
leaves the state, the position in the data and the step that belong together.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import jax
import numpy as np

from dendrax.errors import FitWarning
from dendrax.optimize.batches import Position, Source
from dendrax.optimize.checkpoint_files import Checkpoint
from dendrax.optimize.diagnosis import what_broke, where_it_broke
from dendrax.optimize.loop import Course, Loop, Process, run
from dendrax.optimize.result import FitResult, Progress
from dendrax.optimize.side_by_side import Layout
from dendrax.optimize.step import GOES_ON, NOT_FINITE, PLATEAU, Rule, State


@dataclass(frozen=True)
class Job:
    """All that stays the same during a fit.

    Attributes:
        rule: One step.
        layout: One fit, or many side by side.
        source: Of the batches.
        callbacks: Called after each step; one that returns True ends the fit.
    """

    rule: Rule
    layout: Layout
    source: Source
    callbacks: Sequence[Callable[[Progress], Any]]


class Moment(NamedTuple):
    """Where a fit is between two steps."""

    state: State
    position: Position
    step: int


class Fit(Process):
    """Fits from one start or from many, side by side.

    Args:
        job: What to do.
        unbounded: Where to begin.

    Attributes:
        now: Where it is.
        loss: Before each step; may be one longer than `now` says.
        norm: Of each gradient.
        messages: Why a fit broke, by the number of its start.
        aux: Of the last step.
    """

    def __init__(self, job: Job, unbounded: Any) -> None:
        self.job = job
        self.now = Moment(job.layout.begin(job.rule, unbounded), Position(), 0)
        self.loss: list[Any] = []
        self.norm: list[Any] = []
        self.messages: dict[int, str] = {}
        self.aux: Any = None
        self._stopped = ""
        self._program = job.layout.compiled(job.rule)

    @property
    def step(self) -> int:
        """How many steps are done."""
        return self.now.step

    @property
    def ended(self) -> str:
        """Why no start goes on."""
        if self._stopped:
            return self._stopped
        return "" if (np.asarray(self.now.state.ended) == GOES_ON).any() else "ended"

    def settings(self) -> dict[str, Any]:
        """What the order of the batches follows from."""
        return self.job.source.settings()

    def advance(self, seconds: float) -> str:
        """One step of all starts."""
        job, before = self.job, self.now
        batch = job.source.take()
        if batch is None:
            self._stopped = "data"
            return ""
        state, report = self._program(before.state, batch.arguments, np.asarray(batch.ends_epoch))
        loss, norm, ended, lowest = job.layout.cut(
            jax.device_get((report.loss, report.gradient_norm, state.ended, state.lowest))
        )
        self.loss.append(loss)
        self.norm.append(norm)
        self.aux = report.aux
        for number in np.flatnonzero(np.atleast_1d(ended == NOT_FINITE)):
            if (start := int(number)) not in self.messages:
                self.messages[start] = what_broke(job.layout, job.rule, before.state, report, before.step, start)
        self.now = Moment(state, batch.after, before.step + 1)
        seen = Progress(
            self.now.step,
            loss[()],
            norm[()],
            job.layout.cut(report.aux),
            seconds,
            lambda: job.layout.params(job.rule, state.params),
        )
        for callback in job.callbacks:
            if callback(seen) is True:
                self._stopped = "callback"
        return f"loss {np.min(loss):.4g}, lowest {np.min(lowest):.4g}"

    def saved(self) -> Checkpoint:
        """Where it is."""
        state, position, step = self.now
        shape = (0, *np.shape(self.job.layout.cut(state.lowest)))
        history = {
            "loss": np.asarray(self.loss[:step]) if step else np.zeros(shape),
            "gradient_norm": np.asarray(self.norm[:step]) if step else np.zeros(shape),
        }
        messages = {str(number): text for number, text in self.messages.items()}
        return Checkpoint(self.job.layout.cut(state), history, {"position": list(position), "messages": messages})

    def restore(self, saved: Checkpoint, step: int) -> None:
        """Go on from there."""
        state: State = saved.state
        broke = state.ended == NOT_FINITE  # with other settings what has ended may go on
        state = state._replace(ended=self.job.rule.verdict(state.waited, broke))
        position = Position(*saved.rest["position"])
        self.job.source.seek(position)
        self.now = Moment(self.job.layout.placed(state), position, step)
        self.loss, self.norm = list(saved.history["loss"]), list(saved.history["gradient_norm"])
        self.messages = {int(number): text for number, text in saved.rest["messages"].items()}


def train(job: Job, unbounded: Any, loop: Loop) -> list[FitResult]:
    """Fit, from the beginning or from the last checkpoint. Returns a result for each start.

    Raises:
        CheckpointError: There are checkpoints, but none is whole, or they are of another fit.
        ModelValueError: There are checkpoints that nobody asked to go on from.
    """
    fit = Fit(job, unbounded)
    return _results(fit, run(fit, loop), loop)


def _results(fit: Fit, course: Course, loop: Loop) -> list[FitResult]:
    """What each start came to."""
    step, n = fit.step, fit.job.layout.n
    losses, norms = (np.asarray(one[:step]).reshape(step, n) for one in (fit.loss, fit.norm))
    results = [_result(fit, course, loop, number, losses[:, number], norms[:, number]) for number in range(n)]
    broken = [number for number, one in enumerate(results) if one.reason == "not finite"]
    if broken:  # the first of them is looked into
        first = results[broken[0]]
        where = where_it_broke(fit.job.rule.objective.loss, first.last, "result.last")
        results[broken[0]] = replace(first, message=f"{first.message} {where}")
    if len(broken) == n:
        warnings.warn(results[0].message, FitWarning, stacklevel=5)
    return results


def _result(fit: Fit, course: Course, loop: Loop, number: int, loss: np.ndarray, norm: np.ndarray) -> FitResult:
    job, (state, _, step) = fit.job, fit.now
    ended = int(np.atleast_1d(state.ended)[number])
    own = {GOES_ON: course.reason, PLATEAU: "plateau", NOT_FINITE: "not finite"}[ended]
    lowest = float(np.atleast_1d(state.lowest)[number])
    last = job.layout.params_of_one(job.rule, state.params, number)
    known = np.isfinite(lowest)
    messages = {
        "steps": f"All {step} steps are done.",
        "plateau": f"{job.rule.patience} epochs did not lower the loss by {job.rule.tolerance:.3g} of it.",
        "not finite": fit.messages.get(number, ""),
        "interrupted": f"Interrupted after {step} of {loop.steps} steps.",
        "callback": f"A callback ended it after {step} steps.",
        "data": f"The data ended after {step} steps.",
    }
    return FitResult(
        params=job.layout.params_of_one(job.rule, state.best, number) if known else last,
        last=last,
        lowest=lowest if known else float("nan"),
        loss=loss,
        gradient_norm=norm,
        steps=step,
        reason=own,
        message=messages[own],
        aux=job.layout.one(fit.aux, number),
        seconds=course.seconds,
        checkpoint=course.checkpoint,
        resumed_at=course.resumed_at,
    )
