"""Backward Euler: first order, damps every mode at every step size."""

from jaxtyping import Array, Float, Int

from dendrax.engine.cable import Axial, axial_current, implicit_change
from dendrax.engine.current import MembraneCurrent
from dendrax.engine.held import Held
from dendrax.engine.steppers.base import Step, Stepper
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
        dt: Step,
        held: Int[Array, " held"] | None = None,  # noqa: ARG002
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
        dt: Step,  # noqa: ARG002
        held: Held | None = None,
    ) -> Float[Array, " comp"]:
        """One linear solve."""
        after = v + implicit_change(system, axial, constants + current.slope, v, current.now, held)
        return after if held is None else held.put(after)

    def inflow(
        self,
        system: System,
        axial: Axial,
        constants: Float[Array, " comp"],  # noqa: ARG002
        before: Float[Array, " comp"],  # noqa: ARG002
        after: Float[Array, " comp"],
        current: MembraneCurrent,  # noqa: ARG002
        dt: Step,  # noqa: ARG002
        held: Held | None = None,  # noqa: ARG002
    ) -> Float[Array, " comp"]:
        """At the end of the step."""
        return axial_current(system.cable, axial, after)

    def line_voltage(
        self,
        axial: Axial,  # noqa: ARG002
        before: Float[Array, " comp"],  # noqa: ARG002
        after: Float[Array, " comp"],
        current: MembraneCurrent,  # noqa: ARG002
        dt: Step,  # noqa: ARG002
        held: Held | None = None,  # noqa: ARG002
    ) -> Float[Array, " comp"]:
        """At the end of the step."""
        return after
