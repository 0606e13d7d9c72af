"""Plastic connections: they receive events, deliver a part of them, and change with the spikes at both ends.

A connection receives its events at two ports: one counts the events of a step, the other adds up the fractions of the
step by which they are late. The connection passes its amount on to the port of the target in the same step, shared out
between this step and the next as for any connection. The spikes of the postsynaptic cell in a step are known at its
end; then the rule is applied to the events of both sides in their order. Only the amount that is delivered in a step
ignores the postsynaptic spikes of that step.
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
        target: The port of the target of each connection. (connection,)
        post: The detector of the postsynaptic cell, -1 without one. (connection,)
        rows: The number of each connection among all connections. (connection,)
        port: The port that counts the events of the first connection; those of the others follow.
        shift: Distance from there to the port that adds up the fractions.
    """

    rule: Plasticity = eqx.field(static=True)
    target: Int[AnyArray, " connection"]
    post: Int[AnyArray, " connection"]
    rows: Int[AnyArray, " connection"]
    port: int = eqx.field(static=True)
    shift: int = eqx.field(static=True)

    @property
    def late(self) -> str:
        """Name of the state for the amount that a connection delivers in the next step, in the unit of its weight."""
        return f"{self.rule.name}_late"

    def prepare(self, params: Params) -> Params:
        """Parameters of the rule, and the weights of the connections."""
        own = {name: jnp.asarray(params[name]) for name in self.rule.parameters}
        return own | {"weight": jnp.asarray(params["weight"])[self.rows]}

    def deliver(
        self, constants: Params, state: State, arrived: Float[Array, " port"], dt: Time
    ) -> tuple[State, Float[Array, " port"]]:
        """The State with the amounts for the next step, and `arrived` plus those for this step."""
        pre = self._arrived(arrived)
        own, silent = self._own(state), Happened(jnp.zeros_like(pre.count), jnp.ones_like(pre.phase))
        sent = jnp.asarray(self.rule.step(own, dt, pre, silent, {**constants})[1])
        # An invalid event, for example with a delay out of bounds, has the count NaN; no rule may make it a number.
        amount = jnp.where(jnp.isnan(pre.count), pre.count, sent) * constants["weight"]
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
        """The State after the events and spikes of a step, with `crossing` as in `deliver.Spikes`."""
        n = self.target.shape[0]
        happened = crossing[jnp.maximum(self.post, 0)] if crossing.shape[0] else jnp.full(n, -1.0, crossing.dtype)
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
