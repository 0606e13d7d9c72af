"""Backward Euler: first order, damps every mode at every step size."""

from jaxtyping import Array, Int

from dendrax.engine.cable import Axial, implicit_change
from dendrax.engine.part import Time
from dendrax.engine.solvers.base import OfComps
from dendrax.engine.steppers.base import CableStep, Stepper
from dendrax.engine.system import System


class BackwardEuler(Stepper):
    """C (v' - v) / dt = axial(v') - I(v').

    References:
        Hines (1984), Efficient computation of branched nerve equations, Int. J. Biomed. Comput. 15, 69-76.
    """

    def prepare(self, system: System, axial: Axial, dt: Time, held: Int[Array, " held"] | None = None) -> OfComps:
        """C / dt [uS]."""
        del system, held
        return axial.capacitance / dt

    def advance(self, step: CableStep) -> OfComps:
        """One linear solve."""
        excess, now = step.constants + step.current.slope, step.current.now
        change = implicit_change(step.system, step.axial, excess, step.before, now, step.held, step.still)
        return step.holding(step.before + change)

    def line_voltage(self, step: CableStep, after: OfComps) -> OfComps:
        """At the end of the step."""
        del step
        return after
