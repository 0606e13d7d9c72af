"""Gradient descent as a process: its steps, its position, and the result of each start.

The position of a fit is a single `Moment`, replaced as a whole after each step, so that an interruption at any point
leaves a state, a position in the data and a number of steps that belong together.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import jax
import numpy as np

from dendrax.errors import FitWarning
from dendrax.optimize import leaves
from dendrax.optimize.batches import BatchSource, Position
from dendrax.optimize.checkpoints import Checkpoint
from dendrax.optimize.experiment import where_it_broke
from dendrax.optimize.loop import Course, Process, RunOptions, run
from dendrax.optimize.result import FitResult, Progress
from dendrax.optimize.step import GOES_ON, NOT_FINITE, PLATEAU, FitState, Report, Rule
from dendrax.running.devices import Alone


class Moment(NamedTuple):
    """Where a fit is between two steps."""

    state: FitState
    position: Position
    step: int


class Descent(Process):
    """Fits from one start or from many, side by side."""

    def __init__(
        self,
        rule: Rule,
        layout: Alone,
        source: BatchSource,
        callbacks: Sequence[Callable[[Progress], Any]],
        unbounded: Any,
    ) -> None:
        self.rule, self.layout, self.source, self.callbacks = rule, layout, source, callbacks
        self.now = Moment(layout.placed(layout.each(rule.begin)(unbounded)), Position(), 0)
        self.loss: list[Any] = []
        self.norm: list[Any] = []
        self.messages: dict[int, str] = {}
        self.aux: Any = None
        self._stopped = ""
        self._program = layout.program(rule.step)

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
        """The settings that determine the order of the batches."""
        return self.source.settings()

    def advance(self, seconds: float) -> str:
        """One step of all starts."""
        before, layout = self.now, self.layout
        batch = self.source.take()
        if batch is None:
            self._stopped = "data"
            return ""
        state, report = self._program(before.state, batch.arguments, np.asarray(batch.ends_epoch))
        loss, norm, ended, lowest = layout.cut(
            jax.device_get((report.loss, report.gradient_norm, state.ended, state.lowest))
        )
        self.loss.append(loss)
        self.norm.append(norm)
        self.aux = report.aux
        for number in np.flatnonzero(np.atleast_1d(ended == NOT_FINITE)):
            if (start := int(number)) not in self.messages:
                self.messages[start] = self._what_broke(before, report, start)
        self.now = Moment(state, self.source.position, before.step + 1)
        params = lambda: layout.each(self.rule.objective.forward)(leaves.anywhere(layout.cut(state.params)))  # noqa: E731
        seen = Progress(self.now.step, loss[()], norm[()], layout.cut(report.aux), seconds, params)
        for callback in self.callbacks:
            if callback(seen) is True:
                self._stopped = "callback"
        return f"loss {np.min(loss):.4g}, lowest {np.min(lowest):.4g}"

    def saved(self) -> Checkpoint:
        """Where it is."""
        state, position, step = self.now
        shape = (step, *np.shape(self.layout.cut(state.lowest)))
        seen = {"loss": self.loss, "gradient_norm": self.norm}
        history = {name: np.asarray(some[:step]).reshape(shape) for name, some in seen.items()}
        messages = {str(number): text for number, text in self.messages.items()}
        return Checkpoint(self.layout.cut(state), history, {"position": list(position), "messages": messages})

    def restore(self, saved: Checkpoint, step: int, changed: bool) -> None:
        """Go on from there; where the loss may be another, the lowest is looked for anew."""
        state: FitState = saved.state
        broke = state.ended == NOT_FINITE
        if changed:
            state = self.rule.judging_anew(state)
        state = state._replace(ended=self.rule.verdict(state.waited, broke))  # with other settings it may go on
        position = Position(*saved.rest["position"])
        self.source.seek(position)
        self.now = Moment(self.layout.placed(state), position, step)
        self.loss, self.norm = list(saved.history["loss"]), list(saved.history["gradient_norm"])
        self.messages = {int(number): text for number, text in saved.rest["messages"].items()}

    def params_of(self, unbounded: Any, number: int) -> Any:
        """Parameters of the model, of one start."""
        return self.rule.objective.forward(leaves.anywhere(self.layout.one(unbounded, number)))

    def _what_broke(self, before: Moment, report: Report, number: int) -> str:
        """The first thing that was not finite in a step, in a sentence."""
        params = self.layout.one(before.state.params, number)
        loss = float(np.atleast_1d(report.loss)[number])
        names, arrays = leaves.names_of(params), jax.tree.leaves(params)
        where = f"at step {before.step}"
        text = f"The loss is {loss} {where}." if not np.isfinite(loss) else ""
        for what, found in (("gradient", report.bad_gradient), ("value after the step", report.bad_params)):
            places = np.atleast_2d(np.asarray(found))[number]
            bad = [
                leaves.entry_name(name, array, int(place))
                for name, array, place in zip(names, arrays, places, strict=True)
                if place >= 0
            ]
            if bad:
                text += f" The {what} is not finite {where} for {', '.join(bad[:5])}"
                text += f" and {len(bad) - 5} more arrays." if len(bad) > 5 else "."
                break
        shown = jax.tree.map(np.asarray, self.params_of(before.state.params, number))
        return (
            f"{text} The parameters there are {shown!r:.300}. Narrow their bounds, clip the gradient or make smaller "
            f"steps."
        ).strip()

    def result(self, course: Course, steps: int | None, number: int) -> FitResult:
        """The result of a start."""
        state, _, step = self.now
        loss, norm = (np.asarray(one[:step]).reshape(step, self.layout.n)[:, number] for one in (self.loss, self.norm))
        ended = int(np.atleast_1d(state.ended)[number])
        own = {GOES_ON: course.reason, PLATEAU: "plateau", NOT_FINITE: "not finite"}[ended]
        lowest = float(np.atleast_1d(state.lowest)[number])
        last = self.params_of(state.params, number)
        known = np.isfinite(lowest)
        messages = {
            "steps": f"All {step} steps are done.",
            "plateau": f"{self.rule.patience} epochs did not lower the loss by {self.rule.tolerance:.3g} of it.",
            "not finite": self.messages.get(number, ""),
            "interrupted": f"Interrupted after {step} of {steps} steps.",
            "callback": f"A callback ended it after {step} steps.",
            "data": f"The data ended after {step} steps.",
        }
        return FitResult(
            params=self.params_of(state.best, number) if known else last,
            last=last,
            lowest=lowest if known else float("nan"),
            loss=loss,
            gradient_norm=norm,
            steps=step,
            reason=own,
            message=messages[own],
            aux=self.layout.one(self.aux, number),
            seconds=course.seconds,
            checkpoint=course.checkpoint,
            resumed_at=course.resumed_at,
            changes=course.changes,
        )


def train(fit: Descent, options: RunOptions, decides: Mapping[str, Any]) -> list[FitResult]:
    """Fit, from the beginning or from the last checkpoint. Returns a result for each start; see `loop.run`."""
    course = run(fit, options, decides)
    results = [fit.result(course, options.steps, number) for number in range(fit.layout.n)]
    broken = [number for number, one in enumerate(results) if one.reason == "not finite"]
    if broken:  # the first of them is looked into
        first = results[broken[0]]
        where = where_it_broke(fit.rule.objective.loss, first.last, "result.last")
        results[broken[0]] = replace(first, message=f"{first.message} {where}")
    if len(broken) == len(results):
        warnings.warn(results[0].message, FitWarning, stacklevel=5)
    return results
