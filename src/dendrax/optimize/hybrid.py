"""The hybrid: explore widely without gradients, then descend from the best places found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from dendrax import arguments
from dendrax.optimize.fitting import options_of_fit
from dendrax.optimize.loop import checked_loop
from dendrax.optimize.many_starts import fit_many
from dendrax.optimize.result import FitResult
from dendrax.optimize.searching import SearchResult, search


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
    memory: float | str | None = None,
    progress: bool = True,
    checkpoint: str | PathLike[str] | None = None,
    every: int = 100,
    resume: bool = False,
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
        memory: What a generation, or a step, may take on all devices together, bytes or text such as "8 GB". None: half
            of what they have.
        progress: Whether to show bars.
        checkpoint: A folder for checkpoints: those of the search are in `search`, those of the fits after N generations
            in `fits-N`.
        every: Steps of the fits from one checkpoint to the next; of the search there is one every 10 generations.
        resume: Go on from the last checkpoint, be it of the search or of the fits, to the same bits.
        **options: As in `fit`: optimizer, learning_rate, normalize, clip, patience, tolerance, callbacks, check.

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
    checked_loop("fit_global", steps, progress, checkpoint, every, resume)
    options_of_fit("fit_global", steps=steps, **options)  # what is wrong with the fits is said before the search
    common: dict[str, Any] = {
        "transform": transform, "devices": devices, "memory": memory, "progress": progress, "resume": resume,
    }  # fmt: skip
    found = search(
        loss, params, generations=generations, method=method, population=population, spread=spread, elite=refine,
        key=key, checkpoint=checkpoint and Path(checkpoint, "search"), **common,
    )  # fmt: skip
    # A search that was interrupted may go on the next time: to other places, whose fits are others.
    folder = checkpoint and Path(checkpoint, f"fits-{len(found.loss)}")
    fits = fit_many(loss, found.elite, steps=steps, checkpoint=folder, every=every, **common, **options)
    return GlobalFit(fits.best, fits.fits, found)
