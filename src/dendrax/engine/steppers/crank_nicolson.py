"""Crank-Nicolson: second order for a passive cable."""

from jaxtyping import Array, Float, Int

from dendrax.engine.cable import Axial, axial_current, implicit_change
from dendrax.engine.current import MembraneCurrent
from dendrax.engine.held import Held
from dendrax.engine.steppers.base import Step, Stepper
from dendrax.engine.system import System


class CrankNicolson(Stepper):
    """Backward Euler to the middle of the step, and from there as far again.

    The channels take a whole step at the voltage of its beginning, unstaggered, so that a cable with gates is
    of first order. The neighbours of a compartment that is held see the mean of its voltages before and after.

    References:
        Hines (1984), Efficient computation of branched nerve equations, Int. J. Biomed. Comput. 15, 69-76.
    """

    def prepare(
        self,
        system: System,  # noqa: ARG002
        axial: Axial,
        dt: Step,
        held: Int[Array, " held"] | None = None,  # noqa: ARG002
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
        dt: Step,  # noqa: ARG002
        held: Held | None = None,
    ) -> Float[Array, " comp"]:
        """One linear solve and an extrapolation."""
        halfway = None if held is None else held.halfway(v)
        after = v + 2 * implicit_change(system, axial, constants + current.slope, v, current.now, halfway)
        return after if held is None else held.put(after)

    def inflow(
        self,
        system: System,
        axial: Axial,
        constants: Float[Array, " comp"],  # noqa: ARG002
        before: Float[Array, " comp"],
        after: Float[Array, " comp"],
        current: MembraneCurrent,  # noqa: ARG002
        dt: Step,  # noqa: ARG002
        held: Held | None = None,  # noqa: ARG002
    ) -> Float[Array, " comp"]:
        """In the middle of the step."""
        return axial_current(system.cable, axial, 0.5 * (before + after))

    def line_voltage(
        self,
        axial: Axial,  # noqa: ARG002
        before: Float[Array, " comp"],
        after: Float[Array, " comp"],
        current: MembraneCurrent,  # noqa: ARG002
        dt: Step,  # noqa: ARG002
        held: Held | None = None,  # noqa: ARG002
    ) -> Float[Array, " comp"]:
        """In the middle of the step."""
        return 0.5 * (before + after)
