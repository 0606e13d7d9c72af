"""Search by evolution, and the hybrid: explore widely without gradients, then descend from the best places found."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from dendrax import arguments
from dendrax.errors import ModelValueError
from dendrax.optimize import door
from dendrax.optimize.batches import generator
from dendrax.optimize.fitting import fit_many
from dendrax.optimize.result import FitResult
from dendrax.optimize.strategies import Strategy, strategy_of
from dendrax.running.interruption import bar, interrupts

if TYPE_CHECKING:
    from dendrax.optimize.side_by_side import SideBySide


@dataclass(frozen=True)
class SearchResult:
    """What a search found.

    Attributes:
        params: The parameters with the lowest loss.
        lowest: That loss.
        elite: The best parameters found, the best first; arrays have a first axis that counts them.
        loss: Of every member of every generation. (generation, member)
        evaluations: How often the loss was evaluated.
        reason: "generations" (all are done), "converged" or "interrupted" (Ctrl-C).
        seconds: How long it took, compilation included [s].
    """

    params: Any
    lowest: float
    elite: Any = field(repr=False)
    loss: np.ndarray = field(repr=False)
    evaluations: int
    reason: str
    seconds: float


@dataclass(frozen=True)
class GlobalFit:
    """What a search with a fit after it found.

    Attributes:
        best: The fit with the lowest loss.
        fits: All fits, from the best place that the search found to the worst of those that were refined.
        search: What came before.
    """

    best: FitResult
    fits: list[FitResult] = field(repr=False)
    search: SearchResult


def search(
    loss: Callable[..., Any],
    params: Any,
    *,
    generations: int,
    transform: Any = None,
    method: str = "cma",
    population: int | None = None,
    spread: float = 1.0,
    narrowest: float = 1e-6,
    elite: int = 1,
    key: Any = None,
    devices: int | Sequence[Any] | None = None,
    progress: bool = True,
) -> SearchResult:
    """Look for low losses far from where one begins, without gradients.

    A generation is one program on all devices. Members with a loss that is not finite count as the worst. Ctrl-C
    returns what there is.

    Args:
        loss: `loss(params)` as in `fit`; it need not be smooth.
        params: Where to begin, as in `fit`.
        generations: How many to make.
        transform: As in `fit`; the search is on the unbounded side.
        method: "cma" for CMA-ES by the package `cma`, which learns how parameters make up for each other; "separable"
            for one variance per parameter, which needs no other package and is for hundreds of parameters or more.
        population: Members of a generation; None: 4 + 3 log(number of parameters).
        spread: Standard deviation of the first generation on the unbounded side. 1 is much of the range of a sigmoid.
        narrowest: The search has converged when no parameter varies more than that on the unbounded side.
        elite: How many of the best parameters to keep.
        key: A whole number or a random key of JAX. None is 0.
        devices: How many devices to use, or which; None: all of this machine.
        progress: Whether to show a bar.

    Returns:
        The best parameters and the history.

    Raises:
        MissingExtraError: "cma" needs the package: `pip install 'dendrax[train]'`.
        ModelValueError: The loss of no member of the first generation is finite; an argument that cannot be.
        UnknownNameError: No such method.
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
    arguments.whole("search: generations", generations)
    arguments.whole("search: elite", elite)
    door.check_flags("search", progress=progress)
    if population is not None:
        arguments.whole("search: population", population, 4)
    spread, narrowest = arguments.positive("search: spread", spread), arguments.real("search: narrowest", narrowest)
    unbounded, forward = prepared = door.prepared(params, transform)
    has_aux, _ = door.checked_loss(loss, prepared, (), many=False)
    start, unravel = ravel_pytree(unbounded)
    strategy = strategy_of(method, np.asarray(start, float), spread, population, generator(key))
    from dendrax.optimize.side_by_side import SideBySide  # noqa: PLC0415 - loads optax

    def of_vector(vector: Any) -> Any:
        value = loss(forward(unravel(vector)))
        return value[0] if has_aux else value

    layout = SideBySide(strategy.population, devices)
    found = _Found(elite, start.dtype)
    began = time.perf_counter()
    reason = _evolve(strategy, layout, of_vector, found, generations, narrowest, progress)
    best = jax.tree.map(jnp.asarray, jax.vmap(unravel)(jnp.asarray(found.points)))
    return SearchResult(
        params=forward(jax.tree.map(lambda leaf: leaf[0], best)),
        lowest=float(found.losses[0]),
        elite=jax.vmap(forward)(best),
        loss=np.asarray(found.history),
        evaluations=len(found.history) * strategy.population,
        reason=reason,
        seconds=time.perf_counter() - began,
    )


