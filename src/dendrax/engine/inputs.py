"""Currents injected and values clamped during a run."""

from collections.abc import Mapping

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from dendrax.engine.current import Held
from dendrax.engine.rows import AnyArray
from dendrax.engine.state import State
from dendrax.engine.system import Inputs, System

CURRENT = "i"


class Acting(eqx.Module):
    """What acts during one step.

    Attributes:
        positions: Per key, where in the storage of that state.
        values: Per key, one value for each position.
        arrived: The sum of the weights that arrive at each port; None in a model without events.
        shared_out: Whether events are shared out between two steps, rather than moved to the nearest.
    """

    positions: dict[str, Int[Array, " _"]]
    values: dict[str, Float[Array, " _"]]
    arrived: Float[Array, " port"] | None = None
    shared_out: bool = eqx.field(static=True, default=False)

    def clamp(self, state: State) -> State:
        """`state` with every clamped state and current at its value; the voltage is held by its own solve."""
        names = [name for name in self.positions if name not in (CURRENT, "v")]
        return state.replace({name: Held(self.positions[name], self.values[name]).put(state[name]) for name in names})

    def held(self, name: str) -> Held | None:
        """Where the voltage, or an ion that diffuses, is clamped; None if there is no such clamp."""
        return Held(self.positions[name], self.values[name]) if name in self.positions else None


def without_overwritten(inputs: Inputs) -> Inputs:
    """`inputs` with the last clamp alone where several hold the same state of the same place.

    To be called before tracing. A scatter with repeated positions may pick any of the values on a GPU.
    """
    rows, values = dict(inputs.rows), dict(inputs.values)
    for name in rows.keys() - {CURRENT}:
        backwards = np.asarray(rows[name])[::-1]
        last = np.sort(len(backwards) - 1 - np.unique(backwards, return_index=True)[1])
        if len(last) < len(backwards):
            rows[name], values[name] = rows[name][last], values[name][last]
    return Inputs(rows, values)


def locate(system: System, rows: Mapping[str, AnyArray]) -> dict[str, Int[Array, " _"]]:
    """Where compartments (or synapses) are in the storage of each key; currents are injected into compartments."""
    places = system.storage | {CURRENT: system.storage["v"]}
    return {name: places[name].locate(compartments) for name, compartments in rows.items()}


def over_time(inputs: Inputs, n_steps: int) -> dict[str, Float[Array, "time _"]]:
    """Values for each of `n_steps` steps: later ones are cut off, a current that ends sooner goes on as zero."""
    dtype = jnp.result_type(float)
    cut = {name: jnp.asarray(values, dtype).T[:n_steps] for name, values in inputs.values.items()}
    return {name: jnp.pad(values, ((0, n_steps - len(values)), (0, 0))) for name, values in cut.items()}
