"""Least squares by Levenberg and Marquardt: few parameters, many residuals, and convergence in a few steps."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError
from dendrax.optimize import door, leaves
from dendrax.optimize.checkpoint_files import Checkpoint
from dendrax.optimize.extras import extra
from dendrax.optimize.loop import Process, checked_loop, run
from dendrax.optimize.program import program_of
from dendrax.optimize.result import FitResult

Residuals = Callable[[Float[Array, " param"]], Float[Array, " residual"]]
JACOBIANS: dict[str, Callable[..., Any]] = {"forward": jax.jacfwd, "reverse": jax.jacrev}


def least_squares(
    residuals: Callable[[Any], Any],
    params: Any,
    *,
    steps: int = 50,
    transform: Any = None,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    jacobian: str = "forward",
    progress: bool = True,
    checkpoint: str | PathLike[str] | None = None,
    every: int = 1,
    resume: bool = False,
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
        rtol: Converged when parameters (unbounded) and loss change by no more than this share,
        atol: or by no more than this.
        jacobian: "forward" for few parameters, "reverse" for fewer residuals than parameters.
        progress: Whether to show a bar.
        checkpoint: As in `fit`: a folder for checkpoints.
        every: Steps from one checkpoint to the next.
        resume: As in `fit`: go on from the last checkpoint in that folder, to the same bits.

    Returns:
        As `fit`; the loss is the sum of squared residuals at each step. The reason is "converged", "steps" or
        "interrupted".

    Raises:
        MissingExtraError: optimistix is not installed: `pip install 'dendrax[train]'`.
        UnknownNameError: No such kind of Jacobian.
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
    from dendrax.optimize.diagnosis import where_it_broke  # noqa: PLC0415 - loads optax

    optimistix: Any = extra("optimistix", "least_squares")
    loop = checked_loop("least_squares", steps, progress, checkpoint, every, resume)
    rtol, atol = arguments.positive("least_squares: rtol", rtol), arguments.positive("least_squares: atol", atol)
    door.check_name("least_squares: jacobian", jacobian, JACOBIANS)
    if not callable(residuals):
        raise ModelTypeError(f"least_squares: pass a function first, not a {type(residuals).__name__}.")
    unbounded, forward = door.prepared(params, transform)
    start, unravel = ravel_pytree(unbounded)

    def of_vector(vector: Float[Array, " param"]) -> Float[Array, " residual"]:
        return ravel_pytree(residuals(forward(unravel(vector))))[0]

    shape = jax.eval_shape(of_vector, start)
    if not jnp.issubdtype(shape.dtype, jnp.floating) or shape.size == 0:
        raise ModelTypeError("least_squares: `residuals` must return arrays of floats, and at least one number.")
    solver = optimistix.LevenbergMarquardt(rtol, atol)

    def why(vector: Float[Array, " param"]) -> str:
        return where_it_broke(residuals, forward(unravel(vector)), "params")

    process = LeastSquares(solver, _with_jacobian(of_vector, JACOBIANS[jacobian]), start, shape, why)
    course = run(process, loop)
    found = forward(unravel(leaves.anywhere(process.now.here)))
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
    """Where least squares are between two steps.

    Attributes:
        here: Unbounded parameters as a vector; of all that were tried those with the lowest loss.
        solver: Arrays of the state of the solver.
        losses: The sum of squares after each step; the first step looks at the start.
        converged: Whether it is over.
    """

    here: Float[Array, " param"]
    solver: Any
    losses: tuple[float, ...] = ()
    converged: bool = False


class LeastSquares(Process):
    """Steps of a solver of optimistix.

    Args:
        solver: The solver.
        residuals: Of unbounded parameters as a vector.
        start: Where to begin.
        shape: Of the residuals.
        why: Says why these are not finite.
    """

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
            here, state, _ = solver.step(y=here, state=eqx.combine(arrays, static), **problem)
            converged = solver.terminate(y=here, state=state, **problem)[0]
            loss = jnp.sum(jnp.square(state.f_info.residual))
            return here, leaves.like(eqx.filter(state, eqx.is_array), arrays), loss, converged

        self._program, self._why = program_of(step), why
        self.now = Point(start, leaves.strong(arrays))

    @property
    def step(self) -> int:
        """How many steps are done."""
        return len(self.now.losses)

    @property
    def ended(self) -> str:
        """Whether it has converged."""
        return "converged" if self.now.converged else ""

    def settings(self) -> dict[str, Any]:
        """Nothing beside the arrays."""
        return {}

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

    def restore(self, saved: Checkpoint, step: int) -> None:
        """Go on from there."""
        del step
        here, solver = saved.state
        self.now = Point(here, solver, tuple(saved.history["loss"].tolist()), saved.rest["converged"])
