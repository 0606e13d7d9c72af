"""What can be recorded of a step besides the State: functions of all that flowed in it.

In each compartment a step obeys

    i_membrane = C (v' - v) / dt + I_membrane(v_line) = inflow + i_electrode - I_synapses(v_line)              # [nA]

with the lines of the membrane and of synapses at the voltage where the method takes them. The inflow along the cable
sums to zero over a cell, so that i_membrane sums to what electrodes and synapses inject. Where the voltage is clamped,
the current of the electrode is what closes the balance.
"""

from jaxtyping import Array, Float

from dendrax.engine.cable import Axial, axial_current
from dendrax.engine.current import Drawn, MembraneCurrent
from dendrax.engine.held import Held
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.system import System
from dendrax.mechanisms.constants import ELECTRODE_CURRENT, MEMBRANE_CURRENT

Read = dict[str, Float[Array, " comp"]]


def read(
    system: System,
    axial: Axial,
    constants: object,
    stepper: Stepper,
    before: Float[Array, " comp"],
    after: Float[Array, " comp"],
    drawn: Drawn,
    stimulated: MembraneCurrent,
    dt: float | Float[Array, ""],
    held: Held | None,
) -> Read:
    """Currents of a step [nA]: through the membrane outward, from electrodes inward.

    Args:
        system: The lowered model.
        axial: Its cable.
        constants: What the stepper prepared for the voltage.
        stepper: The method of time integration.
        before: The voltage at the beginning of the step [mV].
        after: The voltage at its end [mV].
        drawn: The currents of mechanisms.
        stimulated: `drawn.all` with stimuli.
        dt: Time step [ms].
        held: Where the voltage is clamped.
    """
    moved = stepper.line_voltage(axial, before, after, stimulated, dt, held) - before
    membrane = axial.capacitance * (after - before) / dt + _at(drawn.membrane, moved)
    electrode = _at(drawn.all, moved) - _at(stimulated, moved) - _at(drawn.electrodes, moved)
    if held is not None:
        inflow = stepper.inflow(system, axial, constants, before, after, stimulated, dt, held)
        synapses = _at(drawn.all, moved) - _at(drawn.membrane, moved) - _at(drawn.electrodes, moved)
        electrode = electrode.at[held.rows].set((membrane - inflow + synapses)[held.rows])
    return {MEMBRANE_CURRENT: membrane, ELECTRODE_CURRENT: electrode}


def read_at_rest(system: System, axial: Axial, v: Float[Array, " comp"], drawn: Drawn) -> Read:
    """The same before the first step, in which no stimulus acts yet."""
    inflow = axial_current(system.cable, axial, v)
    return {MEMBRANE_CURRENT: inflow - (drawn.all.now - drawn.membrane.now), ELECTRODE_CURRENT: -drawn.electrodes.now}


def _at(line: MembraneCurrent, moved: Float[Array, " comp"]) -> Float[Array, " comp"]:
    return line.now + line.slope * moved
