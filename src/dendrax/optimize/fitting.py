"""Fitting by gradient descent: from a loss and parameters to fitted parameters."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from os import PathLike
from typing import TYPE_CHECKING, Any

from dendrax.errors import ModelTypeError, ModelValueError, UnknownNameError
from dendrax.optimize import door
from dendrax.optimize.batches import source_of
from dendrax.optimize.loop import checked_loop
from dendrax.optimize.result import FitResult, Progress
from dendrax.optimize.split import split_over

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
    devices: int | Sequence[Any] | None = None,
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
        devices: How many devices share the rows of a batch, or which; None: one does all of it. Each evaluates the loss
            of its part, and the means of these losses and gradients are taken, so that the loss has to be a mean over
            rows. Of what it returns beside its value, arrays with an entry for each row are put together, and others
            are averaged. A batch must come out even. On CPUs call `dendrax.use_all_cores()` first.
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
        batch_size=batch_size, key=key, devices=devices, normalize=normalize, clip=clip, patience=patience,
        tolerance=tolerance, callbacks=callbacks, check=check, progress=progress, checkpoint=checkpoint, every=every,
        resume=resume,
    )  # fmt: skip
    return fits(loss, params, given)[0]


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
    devices: int | Sequence[Any] | None
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


def fits(loss: Loss, params: Any, given: Options, layout: SideBySide | None = None) -> list[FitResult]:
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
    if given.devices is not None:
        loss = split_over(given.devices, loss, has_aux, forward(unbounded), source.first(), source.most)
    objective = Objective(loss, forward, has_aux, dtype)
    rule = Rule(objective, optimizer, given.patience, float(given.tolerance), bool(given.check))
    return train(Job(rule, layout or Layout(), source, tuple(callbacks)), unbounded, loop)
