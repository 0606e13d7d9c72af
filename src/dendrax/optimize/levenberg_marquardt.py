"""Least squares by Levenberg and Marquardt: few parameters, many residuals, and convergence in a few steps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError
from dendrax.optimize import door
from dendrax.optimize.extras import extra
from dendrax.optimize.result import FitResult
from dendrax.running.interruption import bar, interrupts

JACOBIANS = {"forward": "fwd", "reverse": "bwd"}


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
) -> FitResult:
    """Fit parameters so that the sum of squared residuals is lowest, by Levenberg-Marquardt steps of optimistix.

    A step solves for all parameters at once with the slopes of all residuals, which takes about as many simulations as
    there are parameters, in one program. Near the minimum the error falls by orders of magnitude with each.

    Args:
        residuals: `residuals(params)` returns arrays: what should be 0 each, such as simulated less measured voltages.
        params: Where to begin, as in `fit`.
        steps: How many steps to make at most.
        transform: As in `fit`.
        rtol: Converged when parameters (unbounded) and loss change by no more than this share,
        atol: or by no more than this.
        jacobian: "forward" for few parameters, "reverse" for fewer residuals than parameters.
        progress: Whether to show a bar.

    Returns:
        As `fit`; the loss is the sum of squared residuals before each step. The reason is "converged", "steps" or
        "interrupted".

    Raises:
        MissingExtraError: optimistix is not installed: `pip install 'dendrax[train]'`.
        UnknownNameError: No such kind of Jacobian.
        ModelValueError: The residuals are not finite where one begins.
        DendraxError: What `fit` raises about parameters and transform.

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
    optimistix: Any = extra("optimistix", "least_squares")
    arguments.whole("least_squares: steps", steps)
    rtol, atol = arguments.positive("least_squares: rtol", rtol), arguments.positive("least_squares: atol", atol)
    door.check_name("least_squares: jacobian", jacobian, JACOBIANS)
    door.check_flags("least_squares", progress=progress)
    if not callable(residuals):
        raise ModelTypeError(f"least_squares: pass a function first, not a {type(residuals).__name__}.")
    unbounded, forward = door.prepared(params, transform)

    def function(unbounded: Any, _: Any) -> tuple[Any, None]:
        return ravel_pytree(residuals(forward(unbounded)))[0], None

    shape, _ = jax.eval_shape(function, unbounded, None)
    if not jnp.issubdtype(shape.dtype, jnp.floating) or shape.size == 0:
        raise ModelTypeError("least_squares: `residuals` must return arrays of floats, and at least one number.")
    began = time.perf_counter()
    solver = optimistix.LevenbergMarquardt(rtol, atol)
    common = {"fn": function, "args": None, "options": {"jac": JACOBIANS[jacobian]}, "tags": frozenset()}
    step = eqx.filter_jit(lambda y, state: solver.step(y=y, state=state, **common)[:2])
    ended = eqx.filter_jit(lambda y, state: solver.terminate(y=y, state=state, **common)[0])
    loss = jax.jit(lambda y: jnp.sum(jnp.square(function(y, None)[0])))
    state = solver.init(y=unbounded, f_struct=shape, aux_struct=None, **common)
    here, losses, reason = unbounded, [float(loss(unbounded))], "steps"
    best, lowest = unbounded, losses[0]
    if not np.isfinite(lowest):
        raise ModelValueError(
            "least_squares: residuals are not finite at the first parameters. `integrate(..., check=True)` with them "
            "says where the simulation breaks."
        )
    with interrupts() as request, bar(steps, "step", progress) as shown:
        try:
            while len(losses) <= steps:
                here, state = step(here, state)
                losses.append(float(loss(here)))
                if losses[-1] < lowest:
                    best, lowest = here, losses[-1]
                shown.set_postfix_str(f"loss {losses[-1]:.4g}", refresh=False)
                shown.update()
                if bool(ended(here, state)):
                    reason = "converged"
                    break
                if request.made:
                    reason = "interrupted"
                    break
        except KeyboardInterrupt:  # a second Ctrl-C
            reason = "interrupted"
    done = len(losses) - 1
    return FitResult(
        params=forward(best),
        last=forward(here),
        lowest=lowest,
        loss=np.asarray(losses[:done]),
        gradient_norm=np.full(done, np.nan),
        steps=done,
        reason=reason,
        message=f"{reason} after {done} steps, at a sum of squares of {lowest:.6g}.",
        seconds=time.perf_counter() - began,
    )
