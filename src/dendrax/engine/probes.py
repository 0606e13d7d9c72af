"""Currents that can be recorded of a step besides the State: functions of all the currents in it.

In each compartment a step obeys

    i_membrane = C (v' - v) / dt + I_membrane(v_line) = inflow + i_electrode - I_synapses(v_line)              # [nA]

with the lines of the membrane and of synapses at the voltage where the method takes them. The inflow along the cable
sums to zero over a cell, so that i_membrane sums to the current that electrodes and synapses inject. Where the voltage
is clamped, the current of the electrode closes the balance; where a mechanism holds it, that of the membrane does. The
charge of a jump, by a reset or by events, is not a part of any of them.
"""

import jax.numpy as jnp

from dendrax.engine.cable import Axial, axial_current
from dendrax.engine.current import Drawn, MembraneCurrent
from dendrax.engine.solvers.base import OfComps
from dendrax.engine.steppers.base import CableStep, Stepper
from dendrax.engine.system import System
from dendrax.mechanisms.constants import ELECTRODE_CURRENT, MEMBRANE_CURRENT

Read = dict[str, OfComps]


def read(stepper: Stepper, step: CableStep, after: OfComps, drawn: Drawn) -> Read:
    """Currents of a step [nA]: through the membrane outward, from electrodes inward.

    Args:
        stepper: The method of time integration.
        step: The step that was made.
        after: The voltage at its end [mV].
        drawn: The currents of mechanisms, to which stimuli were added for the step.
    """
    moved = stepper.line_voltage(step, after) - step.before
    membrane = step.axial.capacitance * (after - step.before) / step.dt + _at(drawn.membrane, moved)
    electrode = _at(drawn.all, moved) - _at(step.current, moved) - _at(drawn.electrodes, moved)
    synapses = _at(drawn.all, moved) - _at(drawn.membrane, moved) - _at(drawn.electrodes, moved)
    if step.still is not None:
        membrane = jnp.where(step.still, stepper.inflow(step, after) + electrode - synapses, membrane)
    if step.held is not None:
        closing = membrane - stepper.inflow(step, after) + synapses
        electrode = electrode.at[step.held.rows].set(closing[step.held.rows])
    return {MEMBRANE_CURRENT: membrane, ELECTRODE_CURRENT: electrode}


def read_at_rest(system: System, axial: Axial, v: OfComps, drawn: Drawn) -> Read:
    """The same before the first step, in which no stimulus acts yet."""
    inflow = axial_current(system.cable, axial, v)
    return {MEMBRANE_CURRENT: inflow - (drawn.all.now - drawn.membrane.now), ELECTRODE_CURRENT: -drawn.electrodes.now}


def _at(line: MembraneCurrent, moved: OfComps) -> OfComps:
    return line.now + line.slope * moved
