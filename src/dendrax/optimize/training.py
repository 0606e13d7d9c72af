"""The loop around the step: batches, the bar, Ctrl-C, callbacks, checkpoints.

All that a fit has come to is one `Moment`, replaced as a whole after each step, so that an interruption at any point
leaves the state, the position in the data and the step that belong together.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from dendrax.errors import FitWarning, ModelValueError
from dendrax.optimize import leaves
from dendrax.optimize.batches import Position, Source
from dendrax.optimize.checkpoints import Checkpoint, Checkpoints
from dendrax.optimize.result import FitResult, Progress
from dendrax.optimize.side_by_side import Layout
from dendrax.optimize.step import GOES_ON, NOT_FINITE, PLATEAU, Report, Rule, State
from dendrax.running.interruption import bar, interrupts


@dataclass(frozen=True)
class Job:
    """All that stays the same during a fit.

    Attributes:
        rule: One step.
        layout: One fit, or many side by side.
        source: Of the batches.
        steps: How many to make.
        callbacks: Called after each step; one that returns True ends the fit.
        checkpoints: Where to save, if anywhere.
        every: Steps from one checkpoint to the next.
        progress: Whether to show a bar.
    """

    rule: Rule
    layout: Layout
    source: Source
    steps: int
    callbacks: Sequence[Callable[[Progress], Any]]
    checkpoints: Checkpoints | None
    every: int
    progress: bool


class Moment(NamedTuple):
    """Where a fit is between two steps."""

    state: State
    position: Position
    step: int


@dataclass
class Course:
    """A fit from its beginning to where it is.

    Attributes:
        now: Where it is.
        loss: Before each step; may be one longer than `now` says.
        norm: Of each gradient.
        messages: Why a fit broke, by the number of its start.
        aux: Of the last step.
        resumed_at: The step at which it went on from a checkpoint.
        saved_at: The step of the last checkpoint.
        before: How long it took before it was resumed [s].
        began: When this call began.
    """

    now: Moment
    loss: list[Any] = field(default_factory=list)
    norm: list[Any] = field(default_factory=list)
    messages: dict[int, str] = field(default_factory=dict)
    aux: Any = None
    resumed_at: int | None = None
    saved_at: int | None = None
    before: float = 0.0
    began: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """How long it has taken [s]."""
        return self.before + time.perf_counter() - self.began


def run(job: Job, unbounded: Any, resume: bool) -> list[FitResult]:
    """Fit, from the beginning or from the last checkpoint.

    Args:
        job: What to do.
        unbounded: Where to begin.
        resume: Whether to go on from the last checkpoint, if there is one.

    Returns:
        A result for each start.

    Raises:
        CheckpointError: There are checkpoints, but none is whole, or they are of another fit.
        ModelValueError: There are checkpoints that nobody asked to go on from.
    """
    course = _begin(job, unbounded, resume)
    program = job.layout.compiled(job.rule)
    reason = "steps"
    with interrupts() as request, bar(job.steps, "step", job.progress) as shown:
        shown.initial = shown.n = course.now.step
        try:
            while reason == "steps" and course.now.step < job.steps and _anyone_goes_on(course.now.state):
                reason = _advance(job, program, course, shown)
                if request.made:
                    reason = "interrupted"
        except KeyboardInterrupt:  # a second Ctrl-C, or one in a callback
            reason = "interrupted"
    if job.checkpoints is not None and course.saved_at != course.now.step:
        _save(job, course)
    return _results(job, course, reason)


def _begin(job: Job, unbounded: Any, resume: bool) -> Course:
    fresh = Course(Moment(job.layout.begin(job.rule, unbounded), Position(), 0))
    if job.checkpoints is None:
        return fresh
    if not resume and job.checkpoints.steps():
        raise ModelValueError(
            f"fit: there are checkpoints in {job.checkpoints.folder} already. Pass resume=True to go on from the last "
            f"one, or the name of another folder."
        )
    saved = job.checkpoints.read(job.layout.cut(fresh.now.state))
    return fresh if saved is None else _resumed(job, saved)


def _resumed(job: Job, saved: Checkpoint) -> Course:
    theirs, ours = saved.rest["source"], job.source.settings()
    if theirs != ours:
        raise ModelValueError(
            f"fit: {saved.path} was written with data {theirs}, but is to go on with {ours}. Pass the same data, "
            f"batch_size and key, or another folder."
        )
    state: State = saved.state
    broke = state.ended == NOT_FINITE  # with other settings what has ended may go on
    state = state._replace(ended=job.rule.verdict(state.waited, broke))
    step, position = saved.rest["step"], Position(*saved.rest["position"])
    job.source.seek(position)
    return Course(
        Moment(job.layout.placed(state), position, step),
        loss=list(saved.history["loss"]),
        norm=list(saved.history["gradient_norm"]),
        messages={int(number): text for number, text in saved.rest["messages"].items()},
        resumed_at=step,
        saved_at=step,
        before=saved.rest["seconds"],
    )


def _save(job: Job, course: Course) -> None:
    """Write a checkpoint of where a fit is."""
    state, position, step = course.now
    if job.checkpoints is None:
        return
    rest = {
        "step": step,
        "position": list(position),
        "source": job.source.settings(),
        "messages": {str(number): text for number, text in course.messages.items()},
        "seconds": course.seconds,
        "jax": jax.__version__,
    }
    shape = (0, *np.shape(state.lowest))
    history = {
        "loss": np.asarray(course.loss[:step]) if step else np.zeros(shape),
        "gradient_norm": np.asarray(course.norm[:step]) if step else np.zeros(shape),
    }
    job.checkpoints.write(step, Checkpoint(job.layout.cut(state), history, rest))
    course.saved_at = step


def _advance(job: Job, program: Callable[..., tuple[State, Report]], course: Course, shown: Any) -> str:
    """One step. Returns why the fit ends, or "steps" if it goes on."""
    batch = job.source.take()
    if batch is None:
        return "data"
    before = course.now
    state, report = program(before.state, batch.arguments, np.asarray(batch.ends_epoch))
    loss, norm, ended, lowest = job.layout.cut(
        jax.device_get((report.loss, report.gradient_norm, state.ended, state.lowest))
    )
    course.loss.append(loss)
    course.norm.append(norm)
    course.aux = report.aux
    for number in np.flatnonzero(np.atleast_1d(ended == NOT_FINITE)):
        if int(number) not in course.messages:
            course.messages[int(number)] = _what_broke(job, before, report, int(number))
    course.now = Moment(state, batch.after, before.step + 1)
    shown.set_postfix_str(f"loss {np.min(loss):.4g}, lowest {np.min(lowest):.4g}", refresh=False)
    shown.update()
    seen = Progress(
        course.now.step,
        loss[()],
        norm[()],
        job.layout.cut(report.aux),
        course.seconds,
        lambda: job.layout.params(job.rule, state.params),
    )
    stops = [callback(seen) for callback in job.callbacks]
    if job.checkpoints is not None and course.now.step % job.every == 0:
        _save(job, course)
    return "callback" if any(stop is True for stop in stops) else "steps"


def _what_broke(job: Job, before: Moment, report: Report, number: int) -> str:
    """The first thing that was not finite, in a sentence."""
    params = job.layout.one(before.state.params, number)
    values = job.layout.params_of_one(job.rule, before.state.params, number)
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
    shown = jax.tree.map(np.asarray, values)
    return (
        f"{text} The parameters there are {shown!r:.300}. Narrow their bounds, clip the gradient or make smaller steps;"
        f" `integrate(..., check=True)` with them says where the simulation breaks."
    ).strip()


def _anyone_goes_on(state: State) -> bool:
    return bool((np.asarray(state.ended) == GOES_ON).any())


def _results(job: Job, course: Course, reason: str) -> list[FitResult]:
    """What each start came to."""
    step = course.now.step
    losses, norms = (np.asarray(one[:step]).reshape(step, job.layout.n) for one in (course.loss, course.norm))
    results = [_result(job, course, reason, number, losses, norms) for number in range(job.layout.n)]
    broken = [one for one in results if one.reason == "not finite"]
    if len(broken) == len(results):
        warnings.warn(broken[0].message, FitWarning, stacklevel=4)
    return results


def _result(job: Job, course: Course, reason: str, number: int, losses: np.ndarray, norms: np.ndarray) -> FitResult:
    state, _, step = course.now
    ended = int(np.atleast_1d(state.ended)[number])
    own = {GOES_ON: reason, PLATEAU: "plateau", NOT_FINITE: "not finite"}[ended]
    lowest = float(np.atleast_1d(state.lowest)[number])
    last = job.layout.params_of_one(job.rule, state.params, number)
    known = np.isfinite(lowest)
    messages = {
        "steps": f"All {step} steps are done.",
        "plateau": f"{job.rule.patience} epochs did not lower the loss by {job.rule.tolerance:.3g} of it.",
        "not finite": course.messages.get(number, ""),
        "interrupted": f"Interrupted after {step} of {job.steps} steps.",
        "callback": f"A callback ended it after {step} steps.",
        "data": f"The data ended after {step} steps.",
    }
    return FitResult(
        params=job.layout.params_of_one(job.rule, state.best, number) if known else last,
        last=last,
        lowest=lowest if known else float("nan"),
        loss=losses[:, number],
        gradient_norm=norms[:, number],
        steps=step,
        reason=own,
        message=messages[own],
        aux=job.layout.one(course.aux, number),
        seconds=course.seconds,
        checkpoint=_last_checkpoint(job, course),
        resumed_at=course.resumed_at,
    )


def _last_checkpoint(job: Job, course: Course) -> Path | None:
    if job.checkpoints is None or course.saved_at is None:
        return None
    return job.checkpoints.path(course.saved_at)
