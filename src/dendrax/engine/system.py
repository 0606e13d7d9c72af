"""What runs: a model as a frozen pytree.

Array fields are leaves (numpy when freshly lowered, so that lowering touches no device); sizes, names and
mechanisms are static. Two models of equal shape have equal tree structures and share one compilation.
"""

from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float, Int

from dendrax.engine.rows import Rows
from dendrax.engine.solvers.base import Solver
from dendrax.mechanisms.channel import Channel

AnyArray = Array | np.ndarray


class Placed(eqx.Module):
    """A channel and where it is.

    Attributes:
        mechanism: The channel, compared by value.
        rows: The compartments that have it.
        states: For each state that the channel declares, its rows within that state's storage.
    """

    mechanism: Channel = eqx.field(static=True)
    rows: Rows
    states: dict[str, Rows]


class Cable(eqx.Module):
    """Who is joined to whom: a forest over compartments (first, in table order) and then branch points.

    A branch point stands where two or more children join the end of a parent branch. The edge of node i joins
    it to parent[i]; it crosses the half of i that faces the parent (load_in) and the half of parent[i] that
    faces away (load_out); branch points have no resistance of their own.
    """

    parent: Int[AnyArray, " node"]  # -1 for roots
    n_comp: int = eqx.field(static=True)

    @property
    def n_node(self) -> int:
        """Compartments and branch points together."""
        return self.parent.shape[0]


class System(eqx.Module):
    """A lowered model.

    Attributes:
        params: Every parameter of every compartment, NaN where a compartment has none. name -> (comp,)
        state: Initial value of every state (v, channel states), NaN where there is none. name -> (comp,)
        storage: The compartments at which each state and each membrane current is kept while running;
            the running State is a dict of arrays of these lengths.
        channels: The channels in the order of insertion.
        current_names: Names of the membrane currents, each once. They are states too, kept everywhere.
        cable: The tree.
        solver: The back end of the linear solves.
        plan: What it needs to know of the tree.
    """

    params: dict[str, Float[AnyArray, " comp"]]
    state: dict[str, Float[AnyArray, " comp"]]
    storage: dict[str, Rows]
    channels: tuple[Placed, ...]
    cable: Cable
    plan: Any
    current_names: tuple[str, ...] = eqx.field(static=True)
    solver: Solver = eqx.field(static=True)


class Override(eqx.Module):
    """Traced values for some rows of one parameter or initial state: a trainable or a data_set."""

    rows: Int[AnyArray, " row"]  # compartments
    values: Float[AnyArray, " row"]
    key: str = eqx.field(static=True)


class Inputs(eqx.Module):
    """What acts on the model from outside, per key: compartments and a value for each of them and each step.

    Key "i" is current [nA], which adds up; every other key clamps that state or current to the value.
    """

    rows: dict[str, Int[AnyArray, " input"]]
    values: dict[str, Float[AnyArray, "input time"]]


class Recordings(eqx.Module):
    """Which entries of the State are kept at every step.

    Attributes:
        rows: For each recorded key, the recorded compartments.
        order: Position of each recording in the concatenation of `rows` over the sorted keys.
    """

    rows: dict[str, Int[AnyArray, " some"]]
    order: Int[AnyArray, " recording"]
