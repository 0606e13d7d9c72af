"""The electrical synapse."""

from typing import ClassVar

from dendrax.mechanisms.value import Value, Values
from dendrax.synapses.stateless import StatelessSynapse


class GapJunction(StatelessSynapse):
    """Linear conductance between two compartments; one connection couples both, in both directions.

    Current out of the postsynaptic compartment and into the presynaptic one [nA], voltages [mV]:

        i = g (post_v - pre_v)

    It is solved implicitly together with all other gap junctions, so that what leaves one side enters the other and no
    time step is too long. Which side is called presynaptic decides the sign of the recorded current and nothing else.

    Parameters (prefixed by the name): g 1e-3 [uS].

    Args:
        name: Prefix of the parameter; "GapJunction" by default.

    Example:
        ```python
        connect(net.cell(0).branch(0).loc(0.0), net.cell(1).branch(0).loc(0.0), GapJunction())
        net.set("GapJunction_g", 2e-3)
        ```

    References:
        Sherman A, Rinzel J (1992). Rhythmogenic effects of weak electrotonic coupling in neuronal models. PNAS
        89:2471-2474.
    """

    couples: ClassVar[bool] = True
    defaults: ClassVar[dict[str, float]] = {"g": 1e-3}  # uS

    def compute_current(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Value:
        """Current [nA] out of the postsynaptic compartment, and into the presynaptic one."""
        del states
        return self.conductance(params) * (post_v - pre_v)

    def conductance(self, params: Values) -> Value:
        """Conductance between both compartments [uS]."""
        return params[f"{self.name}_g"]
