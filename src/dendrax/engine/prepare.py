"""What stays the same during a run: computed once, before the loop over time."""

from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from dendrax.engine.cable import Axial, axial, axial_diffusion
from dendrax.engine.coupling import Gaps
from dendrax.engine.inserted import Parameters
from dendrax.engine.part import Params, Time
from dendrax.engine.placed import AtPoints
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.system import System
from dendrax.engine.units import NANOAMPERE_PER_DENSITY_AREA, NANOFARAD_PER_DENSITY_AREA
from dendrax.engine.wired import Ends
from dendrax.errors import ModelStateError
from dendrax.mechanisms.constants import DEFAULT_TEMPERATURE

VOLTAGE = "v"
"""Key of the stepper's constants for the voltage; those for a diffused ion are under its name."""


class Prepared(eqx.Module):
    """Loop invariants.

    Attributes:
        membrane: For each inserted mechanism, its parameters.
        synapses: For each type of synapse, its parameters and the ends of its synapses.
        points: For each type of point process, its parameters and compartments.
        nanoamperes: Current of each compartment per current density [nA / (mA/cm^2)].
        axial: Conductances along the cable, gap junctions and capacitances.
        constants: What the stepper prepared for the voltage.
        diffusion: For each diffused ion, volumes and diffusive conductances, and what the stepper prepared for them.
    """

    membrane: tuple[Parameters, ...]
    synapses: tuple[Ends, ...]
    points: tuple[AtPoints, ...]
    nanoamperes: Float[Array, " comp"]
    axial: Axial
    constants: Any
    diffusion: dict[str, tuple[Axial, Any]]


def prepare(
    system: System,
    params: Params,
    dt: Time,
    stepper: Stepper,
    constants: Mapping[str, Any] | None = None,
    held: Mapping[str, Int[Array, " held"]] | None = None,
) -> Prepared:
    """All that is constant during a run.

    Args:
        system: The lowered model.
        params: Parameters of full length, see `overrides.apply`.
        dt: Time step [ms].
        stepper: The method of time integration.
        constants: What the stepper prepared earlier for the same parameters and time step, to save that work: "v"
            and diffused ions -> constants.
        held: For "v" and diffused ions, where they are clamped during the run.

    Raises:
        ModelStateError: The voltage is clamped, and the user gave constants that do not know of it.
    """
    held = {} if held is None else held
    capacitance = params["capacitance"] * params["area"] * NANOFARAD_PER_DENSITY_AREA  # [nF]
    synapses = tuple(part.prepare(system.layout, params) for part in system.synapses)
    flows = {VOLTAGE: axial(system.cable, params, capacitance, _gaps(system, synapses))}
    for ion in system.diffused:
        flows[ion] = axial_diffusion(system.cable, params, params[f"axial_diffusion_{ion}"])
    known = {} if constants is None else dict(constants)
    if (given := stepper.given(system)) is not None:
        if VOLTAGE in held:
            raise ModelStateError(
                "customize_solver_exp_euler: the model has a matrix of yours, which cannot know of the clamps of its "
                "voltage. Delete them with `delete_clamps`, give the matrix back with "
                '`customize_solver_exp_euler(None)`, or take solver="bwd_euler".'
            )
        known.setdefault(VOLTAGE, given)
    prepared = {
        name: known[name] if name in known else stepper.prepare(system, flow, dt, held.get(name))
        for name, flow in flows.items()
    }
    nanoamperes, around = jnp.asarray(params["area"] * NANOAMPERE_PER_DENSITY_AREA), surrounded(system, params)
    return Prepared(
        membrane=tuple(part.prepare(around, nanoamperes, system.membrane) for part in system.membrane),
        synapses=synapses,
        points=tuple(part.prepare(around, nanoamperes) for part in system.points),
        nanoamperes=nanoamperes,
        axial=flows[VOLTAGE],
        constants=prepared[VOLTAGE],
        diffusion={ion: (flows[ion], prepared[ion]) for ion in system.diffused},
    )


def surrounded(system: System, params: Params) -> Params:
    """Parameters, and what else mechanisms may know of their compartment."""
    temperature = params.get("temperature", jnp.full(system.cable.n_comp, DEFAULT_TEMPERATURE))
    return params | {"temperature": temperature, "celsius": temperature, "diameter": 2.0 * params["radius"]}


def _gaps(system: System, synapses: tuple[Ends, ...]) -> Gaps | None:
    """All gap junctions, of whatever type."""
    coupling = [(part, ends) for part, ends in zip(system.synapses, synapses, strict=True) if part.mechanism.couples]
    if not coupling:
        return None
    return Gaps(
        jnp.concatenate([ends.pre for _, ends in coupling]),
        jnp.concatenate([ends.post for _, ends in coupling]),
        jnp.concatenate([part.conductance(ends) for part, ends in coupling]),
    )
