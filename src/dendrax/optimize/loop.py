"""The loop around whatever goes on step by step: the bar, Ctrl-C, checkpoints, and going on from these.

Fits, searches and least squares are a `Process` each. A process holds all that it has come to in one value, which it
replaces as a whole, so that an exception anywhere leaves it between two steps: what is saved then belongs together.
"""

from __future__ import annotations

import abc
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax

from dendrax import arguments
from dendrax.errors import CheckpointWarning, ModelValueError
from dendrax.optimize.checkpoints import Checkpoint, CheckpointFolder
from dendrax.optimize.door import check_flags
from dendrax.optimize.fingerprint import Entries, differing, fingerprint, in_words
from dendrax.running.interruption import bar, interrupts

if TYPE_CHECKING:
    from dendrax.optimize.result import Progress

NAMED = 5
"""How many differences an error names."""


class Process(abc.ABC):
    """Something that goes on step by step, and that can be saved between two steps."""

    name = "Fit"  # as checkpoints call it
    where = "fit"  # as errors call it
    unit = "step"
    every = 100  # steps from one checkpoint to the next unless the user says it

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

    def settings(self) -> dict[str, Any]:
        """Plain numbers and names that its course follows from; the same when it goes on."""
        return {}

    @abc.abstractmethod
    def saved(self) -> Checkpoint:
        """Where it is; before the first step, what a checkpoint has to look like."""

    @abc.abstractmethod
    def restore(self, saved: Checkpoint, step: int, changed: bool) -> None:
        """Go on from there; if `changed`, the results so far no longer count."""


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How long a fit goes on, on which devices, and where it is saved.

    Attributes:
        steps: How many steps (or generations) to make; after resuming those before count.
        devices: How many devices to use, or which. For a single fit they share the rows of a batch, and None is one
            device; see `fit`. For many starts and searches they share these, and None is all devices of this machine.
        memory: Memory of a step of many starts, or of a generation, on all devices together: bytes or text such as
            "8 GB". None: half of their memory.
        callbacks: A function or several, each called with a `Progress` after every step; if it returns True, the fit
            ends.
        progress: Whether to show a bar with the loss and the time that is left.
        checkpoint: A folder for checkpoints, of which the last three are kept. Only one fit may write there. Where it
            cannot be written to any more, the fit warns, goes on in memory and tries again at the next checkpoint.
        every: Steps from one checkpoint to the next; the end of the fit gets a checkpoint too. None: 100, in searches
            10, in least squares 1.
        resume: Go on from the last whole checkpoint in that folder; begin anew if there is no checkpoint. It is
            refused where loss, data, start, bounds, optimiser or key are not those that the checkpoint was written
            with; number of steps, `patience`, `tolerance`, `check` and devices may change. "anyway" goes on all the
            same, looks for the lowest loss anew, and lists the differences in `changes` of the result. The contents of
            a compiled extension or an iterator cannot be compared; an iterable must give the same batches again.

    Example:
        >>> import jax.numpy as jnp, dendrax as jx
        >>> run = jx.optimize.RunOptions(steps=200, progress=False)
        >>> solver = jx.optimize.GradientDescent("adam", learning_rate=0.1)
        >>> fitted = jx.optimize.fit(lambda x: (x - 2.0) ** 2, jnp.array(1.0), solver, run=run)
        >>> round(float(fitted.params), 3)
        2.0
    """

    steps: int | None = None
    devices: int | Sequence[Any] | None = None
    memory: float | str | None = None
    callbacks: Callable[[Progress], Any] | Sequence[Callable[[Progress], Any]] = ()
    progress: bool = True
    checkpoint: str | PathLike[str] | CheckpointFolder | None = None
    every: int | None = None
    resume: bool | str = False

    def checked(self, process: type[Process], where: str | None = None) -> RunOptions:
        """The same with the defaults of a process, and its folder opened."""
        where = where or process.where
        steps = arguments.whole(f"{where}: {process.unit}s", self.steps)
        every = process.every if self.every is None else arguments.whole(f"{where}: every", self.every)
        check_flags(where, progress=self.progress)
        if not (isinstance(self.resume, str) and self.resume == "anyway"):
            check_flags(where, resume=self.resume)
        if self.resume and self.checkpoint is None:
            raise ModelValueError(
                f"{where}: resume={self.resume!r} goes on from checkpoints; say where they are with checkpoint=FOLDER."
            )
        given = self.checkpoint
        folder = given if given is None or isinstance(given, CheckpointFolder) else CheckpointFolder(given)
        return replace(self, steps=steps, every=every, progress=bool(self.progress), checkpoint=folder)


@dataclass
class Course:
    """A process on its way, with its checkpoints; and at the end what came of running it."""

    process: Process
    options: RunOptions
    reason: str = ""
    resumed_at: int | None = None
    checkpoint: Path | None = None
    changes: tuple[str, ...] = ()
    before: float = 0.0  # seconds before it was resumed
    saved_at: int | None = None
    unsaved: str = ""  # why the last checkpoint could not be written
    entries: Entries = field(default_factory=dict)
    unseen: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """How long it has taken [s]."""
        return self.before + time.perf_counter() - self.began

    @property
    def folder(self) -> CheckpointFolder | None:
        """Where checkpoints go, if they are wanted."""
        return self.options.checkpoint if isinstance(self.options.checkpoint, CheckpointFolder) else None

    def begin(self, decides: Mapping[str, Any]) -> None:
        """Go on from the last checkpoint, if there is one."""
        process, folder = self.process, self.folder
        if folder is None:
            return
        if not self.options.resume and folder.steps():
            raise ModelValueError(
                f"{process.where}: there are checkpoints in {folder.folder} already. Pass resume=True to go on from "
                f"the last one, or the name of another folder."
            )
        entries, self.unseen = fingerprint(decides)
        settings = {"process": process.name, **process.settings()}
        self.entries = {name: str(settings[name]) for name in sorted(settings)} | entries
        found = folder.read(process.saved().state)
        if found is None:
            return
        step, changed = found.rest["step"], self._difference(found)
        self.changes = (*found.rest.get("changes", ()), *([f"At step {step}: {changed}."] if changed else ()))
        self.resumed_at, self.checkpoint, self.before = step, found.path, found.rest["seconds"]
        self.saved_at = None if changed else step
        process.restore(found, step, bool(changed))

    def _difference(self, found: Checkpoint) -> str:
        """How a checkpoint was written with something else, in words; empty if it was not."""
        where, theirs, doubt = self.process.where, found.rest.get("fingerprint"), ""
        if theirs is None:
            theirs = self.entries | {name: str(value) for name, value in found.rest["settings"].items()}
            doubt = (
                f"{found.path} was written by an older Dendrax, which did not note what it was fitted to. Make sure "
                f"that loss, data and parameters are the same."
            )
        names, rounded = differing(theirs, self.entries)
        if rounded:
            doubt = (
                f"{', '.join(rounded[:NAMED])} differ from those that {found.path} was written with, but by no more "
                f"than rounding on another machine does. They are taken for the same."
            )
        if doubt:
            warnings.warn(f"{where}: {doubt}", CheckpointWarning, stacklevel=7)
        if not names:
            return ""
        was, is_now = (
            ", ".join(f"{name}={in_words(some.get(name))}" for name in names[:NAMED]) for some in (theirs, self.entries)
        )
        more = f" {len(names) - NAMED} more things differ." if len(names) > NAMED else ""
        if self.options.resume == "anyway":
            return f"went on with {is_now} in place of {was}{more}"
        blind = f" Not compared: {', '.join(self.unseen)}." if self.unseen else ""
        raise ModelValueError(
            f"{where}: {found.path} was written with {was}, but is to go on with {is_now}.{more}{blind} Pass the "
            f'same data and settings that it was written with, or another folder, or resume="anyway" to go on all the '
            f"same."
        )

    def save(self) -> None:
        """Write a checkpoint. If that fails, warn once and try again at the next."""
        process, folder, step = self.process, self.folder, self.process.step
        if folder is None or self.saved_at == step:
            return
        state, history, rest, _ = process.saved()
        about = {
            "step": step, "fingerprint": self.entries, "not_compared": self.unseen, "changes": self.changes,
            "seconds": self.seconds, "jax": jax.__version__,
        }  # fmt: skip
        try:
            self.checkpoint = folder.write(step, Checkpoint(state, history, rest | about))
            self.saved_at, self.unsaved = step, ""
        except OSError as error:
            if not self.unsaved:
                warnings.warn(
                    f"{process.where}: the checkpoint of step {step} cannot be written into {folder.folder}: {error}. "
                    f"It goes on in memory and tries again every {self.options.every} {process.unit}s.",
                    CheckpointWarning,
                    stacklevel=4,
                )
            self.unsaved = str(error)


def run(process: Process, options: RunOptions, decides: Mapping[str, Any]) -> Course:
    """Run a process, from its beginning or from the last checkpoint, which names what `decides` how it goes on."""
    course, steps = Course(process, options), options.steps or 0
    with course.folder.held() if course.folder else nullcontext():
        course.begin(decides)
        with interrupts() as request, bar(steps, process.unit, options.progress) as shown:
            shown.initial = shown.n = process.step
            with suppress(KeyboardInterrupt):  # a second Ctrl-C, or one in a callback
                while not process.ended and process.step < steps and not request.made:
                    text = process.advance(course.seconds)
                    shown.set_postfix_str(text, refresh=False)
                    shown.update(process.step - shown.n)
                    if process.step % (options.every or 1) == 0:
                        course.save()
        with suppress(KeyboardInterrupt):
            course.save()
        if course.unsaved:
            since = f"step {course.saved_at}" if course.saved_at else "the beginning"
            place = course.folder and course.folder.folder
            warnings.warn(
                f"{process.where}: nothing since {since} is in {place}: {course.unsaved}. The returned "
                f"result is complete.",
                CheckpointWarning,
                stacklevel=5,
            )
    course.reason = process.ended or (f"{process.unit}s" if process.step >= steps else "interrupted")
    return course
