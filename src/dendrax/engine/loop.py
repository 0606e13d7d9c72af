"""The body of the loop over time, the same for one scan and for chunks."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from dendrax.engine import inputs
from dendrax.engine.prepare import Prepared
from dendrax.engine.state import State
from dendrax.engine.step import step
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.system import System


class Loop(eqx.Module):
    """What a step needs besides the State, and what is observed of it.

    Attributes:
        system: The lowered model.
        prepared: Its loop invariants.
        positions: Per key, where stimuli and clamps act in the storage of that state.
        recorded: Per key, which entries of that state are recorded.
        dt: Time step [ms].
        stepper: The method of time integration.
    """

    system: System
    prepared: Prepared
    positions: dict[str, Int[Array, " _"]]
    recorded: dict[str, Int[Array, " _"]]
    dt: float | Float[Array, ""]
    stepper: Stepper = eqx.field(static=True)

    def advance(self, state: State, values: dict[str, Array]) -> State:
        """The State one step later, with the `values` of stimuli and clamps."""
        return step(self.system, self.prepared, state, inputs.Acting(self.positions, values), self.dt, self.stepper)

    def observe(self, state: State) -> Float[Array, " recording"]:
        """The recorded entries of a State, key by key in sorted order."""
        return observe(self.recorded, state)


def observe(recorded: dict[str, Int[Array, " _"]], state: State) -> Float[Array, " recording"]:
    """The entries of a State at the positions `recorded`, key by key in sorted order."""
    return jnp.concatenate([state[name][where] for name, where in sorted(recorded.items())])
