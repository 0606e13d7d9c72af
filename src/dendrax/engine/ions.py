"""Ions: pumps change their concentration, and they diffuse along the cable.

The current of a pump is minus the rate of change of the concentration c of its ion [mM/ms], at the present
concentration c0 a line, rate + slope (c - c0), with the exact slope. An ion that does not diffuse takes a step of
backward Euler in each compartment,

    c' = c - dt rate / (1 + dt slope)

whatever the method for the voltage. One that does obeys the cable equation with volume in place of capacitance and
diffusivity in place of conductivity,

    V dc_i/dt = sum d (c_j - c_i) - V (rate_i + slope_i (c_i - c0_i)),    d = 1 / (load_in_i / D_i + load_out_j / D_j)

and is advanced by the method for the voltage on the same tree; branch points have no volume.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from dendrax.engine.calling import call
from dendrax.engine.current import MembraneCurrent
from dendrax.engine.inputs import Acting
from dendrax.engine.placed import State, accumulate, as_rows, own_states
from dendrax.engine.prepare import Parameters, Prepared
from dendrax.engine.rows import Rows
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.system import Placed, System
from dendrax.errors import MechanismError
from dendrax.mechanisms.pump import Pump

Fluxes = dict[str, MembraneCurrent]
"""Per ion, minus the rate of change of its concentration as a line in it: slope [1/ms], now [mM/ms]."""


def fluxes(system: System, prepared: Prepared, state: State, sums: State) -> Fluxes:
    """What all pumps do to each ion; their currents are added to `sums`, one entry per current name [mM/ms].

    `state` holds the new states of all channels and pumps, and the membrane currents of the step before.
    """
    slopes: State = {}
    rates: State = {}
    for placed, params in zip(system.pumps, prepared.pump_params, strict=True):
        ion, places = placed.mechanism.ion_name, _places_of_ion(placed)
        c = places.take(state[ion])
        current, slope = jax.jvp(
            lambda u, placed=placed, params=params: _current(system, placed, params, state, u),
            (c,),
            (jnp.ones_like(c),),
        )
        accumulate(sums, placed.mechanism.current_name, placed.rows, current)
        accumulate(slopes, ion, places, slope)
        accumulate(rates, ion, places, current)
    return {ion: MembraneCurrent(slopes[ion], rates[ion]) for ion in slopes}


def add_currents(system: System, prepared: Prepared, state: State, sums: State) -> None:
    """Add the currents of pumps that flow in `state` to `sums` [mM/ms]."""
    for placed, params in zip(system.pumps, prepared.pump_params, strict=True):
        c = _places_of_ion(placed).take(state[placed.mechanism.ion_name])
        accumulate(sums, placed.mechanism.current_name, placed.rows, _current(system, placed, params, state, c))


def advance(
    system: System,
    prepared: Prepared,
    state: State,
    pumped: Fluxes,
    dt: float | Float[Array, ""],
    stepper: Stepper,
    acting: Acting,
) -> State:
    """The concentrations one step later; those of ions that diffuse are held where they are clamped."""
    still = {ion: flux for ion, flux in pumped.items() if ion not in system.diffused}
    new = {ion: state[ion] - dt * flux.now / (1 + dt * flux.slope) for ion, flux in still.items()}
    for ion, (axial, constants) in prepared.diffusion.items():
        c, volume = state[ion], axial.capacitance
        out = MembraneCurrent(jnp.zeros_like(c), jnp.zeros_like(c))
        if ion in pumped:
            out = MembraneCurrent(volume * pumped[ion].slope, volume * pumped[ion].now)
        new[ion] = stepper.advance(system, axial, constants, c, out, dt, acting.held(ion))
    return state | new


def _places_of_ion(placed: Placed[Pump]) -> Rows:
    """Where the compartments of a pump are in the storage of its ion."""
    pump = placed.mechanism
    if pump.ion_name not in placed.states:
        raise MechanismError(
            f"The pump {pump.name} changes {pump.ion_name!r}, which it does not declare. Give it a default in "
            f"`channel_states`."
        )
    return placed.states[pump.ion_name]


def _current(
    system: System, placed: Placed[Pump], params: Parameters, state: State, c: Float[Array, " row"]
) -> Float[Array, " row"]:
    """Minus the rate of change of the concentration by one pump, at its rows [mM/ms]."""
    pump, present = placed.mechanism, params.present(system, placed.rows, state)
    current = call(pump, "compute_current", own_states(placed, state), c, present)
    return as_rows(pump, pump.current_name, current, placed.rows.size, c.dtype)
