"""Graded release that acts as a conductance."""

from typing import ClassVar

from dendrax.mechanisms.value import Value, Values
from dendrax.synapses.graded import activation
from dendrax.synapses.stateless import StatelessSynapse


class ConductanceSynapse(StatelessSynapse):
    """Conductance that follows the presynaptic voltage at once; the current is linear in the postsynaptic voltage.

    Current [nA], voltages [mV]:

        i = gS (post_v - e_syn) / (1 + exp((v_th - pre_v) / delta))

    It is `IonotropicSynapse` in the limit of fast kinetics, without a state.

    Parameters (prefixed by the name): gS 1e-4 [uS]; e_syn 0, v_th -35, delta 10 [mV].

    Args:
        name: Prefix of parameters; "ConductanceSynapse" by default.

    Example:
        ```python
        connect(net.cell(0).branch(0).loc(1.0), net.cell(1).branch(0).loc(0.5), ConductanceSynapse())
        net.set("ConductanceSynapse_e_syn", -75.0)  # inhibition
        ```

    References:
        Abbott LF, Marder E (1998). Modeling small networks. In: Koch C, Segev I (eds), Methods in Neuronal Modeling,
        2nd ed., MIT Press, p. 361-410.
    """

    defaults: ClassVar[dict[str, float]] = {
        "gS": 1e-4,  # uS
        "e_syn": 0.0,  # mV
        "v_th": -35.0,  # mV
        "delta": 10.0,  # mV
    }

    def compute_current(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Value:
        """Outward current [nA] at presynaptic voltage `pre_v` and postsynaptic voltage `post_v` [mV]."""
        del states
        prefix = self.name
        active = activation(pre_v, params[f"{prefix}_v_th"], params[f"{prefix}_delta"])
        return params[f"{prefix}_gS"] * active * (post_v - params[f"{prefix}_e_syn"])
