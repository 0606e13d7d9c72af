"""Fitting by gradient descent: from a loss and parameters to fitted parameters."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from os import PathLike
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import numpy as np

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError, UnknownNameError, ValueShapeError
from dendrax.optimize import door
from dendrax.optimize.batches import generator, source_of
from dendrax.optimize.loop import checked_loop
from dendrax.optimize.result import FitResult, ManyFits, Progress
from dendrax.running.allowance import checked_memory

if TYPE_CHECKING:
    from dendrax.optimize.side_by_side import SideBySide

Loss = Callable[..., Any]


def fit(
    loss: Loss,
    params: Any,
    *,
    steps: int,
    transform: Any = None,
    optimizer: Any = None,
    learning_rate: Any = None,
    data: Any = None,
    batch_size: int | None = None,
    key: Any = None,
    normalize: str | tuple[str, float] | None = None,
    clip: float | None = None,
    patience: int | None = None,
    tolerance: float = 1e-4,
    callbacks: Callable[[Progress], Any] | Sequence[Callable[[Progress], Any]] = (),
    check: bool = True,
    progress: bool = True,
    checkpoint: str | PathLike[str] | None = None,
    every: int = 100,
    resume: bool = False,
) -> FitResult:
    """Fit parameters by gradient descent.

    The loss, its gradient and the optimiser are one program, compiled once. Ctrl-C ends a fit after the present step
    and returns what there is. With `checkpoint` and `resume=True` a program that is killed at any moment and started
    again goes on where it was and ends with the same bits.

    Args:
        loss: `loss(params)`, or `loss(params, batch)` with `data`; returns a number, or a pair of a number and anything
            else (`aux`). JAX must be able to trace it. It gets parameters as the model takes them, within their bounds.
        params: Where to begin, as `module.get_parameters()` returns them, or any other pytree with floating-point
            arrays.
        steps: How many steps to make; with `resume` those before count.
        transform: A `ParamTransform`, a tree of transforms, or one transform for all parameters. The optimiser works on
            its unbounded side. None: parameters have no bounds.
        optimizer: Of optax, a `TypeOptimizer`, or a name: "adam" (the default), "adamw", "sgd", "rmsprop", "lbfgs",
            "full_matrix_adam", ...
        learning_rate: For an optimiser that is given by its name, a number or a schedule of optax. Default: 0.01.
        data: Arrays (an array, tuple or dict) of which each step takes some rows, or an iterable of batches: a list, a
            loader, a generator.
        batch_size: Rows of arrays in a batch, in a new random order every epoch. None: all rows in every step.
        key: For that order: a whole number or a random key of JAX. None is 0.
        normalize: Divide the gradient by its length, "global", or that of each of its arrays, "parameter"; with a
            power: ("global", 0.8). See `dendrax.optimize.gradients.scale_by_norm`.
        clip: Longest gradient, after normalising; a longer one is scaled down to it.
        patience: Stop after so many epochs (steps, if there are no minibatches) without progress.
        tolerance: Progress is a loss that is lower by this share of it.
        callbacks: A function or several, each called with a `Progress` after every step; one that returns True ends the
            fit.
        check: Stop at the first loss, gradient or parameter that is NaN or infinite, with a `FitWarning` that names it.
            If false, such steps are left out. Either way they move nothing. Where the loss is an `Experiment` the
            warning also says at what time, in which compartment and why the simulation broke.
        progress: Whether to show a bar with the loss and the time that is left.
        checkpoint: A folder for checkpoints, of which the last three are kept.
        every: Steps from one checkpoint to the next. There is one at the end too.
        resume: Go on from the last checkpoint in that folder that is whole; begin anew where there is none. An iterable
            must give the same batches again.

    Returns:
        The best parameters and the last ones, the history, and why it ended.

    Raises:
        ModelStateError: There are no parameters to fit.
        ModelTypeError: An argument of the wrong type; whole numbers as parameters; a loss that is no number.
        ModelValueError: Parameters that are not inside of their bounds; an argument that cannot be.
        ValueShapeError: A loss that is an array; a transform, or data, of the wrong shape.
        UnknownNameError: No optimiser of this name.
        CheckpointError: All checkpoints are damaged, or they are of another fit.

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
    given = Options(
        steps=steps, transform=transform, optimizer=optimizer, learning_rate=learning_rate, data=data,
        batch_size=batch_size, key=key, normalize=normalize, clip=clip, patience=patience, tolerance=tolerance,
        callbacks=callbacks, check=check, progress=progress, checkpoint=checkpoint, every=every, resume=resume,
    )  # fmt: skip
    return _fits(loss, params, given)[0]


