"""What stays the same during a run: computed once, before the loop over time."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from dendrax.engine.cable import Axial, axial
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.system import System
from dendrax.engine.units import NANOAMPERE_PER_DENSITY_AREA, NANOFARAD_PER_DENSITY_AREA

SURROUNDINGS = ("radius", "length", "axial_resistivity", "capacitance")
"""Parameters of a compartment that every channel may read besides its own."""


class Prepared(eqx.Module):
    """Loop invariants.

    Attributes:
        channel_params: For each channel, its parameters at its rows.
        nanoamperes: Current of each compartment per current density [nA / (mA/cm^2)].
        axial: Conductances along the cable and capacitances.
        constants: What the stepper prepared for itself.
    """

    channel_params: tuple[dict[str, Float[Array, " _"]], ...]  # each at the rows of its channel
    nanoamperes: Float[Array, " comp"]
    axial: Axial
    constants: Any


def prepare(
    system: System,
    params: dict[str, Float[Array, " comp"]],
    dt: float | Float[Array, ""],
    stepper: Stepper,
    constants: Any = None,
) -> Prepared:
    """All that is constant during a run.

    Args:
        system: The lowered model.
        params: Parameters of full length, see `overrides.apply`.
        dt: Time step [ms].
        stepper: The method of time integration.
        constants: What the stepper prepared earlier for the same parameters and time step, to save that work.
    """
    wanted = [(one.rows, (*one.mechanism.channel_params, *SURROUNDINGS)) for one in system.channels]
    capacitance = params["capacitance"] * params["area"] * NANOFARAD_PER_DENSITY_AREA  # [nF]
    conductances = axial(system.cable, params, capacitance)
    return Prepared(
        channel_params=tuple({name: rows.take(jnp.asarray(params[name])) for name in names} for rows, names in wanted),
        nanoamperes=jnp.asarray(params["area"] * NANOAMPERE_PER_DENSITY_AREA),
        axial=conductances,
        constants=stepper.prepare(system, conductances, dt) if constants is None else constants,
    )
