"""Backward Euler: first order, damps every mode at every step size."""

from jaxtyping import Array, Float

from dendrax.engine.cable import Axial, ImplicitConstants, implicit_change, prepare_implicit
from dendrax.engine.current import MembraneCurrent
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.system import System


class BackwardEuler(Stepper):
    """C (v' - v) / dt = axial(v') - I(v').

    References:
        Hines (1984), Efficient computation of branched nerve equations, Int. J. Biomed. Comput. 15, 69-76.
    """

    def prepare(self, system: System, axial: Axial, dt: float | Float[Array, ""]) -> ImplicitConstants:
        """The constant part of the matrix."""
        return prepare_implicit(system.cable, axial, dt)

    def advance(
        self,
        system: System,
        axial: Axial,
        constants: ImplicitConstants,
        v: Float[Array, " comp"],
        current: MembraneCurrent,
        dt: float | Float[Array, ""],  # noqa: ARG002
    ) -> Float[Array, " comp"]:
        """One linear solve."""
        return v + implicit_change(system, axial, constants, v, current)
