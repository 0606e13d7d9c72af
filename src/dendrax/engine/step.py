"""One step in time."""

from jaxtyping import Array, Float

from dendrax.engine import membrane
from dendrax.engine.inputs import CURRENT, Acting
from dendrax.engine.prepare import Prepared
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.system import System

State = dict[str, Float[Array, " _"]]


def step(
    system: System, prepared: Prepared, state: State, inputs: Acting, dt: float | Float[Array, ""], stepper: Stepper
) -> State:
    """The State one step later: gates, their currents, clamps, and the voltage last.

    Clamps of states and currents are applied after the currents have been computed: they are what is recorded
    for this step and act from the next one on.

    Args:
        system: The lowered model.
        prepared: Its loop invariants.
        state: The State at the beginning of the step, compact.
        inputs: What acts during this step.
        dt: Time step [ms].
        stepper: The method of time integration.
    """
    state, current = membrane.advance(system, prepared, state, dt)
    state = inputs.clamp(state)
    if CURRENT in inputs.positions:
        current = current.inject(inputs.positions[CURRENT], inputs.values[CURRENT])
    v = stepper.advance(system, prepared.axial, prepared.constants, state["v"], current, dt)
    return inputs.clamp_voltage(state | {"v": v})
