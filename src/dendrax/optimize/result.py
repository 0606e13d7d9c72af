"""The results of fits and searches, and the progress that callbacks see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class FitResult:
    """What a fit found.

    Attributes:
        params: The parameters with the lowest loss, for the model: for `module.write_trainables` and `integrate`. With
            minibatches those at the end of the epoch whose mean loss was lowest.
        last: The parameters after the last step.
        lowest: The loss of `params`; NaN where no epoch was completed, and `params` is `last`.
        loss: The loss before each step. (step,)
        gradient_norm: Euclidean length of the gradient by the unbounded parameters at each step. (step,)
        steps: Number of steps, those before a resumption included.
        reason: Why it ended: "steps" (all are done), "plateau", "not finite", "interrupted" (Ctrl-C), "callback" or
            "data" (there are no more).
        message: The same in a sentence; for "not finite" it names the parameter.
        aux: What the loss returned beside its value at the last step, if anything.
        seconds: How long it took, compilation and the time before a resumption included [s].
        checkpoint: The last checkpoint that was written, if any.
        resumed_at: The step at which this call went on from a checkpoint, if it did.
        changes: The differences when it went on anyway (`resume="anyway"`), a sentence for each time.
    """

    params: Any
    last: Any
    lowest: float
    loss: np.ndarray
    gradient_norm: np.ndarray
    steps: int
    reason: str
    message: str
    aux: Any = None
    seconds: float = 0.0
    checkpoint: Path | None = None
    resumed_at: int | None = None
    changes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return (
            f"FitResult(lowest={self.lowest:.6g}, steps={self.steps}, reason={self.reason!r}, "
            f"seconds={self.seconds:.3g})"
        )


@dataclass(frozen=True)
class ManyFits:
    """What fits from many starts found.

    Attributes:
        best: The one with the lowest loss.
        fits: All of them, in the order of the starts.
    """

    best: FitResult
    fits: list[FitResult] = field(repr=False)


@dataclass(frozen=True)
class SearchResult:
    """The result of a search.

    Attributes:
        params: The parameters with the lowest loss.
        lowest: That loss.
        elite: The best parameters found, the best first; arrays have a first axis that counts them.
        loss: Loss of every member of every generation. (generation, member)
        evaluations: How often the loss was evaluated.
        reason: "generations" (all are done), "converged" or "interrupted" (Ctrl-C).
        seconds: How long it took, compilation and the time before a resumption included [s].
        resumed_at: The generation at which this call went on from a checkpoint, if it did.
        changes: The differences when it went on anyway (`resume="anyway"`), a sentence for each time.
    """

    params: Any
    lowest: float
    elite: Any = field(repr=False)
    loss: np.ndarray = field(repr=False)
    evaluations: int
    reason: str
    seconds: float
    resumed_at: int | None = None
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class GlobalFit:
    """The result of a search with fits after it.

    Attributes:
        best: The fit with the lowest loss.
        fits: All fits, from the best place that the search found to the worst of those that were refined.
        search: The search before the fits.
    """

    best: FitResult
    fits: list[FitResult] = field(repr=False)
    search: SearchResult


@dataclass(frozen=True)
class Progress:
    """What a callback gets after each step.

    Attributes:
        step: Number of steps that are done.
        loss: Before this step. With many starts one for each. (start,)
        gradient_norm: Of the gradient at that point. With many starts (start,)
        aux: What the loss returned beside its value.
        seconds: Since the fit began [s].
    """

    step: int
    loss: Any
    gradient_norm: Any
    aux: Any
    seconds: float
    make_params: Callable[[], Any] = field(repr=False)

    @cached_property
    def params(self) -> Any:
        """The parameters of the model after this step; made when asked for."""
        return self.make_params()

    def __reduce__(self) -> Any:
        """As a value: other processes cannot make the parameters."""
        kept = self.step, self.loss, self.gradient_norm, self.aux, self.seconds, partial(_itself, self.params)
        return Progress, kept


def _itself(value: Any) -> Any:
    return value
