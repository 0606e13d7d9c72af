"""Forward Euler: no linear solve, stable for small steps only."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from dendrax.engine.cable import Axial, axial_current
from dendrax.engine.part import Time
from dendrax.engine.solvers.base import OfComps
from dendrax.engine.steppers.base import CableStep, Stepper
from dendrax.engine.system import System

ITERATIONS = 300


class ForwardEuler(Stepper):
    """C (v' - v) / dt = axial(v) - I(v), where compartments that are held have their new voltage from the start."""

    def prepare(self, system: System, axial: Axial, dt: Time, held: Int[Array, " held"] | None = None) -> None:
        """Nothing."""

    def advance(self, step: CableStep) -> OfComps:
        """Everything at the voltage of the beginning of the step."""
        rate = self.inflow(step, step.before) - step.current.now
        return step.holding(step.before + step.dt / step.axial.capacitance * rate)

    def line_voltage(self, step: CableStep, after: OfComps) -> OfComps:
        """At the beginning of the step."""
        del after
        return step.holding(step.before)

    def instability(
        self, system: System, axial: Axial, slope: Float[np.ndarray, " comp"], dt: float, place: Callable[[int], str]
    ) -> str | None:
        """A step beyond `stability_limit`."""
        limit, row = stability_limit(system, axial, slope)
        if dt <= limit:
            return None
        return (
            f"The time step of {dt:g} ms is too large: forward Euler is stable below {limit:.3g} ms here, as "
            f'{place(row)} demands. Take a smaller one, or solver="bwd_euler", which has no limit.'
        )


def stability_limit(system: System, axial: Axial, slope: Float[np.ndarray, " comp"]) -> tuple[float, int]:
    """The largest time step at which forward Euler is stable [ms], and the compartment that moves most at it.

    v' = v - dt C^-1 (G + S) v is stable for dt < 2 / lambda, where lambda is the largest eigenvalue of
    C^-1/2 (G + S) C^-1/2, which is symmetric: G is the operator of the cable, S the slope of the membrane current. It
    is found by power iteration; the Rayleigh quotient is below it, so that the limit errs upwards, by a percent or so.

    Args:
        system: The lowered model.
        axial: Its cable.
        slope: Slope of the membrane current of each compartment [uS].
    """
    scale = 1.0 / jnp.sqrt(axial.capacitance)

    def apply(x: OfComps) -> OfComps:
        return scale * (jnp.asarray(slope) * scale * x - axial_current(system.cable, axial, scale * x))

    def iterate(_: Any, x: OfComps) -> OfComps:
        y = apply(x)
        return y / jnp.linalg.norm(y)

    start = jnp.asarray(np.random.default_rng(0).normal(size=slope.shape))
    x = jax.lax.fori_loop(0, ITERATIONS, iterate, start / jnp.linalg.norm(start))
    return 2.0 / float(x @ apply(x)), int(jnp.argmax(jnp.abs(x)))
