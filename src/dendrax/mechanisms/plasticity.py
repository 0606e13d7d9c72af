"""The contract of a plastic connection: its states between events, and the effect of events on them."""

from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp

from dendrax.errors import MechanismError
from dendrax.mechanisms.checks import check_call, check_declared, check_instance, check_prefixes
from dendrax.mechanisms.exponentials import exp
from dendrax.mechanisms.ranges import Ranged
from dendrax.mechanisms.value import Value, Values

_MOST = 1000.0
"""Number of time constants after which a state has decayed to 0."""


class Happened(eqx.Module):
    """The events of a step at one end of each connection.

    Attributes:
        count: Number of events. (n,)
        phase: Their mean time as a fraction of the step, from 0 to 1; any such number without events. (n,)
    """

    count: Value
    phase: Value


class Plasticity(Ranged):
    """A rule by which connections change with the spikes at their two ends.

    Subclass it, declare `parameters` and `states` (defaults by name, prefixed by the name of the rule; each connection
    has its own values) and write three methods:

    - `decay`: the change of the states in a time without events;
    - `pre`: the effect of a presynaptic event when it arrives, and the fraction of the weight that it delivers;
    - `post`: the effect of a spike of the postsynaptic cell.

    The engine calls `step`, which calls them in the order of time within a step: the states decay to the first event,
    jump, decay to the second, jump, and decay to the end. If `decay` is exact, the result does not depend on the time
    step. It is differentiable by the times of the events. At equal times the presynaptic event comes first.

    Attributes:
        ranges: The smallest and the largest valid value of each parameter, by its name without prefix.

    Example:
        >>> class Fatigue(Plasticity):
        ...     "Each event leaves a fraction of the resource, which recovers; spikes of the target have no effect."
        ...
        ...     def __init__(self, name=None):
        ...         super().__init__(name)
        ...         self.parameters = {f"{self.name}_left": 0.5, f"{self.name}_tau": 100.0}
        ...         self.states = {f"{self.name}_r": 1.0}
        ...
        ...     def decay(self, states, dt, params):
        ...         r, kept = states[f"{self.name}_r"], decay_factor(dt, params[f"{self.name}_tau"])
        ...         return {f"{self.name}_r": 1.0 - (1.0 - r) * kept}
        ...
        ...     def pre(self, states, count, params):
        ...         r = states[f"{self.name}_r"]
        ...         return {f"{self.name}_r": r * repeated(params[f"{self.name}_left"], count)}, count * r
        >>> rule = Fatigue()
        >>> one, none = Happened(jnp.array([1.0]), jnp.array([0.25])), Happened(jnp.array([0.0]), jnp.array([0.0]))
        >>> states, amount = rule.step(rule.states, 1.0, one, none, rule.parameters)
        >>> print(amount, states["Fatigue_r"])
        [1.] [0.50373597]
    """

    kind: ClassVar[str] = "plasticity rule"
    thing: ClassVar[str] = "connection"

    def decay(self, states: Values, dt: Value, params: Values) -> Values:
        """The states after a time without events; states that it leaves out keep their value.

        Two times in a row must have the same effect as their sum: write the exact solution.

        Args:
            states: Own states. (n,)
            dt: Duration [ms]. (n,)
            params: Own parameters. (n,)
        """
        del states, dt, params
        return {}

    def pre(self, states: Values, count: Value, params: Values) -> tuple[Values, Value]:
        """The effect of presynaptic events at the moment of their arrival.

        Args:
            states: Own states. (n,)
            count: Number of events at once, mostly 0 or 1; with 0 nothing may change. (n,)
            params: Own parameters. (n,)

        Returns:
            The states, and the factor of the weight that all of these events deliver together: `count` without
            plasticity. (n,)
        """
        del states, params
        return {}, count

    def post(self, states: Values, count: Value, params: Values) -> Values:
        """The states after spikes of the postsynaptic cell.

        Args:
            states: Own states. (n,)
            count: Number of spikes at once, mostly 0 or 1; with 0 nothing may change. (n,)
            params: Own parameters. (n,)
        """
        del states, count, params
        return {}

    @property
    def hears_post(self) -> bool:
        """Whether spikes of the postsynaptic cell change anything: it defines `post`, or its own `step`."""
        return type(self).post is not Plasticity.post or type(self).step is not Plasticity.step

    def step(self, states: Values, dt: Value, pre: Happened, post: Happened, params: Values) -> tuple[Values, Value]:
        """A time step with its events, in the order of their phases.

        Args:
            states: Own states at the start of the step. (n,)
            dt: Time step [ms].
            pre: Presynaptic events that arrive in the step.
            post: Spikes of the postsynaptic cell in the step.
            params: Own parameters. (n,)

        Returns:
            The states at the end of the step, and the factor of the weight that each connection delivers in the step: 0
            without arrivals. (n,)
        """
        begins = pre.phase <= post.phase
        first, second = jnp.where(begins, pre.phase, post.phase), jnp.where(begins, post.phase, pre.phase)
        states = states | self.decay(states, first * dt, params)
        states, early = self._pre(states, jnp.where(begins, pre.count, 0), params)
        states = states | self.post(states, jnp.where(begins, 0, post.count), params)
        states = states | self.decay(states, (second - first) * dt, params)
        states = states | self.post(states, jnp.where(begins, post.count, 0), params)
        states, late = self._pre(states, jnp.where(begins, 0, pre.count), params)
        return states | self.decay(states, (1.0 - second) * dt, params), early + late

    def _pre(self, states: Values, count: Value, params: Values) -> tuple[Values, Value]:
        changed, amount = self.pre(states, count, params)
        return states | changed, amount


def decay_factor(dt: Value, tau: Value) -> Value:
    """exp(-dt / tau), 0 at tau = 0, with finite derivatives.

    Args:
        dt: Time, from 0 on [ms].
        tau: Time constant [ms].
    """
    lasts = tau * _MOST > dt
    return jnp.where(lasts, exp(-dt / jnp.where(lasts, tau, 1.0)), 0.0)


def repeated(factor: Value, count: Value) -> Value:
    """factor^count for whole numbers `count`, with finite derivatives at a factor of 0.

    Args:
        factor: The factor of a state for each event, from 0 to 1.
        count: Number of events.
    """
    factor = jnp.asarray(factor)
    more = count > 1
    power = jnp.where(more, factor, 1.0) ** jnp.where(more, count, 2)
    return jnp.where(more, power, jnp.where(count == 1, factor, 1.0))


def check_plasticity(rule: Any) -> None:
    """Refuse an object that does not keep the contract of a plasticity rule.

    Args:
        rule: The object that the user passed.

    Raises:
        DendraxError: As for `check_source`, with `Plasticity` in place of `SpikeSource`.

    Example:
        >>> from dendrax.events import PairSTDP
        >>> check_plasticity(PairSTDP())
    """
    check_instance(rule, Plasticity)
    check_declared(rule)
    check_prefixes(rule, (*rule.parameters, *rule.states))
    if f"{rule.name}_late" in (*rule.parameters, *rule.states):
        raise MechanismError(
            f"The plasticity rule {rule.name!r}: the engine uses the name '{rule.name}_late' itself. Rename yours."
        )
    check_call(rule, "decay", ("states", "dt", "params"))
    check_call(rule, "pre", ("states", "count", "params"))
    check_call(rule, "post", ("states", "count", "params"))
    rule.check(rule.parameters)
