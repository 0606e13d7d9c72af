"""One step in time."""

from jaxtyping import Array, Float

from dendrax.engine import ions, membrane, synapses
from dendrax.engine.inputs import CURRENT, Acting
from dendrax.engine.prepare import Prepared
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.system import System

State = dict[str, Float[Array, " _"]]


def step(
    system: System, prepared: Prepared, state: State, inputs: Acting, dt: float | Float[Array, ""], stepper: Stepper
) -> State:
    """The State one step later: gates and their currents, synapses, ions, clamps, and the voltage last.

    A clamp of the voltage, or of an ion that diffuses, is a part of its solve: neighbours see it in the same step.
    Clamps of other states and of currents are applied after the currents have been computed and the ions have moved:
    they are what is recorded for this step and act from the next one on.

    Args:
        system: The lowered model.
        prepared: Its loop invariants.
        state: The State at the beginning of the step, compact.
        inputs: What acts during this step.
        dt: Time step [ms].
        stepper: The method of time integration.
    """
    state, current, fluxes = membrane.advance(system, prepared, state, dt)
    state, current = synapses.advance(system, prepared, state, current, dt)
    state = ions.advance(system, prepared, state, fluxes, dt, stepper, inputs)
    state = inputs.clamp(state)
    if CURRENT in inputs.positions:
        current = current.inject(inputs.positions[CURRENT], inputs.values[CURRENT])
    v = stepper.advance(system, prepared.axial, prepared.constants, state["v"], current, dt, inputs.held("v"))
    return state | {"v": v}