class _Found:
    """The best members of all generations so far, and the losses of all."""

    def __init__(self, elite: int, dtype: Any) -> None:
        self.elite, self.dtype = elite, dtype
        self.points: np.ndarray = np.zeros((0, 0))
        self.losses: np.ndarray = np.zeros(0)
        self.history: list[np.ndarray] = []

    def add(self, points: np.ndarray, losses: np.ndarray) -> None:
        finite = np.isfinite(losses)
        points = np.concatenate([self.points.reshape(-1, points.shape[1]), points[finite]])
        losses_so_far = np.concatenate([self.losses, losses[finite]])
        order = np.argsort(losses_so_far, kind="stable")[: self.elite]
        self.points, self.losses = points[order].astype(self.dtype), losses_so_far[order]
        self.history.append(losses)


def _evolve(
    strategy: Strategy,
    layout: SideBySide,
    loss: Callable[[Any], Any],
    found: _Found,
    generations: int,
    narrowest: float,
    progress: bool,
) -> str:
    """Generation after generation. Returns why it ended."""
    evaluate = layout.evaluated(loss)
    with interrupts() as request, bar(generations, "generation", progress) as shown:
        try:
            for _ in range(generations):
                points = strategy.ask()
                losses = np.asarray(evaluate(points.astype(found.dtype)), float)
                found.add(points, losses)
                if not found.losses.size:
                    raise ModelValueError(
                        f"search: the loss of none of the {len(losses)} members of the first generation is finite. "
                        f"Begin elsewhere, with a smaller `spread` or narrower bounds."
                    )
                strategy.tell(points, _ranked(losses))
                shown.set_postfix_str(f"lowest {found.losses[0]:.4g}", refresh=False)
                shown.update()
                if request.made:
                    return "interrupted"
                if strategy.spread < narrowest:
                    return "converged"
        except KeyboardInterrupt:  # a second Ctrl-C
            if not found.history:
                raise
            return "interrupted"
    return "generations"


def _ranked(losses: np.ndarray) -> np.ndarray:
    """Losses in which what is not finite is the worst."""
    finite = np.isfinite(losses)
    worst = losses[finite].max(initial=0.0)
    return np.where(finite, losses, worst + abs(worst) + 1)


def fit_global(
    loss: Callable[..., Any],
    params: Any,
    *,
    generations: int,
    steps: int,
    refine: int = 4,
    transform: Any = None,
    method: str = "cma",
    population: int | None = None,
    spread: float = 1.0,
    key: Any = None,
    devices: int | Sequence[Any] | None = None,
    progress: bool = True,
    **options: Any,
) -> GlobalFit:
    """Explore with an evolution strategy, then refine the best places with gradients, side by side.

    Args:
        loss: `loss(params)` as in `fit`.
        params: Where to begin, as in `fit`.
        generations: Of the search; see `search`, also for `method`, `population` and `spread`.
        steps: Of the fits.
        refine: From how many of the best places to descend.
        transform: As in `fit`.
        method: "cma" or "separable".
        population: Members of a generation.
        spread: Standard deviation of the first generation, on the unbounded side.
        key: A whole number or a random key of JAX. None is 0.
        devices: How many devices to use, or which; None: all of this machine.
        progress: Whether to show bars.
        **options: As in `fit`: optimizer, learning_rate, normalize, clip, patience, tolerance, callbacks, check,
            checkpoint, every, resume (of the fits, not of the search).

    Returns:
        The best fit, all of them, and the search.

    Raises:
        DendraxError: What `search` and `fit` raise.

    Example:
        >>> import jax.numpy as jnp, dendrax as jx
        >>> def loss(params):  # many minima; the deepest is at 0
        ...     return jnp.sum(params[0]["x"] ** 2 + 2 * (1 - jnp.cos(2 * jnp.pi * params[0]["x"])))
        >>> found = jx.optimize.fit_global(
        ...     loss, [{"x": jnp.array([3.0, -2.0])}], generations=15, steps=100, method="separable", population=20,
        ...     spread=2.0, progress=False,
        ... )
        >>> found.best.lowest <= found.search.lowest
        True
    """
    arguments.whole("fit_global: refine", refine)
    found = search(
        loss, params, generations=generations, transform=transform, method=method, population=population,
        spread=spread, elite=refine, key=key, devices=devices, progress=progress,
    )  # fmt: skip
    fits = fit_many(loss, found.elite, steps=steps, transform=transform, devices=devices, progress=progress, **options)
    return GlobalFit(fits.best, fits.fits, found)