def fit_many(
    loss: Loss,
    starts: Any,
    *,
    steps: int,
    devices: int | Sequence[Any] | None = None,
    memory: float | str | None = None,
    **options: Any,
) -> ManyFits:
    """Fit from many starts side by side, in one program on all devices, so many at a time as fit into memory.

    On CPUs JAX has one device unless told otherwise: call `dendrax.use_all_cores()` first. A fit that ends early (on a
    plateau, at a number that is not finite) stays as it is while the others go on. A step is one of all starts: up to
    64 of them at a time on each CPU, 1024 on each GPU, fewer where these do not fit.

    Args:
        loss: As in `fit`. All starts see the same batches.
        starts: Where to begin: parameters whose arrays have a first axis that counts the starts. See `random_starts`.
        steps: How many steps to make.
        devices: How many devices to use, or which; None: all of this machine.
        memory: What a step may take on all devices together, bytes or text such as "8 GB". None: half of what they
            have.
        **options: As in `fit`: transform, optimizer, learning_rate, data, batch_size, key, normalize, clip, patience,
            tolerance, callbacks, check, progress, checkpoint, every, resume.

    Returns:
        The best fit, and all of them.

    Raises:
        ValueShapeError: The arrays do not count the same number of starts.
        MemoryBudgetError: Not even one start per device fits.
        DendraxError: What `fit` raises.

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
    given = options_of_fit("fit_many", steps=steps, **options)
    budget = checked_memory(memory)
    shapes = [np.shape(leaf) for leaf in filter(door.is_number, jax.tree.leaves(starts))]
    sizes = {shape[0] if shape else 0 for shape in shapes}
    if len(sizes) > 1 or 0 in sizes:
        raise ValueShapeError(
            f"fit_many: every array of `starts` must have a first axis that counts the starts, of the same length in "
            f"all of them; their shapes are {shapes}."
        )
    from dendrax.optimize.side_by_side import SideBySide  # noqa: PLC0415 - loads optax

    fits = _fits(loss, starts, given, SideBySide(sizes.pop(), devices, budget) if sizes else None)
    lowest = [one.lowest for one in fits]
    return ManyFits(fits[0 if np.isnan(lowest).all() else int(np.nanargmin(lowest))], fits)


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
        DendraxError: What `fit` raises about parameters and transforms.

    Example:
        >>> import jax.numpy as jnp, dendrax as jx
        >>> starts = jx.optimize.random_starts([{"HH_gNa": jnp.array([0.1, 0.2])}], 5, spread=0.01)
        >>> starts[0]["HH_gNa"].shape
        (5, 2)
    """
    arguments.whole("random_starts: n", n)
    arguments.positive("random_starts: spread", spread)
    unbounded, forward = door.prepared(params, transform)
    rng = generator(key)

    def scatter(leaf: Any) -> np.ndarray:
        noise = rng.standard_normal((n, *np.shape(leaf)))
        noise[0] = 0
        return (np.asarray(leaf) + spread * noise).astype(leaf.dtype)

    return eqx.filter_vmap(forward)(jax.tree.map(scatter, unbounded))


@dataclass(frozen=True, kw_only=True)
class Options:
    """What `fit` takes beside the loss and the parameters; its docstring says what each is."""

    steps: int
    transform: Any
    optimizer: Any
    learning_rate: Any
    data: Any
    batch_size: int | None
    key: Any
    normalize: Any
    clip: float | None
    patience: int | None
    tolerance: float
    callbacks: Any
    check: bool
    progress: bool
    checkpoint: str | PathLike[str] | None
    every: int
    resume: bool


def options_of_fit(where: str, **given: Any) -> Options:
    """Some options, and for the rest what is the default in `fit`.

    Raises:
        UnknownNameError: `fit` has none of this name.
    """
    known = {field.name: inspect.signature(fit).parameters[field.name].default for field in fields(Options)}
    for name in given:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, 1)
            hint = f" Do you mean {nearest[0]!r}?" if nearest else ""
            raise UnknownNameError(f"{where}: there is no option {name!r}, only {', '.join(known)}.{hint}")
    return Options(**(known | given))


def _fits(loss: Loss, params: Any, given: Options, layout: SideBySide | None = None) -> list[FitResult]:
    """All checks, before anything is compiled and any step is made; then the fits."""
    from dendrax.optimize.gradients import chosen_optimizer  # noqa: PLC0415 - loads optax
    from dendrax.optimize.side_by_side import Layout  # noqa: PLC0415
    from dendrax.optimize.step import Objective, Rule  # noqa: PLC0415
    from dendrax.optimize.training import Job, train  # noqa: PLC0415

    loop = checked_loop("fit", given.steps, given.progress, given.checkpoint, given.every, given.resume)
    door.check_patience(given.patience, given.tolerance)
    door.check_flags("fit", check=given.check)
    callbacks = (given.callbacks,) if callable(given.callbacks) else given.callbacks
    if not isinstance(callbacks, (list, tuple)) or not all(callable(one) for one in callbacks):
        raise ModelTypeError("fit: `callbacks` must be a list of functions, each of which takes a `Progress`.")
    optimizer = chosen_optimizer(given.optimizer, given.learning_rate, given.normalize, given.clip)
    unbounded, forward = prepared = door.prepared(params, given.transform, layout is not None)
    source = source_of(given.data, given.batch_size, given.key)
    if given.patience is not None and not source.has_epochs:
        raise ModelValueError(
            "fit: patience counts epochs, but `data` is an iterator, which has none. Pass something that can be "
            "iterated over again, such as a list."
        )
    has_aux, dtype = door.checked_loss(loss, prepared, source.first(), layout is not None)
    objective = Objective(loss, forward, has_aux, dtype)
    rule = Rule(objective, optimizer, given.patience, float(given.tolerance), bool(given.check))
    return train(Job(rule, layout or Layout(), source, tuple(callbacks)), unbounded, loop)
