"""What a stepper is: how the voltage goes from t to t + dt, given the membrane current as a line."""

import abc
from collections.abc import Callable
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from dendrax.engine.cable import Axial, axial_current
from dendrax.engine.current import Held, MembraneCurrent
from dendrax.engine.part import Time
from dendrax.engine.solvers.base import OfComps
from dendrax.engine.system import System


class CableStep(eqx.Module):
    """A step of the cable equation that is to be made.

    Attributes:
        system: The lowered model.
        axial: Its cable.
        constants: The result of `Stepper.prepare`.
        before: The voltage at the beginning [mV].
        current: The membrane current, stimuli included.
        dt: Time step [ms].
        held: Where the voltage at the end is known.
        still: Where a mechanism keeps the voltage at that of the beginning; None where there is no such mechanism.
    """

    system: System
    axial: Axial
    constants: Any
    before: OfComps
    current: MembraneCurrent
    dt: Time
    held: Held | None = None
    still: Bool[Array, " comp"] | None = None

    def holding(self, v: OfComps) -> OfComps:
        """`v`, but the known voltage of the end where it is held."""
        v = v if self.still is None else jnp.where(self.still, self.before, v)
        return v if self.held is None else self.held.put(v)


class Stepper(eqx.Module):
    """Advances the voltage, and in the same way the concentration of an ion that diffuses, whose equation is the same.

    A step obeys, in every compartment that is not held,

        C (v' - v) / dt = inflow - I(v_line)                                               # [nA]

    with the membrane current I, stimuli included, at the voltage `line_voltage` and the axial current `inflow`.
    Steppers have no array fields: they are static and compare by value.

    Attributes:
        states_last: Whether a step advances mechanisms after the voltage, at the new voltage, as NEURON does.
        is_centred: Whether the membrane current of a step is taken in its middle.
        keeps_constants: Whether what `prepare` computes is so dear that it is kept with the parameters of a model.
    """

    keeps_constants: ClassVar[bool] = False
    is_centred: ClassVar[bool] = False
    states_last: bool = eqx.field(static=True, default=False)

    @abc.abstractmethod
    def prepare(self, system: System, axial: Axial, dt: Time, held: Int[Array, " held"] | None = None) -> Any:
        """The loop invariants of `advance`, for a run in which the compartments `held` are held."""

    def given(self, system: System) -> Any:  # noqa: ARG002
        """The user's replacement for the constants that `prepare` computes for the voltage, or None."""
        return None

    @abc.abstractmethod
    def advance(self, step: CableStep) -> OfComps:
        """The voltage at the end of the step [mV]; exactly the prescribed one where it is held."""

    @abc.abstractmethod
    def line_voltage(self, step: CableStep, after: OfComps) -> OfComps:
        """The voltage at which the step takes the membrane current [mV]; `after` is what `advance` returned."""

    def inflow(self, step: CableStep, after: OfComps) -> OfComps:
        """Current into each compartment along the cable and through gap junctions in a step [nA].

        Over all compartments it sums to zero, and over a cell without gap junctions too.
        """
        return axial_current(step.system.cable, step.axial, self.line_voltage(step, after))

    def instability(
        self,
        system: System,  # noqa: ARG002
        axial: Axial,  # noqa: ARG002
        slope: Float[np.ndarray, " comp"],  # noqa: ARG002
        dt: float,  # noqa: ARG002
        place: Callable[[int], str],  # noqa: ARG002
    ) -> str | None:
        """Why steps of `dt` [ms] let the voltage grow, and what to do; None where the method is stable.

        Args:
            system: The lowered model.
            axial: Its cable.
            slope: Slope of the membrane current of each compartment [uS].
            dt: Time step [ms].
            place: How a compartment is called.
        """
        return None
