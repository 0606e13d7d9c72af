"""Crank-Nicolson: second order for a passive cable."""

from typing import ClassVar

from jaxtyping import Array, Int

from dendrax.engine.cable import Axial, implicit_change
from dendrax.engine.part import Time
from dendrax.engine.solvers.base import OfComps
from dendrax.engine.steppers.base import CableStep, Stepper
from dendrax.engine.system import System


class CrankNicolson(Stepper):
    """Backward Euler to the middle of the step, and from there as far again.

    The channels take a whole step at the voltage of its beginning, unstaggered, so that a cable with gates is
    of first order. The neighbours of a compartment that is held see the mean of its voltages before and after.

    References:
        Hines (1984), Efficient computation of branched nerve equations, Int. J. Biomed. Comput. 15, 69-76.
    """

    is_centred: ClassVar[bool] = True

    def prepare(self, system: System, axial: Axial, dt: Time, held: Int[Array, " held"] | None = None) -> OfComps:
        """C / (dt / 2) [uS]."""
        del system, held
        return 2 * axial.capacitance / dt

    def advance(self, step: CableStep) -> OfComps:
        """One linear solve and an extrapolation."""
        excess, now = step.constants + step.current.slope, step.current.now
        halfway = None if step.held is None else step.held.halfway(step.before)
        change = 2 * implicit_change(step.system, step.axial, excess, step.before, now, halfway, step.still)
        return step.holding(step.before + change)

    def line_voltage(self, step: CableStep, after: OfComps) -> OfComps:
        """In the middle of the step."""
        return 0.5 * (step.before + after)
