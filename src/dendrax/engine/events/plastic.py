"""Plastic connections: what arrives over them, what they deliver of it, and how they change with spikes at both ends.

An event that arrives within a step is two numbers at the ports of its connection: how many there are, and the sum of
the fractions of the step by which they are late. What they deliver goes on to the port of the target in the same step,
shared out between this step and the next as that of any connection. The spikes of the postsynaptic cell in a step are
known at its end, and so the rule is applied then, with both in their order. Only what is delivered in a step does not
see the postsynaptic spikes of that step.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from dendrax.engine.part import Params, Time
from dendrax.engine.rows import AnyArray
from dendrax.engine.state import State
from dendrax.mechanisms.plasticity import Happened, Plasticity
from dendrax.mechanisms.value import Values


class Plastic(eqx.Module):
    """The connections that change by one rule, in the order of their table.

    Attributes:
        rule: The rule, compared by value.
        target: The port of the target of each. (connection,)
        post: The detector of the postsynaptic cell of each, -1 where there is none. (connection,)
        rows: The number of each among all connections. (connection,)
        port: Where the number of its events arrives for the first of them; those of the others follow.
        shift: How many ports further the sum of the fractions arrives.
    """

    rule: Plasticity = eqx.field(static=True)
    target: Int[AnyArray, " connection"]
    post: Int[AnyArray, " connection"]
    rows: Int[AnyArray, " connection"]
    port: int = eqx.field(static=True)
    shift: int = eqx.field(static=True)

    @property
    def late(self) -> str:
        """Name of the state that holds what a connection still delivers in the next step, in the unit of its weight."""
        return f"{self.rule.name}_late"

    def prepare(self, params: Params) -> Params:
        """Parameters of the rule, and the weights of the connections."""
        own = {name: jnp.asarray(params[name]) for name in self.rule.parameters}
        return own | {"weight": jnp.asarray(params["weight"])[self.rows]}

    def deliver(
        self, constants: Params, state: State, arrived: Float[Array, " port"], dt: Time
    ) -> tuple[State, Float[Array, " port"]]:
        """The State with what is delivered in the next step, and `arrived` with what is delivered in this one."""
        pre = self._arrived(arrived)
        own, silent = self._own(state), Happened(jnp.zeros_like(pre.count), jnp.ones_like(pre.phase))
        amount = jnp.asarray(self.rule.step(own, dt, pre, silent, {**constants})[1]) * constants["weight"]
        now = state[self.late] + (1.0 - pre.phase) * amount
        return state.replace({self.late: jnp.asarray(pre.phase * amount)}), arrived.at[self.target].add(now)

    def change(
        self,
        constants: Params,
        state: State,
        arrived: Float[Array, " port"],
        crossing: Float[Array, " detector"],
        dt: Time,
    ) -> State:
        """The State after the events that arrived and the spikes of a step: `crossing` as in `deliver.Spikes`."""
        happened = crossing[jnp.maximum(self.post, 0)]
        spiked = (self.post >= 0) & (happened >= 0)
        post = Happened(jnp.where(spiked, 1.0, 0.0), jnp.where(spiked, happened, 1.0))
        states, _ = self.rule.step(self._own(state), dt, self._arrived(arrived), post, {**constants})
        return state.replace({name: jnp.asarray(states[name]) for name in self.rule.states})

    def _arrived(self, arrived: Float[Array, " port"]) -> Happened:
        n = self.target.shape[0]
        count, sum_of_phases = arrived[self.port : self.port + n], arrived[self.port + self.shift :][:n]
        there = count > 0
        return Happened(count, jnp.where(there, sum_of_phases / jnp.where(there, count, 1.0), 0.0))

    def _own(self, state: State) -> Values:
        return {name: state[name] for name in self.rule.states}
