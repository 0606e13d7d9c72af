"""Forward Euler: no linear solve, stable for small steps only."""

from jaxtyping import Array, Float

from dendrax.engine.cable import Axial, axial_current
from dendrax.engine.current import MembraneCurrent
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.system import System


class ForwardEuler(Stepper):
    """C (v' - v) / dt = axial(v) - I(v)."""

    def prepare(self, system: System, axial: Axial, dt: float | Float[Array, ""]) -> None:
        """Nothing."""

    def advance(
        self,
        system: System,
        axial: Axial,
        constants: None,  # noqa: ARG002
        v: Float[Array, " comp"],
        current: MembraneCurrent,
        dt: float | Float[Array, ""],
    ) -> Float[Array, " comp"]:
        """Everything at the voltage of the beginning of the step."""
        return v + dt / axial.capacitance * (axial_current(system.cable, axial, v) - current.now)
