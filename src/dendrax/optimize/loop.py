"""The loop around whatever goes on step by step: the bar, Ctrl-C, checkpoints, and going on from these.

Fits, searches and least squares are a `Process` each. A process holds all that it has come to in one value, which it
replaces as a whole, so that an exception anywhere leaves it between two steps: what is saved then belongs together.
"""

from __future__ import annotations

import abc
import time
import warnings
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax

from dendrax.errors import CheckpointWarning, ModelValueError
from dendrax.optimize.checkpoints import Checkpoint, CheckpointFolder
from dendrax.optimize.fingerprint import differing, fingerprint, in_words
from dendrax.running.interruption import bar, interrupts

NAMED = 5
"""How many differences an error names."""


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
        """Plain numbers and names that its course follows from; the same when it goes on."""

    @abc.abstractmethod
    def saved(self) -> Checkpoint:
        """Where it is; before the first step, what a checkpoint has to look like."""

    @abc.abstractmethod
    def restore(self, saved: Checkpoint, step: int, changed: bool) -> None:
        """Go on from there; what it has found counts no more where what decides about it has changed."""


@dataclass(frozen=True)
class Loop:
    """How a process is run; `settings.RunOptions` makes it.

    Attributes:
        where: Whose loop it is, for errors: "fit".
        unit: What a step is called.
        steps: How many to make.
        progress: Whether to show a bar.
        checkpoints: Where to save, if anywhere.
        every: Steps from one checkpoint to the next.
        resume: Whether to go on from the last checkpoint, if there is one; "anyway": even if it is of something else.
    """

    where: str
    unit: str
    steps: int
    progress: bool
    checkpoints: CheckpointFolder | None
    every: int
    resume: bool | str


@dataclass
class Course:
    """What came of running a process.

    Attributes:
        reason: Why it ended: what the process says, the unit in the plural when all steps are done, or "interrupted".
        resumed_at: The step at which it went on from a checkpoint.
        checkpoint: The last checkpoint.
        changes: What was different each time that it went on anyway.
        before: How long it took before it was resumed [s].
        saved_at: The step of the last checkpoint.
        unsaved: Why the last checkpoint could not be written; empty if it was.
        began: When this call began.
    """

    reason: str = ""
    resumed_at: int | None = None
    checkpoint: Path | None = None
    changes: tuple[str, ...] = ()
    before: float = 0.0
    saved_at: int | None = None
    unsaved: str = ""
    began: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """How long it has taken [s]."""
        return self.before + time.perf_counter() - self.began


def run(process: Process, loop: Loop, decides: Mapping[str, Any]) -> Course:
    """Run a process from its beginning, or from the last checkpoint.

    Args:
        process: What to run.
        loop: How.
        decides: What decides how it goes on beside its settings, by name: its fingerprint is in checkpoints.

    Raises:
        CheckpointError: No checkpoint is whole, or they are of something else, or another fit writes there.
        ModelValueError: There are checkpoints that nobody asked to go on from, or of a run with other settings.
    """
    course, folder = Course(), loop.checkpoints
    with folder.held() if folder else nullcontext():
        saver = None if folder is None else _Saver(process, loop, folder, course, decides)
        with interrupts() as request, bar(loop.steps, loop.unit, loop.progress) as shown:
            shown.initial = shown.n = process.step
            with suppress(KeyboardInterrupt):  # a second Ctrl-C, or one in a callback
                while not process.ended and process.step < loop.steps and not request.made:
                    text = process.advance(course.seconds)
                    shown.set_postfix_str(text, refresh=False)
                    shown.update(process.step - shown.n)
                    if saver and process.step % loop.every == 0:
                        saver.save()
        if saver and course.saved_at != process.step:
            with suppress(KeyboardInterrupt):
                saver.save()
        if course.unsaved:
            since = f"step {course.saved_at}" if course.saved_at else "the beginning"
            warnings.warn(
                f"{loop.where}: nothing since {since} is in {folder and folder.folder}: {course.unsaved}. The result "
                f"that is returned has all of it.",
                CheckpointWarning,
                stacklevel=5,
            )
    course.reason = process.ended or (f"{loop.unit}s" if process.step >= loop.steps else "interrupted")
    return course


