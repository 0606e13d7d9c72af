"""The loop around whatever goes on step by step: the bar, Ctrl-C, checkpoints, and going on from these.

Fits, searches and least squares are a `Process` each. A process holds all that it has come to in one value, which it
replaces as a whole, so that an exception anywhere leaves it between two steps: what is saved then belongs together.
"""

from __future__ import annotations

import abc
import time
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import jax

from dendrax import arguments
from dendrax.errors import ModelValueError
from dendrax.optimize import door
from dendrax.optimize.checkpoint_files import Checkpoint
from dendrax.optimize.checkpoints import Checkpoints
from dendrax.running.interruption import bar, interrupts


class Process(abc.ABC):
    """Something that goes on step by step, and that can be saved between two steps."""

    @property
    @abc.abstractmethod
    def step(self) -> int:
        """How many steps are done."""

    @property
    @abc.abstractmethod
    def ended(self) -> str:
        """Why it is over although there are steps left; empty while it goes on."""

    @abc.abstractmethod
    def advance(self, seconds: float) -> str:
        """Make a step, `seconds` after the beginning. Returns what the bar is to say."""

    @abc.abstractmethod
    def settings(self) -> dict[str, Any]:
        """What its course follows from beside what is saved, as JSON has it; the same when it goes on."""

    @abc.abstractmethod
    def saved(self) -> Checkpoint:
        """Where it is; before the first step, what a checkpoint has to look like."""

    @abc.abstractmethod
    def restore(self, saved: Checkpoint, step: int) -> None:
        """Go on from there."""


@dataclass(frozen=True)
class Loop:
    """How a process is run.

    Attributes:
        where: Whose loop it is, for errors: "fit".
        unit: What a step is called.
        steps: How many to make.
        progress: Whether to show a bar.
        checkpoints: Where to save, if anywhere.
        every: Steps from one checkpoint to the next.
        resume: Whether to go on from the last checkpoint, if there is one.
    """

    where: str
    unit: str
    steps: int
    progress: bool
    checkpoints: Checkpoints | None
    every: int
    resume: bool


@dataclass
class Course:
    """What came of running a process.

    Attributes:
        reason: Why it ended: what the process says, the unit in the plural when all steps are done, or "interrupted".
        resumed_at: The step at which it went on from a checkpoint.
        checkpoint: The last checkpoint.
        before: How long it took before it was resumed [s].
        began: When this call began.
    """

    reason: str = ""
    resumed_at: int | None = None
    checkpoint: Path | None = None
    before: float = 0.0
    began: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """How long it has taken [s]."""
        return self.before + time.perf_counter() - self.began


def checked_loop(
    where: str,
    steps: Any,
    progress: Any,
    checkpoint: str | PathLike[str] | None,
    every: Any,
    resume: Any,
    unit: str = "step",
) -> Loop:
    """The loop that a caller asks for.

    Raises:
        ModelTypeError: An argument of the wrong type.
        ModelValueError: Numbers of steps that are not positive; `resume` without `checkpoint`.
        CheckpointError: `checkpoint` is a file.
    """
    arguments.whole(f"{where}: {unit}s", steps)
    arguments.whole(f"{where}: every", every)
    door.check_flags(where, progress=progress, resume=resume)
    if resume and checkpoint is None:
        raise ModelValueError(
            f"{where}: resume=True goes on from checkpoints; say where they are with checkpoint=FOLDER."
        )
    checkpoints = None if checkpoint is None else Checkpoints(checkpoint)
    return Loop(where, unit, int(steps), bool(progress), checkpoints, int(every), bool(resume))


def run(process: Process, loop: Loop) -> Course:
    """Run a process from its beginning, or from the last checkpoint.

    Raises:
        CheckpointError: There are checkpoints, but none is whole, or they are of something else.
        ModelValueError: There are checkpoints that nobody asked to go on from, or of a run with other settings.
    """
    course = Course()
    if loop.checkpoints is not None:
        _resume(process, loop, loop.checkpoints, course)
    saved_at = course.resumed_at
    with interrupts() as request, bar(loop.steps, loop.unit, loop.progress) as shown:
        shown.initial = shown.n = process.step
        try:
            while not process.ended and process.step < loop.steps and not request.made:
                text = process.advance(course.seconds)
                shown.set_postfix_str(text, refresh=False)
                shown.update(process.step - shown.n)
                if process.step % loop.every == 0:
                    saved_at = _save(process, loop, course)
        except KeyboardInterrupt:  # a second Ctrl-C, or one in a callback
            pass
    if saved_at != process.step:
        _save(process, loop, course)
    course.reason = process.ended or (f"{loop.unit}s" if process.step >= loop.steps else "interrupted")
    return course


def _settings(process: Process) -> dict[str, Any]:
    return {"process": type(process).__name__, **process.settings()}


def _resume(process: Process, loop: Loop, checkpoints: Checkpoints, course: Course) -> None:
    """Go on from the last checkpoint, if there is one."""
    if not loop.resume and checkpoints.steps():
        raise ModelValueError(
            f"{loop.where}: there are checkpoints in {checkpoints.folder} already. Pass resume=True to go on from the "
            f"last one, or the name of another folder."
        )
    found = checkpoints.read(process.saved().state)
    if found is None:
        return
    theirs, ours = found.rest["settings"], _settings(process)
    differing = [name for name in sorted({*theirs, *ours}) if theirs.get(name) != ours.get(name)]
    if differing:
        there, here = (", ".join(f"{name}={some.get(name)}" for name in differing) for some in (theirs, ours))
        raise ModelValueError(
            f"{loop.where}: {found.path} was written with {there}, but is to go on with {here}. Pass the same data and "
            f"settings that it was written with, or another folder."
        )
    course.resumed_at, course.checkpoint, course.before = found.rest["step"], found.path, found.rest["seconds"]
    process.restore(found, found.rest["step"])


def _save(process: Process, loop: Loop, course: Course) -> int:
    """Write a checkpoint, if they are wanted. Returns the step that it is of."""
    step = process.step
    if loop.checkpoints is not None:
        state, history, rest, _ = process.saved()
        about = {"step": step, "settings": _settings(process), "seconds": course.seconds, "jax": jax.__version__}
        course.checkpoint = loop.checkpoints.write(step, Checkpoint(state, history, rest | about))
    return step
