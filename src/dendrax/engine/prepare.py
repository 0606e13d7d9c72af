"""What stays the same during a run: computed once, before the loop over time."""

from collections.abc import Iterable, Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from dendrax.engine.cable import Axial, axial, axial_diffusion
from dendrax.engine.calling import call
from dendrax.engine.coupling import Gaps
from dendrax.engine.placed import as_rows
from dendrax.engine.rows import Rows
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.system import Placed, PlacedSynapse, System
from dendrax.engine.units import DEFAULT_TEMPERATURE, NANOAMPERE_PER_DENSITY_AREA, NANOFARAD_PER_DENSITY_AREA
from dendrax.errors import ModelStateError
from dendrax.mechanisms.value import Values

SURROUNDINGS = ("radius", "length", "axial_resistivity", "capacitance", "temperature")
"""Parameters of a compartment that every channel and pump may read besides its own."""

VOLTAGE = "v"
"""Key of the stepper's constants for the voltage; those for a diffused ion are under its name."""

Params = dict[str, Float[Array, " _"]]


class Parameters(eqx.Module):
    """Parameters of a channel or pump at its rows, during a run.

    Attributes:
        fixed: Own parameters and surroundings.
        driven: For each parameter that a pump drives, whether it does in each row.
    """

    fixed: Params
    driven: dict[str, Bool[Array, " row"]]

    def present(self, system: System, rows: Rows, state: Params) -> Values:
        """What the mechanism is handed: driven parameters follow the state of the same name."""
        handed: Values = {**self.fixed}
        for name, here in self.driven.items():
            follows = rows.take(system.storage[name].spread(state[name], 0.0))
            handed[name] = jnp.where(here, follows, self.fixed[name])
        return handed


class Connected(eqx.Module):
    """A type of synapse during a run.

    Attributes:
        pre: Presynaptic compartment of each synapse.
        post: Postsynaptic compartment of each synapse.
        params: Its parameters.
        pre_states: Where each presynaptic state that it reads is in the storage of that state.
        post_states: The same on the postsynaptic side.
    """

    pre: Int[Array, " synapse"]
    post: Int[Array, " synapse"]
    params: Params
    pre_states: dict[str, Int[Array, " synapse"]]
    post_states: dict[str, Int[Array, " synapse"]]


class Prepared(eqx.Module):
    """Loop invariants.

    Attributes:
        channel_params: For each channel, its parameters at its rows.
        pump_params: For each pump likewise.
        synapses: For each type of synapse, what it is connected to.
        nanoamperes: Current of each compartment per current density [nA / (mA/cm^2)].
        axial: Conductances along the cable, gap junctions and capacitances.
        constants: What the stepper prepared for the voltage.
        diffusion: For each diffused ion, volumes and diffusive conductances, and what the stepper prepared for them.
    """

    channel_params: tuple[Parameters, ...]
    pump_params: tuple[Parameters, ...]
    synapses: tuple[Connected, ...]
    nanoamperes: Float[Array, " comp"]
    axial: Axial
    constants: Any
    diffusion: dict[str, tuple[Axial, Any]]


def prepare(
    system: System,
    params: Params,
    dt: float | Float[Array, ""],
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
    surroundings = {"temperature": jnp.full(system.cable.n_comp, DEFAULT_TEMPERATURE)} | params
    capacitance = params["capacitance"] * params["area"] * NANOFARAD_PER_DENSITY_AREA  # [nF]
    synapses = tuple(_connected(system, one, params) for one in system.synapses)
    flows = {VOLTAGE: axial(system.cable, params, capacitance, _gaps(zip(system.synapses, synapses, strict=True)))}
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
    return Prepared(
        channel_params=tuple(_parameters(system, one, surroundings) for one in system.channels),
        pump_params=tuple(_parameters(system, one, surroundings) for one in system.pumps),
        synapses=synapses,
        nanoamperes=jnp.asarray(params["area"] * NANOAMPERE_PER_DENSITY_AREA),
        axial=flows[VOLTAGE],
        constants=prepared[VOLTAGE],
        diffusion={ion: (flows[ion], prepared[ion]) for ion in system.diffused},
    )


def _parameters(system: System, placed: Placed, params: Params) -> Parameters:
    own, rows = placed.mechanism.channel_params, placed.rows
    driven: dict[str, Array] = {}
    for pump in system.pumps:
        for name in (name for name in pump.mechanism.drives if name in own):
            here = rows.take(pump.rows.spread(jnp.ones(pump.rows.size, bool), 0.0))
            driven[name] = driven[name] | here if name in driven else here
    return Parameters({name: rows.take(jnp.asarray(params[name])) for name in (*own, *SURROUNDINGS)}, driven)


def _connected(system: System, placed: PlacedSynapse, params: Params) -> Connected:
    synapse = placed.mechanism
    return Connected(
        pre=jnp.asarray(placed.pre),
        post=jnp.asarray(placed.post),
        params={name: jnp.asarray(params[name]) for name in synapse.synapse_params},
        pre_states={name: system.storage[name].locate(placed.pre) for name in synapse.pre_states},
        post_states={name: system.storage[name].locate(placed.post) for name in synapse.post_states},
    )


def _gaps(synapses: Iterable[tuple[PlacedSynapse, Connected]]) -> Gaps | None:
    """All gap junctions, of whatever type."""
    coupling = [(placed.mechanism, connected) for placed, connected in synapses if placed.mechanism.couples]
    if not coupling:
        return None
    conductances = [
        as_rows(
            gap, "conductance", call(gap, "conductance", dict(one.params)), one.pre.shape[0], jnp.result_type(float)
        )
        for gap, one in coupling
    ]
    return Gaps(
        jnp.concatenate([one.pre for _, one in coupling]),
        jnp.concatenate([one.post for _, one in coupling]),
        jnp.concatenate(conductances),
    )
