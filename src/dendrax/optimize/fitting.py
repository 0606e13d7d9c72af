"""The front doors of fitting: from one start, from many, and from where a search has found low losses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, overload

import equinox as eqx
import jax
import numpy as np

from dendrax import arguments
from dendrax.errors import ModelTypeError, ValueShapeError
from dendrax.optimize import door, leaves
from dendrax.optimize.batches import generator
from dendrax.optimize.checkpoints import CheckpointFolder
from dendrax.optimize.loop import Process, RunOptions
from dendrax.optimize.result import FitResult, GlobalFit, ManyFits, SearchResult
from dendrax.optimize.searching import Evolution
from dendrax.optimize.solvers import GradientDescent, Problem, from_keywords

Loss = Callable[..., Any]


@overload
def fit(  # pyright: ignore[reportOverlappingOverload] - anything else is gradient descent
    loss: Loss, params: Any, solver: Evolution, *, run: RunOptions | None = None, **settings: Any
) -> SearchResult: ...


@overload
def fit(
    loss: Loss, params: Any, solver: Any = None, *, run: RunOptions | None = None, **settings: Any
) -> FitResult: ...


def fit(
    loss: Loss,
    params: Any,
    solver: Any = None,
    *,
    run: RunOptions | None = None,
    transform: Any = None,
    data: Any = None,
    batch_size: int | None = None,
    key: Any = None,
    **settings: Any,
) -> FitResult | SearchResult:
    """Fit parameters: by gradient descent, or by another solver.

    The loss, its gradient and the optimiser are one program, compiled once. Ctrl-C ends a fit after the present step
    and returns what there is. With `checkpoint` and `resume=True` a program that is killed at any moment and started
    again goes on where it was and ends with the same bits.

    Args:
        loss: `loss(params)`, or `loss(params, batch)` with `data`; returns a number, or a pair of a number and anything
            else (`aux`). JAX must be able to trace it. It gets parameters as the model takes them, within their bounds.
            `LeastSquares` takes residuals in its place.
        params: Where to begin, as `module.get_parameters()` returns them, or any other pytree with floating-point
            arrays.
        solver: `GradientDescent`, `LeastSquares` or `Evolution`; or an optimiser of optax or the name of one, which is
            gradient descent with it. None: gradient descent with Adam.
        run: `RunOptions`: how many steps, where checkpoints are, and so on.
        transform: A `ParamTransform`, a tree of transforms, or one transform for all parameters. The optimiser works on
            its unbounded side. None: parameters have no bounds.
        data: Arrays (an array, tuple or dict) of which each step takes some rows, or an iterable of batches: a list, a
            loader, a generator.
        batch_size: Rows of arrays in a batch, in a new random order every epoch. None: all rows in every step.
        key: For that order, and for a search: a whole number or a random key of JAX. None is 0.
        **settings: Fields of `GradientDescent` (optimizer, learning_rate, normalize, clip, patience, tolerance, check)
            and of `RunOptions` (steps, devices, callbacks, progress, checkpoint, every, resume), instead of these
            objects. With `devices` these share the rows of a batch: each evaluates the loss of its part, and the means
            of these losses and gradients are taken, so that the loss has to be a mean over rows. In `aux`, arrays with
            an entry for each row are put together, and others are averaged. The devices must divide a batch evenly.
            On CPUs call `dendrax.use_all_cores()` first.

    Returns:
        The best parameters and the last ones, the history, and why it ended. `Evolution` gives a `SearchResult`.

    Raises:
        ModelStateError: There are no parameters to fit.
        ModelTypeError: An argument of the wrong type; whole numbers as parameters; a loss that is not a number.
        ModelValueError: Parameters that are not inside of their bounds; an argument out of range; a checkpoint that
            was written by a different fit.
        ValueShapeError: A loss that is an array; a transform, or data, of the wrong shape.
        UnknownNameError: There is no optimiser or setting of this name.
        CheckpointError: All checkpoints are damaged, or of another fit; another fit writes into the folder.

    Example:
        >>> import jax.numpy as jnp, dendrax as jx
        >>> from dendrax.channels import Leak
        >>> from dendrax.optimize.transforms import SigmoidTransform
        >>> cell = jx.Cell()
        >>> cell.insert(Leak())
        >>> cell.record(verbose=False)
        >>> cell.make_trainable("Leak_eLeak", verbose=False)
        >>> def loss(params):
        ...     return jnp.mean((jx.integrate(cell, params, t_max=1.0)[0, -1] + 68.0) ** 2)
        >>> fitted = jx.optimize.fit(
        ...     loss, cell.get_parameters(), transform=SigmoidTransform(-90.0, -50.0), steps=100, learning_rate=0.1,
        ...     progress=False,
        ... )
        >>> fitted.reason, bool(fitted.lowest < 0.1)
        ('steps', True)
        >>> cell.write_trainables(fitted.params)
    """
    [chosen], run = from_keywords("fit", [GradientDescent], [solver], run, **settings)
    return chosen.solve(Problem(loss, params, transform, data, batch_size, key), run)


def fit_many(
    loss: Loss,
    starts: Any,
    solver: Any = None,
    *,
    run: RunOptions | None = None,
    transform: Any = None,
    data: Any = None,
    batch_size: int | None = None,
    key: Any = None,
    **settings: Any,
) -> ManyFits:
    """Fit from many starts side by side, in one program on all devices, so many at a time as fit into memory.

    On CPUs JAX has one device unless told otherwise: call `dendrax.use_all_cores()` first. A fit that ends early (on a
    plateau, at a number that is not finite) stays as it is while the others go on. A step advances all starts, up to
    64 of them at a time on each CPU, 1024 on each GPU, fewer where these do not fit.

    Args:
        loss: As in `fit`. All starts see the same batches.
        starts: Where to begin: parameters whose arrays have a first axis that counts the starts. See `random_starts`.
        solver: `GradientDescent`, or an optimiser as in `fit`.
        run: As in `fit`; devices and memory are for all starts together.
        transform: As in `fit`.
        data: As in `fit`.
        batch_size: As in `fit`.
        key: As in `fit`.
        **settings: As in `fit`, and memory.

    Returns:
        The best fit, and all of them.

    Raises:
        ValueShapeError: The arrays do not count the same number of starts.
        MemoryBudgetError: Not even one start per device fits.
        DendraxError: As in `fit`.

    Example:
        >>> import jax.numpy as jnp, dendrax as jx
        >>> def loss(params):  # two minima, the deeper at x = -1
        ...     x = params[0]["x"][0]
        ...     return (x**2 - 1) ** 2 + 0.1 * x
        >>> starts = [{"x": jnp.array([[2.0], [-2.0]])}]
        >>> fits = jx.optimize.fit_many(loss, starts, steps=100, learning_rate=0.1, progress=False)
        >>> [round(float(one.params[0]["x"][0]), 1) for one in fits.fits], round(float(fits.best.lowest), 1)
        ([1.0, -1.0], -0.1)
    """
    [chosen], run = from_keywords("fit_many", [GradientDescent], [solver], run, **settings)
    if not isinstance(chosen, GradientDescent):
        raise ModelTypeError(f"fit_many: the solver must be a `GradientDescent`, not a {type(chosen).__name__}.")
    numbers = list(filter(door.is_number, jax.tree.leaves(starts)))
    n = leaves.rows_of(numbers) if numbers else 1
    if n is None:
        raise ValueShapeError(
            f"fit_many: every array of `starts` must have a first axis that counts the starts, of the same length in "
            f"all of them; their shapes are {[np.shape(leaf) for leaf in numbers]}."
        )
    problem = Problem(loss, starts, transform, data, batch_size, key)
    found = chosen.fits(problem, run, n)
    lowest = [one.lowest for one in found]
    return ManyFits(found[0 if np.isnan(lowest).all() else int(np.nanargmin(lowest))], found)


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
        generations: Number of generations of the search.
        steps: Number of steps of each fit.
        refine: Number of the best places from which to descend.
        transform: As in `fit`.
        key: A whole number or a random key of JAX. None is 0.
        run: `RunOptions`. In the folder for checkpoints, those of the search are in `search` and those of the fits
            after N generations in `fits-N`. `every` counts steps of the fits; the search has a checkpoint every 10
            generations.
        **settings: Fields of `Evolution` (method, population, spread, narrowest), of `GradientDescent` (optimizer,
            learning_rate, normalize, clip, patience, tolerance, check) and of `RunOptions` (devices, memory,
            callbacks, progress, checkpoint, every, resume), instead of these objects.

    Returns:
        The best fit, all of them, and the search.

    Raises:
        DendraxError: As in `search` and `fit`.

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
    # Errors in the settings of the fits are raised before the search.
    opened = run.checked(Process, "fit_global").checkpoint
    folder = opened.folder if isinstance(opened, CheckpointFolder) else None
    searched = replace(run, steps=generations, callbacks=(), every=None, checkpoint=folder and folder / "search")
    found = replace(evolution, elite=refine).solve(Problem(loss, params, transform, key=key), searched)
    # An interrupted search may go on the next time and find other places, from which other fits start.
    refined = replace(run, checkpoint=folder and folder / f"fits-{len(found.loss)}")
    fits = fit_many(loss, found.elite, descent, run=refined, transform=transform)
    return GlobalFit(fits.best, fits.fits, found)


def random_starts(params: Any, n: int, *, transform: Any = None, spread: float = 1.0, key: Any = None) -> Any:
    """Starts for `fit_many`, scattered around parameters: normally distributed on the unbounded side.

    Args:
        params: The first start, as it is; the others are around it.
        n: Number of starts.
        transform: As in `fit`. With a `LogisticTransform`, a spread of 1 and parameters in the middle of their bounds
            the starts are nearly uniform between these.
        spread: Standard deviation on the unbounded side; without a transform in the unit of the parameters.
        key: A whole number or a random key of JAX. None is 0.

    Returns:
        Parameters whose arrays have a first axis of length `n`.

    Raises:
        DendraxError: As in `fit`, about parameters and transforms.

    Example:
        >>> import jax.numpy as jnp, dendrax as jx
        >>> starts = jx.optimize.random_starts([{"HH_gNa": jnp.array([0.1, 0.2])}], 5, spread=0.01)
        >>> starts[0]["HH_gNa"].shape
        (5, 2)
    """
    arguments.whole("random_starts: n", n)
    arguments.positive("random_starts: spread", spread)
    start = door.prepared(params, transform)
    rng = generator(key)

    def scatter(leaf: Any) -> np.ndarray:
        noise = rng.standard_normal((n, *np.shape(leaf)))
        noise[0] = 0
        return (np.asarray(leaf) + spread * noise).astype(leaf.dtype)

    return eqx.filter_vmap(start.forward)(jax.tree.map(scatter, start.unbounded))
