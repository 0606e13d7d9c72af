"""Synapses.

Nothing here is per synapse: a type is one call of its mechanism on arrays over all its synapses, a gather of both
voltages and a scatter of the line. Currents are in nA and conductances in uS, the units of the engine.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from dendrax.engine.calling import call
from dendrax.engine.current import MembraneCurrent
from dendrax.engine.part import Params, Part, Time, as_rows, check_returned
from dendrax.engine.rows import AnyArray
from dendrax.engine.state import Layout, State
from dendrax.mechanisms.synapse import Synapse
from dendrax.mechanisms.value import Values


class Ends(eqx.Module):
    """A type of synapse during a run.

    Attributes:
        pre: Presynaptic compartment of each synapse.
        post: Postsynaptic compartment of each synapse.
        params: Its parameters.
        pre_states: Where each presynaptic state that it reads is in the storage of that state.
        post_states: The same on the postsynaptic side.
    """

    pre: Int[Array, " synapse"]
    post: Int[Array, " synapse"]
    params: Params
    pre_states: dict[str, Int[Array, " synapse"]]
    post_states: dict[str, Int[Array, " synapse"]]


class Wired(Part):
    """One type of synapse and the compartments that its synapses join, in the order of the table of synapses.

    Attributes:
        mechanism: The type, compared by value.
        pre: Presynaptic compartment of each synapse.
        post: Postsynaptic compartment of each synapse.
        port: The port of the first synapse, if events arrive after a delay; those of the others follow.
    """

    mechanism: Synapse = eqx.field(static=True)
    pre: Int[AnyArray, " synapse"]
    post: Int[AnyArray, " synapse"]
    port: int | None = eqx.field(static=True, default=None)

    @property
    def current_name(self) -> str:
        """Name of the current of each synapse [nA]."""
        return self.mechanism.name_of_current(None)

    def prepare(self, layout: Layout, params: Params) -> Ends:
        """The loop invariants, from parameters of full length."""
        synapse = self.mechanism
        return Ends(
            pre=jnp.asarray(self.pre),
            post=jnp.asarray(self.post),
            params={name: jnp.asarray(params[name]) for name in synapse.synapse_params},
            pre_states={name: layout.storage[name].locate(self.pre) for name in synapse.pre_states},
            post_states={name: layout.storage[name].locate(self.post) for name in synapse.post_states},
        )

    def with_arrived(self, constants: Ends, arrived: Float[Array, " port"]) -> Ends:
        """`constants` with the number of events that arrived at each synapse, if the type has a delay."""
        if self.port is None:
            return constants
        events = arrived[self.port : self.port + self.pre.shape[0]]
        params = {**constants.params, f"{self.mechanism.name}_arrived": events}
        return Ends(constants.pre, constants.post, params, constants.pre_states, constants.post_states)

    def conductance(self, constants: Ends) -> Float[Array, " synapse"]:
        """Conductances of gap junctions [uS]."""
        gap = self.mechanism
        conductance = call(gap, "conductance", dict(constants.params))
        return as_rows(gap, "conductance", conductance, constants.pre.shape[0], jnp.result_type(float))

    def advance(self, layout: Layout, constants: Ends, state: State, v: Float[Array, " comp"], dt: Time) -> State:
        """Its states one step later; gap junctions have no states."""
        del layout
        synapse = self.mechanism
        if synapse.couples:
            return state
        seen = self._seen(constants, state)
        post_v = _at(v, constants.post)
        returned = call(synapse, "advance", dict(seen), dt, post_v, self._handed(constants, v))
        check_returned(synapse, returned, seen)
        return state.replace(
            {
                name: as_rows(synapse, name, value, post_v.shape[0], post_v.dtype)
                for name, value in returned.items()
                if name in synapse.synapse_states
            }
        )

    def current(self, constants: Ends, state: State) -> tuple[Float[Array, " synapse"], Float[Array, " synapse"]]:
        """Current of each synapse out of its postsynaptic compartment [nA], and its slope in the voltage there [uS].

        The dependence on the presynaptic voltage is explicit.
        """
        post_v = _at(state.v, constants.post)
        handed, seen = self._handed(constants, state.v), self._seen(constants, state)

        def flowing(v: Float[Array, " synapse"]) -> Float[Array, " synapse"]:
            returned = call(self.mechanism, "currents", dict(seen), v, dict(handed))
            return as_rows(self.mechanism, self.current_name, returned[None], post_v.shape[0], post_v.dtype)

        if self.mechanism.couples:
            return flowing(post_v), jnp.zeros_like(post_v)
        return jax.jvp(flowing, (post_v,), (jnp.ones_like(post_v),))

    def through(self, constants: Ends, line: MembraneCurrent, now: Array, slope: Array) -> MembraneCurrent:
        """`line` plus the lines of the synapses; gap junctions are a part of the cable and add nothing."""
        if self.mechanism.couples:
            return line
        return MembraneCurrent(line.slope.at[constants.post].add(slope), line.now.at[constants.post].add(now))

    def _handed(self, constants: Ends, v: Float[Array, " comp"]) -> Values:
        return {**constants.params, "pre_v": _at(v, constants.pre)}

    def _seen(self, constants: Ends, state: State) -> Values:
        """The synapses' own states, and the states that they read from the compartments on both sides."""
        seen: Values = {f"pre_{name}": _at(state[name], where) for name, where in constants.pre_states.items()}
        seen |= {f"post_{name}": _at(state[name], where) for name, where in constants.post_states.items()}
        return seen | {name: state[name] for name in self.mechanism.synapse_states}


def _at(values: Float[Array, " comp"], where: Array) -> Float[Array, " synapse"]:
    return values.at[where].get(mode="promise_in_bounds")
