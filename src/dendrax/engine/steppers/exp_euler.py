"""Exponential Euler: the membrane exactly for frozen gates, then the cable exactly."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from dendrax.engine.cable import Axial, axial_current
from dendrax.engine.current import MembraneCurrent
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.system import System


class ExponentialEuler(Stepper):
    """Lie-Trotter splitting: v* = exponential Euler of C v' = -I(v), then v' = exp(G dt) v*.

    G [1/ms] is the axial operator with the branch points eliminated. Its exponential is dense, (comp, comp),
    and computed once per run: for models of up to about a thousand compartments.
    """

    def prepare(self, system: System, axial: Axial, dt: float | Float[Array, ""]) -> Float[Array, "comp comp"]:
        """The transition matrix exp(G dt)."""
        n_comp = system.cable.n_comp
        columns = jax.vmap(lambda unit: axial_current(system.cable, axial, unit))(jnp.eye(n_comp))
        return jax.scipy.linalg.expm(dt * columns.T / axial.capacitance[:, None])

    def advance(
        self,
        system: System,  # noqa: ARG002
        axial: Axial,
        constants: Float[Array, "comp comp"],
        v: Float[Array, " comp"],
        current: MembraneCurrent,
        dt: float | Float[Array, ""],
    ) -> Float[Array, " comp"]:
        """The membrane, then the cable."""
        decay = -dt * current.slope / axial.capacitance
        relaxed = v - dt * current.now / axial.capacitance * expm1_over(decay)
        return jnp.matmul(constants, relaxed, precision="highest")


def expm1_over(x: Float[Array, " comp"]) -> Float[Array, " comp"]:
    """(exp(x) - 1) / x, finite with its derivatives at 0."""
    near = jnp.abs(x) < 1e-3  # the series is exact to 1e-17 there
    away = jnp.where(near, 1.0, x)
    series = 1 + x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5)))
    return jnp.where(near, series, jnp.expm1(away) / away)
