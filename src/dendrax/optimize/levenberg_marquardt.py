"""Least squares by Levenberg and Marquardt: few parameters, many residuals, and convergence in a few steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from dendrax import arguments
from dendrax.engine.memory import in_words, memory_of_device
from dendrax.errors import MemoryBudgetError, ModelTypeError, ModelValueError
from dendrax.optimize import door, leaves
from dendrax.optimize.checkpoints import Checkpoint
from dendrax.optimize.experiment import where_it_broke
from dendrax.optimize.loop import Process, RunOptions
from dendrax.optimize.loop import run as run_loop
from dendrax.optimize.result import FitResult
from dendrax.optimize.solvers import FitSolver, Problem, check_unused, from_keywords
from dendrax.running.devices import Alone

Residuals = Callable[[Float[Array, " param"]], Float[Array, " residual"]]
JACOBIANS: dict[str, Callable[..., Any]] = {"forward": jax.jacfwd, "reverse": jax.jacrev}


def least_squares(
    residuals: Callable[[Any], Any],
    params: Any,
    *,
    steps: int = 50,
    transform: Any = None,
    run: RunOptions | None = None,
    **settings: Any,
) -> FitResult:
    """Fit parameters so that the sum of squared residuals is lowest, by Levenberg-Marquardt steps of optimistix.

    A step solves for all parameters at once with the slopes of all residuals, which takes about as many simulations as
    there are parameters, in one program. Near the minimum the error falls by orders of magnitude with each. No step
    that would make it grow is taken. Ctrl-C ends it after the present step.

    Args:
        residuals: `residuals(params)` returns arrays: what should be 0 each, such as simulated less measured voltages.
        params: Where to begin, as in `fit`.
        steps: How many steps to make at most.
        transform: As in `fit`.
        run: `RunOptions`.
        **settings: Fields of `LeastSquares` (rtol, atol, jacobian) and of `RunOptions` (progress, checkpoint, every,
            resume), instead of these objects.

    Returns:
        As `fit`; the loss is the sum of squared residuals at each step. The reason is "converged", "steps" or
        "interrupted".

    Raises:
        MissingExtraError: optimistix is not installed: `pip install 'dendrax[train]'`.
        MemoryBudgetError: The slopes of all residuals by all parameters do not fit into memory.
        UnknownNameError: No such kind of Jacobian, or no such setting.
        ModelValueError: The residuals are not finite where one begins.
        DendraxError: What `fit` raises about parameters, transform and checkpoints.

    Example:
        >>> import jax.numpy as jnp, dendrax as jx
        >>> t = jnp.linspace(0.0, 5.0, 20)
        >>> fitted = jx.optimize.least_squares(
        ...     lambda p: jnp.exp(-t / p["tau"]) - jnp.exp(-t / 2.0), {"tau": 1.0}, progress=False
        ... )
        >>> round(float(fitted.params["tau"]), 4)
        2.0

    References:
        Marquardt (1963), J. Soc. Indust. Appl. Math. 11:431; Rader, Lyons, Kidger (2024), Optimistix, arXiv:2402.09983.
    """
    [solver], run = from_keywords("least_squares", [LeastSquares], [None], run, steps=steps, **settings)
    return solver.solve(Problem(residuals, params, transform), run)


@dataclass(frozen=True)
class LeastSquares(FitSolver):
    """Levenberg-Marquardt steps; `least_squares` is `fit` with this solver.

    Attributes:
        rtol: Converged when parameters (unbounded) and loss change by at most this fraction,
        atol: or by at most this amount.
        jacobian: "forward" for few parameters, "reverse" for fewer residuals than parameters.

    Example:
        >>> import jax.numpy as jnp, dendrax as jx
        >>> solver = jx.optimize.LeastSquares(rtol=1e-8)
        >>> fitted = jx.optimize.fit(lambda x: x**2 - 4.0, jnp.array(1.0), solver, steps=20, progress=False)
        >>> round(float(fitted.params), 6)
        2.0
    """

    rtol: float = 1e-6
    atol: float = 1e-9
    jacobian: str = "forward"

    def solve(self, problem: Problem, run: RunOptions) -> FitResult:
        """Check all arguments, then fit."""
        optimistix: Any = door.optional_package("optimistix", "least_squares")
        run = run.checked(MarquardtSteps)
        check_unused("least_squares", problem, "data", "batch_size")
        check_unused("least_squares", run, "devices", "memory", "callbacks")
        rtol = arguments.positive("least_squares: rtol", self.rtol)
        atol = arguments.positive("least_squares: atol", self.atol)
        door.check_name("least_squares: jacobian", self.jacobian, JACOBIANS)
        residuals = problem.loss
        if not callable(residuals):
            raise ModelTypeError(f"least_squares: pass a function first, not a {type(residuals).__name__}.")
        unbounded, forward, transform = door.prepared(problem.params, problem.transform)
        flat, unravel = ravel_pytree(unbounded)
        start = flat.astype(float)  # optimistix works with the default type alone

        def model(vector: Float[Array, " param"]) -> Any:
            return forward(unravel(vector.astype(flat.dtype)))

        def of_vector(vector: Float[Array, " param"]) -> Float[Array, " residual"]:
            return ravel_pytree(residuals(model(vector)))[0]

        shape = jax.eval_shape(of_vector, start)
        if not jnp.issubdtype(shape.dtype, jnp.floating) or shape.size == 0:
            raise ModelTypeError("least_squares: `residuals` must return arrays of floats, and at least one number.")
        shape = jax.ShapeDtypeStruct(shape.shape, start.dtype)
        _check_memory(start.size, shape)

        def why(vector: Float[Array, " param"]) -> str:
            return where_it_broke(residuals, model(vector), "params")

        solver = optimistix.LevenbergMarquardt(rtol, atol)
        wide = _with_jacobian(lambda vector: of_vector(vector).astype(float), JACOBIANS[self.jacobian])
        process = MarquardtSteps(solver, wide, start, shape, why)
        decides = {
            "residuals": residuals, "start": problem.params, "transform": transform, "rtol": rtol, "atol": atol,
            "jacobian": self.jacobian,
        }  # fmt: skip
        course = run_loop(process, run, decides)
        found = model(leaves.anywhere(process.now.here))
        lowest = process.now.losses[-1] if process.step else float("nan")
        return FitResult(
            params=found,
            last=found,
            lowest=lowest,
            loss=np.asarray(process.now.losses),
            gradient_norm=np.full(process.step, np.nan),
            steps=process.step,
            reason=course.reason,
            message=f"{course.reason} after {process.step} steps, at a sum of squares of {lowest:.6g}.",
            seconds=course.seconds,
            checkpoint=course.checkpoint,
            resumed_at=course.resumed_at,
            changes=course.changes,
        )


def _check_memory(n: int, residuals: Any) -> None:
    """Refuse a Jacobian, with the damping below it, that is more than the device has memory."""
    needed, there = float((residuals.size + n) * n * residuals.dtype.itemsize), memory_of_device()
    if needed > there:
        raise MemoryBudgetError(
            f"least_squares: the slopes of {residuals.size} residuals by {n} parameters, and a row for each parameter "
            f"below them, are {in_words(needed)}, but the memory of the device is {in_words(there)}. With so many "
            f"parameters use gradients: `fit` of the sum of squares, with optimizer='lbfgs' or 'adam'."
        )


def _with_jacobian(residuals: Residuals, jacobian: Callable[..., Any]) -> Residuals:
    """The same function, whose linearisation is its Jacobian as a matrix.

    Otherwise what is kept from one step to the next is all that JAX needs to push a vector through each time step of a
    simulation, which is many times larger.
    """

    @jax.custom_jvp
    def function(vector: Float[Array, " param"]) -> Float[Array, " residual"]:
        return residuals(vector)

    @function.defjvp
    def _(at: tuple[Any], along: tuple[Any]) -> tuple[Any, Any]:
        def twice(vector: Any) -> tuple[Any, Any]:
            value = residuals(vector)
            return value, value

        slopes, value = jacobian(twice, has_aux=True)(at[0])  # both from one program
        return value, slopes @ along[0]

    return function


class Point(NamedTuple):
    """Where least squares are between two steps."""

    here: Float[Array, " param"]  # unbounded; the parameters with the lowest loss so far
    solver: Any  # arrays of its state
    losses: tuple[float, ...] = ()  # after each step; the first step looks at the start
    converged: bool = False


class MarquardtSteps(Process):
    """Steps of a solver of optimistix."""

    name, where, every = "LeastSquares", "least_squares", 1

    def __init__(
        self, solver: Any, residuals: Residuals, start: Float[Array, " param"], shape: Any, why: Callable[[Any], str]
    ) -> None:
        problem: dict[str, Any] = {
            "fn": lambda vector, _: (residuals(vector), None), "args": None, "options": {}, "tags": frozenset(),
        }  # fmt: skip
        first = solver.init(y=start, f_struct=shape, aux_struct=None, **problem)
        # What is not an array in a state is the same in all of them: they are carries of a loop.
        arrays, static = eqx.partition(first, eqx.is_array)

        def step(here: Any, arrays: Any) -> tuple[Any, Any, Any, Any]:
            with jax.numpy_dtype_promotion("standard"):  # optimistix counts on it
                here, state, _ = solver.step(y=here, state=eqx.combine(arrays, static), **problem)
                converged = solver.terminate(y=here, state=state, **problem)[0]
            loss = jnp.sum(jnp.square(state.f_info.residual))
            return here, leaves.like(eqx.filter(state, eqx.is_array), arrays), loss, converged

        self._program, self._why = Alone().program(step), why
        self.now = Point(start, leaves.strong(arrays))

    @property
    def step(self) -> int:
        """How many steps are done."""
        return len(self.now.losses)

    @property
    def ended(self) -> str:
        """Whether it has converged."""
        return "converged" if self.now.converged else ""

    def advance(self, seconds: float) -> str:
        """One step."""
        del seconds
        here, solver, loss, converged = self._program(self.now.here, self.now.solver)
        if not np.isfinite(loss):  # of where it begins: nowhere else it would go to such a place
            raise ModelValueError(
                f"least_squares: residuals are not finite at the first parameters. {self._why(self.now.here)}"
            )
        self.now = Point(here, solver, (*self.now.losses, float(loss)), bool(converged))
        return f"loss {float(loss):.4g}"

    def saved(self) -> Checkpoint:
        """Where it is."""
        here, solver, losses, converged = self.now
        return Checkpoint((here, solver), {"loss": np.asarray(losses)}, {"converged": converged})

    def restore(self, saved: Checkpoint, step: int, changed: bool) -> None:
        """Go on from there; the solver begins anew where the residuals may be others."""
        del step
        here, solver = saved.state
        losses = tuple(saved.history["loss"].tolist())
        fresh = Point(here, self.now.solver, losses)
        self.now = fresh if changed else Point(here, solver, losses, saved.rest["converged"])