class _Saver:
    """Writes the checkpoints of a process, which begins at the last one if there is one."""

    def __init__(
        self, process: Process, loop: Loop, folder: CheckpointFolder, course: Course, decides: Mapping[str, Any]
    ) -> None:
        self.process, self.loop, self.folder, self.course = process, loop, folder, course
        if not loop.resume and folder.steps():
            raise ModelValueError(
                f"{loop.where}: there are checkpoints in {folder.folder} already. Pass resume=True to go on from the "
                f"last one, or the name of another folder."
            )
        self.settings = {"process": type(process).__name__, **process.settings()}
        self.entries, self.unseen = fingerprint(decides)
        found = folder.read(process.saved().state)
        if found is None:
            return
        step = found.rest["step"]
        changed = self._compare(found)
        course.changes = (*found.rest.get("changes", ()), *([f"At step {step}: {changed}."] if changed else ()))
        course.resumed_at, course.checkpoint, course.before = step, found.path, found.rest["seconds"]
        course.saved_at = None if changed else step
        process.restore(found, step, bool(changed))

    def _compare(self, found: Checkpoint) -> str:
        """How a checkpoint was written with something else, in words; empty if it was not."""
        loop, theirs, ours = self.loop, found.rest["settings"], self.settings
        pairs = {
            name: (f"{name}={theirs.get(name)}", f"{name}={ours.get(name)}")
            for name in sorted({*theirs, *ours})
            if theirs.get(name) != ours.get(name)
        }
        if "fingerprint" in found.rest:
            entries = found.rest["fingerprint"]
            names, rounded = differing(entries, self.entries)
            pairs |= {
                name: tuple(f"{name}={in_words(some.get(name))}" for some in (entries, self.entries)) for name in names
            }
            if rounded:
                warnings.warn(
                    f"{loop.where}: {', '.join(rounded[:NAMED])} differ from those that {found.path} was written with, "
                    f"but by no more than rounding on another machine does. They are taken for the same.",
                    CheckpointWarning,
                    stacklevel=7,
                )
        else:
            warnings.warn(
                f"{loop.where}: {found.path} was written by an older Dendrax, which did not note what it was fitted "
                f"to. Make sure that loss, data and parameters are the same.",
                CheckpointWarning,
                stacklevel=7,
            )
        if not pairs:
            return ""
        was, is_now = (", ".join(pair[side] for pair in [*pairs.values()][:NAMED]) for side in (0, 1))
        more = f" {len(pairs) - NAMED} more things differ." if len(pairs) > NAMED else ""
        if loop.resume == "anyway":
            return f"went on with {is_now} in place of {was}{more}"
        blind = f" Not compared: {', '.join(self.unseen)}." if self.unseen else ""
        raise ModelValueError(
            f"{loop.where}: {found.path} was written with {was}, but is to go on with {is_now}.{more}{blind} Pass the "
            f'same data and settings that it was written with, or another folder, or resume="anyway" to go on all the '
            f"same."
        )

    def save(self) -> None:
        """Write a checkpoint. What cannot be written is said once, and tried again at the next."""
        course, process, step = self.course, self.process, self.process.step
        state, history, rest, _ = process.saved()
        about = {
            "step": step, "settings": self.settings, "fingerprint": self.entries, "not_compared": self.unseen,
            "changes": course.changes, "seconds": course.seconds, "jax": jax.__version__,
        }  # fmt: skip
        try:
            course.checkpoint = self.folder.write(step, Checkpoint(state, history, rest | about))
            course.saved_at, course.unsaved = step, ""
        except OSError as error:
            if not course.unsaved:
                warnings.warn(
                    f"{self.loop.where}: the checkpoint of step {step} cannot be written into {self.folder.folder}: "
                    f"{error}. It goes on in memory and tries again every {self.loop.every} {self.loop.unit}s.",
                    CheckpointWarning,
                    stacklevel=4,
                )
            course.unsaved = str(error)
