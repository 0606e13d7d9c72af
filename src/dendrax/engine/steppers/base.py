"""What a stepper is: how the voltage goes from t to t + dt, given the membrane current as a line."""

import abc
from typing import Any

import equinox as eqx
from jaxtyping import Array, Float

from dendrax.engine.cable import Axial
from dendrax.engine.current import MembraneCurrent
from dendrax.engine.system import System


class Stepper(eqx.Module):
    """Advances the voltage, and in the same way the concentration of an ion that diffuses, whose equation is the same.

    Steppers have no array fields: they are static and compare by value.
    """

    @abc.abstractmethod
    def prepare(self, system: System, axial: Axial, dt: float | Float[Array, ""]) -> Any:
        """What `advance` needs that stays the same during a run."""

    @abc.abstractmethod
    def advance(
        self,
        system: System,
        axial: Axial,
        constants: Any,
        v: Float[Array, " comp"],
        current: MembraneCurrent,
        dt: float | Float[Array, ""],
    ) -> Float[Array, " comp"]:
        """The voltage one step of `dt` [ms] later [mV]."""
