"""Solvers, the problems that they solve, and how `fit` and its relatives choose them.

A solver is an object with its settings and one verb, `solve`. The front doors take the fields
of a solver and of `RunOptions` as keywords too, and make the objects of them.
"""

from __future__ import annotations

import abc
import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError, UnknownNameError
from dendrax.optimize import door
from dendrax.optimize.batches import source_of
from dendrax.optimize.loop import RunOptions
from dendrax.optimize.split import split_over
from dendrax.running.allowance import checked_memory
from dendrax.running.devices import Alone, SideBySide

if TYPE_CHECKING:
    from dendrax.optimize.result import FitResult


class Problem(NamedTuple):
    """The problem to solve; `fit` describes the fields."""

    loss: Callable[..., Any]
    params: Any
    transform: Any = None
    data: Any = None
    batch_size: int | None = None
    key: Any = None


def check_unused(where: str, given: Problem | RunOptions, *names: str) -> None:
    """Refuse options that have no meaning for a solver."""
    for name in names:
        value = getattr(given, name)
        if value is not None and not (isinstance(value, (tuple, list)) and not value):
            raise ModelValueError(f"{where}: {name} has no meaning for this solver. Leave it out.")


class FitSolver(abc.ABC):
    """A way to fit parameters, with its settings."""

    @abc.abstractmethod
    def solve(self, problem: Problem, run: RunOptions) -> Any:
        """Check all arguments, then fit."""


@dataclass(frozen=True)
class GradientDescent(FitSolver):
    """Gradient descent by an optimiser of optax.

    Attributes:
        optimizer: An optimiser of optax, a `TypeOptimizer`, or a name: "adam" (the default), "adamw", "sgd", "rmsprop",
            "lbfgs", "full_matrix_adam", ...
        learning_rate: For an optimiser that is given by its name, a number or a schedule of optax. Default: 0.01.
        normalize: Divide the gradient by its length, "global", or that of each of its arrays, "parameter"; with a
            power: ("global", 0.8). See `dendrax.optimize.gradients.scale_by_norm`.
        clip: Largest norm of the gradient, after normalising; a longer gradient is scaled down to it.
        patience: Stop after so many epochs (steps, if there are no minibatches) without progress.
        tolerance: Progress is a loss that is lower by this fraction.
        check: Stop at the first loss, gradient or parameter that is NaN or infinite, with a `FitWarning` that names it.
            If false, such steps are left out. Either way they move nothing. Where the loss is an `Experiment` the
            warning also says at what time, in which compartment and why the simulation broke.

    Example:
        >>> import jax.numpy as jnp, dendrax as jx
        >>> solver = jx.optimize.GradientDescent("sgd", learning_rate=0.1, clip=1.0)
        >>> jx.optimize.fit(lambda x: (x - 2.0) ** 2, jnp.array(1.0), solver, steps=5, progress=False).reason
        'steps'
    """

    optimizer: Any = None
    learning_rate: Any = None
    normalize: str | tuple[str, float] | None = None
    clip: float | None = None
    patience: int | None = None
    tolerance: float = 1e-4
    check: bool = True

    def solve(self, problem: Problem, run: RunOptions) -> FitResult:
        """A fit from one start."""
        return self.fits(problem, run)[0]

    def fits(self, problem: Problem, run: RunOptions, n: int | None = None) -> list[FitResult]:
        """Fits from one start, or from `n` side by side: all checks, before anything is compiled; then the fits."""
        from dendrax.optimize import descent  # noqa: PLC0415 - loads optax
        from dendrax.optimize.gradients import chosen_optimizer  # noqa: PLC0415
        from dendrax.optimize.step import Objective, Rule  # noqa: PLC0415

        run = run.checked(descent.Descent)
        if n is None:
            check_unused("fit", run, "memory")
        if self.patience is not None:
            arguments.whole("fit: patience", self.patience)
        if arguments.real("fit: tolerance", self.tolerance) < 0:
            raise ModelValueError(
                f"fit: tolerance = {self.tolerance}; pass a share of the loss from 0 on, such as 1e-3."
            )
        door.check_flags("fit", check=self.check)
        callbacks = (run.callbacks,) if callable(run.callbacks) else run.callbacks
        if not isinstance(callbacks, (list, tuple)) or not all(callable(one) for one in callbacks):
            raise ModelTypeError("fit: `callbacks` must be a list of functions, each of which takes a `Progress`.")
        optimizer = chosen_optimizer(self.optimizer, self.learning_rate, self.normalize, self.clip)
        budget, many = checked_memory(run.memory), n is not None
        start = door.prepared(problem.params, problem.transform, many)
        source = source_of(problem.data, problem.batch_size, problem.key)
        if self.patience is not None and not source.has_epochs:
            raise ModelValueError(
                "fit: patience counts epochs, but `data` is an iterator, which has none. Pass something that can be "
                "iterated over again, such as a list."
            )
        loss = problem.loss
        has_aux, dtype = door.checked_loss(loss, start, source.first(), many)
        layout = SideBySide(n, run.devices, budget) if n is not None else Alone()
        if run.devices is not None and not many:
            loss = split_over(run.devices, loss, has_aux, start.forward(start.unbounded), source.first(), source.most)
        objective = Objective(loss, start.forward, has_aux, dtype)
        rule = Rule(objective, optimizer, self.patience, float(self.tolerance), bool(self.check))
        decides = {
            "loss": problem.loss, "start": problem.params, "transform": start.transform, "data": source.seen(),
            "optimizer": optimizer,
        }  # fmt: skip
        return descent.train(descent.Descent(rule, layout, source, callbacks, start.unbounded), run, decides)


def from_keywords(
    where: str, kinds: Sequence[type], given: Sequence[Any], run: RunOptions | None, /, **settings: Any
) -> tuple[list[Any], RunOptions]:
    """Solvers and options, from objects or from keywords that are their fields."""
    if run is not None and not isinstance(run, RunOptions):
        raise ModelTypeError(f"{where}: run must be a `RunOptions`, not a {type(run).__name__}.")
    of_run, *of_solvers = ([field.name for field in fields(kind)] for kind in (RunOptions, *kinds))
    known = list(dict.fromkeys([*of_run, *(name for names in of_solvers for name in names)]))
    for name in settings:
        if name not in known:
            nearest = difflib.get_close_matches(name, [*known, *Problem._fields], 1)
            hint = f" Do you mean {nearest[0]!r}?" if nearest else ""
            raise UnknownNameError(f"{where}: there is no option {name!r}, only {', '.join(known)}.{hint}")
    solvers = []
    for kind, solver, names in zip(kinds, given, of_solvers, strict=True):
        own = {name: settings[name] for name in names if name in settings}
        if isinstance(solver, FitSolver) and own:
            raise ModelTypeError(
                f"{where}: {', '.join(own)} belong to the solver, which is given as an object. Pass them to that: "
                f"`{kind.__name__}({next(iter(own))}=...)`."
            )
        first = {} if solver is None else {names[0]: solver}
        solvers.append(solver if isinstance(solver, FitSolver) else kind(**first | own))
    return solvers, replace(run or RunOptions(), **{name: settings[name] for name in of_run if name in settings})
