"""Backward Euler: first order, damps every mode at every step size."""

from jaxtyping import Array, Float

from dendrax.engine.cable import Axial, implicit_change
from dendrax.engine.current import MembraneCurrent
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.system import System


class BackwardEuler(Stepper):
    """C (v' - v) / dt = axial(v') - I(v').

    References:
        Hines (1984), Efficient computation of branched nerve equations, Int. J. Biomed. Comput. 15, 69-76.
    """

    def prepare(
        self,
        system: System,  # noqa: ARG002
        axial: Axial,
        dt: float | Float[Array, ""],
    ) -> Float[Array, " comp"]:
        """C / dt [uS]."""
        return axial.capacitance / dt

    def advance(
        self,
        system: System,
        axial: Axial,
        constants: Float[Array, " comp"],
        v: Float[Array, " comp"],
        current: MembraneCurrent,
        dt: float | Float[Array, ""],  # noqa: ARG002
    ) -> Float[Array, " comp"]:
        """One linear solve."""
        return v + implicit_change(system, axial, constants + current.slope, v, current.now)
