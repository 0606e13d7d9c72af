"""NEURON's point process with a conductance that jumps and decays."""

from collections.abc import Mapping
from typing import ClassVar

from dendrax.mechanisms.value import Value, Values
from dendrax.synapses.point import PointSynapse, decayed


class ExpSyn(PointSynapse):
    """Conductance that jumps by the weight of each event and decays with time constant tau: NEURON's ExpSyn.

    Current [nA] and conductance g [uS], exact for any time step:

        i = g (v - e)
        dg/dt = -g / tau,    g -> g + weight at an event

    Parameters (prefixed by the name): tau 0.1 [ms]; e 0 [mV].
    State (prefixed by the name): g 0 [uS].

    Args:
        name: Prefix of parameters and states; "ExpSyn" by default.

    Example:
        ```python
        net.cell("all").branch(0).comp(0).place(ExpSyn("E"))
        net.set("E_tau", 2.0)
        jx.netcon(net.cell(0).branch(0).comp(0), net.E.of_cell(1), weight=0.01, delay=3.3, threshold=0.0)
        ```

    References:
        Carnevale NT, Hines ML (2006). The NEURON Book. Cambridge University Press, chapter 10: names and defaults.
    """

    defaults: ClassVar[Mapping[str, float]] = {"tau": 0.1, "e": 0.0}  # ms, mV
    positive: tuple[str, ...] = ("tau",)

    def advance(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """Decay for `dt` [ms], exactly."""
        del v
        return {f"{self.name}_g": decayed(states[f"{self.name}_g"], dt, params[f"{self.name}_tau"])}

    def receive(self, states: Values, weight: Value, params: Values) -> Values:
        """Add the sum of the weights [uS] of the events that have arrived."""
        del params
        return {f"{self.name}_g": states[f"{self.name}_g"] + weight}
