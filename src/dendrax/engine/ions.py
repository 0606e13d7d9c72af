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

from dendrax.engine.current import MembraneCurrent
from dendrax.engine.inputs import Acting
from dendrax.engine.part import Time
from dendrax.engine.prepare import Prepared
from dendrax.engine.state import State
from dendrax.engine.steppers.base import CableStep, Stepper
from dendrax.engine.system import System

Fluxes = dict[str, MembraneCurrent]
"""Per ion, minus the rate of change of its concentration as a line in it: slope [1/ms], now [mM/ms]."""


def advance(
    system: System, prepared: Prepared, state: State, pumped: Fluxes, dt: Time, stepper: Stepper, acting: Acting
) -> State:
    """The concentrations one step later; those of ions that diffuse are held where they are clamped."""
    still = {ion: flux for ion, flux in pumped.items() if ion not in system.diffused}
    new = {ion: state[ion] - dt * flux.now / (1 + dt * flux.slope) for ion, flux in still.items()}
    for ion, (axial, constants) in prepared.diffusion.items():
        c, volume = state[ion], axial.capacitance
        out = MembraneCurrent.none(c)
        if ion in pumped:
            out = MembraneCurrent(volume * pumped[ion].slope, volume * pumped[ion].now)
        new[ion] = stepper.advance(CableStep(system, axial, constants, c, out, dt, acting.held(ion)))
    return state.replace(new)
