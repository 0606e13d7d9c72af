"""The hybrid: explore widely without gradients, then descend from the best places found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from dendrax import arguments
from dendrax.errors import ModelTypeError
from dendrax.optimize.fitting import fit_many
from dendrax.optimize.result import GlobalFit
from dendrax.optimize.searching import Evolution
from dendrax.optimize.solvers import GradientDescent, Problem, RunOptions, from_keywords


def fit_global(
    loss: Callable[..., Any],
    params: Any,
    explore: Any = None,
    solver: Any = None,
    *,
    generations: int,
    steps: int,
    refine: int = 4,
    transform: Any = None,
    key: Any = None,
    run: RunOptions | None = None,
    **settings: Any,
) -> GlobalFit:
    """Explore with an evolution strategy, then refine the best places with gradients, side by side.

    Args:
        loss: `loss(params)` as in `fit`.
        params: Where to begin, as in `fit`.
        explore: `Evolution`, or the name of its method.
        solver: `GradientDescent`, or an optimiser as in `fit`.
        generations: Of the search.
        steps: Of the fits.
        refine: From how many of the best places to descend.
        transform: As in `fit`.
        key: A whole number or a random key of JAX. None is 0.
        run: `RunOptions`. Of a folder for checkpoints those of the search are in `search`, those of the fits after N
            generations in `fits-N`. `every` counts steps of the fits; the search has a checkpoint every 10 generations.
        **settings: Fields of `Evolution` (method, population, spread, narrowest), of `GradientDescent` (optimizer,
            learning_rate, normalize, clip, patience, tolerance, check) and of `RunOptions` (devices, memory,
            callbacks, progress, checkpoint, every, resume), instead of these objects.

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
    (evolution, descent), run = from_keywords(
        "fit_global", [Evolution, GradientDescent], [explore, solver], run, steps=steps, **settings
    )
    if not (isinstance(evolution, Evolution) and isinstance(descent, GradientDescent)):
        raise ModelTypeError("fit_global: pass an `Evolution` to explore and a `GradientDescent` as the solver.")
    run.loop("fit_global")  # what is wrong with the fits is said before the search
    folder = None if run.checkpoint is None else Path(run.checkpoint)
    searched = replace(run, steps=generations, callbacks=(), every=None, checkpoint=folder and folder / "search")
    found = replace(evolution, elite=refine).solve(Problem(loss, params, transform, key=key), searched)
    # A search that was interrupted may go on the next time: to other places, whose fits are others.
    refined = replace(run, checkpoint=folder and folder / f"fits-{len(found.loss)}")
    fits = fit_many(loss, found.elite, descent, run=refined, transform=transform)
    return GlobalFit(fits.best, fits.fits, found)
