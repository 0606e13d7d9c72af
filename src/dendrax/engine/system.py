"""What runs: a model as a frozen pytree.

Array fields are leaves (numpy when freshly lowered, so that lowering touches no device); sizes, names and
mechanisms are static. Two models of equal shape have equal tree structures and share one compilation.
"""

from typing import Any

import equinox as eqx
from jaxtyping import Float, Int

from dendrax.engine.events.connections import Events
from dendrax.engine.inserted import Inserted
from dendrax.engine.placed import Placed
from dendrax.engine.rows import AnyArray, Rows
from dendrax.engine.solvers.base import Solver
from dendrax.engine.state import Layout
from dendrax.engine.wired import Wired


class Cable(eqx.Module):
    """Who is joined to whom: a forest over compartments (first, in table order) and then branch points.

    A branch point stands where two or more children join the end of a parent branch. The edge of node i joins
    it to parent[i]; it crosses the half of i that faces the parent (load_in) and the half of parent[i] that
    faces away (load_out); branch points have no resistance of their own.

    `meets` says where an edge meets the parent: 0, at the end that faces away; 1, at the centre, where it crosses no
    half of the parent; 2, at the start of a root, where it crosses load_in of the parent. None: all meet at ends.
    """

    parent: Int[AnyArray, " node"]  # -1 for roots
    n_comp: int = eqx.field(static=True)
    meets: Int[AnyArray, " node"] | None = None

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
        layout: How the State is kept.
        membrane: The mechanisms inserted into compartments, in the order in which they act.
        synapses: The types of synapse.
        cable: The tree.
        solver: The back end of the linear solves.
        plan: What it needs to know of the tree.
        diffused: Names of the ions that diffuse along the cable; `axial_diffusion_<ion>` is a parameter of each.
        points: The types of point process.
        events: The connections; None if the model neither sends nor records spikes.
        transition: The matrix that exponential Euler multiplies the voltages by, where the user gave one.
    """

    params: dict[str, Float[AnyArray, " _"]]
    state: dict[str, Float[AnyArray, " _"]]
    layout: Layout
    membrane: tuple[Inserted, ...]
    synapses: tuple[Wired, ...]
    cable: Cable
    plan: Any
    solver: Solver = eqx.field(static=True)
    diffused: tuple[str, ...] = eqx.field(static=True, default=())
    transition: Float[AnyArray, "comp comp"] | None = None
    points: tuple[Placed, ...] = ()
    events: Events | None = None

    @property
    def storage(self) -> dict[str, Rows]:
        """Where each state and each current is kept."""
        return self.layout.storage


class Override(eqx.Module):
    """Traced values for some rows of one parameter or initial state: a trainable or a data_set.

    Attributes:
        rows: Compartments, or synapses within their type; None where all of the parameter is replaced, as are the data
            of artificial sources. (row,)
        values: What they have. (row,), or of data (source, place)
        key: Name of the parameter or state.
    """

    rows: Int[AnyArray, " row"] | None
    values: Float[AnyArray, " row *place"]
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
