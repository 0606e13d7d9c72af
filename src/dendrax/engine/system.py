"""What runs: a model as a frozen pytree.

Array fields are leaves (numpy when freshly lowered, so that lowering touches no device); sizes, names and
mechanisms are static. Two models of equal shape have equal tree structures and share one compilation.
"""

from typing import Any, Generic, TypeVar

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float, Int

from dendrax.engine.rows import Rows
from dendrax.engine.solvers.base import Solver
from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.pump import Pump
from dendrax.mechanisms.synapse import Synapse

AnyArray = Array | np.ndarray
OfMembrane = TypeVar("OfMembrane", bound=Channel | Pump)


class Placed(eqx.Module, Generic[OfMembrane]):
    """A channel or pump and where it is.

    Attributes:
        mechanism: The channel or pump, compared by value.
        rows: The compartments that have it.
        states: For each state that it declares, its rows within that state's storage.
    """

    mechanism: OfMembrane = eqx.field(static=True)
    rows: Rows
    states: dict[str, Rows]


class PlacedSynapse(eqx.Module):
    """One type of synapse and the compartments that its synapses join, in the order of the table of synapses.

    Attributes:
        mechanism: The type, compared by value.
        pre: Presynaptic compartment of each synapse.
        post: Postsynaptic compartment of each synapse.
    """

    mechanism: Synapse = eqx.field(static=True)
    pre: Int[AnyArray, " synapse"]
    post: Int[AnyArray, " synapse"]

    @property
    def current_name(self) -> str:
        """Under which the current of each synapse is kept [nA]."""
        return f"i_{self.mechanism.name}"


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

    Arrays of a parameter or state of compartments have one entry for each of them, those of a type of synapse one
    for each synapse of that type; a name belongs to one of these.

    Attributes:
        params: Every parameter, NaN where a compartment has none. name -> (comp,) or (synapse,)
        state: Initial value of every state but the currents (v, states of channels, pumps and synapses), NaN where
            there is none. name -> (comp,) or (synapse,)
        storage: Where each state and each current is kept while running; the running State is a dict of arrays of
            these lengths. Membrane currents, the currents `i_<name>` of synapses, their states and the concentrations
            of diffused ions are kept everywhere.
        channels: The channels in the order of insertion.
        current_names: Names of the currents of channels and pumps, each once. They are states too.
        cable: The tree.
        solver: The back end of the linear solves.
        plan: What it needs to know of the tree.
        pumps: The pumps in the order of insertion; the ion of each is among the states that it declares.
        synapses: The types of synapse.
        diffused: Names of the ions that diffuse along the cable; `axial_diffusion_<ion>` is a parameter of each.
        transition: The matrix that exponential Euler multiplies the voltages by, where the user gave one.
    """

    params: dict[str, Float[AnyArray, " _"]]
    state: dict[str, Float[AnyArray, " _"]]
    storage: dict[str, Rows]
    channels: tuple[Placed[Channel], ...]
    cable: Cable
    plan: Any
    current_names: tuple[str, ...] = eqx.field(static=True)
    solver: Solver = eqx.field(static=True)
    pumps: tuple[Placed[Pump], ...] = ()
    synapses: tuple[PlacedSynapse, ...] = ()
    diffused: tuple[str, ...] = eqx.field(static=True, default=())
    transition: Float[AnyArray, "comp comp"] | None = None

    @property
    def states_of_compartments(self) -> tuple[str, ...]:
        """The states and currents that are not of synapses."""
        of_synapses = {name for one in self.synapses for name in (one.current_name, *one.mechanism.synapse_states)}
        return tuple(name for name in self.storage if name not in of_synapses)


class Override(eqx.Module):
    """Traced values for some rows of one parameter or initial state: a trainable or a data_set."""

    rows: Int[AnyArray, " row"]  # compartments, or synapses within their type
    values: Float[AnyArray, " row"]
    key: str = eqx.field(static=True)


class Inputs(eqx.Module):
    """What acts on the model from outside, per key: compartments (or synapses) and a value for each at each step.

    Key "i" is current [nA], which adds up; every other key clamps that state or current to the value.
    """

    rows: dict[str, Int[AnyArray, " input"]]
    values: dict[str, Float[AnyArray, "input time"]]


class Recordings(eqx.Module):
    """Which entries of the State are kept at every step.

    Attributes:
        rows: For each recorded key, the recorded compartments, or synapses within their type.
        order: Position of each recording in the concatenation of `rows` over the sorted keys.
    """

    rows: dict[str, Int[AnyArray, " some"]]
    order: Int[AnyArray, " recording"]
