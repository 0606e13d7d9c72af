"""The bases of synapses that are point processes and receive events."""

from collections.abc import Mapping
from typing import ClassVar

from dendrax.mechanisms.exponentials import exp
from dendrax.mechanisms.gates import elapsed
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.value import Value, Values
from dendrax.synapses.decays import double_exponential


class PointSynapse(Mechanism):
    """A point process with a conductance that events open: abstract, the base of ExpSyn, Exp2Syn and the receptors.

    You place it on a compartment, and any number of connections may end there (`place`, `netcon`). The conductance g
    [uS] is linear in events: each adds its weight [uS], from any connection.

        i = g (v - e)

    Args:
        name: Prefix of parameters and states; the class name by default.

    Attributes:
        defaults: Default of each parameter without prefix.
        excited: States without prefix that events excite; they start at 0 and stay there without events.
    """

    kind: ClassVar[str] = "point process"
    place: ClassVar[str] = "point"
    defaults: ClassVar[Mapping[str, float]]
    excited: ClassVar[tuple[str, ...]] = ("g",)

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.parameters = {f"{self.name}_{key}": value for key, value in self.defaults.items()}
        self.states = {f"{self.name}_{key}": 0.0 for key in self.excited}

    def initial(self, states: Values, v: Value, params: Values, delta_t: Value) -> Values:
        """Silence, at any voltage."""
        del states, params, delta_t
        return dict.fromkeys(self.states, 0.0 * v)

    def currents(self, states: Values, v: Value, params: Values) -> Mapping[str | None, Value]:
        """Outward current [nA] at voltage `v` [mV]."""
        return {None: states[f"{self.name}_g"] * self.unblocked(v, params) * (v - params[f"{self.name}_e"])}

    def unblocked(self, v: Value, params: Values) -> Value:
        """Fraction of the conductance that conducts at voltage `v` [mV]: 1 by default [1]."""
        del v, params
        return 1.0


class JumpAndDecay(PointSynapse):
    """A point process whose state jumps by the weight and decays with tau: abstract, the base of ExpSyn."""

    positive: tuple[str, ...] = ("tau",)

    def advance(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """Decay for `dt` [ms], exactly."""
        del v
        return {name: decayed(states[name], dt, params[f"{self.name}_tau"]) for name in self.states}

    def receive(self, states: Values, weight: Value, params: Values) -> Values:
        """Add the sum of the weights of the events that arrived, in the unit of the state."""
        del params
        return {name: states[name] + weight for name in self.states}


class RiseAndDecay(PointSynapse):
    """A point process whose conductance rises with tau1 and decays with tau2: abstract, the base of Exp2Syn."""

    positive: tuple[str, ...] = ("tau1", "tau2")
    excited: ClassVar[tuple[str, ...]] = ("g", "x")

    def advance(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """Advance by `dt` [ms], exactly."""
        del v
        prefix = self.name
        tau1, tau2 = params[f"{prefix}_tau1"], params[f"{prefix}_tau2"]
        g, x = states[f"{prefix}_g"], states[f"{prefix}_x"]
        return {
            f"{prefix}_g": decayed(g, dt, tau2) + x * double_exponential(dt, tau1, tau2),
            f"{prefix}_x": decayed(x, dt, tau1),
        }

    def receive(self, states: Values, weight: Value, params: Values) -> Values:
        """Add the sum of the weights [uS] of the events that arrived to the drive."""
        del params
        return {f"{self.name}_x": states[f"{self.name}_x"] + weight}


def decayed(value: Value, dt: Value, tau: Value) -> Value:
    """`value` after a decay of `dt` [ms] with time constant `tau` [ms]."""
    return value * exp(-elapsed(dt, tau))
