"""Exponential Euler: the membrane exactly for frozen gates, then the cable exactly."""

from collections.abc import Callable
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from dendrax.engine.cable import Axial, axial_current
from dendrax.engine.part import Time
from dendrax.engine.solvers.base import OfComps
from dendrax.engine.steppers.base import CableStep, Stepper
from dendrax.engine.system import System


class ExponentialEuler(Stepper):
    """Lie-Trotter splitting: v* = exponential Euler of C v' = -I(v), then v' = exp(G dt) v*.

    G [1/ms] is the axial operator with the branch points eliminated. Its exponential is dense, (comp, comp),
    and computed once per run: for models of up to about a thousand compartments.

    Where the voltage is held, its row of G is zero, and v* is the held voltage: the cable then is solved exactly
    between voltages that are constant during the step. The current that it brings into these compartments is an
    integral over the step, for which G gets a row more for each of them.
    """

    keeps_constants: ClassVar[bool] = True

    def prepare(self, system: System, axial: Axial, dt: Time, held: Int[Array, " held"] | None = None) -> Any:
        """The transition matrix exp(G dt); with `held` a pair of it and of the mean current that flows there.

        (comp, comp) [1] and (held, comp) [uS], both to be multiplied by v*.
        """
        n = system.cable.n_comp
        columns = jax.vmap(lambda unit: axial_current(system.cable, axial, unit))(jnp.eye(n))
        generator = columns.T / axial.capacitance[:, None]
        if held is None:
            return jax.scipy.linalg.expm(dt * generator)
        rows = jnp.concatenate((generator.at[held].set(0.0), generator[held]))
        moved = jax.scipy.linalg.expm(dt * jnp.pad(rows, ((0, 0), (0, held.shape[0]))))
        return moved[:n, :n], moved[n:, :n] * (axial.capacitance[held] / dt)[:, None]

    def given(self, system: System) -> Float[Array, "comp comp"] | None:
        """The matrix of `customize_solver_exp_euler`."""
        return None if system.transition is None else jnp.asarray(system.transition, jnp.result_type(float))

    def advance(self, step: CableStep) -> OfComps:
        """The membrane, then the cable."""
        transition = step.constants if step.held is None else step.constants[0]
        return step.holding(jnp.matmul(transition, _relaxed(step), precision="highest"))

    def inflow(self, step: CableStep, after: OfComps) -> OfComps:
        """The mean over the step: the change by the cable, which comes after the membrane."""
        relaxed = _relaxed(step)
        inflow = step.axial.capacitance / step.dt * (after - relaxed)
        if step.held is None:
            return inflow
        return inflow.at[step.held.rows].set(jnp.matmul(step.constants[1], relaxed, precision="highest"))

    def line_voltage(self, step: CableStep, after: OfComps) -> OfComps:
        """The mean while the membrane relaxes."""
        del after
        return _moved(step, mean_expm1_over)

    def instability(
        self,
        system: System,
        axial: Axial,  # noqa: ARG002
        slope: Float[np.ndarray, " comp"],  # noqa: ARG002
        dt: float,  # noqa: ARG002
        place: Callable[[int], str],  # noqa: ARG002
    ) -> str | None:
        """A matrix of the user's that makes voltages larger."""
        gain = 0.0 if system.transition is None else float(np.abs(system.transition).sum(axis=1).max())
        if gain <= 1.0 + 1e-6:
            return None
        return (
            f"The matrix of `customize_solver_exp_euler` makes voltages larger, by up to {gain:.6g} in a step; "
            f"that of `build_exp_euler_transition_matrix` does not."
        )


def _relaxed(step: CableStep) -> OfComps:
    """The voltage that the cable starts from: after the membrane alone, or where it is held."""
    return _moved(step, expm1_over)


def _moved(step: CableStep, share: Callable[[OfComps], OfComps]) -> OfComps:
    """The voltage that the membrane alone has led to; `share` is how much of the change a decay leaves."""
    decay = -step.dt * step.current.slope / step.axial.capacitance
    return step.holding(step.before - step.dt * step.current.now / step.axial.capacitance * share(decay))


def expm1_over(x: OfComps) -> OfComps:
    """(exp(x) - 1) / x, finite with its derivatives at 0."""
    near = jnp.abs(x) < 1e-3  # the series is exact to 1e-17 there
    away = jnp.where(near, 1.0, x)
    series = 1 + x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5)))
    return jnp.where(near, series, jnp.expm1(away) / away)


def mean_expm1_over(x: OfComps) -> OfComps:
    """(exp(x) - 1 - x) / x^2, the mean of s (exp(s x) - 1) / (s x) over s from 0 to 1, finite at 0."""
    near = jnp.abs(x) < 0.25  # the series is exact to 1e-17 there; beyond, the difference loses three digits of ten
    away = jnp.where(near, 1.0, x)
    series = jnp.ones_like(x)
    for k in range(13, 2, -1):
        series = 1 + x / k * series
    return jnp.where(near, series / 2, (jnp.expm1(away) - away) / away**2)
