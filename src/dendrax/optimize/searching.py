"""Search by evolution: explore widely, without gradients, generation after generation.

The draws and moves of a strategy follow from its random numbers and the losses that it is told. So a checkpoint holds
these losses: a search goes on after the strategy has been told them once more, which costs no simulation and needs no
knowledge of the strategy's own state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from dendrax import arguments
from dendrax.errors import CheckpointError, ModelTypeError, ModelValueError
from dendrax.optimize import door
from dendrax.optimize.batches import generator, numbers_of
from dendrax.optimize.checkpoints import Checkpoint
from dendrax.optimize.loop import Process, RunOptions
from dendrax.optimize.loop import run as run_loop
from dendrax.optimize.result import SearchResult
from dendrax.optimize.solvers import FitSolver, Problem, check_unused, from_keywords
from dendrax.optimize.strategies import Strategy, strategy_of
from dendrax.running.allowance import checked_memory
from dendrax.running.devices import SideBySide


def search(
    loss: Callable[..., Any],
    params: Any,
    solver: Any = None,
    *,
    generations: int,
    transform: Any = None,
    key: Any = None,
    run: RunOptions | None = None,
    **settings: Any,
) -> SearchResult:
    """Look for low losses far from where one begins, without gradients.

    A generation is one program on all devices, so many members at a time as fit into memory. Members with a loss that
    is not finite count as the worst. Ctrl-C returns what there is.

    Args:
        loss: `loss(params)` as in `fit`; it need not be smooth.
        params: Where to begin, as in `fit`.
        solver: `Evolution`, or the name of its method.
        generations: How many to make.
        transform: As in `fit`; the search is on the unbounded side.
        key: A whole number or a random key of JAX. None is 0.
        run: `RunOptions`, whose steps are generations.
        **settings: Fields of `Evolution` (method, population, spread, narrowest, elite) and of `RunOptions` (devices,
            memory, progress, checkpoint, every, resume), instead of these objects.

    Returns:
        The best parameters and the history.

    Raises:
        MissingExtraError: "cma" needs the package: `pip install 'dendrax[train]'`.
        MemoryBudgetError: Not even one member per device fits.
        CheckpointError: All checkpoints are damaged, or they are of another search.
        ModelValueError: The loss of no member of the first generation is finite; an argument that cannot be.
        UnknownNameError: No such method or setting.
        DendraxError: What `fit` raises about loss, parameters and transform.

    Example:
        >>> import jax.numpy as jnp, dendrax as jx
        >>> def loss(params):  # many minima; the deepest is at 0
        ...     return jnp.sum(params[0]["x"] ** 2 + 2 * (1 - jnp.cos(2 * jnp.pi * params[0]["x"])))
        >>> found = jx.optimize.search(
        ...     loss, [{"x": jnp.array([3.0, -2.0])}], generations=60, method="separable", population=20, spread=2.0,
        ...     progress=False,
        ... )
        >>> found.lowest < 1e-3
        True
    """
    [chosen], run = from_keywords("search", [Evolution], [solver], run, steps=generations, **settings)
    if not isinstance(chosen, Evolution):
        raise ModelTypeError(f"search: the solver must be an `Evolution`, not a {type(chosen).__name__}.")
    return chosen.solve(Problem(loss, params, transform, key=key), run)


@dataclass(frozen=True)
class Evolution(FitSolver):
    """Evolution of a population, without gradients.

    Attributes:
        method: "cma" for CMA-ES by the package `cma`, which learns how parameters make up for each other; "separable"
            for one variance per parameter, which needs no other package and is for hundreds of parameters or more.
        population: Members of a generation; None: 4 + 3 log(number of parameters).
        spread: Standard deviation of the first generation on the unbounded side. 1 is much of the range of a sigmoid.
        narrowest: The search has converged when no parameter varies more than this on the unbounded side.
        elite: How many of the best parameters to keep.

    Example:
        >>> import jax.numpy as jnp, dendrax as jx
        >>> solver = jx.optimize.Evolution("separable", population=20)
        >>> jx.optimize.fit(lambda x: (x - 2.0) ** 2, jnp.array(1.0), solver, steps=30, progress=False).lowest < 1e-3
        True
    """

    method: str = "cma"
    population: int | None = None
    spread: float = 1.0
    narrowest: float = 1e-6
    elite: int = 1

    def solve(self, problem: Problem, run: RunOptions) -> SearchResult:
        """Check all arguments, then search."""
        run = run.checked(Search)
        check_unused("search", problem, "data", "batch_size")
        check_unused("search", run, "callbacks")
        arguments.whole("search: elite", self.elite)
        if self.population is not None:
            arguments.whole("search: population", self.population, 4)
        spread = arguments.positive("search: spread", self.spread)
        narrowest = arguments.real("search: narrowest", self.narrowest)
        budget = checked_memory(run.memory)
        loss, key = problem.loss, problem.key
        unbounded, forward, transform = prepared = door.prepared(problem.params, problem.transform)
        has_aux, _ = door.checked_loss(loss, prepared, (), many=False)
        start, unravel = ravel_pytree(unbounded)
        strategy = strategy_of(self.method, np.asarray(start, float), spread, self.population, generator(key))

        def of_vector(vector: Any) -> Any:
            value = loss(forward(unravel(vector)))
            return value[0] if has_aux else value

        members = SideBySide(strategy.population, run.devices, budget)
        program = members.program(of_vector)
        none = np.zeros((0, start.size), start.dtype)
        process = Search(
            strategy,
            lambda asked: members.cut(jax.device_get(program(members.placed(asked)))),
            Found(self.elite, none, np.zeros(0), (), none.astype(float)),
            narrowest,
            {"method": self.method, "spread": spread, "key": numbers_of(key).tolist()},
        )
        decides = {"loss": loss, "start": problem.params, "transform": transform, "population": strategy.population}
        course = run_loop(process, run, decides)
        found = process.found
        if not found.losses.size:  # interrupted before there was anything
            raise KeyboardInterrupt
        best = jax.tree.map(jnp.asarray, jax.vmap(unravel)(jnp.asarray(found.points)))
        return SearchResult(
            params=forward(jax.tree.map(lambda leaf: leaf[0], best)),
            lowest=float(found.losses[0]),
            elite=jax.vmap(forward)(best),
            loss=np.asarray(found.history),
            evaluations=len(found.history) * strategy.population,
            reason=course.reason,
            seconds=course.seconds,
            resumed_at=course.resumed_at,
            changes=course.changes,
        )


class Found(NamedTuple):
    """The best members of a search so far."""

    elite: int  # how many of the best members are kept
    points: np.ndarray  # these, the best first (elite, parameter)
    losses: np.ndarray  # theirs (elite,)
    history: tuple[np.ndarray, ...]  # losses of all members (generation, member)
    asked: np.ndarray  # all members of the last generation (member, parameter)

    def with_generation(self, asked: np.ndarray, losses: np.ndarray) -> Found:
        """The best members after another generation."""
        finite = np.isfinite(losses)
        points = np.concatenate([self.points, asked[finite].astype(self.points.dtype)])
        so_far = np.concatenate([self.losses, losses[finite]])
        order = np.argsort(so_far, kind="stable")[: self.elite]
        return self._replace(points=points[order], losses=so_far[order], history=(*self.history, losses), asked=asked)


class Search(Process):
    """Generations of a strategy."""

    name, where, unit, every = "Search", "search", "generation", 10
    changed = False

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
        """The settings that determine its course."""
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
        if self.changed:  # the lowest losses so far are of another loss function
            self.found = self.found._replace(points=self.found.points[:0], losses=self.found.losses[:0])
            self.changed = False
        self._tell(asked, losses)
        return f"lowest {self.found.losses[0]:.4g}"

    def saved(self) -> Checkpoint:
        """The losses so far; and where the last generation was, by which another strategy is noticed."""
        n, size = self.strategy.population, self.found.points.shape[1]
        asked = self.found.asked if self.step else np.zeros((n, size))
        return Checkpoint({"asked": asked}, {"loss": np.asarray(self.found.history).reshape(-1, n)}, {})

    def restore(self, saved: Checkpoint, step: int, changed: bool) -> None:
        """Tell the strategy all of it once more."""
        for losses in saved.history["loss"]:
            self._tell(self.strategy.ask(), losses)
        if step and not changed and not np.array_equal(self.found.asked, saved.state["asked"]):
            raise CheckpointError(
                f"{saved.path} was written by a search that began elsewhere, or with other versions of cma or NumPy: "
                f"the members of its last generation are not those that would come now. Pass the same `params`, or "
                f"another folder."
            )
        self.changed = changed

    def _tell(self, asked: np.ndarray, losses: np.ndarray) -> None:
        self.strategy.tell(asked, _ranked(losses))
        self.found = self.found.with_generation(asked, losses)


def _ranked(losses: np.ndarray) -> np.ndarray:
    """Losses in which those that are not finite are the worst."""
    finite = np.isfinite(losses)
    worst = losses[finite].max(initial=0.0)
    return np.where(finite, losses, worst + abs(worst) + 1)
