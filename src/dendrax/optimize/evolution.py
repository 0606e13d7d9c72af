"""A search as a process: generation after generation of an evolution strategy.

What a strategy draws and how it moves follow from its random numbers and the losses that it is told. So a checkpoint
is these losses: a search goes on after the strategy has been told them once more, which costs no simulation, and needs
to know nothing of what the strategy remembers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from dendrax.errors import CheckpointError, ModelValueError
from dendrax.optimize.checkpoint_files import Checkpoint
from dendrax.optimize.loop import Process
from dendrax.optimize.strategies import Strategy


class Found(NamedTuple):
    """What a search has come to.

    Attributes:
        elite: How many of the best members are kept.
        points: These, the best first. (elite, parameter)
        losses: Theirs. (elite,)
        history: The losses of all members. (generation, member)
        asked: All members of the last generation. (member, parameter)
    """

    elite: int
    points: np.ndarray
    losses: np.ndarray
    history: tuple[np.ndarray, ...]
    asked: np.ndarray

    @classmethod
    def nothing(cls, elite: int, start: Any) -> Found:
        """Before the first generation; points have the size and type of `start`."""
        none = np.zeros((0, start.size), start.dtype)
        return cls(elite, none, np.zeros(0), (), none.astype(float))

    def with_generation(self, asked: np.ndarray, losses: np.ndarray) -> Found:
        """With one generation more."""
        finite = np.isfinite(losses)
        points = np.concatenate([self.points, asked[finite].astype(self.points.dtype)])
        so_far = np.concatenate([self.losses, losses[finite]])
        order = np.argsort(so_far, kind="stable")[: self.elite]
        return self._replace(points=points[order], losses=so_far[order], history=(*self.history, losses), asked=asked)


class Search(Process):
    """Generations of a strategy.

    Args:
        strategy: Before its first generation.
        evaluate: The losses of all members of a generation.
        found: Nothing so far.
        narrowest: It has converged when the strategy varies no parameter more than that.
        follows_from: What the course of the strategy follows from.
    """

    def __init__(
        self,
        strategy: Strategy,
        evaluate: Callable[[np.ndarray], Any],
        found: Found,
        narrowest: float,
        follows_from: dict[str, Any],
    ) -> None:
        self.strategy, self.evaluate, self.found = strategy, evaluate, found
        self.narrowest, self.follows_from = narrowest, follows_from

    @property
    def step(self) -> int:
        """How many generations are done."""
        return len(self.found.history)

    @property
    def ended(self) -> str:
        """Whether it has converged."""
        return "converged" if self.step and self.strategy.spread < self.narrowest else ""

    def settings(self) -> dict[str, Any]:
        """What it follows from."""
        return self.follows_from

    def advance(self, seconds: float) -> str:
        """A generation."""
        del seconds
        asked = self.strategy.ask()
        losses = np.asarray(self.evaluate(asked.astype(self.found.points.dtype)), float)
        if not self.step and not np.isfinite(losses).any():
            raise ModelValueError(
                f"search: the loss of none of the {len(losses)} members of the first generation is finite. "
                f"Begin elsewhere, with a smaller `spread` or narrower bounds."
            )
        self._tell(asked, losses)
        return f"lowest {self.found.losses[0]:.4g}"

    def saved(self) -> Checkpoint:
        """The losses so far; and where the last generation was, by which another strategy is noticed."""
        n, size = self.strategy.population, self.found.points.shape[1]
        asked = self.found.asked if self.step else np.zeros((n, size))
        return Checkpoint({"asked": asked}, {"loss": np.asarray(self.found.history).reshape(-1, n)}, {})

    def restore(self, saved: Checkpoint, step: int) -> None:
        """Tell the strategy all of it once more."""
        for losses in saved.history["loss"]:
            self._tell(self.strategy.ask(), losses)
        if step and not np.array_equal(self.found.asked, saved.state["asked"]):
            raise CheckpointError(
                f"{saved.path} was written by a search that began elsewhere, or with other versions of cma or NumPy: "
                f"the members of its last generation are not those that would come now. Pass the same `params`, or "
                f"another folder."
            )

    def _tell(self, asked: np.ndarray, losses: np.ndarray) -> None:
        self.strategy.tell(asked, _ranked(losses))
        self.found = self.found.with_generation(asked, losses)


def _ranked(losses: np.ndarray) -> np.ndarray:
    """Losses in which what is not finite is the worst."""
    finite = np.isfinite(losses)
    worst = losses[finite].max(initial=0.0)
    return np.where(finite, losses, worst + abs(worst) + 1)
