"""Crank-Nicolson: second order for a passive cable."""

from jaxtyping import Array, Float

from dendrax.engine.cable import Axial, implicit_change
from dendrax.engine.current import MembraneCurrent
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.system import System


class CrankNicolson(Stepper):
    """Backward Euler to the middle of the step, and from there as far again.

    The channels take a whole step at the voltage of its beginning, unstaggered, so that a cable with gates is
    of first order.

    References:
        Hines (1984), Efficient computation of branched nerve equations, Int. J. Biomed. Comput. 15, 69-76.
    """

    def prepare(
        self,
        system: System,  # noqa: ARG002
        axial: Axial,
        dt: float | Float[Array, ""],
    ) -> Float[Array, " comp"]:
        """C / (dt / 2) [uS]."""
        return 2 * axial.capacitance / dt

    def advance(
        self,
        system: System,
        axial: Axial,
        constants: Float[Array, " comp"],
        v: Float[Array, " comp"],
        current: MembraneCurrent,
        dt: float | Float[Array, ""],  # noqa: ARG002
    ) -> Float[Array, " comp"]:
        """One linear solve and an extrapolation."""
        return v + 2 * implicit_change(system, axial, constants + current.slope, v, current.now)
